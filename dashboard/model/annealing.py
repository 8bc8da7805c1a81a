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
    """What is annealed, and how.

    Attributes
    ----------
    problem : ProblemSpec
        The source and its levels, and the codebook if codewords stay.
    shape : str
        How the temperature falls.
    start, stop, stages : float, float, int
        First and last temperature, and how many there are.
    move : bool
        Whether codewords move.
    search : bool
        Whether better paths and encoders are looked for beside the path.
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
            If the temperatures do not fall.
        """
        kind = rd.schedules.Geometric if self.shape == "geometric" else rd.schedules.Linear
        moves = self.move and self.problem.setting.distortion != "hamming"
        return {
            "schedule": kind(self.start, self.stop, self.stages),
            "move": moves,
            "search": self.search,
        }


@dataclass(frozen=True, eq=False)
class StageView:
    """One temperature.

    Attributes
    ----------
    tau : float
        The temperature.
    codebook, masses : arrays, (m, d) and (m,)
        Codewords in use and how likely each is.
    channel : array, (n, m), or None
        P(Y = y | X = x); None where it would be too large to draw.
    sure : array, (n,)
        max_y P(Y = y | X = x), which is 1 where an atom has one codeword.
    entropy_bits, noise_bits : float
        H(Y) and H(Y|X).
    distortions : array, (F,)
        Distortion of each fidelity.
    jumped : bool
        Whether the path was left for a better one here.
    """

    tau: float
    codebook: Floats
    masses: Floats
    channel: NDArray[np.float32] | None
    sure: NDArray[np.float32]
    entropy_bits: float
    noise_bits: float
    distortions: Floats
    jumped: bool

    @property
    def rate_bits(self) -> float:
        """I(X;Y)."""
        return self.entropy_bits - self.noise_bits


@dataclass(frozen=True, eq=False)
class EncoderView:
    """A deterministic encoder, or several that take turns.

    Attributes
    ----------
    entropy_bits : float
        H(Y), or its mean over the turns.
    distortions : array, (F,)
        Distortion of each fidelity.
    words : int
        Codewords; of several encoders the most.
    turns : int
        How many encoders take turns.
    """

    entropy_bits: float
    distortions: Floats
    words: int
    turns: int


@dataclass(frozen=True, eq=False)
class AnnealingView:
    """An annealing as far as it has come.

    Attributes
    ----------
    bound_bits : float
        No channel at these levels has a smaller rate: certified.
    stages : tuple of StageView
        From hot to cold.
    encoder, mixture : EncoderView or None
        The best single encoder that meets every level, and the best that take turns.
    rounded : EncoderView or None
        The convex optimum with each atom given to its likeliest codeword.
    exact_bits : float
        What the best deterministic encoders need that take turns, by dynamic programming; nan
        where that is not known.
    """

    bound_bits: float
    stages: tuple[StageView, ...]
    encoder: EncoderView | None
    mixture: EncoderView | None
    rounded: EncoderView | None
    exact_bits: float = float("nan")

    @property
    def end(self) -> StageView:
        """The coldest stage so far."""
        return self.stages[-1]
