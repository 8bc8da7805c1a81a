"""Every codebook: known optima, exact atoms, and the bound over all of space."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from rdcore.supremum import Bumps


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


def test_no_fixed_codebook_is_below() -> None:
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


@pytest.mark.slow
def test_four_clusters_in_the_plane() -> None:
    source = rd.sources.four_clusters()
    middle = (source.atoms**2).sum(axis=1) < 4
    fidelities = [rd.average(8.0), rd.subset(middle, 0.05, "joint")]
    solution = rd.solve(rd.Problem(source, rd.EVERY, fidelities=fidelities), tol=1e-6).require()
    assert solution.certificate.gap <= 1e-6
    assert solution.rate_bits == pytest.approx(1.7800, abs=5e-5)


@pytest.mark.parametrize("dim", [1, 2])
def test_the_supremum_is_bounded(dim: int) -> None:
    draw = np.random.default_rng(dim)
    for _ in range(5):
        points = draw.normal(size=(20, dim))
        bumps = Bumps(points, np.log(draw.random(20)), 4 * draw.random(20))
        bound = bumps.supremum_above(1e-7)
        seen = float(
            bumps.values(bumps.climb(np.vstack([points, draw.normal(size=(200, dim))]))).max()
        )
        assert seen <= bound <= seen * (1 + 1e-5)


def test_a_certificate_over_all_of_space_sees_what_the_codebook_lacks() -> None:
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
