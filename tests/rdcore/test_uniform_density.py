"""The uniform density on [-1, 1]: its optimal codewords by quadrature, against every codebook.

At slope s the m codewords of an optimum satisfy c(y_j) = 1 and c'(y_j) = 0, which is solved here by
Gauss–Legendre quadrature, without a grid and independently of the package. The number of codewords
increases where the middle one of an odd number splits, c''(0) = 0, and where one appears in the
middle of an even number, c(0) = 1.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.optimize import brentq, root

import rdcore as rd

X, WEIGHTS = np.polynomial.legendre.leggauss(300)
WEIGHTS = WEIGHTS / 2
ROOT3 = np.sqrt(3)
# s·a² at which m codewords become m + 1.
SPLITS = {1: 1.5, 2: 4.440018, 3: 8.404924, 4: 13.230266, 5: 18.804967, 6: 25.049502}


def alpha(design: np.ndarray, s: float) -> np.ndarray:
    y, log_r = np.split(design, 2)
    return WEIGHTS / (np.exp(-s * (X[:, None] - y) ** 2) @ np.exp(log_r))


def c(design: np.ndarray, s: float, at: np.ndarray | float) -> np.ndarray:
    return alpha(design, s) @ np.exp(-s * (X[:, None] - np.atleast_1d(at)) ** 2)


def curvature(design: np.ndarray, s: float) -> float:
    return float(alpha(design, s) @ (np.exp(-s * X**2) * ((2 * s * X) ** 2 - 2 * s)))


@cache
def optimum(m: int, s: float) -> np.ndarray:
    """Return positions and log-masses (2m,) of the stationary design with m codewords."""
    y, r = np.linspace(-1 + 1 / m, 1 - 1 / m, m), np.full(m, 1 / m)
    for _ in range(6000):
        joint = np.exp(-s * (X[:, None] - y) ** 2) * r
        joint *= (WEIGHTS / joint.sum(axis=1))[:, None]
        r = joint.sum(axis=0)
        y = (X @ joint) / r

    def conditions(design: np.ndarray) -> np.ndarray:
        away = X[:, None] - design[:m]
        weights = alpha(design, s)[:, None] * np.exp(-s * away**2)
        return np.concatenate([weights.sum(axis=0) - 1, (weights * away).sum(axis=0)])

    found = root(conditions, np.concatenate([y, np.log(r)]), method="lm", tol=1e-15)
    assert np.abs(found.fun).max() < 1e-12
    return found.x


def rate_and_distortion(m: int, s: float) -> tuple[float, float]:
    design = optimum(m, s)
    y, log_r = np.split(design, 2)
    cost = (X[:, None] - y) ** 2
    joint = alpha(design, s)[:, None] * np.exp(log_r - s * cost)
    D = float((joint * cost).sum())
    return float(WEIGHTS @ np.log(alpha(design, s) / WEIGHTS)) - s * D, D


def slope_at(bits: int, m: int, low: float, high: float) -> float:
    return brentq(lambda s: rate_and_distortion(m, s)[0] - bits * np.log(2), low, high, xtol=1e-12)


@pytest.mark.parametrize("m", SPLITS)
def test_where_a_codeword_appears(m: int) -> None:
    def condition(s: float) -> float:
        design = optimum(m, s)
        return curvature(design, s) if m % 2 else float(c(design, s, 0.0)[0]) - 1

    split = brentq(condition, 0.98 * SPLITS[m], 1.01 * SPLITS[m], xtol=1e-10)
    assert split == pytest.approx(SPLITS[m], abs=5e-6)
    line = np.linspace(-1, 1, 2001)
    before, after = split * (1 - 2e-4), split * (1 + 2e-4)
    assert c(optimum(m, before), before, line).max() <= 1 + 1e-12
    assert c(optimum(m, after), after, line).max() > 1 + 1e-10


@pytest.mark.parametrize("m", SPLITS)
def test_every_codebook_changes_size_there(m: int) -> None:
    source = rd.sources.uniform_grid(1000, -1, 1)
    for share, size in ((0.99, m), (1.02, m + 1)):
        if size == 1:  # at every slope below the split the rate is 0
            continue
        s = share * SPLITS[m]
        rate, D = rate_and_distortion(size, s)
        task = rd.Problem(source, rd.EVERY, fidelities=[rd.average(D)])
        solution = rd.solve(task, tol=1e-10).require()
        used = np.sort(solution.codebook[solution.marginal > 1e-7])
        assert used == pytest.approx(np.sort(optimum(size, s)[:size]), abs=2e-4)
        assert solution.slopes == pytest.approx([s], rel=1e-5)
        proof = rd.continuous.bounds(task, tol=1e-9)
        assert proof.lower <= rate <= proof.upper


def test_one_bit_on_the_unit_interval() -> None:
    s = slope_at(1, 3, 4.5, 8.4)
    D = rate_and_distortion(3, s)[1] / 4
    assert abs(D - 0.0172696) < 5e-8
    source = rd.sources.uniform_grid(2000)
    task = rd.Problem(source, rd.EVERY, fidelities=[rd.average(D)])
    proof = rd.continuous.bounds(task, tol=1e-9)
    assert proof.lower_bits <= 1.0 <= proof.upper_bits
    assert proof.gap_bits < 1e-6
    order = np.argsort(proof.solution.codebook)
    words, masses = proof.solution.codebook[order], proof.solution.marginal[order]
    # Positions and masses on cell means have errors of the order of the variance of the cells.
    assert words == pytest.approx(0.5 + optimum(3, s)[:3] / 2, abs=1e-6)
    assert masses == pytest.approx(np.exp(optimum(3, s)[3:]), abs=1e-6)
    assert words == pytest.approx([0.200381, 0.5, 0.799619], abs=2e-6)
    assert masses == pytest.approx([0.367954, 0.264092, 0.367954], abs=2e-6)


@pytest.mark.parametrize(
    ("bits", "m", "low", "high", "D"),
    [
        (1, 3, 4.5, 8.4, 0.2072355),
        (2, 7, 29.0, 32.0, 0.0474491),
    ],
)
def test_unit_variance(bits: int, m: int, low: float, high: float, D: float) -> None:
    s = slope_at(bits, m, low, high)
    exact = 3 * rate_and_distortion(m, s)[1]
    assert exact == pytest.approx(D, abs=6e-8)
    line = np.linspace(-1, 1, 2001)
    assert c(optimum(m, s), s, line).max() <= 1 + 1e-11
    gaps = []
    for n in (100, 200, 400):
        source = rd.sources.uniform_grid(n, -ROOT3, ROOT3)
        task = rd.Problem(source, rd.EVERY, fidelities=[rd.average(exact)])
        proof = rd.continuous.bounds(task, tol=1e-9)
        assert proof.lower_bits <= bits <= proof.upper_bits
        gaps.append(proof.gap)
    assert gaps[2] < gaps[1] / 3.5 < gaps[0] / 12


def test_unit_variance_at_three_bits() -> None:
    proof = rd.continuous.bounds(
        rd.Problem(
            rd.sources.uniform_grid(400, -ROOT3, ROOT3),
            rd.EVERY,
            fidelities=[rd.average(0.0114008)],
        )
    )
    assert proof.lower_bits <= 3.0 <= proof.upper_bits
    assert proof.gap_bits < 5e-4
