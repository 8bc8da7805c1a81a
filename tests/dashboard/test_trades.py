"""What bits buy: levels read off the certified curve, against solving at them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard import compute, trades
from dashboard.results import CurveBand, Point, Trade
from dashboard.specs import ProblemSpec, Setting, SourceSpec

HELD = ProblemSpec(Setting(SourceSpec("three_modes"), subset="+(-1,1)", subset_level=0.05), 0.6)
PLAIN = ProblemSpec(Setting(SourceSpec("trimodal")), 0.3)


def rate(spec: ProblemSpec) -> tuple[float, float]:
    point = compute.point(spec)
    assert isinstance(point, Point)
    return point.rate_bits - point.gap_bits, point.rate_bits


def at(spec: ProblemSpec, name: trades.Name, level: float) -> ProblemSpec:
    if name == "D":
        return replace(spec, level=level)
    return replace(spec, setting=replace(spec.setting, subset_level=level))


def traded(spec: ProblemSpec, bits: float, name: trades.Name) -> Trade:
    point = compute.point(spec)
    assert isinstance(point, Point)
    found = trades.trade(spec, point, bits, name=name)
    assert isinstance(found, Trade)
    return found


@pytest.mark.parametrize(
    ("spec", "name", "bits"),
    [
        (HELD, "D", 1.0),
        (HELD, "D", -1.0),
        (HELD, "D", 0.01),
        (HELD, "D′", 0.1),
        (HELD, "D′", -0.1),
        (PLAIN, "D", 0.5),
        (PLAIN, "D", -0.7),
    ],
)
def test_the_level_lies_between_its_bounds(
    spec: ProblemSpec, name: trades.Name, bits: float
) -> None:
    found = traded(spec, bits, name)
    assert found.low is not None
    assert found.high is not None
    assert (found.high < found.before) == (bits > 0)
    assert found.high - found.low < 1e-4 * found.high
    below, above = rate(spec)
    # R at the lower bound is at least what was aimed at, and at the upper bound at most.
    assert rate(at(spec, name, found.low * (1 - 1e-9)))[1] >= below + bits - 1e-9
    assert rate(at(spec, name, found.high * (1 + 1e-9)))[0] <= above + bits + 1e-9


def test_too_many_bits_say_how_many_there_are() -> None:
    found = traded(HELD, 5.0, "D")
    assert found.low is None
    smallest = compute.limits(HELD.setting).smallest
    most = rate(at(HELD, "D", smallest + 1e-9))[1] - rate(HELD)[1]
    assert 0 < (found.most_bits or 0) <= most
    found = traded(HELD, -1.0, "D′")
    assert found.low is None
    free = ProblemSpec(HELD.setting.without_subset(), HELD.level)
    assert found.most_bits == pytest.approx(rate(HELD)[1] - rate(free)[1], abs=3e-3)


def test_the_price_foretells_little_changes() -> None:
    found = traded(HELD, 1e-3, "D")
    assert found.high == pytest.approx(found.foretold, abs=1e-5)


def test_inverting_a_band_by_hand() -> None:
    """Two points of R = 1/D: the tangents and the chord bound the level in between."""
    levels = np.array([0.5, 1.0])
    band = CurveBand(levels, 1 / levels, 1 / levels, 1 / levels**2)
    low, high = trades.inverted(band, 4 / 3, 4 / 3, name="D") or (0, 0)
    assert low == pytest.approx(2 / 3)
    assert high == pytest.approx(0.5 + 0.5 * (2 - 4 / 3))
    assert low <= 0.75 <= high
    assert trades.inverted(band, 2.1, 2.1, name="D") is None
    assert trades.inverted(band, 0.9, 0.9, name="D") is None
    assert trades.inverted(band, 1.5, 1.5, name="D′") is None
