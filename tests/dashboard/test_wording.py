"""Levels as they are said: from and to what the user types, without loss."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from dashboard.model import wording
from dashboard.model.views import Axis, SurfaceView

SCALES = [
    rd.LevelScale(word, "m", variance=7.3, peak=255.0)
    for word in ("mse", "rms", "snr", "psnr", "share", "absolute")
]


@pytest.mark.parametrize("how", SCALES, ids=lambda how: how.measure)
def test_what_is_typed_is_shown_again(how: rd.LevelScale) -> None:
    for value in (0.05, 0.5, 1.0, 2.5, 0.3333, 17.25, 41.1):
        assert wording.shown(how, wording.typed(how, value)) == value


@pytest.mark.parametrize("how", SCALES, ids=lambda how: how.measure)
def test_a_remedy_is_round_and_can_be_met(how: rd.LevelScale) -> None:
    for smallest in (0.0123456, 0.98765, 3.1):
        level = wording.feasible(how, smallest)
        assert smallest <= level * (1 + 1e-12) <= 1.02 * smallest
        shown = wording.shown(how, level)
        assert shown == float(f"{shown:.6g}")


@pytest.mark.parametrize("how", SCALES, ids=lambda how: how.measure)
def test_a_slider_rises_through_the_range(how: rd.LevelScale) -> None:
    value = wording.shown(how, 0.37)
    notches = wording.notches(how, 0.01, 7.3, value)
    assert value in notches
    assert notches == sorted(set(notches))
    levels = [how.level(one) for one in notches]
    assert min(levels) >= 0.007
    assert max(levels) <= 7.3 * (1 + 1e-9)
    assert len(notches) > 20
    from_zero = wording.notches(how, 0.0, 7.3, value)
    assert np.isfinite(from_zero).all()


def test_a_level_of_nothing_has_a_number_in_its_field() -> None:
    assert wording.shown(SCALES[2], 0.0) == 999
    assert wording.shown(SCALES[1], 0.0) == 0


def test_prices_of_a_surface_are_per_unit_of_each_axis() -> None:
    how = SCALES[1]
    x, y = Axis("D", "m²", np.array([0.25, 1.0])), Axis("D′", "m²", np.array([0.04]))
    one = np.ones((1, 2))
    surface = SurfaceView(x, y, one, one, one, 2 * one, (0.09,), (3 * one,))
    found = wording.surface_prices(how, surface)
    assert [prices.tolist() for prices in found] == [
        [[1.0, 2.0]],
        [[pytest.approx(0.8)] * 2],
        [[pytest.approx(1.8)] * 2],
    ]
