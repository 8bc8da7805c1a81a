"""Free codebooks: known optima, exact codewords, and the bound over the whole space."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from rdcore.problem.gaussian_sums import GaussianSum
from rdcore.proof.dual import gaussian_sum_at
from rdcore.proof.supremum import supremum


def three_modes(*fidelities: rd.Fidelity) -> rd.Problem:
    return rd.Problem(rd.sources.three_modes(), rd.EVERY, fidelities=fidelities)


def near_zero(problem: rd.Problem) -> np.ndarray:
    return np.abs(problem.source.atoms) < 1


def test_three_modes_has_five_codewords() -> None:
    solution = rd.solve(three_modes(rd.average(0.6))).require()
    proof = solution.certificate
    assert proof.scope == "every codebook"
    assert proof.gap <= 1e-9
    assert solution.rate == pytest.approx(1.162870721, abs=proof.gap + 5e-10)
    assert np.sort(solution.codebook) == pytest.approx(
        [-7.3640, -5.0994, -1.0186, 2.5641, 6.5126], abs=1e-4
    )


def test_the_gap_of_each_round_is_reported() -> None:
    told: list[float] = []
    problem = rd.Problem(rd.sources.gaussian(), rd.EVERY, fidelities=[rd.average(0.1)])
    solution = rd.solvers.Exchange().solve(problem, 1e-9, report=told.append)
    assert len(told) == len(solution.trace) > 1
    assert told == sorted(told, reverse=True)
    assert told[-1] <= 1e-9


def test_three_modes_with_a_subset() -> None:
    mask = np.abs(rd.sources.three_modes().atoms) < 1
    solution = rd.solve(three_modes(rd.average(0.6), rd.subset(mask, 0.05, "joint"))).require()
    assert solution.rate == pytest.approx(1.184931993, abs=solution.certificate.gap + 5e-10)


def test_deconvolution_is_exact() -> None:
    """±1.5 in noise of variance 1/4: at D = 1/4 the optimal codewords are ±1.5, at slope 2."""
    atoms = np.linspace(-6, 6, 601)
    pmf = np.exp(-2 * (atoms - 1.5) ** 2) + np.exp(-2 * (atoms + 1.5) ** 2)
    source = rd.sources.from_pmf(atoms, pmf)
    solution = rd.solve(rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.25)])).require()
    assert np.sort(solution.codebook) == pytest.approx([-1.5, 1.5], abs=1e-6)
    assert solution.slopes == pytest.approx([2.0], abs=1e-6)
    assert solution.rate_bits == pytest.approx(0.994446709676, abs=1e-9)


def test_no_fixed_codebook_has_a_lower_rate() -> None:
    every = rd.solve(three_modes(rd.average(2.0)))
    for words in (np.linspace(-8, 8, 64), np.linspace(-8, 8, 333), every.codebook):
        fixed = rd.solve(every.problem.with_codebook(words[:, None]))
        assert fixed.certificate.upper >= every.certificate.lower


def test_absolute_error_is_solved_on_the_atoms() -> None:
    source = rd.sources.laplacian(n=61)
    every = rd.solve(rd.Problem(source, rd.EVERY, "absolute", [rd.average(0.5)])).require()
    words = np.unique(np.append(source.atoms, np.linspace(-8, 8, 97)))
    finer = rd.solve(rd.Problem(source, words, "absolute", [rd.average(0.5)])).require()
    assert every.certificate.scope == "every codebook"
    assert finer.rate == pytest.approx(every.rate, abs=2e-9)


@pytest.mark.parametrize(
    ("levels", "bits", "count"), [((8.0, 0.05), 1.779968845, 8), ((2.0, 0.02), 3.557584881, 52)]
)
def test_four_clusters_in_the_plane(levels: tuple[float, float], bits: float, count: int) -> None:
    source = rd.sources.four_clusters()
    middle = (source.atoms**2).sum(axis=1) < 4
    fidelities = [rd.average(levels[0]), rd.subset(middle, levels[1], "joint")]
    solution = rd.solve(rd.Problem(source, rd.EVERY, fidelities=fidelities), tol=1e-6).require()
    assert solution.certificate.gap <= 1e-9
    assert solution.rate_bits == pytest.approx(bits, abs=2e-9)
    assert len(solution.codebook) == count


def test_a_round_source_in_the_plane() -> None:
    problem = rd.Problem(rd.sources.gaussian_2d(), rd.EVERY, fidelities=[rd.average(0.5)])
    solution = rd.solve(problem).require()
    assert solution.certificate.gap <= 1e-9
    finer = problem.with_codebook(
        np.vstack([rd.sources.grid_codebook(problem.source, 400), solution.codebook])
    )
    assert rd.solve(finer).certificate.upper >= solution.certificate.lower


@pytest.mark.parametrize(("D", "bits"), [(0.1, 2.784019108), (0.05, 3.282710364)])
def test_an_almost_continuous_optimum(D: float, bits: float) -> None:
    """Codewords crowd where c is almost flat; n + K of them are enough."""
    solution = rd.solve(three_modes(rd.average(D))).require()
    assert solution.certificate.gap <= 1e-9
    assert solution.rate_bits == pytest.approx(bits, abs=3e-9)
    assert solution.problem.m <= solution.problem.n + 1
    assert len(solution.trace) <= 6


@pytest.mark.parametrize("D", [0.0085, 0.0188])
def test_a_fine_gaussian_at_a_low_level(D: float) -> None:
    """The tails, of probability 1e-16, need codewords too. The rate is almost Shannon's."""
    source = rd.sources.gaussian_density(200)
    solution = rd.solve(rd.Problem(source, rd.EVERY, fidelities=[rd.average(D)])).require()
    assert solution.certificate.gap <= 1e-9
    variance = float(source.pmf @ source.atoms**2)
    assert solution.rate_bits == pytest.approx(0.5 * np.log2(variance / D), abs=2e-3)
    assert solution.problem.m <= source.n + 1


