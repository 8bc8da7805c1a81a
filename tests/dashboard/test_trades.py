"""Levels for a change of the rate, read off the certified curve, against solving at them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import rdcore as rd
from dashboard.errors import UserError
from dashboard.model.codebooks import CodebookSpec
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.model.views import CurveBand, Point, Trade, Trouble, WhatIf
from dashboard.ui import queries, trades

HELD = ProblemSpec(Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)", 0.05),)), 0.6)
PLAIN = ProblemSpec(Setting(SourceSpec("trimodal")), 0.3)


def rate(spec: ProblemSpec) -> tuple[float, float]:
    point = queries.point(spec)
    assert isinstance(point, Point)
    return point.rate_bits - point.gap_bits, point.rate_bits


def traded(spec: ProblemSpec, bits: float, which: int) -> Trade:
    point = queries.point(spec)
    assert isinstance(point, Point)
    found = trades.trade(spec, point, bits, which=which)
    assert isinstance(found, Trade)
    return found


@pytest.mark.parametrize(
    ("spec", "which", "bits"),
    [
        (HELD, 0, 1.0),
        (HELD, 0, -1.0),
        (HELD, 0, 0.01),
        (HELD, 1, 0.1),
        (HELD, 1, -0.1),
        (PLAIN, 0, 0.5),
        (PLAIN, 0, -0.7),
    ],
)
def test_the_level_lies_between_its_bounds(spec: ProblemSpec, which: int, bits: float) -> None:
    found = traded(spec, bits, which)
    assert found.low is not None
    assert found.high is not None
    assert (found.high < found.before) == (bits > 0)
    assert found.high - found.low < 1e-4 * found.high
    below, above = rate(spec)
    # R at the lower bound is at least what was aimed at, and at the upper bound at most.
    assert rate(spec.at(which, found.low * (1 - 1e-9)))[1] >= below + bits - 1e-9
    assert rate(spec.at(which, found.high * (1 + 1e-9)))[0] <= above + bits + 1e-9


def test_too_many_bits_say_how_many_there_are() -> None:
    found = traded(HELD, 5.0, 0)
    assert found.low is None
    smallest = queries.level_range(HELD.setting).smallest
    most = rate(HELD.at(0, smallest))[1] - rate(HELD)[1]
    assert found.most_bits == pytest.approx(most, abs=5e-6)
    found = traded(HELD, -0.9, 1)
    assert found.low is None
    free = ProblemSpec(HELD.setting.without_subsets(), HELD.level)
    assert found.most_bits == pytest.approx(rate(HELD)[1] - rate(free)[1], abs=1e-5)
    assert rate(HELD.at(1, found.edge or 0.0))[1] == pytest.approx(rate(free)[1], abs=1e-5)
    found = traded(HELD, -5.0, 0)
    assert found.most_bits == pytest.approx(rate(HELD)[1] - rate(HELD.at(0, 1e6))[1], abs=1e-5)
    near = HELD.at(0, 1.001 * smallest)
    found = traded(near, 0.9, 0)
    assert found.low is None
    assert found.most_bits == pytest.approx(rate(HELD.at(0, smallest))[1] - rate(near)[1], abs=5e-6)


def test_at_the_smallest_level_no_bits_can_be_spent() -> None:
    spec = HELD.at(0, queries.level_range(HELD.setting).smallest)
    point = queries.point(spec)
    assert isinstance(point, Point)
    # Of two bounds on the same rate either may be the larger.
    found = trades.trade(spec, replace(point, rate_bits=point.rate_bits + 1e-3), 0.5, which=0)
    assert isinstance(found, Trade)
    assert (found.most_bits, found.edge) == (0, spec.level)


@pytest.mark.parametrize(
    ("how", "share"),
    [("mse", 0.9), ("rms", 0.81), ("share", 0.9), ("snr", 10**-0.1), ("psnr", 10**-0.1)],
)
def test_a_level_is_tightened_as_it_is_stated(
    how: str, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "scale", lambda _: rd.LevelScale(how, "cm", 3.0, 5.0))
    assert trades.tightened(HELD, 0) == pytest.approx(share * 0.6)
    assert trades.tightened(HELD, 1) == pytest.approx(share * 0.05)


@pytest.mark.parametrize(("which", "near"), [(0, 1e-5), (1, 5e-6)])
def test_the_price_predicts_little_changes(which: int, near: float) -> None:
    found = traded(HELD, 1e-3, which)
    assert found.high == pytest.approx(found.predicted, abs=near)


def test_what_has_no_price_has_no_prediction() -> None:
    point = queries.point(PLAIN)
    assert isinstance(point, Point)
    found = trades.trade(PLAIN, replace(point, prices_bits=np.zeros(1)), 0.1, which=0)
    assert isinstance(found, Trade)
    assert found.predicted is None
    assert found.high is not None


@pytest.mark.parametrize(("bits", "which"), [(0.2, 0), (0.2, 1), (-0.2, 0)])
def test_the_gap_of_the_point_widens_the_bounds(bits: float, which: int) -> None:
    point = queries.point(HELD)
    assert isinstance(point, Point)
    wide = trades.trade(HELD, replace(point, gap_bits=0.01), bits, which=which)
    found = trades.trade(HELD, point, bits, which=which)
    least = trades.trade(HELD, point, bits - 0.01, which=which)
    assert isinstance(wide, Trade)
    assert isinstance(found, Trade)
    assert isinstance(least, Trade)
    assert (wide.low or 0) <= (found.low or 0) <= (found.high or 0) <= (wide.high or 0)
    assert wide.high == pytest.approx(least.high, rel=1e-6)


def test_a_what_if_has_the_larger_gap_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    point = queries.point(HELD)
    assert isinstance(point, Point)
    gaps = [0.1, 0.2, 0.2, 0.1]
    monkeypatch.setattr(queries, "point", lambda _: replace(point, gap_bits=gaps.pop()))
    for _ in range(2):
        found = trades.what_if(HELD, which=0)
        assert isinstance(found, WhatIf)
        assert found.gap_bits == 0.2


def test_what_cannot_be_solved_cannot_be_traded() -> None:
    below = replace(HELD, level=1e-6)
    refused = trades.what_if(below, which=0)
    assert isinstance(refused, Trouble)
    assert "is below the minimum level" in refused.sentence
    point = queries.point(HELD)
    assert isinstance(point, Point)
    typed = CodebookSpec("typed", typed="a")
    unknown = replace(HELD, setting=replace(HELD.setting, codebook=typed))
    for which in (0, 1):
        refused = trades.trade(unknown, point, 0.1, which=which)
        assert isinstance(refused, Trouble)
        assert "is accepted" in refused.sentence


def test_a_level_that_cannot_be_searched_for_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise UserError("No search.")

    point = queries.point(HELD)
    assert isinstance(point, Point)
    monkeypatch.setattr(queries, "level_at", refuse)
    assert trades.trade(HELD, point, 0.1, which=0) == Trouble("No search.")


@pytest.mark.parametrize(
    "spec",
    [HELD, replace(HELD, setting=replace(HELD.setting, subsets=(Subset("+(-1,1)", 0.2, "each"),)))],
)
def test_a_level_is_slack_from_where_its_curve_ends(spec: ProblemSpec) -> None:
    for which, end in (
        (0, queries.slack_from(spec.setting)),
        (1, float(queries.subset_curve(spec, 1).levels[-1])),
    ):
        slack = rate(spec.at(which, 1.001 * end))
        assert slack[1] == pytest.approx(rate(spec.at(which, 1e6))[1], abs=1e-8)


def test_the_tangents_bound_from_below_between_the_levels() -> None:
    setting = HELD.setting.with_levels([0.1])
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
    at, bound = CurveBand(levels, upper, lower, price[:, None]).tangents()
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


def test_a_level_next_to_the_smallest_is_traded_below_itself() -> None:
    """The curve begins at the smallest level, not at a share of the way to the largest."""
    smallest = queries.level_range(HELD.setting).smallest
    for level in (smallest * 1.001, smallest * 1.05):
        found = traded(HELD.at(0, level), 1e-3, 0)
        assert found.high is None or found.high < level
        assert found.edge is None or found.edge <= level
