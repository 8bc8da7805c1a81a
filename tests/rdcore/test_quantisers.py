"""Quantisers against brute force, published values and the certified bound."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.spatial.distance import cdist
from scipy.special import ndtr
from sklearn.cluster import kmeans_plusplus

import rdcore as rd
from rdcore.design.quantisers import (
    Quantiser,
    ecsq,
    ecvq,
    harden,
    hull,
    lloyd_max,
    lloyd_max_family,
    uniform,
)
from rdcore.design.quantisers.designs import priced
from rdcore.design.quantisers.vector import _seeded


def random_source(seed: int) -> rd.Source:
    """Return at most 12 unsorted atoms: some equal, some distant, some of probability 0."""
    draw = np.random.default_rng(seed)
    n = int(draw.integers(1, 13))
    atoms = draw.normal(size=n) * draw.choice([1e-3, 1.0, 50.0]) + draw.choice([0.0, 1e3])
    if n > 2 and draw.random() < 0.3:
        atoms[1] = atoms[0]
    pmf = draw.dirichlet(np.full(n, draw.choice([0.3, 1.0, 5.0])))
    if n > 3 and draw.random() < 0.3:
        pmf[2] = 0.0
    return rd.sources.from_pmf(atoms, pmf)


def partitions(n: int, most: int) -> Iterator[np.ndarray]:
    """Yield every partition of n items into at most ``most`` cells, as labels."""

    def grow(labels: list[int]) -> Iterator[np.ndarray]:
        if len(labels) == n:
            yield np.array(labels)
            return
        for label in range(min(max(labels, default=-1) + 2, most)):
            yield from grow([*labels, label])

    yield from grow([])


def intervals(source: rd.Source) -> Iterator[np.ndarray]:
    """Yield every partition of the atoms on a line into intervals, as labels."""
    rank = np.unique(source.atoms, return_inverse=True)[1]
    count = rank.max()
    for bits in range(1 << count):
        cuts = np.array([bits >> k & 1 for k in range(count)], dtype=int)
        yield np.append(0, np.cumsum(cuts))[rank]


def value(
    source: rd.Source, labels: np.ndarray, weights: np.ndarray, measure: str
) -> tuple[float, float, int]:
    """Return priced distortion with the best codewords, entropy, and the number of cells used."""
    spent = entropy = 0.0
    cells = 0
    for j in np.unique(labels):
        mine = labels == j
        x, p, w = source.atoms[mine], source.pmf[mine], (source.pmf * weights)[mine]
        if p.sum() == 0:
            continue
        cells += 1
        entropy -= p.sum() * np.log(p.sum())
        if measure == "absolute":
            spent += min(float(w @ np.abs(x - y)) for y in x)
        elif w.sum() > 0:
            spent += float(w @ (x - w @ x / w.sum()) ** 2)
    return spent, entropy, cells


def tolerance(source: rd.Source) -> float:
    return 1e-12 * (1 + float(np.ptp(source.atoms)) ** 2)


def every(source: rd.Source, measure: str) -> rd.Problem:
    return rd.Problem(source, rd.EVERY, measure, [rd.average(1.0)])


@pytest.mark.parametrize("measure", ["squared_error", "absolute"])
@pytest.mark.parametrize("seed", range(100))
def test_dynamic_programs_equal_brute_force(seed: int, measure: str) -> None:
    source = random_source(seed)
    problem, ones = every(source, measure), np.ones(source.n)
    table = [value(source, labels, ones, measure) for labels in intervals(source)]
    for m, found in enumerate(lloyd_max_family(problem, 4), 1):
        best = min(D for D, _, cells in table if cells <= m)
        assert found.distortion == pytest.approx(best, abs=tolerance(source))
        assert found.m <= m
    spread = max(D for D, _, _ in table)
    for slope in (0.1 / (spread or 1.0), 1 / (spread or 1.0), 20 / (spread or 1.0)):
        q = ecsq(problem, slope)
        best = min(H + slope * D for D, H, _ in table)
        assert q.entropy + slope * q.distortion == pytest.approx(
            best, abs=tolerance(source) * (1 + slope)
        )


@pytest.mark.parametrize("seed", range(12))
def test_no_partition_is_better_than_intervals(seed: int) -> None:
    draw = np.random.default_rng(seed)
    source = rd.sources.from_pmf(draw.normal(size=8), draw.dirichlet(np.ones(8)))
    table = [value(source, a, np.ones(8), "squared_error") for a in partitions(8, 8)]
    for slope in (0.5, 3.0):
        q = ecsq(source, slope)
        best = min(H + slope * D for D, H, _ in table)
        assert q.entropy + slope * q.distortion == pytest.approx(best, abs=1e-12)


def subset_problem(seed: int) -> rd.Problem:
    draw = np.random.default_rng(seed)
    source = rd.sources.from_pmf(np.sort(draw.normal(size=8)), draw.dirichlet(np.ones(8)))
    mask = draw.random(8) < 0.5
    mask[0] = True
    return rd.Problem(source, rd.EVERY, fidelities=[rd.average(1.0), rd.subset(mask, 1.0)])


@pytest.mark.parametrize("seed", range(12))
def test_weights_keep_nearest_cells_intervals(seed: int) -> None:
    """Lloyd–Max with weights: every partition into at most three cells is tried."""
    problem = subset_problem(seed)
    slopes = np.array([0.3, 4.0])
    weights = slopes @ problem.rows.weights
    q = lloyd_max(problem, 3, slopes=slopes)
    labels = (value(problem.source, a, weights, "squared_error")[0] for a in partitions(8, 3))
    assert slopes @ q.distortions(problem) == pytest.approx(min(labels), abs=1e-12)


def test_weights_can_break_intervals_when_bits_are_priced() -> None:
    """An atom of little weight between atoms of large weight goes to the probable codeword."""
    source = rd.sources.from_pmf([0.0, 1.0, 1.5, 2.0], [0.6, 0.1, 0.1, 0.2])
    mask = np.array([True, True, False, True])
    problem = rd.Problem(source, rd.EVERY, fidelities=[rd.average(1.0), rd.subset(mask, 1.0)])
    slopes = np.array([0.01, 8.0])
    weights = slopes @ problem.rows.weights
    everything = [(value(source, a, weights, "squared_error"), a) for a in partitions(4, 4)]
    best, labels = min(((D + H, a) for (D, H, _), a in everything), key=lambda pair: pair[0])
    contiguous = min(sum(value(source, a, weights, "squared_error")[:2]) for a in intervals(source))
    assert labels[2] == labels[0] != labels[1]
    assert best < contiguous - 0.01
    q = ecsq(problem, slopes)
    assert q.entropy + slopes @ q.distortions(problem) == pytest.approx(best, abs=1e-12)


def objective(q: Quantiser, problem: rd.Problem, slopes: np.ndarray) -> float:
    return q.entropy + float(slopes @ q.distortions(problem))


def test_a_descent_does_not_lose_its_start() -> None:
    """Without code lengths 1 would go to 0 and 3 to 2, which is worse than where it began."""
    mask = np.array([1, 0, 1, 0], bool)
    source = rd.Source(np.arange(4.0), [0.1, 0.4, 0.1, 0.4])
    problem = rd.Problem(source, rd.EVERY, fidelities=[rd.average(1.0), rd.subset(mask, 1.0)])
    slopes = np.array([0.05, 2.0])
    weights = slopes @ problem.rows.weights
    best = min(sum(value(source, a, weights, "squared_error")[:2]) for a in partitions(4, 4))
    assert best == pytest.approx(0.3651, abs=5e-5)
    for q in (ecsq(problem, slopes), ecvq(problem, slopes)):
        assert objective(q, problem, slopes) == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("measure", ["squared_error", "absolute"])
@pytest.mark.parametrize("seed", range(60))
def test_no_descent_is_above_where_it_begins(seed: int, measure: str) -> None:
    """The best intervals for ``ecsq``; for ``ecvq`` its codewords with each atom at the nearest."""
    draw = np.random.default_rng(seed)
    n = int(draw.integers(2, 9))
    source = rd.sources.from_pmf(draw.integers(0, 12, n).astype(float), draw.dirichlet(np.ones(n)))
    mask = draw.random(n) < 0.5
    mask[0] = True
    held = [rd.average(1.0), rd.subset(mask, 1.0, draw.choice(["conditional", "joint"]))]
    problem = rd.Problem(source, rd.EVERY, measure, held)
    slopes = np.array([draw.choice([0.0, 0.05, 0.5]), 10 ** draw.uniform(-1, 1)])
    weights = slopes @ problem.rows.weights
    best = min(sum(value(source, a, weights, measure)[:2]) for a in intervals(source))
    assert objective(ecsq(problem, slopes), problem, slopes) <= best + 1e-12
    start = draw.uniform(0, 12, int(draw.integers(1, 5)))
    nearest = np.abs(source.atoms[:, None] - start).argmin(axis=1)
    first = objective(Quantiser(source, start, nearest, measure), problem, slopes)
    found = ecvq(problem, slopes, start=start)
    assert objective(found, problem, slopes) <= first + 1e-12
    again = ecvq(problem, slopes, start=found.codebook)
    assert objective(again, problem, slopes) <= first + 1e-12


def fine_gaussian(n: int) -> tuple[rd.Source, float]:
    """Return the cells of the unit Gaussian, each at its mean, and the variance within them."""
    edges = np.linspace(-9, 9, n + 1)
    upper = edges[1:] > 0
    mass = np.where(upper, ndtr(-edges[:-1]) - ndtr(-edges[1:]), ndtr(edges[1:]) - ndtr(edges[:-1]))
    density = np.exp(-(edges**2) / 2) / np.sqrt(2 * np.pi)
    middle = (edges[1:] + edges[:-1]) / 2
    # Near the middle of a cell, to sufficient order at this width.
    width = edges[1] - edges[0]
    mean = middle + width**2 / 12 * -middle
    assert mass @ mean == pytest.approx(0, abs=1e-12)
    assert density[0] < 1e-17
    return rd.sources.from_pmf(mean, mass), 1.0 - float(mass @ mean**2)


@pytest.fixture(scope="module")
def gaussian() -> tuple[rd.Source, float]:
    return fine_gaussian(1_000_000)


LLOYD_GAUSSIAN = (
    (2, 0.363380228, 1.0),
    (4, 0.117481848, 1.911099),
    (8, 0.034547761, 2.824865),
    (16, 0.009501008, 3.765328),
)
LLOYD_LAPLACE = ((4, 0.176194881, 1.728258), (8, 0.054475988, 2.565399))


def entropy_of_a_step(q: Quantiser, density: np.ndarray, step: float) -> float:
    """Return the largest change of H(Y) in bits if every edge moves by one step."""
    mass = q.pmf[np.argsort(q.codebook)]
    return float(step * density @ np.abs(np.diff(np.log2(mass)))) + 1e-6


@pytest.mark.parametrize(("m", "D", "H"), LLOYD_GAUSSIAN)
def test_lloyd_max_of_the_gaussian(
    gaussian: tuple[rd.Source, float], m: int, D: float, H: float
) -> None:
    source, within = gaussian
    q = lloyd_max(source, m)
    density = np.exp(-(q.thresholds**2) / 2) / np.sqrt(2 * np.pi)
    assert q.distortion + within == pytest.approx(D, abs=6e-10)
    assert q.entropy_bits == pytest.approx(H, abs=entropy_of_a_step(q, density, 18 / 1e6))


@pytest.mark.parametrize(("m", "D", "H"), LLOYD_LAPLACE)
def test_lloyd_max_of_the_laplacian(m: int, D: float, H: float) -> None:
    edges = np.linspace(-20, 20, 1_000_001)
    scale = np.sqrt(0.5)
    far = np.exp(-np.abs(edges) / scale) / 2
    mass = np.abs(np.diff(far))
    side = np.minimum(np.abs(edges[1:]), np.abs(edges[:-1]))
    width = edges[1] - edges[0]
    depth = scale - width * np.exp(-width / scale) / -np.expm1(-width / scale)
    mean = np.sign(edges[1:] + edges[:-1]) * (side + depth)
    source = rd.sources.from_pmf(mean, mass)
    q = lloyd_max(source, m)
    density = np.exp(-np.abs(q.thresholds) / scale) / (2 * scale)
    assert q.distortion + 1.0 - source.variance == pytest.approx(D, abs=6e-10)
    assert q.entropy_bits == pytest.approx(H, abs=entropy_of_a_step(q, density, width))


@pytest.mark.parametrize(
    ("H", "D"), [(0.5, 0.6173362), (1, 0.3482613), (2, 0.0889235), (3, 0.0222384)]
)
def test_entropy_coded_gaussian(H: float, D: float) -> None:
    """Find the price for the given entropy; extrapolate the remainder along that price."""
    source, within = fine_gaussian(100_000)

    def above(slope: float) -> float:
        return ecsq(source, float(np.exp(slope))).entropy_bits - H

    slope = float(np.exp(brentq(above, *np.log([0.5, 60.0]), xtol=1e-4)))
    q = ecsq(source, slope)
    assert abs(q.entropy_bits - H) < 2e-4
    assert q.distortion + within + (q.entropy - H * np.log(2)) / slope == pytest.approx(D, abs=6e-8)


def test_panter_and_dite() -> None:
    """As m grows, D m² increases to π√3/2 for the Gaussian, with a difference of order 1/m."""
    source, within = fine_gaussian(2400)
    for m in (32, 64):
        limit = np.pi * np.sqrt(3) / 2
        assert 1 < m * (1 - m**2 * (lloyd_max(source, m).distortion + within) / limit) < 2


SOURCES = {"three_modes": rd.sources.three_modes, "four_clusters": rd.sources.four_clusters}


def designs(source: rd.Source) -> list[Quantiser]:
    found = [lloyd_max(source, m) for m in (2, 4, 7)]
    found += [uniform(source, step) for step in (4.0, 5.0)]
    if source.dim == 1:
        found += [ecsq(source, slope) for slope in (0.1, 0.3, 2.0)]
    return found + [ecvq(source, slope, starts=1) for slope in (0.1, 0.3)]


@pytest.mark.parametrize("name", SOURCES)
def test_every_quantiser_is_above_the_certified_bound(name: str) -> None:
    source = SOURCES[name]()
    for q in designs(source):
        problem = rd.Problem(source, rd.EVERY, fidelities=[rd.average(q.distortion)])
        proof = rd.solve(problem, tol=1e-3).certificate
        assert proof.scope == "every codebook"
        assert q.rate >= proof.lower > 0
        assert q.distortions(problem) == pytest.approx([q.distortion], rel=1e-12)
        assert q.meets(problem)


@pytest.mark.parametrize("m", [2, 7, 30])
def test_random_starts_lie_as_far_apart_as_those_of_scikit_learn(m: int) -> None:
    source = rd.sources.four_clusters()
    design = priced(source, 0.1)

    def spent(starts: np.ndarray) -> float:
        return float(source.pmf @ cdist(source.points, starts, "sqeuclidean").min(axis=1))

    found = [_seeded(design, m, np.random.default_rng(k)) for k in range(60)]
    assert all(len(np.unique(starts, axis=0)) == m for starts in found)
    known = [
        kmeans_plusplus(source.points, m, sample_weight=source.pmf, random_state=k)[0]
        for k in range(60)
    ]
    assert np.mean([*map(spent, found)]) < 1.06 * np.mean([*map(spent, known)])


def test_random_starts_are_atoms_with_probability_however_near() -> None:
    source = rd.sources.from_pmf([0.0, 1e-60, 1.0, 5.0, 5.0], [0.25, 0.25, 0.5, 0.0, 0.0])
    design = priced(source, 0.1)
    for m, most in ((1, 1), (2, 2), (3, 3), (9, 3)):
        starts = _seeded(design, m, np.random.default_rng(m))
        assert len(starts) <= most
        assert set(starts.ravel()) <= {0.0, 1e-60, 1.0}
    close = rd.sources.from_pmf([0.0, 1e-200, 2e-200], np.full(3, 1 / 3))
    with pytest.raises(rd.InputError, match="choose another unit"):
        priced(close, 0.1)


def test_coded_cells_have_a_lower_rate_at_equal_distortion() -> None:
    """In the plane at D = 2.5, entropy-coded quantisation is between the bound and Lloyd–Max."""
    source = rd.sources.four_clusters()
    coded = ecvq(source, 0.4)
    family = (lloyd_max(source, m) for m in range(10, 33))
    nearest = next(q for q in family if q.distortion <= coded.distortion)
    problem = coded.at_own_levels(rd.Problem(source, rd.EVERY, fidelities=[rd.average(1.0)]))
    bound = rd.solve(problem, tol=1e-6)
    assert bound.certificate.lower < coded.rate < nearest.rate


def test_hull_of_three_modes() -> None:
    source = rd.sources.three_modes()
    found = hull(source)
    assert found.rate_bits(0.6) == pytest.approx(1.7226, abs=5e-5)
    assert (found.entropies[0], found.distortions[0]) == pytest.approx((source.entropy, 0.0))
    assert (found.entropies[-1], found.distortions[-1]) == pytest.approx((0.0, source.variance))
    assert (np.diff(found.slopes) < 0).all()
    shared = found.at(0.6)
    assert shared.distortion == pytest.approx(0.6, rel=1e-12)
    assert shared.rate_bits == pytest.approx(found.rate_bits(0.6), rel=1e-12)
    problem = rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.6)])
    assert shared.rate > rd.solve(problem).certificate.lower
    assert shared.distortions(problem) == pytest.approx([0.6])
    near = hull(source, span=(0.5, 0.7))
    assert len(near) < len(found)
    for D in (0.5, 0.55, 0.6, 0.7):
        assert near.rate(D) == pytest.approx(found.rate(D), rel=1e-12)


@pytest.mark.parametrize("seed", range(30))
def test_hull_is_that_of_all_intervals(seed: int) -> None:
    source = random_source(seed)
    table = [value(source, a, np.ones(source.n), "squared_error")[:2] for a in intervals(source)]
    found = hull(source)
    for left, right in zip(range(len(found) - 1), range(1, len(found)), strict=True):
        D, H = found.distortions[left], found.entropies[left]
        slope = found.slopes[left]
        below = min(h + slope * d for d, h in table)
        assert H + slope * D == pytest.approx(below, abs=1e-11 + slope * tolerance(source))
        assert found.distortions[right] > D


def test_hardening_the_bound_of_three_modes() -> None:
    source = rd.sources.three_modes()
    solution = rd.solve(rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.6)]))
    q = harden(solution)
    most_probable = solution.channel.argmax(axis=1)
    assert (q.codebook[q.assignment] == solution.codebook[most_probable]).all()
    assert q.rate >= hull(source).rate(q.distortion) - 1e-12
    task = rd.Problem(source, rd.sources.codebook("three_modes"), "hamming", [rd.average(0.99)])
    assert harden(rd.solve(task)).distortion <= 1


def test_coded_quantiser_on_a_given_codebook_and_any_distortion() -> None:
    """Every assignment to three codewords is tried; the descent ends at a local optimum."""
    draw = np.random.default_rng(3)
    source = rd.sources.from_pmf(np.arange(7.0), draw.dirichlet(np.ones(7)))
    table = draw.random((7, 3))
    problem = rd.Problem(source, np.arange(3.0), table, [rd.average(0.5)])
    for slope in (0.5, 3.0, 30.0):
        q = ecvq(problem, slope)
        cost = q.entropy + slope * q.distortion
        best = np.inf
        for code in np.ndindex(*[3] * 7):
            share = np.bincount(code, source.pmf, 3)
            entropy = -sum(s * np.log(s) for s in share if s > 0)
            best = min(best, entropy + slope * source.pmf @ table[np.arange(7), list(code)])
        length = -np.log(np.maximum(q.pmf, 1e-300))
        assert best - 1e-12 <= cost <= best + 0.2
        assert (slope * table + length).min(axis=1) == pytest.approx(
            (slope * table + length)[np.arange(7), q.assignment]
        )
    assert ecvq(problem, 1e6).distortion == pytest.approx(source.pmf @ table.min(axis=1))


def test_descents_end_near_the_optimum_of_three_modes() -> None:
    source = rd.sources.three_modes()
    for slope in (0.1, 0.5, 3.0):
        best, found = ecsq(source, slope), ecvq(source, slope, starts=8)
        price = [q.entropy + slope * q.distortion for q in (best, found)]
        assert price[0] - 1e-12 <= price[1] <= price[0] + 0.05
    assert lloyd_max(source, 5, start=lloyd_max(source, 5).codebook).distortion == pytest.approx(
        lloyd_max(source, 5).distortion, rel=1e-12
    )


def test_subsets_are_priced() -> None:
    source = rd.sources.three_modes()
    mask = np.abs(source.atoms) < 1
    problem = rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.6), rd.subset(mask, 0.05)])
    for design in (ecsq, lambda p, s: lloyd_max(p, 5, slopes=s), ecvq):
        cheap = design(problem, np.array([0.5, 0.0])).distortions(problem)
        expensive = design(problem, np.array([0.5, 20.0])).distortions(problem)
        assert expensive[1] < cheap[1]


def test_encoding_samples() -> None:
    source = rd.sources.three_modes()
    q = ecsq(source, 0.3)
    assert (q.encode(source.atoms) == q.assignment).all()
    assert (q.encode([-1e9, 1e9]) == q.assignment[[0, -1]]).all()
    assert (q.decode(q.encode(source.atoms)) == q.reproduction).all()
    draw = np.random.default_rng(0).uniform(-8, 8, 500)
    nearest = np.abs(draw[:, None] - source.atoms).argmin(axis=1)
    assert (q.encode(draw) == q.assignment[nearest]).all()
    plane = rd.sources.four_clusters()
    square = lloyd_max(plane, 6)
    assert (square.encode(plane.atoms) == square.assignment).all()
    solution = rd.certify(q.at_own_levels(), q.channel, np.ones(1))
    assert solution.upper == pytest.approx(q.rate, rel=1e-9)


def test_bad_arguments_are_named() -> None:
    source, plane = rd.sources.three_modes(), rd.sources.four_clusters()
    fixed = rd.Problem(source, source.atoms, fidelities=[rd.average(1.0)])
    two = rd.Problem(
        source, rd.EVERY, fidelities=[rd.average(1.0), rd.subset(source.atoms < 0, 1.0)]
    )
    for call, word in (
        (lambda: lloyd_max(source, 0), "m must be"),
        (lambda: lloyd_max(fixed, 3), "codebook"),
        (lambda: ecsq(source, -1.0), "slopes"),
        (lambda: ecsq(two, 1.0), "slopes must have one entry per row"),
        (lambda: ecsq(plane, 1.0), "source"),
        (lambda: ecvq(source, 1.0, start=np.ones((3, 2))), "start"),
        (lambda: ecvq(source, 1.0, seed=-1), "seed"),
        (lambda: ecvq(source, 1.0, start=[0.0], m=0), "m must be"),
        (lambda: lloyd_max(plane, 3, seed=-1), "seed"),
        (lambda: lloyd_max(source, 2, start=[0.0, 1.0, 2.0]), "start must have at most m=2"),
        (lambda: uniform(source, 0.0), "step"),
        (lambda: uniform(source, 1.0, deadzone=-1), "deadzone"),
        (lambda: uniform(source, 1.0, offset=[0.0, 1.0]), "offset"),
        (lambda: hull(two), "fidelities"),
        (lambda: hull(source, span=(0.5, 0.6)).at(-1.0), "D must be"),
        (lambda: Quantiser(source, [0.0], np.ones(100, int)), "assignment"),
        (lambda: Quantiser(source, [0.0], np.zeros(100)), "assignment"),
        (lambda: Quantiser(source, [[0.0, 1.0]], np.zeros(100, int)), "codebook"),
        (lambda: ecsq(source, 0.3).encode([np.nan]), "samples"),
        (lambda: ecsq(source, 0.3).encode([[1.0, 2.0]]), "samples"),
        (lambda: ecsq(source, 0.3).decode([9]), "indices"),
        (lambda: lloyd_max(plane, 3).thresholds, "thresholds"),
        (lambda: rd.quantisers.TimeSharing((ecsq(source, 0.3),), [0.5]), "shares"),
    ):
        with pytest.raises(rd.InputError, match=word):
            call()