def test_a_level_that_hardly_binds() -> None:
    """A price 90 times smaller than that of the average."""
    source = rd.sources.four_clusters()
    middle = (source.atoms**2).sum(axis=1) < 4
    fidelities = [rd.average(2.0), rd.subset(middle, 0.05, "joint")]
    solution = rd.solve(rd.Problem(source, rd.EVERY, fidelities=fidelities), tol=1e-6).require()
    assert solution.rate_bits == pytest.approx(3.550478532, abs=1.5e-6)
    assert solution.prices == pytest.approx([0.48863, 0.00547], abs=2e-5)


def test_the_supremum_of_an_almost_flat_sum() -> None:
    """The bound is tight although c is 1 up to a few parts in 1e9 everywhere."""
    points = np.linspace(-4, 4, 201)[:, None]
    gaussians = GaussianSum(
        points, np.full(201, np.log(0.04 * np.sqrt(2 / np.pi))), np.full(201, 2.0)
    )
    bound = supremum(gaussians, 1e-11).bound
    seen = float(gaussians.values(np.linspace(-4, 4, 4001)[:, None]).max())
    assert seen <= bound <= seen * (1 + 1e-10)


def scattered(n: int, dim: int, share: float) -> rd.Problem:
    """Return n equally likely atoms in space, at a share of their variance."""
    atoms = np.random.default_rng(0).normal(size=(n, dim))
    source = rd.sources.from_pmf(atoms, np.ones(n))
    variance = float(np.square(atoms - atoms.mean(axis=0)).sum() / n)
    return rd.Problem(source, rd.EVERY, fidelities=[rd.average(share * variance)])


@pytest.mark.parametrize(
    ("dim", "share", "bits"), [(3, 0.2, 2.3803148), (4, 0.05, 4.2168927), (5, 0.05, 4.4463305)]
)
def test_more_than_two_dimensions(dim: int, share: float, bits: float) -> None:
    problem = scattered(40, dim, share)
    solution = rd.solve(problem).require()
    assert solution.certificate.gap <= 1e-9
    assert solution.rate_bits == pytest.approx(bits, abs=1e-6)
    source = problem.source
    near = np.random.default_rng(1).normal(size=(300, dim)) * source.points.std(axis=0)
    words = np.vstack([source.points, solution.codebook, near + source.points.mean(axis=0)])
    fixed = rd.solve(problem.with_codebook(words), tol=1e-8)
    assert fixed.rate == pytest.approx(solution.rate, abs=2e-8)


