"""A code on equally likely images as a feasible point of a problem with a certified rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.learned.universal.codec import Codec
from rdcore.learned.universal.digits import CLASSES, PARITIES, Images, Labels, parity
from rdcore.learned.universal.measures import channel
from rdcore.problem import Problem
from rdcore.problem.fidelity import average
from rdcore.problem.sources import from_pmf

# Relative increase of the code's levels, so that they can be met strictly.
_SLACK = 1e-6
_LEAST_CHANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Induced:
    r"""A code at one dither value, and the program of which it is a feasible point.

    .. math:: R = \min I(X;\hat X) \text{ s.t. } E\|X - \hat X\|^2 \le D,\ E[-\log u_{\hat X}(S)]
              \le C

    over channels to the codewords E[X|Z] of the code with label distributions P(S|Z); with two
    labels also the loss of the second one is limited to its value for the code. The code is one of
    these channels, so R ≤ H(Z). The difference is the cost of coding images one at a time.

    Attributes
    ----------
    problem : Problem
        The problem to solve and certify; its levels are D and C of the code.
    channel : array, (n, m)
        The channel of the code, of zeros and ones.
    entropy_bits : float
        H(Z) = I(X;Z), the rate of the code.
    mse_image, label_entropy_nats : float
        D and C, for pixels from 0 to 1.
    parity_entropy_nats : float
        H(S'|Z) of the second label, whether the digit is odd.
    """

    problem: Problem
    channel: Array
    entropy_bits: float
    mse_image: float
    label_entropy_nats: float
    parity_entropy_nats: float


def induced(
    codec: Codec,
    images: Images,
    labels: Labels,
    dither: NDArray[np.float32],
    *,
    two_labels: bool = False,
) -> Induced:
    """Return the program induced by an encoder on equally likely images at one dither value.

    Parameters
    ----------
    codec : Codec
        Only its encoder is used; codewords are the means of images with equal codes.
    images, labels : array, (n, 64) and (n,)
        The atoms, and their digits.
    dither : array, (d,)
        The dither, known to encoder and decoder.
    two_labels : bool
        Whether the second label, whether the digit is odd, has a constraint too.
    """
    chosen, codewords, places = channel(codec, images, dither)
    mass = chosen.mean(axis=0)
    losses, label = _log_loss(chosen, labels, CLASSES)
    second, odd = _log_loss(chosen, parity(labels), PARITIES)
    atoms = images.astype(np.float64)
    error = float(((atoms - codewords[places]) ** 2).sum(axis=1).mean())
    limited = [(label, losses), *([(odd, second)] if two_labels else [])]
    problem = Problem(
        from_pmf(atoms, np.full(len(atoms), 1 / len(atoms))),
        codebook=codewords,
        distortion="squared_error",
        fidelities=[
            average(error * (1 + _SLACK)),
            *(average(value * (1 + _SLACK) + _SLACK, distortion=loss) for value, loss in limited),
        ],
    )
    entropy = float(-(mass * np.log2(mass)).sum())
    return Induced(problem, chosen, entropy, error, label, odd)


def _log_loss(chosen: Array, labels: Labels, number: int) -> tuple[Array, float]:
    """Return −log P(S|Z), (n, m), for the label of each atom, and its mean over the code."""
    chances = (chosen.T @ np.eye(number)[labels]) / chosen.sum(axis=0)[:, None]
    # The floor does not affect the code itself; it only reduces the loss of other channels.
    losses = -np.log(np.clip(chances[:, labels].T, _LEAST_CHANCE, 1.0))
    return losses, float((chosen * losses).sum(axis=1).mean())
