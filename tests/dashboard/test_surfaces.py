"""R over D and D′: every cell is what solving there gives, and the maps show it."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

import rdcore as rd
from dashboard import figures
from dashboard.figures import theme
from dashboard.figures.maps import COSTS, binds
from dashboard.model import exports
from dashboard.model.marks import plain
from dashboard.model.specs import Setting, SourceSpec, Subset
from dashboard.model.views import Axis, SurfaceView
from dashboard.tasks.surface import surface as surface_work
from dashboard.ui import queries
from tests.steps import finished

SETTING = Setting(SourceSpec("gaussian"), subsets=(Subset("+(-0.1,0.1)", 0.015, "joint"),))
LN2 = np.log(2)
MSE = rd.LevelScale("mse")


def worked(setting: Setting, levels: np.ndarray, subset_levels: np.ndarray) -> SurfaceView:
    view, steps = finished(
        surface_work(
            setting.problem(1.0),
            Axis("D", "unit²", levels),
            Axis("D′", "unit²", subset_levels),
        )
    )
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    if np.isfinite(view.upper_bits).all():
        assert shares[-1] == pytest.approx(1)
    return view  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def surface() -> SurfaceView:
    return worked(SETTING, np.array([0.3, 0.6, 1.0, 1.5]), np.array([0.0135, 0.015, 0.03, 0.2]))


def trace(figure: go.Figure, name: str) -> Any:
    return next(one for one in figure.data if one.name == name)


def test_each_cell_is_certified_where_it_says(surface: SurfaceView) -> None:
    for row, subset_level in enumerate(surface.y.levels):
        for column, level in enumerate(surface.x.levels):
            problem = SETTING.problem(1.0).with_levels([float(level), float(subset_level)])
            found = rd.solve(problem)
            assert surface.lower_bits[row, column] <= found.rate_bits + 1e-12
            assert surface.upper_bits[row, column] >= found.certificate.lower_bits - 1e-12
            gap = surface.upper_bits[row, column] - surface.lower_bits[row, column]
            assert gap <= 1e-8 / LN2
            prices = surface.x_prices_bits[row, column], surface.y_prices_bits[row, column]
            assert prices == pytest.approx(tuple(found.prices_bits), abs=2e-3)


def test_what_binds(surface: SurfaceView) -> None:
    first, second = binds(surface)
    # With D′ = 0.015 D stops binding between 1.1 and 1.2, D′ never; with D′ = 0.2 the reverse.
    assert first[1].tolist() == [True, True, True, False]
    assert second[1].all()
    assert not second[3].any()
    assert not first[3, 3]
    assert surface.upper_bits[3, 3] == pytest.approx(0, abs=COSTS)


def test_what_cannot_be_met_stays_open() -> None:
    smallest = rd.smallest_levels(SETTING.problem(1.0))
    found = worked(SETTING, np.array([0.9, 1.5]) * smallest[0], np.array([0.9, 1.1]) * smallest[1])
    assert np.isnan(found.upper_bits).tolist() == [[True, True], [True, False]]
    table = exports.surface_table(found, MSE)
    assert [len(column) for column in table.values()] == [1] * 6
    figure = figures.surface_map(found, None, "rate", colours=theme.LIGHT, how=MSE)
    assert len(trace(figure, "cells").x) == 1


@pytest.mark.parametrize("which", ["rate", "binding", 0, 1])
@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_the_maps(surface: SurfaceView, which: Any, colours: theme.Palette) -> None:
    figure = figures.surface_map(surface, (0.6, 0.015), which, colours=colours, how=MSE)
    assert figure.layout.xaxis.title.text == "D (unit²)"
    assert figure.layout.yaxis.title.text == "D′ (unit²)"
    cells = trace(figure, "cells")
    assert sorted(set(cells.x)) == surface.x.levels.tolist()
    assert sorted(set(cells.y)) == surface.y.levels.tolist()
    for words in ("D = ", "D′ = ", "R = ", "gap ≤ ", "λ = ", "λ′ = ", "bits/unit²"):
        assert words in cells.hovertemplate
    spot = trace(figure, "operating point")
    assert (spot.x[0], spot.y[0]) == pytest.approx((0.6, 0.015))
    first, second = binds(surface)
    if which == "rate":
        heat = trace(figure, "rate")
        assert np.allclose(heat.z, surface.upper_bits, atol=1e-6)
        assert heat.colorscale[-1][1] == theme.faded(colours.certified, 1)
    elif which == "binding":
        assert (np.isfinite(trace(figure, "D binds").z) == first).all()
        assert (np.isfinite(trace(figure, "D′ binds").z) == second).all()
        assert {note.text for note in figure.layout.annotations} <= {
            "both bind",
            "only D binds",
            "only D′ binds",
            "rate 0",
        }
    else:
        name, held, values = (
            ("λ", first, surface.x_prices_bits)
            if which == 0
            else ("λ′", second, surface.y_prices_bits)
        )
        heat = trace(figure, name)
        assert (np.isfinite(heat.z) == held).all()
        assert np.allclose(10.0 ** heat.z[held], values[held], rtol=1e-4)
        assert heat.colorbar.title.text.startswith(f"{name} (bits/unit²)")


def test_nothing_binds_nothing_is_drawn() -> None:
    found = worked(SETTING, np.array([2.0, 3.0]), np.array([0.3, 0.4]))
    for which in (0, 1):
        figure = figures.surface_map(found, None, which, colours=theme.LIGHT, how=MSE)
        assert [one.name for one in figure.data] == ["cells"]
    figure = figures.surface_map(found, None, "rate", colours=theme.LIGHT, how=MSE)
    assert np.allclose(trace(figure, "rate").z, 0, atol=1e-6)


@pytest.mark.parametrize(
    "setting",
    [
        Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)"),)),
        Setting(SourceSpec("four_clusters"), subsets=(Subset("+disc(0,0,2)"),)),
        Setting(SourceSpec("bernoulli", (0.3,)), distortion="hamming", subsets=(Subset("+[1,1]"),)),
        Setting(SourceSpec("spike_and_background"), subsets=(Subset("+(-4,4)", measure="each"),)),
    ],
    ids=lambda setting: setting.source.kind,
)
def test_the_levels_can_be_met_and_are_round(setting: Setting) -> None:
    levels, subset_levels = (axis.levels for axis in queries.surface_axes(setting))
    bounds = queries.level_range(setting)
    assert levels[0] >= bounds.smallest
    assert subset_levels[0] >= bounds.least[1]
    assert levels[-1] > bounds.largest
    for values in (levels, subset_levels):
        assert (np.diff(values) > 0).all()
        assert all(float(f"{value:.3g}") == value for value in values)


def test_a_surface_over_two_of_three_levels() -> None:
    setting = Setting(
        SourceSpec("three_modes"),
        subsets=(Subset("|x|<1", 0.05), Subset(">2", 0.02, "joint", slot=2)),
    )
    problem = setting.problem(0.6)
    axes = (
        Axis("D′₁", "unit²", np.array([0.05, 0.2])),
        Axis("D′₂", "unit²", np.array([0.02, 0.3])),
    )
    found, _ = finished(surface_work(problem, *axes, (1, 2)))
    assert found.other_levels == (0.6,)
    here = rd.solve(problem)
    assert found.upper_bits[0, 0] == pytest.approx(here.rate_bits, abs=1e-6)
    prices = [float(one[0, 0]) for one in found.prices_bits]
    wanted = here.prices_bits[[1, 2, 0]]
    assert prices == pytest.approx(wanted.tolist(), abs=2e-2)
    marks = [plain((1, 2))[k] for k in (1, 2, 0)]
    figure = figures.surface_map(
        found, (0.05, 0.02), "binding", colours=theme.LIGHT, how=MSE, marks=marks
    )
    names = [one.name for one in figure.data if one.type == "heatmap"]
    assert names == ["D′₁ costs most", "D′₂ costs most", "D costs most"]
    cover = sum(np.isfinite(one.z).astype(int) for one in figure.data if one.type == "heatmap")
    assert (cover == np.any(binds(found), axis=0)).all()
    table = exports.surface_table(found, MSE, marks[2:])
    assert list(table)[-3:] == [
        "price of D′₁ (bits/unit²)",
        "price of D′₂ (bits/unit²)",
        "price of D (bits/unit²)",
    ]
