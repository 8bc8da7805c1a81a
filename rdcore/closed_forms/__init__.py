r"""Closed forms of rate–distortion functions, and the Shannon lower bound.

All rates are in nats. A number ``D`` gives a float, and an array ``D`` gives an array of its shape.
The rate is 0 at and above the smallest distortion of a constant reproduction. At ``D = 0`` it is
the entropy of a discrete source, and infinite for a continuous one.

Throughout :math:`H_b(q) = -q \log q - (1-q) \log(1-q)`.
"""

from __future__ import annotations

from rdcore.closed_forms.classification import (
    bernoulli_classification,
    gaussian_classification,
)
from rdcore.closed_forms.continuous import (
    gaussian,
    gaussian_slope,
    laplace_absolute,
    shannon_lower_bound,
    uniform_shannon_bound,
    vector_gaussian,
)
from rdcore.closed_forms.discrete import (
    bernoulli,
    erasure,
    hamming,
    hamming_uniform,
    two_sided_binary,
    two_sided_binary_slopes,
)
from rdcore.closed_forms.perception import (
    bernoulli_perception,
    gaussian_perception,
    gaussian_perfect_realism,
)

__all__ = [
    "bernoulli",
    "bernoulli_classification",
    "bernoulli_perception",
    "erasure",
    "gaussian",
    "gaussian_classification",
    "gaussian_perception",
    "gaussian_perfect_realism",
    "gaussian_slope",
    "hamming",
    "hamming_uniform",
    "laplace_absolute",
    "shannon_lower_bound",
    "two_sided_binary",
    "two_sided_binary_slopes",
    "uniform_shannon_bound",
    "vector_gaussian",
]
