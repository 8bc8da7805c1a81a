r"""Weights of single atoms, scaled down where c exceeds 1 over a free codebook.

The dual bound holds for any weights a_x in place of p_x / Z_x whose c is at most 1,

.. math:: \sum_x p_x \log(a_x / p_x) - \lambda \cdot b \le R(b).

To divide all of them by sup c costs log sup c. A maximum of c is in reach of few atoms: to divide
the weights of these costs only their share of the pmf, and other maxima the same with theirs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array
from rdcore.problem.gaussian_sums import GaussianSum

# A term of c above this share of it feeds the maximum.
_FEEDS = 1e-2
# Maxima that are seen to, the largest ones, and terms that are computed at a time.
_MOST = 1024
_TERMS = 1 << 20


class Scaling(NamedTuple):
    """Factors θ (n,) of the weights, their cost Σ p log 1/θ, and log of the largest c seen then."""

    theta: Array
    paid: float
    seen: float

    @property
    def excess(self) -> float:
        """What is taken off the dual value, if c is nowhere larger."""
        return self.paid + self.seen


def scaled_down(gaussians: GaussianSum, pmf: Array, places: Array) -> Scaling:
    """Scale down the atoms (n,) that feed places (N, d) at which c exceeds 1.

    ``pmf`` (n,) has the probabilities of the Gaussians' atoms.
    """
    values = gaussians.values(places)
    high = np.argsort(-values, kind="stable")[:_MOST]
    high = high[values[high] > 1]
    theta = np.ones(len(pmf))
    step = max(1, _TERMS // len(pmf))
    for first in range(0, len(high), step):
        some = high[first : first + step]
        feeds = gaussians.terms(places[some]) > _FEEDS * values[some, None]
        np.minimum(theta, np.where(feeds, 1 / values[some, None], 1.0).min(axis=0), out=theta)
    scaled = replace(gaussians, log_weights=gaussians.log_weights + np.log(theta))
    top = float(scaled.values(places).max(initial=1.0))
    return Scaling(theta, -float(pmf @ np.log(theta)), float(np.log(top)))
