"""The comparison of quantisers with the bound, and coded files, as jobs; no streamlit."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence

import numpy as np

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.codebooks import SpecError
from dashboard.model.quantisers import (
    MOST_SYMBOLS,
    Candidate,
    CodedView,
    Design,
    FamiliesView,
    Family,
    MetView,
)
from dashboard.model.views import Floats
from dashboard.tasks import meeting
from dashboard.tasks.trellis import reached_on
from rdcore.design.annealing import Annealing

_PRICES = 10
_STEPS = 24
_BAND = 2e-3
_PLANE_LEVELS = 7
_LEAST_SHARE = 0.06
# If one level of the bound takes more seconds than this, smaller levels are skipped.
_PATIENCE = 4.0
_SCHEDULE = rd.schedules.Geometric(1.0, 1e-3, 8)


def quantiser(problem: rd.Problem, one: Candidate) -> rd.quantisers.Quantiser:
    """Return a candidate as an rdcore quantiser."""
    return rd.quantisers.Quantiser(problem.source, one.codebook, one.assignment, problem.distortion)


def alone(problem: rd.Problem) -> rd.Problem:
    """Return the problem that limits D alone, with every codebook.

    Raises
    ------
    SpecError
        If the distortion has no centroids.
    """
    if problem.distortion not in ("squared_error", "absolute"):
        raise SpecError("Quantisers need a distortion with centroids: squared or absolute error.")
    return rd.Problem(problem.source, rd.EVERY, problem.distortion, problem.fidelities[:1])


def families(plain: rd.Problem) -> Generator[Step, None, FamiliesView]:
    """Design quantisers of every kind and bound R(D) from below, for all levels, in a worker.

    ``plain`` is what ``alone`` returns; its level makes no difference.
    """
    yield Step(0.02, "designing Lloyd–Max quantisers")
    lloyd = list(_lloyd(plain))
    yield Step(0.25, "designing entropy-coded quantisers")
    coded, hull = _entropy_coded(plain)
    yield Step(0.4, "designing uniform quantisers")
    even = uniform_family(plain)
    found = [
        _family("Lloyd–Max", lloyd, "baseline"),
        _family("uniform, entropy-coded", even, "text"),
        _family("entropy-coded (ECVQ)", coded, "codebook"),
    ]
    if hull is not None:
        found[2] = Family(
            "entropy-coded, exact hull",
            hull.distortions,
            hull.entropies_bits,
            "codebook",
            line=True,
        )
    yield Step(0.6, "solving the bound for the free codebook")
    band = yield from rd_band(plain)
    plane = plain.source.dim > 1
    return FamiliesView(
        tuple(found),
        *band,
        _designs(lloyd if plane else []),
        _designs(even),
        _designs(coded if plane else []),
    )


def meet(problem: rd.Problem, known: FamiliesView) -> Generator[Step, None, MetView]:
    """Find the quantiser of each kind that meets every level at the least H(Y), in a worker."""
    free = problem.with_every()
    plain = alone(problem)
    path = yield from _annealed(free)
    yield Step(0.9, "meeting the levels")
    lloyd, even, coded = (
        [
            rd.quantisers.Quantiser(
                problem.source,
                one.codewords,
                one.assignment.astype(np.int64),
                problem.distortion,
            )
            for one in some
        ]
        for some in (known.lloyd, known.uniform, known.coded)
    )
    hull = None
    if problem.source.dim == 1:
        lloyd = list(_lloyd(plain))
        hull = rd.quantisers.hull(plain)
    candidates = _designed(problem, lloyd, even, coded if hull is None else hull.quantisers)
    missing = tuple(
        name
        for name in ("Lloyd–Max", "uniform, entropy-coded", "entropy-coded")
        if name not in {one.name for one in candidates}
    )
    if hull is not None and len(problem.fidelities) == 1:
        candidates.append(_sharing(problem, hull, problem.fidelities[0].level))
    if path.encoder is not None:
        own = rd.quantisers.Quantiser(
            problem.source, path.encoder.codebook, path.encoder.assignment, problem.distortion
        )
        candidates.append(_candidate("annealing, one encoder", problem, own.trimmed()))
    if path.mixture is not None:
        candidates.append(
            Candidate(
                "annealing, time sharing",
                path.mixture.entropy_bits,
                path.mixture.distortions,
                _met(problem, path.mixture.distortions),
                np.empty((0, problem.source.dim)),
                np.empty(0, np.int64),
            )
        )
    return MetView(tuple(candidates), path.bound_bits, missing)


def _designs(some: Sequence[rd.quantisers.Quantiser]) -> tuple[Design, ...]:
    return tuple(Design(one.codewords, np.asarray(one.assignment, np.int32)) for one in some)


def _designed(
    problem: rd.Problem,
    lloyd: Sequence[rd.quantisers.Quantiser],
    even: Sequence[rd.quantisers.Quantiser],
    coded: Sequence[rd.quantisers.Quantiser],
) -> list[Candidate]:
    """Return the quantiser of each kind that meets every level at the least H(Y).

    For D alone they are among those of the chart; where these do not meet the levels, others are
    designed at the prices of the certified solution.
    """
    alone = len(problem.fidelities) == 1
    first = {name: meeting.cheapest(problem, some) for name, some in (("l", lloyd), ("c", coded))}
    extent = float(np.ptp(problem.source.points, axis=0).max())
    found = {
        "Lloyd–Max": first["l"] if alone else None,
        "uniform, entropy-coded": meeting.uniform(problem, even, extent / 40),
        "entropy-coded": first["c"] if alone else None,
    }
    if found["Lloyd–Max"] is None or found["entropy-coded"] is None:
        slopes = meeting.prices(problem)
        if found["Lloyd–Max"] is None:
            found["Lloyd–Max"] = meeting.lloyd_max(problem, slopes)
        if found["entropy-coded"] is None:
            found["entropy-coded"] = meeting.entropy_coded(problem, slopes)
    return [
        _candidate(name, problem, one.trimmed()) for name, one in found.items() if one is not None
    ]


def rd_band(plain: rd.Problem) -> Generator[Step, None, tuple[Floats, Floats, Floats]]:
    """Return levels of D with certified bounds on R(D) for the free codebook, bits."""
    top = rd.largest_level(plain)
    if plain.source.dim == 1:
        found = rd.curve(plain, tol=_BAND, between=(0.02 * top, top))
        return found.levels, found.lowers_bits, found.rates_bits
    levels = np.geomspace(_LEAST_SHARE * top, 0.98 * top, _PLANE_LEVELS)[::-1]
    lowers, uppers = [], []
    for k, level in enumerate(levels):
        start = time.monotonic()
        yield Step(0.6 + 0.38 * k / len(levels), f"solving the bound at D = {level:.3g}")
        proof = rd.solve(plain.with_levels([float(level)]), tol=1e-3).certificate
        lowers.append(proof.lower_bits)
        uppers.append(proof.upper_bits)
        if time.monotonic() - start > _PATIENCE:
            break  # smaller levels need more codewords and more time
    levels = levels[: len(lowers)]
    return levels[::-1], np.array(lowers)[::-1], np.array(uppers)[::-1]


def _annealed(free: rd.Problem) -> Generator[Step, None, Annealing]:
    total, last = len(_SCHEDULE.temperatures), None
    for last in rd.annealing(free, schedule=_SCHEDULE):
        yield Step(0.9 * len(last.stages) / total, "annealing")
    assert last is not None
    return last


def _lloyd(plain: rd.Problem) -> Generator[rd.quantisers.Quantiser, None, None]:
    most = min(meeting.LARGEST_FAMILY, plain.n)
    if plain.source.dim == 1:
        yield from rd.quantisers.lloyd_max_family(plain, most)
        return
    for m in sorted({1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32} & set(range(1, most + 1))):
        yield rd.quantisers.lloyd_max(plain, m)


def _entropy_coded(
    plain: rd.Problem,
) -> tuple[list[rd.quantisers.Quantiser], rd.quantisers.Hull | None]:
    if plain.source.dim == 1:
        return [], rd.quantisers.hull(plain)
    scale = plain.source.variance
    slopes = np.geomspace(0.5, 60.0, _PRICES) / scale
    return [rd.quantisers.ecvq(plain, np.array([slope])) for slope in slopes], None


def uniform_family(plain: rd.Problem) -> list[rd.quantisers.Quantiser]:
    """Return uniform quantisers of many steps."""
    extent = float(np.ptp(plain.source.points, axis=0).max())
    steps = np.geomspace(extent / 40, 1.2 * extent, _STEPS)
    return [rd.quantisers.uniform(plain, float(step)) for step in steps]


def _family(name: str, quantisers: list[rd.quantisers.Quantiser], look: str) -> Family:
    return Family(
        name,
        np.array([one.distortion for one in quantisers]),
        np.array([one.rate_bits for one in quantisers]),
        look,
    )


def _candidate(name: str, problem: rd.Problem, one: rd.quantisers.Quantiser) -> Candidate:
    reached = np.asarray(one.distortions(problem), dtype=np.float64)
    return Candidate(
        name,
        one.rate_bits,
        reached,
        _met(problem, reached),
        one.codewords,
        np.asarray(one.assignment, dtype=np.int64),
    )


def _sharing(problem: rd.Problem, hull: rd.quantisers.Hull, D: float) -> Candidate:
    found = hull.at(D)
    reached = np.asarray(found.distortions(problem), dtype=np.float64)
    nothing = np.empty((0, problem.source.dim)), np.empty(0, np.int64)
    return Candidate(
        "exact hull, time sharing", found.rate_bits, reached, _met(problem, reached), *nothing
    )


def _met(problem: rd.Problem, reached: Floats) -> bool:
    levels = np.array([fidelity.level for fidelity in problem.fidelities])
    return bool((reached <= levels * (1 + 1e-6)).all())


def code(
    problem: rd.Problem, one: Candidate, symbols: int, seed: int
) -> Generator[Step, None, CodedView]:
    """Draw symbols from the source, quantise and code them, decode and compare, in a worker."""
    count = min(symbols, MOST_SYMBOLS)
    yield Step(0.1, "drawing symbols")
    source = problem.source
    which = np.random.default_rng(seed).choice(source.n, size=count, p=source.pmf)
    yield Step(0.4, "coding and decoding")
    found, blob = rd.coding.trial(quantiser(problem, one), source.points[which])
    return CodedView(
        found.symbols,
        found.size_bytes,
        found.header_bytes,
        found.entropy_bits,
        found.ideal_bits,
        found.equal,
        found.encode_seconds,
        found.decode_seconds,
        np.frombuffer(blob, np.uint8),
        reached_on(problem, which, one.codebook[one.assignment[which]]),
    )
