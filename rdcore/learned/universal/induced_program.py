"""What a code does to equally likely images, as a problem whose rate can be certified."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.learned.universal.codec import Codec
from rdcore.learned.universal.digits import CLASSES, Images, Labels
from rdcore.learned.universal.measures import channel
from rdcore.problem import Problem
from rdcore.problem.fidelity import average
from rdcore.problem.sources import from_pmf

# Levels are those of the code itself and this much more, so that they can be met strictly.
_SLACK = 1e-6
_LEAST_CHANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Induced:
    r"""A code under one dither, and the program that it is a feasible point of.

    .. math:: R = \min I(X;\hat X) \text{ s.t. } E\|X - \hat X\|^2 \le D,\ E[-\log u_{\hat X}(S)]
              \le C

    over channels to the code's own codewords E[X|Z] with laws of the label P(S|Z). The code is
    one of them, so R ≤ H(Z): what lies between is lost by sending images one at a time, by codes
    of this form.

    Attributes
    ----------
    problem : Problem
        To be solved and certified; its levels are the code's D and C.
    channel : array, (n, m)
        The code's own, of zeros and ones.
    entropy_bits : float
        H(Z) = I(X;Z), the code's own rate.
    mse_image, label_entropy_nats : float
        D and C, pixels from 0 to 1.
    """

    problem: Problem
    channel: Array
    entropy_bits: float
    mse_image: float
    label_entropy_nats: float


def induced(codec: Codec, images: Images, labels: Labels, dither: NDArray[np.float32]) -> Induced:
    """Return what an encoder induces on equally likely images under one dither.

    Parameters
    ----------
    codec : Codec
        Its encoder is used; codewords are the means of what is sent alike.
    images, labels : array, (n, 64) and (n,)
        The atoms, and the digit that each shows.
    dither : array, (d,)
        Known to both sides.
    """
    chosen, codewords, places = channel(codec, images, dither)
    mass = chosen.mean(axis=0)
    chances = (chosen.T @ np.eye(CLASSES)[labels]) / (len(chosen) * mass[:, None])
    # No law is 0 where the code puts mass: the floor only makes other channels cheaper.
    losses = -np.log(np.clip(chances[:, labels].T, _LEAST_CHANCE, 1.0))
    atoms = images.astype(np.float64)
    error = float(((atoms - codewords[places]) ** 2).sum(axis=1).mean())
    label = float(losses[np.arange(len(places)), places].mean())
    problem = Problem(
        from_pmf(atoms, np.full(len(atoms), 1 / len(atoms))),
        codebook=codewords,
        distortion="squared_error",
        fidelities=[
            average(error * (1 + _SLACK)),
            average(label * (1 + _SLACK) + _SLACK, distortion=losses),
        ],
    )
    entropy = float(-(mass * np.log2(mass)).sum())
    return Induced(problem, chosen, entropy, error, label)
