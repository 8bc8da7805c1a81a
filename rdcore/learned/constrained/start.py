r"""The initial multiplier: the slope of R(D) of a Gaussian with the covariance of the patches.

A D-CO with λ = c/β throughout is a β-VAE, and c/β is -∂R/∂log D at its distortion. For a Gaussian
source that slope is known before any training: by reverse water-filling with level θ, a total
distortion D has -∂R/∂D = 1/(2θ) nats.

Reference: A. N. Kolmogorov, "On the Shannon theory of information transmission in the case of
continuous signals", IRE Transactions on Information Theory 2(4), 1956.
"""

from __future__ import annotations

import math

import numpy as np

from rdcore._arrays import Array
from rdcore.learned.constrained.settings import CLIP, LATENT_SIDE, RECIPES, CodecSettings
from rdcore.learned.photographs import Grey
from rdcore.parallel import water_filling

# Half the slope of a Gaussian latent with a rate, in bits. Too small a λ costs more than too large
# a one: latents are given up early, and do not come back.
_LEAST = 1 / (4 * math.log(2))


def first_multiplier(settings: CodecSettings, training: Grey) -> float:
    """Return the initial λ in bits per pixel; for a β-VAE and a hinge, λ throughout.

    Parameters
    ----------
    settings : CodecSettings
    training : array of uint8, (N, s, s)
        Training patches.
    """
    if settings.method == "beta":
        return settings.target / settings.beta
    if settings.method == "hinge":
        return settings.hinge_weight
    share = RECIPES[settings.recipe].first_multiplier
    if share is None:
        return CLIP
    pixels = training.reshape(len(training), -1).astype(np.float64)
    variances = np.asarray(np.linalg.eigvalsh(np.cov(pixels, rowvar=False)), np.float64)
    latents = LATENT_SIDE**2 * settings.channels / settings.size**2
    slope = max(gaussian_slope(variances, settings.target), _LEAST * latents)
    return min(share * slope, CLIP)


def gaussian_slope(variances: Array, target: float) -> float:
    """Return -∂R/∂log D of independent Gaussians in bits per component, at least 0.

    Parameters
    ----------
    variances : array, (d,)
        Variances of the components.
    target : float
        Mean squared error per component.

    Examples
    --------
    >>> round(gaussian_slope(np.array([4.0, 1.0]), 0.5), 4)  # both components: 1/(2 log 2)
    0.7213
    >>> round(gaussian_slope(np.array([4.0, 1.0]), 1.5), 4)  # θ = 2, above the second variance
    0.541
    """
    variances = np.maximum(variances, 0.0)
    total = float(variances.sum())
    if not total > 0:
        return 0.0
    # Above the variance nothing costs bits; the slope is then that just below it.
    D = min(target * len(variances), total * (1 - 1e-12))
    return D / len(variances) / (2 * math.log(2) * water_filling(variances, D).level)
