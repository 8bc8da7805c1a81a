"""The dispersion and the normal approximation of the rate at finite blocklength."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

import rdcore as rd


def gaussian() -> rd.Source:
    atoms = np.linspace(-6, 6, 241)
    return rd.sources.from_pmf(atoms, np.exp(-(atoms**2) / 2))


def laplacian() -> rd.Source:
    atoms = np.linspace(-16, 16, 641)
    return rd.sources.from_pmf(atoms, np.exp(-np.abs(atoms)))


def coin(p: float, D: float) -> rd.Problem:
    return rd.Problem(rd.sources.bernoulli(p), [0.0, 1.0], "hamming", [rd.average(D)])


def line(source: rd.Source, D: float, *more: rd.Fidelity) -> rd.Problem:
    return rd.Problem(source, rd.EVERY, fidelities=[rd.average(D), *more])


def inner() -> rd.Fidelity:
    return rd.subset(np.abs(rd.sources.three_modes().atoms) < 1, 0.05, "conditional")


@pytest.mark.parametrize(
    ("task", "wanted"),
    [
        (line(gaussian(), 0.5), 0.5 / np.log(2) ** 2),
        (line(gaussian(), 0.1), 0.5 / np.log(2) ** 2),
        (coin(0.11, 0.05), 0.8907017),
        (coin(0.3, 0.1), 0.3137911),
        (coin(0.5, 0.1), 0.0),
        (line(rd.sources.three_modes(), 0.6), 0.9093),
        (line(rd.sources.three_modes(), 0.6, inner()), 1.1282),
        (line(laplacian(), 0.5), 2.049),
    ],
    ids=["Gaussian .5", "Gaussian .1", "coin .11", "coin .3", "fair", "modes", "subset", "Laplace"],
)
def test_dispersions(task: rd.Problem, wanted: float) -> None:
    """Kostina and Verdú (2012): V = 1/2 nats² for a Gaussian, p(1-p) ln²((1-p)/p) for a coin."""
    found = rd.finite_blocklength(rd.solve(task, tol=1e-8), 1000, 0.01)
    assert found.dispersion_bits == pytest.approx(wanted, rel=2e-3, abs=1e-9)


def test_the_mean_of_the_tilted_information_is_the_rate() -> None:
    """With joint and conditional levels; 50 symbols of ε = 1/2 take what infinitely many take."""
    source = rd.sources.three_modes()
    task = line(source, 0.6, rd.subset(np.abs(source.atoms) < 1, 0.01), inner())
    found = rd.solve(task, tol=1e-9)
    assert source.pmf @ found.tilted_information == pytest.approx(found.rate, abs=1e-6)
    assert rd.finite_blocklength(found, 50, 0.5).rate == pytest.approx(found.rate)


def test_the_approximation_and_its_arguments() -> None:
    found = rd.solve(line(gaussian(), 0.25))
    one = rd.finite_blocklength(found, 100, 0.05)
    assert one.rate - found.rate == pytest.approx(np.sqrt(0.5 / 100) * norm.isf(0.05), rel=1e-2)
    assert rd.finite_blocklength(found, 1, 0.999).rate == 0
    for n, epsilon, word in ((0, 0.1, "n"), (10, 0.0, "epsilon"), (10, 1.0, "epsilon")):
        with pytest.raises(rd.InputError, match=word):
            rd.finite_blocklength(found, n, epsilon)


def test_a_solution_says_how_sure_a_rate_from_samples_is() -> None:
    """√(V/N) for N independent samples; each symbol's own level counts at that symbol."""
    source = rd.sources.three_modes()
    each = rd.subset(source.atoms > 7.8, 0.3, "each")
    for task in (line(gaussian(), 0.3), line(source, 0.6, inner(), each), coin(0.11, 0.05)):
        found = rd.solve(task, tol=1e-9)
        pmf = task.source.pmf
        assert pmf @ found.tilted_information == pytest.approx(found.rate, abs=1e-6)
        assert found.standard_error(400) == pytest.approx(np.sqrt(found.dispersion) / 20)
        assert rd.finite_blocklength(found, 9, 0.1).dispersion == found.dispersion
    with pytest.raises(rd.InputError, match="N"):
        found.standard_error(0)


def test_tilted_information_is_the_derivative_of_the_rate() -> None:
    """R of p moved towards one atom, by finite differences, with the levels fixed."""
    source = rd.sources.three_modes()
    mask = np.abs(source.atoms) < 1
    fidelities = [rd.average(0.6), rd.subset(mask, 0.05, "conditional"), rd.subset(mask, 0.01)]
    found = rd.solve(rd.Problem(source, rd.EVERY, fidelities=fidelities), tol=1e-10)
    for atom in (20, 50):
        step, rates = 1e-4, []
        for share in (step, -step):
            pmf = (1 - share) * source.pmf
            pmf[atom] += share
            moved = rd.Problem(rd.Source(source.atoms, pmf), rd.EVERY, fidelities=fidelities)
            rates.append(rd.solve(moved, tol=1e-10).rate)
        slope = (rates[0] - rates[1]) / (2 * step)
        wanted = found.tilted_information[atom] - found.rate
        assert slope == pytest.approx(wanted, abs=1e-4)
