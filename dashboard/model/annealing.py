"""Specs and views of annealing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import rdcore as rd
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Floats

Shape = Literal["geometric", "linear"]


@dataclass(frozen=True)
class AnnealSpec:
    """The problem and the settings of an annealing.

    Attributes
    ----------
    problem : ProblemSpec
        The source with its levels, and the codebook if codewords do not move.
    shape : str
        The schedule: the temperature falls geometrically or linearly.
    start, stop, stages : float, float, int
        First and last temperature τ, without unit, and the number of stages.
    move : bool
        Whether codewords move.
    search : bool
        Whether to search for better encoders outside the path.
    """

    problem: ProblemSpec
    shape: Shape = "geometric"
    start: float = 1.0
    stop: float = 1e-3
    stages: int = 20
    move: bool = True
    search: bool = True

    def options(self) -> dict[str, Any]:
        """Return the arguments of ``rd.annealing``.

        Raises
        ------
        rd.InputError
            If the temperatures do not decrease.
        """
        kind = rd.schedules.Geometric if self.shape == "geometric" else rd.schedules.Linear
        moves = self.move and self.problem.setting.centroids
        return {
            "schedule": kind(self.start, self.stop, self.stages),
            "move": moves,
            "search": self.search,
        }


@dataclass(frozen=True, eq=False)
class StageView:
    """The result at one temperature.

    Attributes
    ----------
    tau : float
        The temperature.
    codebook, masses : arrays, (m, d) and (m,)
        Codewords in use, in the unit of X, and their probabilities.
    channel : array, (n, m), or None
        P(Y = y | X = x); None where it would be too large to draw.
    certainty : array, (n,)
        max_y P(Y = y | X = x), which is 1 where the encoder is deterministic.
    entropy_bits, randomness_bits : float
        H(Y) and H(Y|X), bits per symbol.
    distortions : array, (F,)
        Distortion of each fidelity, in the unit of its level.
    jumped : bool
        Whether the search replaced the path by a better one at this stage.
    """

    tau: float
    codebook: Floats
    masses: Floats
    channel: NDArray[np.float32] | None
    certainty: NDArray[np.float32]
    entropy_bits: float
    randomness_bits: float
    distortions: Floats
    jumped: bool

    @property
    def rate_bits(self) -> float:
        """I(X;Y), bits per symbol."""
        return self.entropy_bits - self.randomness_bits


@dataclass(frozen=True, eq=False)
class EncoderView:
    """A deterministic encoder, or several with time sharing.

    Attributes
    ----------
    entropy_bits : float
        H(Y), or its mean over the encoders, bits per symbol.
    distortions : array, (F,)
        Distortion of each fidelity.
    codewords : int
        Number of codewords; of several encoders the largest.
    encoders : int
        Number of encoders that share the symbols.
    """

    entropy_bits: float
    distortions: Floats
    codewords: int
    encoders: int


@dataclass(frozen=True, eq=False)
class AnnealingView:
    """An annealing up to the current stage.

    Attributes
    ----------
    bound_bits : float
        Certified lower bound on the rate of every channel at these levels.
    stages : tuple of StageView
        In order of decreasing temperature.
    encoder, mixture : EncoderView or None
        The best single encoder that meets every level, and the best with time sharing.
    rounded : EncoderView or None
        The convex optimum with each atom assigned to its most probable codeword.
    exact_bits : float
        The rate of the best time sharing of deterministic encoders, by dynamic programming; nan
        where it is not known.
    """

    bound_bits: float
    stages: tuple[StageView, ...]
    encoder: EncoderView | None
    mixture: EncoderView | None
    rounded: EncoderView | None
    exact_bits: float = float("nan")
