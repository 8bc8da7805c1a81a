"""Figures of the Classification page as data, drawn from views made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard import figures
from dashboard.figures import classes, theme
from dashboard.model.classification import ClassesView, PerceptionView
from dashboard.model.views import Axis, SurfaceView
from rdcore import LevelScale

NAN = np.nan
# D across, C up. Doubling D is worth λ·D bits, doubling C λ_C·C: 0.005 bits count as binding.
SURFACE = SurfaceView(
    x=Axis("D", "unit²", np.array([1.0, 2.0, 4.0])),
    y=Axis("C", "bits", np.array([0.5, 1.0, 1.6])),
    upper_bits=np.array([[3.2, 2.0, 1.5], [2.0, 1.2, 0.4], [NAN, 0.8, 0.1]]),
    lower_bits=np.array([[2.9, 1.9, 1.4], [1.9, 1.1, 0.3], [NAN, 0.7, 0.05]]),
    x_prices_bits=np.array([[0.0051, 0.0026, 0.0013], [0.0049, 0.0024, 0.0012], [NAN, 0.0, 0.0]]),
    y_prices_bits=np.array([[0.0101, 0.0099, 0.0], [0.0051, 0.0049, 0.0], [NAN, 0.0032, 0.0]]),
)
CODEWORDS = np.array([[1.0], [2.5], [-3.25]])
SHOWN = ClassesView(
    1.0, 1.1, "every law", "converged", 0.6, 0.2, 0.7, 0.3,
    CODEWORDS, np.array([0.5, 0.3, 0.2]), np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]]),
    (0.9, 1.0), (0.3, 0.4), 1.3,
)  # fmt: skip


def trace(figure: go.Figure, name: str) -> Any:
    return next(one for one in figure.data if one.name == name)


def drawn(which: Any = "rate", surface: SurfaceView = SURFACE) -> go.Figure:
    return figures.classes_map(
        surface, (1.5, 0.75), which, colours=theme.LIGHT, how=LevelScale("mse")
    )


def test_what_one_encoder_costs_for_both_is_over_the_larger_of_the_two() -> None:
    # The last row asks nothing of the label, the last column nothing of D.
    found = classes.penalty_bits(SURFACE)
    assert found[0] == pytest.approx([NAN, 1.9 - 1.5, 0.0], nan_ok=True)
    assert found[1] == pytest.approx([NAN, 1.1 - 0.8, 0.0], nan_ok=True)
    assert found[2] == pytest.approx([NAN, 0.0, 0.0], nan_ok=True)
    whole = SurfaceView(
        SURFACE.x,
        SURFACE.y,
        *(np.nan_to_num(one) for one in list(vars(SURFACE).values())[2:]),
    )
    assert classes.penalty_bits(whole)[0, 0] == pytest.approx(2.9 - 1.5)


def test_the_map_of_rates() -> None:
    heat = trace(drawn(), "rate")
    assert np.allclose(heat.z, SURFACE.upper_bits, equal_nan=True)
    assert heat.x.tolist() == SURFACE.x.levels.tolist()
    assert heat.y == pytest.approx(SURFACE.y.levels)
    assert (heat.zmin, heat.zmax) == pytest.approx((0, 3.2))
    assert heat.colorscale[-1][1] == theme.faded(theme.LIGHT.certified, 1)
    lines = trace(drawn(), "equal").contours
    assert (lines.start, lines.size, lines.end) == (0.5, 0.5, 3.2)  # 3.2 / 8 is nearest to 0.5
    assert trace(drawn(), "equal").z.shape == (3, 3)


def test_the_map_of_penalties() -> None:
    heat = trace(drawn("penalty"), "penalty")
    assert np.allclose(heat.z, classes.penalty_bits(SURFACE), equal_nan=True)
    assert heat.zmax == pytest.approx(0.4)
    assert heat.colorscale[-1][1] == theme.faded(theme.LIGHT.codebook, 1)
    assert "D binds to the left" not in [one.name for one in drawn("penalty").data]
    nothing = SurfaceView(SURFACE.x, SURFACE.y, *(np.zeros((3, 3)) for _ in range(4)))
    assert trace(drawn("rate", nothing), "rate").zmax == pytest.approx(1e-3)
    assert [one.name for one in drawn("rate", nothing).data] == [
        *("rate", "equal"),
        *("cells", "operating point"),
    ]


def test_a_level_binds_where_doubling_it_saves_half_a_hundredth_of_a_bit() -> None:
    held = trace(drawn(), "D binds to the left")
    assert held.z.tolist() == [[1, 1, 1], [0, 0, 0], [0, 0, 0]]
    assert held.line.color == theme.LIGHT.source
    assert held.contours.start == held.contours.end == 0.5
    held = trace(drawn(), "C binds below")
    assert held.z.tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0]]
    assert held.line.color == theme.LIGHT.subset
    always = SurfaceView(SURFACE.x, SURFACE.y, *(np.ones((3, 3)) for _ in range(4)))
    assert not [one for one in drawn("rate", always).data if "binds" in (one.name or "")]


def test_a_cell_tells_its_numbers_and_where_it_is() -> None:
    cells = trace(drawn(), "cells")
    assert list(zip(cells.x, cells.y, strict=True)) == [
        *((1.0, 0.5), (2.0, 0.5), (4.0, 0.5)),
        *((1.0, 1.0), (2.0, 1.0), (4.0, 1.0)),
        *((2.0, 1.6), (4.0, 1.6)),
    ]
    row = cells.customdata[1]
    assert row == pytest.approx([2.0, 0.1, 0.0026, 0.0099, 0.4, 2.0], rel=1e-5)
    for words in ("D = ", "C = ", "R = ", "gap ≤ ", "penalty ≥ ", "unit²"):
        assert words in cells.hovertemplate
    spot = trace(drawn(), "operating point")
    assert (spot.x[0], spot.y[0]) == (1.5, 0.75)


def test_the_axes_have_their_units_and_half_a_cell_at_each_end() -> None:
    layout = drawn().layout
    assert layout.xaxis.title.text == "D (unit²)"
    assert layout.yaxis.title.text == "C (bits)"
    assert layout.xaxis.range == pytest.approx((0.5, 5.0))
    assert layout.yaxis.range == pytest.approx((0.25, 1.9))
    assert (layout.clickmode, layout.hoverdistance) == ("event+select", -1)


def test_what_each_reproduction_tells() -> None:
    figure = figures.posteriors(SHOWN, ("<even>", "odd"), colours=theme.LIGHT)
    (heat,) = figure.data
    assert list(heat.x) == ["&lt;even>", "odd"]
    assert np.allclose(heat.z, SHOWN.posteriors)
    assert (heat.zmin, heat.zmax) == (0, 1)
    said = ["1 · 50.0 %", "2.5 · 30.0 %", "−3.25 · 20.0 %"]
    assert list(figure.layout.yaxis.ticktext) == said
    assert list(figure.layout.yaxis.tickvals) == list(heat.y) == [0, 1, 2]
    assert [tuple(row) for row in heat.customdata] == [(row, row) for row in said]
    many = {**vars(SHOWN), "codewords": np.zeros((30, 3)), "masses": np.full(30, 1 / 30)}
    many["posteriors"] = np.full((30, 2), 0.5)
    figure = figures.posteriors(ClassesView(**many), ("a", "b"), colours=theme.LIGHT)
    assert figure.data[0].z.shape == (24, 2)
    assert figure.layout.yaxis.ticktext[0] == "3.3 %"  # three coordinates are too many
    pair = {**vars(SHOWN), "codewords": np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])}
    figure = figures.posteriors(ClassesView(**pair), ("a", "b"), colours=theme.LIGHT)
    assert figure.layout.yaxis.ticktext[1] == "3, 4 · 30.0 %"


def test_pictures_stand_in_rows_with_their_most_probable_label() -> None:
    count = 10
    posteriors = np.full((count, 2), 0.25)
    posteriors[:, 1] = 0.75
    posteriors[3] = [0.9, 0.1]
    words = np.arange(count)[:, None] + np.linspace(0, 0.5, 64)
    both = {
        **vars(SHOWN),
        "codewords": words,
        "masses": np.full(count, 0.1),
        "posteriors": posteriors,
    }
    figure = figures.tiles(ClassesView(**both), ("no", "yes"), colours=theme.LIGHT, across=4)
    (wall,) = figure.data
    assert wall.z.shape == (3 * 12, 4 * 9)
    for k in range(count):
        top, left = 12 * (k // 4), 9 * (k % 4)
        picture = wall.z[top : top + 8, left : left + 8]
        assert np.allclose(picture, words[k].reshape(8, 8))
        note = figure.layout.annotations[k]
        assert note.text == ("no: 90 %" if k == 3 else "yes: 75 %")
        assert (note.x, note.y) == pytest.approx((left + 3.5, top + 8.9))
    assert np.isfinite(wall.z).sum() == count * 64
    many = {**both, "codewords": np.zeros((99, 64)), "masses": np.full(99, 1 / 99)}
    many["posteriors"] = np.full((99, 2), 0.5)
    figure = figures.tiles(ClassesView(**many), ("no", "yes"), colours=theme.LIGHT)
    assert len(figure.layout.annotations) == 32
    assert figure.data[0].z.shape == (4 * 12, 8 * 9)


def test_rates_along_perception_between_their_bounds() -> None:
    view = PerceptionView(
        np.array([0.0, 0.1, 0.2, 0.3]),
        np.array([1.0, 0.8, NAN, 0.5]),
        np.array([1.1, 0.9, NAN, 0.6]),
        np.array([2.0, 1.0, NAN, 0.0]),
        0.55,
        0.25,
    )
    figure = figures.perception(view, "P", colours=theme.LIGHT)
    low, high, free = figure.data
    assert low.y == pytest.approx([1.0, 0.8, 0.5])
    assert high.y == pytest.approx([1.1, 0.9, 0.6])
    assert low.x == pytest.approx([0.0, 0.1, 0.3])
    assert (high.fill, high.name) == ("tonexty", "R(D, P), certified")
    assert (list(free.x), list(free.y)) == ([0.0, 0.3], [0.55, 0.55])
    assert figure.layout.xaxis.title.text == "P"
    assert figure.layout.yaxis.title.text == "rate (bits per symbol)"
