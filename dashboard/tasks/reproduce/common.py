"""What the experiments share: sources, problems, refinements and figures."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.claims.claim import Claim, checked
from dashboard.model.reproduction import NONE, Book, Codebooks, Lines, Ours, Series
from dashboard.model.views import IN_USE, Floats
from rdcore.design.annealing import Annealing

REPORT = "project report"
MILESTONE = "project milestone"
_QUICK = rd.schedules.Geometric(1.0, 1e-3, 12)
_PLANE_TOLERANCE = 1e-6
"""The certified gap for the free codebook in the plane, nats."""


def problem(name: str, *fidelities: rd.Fidelity) -> rd.Problem:
    """Return the problem on a source of Nasser (2025) and its codebook."""
    source = getattr(rd.sources, name)()
    return rd.Problem(source, rd.sources.codebook(name), fidelities=list(fidelities))


def inside(name: str, radius: float) -> Floats:
    """Return which atoms are within a radius of 0."""
    points = getattr(rd.sources, name)().points
    found: Floats = np.sqrt(np.square(points).sum(axis=1)) < radius
    return found


def free(task: rd.Problem) -> rd.Problem:
    """Return the problem with the free codebook."""
    return task.with_every()


def best(task: rd.Problem) -> rd.Solution:
    """Solve a problem for the free codebook."""
    return rd.solve(free(task), tol=1e-9 if task.source.dim == 1 else _PLANE_TOLERANCE)


def line(name: str, x: ArrayLike, y: ArrayLike, look: str, *, dots: bool = False) -> Series:
    """Return a line of a figure."""
    return Series(name, np.asarray(x, float), np.asarray(y, float), look, dots)


def claim(
    key: str, says: str, where: str, *, holds: bool, why: str, corrected: bool = False
) -> Claim:
    """Return a claim that an experiment checks."""
    return checked(says, where, f"Reproduce, {key}", holds=holds, why=why, corrected=corrected)


def on_source(
    title: str,
    shows: str,
    source: rd.Source,
    *books: Book,
    within: ArrayLike | None = None,
) -> Codebooks:
    """Return the figure of codebooks on a source."""
    return Codebooks(
        title,
        shows,
        source.points,
        source.pmf,
        np.zeros(len(source.pmf), dtype=bool) if within is None else np.asarray(within, dtype=bool),
        np.asarray(source.mean, dtype=float).reshape(-1),
        books,
    )


def book(
    name: str, found: rd.Solution | rd.Quantiser, role: Literal["ours", "other"] = "ours"
) -> Book:
    """Return the codewords of a solution or a quantiser."""
    if isinstance(found, rd.Solution):
        return Book(name, found.problem.codewords, found.marginal, role)
    return Book(name, found.codewords, found.pmf, role)


def nearest(task: rd.Problem) -> rd.Quantiser:
    """Return the encoder that takes the nearest codeword; round 0 of Nasser (2025)."""
    away = rd.distortions.squared_error(task.source.points, task.codewords)
    codewords = task.codewords[:, 0] if task.source.dim == 1 else task.codewords
    return rd.Quantiser(task.source, codewords, np.asarray(away).argmin(axis=1))


@dataclass(frozen=True)
class Refined:
    """A refinement: its start, its rounds, where it ended, and the best codebook of all."""

    start: rd.Problem
    rounds: list[rd.codebook.Iteration]
    end: rd.Solution
    best: rd.Solution

    @property
    def before(self) -> rd.Quantiser:
        """The nearest-neighbour encoder on the initial codebook."""
        return nearest(self.start)

    @property
    def rate(self) -> Ours:
        """I(X;Y) where it ended, and the smallest for every codebook, bits."""
        return {"rerun": self.end.rate_bits, "best": self.best.rate_bits}

    @property
    def codewords(self) -> Ours:
        """The codewords where it ended, and those in use in the best codebook."""
        return {"rerun": len(self.end.codebook), "best": in_use(self.best)}

    def along(self, first: float, name: str, last: float) -> Floats:
        """Return a value at round 0, in every round, and at the end."""
        return np.array([first, *(getattr(one, name) for one in self.rounds), last], dtype=float)

    def traces(self, shows: str) -> tuple[Lines, Lines, Lines]:
        """Return I, H(Y) and H(Y|X), then D, then m, by round; round 0 is the author's start."""
        start, end = self.before, self.end
        x = np.arange(len(self.rounds) + 2)
        bits = start.entropy_bits
        rates = self.along(bits, "rate_bits", end.rate_bits)
        entropies = self.along(bits, "entropy_bits", end.output_entropy_bits)
        noise = end.output_entropy_bits - end.rate_bits
        reached = [float(one.distortions[0]) for one in self.rounds]
        reached.append(float(end.distortions[0]))
        level = [start.distortion, *reached]
        return (
            Lines(
                "Information by round",
                shows,
                (
                    line("I(X;Y)", x, rates, "certified"),
                    line("H(Y)", x, entropies, "codebook"),
                    line(
                        "H(Y|X)",
                        x,
                        self.along(0.0, "conditional_entropy_bits", max(noise, 0.0)),
                        "subset",
                    ),
                ),
                "round; 0 is the nearest-neighbour encoder",
                "bits per symbol",
            ),
            Lines(
                "Average distortion by round",
                shows,
                (
                    line("D of the channel", x, level, "source"),
                    line("level D", x, np.full(len(x), self.start.fidelities[0].level), "baseline"),
                ),
                "round; 0 is the nearest-neighbour encoder",
                "D (unit²)",
            ),
            Lines(
                "Size of the codebook by round",
                shows,
                (line("codewords m", x, self.along(self.start.m, "m", end.problem.m), "codebook"),),
                "round; 0 is the nearest-neighbour encoder",
                "number of codewords m",
            ),
        )


