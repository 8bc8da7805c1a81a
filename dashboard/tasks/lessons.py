"""What the lessons of the Guide compute; no streamlit."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

import rdcore as rd
from dashboard.formatting import LN2, at_most, short
from dashboard.jobs.steps import Step
from dashboard.model import studies
from dashboard.model.lessons.views import (
    Bracket,
    Files,
    LabelCurve,
    LessonView,
    LloydMax,
    Reading,
    Recorded,
    Splits,
    Water,
)
from dashboard.model.quantisers import FamiliesView, Family
from dashboard.model.views import IN_USE, Floats
from rdcore import classification


def _water_level(variances: Floats, D: float) -> float:
    """Return the water level θ, in unit²; the largest variance where no component needs bits."""
    return min(rd.parallel.water_filling(variances, D).level, float(variances.max()))


def water(given: Mapping[str, Any], at: float) -> LessonView:
    """Divide a total distortion between independent Gaussian components."""
    variances = np.array(given["variances"], dtype=np.float64)
    level = _water_level(variances, at)
    active = variances > level
    rates = 0.5 * np.log2(np.maximum(variances / level, 1.0))
    names = tuple(f"X{_lowered(k + 1)}" for k in range(len(variances)))
    return LessonView(
        (
            Reading("rate", "Rate of all components", float(rates.sum()), "bits", "closed form"),
            Reading("level", "Water level θ", level, "unit²"),
            Reading(
                "active", "Components with bits", float(active.sum()), f"of {len(active)}", digits=0
            ),
        ),
        Water(names, variances, np.full(len(variances), level)),
    )


def _lowered(k: int) -> str:
    return str(k).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def region(given: Mapping[str, Any], at: float) -> LessonView:
    """Divide bits between the coefficients of a picture with a region of its own level.

    Each block has the same independent Gaussian coefficients. A share of the blocks is in the
    region, with mean squared error ``at`` per coefficient; all others have ``background``.
    """
    variances = np.array(given["variances"], dtype=np.float64)
    share, background = float(given["share"]), float(given["background"])
    count = len(variances)
    inside = _water_level(variances, at * count)
    outside = _water_level(variances, background * count)

    def bits(level: float) -> float:
        return float(0.5 * np.log2(np.maximum(variances / level, 1.0)).sum()) / count

    mean = share * bits(inside) + (1 - share) * bits(outside)
    names = tuple(f"{part} {k + 1}" for part in ("in", "out") for k in range(count))
    unit = "bits/pixel"
    return LessonView(
        (
            Reading("mean", "Whole picture", mean, unit, "closed form"),
            Reading("inside", "Inside the region", bits(inside), unit, f"θ = {short(inside)}"),
            Reading("outside", "Outside", bits(outside), unit, f"θ = {short(outside)}"),
            Reading("everywhere", "D′ everywhere", bits(inside), unit, "no region"),
        ),
        Water(
            names,
            np.tile(variances, 2),
            np.repeat([inside, outside], count),
        ),
    )


@lru_cache(maxsize=256)
def _free(kind: str, numbers: tuple[float, ...], D: float) -> rd.Solution:
    return rd.solve(_problem(kind, numbers).with_levels([D]))


def _problem(kind: str, numbers: tuple[float, ...]) -> rd.Problem:
    source = (
        rd.sources.uniform_grid(int(numbers[0]), numbers[1], numbers[2])
        if kind == "uniform"
        else rd.sources.gaussian()
    )
    return rd.Problem(source, rd.EVERY, "squared_error", [rd.average(1.0)])


def _splits(D: float, found: rd.Solution) -> Splits:
    used = found.marginal > IN_USE
    order = np.argsort(found.codebook[used].ravel())
    codewords = found.codebook[used].ravel()[order]
    return Splits(np.full(len(order), D), codewords, found.marginal[used][order])


def discrete(given: Mapping[str, Any], at: float) -> LessonView:
    """Solve the uniform source for the free codebook at one D."""
    atoms, reach = int(given["atoms"]), float(given["reach"])
    found = _free("uniform", (atoms, -reach, reach), at)
    picture = _splits(at, found)
    slope = float(found.slopes[0])
    proof = found.certificate
    gap = f"gap ≤ {at_most(proof.gap_bits)} bits"
    return LessonView(
        (
            Reading("count", "Codewords", float(len(picture.codewords)), "", "any codebook", 0),
            Reading("outer", "Outer codeword", float(picture.codewords[-1]), "unit"),
            Reading("slope", "s·a²", slope * reach**2, "nats", "slope times half-width²"),
            Reading("rate", "Rate R", found.rate_bits, "bits", gap),
        ),
        picture,
    )


def splitting(atoms: int, reach: float, values: Sequence[float]) -> Generator[Step, None, Splits]:
    """Solve the uniform source for the free codebook at every D of the control, in a worker."""
    parts: list[Splits] = []
    for k, D in enumerate(values):
        parts.append(_splits(D, _free("uniform", (atoms, -reach, reach), float(D))))
        yield Step((k + 1) / len(values), f"D = {short(float(D))}")
    return Splits(
        np.concatenate([one.levels for one in parts]),
        np.concatenate([one.codewords for one in parts]),
        np.concatenate([one.masses for one in parts]),
    )


def lloyd_max(counts: Sequence[int]) -> Generator[Step, None, LloydMax]:
    """Design Lloyd–Max quantisers of the Gaussian preset and bound them, in a worker."""
    problem = _problem("gaussian", ())
    yield Step(0.05, "designing quantisers")
    family = list(rd.quantisers.lloyd_max_family(problem, max(counts)))
    hull = rd.quantisers.hull(problem)
    chosen = [next(one for one in family if one.m == count) for count in counts]
    reached = np.array([one.distortion for one in chosen])
    lowers, uppers = np.empty(len(counts)), np.empty(len(counts))
    for k, D in enumerate(reached):
        yield Step(0.2 + 0.7 * k / len(counts), f"solving the bound at D = {short(float(D))}")
        proof = rd.solve(problem.with_levels([float(D)]), tol=1e-6).certificate
        lowers[k], uppers[k] = proof.lower_bits, proof.upper_bits
    families = (
        Family("Lloyd–Max", reached, np.array([one.rate_bits for one in chosen]), "baseline"),
        Family(
            "entropy-coded, exact hull",
            hull.distortions,
            hull.entropies_bits,
            "codebook",
            line=True,
        ),
    )
    rising = np.argsort(reached)
    plane = FamiliesView(families, reached[rising], lowers[rising], uppers[rising])
    return LloydMax(
        plane,
        np.array([int(count) for count in counts]),
        reached,
        families[0].bits,
        np.array([hull.rate_bits(float(D)) for D in reached]),
        lowers,
        uppers,
    )


def lloyd_readings(view: LloydMax, count: float) -> tuple[Reading, ...]:
    """Return the readings of the Lloyd–Max quantiser with ``count`` codewords."""
    k = int(np.flatnonzero(view.counts == int(count))[0])
    gap = f"gap ≤ {at_most(float(view.upper_bits[k] - view.lower_bits[k]))} bits"
    return (
        Reading("D", "D of Lloyd–Max", float(view.distortions[k]), "unit²"),
        Reading("lloyd", "H(Y) of Lloyd–Max", float(view.bits[k]), "bits"),
        Reading("coded", "Entropy-coded, same D", float(view.coded_bits[k]), "bits", "exact hull"),
        Reading("rate", "R(D)", float(view.upper_bits[k]), "bits", gap),
    )


@lru_cache(maxsize=4)
def scalar_bits(D: float) -> float:
    """Return the least H(Y) of quantisers of the Gaussian preset at D, with time sharing, bits."""
    return rd.quantisers.hull(_problem("gaussian", ())).rate_bits(D)


def files(D: float, symbols: Sequence[int]) -> Generator[Step, None, Files]:
    """Code samples of the Gaussian preset with its best quantiser at D, in a worker."""
    problem = _problem("gaussian", ()).with_levels([D])
    yield Step(0.05, "designing the quantiser")
    encoder = rd.quantisers.hull(problem).at(D)
    bound = rd.solve(problem, tol=1e-6).certificate.lower_bits
    source, rows, distortions, equal = problem.source, [], [], []
    for k, count in enumerate(symbols):
        yield Step(0.3 + 0.6 * k / len(symbols), f"coding {int(count)} symbols")
        draw = np.random.default_rng(k)
        samples = source.points[draw.choice(source.n, size=int(count), p=source.pmf), 0]
        found, blob = rd.coding.trial(encoder, samples)
        rows.append((int(count), len(blob), found.header_bytes))
        decoded = rd.coding.decompress(blob)
        distortions.append(float(np.mean((decoded - samples) ** 2)))
        equal.append(found.equal)
    table = np.array(rows)
    return Files(
        table[:, 0],
        table[:, 1],
        table[:, 2],
        np.array(distortions),
        np.array(equal),
        encoder.rate_bits,
        bound,
    )


def file_readings(view: Files, symbols: float) -> tuple[Reading, ...]:
    """Return the readings of the file with this number of symbols."""
    k = int(np.flatnonzero(view.symbols == int(symbols))[0])
    decoded = "every symbol decoded" if view.equal[k] else "decoding failed"
    return (
        Reading("size", "File", float(view.size_bytes[k]), "bytes", decoded, digits=0),
        Reading("header", "of which header", float(view.header_bytes[k]), "bytes", digits=0),
        Reading("bits", "Bits per symbol", float(view.bits[k]), "bits", "measured"),
        Reading("entropy", "H(Y)", view.entropy_bits, "bits", "of the quantiser"),
        Reading("D", "D of the decoded file", float(view.distortions[k]), "unit²", "measured"),
    )


def label(given: Mapping[str, Any], at: float) -> LessonView:
    """Solve a noisy bit for R(D, C) at one C, in bits, beside its closed form."""
    p, noise, D = float(given["p"]), float(given["noise"]), float(given["D"])
    found = _labelled(p, noise, D, at)
    proof = found.certificate
    low, high = float(given["low"]), float(given["high"])
    levels = np.linspace(low, high, 80)
    closed = rd.closed_forms.bernoulli_classification(p, noise, D=D, C=levels * LN2)
    alone = float(rd.closed_forms.bernoulli(p, D)) / LN2
    price = float(found.label_prices[0])
    threshold = float(_labelled(p, noise, D, 1.0).uncertainties_bits[0])
    said = (
        f"The label level binds here: a level lower by 0.01 bits costs about"
        f" {short(0.01 * price)} bits."
        if at < threshold
        else "The label level does not bind here: a slightly lower one costs nothing."
    )
    gap = f"gap ≤ {at_most(proof.gap_bits)} bits"
    return LessonView(
        (
            Reading("rate", "Rate R(D, C)", proof.upper_bits, "bits", gap),
            Reading("alone", "R(D) without the label", alone, "bits", "closed form"),
            Reading(
                "price",
                "Price of C",
                price,
                "bits/bit",
                "binds here" if at < threshold else "does not bind here",
                said=said,
            ),
            Reading("threshold", "Binds below C of", threshold, "bits", "left unknown by D alone"),
        ),
        LabelCurve(
            levels,
            np.asarray(closed) / LN2,
            at,
            proof.upper_bits,
            proof.gap_bits,
            price,
        ),
    )


@lru_cache(maxsize=64)
def _labelled(p: float, noise: float, D: float, bits: float) -> classification.Classified:
    both = classification.labels.binary_symmetric(p, noise)
    atoms = both.source.atoms
    return classification.rate(both.source, both.posterior, D, bits * LN2, "hamming", atoms)


def trained(given: Mapping[str, Any], at: float) -> LessonView:
    """Read the recorded runs of the energy-based model at one slope β."""
    found = studies.study(str(given["study"]))
    rows = [] if found is None else [one for one in found.rows if one["case"] in given["cases"]]
    slopes = np.array([float(one["case"].partition("β=")[2]) for one in rows])
    own = [one for one, slope in zip(rows, slopes, strict=True) if slope == at]

    def mean(name: str) -> float:
        return float(np.mean([one[name] for one in own])) if own else math.nan

    runs = f"measured, {len(own)} runs"
    return LessonView(
        (
            Reading("rate", "Trained rate", mean("rate_bits"), "bits", runs),
            Reading("D", "Trained D", mean("distortion"), "unit²", runs),
            Reading("closed", "R(D) at that D", mean("closed_form_bits"), "bits", "closed form"),
            Reading("excess", "Proved excess", mean("excess_bits"), "bits", "at most", digits=2),
        ),
        Recorded(
            slopes,
            np.array([one["untrained_excess_bits"] for one in rows]),
            np.array([one["excess_bits"] for one in rows]),
            at,
        ),
    )


def bracket(most: int = 60) -> Generator[Step, None, Bracket]:
    """Bound a rate after each number of Blahut–Arimoto iterations, in a worker."""
    source = rd.sources.three_modes()
    problem = rd.Problem(
        source, rd.sources.codebook("three_modes"), "squared_error", [rd.average(0.6)]
    )
    truth = rd.solve(problem, tol=1e-9).certificate
    counts = np.unique(np.geomspace(1, most, 18).round().astype(np.int64))
    bounds = []
    for k, count in enumerate(counts):
        yield Step(k / len(counts), f"{count} iterations")
        solver = rd.solvers.BlahutArimoto(max_iterations=int(count))
        bounds.append(rd.solve(problem, tol=1e-9, solver=solver).certificate)
    return Bracket(
        counts,
        np.array([one.lower_bits for one in bounds]),
        np.array([one.upper_bits for one in bounds]),
        truth.upper_bits,
        truth.gap_bits,
    )
