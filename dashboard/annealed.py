"""Annealing as a job: stages that can be played, and the encoders they end at; no streamlit."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import rdcore as rd
from dashboard.results import IN_USE, Floats
from dashboard.specs import ProblemSpec
from dashboard.worker import Step
from rdcore.design.annealing import Annealing, Stage

Shape = Literal["geometric", "linear"]
_MOST_CELLS = 40_000
_MOST_EXACT = 400


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


def anneal(problem: rd.Problem, options: dict[str, Any]) -> Generator[Step, None, AnnealingView]:
    """Anneal in a worker; what is known can be drawn after every stage."""
    yield Step(0.0, "solving at temperature 1")
    total = len(options["schedule"].temperatures)
    views: list[StageView] = []
    rounded: EncoderView | None = None
    found: AnnealingView | None = None
    for now in rd.annealing(problem, **options):
        if rounded is None:
            rounded = _rounded(now.relaxed)
        views += [_stage(one) for one in now.stages[len(views) :]]
        found = AnnealingView(now.bound_bits, tuple(views), _encoder(now), _mixture(now), rounded)
        note = f"stage {len(views)} of {total}" if len(views) < total else "looking for better ones"
        yield Step(0.05 + 0.8 * len(views) / total, note, found if views else None)
    assert found is not None
    return replace(found, exact_bits=_exact(problem) if options["move"] else float("nan"))


def _exact(problem: rd.Problem) -> float:
    """Return the exact hull of deterministic encoders on a line at an average level, bits."""
    levels = problem.fidelities
    if problem.source.dim > 1 or len(levels) > 1 or problem.n > _MOST_EXACT:
        return float("nan")
    free = rd.Problem(problem.source, rd.EVERY, problem.distortion, levels)
    return float(rd.quantisers.hull(free).rate_bits(levels[0].level))


def _stage(one: Stage) -> StageView:
    used = one.masses > IN_USE
    words = one.problem.codewords[used]
    channel = one.channel[:, used].astype(np.float32)
    return StageView(
        tau=one.tau,
        codebook=words,
        masses=one.masses[used],
        channel=channel if channel.size <= _MOST_CELLS and words.shape[1] == 1 else None,
        sure=one.channel.max(axis=1).astype(np.float32),
        entropy_bits=one.entropy_bits,
        noise_bits=one.conditional_entropy_bits,
        distortions=one.distortions,
        jumped=one.jumped,
    )


def _encoder(now: Annealing) -> EncoderView | None:
    one = now.encoder
    if one is None:
        return None
    return EncoderView(one.entropy_bits, one.distortions, one.m, 1)


def _mixture(now: Annealing) -> EncoderView | None:
    mix = now.mixture
    if mix is None:
        return None
    most = max(one.m for one in mix.encoders)
    return EncoderView(mix.entropy_bits, mix.distortions, most, len(mix.encoders))


def _rounded(relaxed: rd.Solution) -> EncoderView:
    """Give each atom to its likeliest codeword, whatever becomes of the levels."""
    hard = np.zeros_like(relaxed.channel)
    hard[np.arange(len(hard)), relaxed.channel.argmax(axis=1)] = 1.0
    mass = relaxed.problem.source.pmf @ hard
    used = mass[mass > 0]
    reached = relaxed.problem.expected(hard)
    owner = relaxed.problem.rows.fidelity
    count = len(relaxed.problem.fidelities)
    return EncoderView(
        float(-(used * np.log2(used)).sum()),
        np.array([reached[owner == k].max(initial=0.0) for k in range(count)]),
        len(used),
        1,
    )
