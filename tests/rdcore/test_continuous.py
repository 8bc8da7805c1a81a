"""Bounds on the continuous source: they enclose known rates and converge as cells shrink."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import rdcore as rd


def bounds(source: rd.Source, D: float, codebook=rd.EVERY, distortion="squared_error"):
    return rd.continuous.bounds(rd.Problem(source, codebook, distortion, [rd.average(D)]), tol=1e-6)


def noisy_pair(n: int) -> rd.Source:
    return rd.sources.from_density(
        lambda x: stats.norm.pdf(x, 1.5, 0.5) + stats.norm.pdf(x, -1.5, 0.5), -6, 6, n
    )


@pytest.mark.parametrize(
    ("make", "D", "rate_bits", "codebook", "distortion"),
    [
        (rd.sources.gaussian_density, 0.25, 1.0, rd.EVERY, "squared_error"),
        (rd.sources.gaussian_density, 0.6, np.log2(1 / 0.6) / 2, rd.EVERY, "squared_error"),
        (noisy_pair, 0.25, 0.994446709676, rd.EVERY, "squared_error"),
        (rd.sources.laplacian_density, 0.25, 2.0, rd.EVERY, "absolute"),
        (rd.sources.laplacian_density, 0.7, -np.log2(0.7), rd.EVERY, "absolute"),
    ],
)
def test_closed_forms_are_enclosed_with_shrinking_gap(
    make, D, rate_bits, codebook, distortion
) -> None:
    found = [bounds(make(n), D, codebook, distortion) for n in (150, 300, 600)]
    for proof in found:
        assert proof.scope == "the continuous source"
        assert proof.lower_bits <= rate_bits <= proof.upper_bits
    gaps = [proof.gap for proof in found]
    # Halving the cells quarters the gap, up to the solver's own 1e-6.
    assert gaps[1] < gaps[0] / 3
    assert gaps[2] < gaps[1] / 3


@pytest.mark.parametrize(("bits", "D"), [(1, 0.2171224), (2, 0.0540918)])
def test_laplace_density_with_squared_error(bits: int, D: float) -> None:
    gaps = []
    for n in (200, 400):
        proof = bounds(rd.sources.laplacian_density(n, scale=np.sqrt(0.5)), D)
        assert proof.lower_bits <= bits <= proof.upper_bits
        gaps.append(proof.gap_bits)
    assert gaps[1] < gaps[0] / 3


def test_laplace_density_at_three_bits() -> None:
    """On 430 codewords, whose excess rate over every codebook is negligible."""
    words, gaps = np.linspace(-15, 15, 430), []
    for n in (800, 1600):
        proof = bounds(rd.sources.laplacian_density(n, scale=np.sqrt(0.5)), 0.0135199, words)
        found = proof.solution
        wide = rd.certify(found.problem, found.channel, found.slopes, found.prior, every=True)
        assert wide.gap < 1e-4
        assert proof.lower_bits - wide.gap_bits <= 3 <= proof.upper_bits
        gaps.append(proof.gap_bits)
    assert gaps[1] < gaps[0] / 3
    assert gaps[1] < 5e-3


def test_a_fine_grid_replaces_an_exchange_that_does_not_converge() -> None:
    source = rd.sources.gaussian_density(300)
    task = rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.05)])
    short = rd.solvers.Exchange(max_rounds=1)
    cut = rd.solve(task, tol=1e-9, solver=short)
    assert not cut.status.converged
    proof = rd.continuous.bounds(task, tol=1e-9, solver=short)
    assert proof.solution.status.converged
    assert proof.solution.certificate.gap < cut.certificate.gap / 100
    assert proof.scope == "the continuous source"
    assert proof.lower <= 0.5 * np.log(20) <= proof.upper
    assert proof.gap < 0.05


def test_gaussian_truncated_at_three() -> None:
    """The truncated density and its grid of 1001 points with both ends differ by 1e-4."""
    proof = bounds(rd.sources.from_density(lambda x: np.exp(-(x**2) / 2), -3, 3, 1600), 0.499487)
    assert 0.33271 < proof.lower <= proof.upper < 0.33272
    atoms = np.linspace(-3, 3, 1001)
    grid = rd.sources.from_pmf(atoms, np.exp(-(atoms**2) / 2))
    solution = rd.solve(rd.Problem(grid, rd.EVERY, fidelities=[rd.average(0.499487)])).require()
    assert solution.rate == pytest.approx(0.332836, abs=1e-6)
    assert solution.slopes == pytest.approx([1.0], abs=1e-5)
    assert np.sort(solution.codebook) == pytest.approx([-1.09, -0.1801, 0.1801, 1.09], abs=3e-4)


MEASURES = ("joint", "conditional", "each")


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("codebook", ["every", "given"])
def test_coarse_cells_enclose_fine_ones_under_a_subset(measure: str, codebook: str) -> None:
    """The bounds of coarse cells enclose those of fine cells, which enclose the rate."""
    level = {"joint": 0.02, "conditional": 0.1, "each": 0.25}[measure]

    def problem(n: int) -> rd.Problem:
        # Cells of about equal size with edges at ±0.5, so that "each" is nearly the same
        # constraint.
        source = rd.sources.from_density(stats.norm(), -6, 6, n, breaks=(-0.5, 0.5))
        mask = np.abs(source.atoms) < 0.5
        words = rd.EVERY if codebook == "every" else np.linspace(-4, 4, 33)
        return rd.Problem(
            source, words, fidelities=[rd.average(0.4), rd.subset(mask, level, measure)]
        )

    coarse = rd.continuous.bounds(problem(72), tol=1e-6)
    middle = rd.continuous.bounds(problem(144), tol=1e-6)
    assert coarse.lower > 0.9 * middle.lower
    assert np.isfinite(coarse.upper)
    assert middle.gap < 0.5 * coarse.gap
    if measure != "each":
        fine = rd.continuous.bounds(problem(576), tol=1e-6)
        assert coarse.lower <= fine.upper
        assert fine.lower <= coarse.upper
        assert middle.lower <= fine.upper
        assert fine.lower <= middle.upper
        assert fine.gap < 0.2 * middle.gap


@pytest.mark.parametrize("distortion", ["squared_error", "absolute"])
@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("codebook", ["every", "given"])
def test_binned_samples_bound_the_samples_themselves(
    distortion: str, dim: int, codebook: str
) -> None:
    draw = np.random.default_rng(5)
    samples = draw.normal(size=(150 if dim == 1 else 25, dim)) * [2.0, 1.0][:dim]
    samples = samples[:, 0] if dim == 1 else samples
    # In the plane, the level must be above the bound of the triangle inequality.
    level = {1: 0.5, 2: 1.6}[dim]
    words = rd.EVERY if codebook == "every" else samples[::4]
    truth = rd.solve(
        rd.Problem(rd.sources.from_samples(samples), words, distortion, [rd.average(level)]),
        tol=1e-6,
    )
    found = []
    for bins in (12, 48):
        source = rd.sources.from_samples(samples, bins=bins)
        proof = bounds(source, level, words, distortion)
        assert proof.lower <= truth.certificate.upper
        assert truth.certificate.lower <= proof.upper
        found.append(proof)
    assert 0 < found[1].gap < 0.6 * found[0].gap


def test_cells_with_known_variance_only() -> None:
    full = rd.sources.gaussian_density(400)
    bare = rd.Source(full.atoms, full.pmf, cells=rd.Cells(full.cells.variance))
    sharp, plain = bounds(full, 0.25), bounds(bare, 0.25)
    assert plain.lower_bits <= 1.0 <= plain.upper_bits
    assert plain.upper == pytest.approx(sharp.upper, abs=1e-6)
    V = float(full.pmf @ full.cells.variance)
    triangle = -np.log(np.sqrt(0.25) + np.sqrt(V))
    assert plain.lower == pytest.approx(triangle, abs=2 * V / 0.25)
    assert plain.lower < sharp.lower


def test_cells_too_coarse_for_a_level_still_bound_from_below() -> None:
    coarse = rd.sources.gaussian_density(12)
    V = float(coarse.pmf @ coarse.cells.variance)
    proof = bounds(coarse, 0.5 * V, np.linspace(-8, 8, 200))
    assert proof.upper == np.inf
    assert proof.solution is None
    assert 0 < proof.lower <= 0.5 * np.log(1 / (0.5 * V))


def test_the_channel_of_the_upper_bound_can_be_simulated() -> None:
    """Simulate it: quantise samples to their cells, code these, and measure the distortion."""
    source = rd.sources.gaussian_density(60)
    proof = bounds(source, 0.3)
    draw = np.random.default_rng(0)
    x = draw.normal(size=200_000)
    step = 16 / 60
    cell = np.clip(((x + 8) / step).astype(int), 0, 59)
    rows = proof.solution.channel.cumsum(axis=1)
    word = np.minimum((draw.random(len(x))[:, None] > rows[cell]).sum(axis=1), rows.shape[1] - 1)
    errors = (x - proof.solution.codebook[word]) ** 2
    assert errors.mean() == pytest.approx(0.3, abs=4 * errors.std() / np.sqrt(len(x)))


def test_curve() -> None:
    source = rd.sources.gaussian_density(200)
    task = rd.Problem(source, rd.EVERY, fidelities=[rd.average(1.0)])
    curve = rd.continuous.curve(task, [0.1, 0.2, 0.4, 0.8])
    between = np.linspace(0.1, 0.8, 40)
    truth = rd.closed_forms.gaussian(1.0, between)
    assert (curve.lower(between) <= truth).all()
    assert (truth <= curve.upper(between)).all()
    assert curve.lower(0.3).shape == ()
    assert curve.upper(0.05) == np.inf
    assert (curve.uppers_bits - curve.lowers_bits < 0.03).all()
    assert curve.slopes == pytest.approx(0.5 / curve.levels, rel=0.03)


def test_supporting_lines_hold_at_other_levels() -> None:
    source = rd.sources.gaussian_density(120)
    bare = rd.Source(source.atoms, source.pmf, cells=rd.Cells(source.cells.variance))
    for one in (source, bare):
        proof = bounds(one, 0.3)
        for level in (0.01, 0.1, 0.25, 0.5, 0.9, 2.0):
            line = proof.lower - float(proof.slopes[0]) * (level - 0.3)
            assert line <= max(0.0, 0.5 * np.log(1 / level))


@pytest.mark.parametrize(
    ("source", "distortion", "level", "message"),
    [
        (rd.sources.three_modes(), "squared_error", 0.5, "cells"),
        (rd.sources.uniform_grid(5), "hamming", 0.5, "squared_error"),
        (rd.sources.uniform_grid(5), "squared_error", 0.0, "D must be above 0"),
    ],
)
def test_bad_input(source, distortion, level, message: str) -> None:
    task = rd.Problem(source, source.atoms, distortion, [rd.average(level)])
    with pytest.raises(rd.InputError, match=message):
        rd.continuous.bounds(task)
    with pytest.raises(rd.InputError, match="fidelity"):
        rd.continuous.curve(task, [0.5], fidelity=1)


@pytest.mark.parametrize("trial", range(30))
def test_random_cells_and_subsets_enclose_the_binned_samples(trial: int) -> None:
    draw = np.random.default_rng(trial)
    distortion = str(draw.choice(["squared_error", "absolute"]))
    measure = str(draw.choice(["joint", "conditional", "each"]))
    samples = np.sort(draw.normal(size=120) * draw.choice([0.3, 1.0, 4.0]))
    bins = int(draw.integers(8, 60))
    source = rd.sources.from_samples(samples, bins=bins)
    cell = np.minimum(((samples - samples[0]) / (np.ptp(samples) / bins)).astype(int), bins - 1)
    cell = np.unique(cell, return_inverse=True)[1]
    chosen = draw.random(source.n) < 0.4
    chosen[draw.integers(source.n)] = True
    unit = np.ptp(samples) ** (2 if distortion == "squared_error" else 1)
    D, level = unit * draw.uniform(0.01, 0.1), unit * draw.uniform(0.01, 0.1)
    level *= float(source.pmf[chosen].sum()) if measure == "joint" else 1.0
    words = np.linspace(samples[0], samples[-1], 41)
    task = rd.Problem(source, words, distortion, [rd.average(D), rd.subset(chosen, level, measure)])
    # "each" applies to each cell: for the samples it is a conditional mean for every cell.
    marks = (
        [chosen] if measure != "each" else [np.arange(source.n) == k for k in chosen.nonzero()[0]]
    )
    own = "conditional" if measure == "each" else measure
    parts = [rd.subset(mark[cell], level, own) for mark in marks]
    law = rd.Source(samples, np.full(len(samples), 1 / len(samples)))
    truth = rd.solve(rd.Problem(law, words, distortion, [rd.average(D), *parts])).certificate
    proof = rd.continuous.bounds(task, tol=1e-8)
    assert proof.lower <= truth.upper
    assert truth.lower <= proof.upper
    assert proof.scope == "the continuous source, this codebook"
    loose = rd.continuous.bounds(
        rd.Problem(
            rd.Source(source.atoms, source.pmf, cells=rd.Cells(source.cells.variance)),
            words,
            distortion,
            task.fidelities,
        ),
        tol=1e-8,
    )
    assert loose.lower <= truth.upper
