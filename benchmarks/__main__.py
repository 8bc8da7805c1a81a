"""Time the solvers side by side, single-threaded, and print a table of ratios."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import rdcore as rd

OURS = rd.solvers.InteriorPoint()
REFERENCE = rd.solvers.Reference()
PLAIN = rd.solvers.BlahutArimoto()


@dataclass(frozen=True)
class Duel:
    """One problem, our solver to one gap and another to its own, and the ratio that is aimed at."""

    name: str
    problem: Callable[[], rd.Problem]
    other: rd.solvers.Solver
    other_tol: float
    aim: float | None = None
    tol: float = 1e-9


def subset_on_three_modes() -> rd.Problem:
    source = rd.sources.three_modes()
    near = np.abs(source.atoms) < 1
    return rd.Problem(
        source,
        rd.sources.codebook("three_modes"),
        fidelities=[rd.average(0.6), rd.subset(near, 0.05, "joint")],
    )


def each_on_three_modes() -> rd.Problem:
    source = rd.sources.three_modes()
    near = np.abs(source.atoms) < 1
    return rd.Problem(
        source,
        rd.sources.codebook("three_modes"),
        fidelities=[rd.average(0.6), rd.subset(near, 0.3, "each")],
    )


def uniform(cells: int, level: float) -> Callable[[], rd.Problem]:
    def build() -> rd.Problem:
        source = rd.sources.uniform_grid(cells, -8, 8)
        return rd.Problem(source, source.atoms, fidelities=[rd.average(level)])

    return build


def tails() -> rd.Problem:
    atoms = np.linspace(-8, 8, 100)
    source = rd.sources.from_pmf(atoms, np.exp(-(atoms**2) / 2))
    return rd.Problem(source, atoms, fidelities=[rd.average(0.3)])


DUELS = (
    Duel("three_modes, 64 codewords, |x|<1 at 0.05", subset_on_three_modes, REFERENCE, 1e-9, 60),
    Duel("the same", subset_on_three_modes, PLAIN, 1e-4),
    Duel("three_modes, each of |x|<1 at 0.3", each_on_three_modes, REFERENCE, 1e-9),
    Duel("uniform 160 × 160, D = 4", uniform(160, 4.0), PLAIN, 1e-4, 40),
    Duel("the same", uniform(160, 4.0), REFERENCE, 1e-9),
    Duel("uniform 160 × 160, D = 2", uniform(160, 2.0), PLAIN, 1e-4),
    Duel("Gaussian tails to 8 sigma, D = 0.3", tails, REFERENCE, 1e-9),
)


def timed(
    build: Callable[[], rd.Problem], solver: rd.solvers.Solver, tol: float, runs: int
) -> tuple[float, rd.Solution]:
    """Return the median seconds of building, solving and certifying, and the last solution."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        solution = solver.solve(build(), tol)
        solution.certificate  # noqa: B018  (computed on first use)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), solution


def main() -> None:
    print(f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}")
    print("single thread; medians of building, solving and certifying; gaps in nats\n")
    head = ("problem", "InteriorPoint", "gap", "against", "time", "gap", "ratio", "aim")
    row = "{:42} {:>13} {:>8}   {:14} {:>9} {:>8} {:>7} {:>5}"
    print(row.format(*head))
    for duel in DUELS:
        timed(duel.problem, OURS, duel.tol, 2)
        timed(duel.problem, duel.other, duel.other_tol, 1)
        ours, solution = timed(duel.problem, OURS, duel.tol, 15)
        theirs, other = timed(duel.problem, duel.other, duel.other_tol, 3)
        print(
            row.format(
                duel.name,
                f"{1e3 * ours:.2f} ms",
                f"{solution.certificate.gap:.0e}",
                type(duel.other).__name__,
                f"{1e3 * theirs:.0f} ms",
                f"{other.certificate.gap:.0e}",
                f"{theirs / ours:.0f} ×",
                "" if duel.aim is None else f"{duel.aim:g} ×",
            )
        )


if __name__ == "__main__":
    main()
