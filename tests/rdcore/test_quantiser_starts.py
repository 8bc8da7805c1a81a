"""Starts, offsets and spans of the designs of quantisers: each is what it says."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from rdcore.design.quantisers import Quantiser, hull, lloyd_max, uniform


def test_dead_codewords_begin_again() -> None:
    source = rd.sources.from_samples([1, 1, 1, 2, 2, 9.0])
    for start in ([1, 1000, 2000], [5, 5, 5], [100.0]):
        q = lloyd_max(source, 3, start=start)
        assert (q.m, q.distortion) == (3, 0.0)
    assert lloyd_max(source, 7, start=[1, 1000, 2000]).m == 3


@pytest.mark.parametrize("seed", range(20))
def test_a_start_keeps_as_many_codewords_as_asked_for(seed: int) -> None:
    draw = np.random.default_rng(seed)
    dim = int(draw.integers(1, 3))
    atoms = draw.normal(size=(30, dim))
    source = rd.sources.from_pmf(atoms[:, 0] if dim == 1 else atoms, draw.dirichlet(np.ones(30)))
    m = int(draw.integers(1, 9))
    start = draw.normal(size=(m, dim)) * draw.choice([1.0, 30.0])
    q = lloyd_max(source, m, start=start)
    assert q.m == m
    nearest = ((source.points[:, None] - start) ** 2).sum(axis=2).min(axis=1)
    assert q.distortion <= source.pmf @ nearest + 1e-12


@pytest.mark.parametrize("deadzone", [1.0, 1.7])
def test_uniform_steps_and_their_best_offset(deadzone: float) -> None:
    source = rd.sources.trimodal()
    step = 0.8
    price = 6 / step**2
    best = uniform(source, step, deadzone=deadzone)
    for offset in np.linspace(source.mean[0], source.mean[0] + step, 41):
        other = uniform(source, step, offset=offset, deadzone=deadzone)
        assert best.entropy + price * best.distortion <= other.entropy + price * other.distortion
    widths = np.diff(best.thresholds)
    spacing = source.atoms[1] - source.atoms[0]
    wanted = np.sort(np.append(np.full(len(widths) - 1, step), deadzone * step))
    assert np.sort(widths) == pytest.approx(wanted, abs=1.01 * spacing)
    assert uniform(rd.sources.gaussian_2d(), 1.5).m > 9


def price_of(source: rd.Source, step: float, q: Quantiser) -> float:
    return q.entropy + 6 / step**2 * q.distortion


def test_the_best_offset_may_be_far_from_the_mean() -> None:
    source = rd.Source([1.25, 1.5, 8.75], [0.1, 0.5, 0.4])
    found = uniform(source, 1.0, deadzone=0.0)
    assert price_of(source, 1.0, found) == pytest.approx(0.7043, abs=5e-5)


@pytest.mark.parametrize("seed", range(40))
def test_no_offset_is_better(seed: int) -> None:
    draw = np.random.default_rng(seed)
    n = int(draw.integers(1, 7))
    atoms = draw.integers(0, 40, n) / 4 if seed % 2 else 10 * draw.random(n)
    source = rd.sources.from_pmf(atoms, draw.dirichlet(np.ones(n)))
    step, deadzone = draw.choice([0.5, 1.0, 2.7]), draw.choice([0.0, 0.5, 1.0, 2.0, 3.3])
    best = price_of(source, step, uniform(source, step, deadzone=deadzone))
    for offset in [*draw.uniform(-8, 18, 300), *np.arange(-16, 72) / 4, *atoms]:
        other = uniform(source, step, offset=offset, deadzone=deadzone)
        assert best <= price_of(source, step, other) + 1e-12


def test_many_offsets_are_tried_around_the_best() -> None:
    source, step = rd.sources.gaussian_density(3000), 0.5
    found = uniform(source, step, deadzone=1.4)
    for offset in np.linspace(-0.5, 0.5, 41):
        other = uniform(source, step, offset=offset, deadzone=1.4)
        assert price_of(source, step, found) <= price_of(source, step, other)


def test_a_hull_answers_within_its_span() -> None:
    source = rd.sources.three_modes()
    whole, part = hull(source), hull(source, span=(0.5, 0.7))
    assert part.span == (0.5, 0.7)
    for D in (0.5, 0.6, 0.7, source.variance, 2 * source.variance):
        assert part.rate(D) == pytest.approx(whole.rate(D), abs=1e-12)
    assert part.rate(-0.1) == np.inf
    for D in (0.0, 0.49, 0.71, 5.0):
        for call in (part.rate, part.rate_bits, part.at):
            with pytest.raises(
                rd.InputError, match=r"D must lie in the span of the hull, 0\.5 to 0\.7"
            ):
                call(D)
    for span in (
        (0.7, 0.5),
        (np.nan, 1.0),
        (0.5, np.nan),
        (-1.0, 1.0),
        (0.5,),
        "ab",
        (np.inf,) * 2,
    ):
        with pytest.raises(rd.InputError, match="span"):
            hull(source, span=span)  # type: ignore[arg-type]
    point = hull(source, span=(0.6, 0.6))
    assert point.rate_bits(0.6) == pytest.approx(1.72256, abs=5e-6)


def test_equally_near_vectors_go_to_the_first_atom() -> None:
    grid = np.array([(x, y, z) for x in range(4) for y in range(4) for z in range(4)], float)
    order = np.random.default_rng(1).permutation(64)
    source = rd.sources.from_pmf(grid[order], np.ones(64))
    q = Quantiser(source, grid[order], np.arange(64))
    samples = np.array([(x, y, z) for x in range(-1, 9) for y in range(9) for z in range(9)]) / 2
    apart = ((samples[:, None] - source.points) ** 2).sum(axis=2)
    assert (q.encode(samples) == apart.argmin(axis=1)).all()