def test_too_many_dimensions_have_a_remedy() -> None:
    with pytest.raises(rd.InputError, match=r"up to 6 dimensions; got 7.*fixed codebook"):
        rd.solve(scattered(8, 7, 0.2))


@pytest.mark.parametrize("dim", [1, 2, 3, 4])
def test_the_supremum_is_bounded(dim: int) -> None:
    draw = np.random.default_rng(dim)
    for _ in range(5):
        points = draw.normal(size=(20, dim))
        gaussians = GaussianSum(points, np.log(draw.random(20)), 4 * draw.random(20))
        bound = supremum(gaussians, 1e-7).bound
        seen = float(
            gaussians.values(
                gaussians.climb(np.vstack([points, draw.normal(size=(200, dim))]))
            ).max()
        )
        assert seen <= bound <= seen * (1 + 1e-5)


def test_a_certificate_over_every_codebook_detects_missing_codewords() -> None:
    source = rd.sources.three_modes()
    coarse = rd.solve(rd.Problem(source, np.linspace(-8, 8, 20), fidelities=[rd.average(0.6)]))
    best = rd.solve(three_modes(rd.average(0.6)))
    wide = rd.certify(coarse.problem, coarse.channel, coarse.slopes, coarse.prior, every=True)
    assert coarse.certificate.gap <= 1e-9
    assert wide.lower <= best.certificate.upper < coarse.certificate.lower


def test_bad_input() -> None:
    source = rd.sources.three_modes()
    with pytest.raises(rd.InputError, match="squared_error"):
        rd.Problem(source, rd.EVERY, "hamming", [rd.average(0.1)])
    with pytest.raises(rd.InputError, match="Exchange"):
        rd.solvers.InteriorPoint().solve(three_modes(rd.average(0.6)))
    with pytest.raises(rd.InputError, match="codebook"):
        rd.solvers.Exchange().solve(rd.Problem(source, source.atoms, fidelities=[rd.average(0.6)]))


@pytest.mark.parametrize("seed", range(24))
def test_random_sources_are_solved_with_few_codewords(seed: int) -> None:
    """On lines, planes and in space, with ties, atoms without mass and every measure."""
    draw = np.random.default_rng(seed)
    dim = 1 + seed % 3
    atoms = draw.normal(size=(int(draw.integers(2, 40)), dim))
    atoms = np.unique(np.round(atoms, seed % 2 * 9), axis=0)
    pmf = draw.dirichlet(np.full(len(atoms), draw.choice([0.1, 1.0])))
    pmf[draw.random(len(pmf)) < 0.1] = 0.0
    source = rd.sources.from_pmf(atoms, pmf if (pmf > 0).sum() > 1 else np.ones(len(pmf)))
    variance = float(source.pmf @ np.square(source.points - source.pmf @ source.points).sum(axis=1))
    fidelities = [rd.average(variance * draw.choice([0.5, 0.1, 0.01, 1e-3]))]
    if draw.random() < 0.7:
        measure = draw.choice(["joint", "conditional", "each"])
        level = variance * draw.choice([0.3, 0.05, 0.005])
        fidelities.append(rd.subset(draw.random(source.n) < 0.5, level, str(measure)))
    problem = rd.Problem(source, rd.EVERY, fidelities=fidelities)
    solution = rd.solve(problem).require()
    assert solution.certificate.gap <= 1e-9
    assert solution.problem.m <= source.n + len(problem.rows.levels)


