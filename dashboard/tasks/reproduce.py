"""The ten experiments of Nasser (2025): published values, re-run values and our best.

Each runs as a job; no streamlit.

References
----------
M. Nasser, "Convex Rate-Distortion Formulation for Mixed-Fidelity Compression", project report,
December 2025, and "Convex Relaxations for Entropy-Constrained Compression", project milestone.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.reproduction import Quantity, Reproduced, Series
from dashboard.model.views import Floats
from rdcore.design.annealing import Annealing

_NONE = float("nan")
_QUICK = rd.schedules.Geometric(1.0, 1e-3, 12)
_IN_USE = 1e-6
_PLANE_TOLERANCE = 1e-6
"""The certified gap for the free codebook in the plane, nats."""


@dataclass(frozen=True)
class Experiment:
    """An experiment of Nasser (2025): its number, title and published figure."""

    key: str
    title: str
    shows: str
    run: Callable[[], Generator[Step, None, Reproduced]]


def _problem(name: str, *fidelities: rd.Fidelity) -> rd.Problem:
    source = getattr(rd.sources, name)()
    return rd.Problem(source, rd.sources.codebook(name), fidelities=list(fidelities))


def _inside(name: str, radius: float) -> Floats:
    points = getattr(rd.sources, name)().points
    found: Floats = np.sqrt(np.square(points).sum(axis=1)) < radius
    return found


def _series(name: str, x: ArrayLike, y: ArrayLike, look: str, *, dots: bool = False) -> Series:
    return Series(name, np.asarray(x, float), np.asarray(y, float), look, dots)


def _curve(name: str, levels: Floats) -> Generator[Step, None, rd.Curve]:
    yield Step(0.05, "solving along D")
    task = _problem(name, rd.average(float(levels[-1])))
    low = rd.smallest_levels(task)[0]
    return rd.curve(task, levels[levels > low * (1 + 1e-9)], tol=1e-9)


def gaussian_curve() -> Generator[Step, None, Reproduced]:
    """E1: the rate of the Gaussian source and the closed form."""
    found = yield from _curve("gaussian", np.linspace(0.1, 3.0, 100))
    variance = rd.sources.gaussian().variance
    formula = 0.5 * np.log2(np.maximum(variance / found.levels, 1.0))
    exact = rd.solve(_problem("gaussian", rd.average(0.6))).rate_bits
    closed = 0.5 * float(np.log2(variance / 0.6))
    return Reproduced(
        (
            Quantity("R(0.6), bits", _NONE, exact),
            Quantity("½ log₂(σ²/D) at D = 0.6, bits", _NONE, closed),
            Quantity("largest difference between both, bits", _NONE, _largest(found, formula)),
        ),
        (
            _series("R(D), 8 codewords", found.levels, found.rates_bits, "certified"),
            _series("½ log₂(σ²/D), Gaussian density", found.levels, formula, "closed"),
        ),
        "D (unit²)",
        "R (bits per symbol)",
        "Only a figure is published. The formula is for a Gaussian density and the free codebook."
        " The 50 atoms on [−3, 3] need fewer bits at large D; the 8 codewords need more bits at"
        " small D and cannot reach levels below their minimum level.",
    )


def _largest(found: rd.Curve, formula: Floats) -> float:
    return float(np.abs(found.rates_bits - formula).max())


def subset_prices() -> Generator[Step, None, Reproduced]:
    """E2: both prices of the Gaussian source along D."""
    yield Step(0.05, "solving along D with the subset")
    task = _problem(
        "gaussian", rd.average(0.6), rd.subset(_inside("gaussian", 0.1), 0.015, "joint")
    )
    levels = np.linspace(0.5, 3.0, 30)
    found = rd.curve(task, levels, tol=1e-9)
    plain = rd.curve(_problem("gaussian", rd.average(0.6)), levels, tol=1e-9)
    at = rd.solve(task)
    return Reproduced(
        (
            Quantity("R at D = 0.6 with the subset, bits", _NONE, at.rate_bits),
            Quantity("λ at D = 0.6, bits per unit²", _NONE, at.prices_bits[0]),
            Quantity("λ′ at D = 0.6, bits per unit²", _NONE, at.prices_bits[1]),
        ),
        (
            _series("price of D, λ", found.levels, found.slopes_bits[:, 0], "certified"),
            _series("price of D′, λ′", found.levels, found.slopes_bits[:, 1], "subset"),
            _series("λ without the subset", plain.levels, plain.slopes_bits[:, 0], "baseline"),
        ),
        "D (unit²)",
        "price (bits per unit²)",
        "Only a figure is published. The published prices come from a general-purpose solver; ours"
        " are certified dual values. λ′ stays positive at large D, where D is slack.",
    )


def plane_curve() -> Generator[Step, None, Reproduced]:
    """E3: the rate of the isotropic Gaussian in the plane."""
    found = yield from _curve("gaussian_2d", np.linspace(0.2, 5.0, 12))
    variance = rd.sources.gaussian_2d().variance
    formula = np.log2(np.maximum(variance / found.levels, 1.0))
    return Reproduced(
        (Quantity("feasible levels of 12, with 16 codewords", _NONE, float(len(found.levels))),),
        (
            _series("R(D), 16 codewords", found.levels, found.rates_bits, "certified"),
            _series("log₂(σ²/D), Gaussian density", found.levels, formula, "closed"),
        ),
        "D (unit²)",
        "R (bits per symbol)",
        "Only a figure is published. Levels below the minimum level of the 16 codewords are"
        " omitted here, because no channel meets them.",
    )


def trimodal_curve() -> Generator[Step, None, Reproduced]:
    """E4: level D and achieved distortion."""
    found = yield from _curve("trimodal", np.linspace(0.1, 3.0, 50))
    at = rd.solve(_problem("trimodal", rd.average(0.3)))
    achieved = []
    for k, level in enumerate(found.levels):
        solution = rd.solve(_problem("trimodal", rd.average(float(level))), tol=1e-6)
        achieved.append(float(solution.distortions[0]))
        yield Step(0.5 + 0.5 * k / len(found.levels), "solving for the achieved distortions")
    return Reproduced(
        (
            Quantity("R(0.3), bits", _NONE, at.rate_bits),
            Quantity("λ at 0.3, bits per unit²", _NONE, at.prices_bits[0]),
        ),
        (
            _series("R(D), 16 codewords", found.levels, found.rates_bits, "certified"),
            _series("achieved D", found.levels, achieved, "codebook", dots=True),
        ),
        "level D (unit²)",
        "R (bits per symbol); achieved D (unit²)",
        "Only a figure is published. Where the achieved D stays below the level D, a single"
        " codeword is enough and the rate is 0.",
    )


@dataclass(frozen=True)
class _Refined:
    """The rounds of a refinement, where it ended, and the best codebook of all."""

    rounds: list[rd.codebook.Iteration]
    end: rd.Solution
    best: rd.Solution

    @property
    def rate(self) -> tuple[float, float]:
        """I(X;Y) where it ended, and the smallest for every codebook, bits."""
        return self.end.rate_bits, self.best.rate_bits

    @property
    def codewords(self) -> tuple[int, int]:
        """The codewords where it ended, and those in use in the best codebook."""
        return len(self.end.codebook), int((self.best.marginal > _IN_USE).sum())

    @property
    def series(self) -> tuple[Series, ...]:
        """The bits in every round."""
        x = np.arange(len(self.rounds))
        return (
            _series("I(X;Y)", x, [one.rate_bits for one in self.rounds], "certified"),
            _series("H(Y)", x, [one.entropy_bits for one in self.rounds], "codebook"),
            _series("H(Y|X)", x, [one.conditional_entropy_bits for one in self.rounds], "subset"),
        )


def _refined(start: rd.Problem, rounds: int) -> Generator[Step, None, _Refined]:
    found = []
    for one in rd.refining(start, iterations=rounds):
        found.append(one)
        yield Step(0.45 * len(found) / rounds, f"refinement, round {len(found)}")
    best = rd.solve(_free(start), tol=1e-9 if start.source.dim == 1 else _PLANE_TOLERANCE)
    return _Refined(found, rd.codebook.finished(start, tuple(found)).final, best)


def _modes() -> rd.Problem:
    inside = _inside("three_modes", 1)
    return _problem("three_modes", rd.average(0.6), rd.subset(inside, 0.6, "joint"))


def _clusters() -> rd.Problem:
    inside = _inside("four_clusters", 2)
    return _problem("four_clusters", rd.average(8), rd.subset(inside, 1.0, "joint"))


def _random_start(task: rd.Problem, m: int) -> rd.Problem:
    """Return the problem with the first random codebook for which the levels are feasible."""
    draw = np.random.default_rng(0)
    while True:
        start = task.with_codebook(rd.codebook.random_codebook(task.source, m, draw))
        low = rd.smallest_levels(start)
        if all(a < f.level for a, f in zip(low, task.fidelities, strict=True)):
            return start


def _annealed(task: rd.Problem) -> Generator[Step, None, Annealing]:
    last = None
    for last in rd.annealing(_free(task), schedule=_QUICK):
        yield Step(0.5 + 0.45 * len(last.stages) / 12, "annealing")
    assert last is not None
    return last


def _free(task: rd.Problem) -> rd.Problem:
    return rd.Problem(task.source, rd.EVERY, task.distortion, task.fidelities)


def _shared(path: Annealing) -> float:
    """Return H(Y) of the best time sharing that annealing found, bits."""
    return path.mixture.entropy_bits if path.mixture else _NONE


def refine_modes() -> Generator[Step, None, Reproduced]:
    """E5: refinement of 64 random codewords."""
    found = yield from _refined(_random_start(_modes(), 64), 15)
    entropies = found.end.output_entropy_bits, found.best.output_entropy_bits
    return Reproduced(
        (
            Quantity("I(X;Y), bits", _NONE, *found.rate),
            Quantity("codewords", _NONE, *found.codewords),
            Quantity("H(Y), bits", _NONE, *entropies),
        ),
        found.series,
        "round",
        "bits per symbol",
        "Published are traces and the codebook before and after refinement. Our best is proved"
        " optimal among all codebooks. Refinement with centroids reaches it from most starts.",
    )


def refine_clusters() -> Generator[Step, None, Reproduced]:
    """E6: refinement in the plane."""
    found = yield from _refined(_clusters(), 20)
    return Reproduced(
        (
            Quantity("I(X;Y), bits", _NONE, *found.rate),
            Quantity("codewords", _NONE, *found.codewords),
        ),
        found.series,
        "round",
        "bits per symbol",
        "Only a figure of the codebook is published. The level of the subset is slack here, so the"
        " optimal codebook is that for D alone, proved among all codebooks in the plane.",
    )


def against_lloyd_modes() -> Generator[Step, None, Reproduced]:
    """E7: refinement of 16 random codewords and Lloyd–Max with the final number."""
    task = _modes()
    found = yield from _refined(_random_start(task, 16), 15)
    path = yield from _annealed(task)
    lloyd = rd.quantisers.lloyd_max(task.source, 5)
    return Reproduced(
        (
            Quantity("I(X;Y), bits", 1.6777, *found.rate),
            Quantity("H(Y), bits", 1.7969, found.end.output_entropy_bits, _shared(path)),
            Quantity("D, unit²", 0.6, found.end.distortions[0], 0.6),
            Quantity("codewords", 5, *found.codewords),
            Quantity("Lloyd–Max, m = 5: H(Y), bits", 1.9099, lloyd.rate_bits),
            Quantity("Lloyd–Max, m = 5: D, unit²", 0.4170, lloyd.distortion),
        ),
        (*found.series, _annealing_line(path)),
        "round or stage",
        "bits per symbol",
        "The published 1.6777 bits are the optimum over all codebooks, as our certificate proves."
        " The published H(Y) belongs to a random encoder; time sharing of deterministic encoders"
        " needs only our best. Our Lloyd–Max quantiser is the exact optimum by dynamic programming,"
        " the published one is a local optimum.",
    )


def _annealing_line(path: Annealing) -> Series:
    bits = [one.entropy_bits for one in path.stages]
    return _series("H(Y) along annealing", np.arange(len(bits)), bits, "closed")


def against_lloyd_spike() -> Generator[Step, None, Reproduced]:
    """E8: spike and background, compared with Lloyd–Max."""
    name = "spike_and_background"
    task = _problem(name, rd.average(1.6), rd.subset(_inside(name, 1), 1.6, "joint"))
    found = yield from _refined(task, 15)
    hard = rd.quantisers.harden(found.end)
    path = yield from _annealed(task)
    one = path.encoder
    lloyd = rd.quantisers.lloyd_max(task.source, len(found.end.codebook))
    return Reproduced(
        (
            Quantity("I(X;Y), bits", 1.8806, *found.rate),
            Quantity("H(Y), bits", 3.4789, found.end.output_entropy_bits),
            Quantity(
                "deterministic: H(Y), bits",
                2.9317,
                hard.rate_bits,
                one.entropy_bits if one else _NONE,
            ),
            Quantity(
                "deterministic: D, unit²",
                0.6626,
                hard.distortion,
                float(one.distortions[0]) if one else _NONE,
            ),
            Quantity("Lloyd–Max at the same m: H(Y), bits", 3.5125, lloyd.rate_bits),
            Quantity("Lloyd–Max at the same m: D, unit²", 0.2347, lloyd.distortion),
        ),
        (*found.series, _annealing_line(path)),
        "round or stage",
        "bits per symbol",
        "Rounding ends far below D = 1.6 and needs more bits than necessary. Annealing uses the"
        " full D and saves almost one bit. Lloyd–Max minimises D for a number of codewords, not"
        " the rate, so its rate is high here.",
    )


def against_lloyd_clusters() -> Generator[Step, None, Reproduced]:
    """E9: four clusters, compared with Lloyd–Max."""
    task = _clusters()
    found = yield from _refined(task, 20)
    path = yield from _annealed(task)
    lloyd = rd.quantisers.lloyd_max(task.source, 4)
    equal = yield from _annealed(
        rd.Problem(task.source, rd.EVERY, fidelities=[rd.average(lloyd.distortion)])
    )
    return Reproduced(
        (
            Quantity("I(X;Y), bits", 1.7247, *found.rate),
            Quantity("H(Y), bits", 2.0, found.end.output_entropy_bits, _shared(path)),
            Quantity("D, unit²", 8.0, found.end.distortions[0], 8.0),
            Quantity("Lloyd–Max, m = 4: H(Y), bits", 2.0, lloyd.rate_bits, _shared(equal)),
            Quantity("Lloyd–Max, m = 4: D, unit²", 6.7599, lloyd.distortion, lloyd.distortion),
        ),
        (*found.series, _annealing_line(path)),
        "round or stage",
        "bits per symbol",
        "With four equally probable quadrants H(Y) is 2 bits, the published value. Encoders with"
        " unequal probabilities need less at D = 8. At the D of Lloyd–Max, its four quadrants are"
        " also the best encoder found by annealing.",
    )


def collapse() -> Generator[Step, None, Reproduced]:
    """E10: a level so large that one codeword remains."""
    name = "spike_and_background"
    task = _problem(name, rd.average(30.5), rd.subset(_inside(name, 0.1), 0.2, "joint"))
    found = yield from _refined(task, 10)
    mean = float(task.source.mean[0])
    centre = float(found.end.marginal @ found.end.problem.codewords[:, 0])
    return Reproduced(
        (
            Quantity("I(X;Y), bits", _NONE, *found.rate),
            Quantity("codewords", _NONE, len(found.end.codebook)),
            Quantity("mean codeword, unit", _NONE, centre, mean),
            Quantity("variance of X, unit²", _NONE, task.source.variance),
        ),
        found.series,
        "round",
        "bits per symbol",
        "Published is the codebook as it moves to E[X]. If D exceeds the variance, one codeword at"
        " E[X] is enough and the rate is 0; otherwise the rate stays slightly above 0.",
    )


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment("E1", "Gaussian: curve", "figure 2", gaussian_curve),
    Experiment("E2", "Gaussian: prices", "figure 3", subset_prices),
    Experiment("E3", "Gaussian in the plane: curve", "figure 9", plane_curve),
    Experiment("E4", "Trimodal: level and achieved distortion", "milestone", trimodal_curve),
    Experiment("E5", "Three modes: refinement", "figures 4 and 5", refine_modes),
    Experiment("E6", "Four clusters: refinement", "figure 6", refine_clusters),
    Experiment("E7", "Three modes: comparison with Lloyd–Max", "figure 7", against_lloyd_modes),
    Experiment(
        "E8", "Spike and background: comparison with Lloyd–Max", "figure 12", against_lloyd_spike
    ),
    Experiment(
        "E9", "Four clusters: comparison with Lloyd–Max", "figure 12", against_lloyd_clusters
    ),
    Experiment("E10", "Spike and background: collapse", "figures 10 and 11", collapse),
)


def run(key: str) -> Generator[Step, None, Reproduced]:
    """Run an experiment by its number, in a worker."""
    one = next(one for one in EXPERIMENTS if one.key == key)
    found = yield from one.run()
    yield Step(1.0)
    return found
