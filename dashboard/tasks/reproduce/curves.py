"""E1 to E4: curves and prices on fixed codebooks."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.claims.claim import Claim
from dashboard.model.reproduction import Lines, Quantity, Reproduced, below
from dashboard.model.views import Floats
from dashboard.tasks.reproduce.common import (
    MILESTONE,
    REPORT,
    best,
    claim,
    inside,
    line,
    on_source,
    problem,
)

_RATE = "R (bits per symbol)"
_D = "D (unit²)"


def _curve(name: str, levels: Floats) -> Generator[Step, None, rd.Curve]:
    yield Step(0.05, "solving along D")
    task = problem(name, rd.average(float(levels[-1])))
    low = rd.smallest_levels(task)[0]
    return rd.curve(task, levels[levels > low * (1 + 1e-9)], tol=1e-9)


def _convex(key: str, found: rd.Curve, where: str) -> Claim:
    """Return the claim that a curve is decreasing and convex, checked on its levels."""
    rates, gap = found.rates_bits, float((found.rates_bits - found.lowers_bits).max())
    fall = np.diff(rates) <= gap
    bend = np.diff(np.diff(rates) / np.diff(found.levels))
    step = float(np.diff(found.levels).min())
    return claim(
        key,
        "The curve is decreasing and convex.",
        where,
        holds=bool(fall.all() and (bend >= -4 * gap / step).all()),
        why=f"On {len(rates)} levels, up to the certified gap of the points.",
    )


def gaussian_curve() -> Generator[Step, None, Reproduced]:
    """E1: the rate of the Gaussian source and the closed form."""
    found = yield from _curve("gaussian", np.linspace(0.1, 3.0, 100))
    source = rd.sources.gaussian()
    formula = 0.5 * np.log2(np.maximum(source.variance / found.levels, 1.0))
    exact = rd.solve(problem("gaussian", rd.average(0.6))).rate_bits
    closed = 0.5 * float(np.log2(source.variance / 0.6))
    away = found.rates_bits - formula
    worst = int(np.abs(away).argmax())
    D = float(found.levels[worst])
    every = best(problem("gaussian", rd.average(D))).rate_bits
    codebook = float(found.rates_bits[worst]) - every
    return Reproduced(
        (
            Quantity("R(0.6), bits", rerun=exact),
            Quantity("½ log₂(σ²/D) at D = 0.6, bits", rerun=closed),
            Quantity("largest difference between both, bits", rerun=float(np.abs(away).max())),
        ),
        (
            on_source("Discretised Gaussian source", "figure 2, left", source),
            Lines(
                "Rate–distortion function and closed form",
                "figure 2, right",
                (
                    line("R(D), 8 codewords", found.levels, found.rates_bits, "certified"),
                    line("½ log₂(σ²/D), Gaussian density", found.levels, formula, "closed"),
                ),
                _D,
                _RATE,
            ),
        ),
        (
            claim(
                "E1",
                "The convex solution closely matches ½ log₂(σ²/D); very small deviations come from"
                " the discrete codebook.",
                f"{REPORT}, section 4.1 and figure 2",
                holds=bool(np.abs(away).max() < 0.05),
                corrected=True,
                why=f"The difference is at most {np.abs(away).max():.4f} bit, at D = {D:.2f}. Of"
                f" it, {codebook:+.4f} bit come from the 8 codewords and"
                f" {every - float(formula[worst]):+.4f} bit from the source, which has 50 atoms on"
                " [−3, 3].",
            ),
            _convex("E1", found, f"{MILESTONE}, progress report"),
        ),
    )


def subset_prices() -> Generator[Step, None, Reproduced]:
    """E2: both prices of the Gaussian source along D."""
    yield Step(0.05, "solving along D with the subset")
    within = inside("gaussian", 0.1)
    task = problem("gaussian", rd.average(0.6), rd.subset(within, 0.015, "joint"))
    levels = np.linspace(0.5, 3.0, 30)
    found = rd.curve(task, levels, tol=1e-9)
    plain = rd.curve(problem("gaussian", rd.average(0.6)), levels, tol=1e-9)
    at = rd.solve(task)
    yield Step(0.5, "solving for the achieved distortions")
    achieved = np.array([float(rd.solve(_at(task, float(D))).distortions[0]) for D in levels])
    both = tuple(
        line(name, levels, found.slopes_bits[:, k], look)
        for k, (name, look) in enumerate(
            (("price of D, λ", "certified"), ("price of D′, λ′", "subset"))
        )
    )
    reached = tuple(
        line(f"{one.name}, at the achieved D", achieved, one.y, one.look, dots=True) for one in both
    )
    first, second = (
        Quantity(
            f"{name} at D = {float(levels[0]):g}, bits per unit²",
            rerun=float(curve.slopes_bits[0, 0]),
        )
        for name, curve in (("λ with the subset", found), ("λ without the subset", plain))
    )
    return Reproduced(
        (
            Quantity("R at D = 0.6 with the subset, bits", rerun=at.rate_bits),
            Quantity("λ at D = 0.6, bits per unit²", rerun=float(at.prices_bits[0])),
            Quantity("λ′ at D = 0.6, bits per unit²", rerun=float(at.prices_bits[1])),
            first,
            second,
            Quantity("largest achieved D, unit²", rerun=float(achieved.max())),
        ),
        (
            Lines(
                "Prices against the level D",
                "figure 3, left",
                (*both, line("λ without the subset", levels, plain.slopes_bits[:, 0], "baseline")),
                "level D (unit²)",
                "price (bits per unit²)",
            ),
            Lines(
                "Prices against the achieved D",
                "figure 3, left",
                reached,
                "achieved D (unit²)",
                "price (bits per unit²)",
            ),
            Lines(
                "Rate with and without the subset",
                "figure 3, right",
                (
                    line("R(D) with the subset", levels, found.rates_bits, "certified"),
                    line("R(D) without the subset", levels, plain.rates_bits, "baseline"),
                ),
                _D,
                _RATE,
            ),
            on_source("Source with the subset |x| < 0.1", "", task.source, within=within),
        ),
        _price_claims(task, found, plain, achieved),
    )


def _at(task: rd.Problem, D: float) -> rd.Problem:
    return rd.Problem(
        task.source, task.codewords[:, 0], fidelities=[rd.average(D), *task.fidelities[1:]]
    )


def _price_claims(
    task: rd.Problem, found: rd.Curve, plain: rd.Curve, achieved: Floats
) -> tuple[Claim, ...]:
    """Return what Nasser (2025) says about the prices, and what we find."""
    where = f"{REPORT}, section 4.2 and figure 3"
    within = inside("gaussian", 0.1)
    mass = float(task.source.pmf[within.astype(bool)].sum())
    prices, without = found.slopes_bits, plain.slopes_bits[:, 0]
    levels, last = found.levels, float(achieved.max())
    binding = levels < last
    ratio = float((prices[binding, 1] / prices[binding, 0]).min())
    flatter = without[binding] / prices[binding, 0] - 1
    extra = found.rates_bits - plain.rates_bits
    falls = bool((np.diff(prices[:, 0]) <= 1e-6).all())
    rises = bool((np.diff(prices[:, 1]) >= -1e-6).all())
    spent = float(prices[0, 0] * levels[0]), float(prices[0, 1] * 0.015)
    return (
        claim(
            "E2",
            "S = {|x| < 0.1} is a high-probability subset.",
            where,
            holds=mass > 0.5,
            why=f"S has {int(within.sum())} of 50 atoms and probability {mass:.3f}.",
        ),
        claim(
            "E2",
            "λ_subset is an order of magnitude larger than λ_global for every D.",
            where,
            holds=ratio >= 10,
            why=f"Where D binds, λ′/λ is at least {ratio:.1f}; from D = {last:.3f} on, λ is 0.",
        ),
        claim(
            "E2",
            "The larger λ_subset shows that the subset dominates the rate.",
            where,
            holds=bool(extra[0] > found.rates_bits[0] / 2),
            why="A price is per unit of its level, and D′ is much smaller than D. At D = 0.5 λD ="
            f" {spent[0]:.3f} and λ′D′ = {spent[1]:.3f} bits; the subset adds"
            f" {float(extra[0]):.4f} of {float(found.rates_bits[0]):.4f} bits.",
        ),
        claim(
            "E2",
            "As D is relaxed, λ_global decreases and λ_subset increases.",
            where,
            holds=falls and rises,
            corrected=True,
            why=f"Up to D = {last:.3f}. From there on D is slack: λ is 0 and λ′ stays at"
            f" {float(prices[-1, 1]):.3f} bits per unit².",
        ),
        claim(
            "E2",
            "The curve with the subset is noticeably flatter than the curve without it.",
            where,
            holds=bool((flatter > 0.05).all()),
            why=f"At D = 0.5 λ is {float(prices[0, 0]):.4f} with the subset and"
            f" {float(without[0]):.4f} without, in bits per unit². Over all levels where D binds,"
            f" the curve is between {-100 * float(flatter.min()):.1f} % steeper and"
            f" {100 * float(flatter.max()):.1f} % flatter.",
        ),
        claim(
            "E2",
            "The subset leads to a higher rate at the same D and prevents a collapse of the"
            " codebook.",
            where,
            holds=bool((extra > 0).all() and found.rates_bits[-1] > 1e-6),
            why=f"The rate is between {float(extra.min()):.4f} and {float(extra.max()):.4f} bit"
            f" higher, and stays at {float(found.rates_bits[-1]):.4f} bit for large D.",
        ),
    )


def plane_curve() -> Generator[Step, None, Reproduced]:
    """E3: the rate of the isotropic Gaussian in the plane."""
    found = yield from _curve("gaussian_2d", np.linspace(0.2, 5.0, 12))
    source = rd.sources.gaussian_2d()
    formula = np.log2(np.maximum(source.variance / found.levels, 1.0))
    return Reproduced(
        (Quantity("feasible levels of 12, with 16 codewords", rerun=float(len(found.levels))),),
        (
            on_source("Discretised Gaussian source in the plane", "figure 8", source),
            Lines(
                "Rate–distortion function in the plane",
                "figure 9",
                (
                    line("R(D), 16 codewords", found.levels, found.rates_bits, "certified"),
                    line("log₂(σ²/D), Gaussian density", found.levels, formula, "closed"),
                ),
                _D,
                _RATE,
            ),
        ),
        (
            _convex("E3", found, f"{REPORT}, appendix A.1 and figures 8 and 9"),
            claim(
                "E3",
                "A fixed codebook in the plane gives sensible curves over D from 0.2 to 5.",
                f"{MILESTONE}, progress report",
                holds=len(found.levels) > 0,
                corrected=len(found.levels) < 12,
                why=f"{len(found.levels)} of the 12 levels are feasible; the others are below the"
                " minimum level of the 16 codewords, where no channel exists.",
            ),
        ),
    )


def trimodal_curve() -> Generator[Step, None, Reproduced]:
    """E4: level D and achieved distortion."""
    found = yield from _curve("trimodal", np.linspace(0.1, 3.0, 50))
    at = rd.solve(problem("trimodal", rd.average(0.3)))
    achieved, empirical, optimal = [], [], []
    for k, level in enumerate(found.levels):
        solution = rd.solve(problem("trimodal", rd.average(float(level))), tol=1e-6)
        achieved.append(float(solution.distortions[0]))
        empirical.append(solution.output_entropy_bits - solution.conditional_entropy_bits)
        optimal.append(solution.rate_bits)
        yield Step(0.5 + 0.5 * k / len(found.levels), "solving for the achieved distortions")
    reached, off = np.array(achieved), np.abs(np.subtract(empirical, optimal)).max()
    over = float((reached / found.levels).max() - 1)
    return Reproduced(
        (
            Quantity("R(0.3), bits", rerun=at.rate_bits),
            Quantity("λ at 0.3, bits per unit²", rerun=float(at.prices_bits[0])),
            Quantity("largest |I_emp − I_opt|, bits", rerun=float(off)),
        ),
        (
            Lines(
                "Rate–distortion function",
                "milestone",
                (
                    line("R(D), 16 codewords", found.levels, found.rates_bits, "certified"),
                    line("I_emp = H(Y) − H(Y|X)", found.levels, empirical, "codebook", dots=True),
                ),
                "level D (unit²)",
                _RATE,
            ),
            Lines(
                "Achieved distortion",
                "milestone",
                (
                    line("achieved D", found.levels, achieved, "codebook", dots=True),
                    line("level D", found.levels, found.levels, "baseline"),
                ),
                "level D (unit²)",
                "achieved D (unit²)",
            ),
            on_source("Trimodal source", "milestone", rd.sources.trimodal()),
        ),
        (
            _convex("E4", found, f"{MILESTONE}, progress report"),
            claim(
                "E4",
                "The solutions satisfy the constraints.",
                f"{MILESTONE}, progress report",
                holds=over <= 1e-9,
                why="No achieved D exceeds its level. Where it stays below, one codeword is enough"
                " and the rate is 0.",
            ),
            claim(
                "E4",
                "I_emp = H(Y) − H(Y|X) matches the optimum I_opt up to numerical tolerance.",
                f"{MILESTONE}, progress report",
                holds=bool(off < 1e-9),
                why=f"They differ by {below(float(off))} bit over {len(optimal)} levels.",
            ),
        ),
    )
