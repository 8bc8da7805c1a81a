"""Adaptive curves: few levels, and a band that is as narrow as requested."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd

BIT = float(np.log(2))
BAND = 1e-3 * BIT


@pytest.fixture(scope="module")
def source() -> rd.Source:
    return rd.sources.three_modes()


@pytest.fixture(scope="module")
def plain(source: rd.Source) -> rd.Problem:
    return rd.Problem(source, np.linspace(-8, 8, 64), fidelities=[rd.average(0.6)])


@pytest.fixture(scope="module")
def task(source: rd.Source) -> rd.Problem:
    near = np.abs(source.atoms) < 1
    fidelities = [rd.average(0.6), rd.subset(near, 0.05)]
    return rd.Problem(source, np.linspace(-8, 8, 64), fidelities=fidelities)


def encloses(found: rd.Curve, task: rd.Problem, tol: float, seed: int = 0) -> None:
    """Check that the band is narrow everywhere and has solutions inside, at random levels."""
    assert found.width <= tol
    dense = np.geomspace(max(found.levels[0], 1e-9), found.levels[-1], 4000)
    thick = found.upper(dense) - found.lower(dense)
    assert thick.min() >= 0
    assert thick.max() <= tol * (1 + 1e-9)
    assert (np.diff(found.levels) > 0).all()
    assert found.direction is not None
    start = np.array([f.level for f in task.fidelities]) * (found.direction == 0)
    for level in np.random.default_rng(seed).choice(dense, 6):
        levels = start + level * found.direction
        proof = rd.solve(task.with_levels([float(v) for v in levels]), tol=1e-7).certificate
        assert found.lower(level) <= proof.upper
        assert found.upper(level) >= proof.lower


def test_the_whole_range(plain: rd.Problem) -> None:
    found = rd.curve(plain, tol=BAND)
    assert found.levels[0] == rd.smallest_levels(plain)[0]
    assert found.levels[-1] == pytest.approx(rd.largest_level(plain))
    assert found.rates[-1] == pytest.approx(0, abs=1e-9)
    encloses(found, plain, BAND)
    # With chords and supporting lines only, at least 85 points would be needed.
    assert len(found.levels) < 140


@pytest.mark.parametrize("scaled", [False, True])
def test_with_a_second_level_fixed_or_scaled(task: rd.Problem, *, scaled: bool) -> None:
    found = rd.curve(task, tol=BAND, scaled=scaled)
    encloses(found, task, BAND)
    assert found.direction is not None
    assert found.direction[1] == pytest.approx(0.05 / 0.6 if scaled else 0)


def test_along_the_level_of_the_subset(task: rd.Problem) -> None:
    found = rd.curve(task, tol=BAND, fidelity=1)
    encloses(found, task, BAND)
    # Distortion of the subset at D = 0.6 without its own level, above which that level is slack.
    assert found.levels[-1] == pytest.approx(0.12347, rel=1e-3)
    assert found.rates[-1] == pytest.approx(1.165999660, abs=0.2 * BAND)


def test_a_given_range_and_a_finer_band(plain: rd.Problem) -> None:
    found = rd.curve(plain, between=(0.5, 0.7), tol=1e-5)
    assert found.levels[[0, -1]].tolist() == [0.5, 0.7]
    encloses(found, plain, 1e-5)


def test_each_symbol_and_the_other_distortions() -> None:
    source = rd.sources.gaussian()
    near = np.abs(source.atoms) < 1
    words = rd.sources.codebook("gaussian")
    for second in (
        rd.subset(near, 0.3, "each"),
        rd.subset(near, 0.3, "conditional"),
        rd.subset(near, 0.2, distortion="absolute"),
    ):
        task = rd.Problem(source, words, fidelities=[rd.average(0.6), second])
        encloses(rd.curve(task, tol=1e-3), task, 1e-3)


def test_closed_forms_are_in_the_band() -> None:
    coin = rd.sources.bernoulli(0.3)
    task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])
    found = rd.curve(task, tol=1e-4)
    D = np.linspace(0, 0.3, 500)
    exact = rd.closed_forms.bernoulli(0.3, D)
    assert found.levels[0] == 0
    assert (found.lower(D) <= exact + 1e-12).all()
    assert (found.upper(D) >= exact - 1e-12).all()
    erasure = rd.Problem(
        rd.sources.bernoulli(0.3),
        [0, 1, 2],
        np.array([[0, np.inf, 1], [np.inf, 0, 1]]),
        [rd.average(0.2)],
    )
    found = rd.curve(erasure, tol=1e-4)
    exact = rd.closed_forms.erasure(0.3, D)
    assert (found.lower(D) <= exact + 1e-12).all()
    assert (found.upper(D) >= exact - 1e-12).all()


def test_every_codebook_has_a_band(source: rd.Source) -> None:
    every = rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.6)])
    found = rd.curve(every, between=(0.4, 12.0), tol=2e-3)
    encloses(found, every, 2e-3)


def test_the_corners_determine_the_band(plain: rd.Problem) -> None:
    found = rd.curve(plain, between=(0.1, 5.0), tol=5e-3)
    levels, lower, upper = found.band()
    assert (upper - lower).max() == found.width
    dense = np.linspace(0.1, 5, 3000)
    assert (np.interp(dense, levels, lower) <= found.lower(dense) + 1e-12).all()
    assert np.interp(dense, levels, upper) == pytest.approx(found.upper(dense), abs=1e-12)
    assert found.width_bits == found.width / BIT


def test_problems_with_a_single_level() -> None:
    source = rd.sources.gaussian()
    task = rd.Problem(source, [0.0], fidelities=[rd.average(2.0)])
    found = rd.curve(task)
    assert len(found.levels) == 1
    assert found.width <= 1e-3


def test_bad_input(plain: rd.Problem, task: rd.Problem) -> None:
    with pytest.raises(
        rd.InputError, match=r"between must be an increasing pair .* got \(0\.001, 1\)"
    ):
        rd.curve(plain, between=(0.001, 1))
    with pytest.raises(rd.InputError, match="between must be None if levels are given"):
        rd.curve(plain, [1.0], between=(0.5, 1))
    with pytest.raises(rd.InputError, match="tol must be a positive finite number; got -1"):
        rd.curve(plain, tol=-1)
    with pytest.raises(rd.InputError, match="so that the other levels have a ratio to it"):
        rd.curve(task.with_levels([0.0, 1.0]), scaled=True)
    with pytest.raises(rd.InfeasibleError):
        rd.curve(task.with_levels([0.6, 1e-6]))
