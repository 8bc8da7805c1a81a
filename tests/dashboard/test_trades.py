"""Levels for a change of the rate, read off the certified curve, against solving at them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.model.specs import CodebookSpec, ProblemSpec, Setting, SourceSpec
from dashboard.model.views import CurveBand, Point, Trade, Trouble, WhatIf
from dashboard.ui import queries, trades

HELD = ProblemSpec(Setting(SourceSpec("three_modes"), subset="+(-1,1)", subset_level=0.05), 0.6)
PLAIN = ProblemSpec(Setting(SourceSpec("trimodal")), 0.3)


def rate(spec: ProblemSpec) -> tuple[float, float]:
    point = queries.point(spec)
    assert isinstance(point, Point)
    return point.rate_bits - point.gap_bits, point.rate_bits


def at(spec: ProblemSpec, name: trades.Name, level: float) -> ProblemSpec:
    if name == "D":
        return replace(spec, level=level)
    return replace(spec, setting=replace(spec.setting, subset_level=level))


def traded(spec: ProblemSpec, bits: float, name: trades.Name) -> Trade:
    point = queries.point(spec)
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
    smallest = queries.level_range(HELD.setting).smallest
    most = rate(at(HELD, "D", smallest))[1] - rate(HELD)[1]
    assert found.most_bits == pytest.approx(most, abs=5e-6)
    found = traded(HELD, -1.0, "D′")
    assert found.low is None
    free = ProblemSpec(HELD.setting.without_subset(), HELD.level)
    assert found.most_bits == pytest.approx(rate(HELD)[1] - rate(free)[1], abs=1e-5)
    assert rate(at(HELD, "D′", found.edge or 0.0))[1] == pytest.approx(rate(free)[1], abs=1e-5)
    found = traded(HELD, -5.0, "D")
    assert found.most_bits == pytest.approx(rate(HELD)[1] - rate(at(HELD, "D", 1e6))[1], abs=1e-5)


@pytest.mark.parametrize(("name", "near"), [("D", 1e-5), ("D′", 5e-6)])
def test_the_price_predicts_little_changes(name: trades.Name, near: float) -> None:
    found = traded(HELD, 1e-3, name)
    assert found.high == pytest.approx(found.predicted, abs=near)


def test_what_has_no_price_has_no_prediction() -> None:
    point = queries.point(PLAIN)
    assert isinstance(point, Point)
    found = trades.trade(PLAIN, replace(point, price_bits=0.0), 0.1, name="D")
    assert isinstance(found, Trade)
    assert found.predicted is None
    assert found.high is not None
    assert trades._price(point, "D′") == 0.0


BY_HAND = CurveBand(*(np.array(pair) for pair in ([0.5, 1.0], [2.0, 1.0], [1.9, 0.8], [4.0, 1.0])))


def by_hand(
    monkeypatch: pytest.MonkeyPatch, bits: float, name: trades.Name, rate: float = 1.5
) -> Trade:
    """Trade at a rate between ``rate`` less 0.1 and ``rate`` bits, on a curve of two points."""
    band = replace(BY_HAND, subset_price_bits=BY_HAND.price_bits)
    monkeypatch.setattr(trades, "_curve", lambda *_: band)
    monkeypatch.setattr(queries, "refined", lambda *_, **__: band)
    point = queries.point(HELD)
    assert isinstance(point, Point)
    point = replace(point, rate_bits=rate, gap_bits=0.1, price_bits=2.0, subset_price_bits=5.0)
    found = trades.trade(HELD, point, bits, name=name)
    assert isinstance(found, Trade)
    return found


def test_the_gaps_of_the_point_and_of_the_curve_widen_the_bounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, predicted in (("D", 0.6 - 0.2 / 2), ("D′", 0.05 - 0.2 / 5)):
        found = by_hand(monkeypatch, 0.2, name)  # type: ignore[arg-type]
        # The first tangent falls from 1.9 to 1.7, the chord from 2 to 1.6.
        assert (found.low, found.high) == pytest.approx((0.5 + 0.2 / 4, 0.5 + 0.4 / 2))
        assert found.predicted == pytest.approx(predicted)


@pytest.mark.parametrize(
    ("bits", "name", "rate", "most", "edge"),
    [
        (0.7, "D", 1.5, 0.5, 0.5),
        (0.7, "D′", 1.5, 0.5, 0.5),
        (-0.8, "D′", 1.5, 0.5, 1.0),
        (-0.8, "D", 1.5, 0.5, queries.slack_from(HELD.setting)),
        (0.7, "D", 2.5, 0.0, 0.5),
    ],
)
def test_the_end_of_a_curve_by_hand(
    monkeypatch: pytest.MonkeyPatch,
    bits: float,
    name: trades.Name,
    rate: float,
    most: float,
    edge: float,
) -> None:
    found = by_hand(monkeypatch, bits, name, rate)
    assert found.low is None
    assert (found.most_bits, found.edge) == pytest.approx((most, edge))


def test_a_what_if_has_the_larger_gap_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    point = queries.point(HELD)
    assert isinstance(point, Point)
    gaps = [0.1, 0.2, 0.2, 0.1]
    monkeypatch.setattr(queries, "point", lambda _: replace(point, gap_bits=gaps.pop()))
    for _ in range(2):
        found = trades.what_if(HELD, name="D")
        assert isinstance(found, WhatIf)
        assert found.gap_bits == 0.2


def test_what_cannot_be_solved_cannot_be_traded() -> None:
    below = replace(HELD, level=1e-6)
    refused = trades.what_if(below, name="D")
    assert isinstance(refused, Trouble)
    assert "is below the minimum level" in refused.sentence
    point = queries.point(HELD)
    assert isinstance(point, Point)
    typed = CodebookSpec("typed", typed="a")
    unknown = replace(HELD, setting=replace(HELD.setting, codebook=typed))
    for name in ("D", "D′"):
        refused = trades.trade(unknown, point, 0.1, name=name)  # type: ignore[arg-type]
        assert isinstance(refused, Trouble)
        assert "is accepted" in refused.sentence


@pytest.mark.parametrize(
    "spec", [HELD, replace(HELD, setting=replace(HELD.setting, measure="each", subset_level=0.2))]
)
def test_a_level_is_slack_from_where_its_curve_ends(spec: ProblemSpec) -> None:
    for name, end in (
        ("D", queries.slack_from(spec.setting)),
        ("D′", float(queries.subset_curve(spec).levels[-1])),
    ):
        slack = rate(at(spec, name, 1.001 * end))  # type: ignore[arg-type]
        assert slack[1] == pytest.approx(rate(at(spec, name, 1e6))[1], abs=1e-8)  # type: ignore[arg-type]


def test_the_tangents_bound_from_below_between_the_levels() -> None:
    setting = replace(HELD.setting, subset_level=0.1)
    levels = np.array([0.2, 0.6, 2.0, 6.0])
    points = [queries.point(ProblemSpec(setting, float(level))) for level in levels]
    assert all(isinstance(point, Point) for point in points)
    lower, upper, price = (
        np.array([get(point) for point in points])
        for get in (
            lambda one: one.rate_bits - one.gap_bits,
            lambda one: one.rate_bits,
            lambda one: one.price_bits,
        )
    )
    at, bound = CurveBand(levels, upper, lower, price).tangents()
    assert len(at) == 7
    assert np.allclose(at[::2], levels)
    assert np.allclose(bound[::2], lower, atol=1e-9)
    for level in np.linspace(0.21, 5.9, 9):
        (true, chord) = (
            rate(ProblemSpec(setting, float(level)))[1],
            float(np.interp(level, levels, upper)),
        )
        assert np.interp(level, at, bound) <= true <= chord + 1e-9
    # It is the best that the tangents tell: lower by any more than the chords' sag.
    assert (np.interp(levels[:-1] + 1e-3, at, bound) > lower[:-1] - 1.1e-3 * price[:-1]).all()


def test_inverting_a_band_by_hand() -> None:
    """Two points of R = 1/D: the tangents and the chord bound the level in between."""
    levels = np.array([0.5, 1.0])
    band = CurveBand(levels, 1 / levels, 1 / levels, 1 / levels**2)
    low, high = trades.inverted(band, 4 / 3, 4 / 3, name="D") or (0, 0)
    assert low == pytest.approx(2 / 3)
    assert high == pytest.approx(0.5 + 0.5 * (2 - 4 / 3))
    assert low <= 0.75 <= high
    assert trades.inverted(band, 2.0, 2.0, name="D") == pytest.approx((0.5, 0.5))
    assert trades.inverted(band, 1.0, 1.0, name="D") == pytest.approx((1.0, 1.0))
    assert trades.inverted(band, 2.1, 2.1, name="D") is None
    assert trades.inverted(band, 0.9, 0.9, name="D") is None
    assert trades.inverted(band, 1.5, 1.5, name="D′") is None


def test_a_level_next_to_the_smallest_is_traded_below_itself() -> None:
    """The curve begins at the smallest level, not at a share of the way to the largest."""
    smallest = queries.level_range(HELD.setting).smallest
    for level in (smallest * 1.001, smallest * 1.05):
        found = traded(at(HELD, "D", level), 1e-3, "D")
        assert found.high is None or found.high < level
        assert found.edge is None or found.edge <= level
