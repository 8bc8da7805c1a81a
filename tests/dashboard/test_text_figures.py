"""The figures that redraw those of Nasser (2025), and the prices of single symbols."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

import rdcore as rd
from dashboard import figures
from dashboard.figures import theme
from dashboard.model.marks import plain
from dashboard.model.reproduction import Book, Codebooks
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.model.views import Point
from dashboard.ui import queries

LIGHT = theme.LIGHT
SOURCE, PLANE = rd.sources.three_modes(), rd.sources.four_clusters()


@pytest.fixture(autouse=True)
def validated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theme, "VALIDATED", True)


def trace(figure: go.Figure, name: str) -> Any:
    return next(one for one in figure.data if one.name == name)


def shown(source: rd.Source, *books: Book, inside: np.ndarray | None = None) -> Codebooks:
    within = np.zeros(len(source.pmf), dtype=bool) if inside is None else inside
    mean = source.pmf @ source.points
    return Codebooks("title", "figure", source.points, source.pmf, within, mean, books)


def test_two_codebooks_on_a_line_with_the_mean() -> None:
    ours = Book("ours here", np.array([[-5.0], [2.5]]), np.array([0.4, 0.6]))
    other = Book("Lloyd–Max", np.array([[-4.0], [2.0]]), np.array([0.3, 0.7]), "other")
    inside = np.abs(SOURCE.atoms) < 1
    drawn = figures.codebooks(shown(SOURCE, ours, other, inside=inside), colours=LIGHT)
    heads = [one for one in drawn.data if one.name == "codewords"]
    assert [list(one.x) for one in heads] == [[-5, 2.5], [-4, 2]]
    assert [one.marker.color for one in heads] == [LIGHT.codebook, LIGHT.text]
    assert heads[1].marker.symbol == "square-open"
    assert "<extra>Lloyd–Max<" in heads[1].hovertemplate
    assert trace(drawn, "ours here").line.color == LIGHT.codebook
    assert trace(drawn, "Lloyd–Max").line.dash == "dash"
    assert len(trace(drawn, "subset S").x) == inside.sum()
    assert trace(drawn, "E[X]").x[0] == pytest.approx(float(SOURCE.mean[0]), abs=1e-6)
    assert drawn.layout.yaxis2.range[1] == pytest.approx(1.06 * 0.7)
    assert drawn.layout.dragmode is False


def test_codebooks_in_the_plane_with_the_mean() -> None:
    places = np.array([[4.0, 4.0], [-4.0, 4.0]])
    ours = Book("ours here", places, np.array([0.5, 0.5]))
    other = Book("Lloyd–Max", -places, np.array([0.5, 0.5]), "other")
    drawn = figures.codebooks(shown(PLANE, ours, other), colours=LIGHT)
    assert list(trace(drawn, "ours here").x) == [4, -4]
    assert list(trace(drawn, "Lloyd–Max").y) == [-4, -4]
    assert trace(drawn, "Lloyd–Max").marker.symbol == "square-open"
    mean = trace(drawn, "E[X]")
    assert (mean.x[0], mean.y[0]) == pytest.approx((0, 0), abs=1e-6)


def test_a_source_alone() -> None:
    drawn = figures.codebooks(shown(SOURCE), colours=LIGHT)
    assert [one.name for one in drawn.data] == ["source", "E[X]"]


def test_distortions_by_round() -> None:
    reached = np.array([[0.5, 0.04], [0.6, 0.05]])
    drawn = figures.distortions_along(
        reached, np.array([0.6, 0.05]), plain((1,)), unit="unit²", colours=LIGHT
    )
    assert list(trace(drawn, "average distortion").y) == pytest.approx([0.5, 0.6])
    subset = trace(drawn, "distortion on subset S")
    assert list(subset.y) == pytest.approx([0.04, 0.05])
    assert subset.line.color == LIGHT.subset
    assert list(trace(drawn, "level D′").y) == [0.05, 0.05]
    assert list(trace(drawn, "level D").y) == [0.6, 0.6]
    assert drawn.layout.yaxis.title.text == "distortion (unit²)"


def each(source: str, text: str, level: float, D: float) -> tuple[ProblemSpec, Point]:
    spec = ProblemSpec(
        Setting(SourceSpec(source), subsets=(Subset(text, level, "each"),)),  # type: ignore[arg-type]
        D,
    )
    point = queries.point(spec)
    assert isinstance(point, Point)
    return spec, point


def test_the_price_of_each_symbol() -> None:
    spec, point = each("three_modes", "+(-1,1)", 0.3, 0.6)
    view, solution = queries.view(spec.setting), rd.solve(spec.problem())
    inside = np.flatnonzero(view.masks[0])
    average, prices = point.symbol_prices_bits
    assert len(average) == 0
    assert prices[inside] == pytest.approx(solution.slopes_bits[1:])
    assert prices.sum() == pytest.approx(point.prices_bits[1])
    drawn = figures.symbol_prices(view, point, unit="unit²", marks=plain((1,)), colours=LIGHT)
    heads = trace(drawn, "λ′ at the symbols")
    assert list(heads.x) == pytest.approx(view.points[inside, 0])
    assert list(heads.y) == pytest.approx(prices[inside], abs=1e-5)
    stems = trace(drawn, "price of D′, λ′")
    assert list(stems.y[1::3]) == pytest.approx(prices[inside], abs=1e-5)
    assert not stems.y[::3].any()
    assert drawn.layout.xaxis.title.text == "x (unit)"


def test_symbols_in_the_plane_stand_in_their_order() -> None:
    spec, point = each("gaussian_2d", "+disc(0,0,0.6)", 2.1, 1.2)
    view = queries.view(spec.setting)
    drawn = figures.symbol_prices(view, point, unit="unit²", marks=plain((1,)), colours=LIGHT)
    heads = trace(drawn, "λ′ at the symbols")
    assert list(heads.x) == np.flatnonzero(view.masks[0]).tolist()
    assert heads.text[0] == ", ".join(f"{value:.4g}" for value in view.points[int(heads.x[0])])
    assert "place in the source" in drawn.layout.xaxis.title.text


def test_no_price_of_a_symbol_under_another_measure() -> None:
    spec = ProblemSpec(Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)", 0.05),)), 0.6)
    point = queries.point(spec)
    assert isinstance(point, Point)
    assert [len(one) for one in point.symbol_prices_bits] == [0, 0]