@pytest.mark.parametrize("measure", ["joint", "conditional", "each"])
def test_a_subset_that_must_be_exact(measure: str) -> None:
    """Of two atoms the first is exact, so all distortion comes from sending the second there."""
    atoms = np.array([[-48.86884454681, -31.9902373218], [1.7204708043, 13.031356195975]])
    mask, D = np.array([True, False]), 194.82732930335615
    source = rd.sources.from_pmf(atoms, [0.5, 0.5])
    fidelities = [rd.average(D), rd.subset(mask, 0.0, measure)]
    proof = rd.solve(rd.Problem(source, rd.EVERY, fidelities=fidelities)).require().certificate
    wrong = 2 * D / float(((atoms[0] - atoms[1]) ** 2).sum())
    shares = np.array([1 + wrong, 1 - wrong]) / 2
    noise = -wrong * np.log(wrong) - (1 - wrong) * np.log(1 - wrong)
    rate = -float(shares @ np.log(shares)) - noise / 2
    assert proof.lower <= rate <= proof.upper
    assert proof.gap <= 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_random_subsets_that_must_be_exact(seed: int) -> None:
    draw = np.random.default_rng(seed)
    n, dim = int(draw.integers(3, 20)), 1 + (seed % 4 == 2)
    source = rd.sources.from_pmf(draw.normal(size=(n, dim)), draw.dirichlet(np.ones(n)))
    mask = np.arange(n) < draw.integers(1, n)
    variance = float(source.pmf @ ((source.points - source.pmf @ source.points) ** 2).sum(axis=1))
    fidelities = [rd.average(0.1 * variance), rd.subset(mask, 0.0)]
    solution = rd.solve(rd.Problem(source, rd.EVERY, fidelities=fidelities)).require()
    assert solution.certificate.gap <= 1e-9
    for words in (source.points, np.vstack([source.points, draw.normal(size=(40, dim))])):
        fixed = rd.solve(solution.problem.with_codebook(words))
        assert fixed.certificate.upper >= solution.certificate.lower


def test_the_supremum_with_spikes() -> None:
    draw = np.random.default_rng(3)
    points, sharpness = draw.normal(size=(12, 2)), np.where(np.arange(12) < 4, 1e17, 2.0)
    gaussians = GaussianSum(points, np.log(draw.random(12)), sharpness)
    near = points + 1e-9 * draw.normal(size=(400, 1, 2))
    values = gaussians.values(np.vstack([points, near.reshape(-1, 2), gaussians.climb(points)]))
    bound = supremum(gaussians, 1e-9).bound
    assert values.max() <= bound <= values.max() * (1 + 1e-5)


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("sharp", [3e2, 1e5, 1e12])
def test_the_supremum_of_gaussians_of_very_different_sharpness(dim: int, sharp: float) -> None:
    draw = np.random.default_rng(dim)
    points = 3 * draw.normal(size=(9, dim))
    sharpness = np.where(np.arange(9) < 3, sharp * np.array([1.0, 3.0, 0.2] * 3), 0.3)
    gaussians = GaussianSum(points, np.log(draw.random(9) / 3), sharpness)
    starts = np.vstack([points, 3 * draw.normal(size=(300, dim))])
    near = points[:3] + draw.normal(size=(100, 1, dim)) / np.sqrt(sharpness[:3, None])
    wide = GaussianSum(points[3:], gaussians.log_weights[3:], sharpness[3:]).climb(starts)
    tops = gaussians.climb(np.vstack([points, wide]))
    seen = gaussians.values(np.vstack([tops, near.reshape(-1, dim)])).max()
    assert seen <= supremum(gaussians, 1e-9).bound <= seen * (1 + 1e-8)


def test_the_pull_bounds_what_it_says() -> None:
    draw = np.random.default_rng(5)
    gaussians = GaussianSum(draw.normal(size=(9, 2)), draw.normal(size=9), 5 * draw.random(9))
    centres, half = draw.normal(size=(20, 2)), np.array([0.3, 0.1])
    bounds = gaussians.pull(centres, half)
    for corner in ([0, 0], [1, 1], [-1, 1], [0.5, -0.9]):
        at = centres + half * corner
        away = np.square(at[:, None] - gaussians.points).sum(axis=2)
        terms = np.exp(gaussians.log_weights - gaussians.sharpness * away)
        assert (terms @ gaussians.sharpness <= bounds * (1 + 1e-12)).all()


