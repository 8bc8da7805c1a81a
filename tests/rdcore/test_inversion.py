"""The least level within a rate: bounded, and the inverse of R(D) where that is known."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd

LN2 = np.log(2)


def binary_entropy(p: float) -> float:
    return -p * np.log(p) - (1 - p) * np.log(1 - p)


@pytest.mark.parametrize("level", [0.02, 0.1, 0.25])
def test_a_coin_has_its_closed_form(level: float) -> None:
    coin = rd.sources.bernoulli(0.3)
    problem = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.2)])
    rate = binary_entropy(0.3) - binary_entropy(level)
    found = rd.least_level(problem, rate)
    assert found.low <= level * (1 + 1e-9)
    assert found.high >= level * (1 - 1e-9)
    assert found.high - found.low < 1e-6
    assert found.solution.certificate.upper <= rate


def test_a_fine_gaussian_is_close_to_its_closed_form() -> None:
    """D = σ² 2^(−2R), which the discretised source with free codewords nearly has."""
    atoms = np.linspace(-5, 5, 161)
    pmf = np.exp(-(atoms**2) / 2)
    source = rd.sources.from_pmf(atoms, pmf / pmf.sum())
    found = rd.least_level(rd.Problem(source, rd.EVERY, fidelities=[rd.average(1.0)]), LN2)
    assert found.high == pytest.approx(0.25, rel=0.01)


@pytest.mark.parametrize("codebook", ["grid", "free"])
def test_with_a_subset_the_inverse_agrees_with_clarabel(codebook: str) -> None:
    source = rd.sources.three_modes()
    words = rd.EVERY if codebook == "free" else rd.sources.grid_codebook(source, 24)
    held = rd.subset(np.abs(source.atoms) < 1, 0.2)
    problem = rd.Problem(source, words, fidelities=[rd.average(1.0), held])
    found = rd.least_level(problem, 1.2 * LN2)
    assert found.low <= found.high <= found.low * (1 + 1e-5)
    assert found.solution.rate_bits <= 1.2
    fixed = found.solution.problem
    peer = rd.solve(fixed, solver=rd.solvers.Reference())
    assert peer.rate_bits == pytest.approx(1.2, abs=2e-5)
    tighter = rd.solve(problem.with_levels([found.low * (1 - 1e-4), 0.2]))
    assert tighter.certificate.lower_bits > 1.2


def test_a_rate_that_the_subset_alone_exceeds_is_refused() -> None:
    source = rd.sources.three_modes()
    held = rd.subset(np.abs(source.atoms) > 2, 0.5)
    problem = rd.Problem(source, rd.EVERY, fidelities=[rd.average(1.0), held])
    with pytest.raises(rd.RateTooLowError, match="the other levels alone need") as caught:
        rd.least_level(problem, 0.01)
    loose = rd.solve(problem.with_levels([1e4, 0.5]))
    assert caught.value.needed == pytest.approx(loose.rate, rel=1e-6)


def test_more_than_enough_bits_give_the_minimum_level() -> None:
    source = rd.sources.three_modes()
    words = rd.sources.grid_codebook(source, 8)
    problem = rd.Problem(source, words, fidelities=[rd.average(1.0)])
    found = rd.least_level(problem, 20.0)
    smallest = rd.smallest_levels(problem)[0]
    assert (found.low, found.high) == (smallest, smallest)
    free = rd.least_level(problem.with_every(), 20.0)
    assert (free.low, free.high) == (0.0, 0.0)


def test_a_rate_of_nothing_is_refused() -> None:
    problem = rd.Problem(rd.sources.three_modes(), rd.EVERY, fidelities=[rd.average(1.0)])
    with pytest.raises(rd.InputError, match="positive"):
        rd.least_level(problem, 0.0)