def in_use(found: rd.Solution) -> int:
    """Return the number of codewords in use."""
    return int((found.marginal > IN_USE).sum())


def refined(start: rd.Problem, rounds: int) -> Generator[Step, None, Refined]:
    """Refine a codebook with centroids, as Nasser (2025) does, and solve for every codebook."""
    found = []
    for one in rd.refining(start, iterations=rounds):
        found.append(one)
        yield Step(0.45 * len(found) / rounds, f"refinement, round {len(found)}")
    end = rd.codebook.finished(start, tuple(found)).final
    return Refined(start, found, end, best(start))


def random_start(task: rd.Problem, m: int) -> rd.Problem:
    """Return the problem with the first random codebook for which the levels are feasible."""
    draw = np.random.default_rng(0)
    while True:
        start = task.with_codebook(rd.codebook.random_codebook(task.source, m, draw))
        low = rd.smallest_levels(start)
        if all(a < f.level for a, f in zip(low, task.fidelities, strict=True)):
            return start


def annealed(task: rd.Problem) -> Generator[Step, None, Annealing]:
    """Anneal towards deterministic encoders with the free codebook."""
    last = None
    for last in rd.annealing(free(task), schedule=_QUICK):
        yield Step(0.5 + 0.45 * len(last.stages) / _QUICK.count, "annealing")
    assert last is not None
    return last


def shared(path: Annealing) -> float:
    """Return H(Y) of the best time sharing that annealing found, bits."""
    return path.mixture.entropy_bits if path.mixture else NONE


def annealing_lines(path: Annealing) -> Lines:
    """Return H(Y) along annealing."""
    bits = [one.entropy_bits for one in path.stages]
    return Lines(
        "Output entropy along annealing",
        "",
        (line("H(Y) along annealing", np.arange(len(bits)), bits, "closed"),),
        "stage",
        "bits per symbol",
    )


def places(codewords: Any) -> str:
    """Write codewords as text, in increasing order."""
    rows = np.asarray(codewords, dtype=float)
    rows = rows[:, None] if rows.ndim == 1 else rows
    texts = [", ".join(_fixed(value) for value in row) for row in sorted(rows.round(2).tolist())]
    return ", ".join(texts if rows.shape[1] == 1 else [f"({one})" for one in texts])


def _fixed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