def test_the_supremum_with_atoms_whose_slope_is_rounding() -> None:
    """A slope of 1e-13 beside one of 1e-2 makes no spikes of the Gaussians of the latter."""
    draw = np.random.default_rng(4)
    points, sharpness = 9 * draw.normal(size=(13, 2)), np.where(np.arange(13) < 5, 2e-13, 6e-3)
    gaussians = GaussianSum(points, np.log(draw.random(13) / 9), sharpness)
    seen = float(gaussians.values(gaussians.climb(points)).max())
    assert seen <= supremum(gaussians, 1e-9).bound <= seen * (1 + 1e-7)


def test_atoms_almost_on_a_line_in_space() -> None:
    """Boxes are halved along their long axes only; along all, they would be too many."""
    line = np.linspace(-1, 1, 16)[:, None]
    atoms = 60 * line + 0.03 * np.random.default_rng(0).normal(size=(16, 3)) * [1, 0, 1]
    atoms[:, [0, 2]] -= 60 * line
    source = rd.sources.from_pmf(atoms, np.exp(-32 * line[:, 0] ** 2))
    solution = rd.solve(rd.Problem(source, rd.EVERY, fidelities=[rd.average(30.0)])).require()
    alone = rd.Problem(
        rd.sources.from_pmf(atoms[:, 1], source.pmf), rd.EVERY, fidelities=[rd.average(30.0)]
    )
    assert solution.rate == pytest.approx(rd.solve(alone).rate, abs=1e-4)


def test_a_maximum_costs_no_more_than_the_atoms_that_feed_it() -> None:
    source = rd.sources.three_modes()
    task = rd.Problem(source, np.linspace(-8, 8, 64), fidelities=[rd.average(0.05)])
    found = rd.solve(task)
    proof = rd.certify(task, found.channel, found.slopes, found.prior, every=True)
    top = supremum(gaussian_sum_at(task, found.prior, found.slopes), 1e-9).bound
    plain = found.certificate.lower - np.log(top)
    truth = rd.solve(task.with_every())
    assert plain < proof.lower <= truth.rate
    assert found.certificate.lower - proof.lower < 0.1 * np.log(top)


@pytest.mark.parametrize("seed", range(16))
def test_no_proposal_proves_too_much_for_a_free_codebook(seed: int) -> None:
    draw = np.random.default_rng(seed)
    n, m, dim = int(draw.integers(2, 12)), int(draw.integers(1, 8)), 1 + (seed % 4 == 2)
    source = rd.sources.from_pmf(draw.normal(size=(n, dim)), draw.dirichlet(np.ones(n)))
    mask = draw.random(n) < 0.5
    mask[int(draw.integers(n))] = True
    levels = 10.0 ** draw.uniform(-2, 0.5, 2)
    fidelities = [rd.average(levels[0]), rd.subset(mask, levels[1], "conditional")]
    truth = rd.solve(rd.Problem(source, rd.EVERY, fidelities=fidelities), tol=1e-6)
    for _ in range(5):
        codewords = source.points[draw.integers(n, size=m)] + 0.3 * draw.normal(size=(m, dim))
        task = truth.problem.with_codebook(codewords)
        slopes = truth.slopes * 10.0 ** draw.uniform(-1, 1, 2) + draw.choice([0, 1e-3, 1.0])
        prior = draw.dirichlet(np.full(m, draw.choice([0.1, 10.0])))
        proof = rd.certify(task, np.full((n, m), 1 / m), slopes, prior, every=True)
        assert proof.lower <= truth.certificate.upper
    used = truth.problem
    for off in (1e-9, 1e-6, 1e-3, 1e-1):
        moved = used.with_codebook(used.codewords + off * draw.normal(size=used.codewords.shape))
        slopes = truth.slopes * (1 + off * draw.normal(size=2))
        proof = rd.certify(moved, truth.channel, slopes, truth.marginal, every=True)
        assert proof.lower <= truth.certificate.upper
