from __future__ import annotations

import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest

from dashboard import figures
from dashboard.figures import theme
from dashboard.figures.shared import stated_ticks
from dashboard.model.marks import COLOURS, SLOTS, mark, plain
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.model.views import CurveBand, Point, Reference, SourceView
from dashboard.tasks import solve
from dashboard.ui import queries
from rdcore import LevelScale

MSE = LevelScale("mse")
LINE = ProblemSpec(Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)", 0.05),)), 0.6)
PLANE = ProblemSpec(Setting(SourceSpec("gaussian_2d"), subsets=(Subset("+disc(0,0,1)", 1.0),)), 1.0)


def solved(spec: ProblemSpec) -> tuple[SourceView, Point]:
    point = queries.point(spec)
    assert isinstance(point, Point)
    return queries.view(spec.setting), point


def trace(figure: go.Figure, name: str) -> Any:
    return next(one for one in figure.data if one.name == name)


@pytest.fixture(params=[theme.LIGHT, theme.DARK], ids=["light", "dark"])
def colours(request: pytest.FixtureRequest) -> theme.Palette:
    return request.param  # type: ignore[no-any-return]


def test_a_source_on_a_line(colours: theme.Palette) -> None:
    view, point = solved(LINE)
    figure = figures.source_line(view, point, colours=colours, revision=3)
    source, subset = trace(figure, "source"), trace(figure, "subset S")
    assert np.allclose(np.sort(np.r_[source.x, subset.x]), view.points[:, 0])
    assert (np.abs(subset.x) < 1).all()
    assert subset.marker.color == colours.subset
    assert source.marker.color == colours.source
    codebook, codewords = trace(figure, "codebook"), trace(figure, "codewords")
    assert codebook.line.color == colours.codebook
    assert len(codewords.x) == point.in_use
    assert np.allclose(codewords.y.sum(), 1, atol=1e-4)
    assert len(trace(figure, "codewords not in use").x) == len(point.masses) - point.in_use
    layout = figure.layout
    assert (layout.xaxis.title.text, layout.yaxis.title.text) == (
        "x (unit)",
        "probability P(X = x)",
    )
    assert layout.yaxis2.title.text == "codeword probability P(Y = y)"
    assert layout.xaxis.range[0] < -8 < 8 < layout.xaxis.range[1]
    assert (layout.dragmode, layout.selectdirection, layout.meta) == ("select", "h", 3)
    assert layout.xaxis.fixedrange
    assert layout.yaxis.fixedrange


def test_many_atoms_are_one_outline() -> None:
    view, _ = solved(LINE)
    many = SourceView(
        np.linspace(0, 1, 2000)[:, None],
        np.full(2000, 1 / 2000),
        (np.arange(2000) < 500,),
        ("h",),
        plain((1,)),
    )
    figure = figures.source_line(many, None, colours=theme.LIGHT, revision=0)
    assert {one.type for one in figure.data} == {"scatter"}
    assert (trace(figure, "subset S").y > 0).sum() == 500
    assert view.n < 500


def test_the_outline_of_many_atoms_is_0_in_gaps() -> None:
    x = np.concatenate([np.linspace(0, 1, 600), [5.0], np.linspace(7, 8, 400)])
    pmf = np.full(len(x), 1 / len(x))
    view = SourceView(x[:, None], pmf, (x == 5,), ("h",), plain((1,)))
    figure = figures.source_line(view, None, colours=theme.LIGHT, revision=0)
    source, subset = trace(figure, "source"), trace(figure, "subset S")
    wide = 8 / len(x)
    for place in (3.0, 5.0 - 2 * wide, 5.0 + 2 * wide, 6.0):
        assert drawn_at(source, place) == drawn_at(subset, place) == 0
    assert drawn_at(source, 0.5) == drawn_at(source, 7.5) == pytest.approx(pmf[0])
    assert drawn_at(subset, 5.0) == pytest.approx(pmf[0])


def drawn_at(outline: go.Scatter, place: float) -> float:
    """Return the height of an outline whose steps are halfway between its corners."""
    assert outline.line.shape == "hvh"
    return float(outline.y[np.abs(np.asarray(outline.x) - place).argmin()])


def test_a_source_in_the_plane(colours: theme.Palette) -> None:
    view, point = solved(PLANE)
    figure = figures.source_plane(view, point, colours=colours, revision=0, tool="lasso")
    source, subset = trace(figure, "source"), trace(figure, "subset S")
    assert source.z.shape == (25, 25)
    assert np.nansum(source.z) == pytest.approx(1, abs=1e-5)
    x, y = np.meshgrid(source.x, source.y)
    assert ((subset.z == 1) == (np.hypot(x, y) < 1)).all()
    codewords = trace(figure, "codebook")
    assert len(codewords.x) == point.in_use
    assert np.argmax(codewords.marker.size) == np.argmax(codewords.customdata)
    assert figure.layout.dragmode == "lasso"
    assert figure.layout.yaxis.scaleanchor == "x"
    assert figure.layout.yaxis.title.text == "x₂ (unit)"


def test_scattered_atoms_are_dots() -> None:
    points = np.array([[0, 0], [1, 2], [3, 1.0]])
    view = SourceView(
        points, np.array([0.2, 0.3, 0.5]), (np.array([1, 0, 0], bool),), ("a", "b<b>"), plain((1,))
    )
    figure = figures.source_plane(view, None, colours=theme.LIGHT, revision=0, tool="select")
    assert [(one.name, len(one.x)) for one in figure.data] == [("source", 2), ("subset S", 1)]
    assert figure.layout.xaxis.title.text == "a"
    assert "<" not in figure.layout.yaxis.title.text


def test_the_curve(colours: theme.Palette) -> None:
    _, point = solved(LINE)
    band = queries.curve(LINE)
    assert isinstance(band, CurveBand)
    known = queries.known(LINE.setting)
    figure = figures.curve(band, point, colours=colours, how=MSE, extra=known)
    line, spot = trace(figure, "R(D), certified"), trace(figure, "operating point")
    assert (line.fill, line.line.color) == ("tonexty", colours.certified)
    assert np.allclose(line.x, band.levels)
    assert (spot.x[0], spot.y[0]) == pytest.approx((0.6, point.rate_bits))
    for words in ("D = ", "R = ", "gap ≤ ", "λ = ", "unit²"):
        assert words in line.hovertemplate
        assert words in spot.hovertemplate
    assert trace(figure, "Shannon lower bound").line.color == colours.closed
    assert trace(figure, "Shannon lower bound").line.dash is not None
    assert trace(figure, "without the subset").line.color == colours.baseline
    assert figure.layout.xaxis.title.text == "average distortion D (unit²)"
    assert figure.layout.yaxis.title.text == "rate R (bits per symbol)"
    assert figure.layout.yaxis.range[0] == 0
    old = figures.curve(band, point, colours=colours, how=MSE, before="at D′ = 0.05")
    assert trace(old, "R(D) at D′ = 0.05").line.color == theme.faded(colours.certified, 0.35)
    # The line's neighbours on the tangent have its slope.
    tangent = trace(figure, "slope = price")
    slope = (tangent.y[1] - tangent.y[0]) / (tangent.x[1] - tangent.x[0])
    assert slope == pytest.approx(-point.price_bits, rel=1e-4)


def test_the_axes_of_the_curve_do_not_depend_on_the_point() -> None:
    band = queries.curve(LINE)
    assert isinstance(band, CurveBand)
    drawn = [
        figures.curve(band, one, colours=theme.LIGHT, how=MSE).layout
        for one in (None, solved(LINE)[1], solved(ProblemSpec(LINE.setting, 4.0))[1])
    ]
    assert len({(one.xaxis.range, one.yaxis.range) for one in drawn}) == 1


def test_the_curve_on_a_logarithmic_axis() -> None:
    band = queries.curve(LINE)
    assert isinstance(band, CurveBand)
    _, point = solved(LINE)
    figure = figures.curve(band, point, colours=theme.LIGHT, how=MSE, logarithmic=True)
    tangent, axis = trace(figure, "slope = price"), figure.layout.xaxis
    assert (tangent.x > 0).all()
    assert np.allclose(tangent.y, point.rate_bits - point.price_bits * (tangent.x - 0.6), atol=1e-5)
    assert axis.type == "log"
    assert 10 ** axis.range[0] < band.levels[0] < band.levels[-1] < 10 ** axis.range[1]


@pytest.mark.parametrize("spec", [LINE, PLANE], ids=["line", "plane"])
def test_the_channel(spec: ProblemSpec, colours: theme.Palette) -> None:
    view, point = solved(spec)
    figure = figures.channel(view, point, colours=colours)
    (heat,) = figure.data
    assert heat.z.shape == (point.in_use, min(view.n, 400))
    assert np.allclose(heat.z.sum(axis=0), 1, atol=1e-3)
    assert (heat.zmin, heat.zmax) == (0, 1)
    assert figure.layout.yaxis.title.text == "codeword y (unit)"
    if view.dim == 1:
        assert (
            figure.layout.xaxis.range
            == figures.source_line(view, point, colours=colours, revision=0).layout.xaxis.range
        )


@pytest.mark.parametrize("spec", [LINE, PLANE], ids=["line", "plane"])
def test_figures_are_light(spec: ProblemSpec) -> None:
    view, point = solved(spec)
    band = queries.curve(spec)
    assert isinstance(band, CurveBand)
    light = theme.LIGHT
    source = (
        figures.source_line(view, point, colours=light, revision=0)
        if view.dim == 1
        else figures.source_plane(view, point, colours=light, revision=0, tool="select")
    )
    curve = figures.curve(band, point, colours=light, how=MSE)
    for figure, most in ((source, 20_000), (curve, 12_000)):
        encoded = plotly.io.to_json(figure, validate=False)
        assert len(encoded) < most
        for one in json.loads(encoded)["data"]:
            for axis in ("x", "y"):
                assert isinstance(one[axis], dict), f"{one['name']}.{axis} is not sent as binary"


def luminance(colour: str) -> float:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_colours_stand_out_from_the_page(colours: theme.Palette) -> None:
    for name in ("text", "muted"):
        assert contrast(getattr(colours, name), colours.ground) > 4.5, name
    for name in ("codebook", "certified", "closed", "baseline"):
        assert contrast(getattr(colours, name), colours.ground) > 3, name
    for name in ("source", "subset"):
        assert contrast(getattr(colours, name), colours.ground) > 2, name


def test_every_codebook_beside_the_chosen_one(colours: theme.Palette) -> None:
    view, point = solved(LINE)
    best = solve.timed(LINE.problem().with_every())
    assert best.scope == "every codebook"
    assert best.rate_bits < point.rate_bits
    figure = figures.source_line(view, point, best, colours=colours, revision=0)
    codewords = trace(figure, "free codewords")
    assert len(codewords.x) == best.in_use
    assert codewords.marker.line.color == colours.codebook
    assert codewords.marker.color == colours.ground
    assert figure.layout.yaxis2.range[1] > max(best.masses.max(), point.masses.max())
    band = queries.curve(LINE)
    assert isinstance(band, CurveBand)
    mark = Reference("free codebook", "free", np.array([0.6]), np.array([best.rate_bits]))
    drawn = figures.curve(band, point, colours=colours, how=MSE, extra=(mark,))
    assert trace(drawn, "free codebook").y[0] == pytest.approx(best.rate_bits)


def test_every_codebook_in_the_plane() -> None:
    view, point = solved(PLANE)
    figure = figures.source_plane(
        view, point, point, colours=theme.LIGHT, revision=0, tool="select"
    )
    assert len(trace(figure, "free codebook").x) == point.in_use
    assert trace(figure, "free codebook").marker.symbol == "diamond-open"


@pytest.mark.parametrize("logarithmic", [False, True])
def test_prices_along_D(colours: theme.Palette, logarithmic: bool) -> None:
    _, point = solved(LINE)
    band = queries.prices(LINE.setting, 0.1, 3.0)
    figure = figures.prices(
        band,
        point,
        colours=colours,
        how=MSE,
        levels=LINE.levels,
        marks=plain((1,)),
        logarithmic=logarithmic,
    )
    first, second = trace(figure, "price of D, λ"), trace(figure, "price of D′, λ′")
    assert (first.line.color, second.line.color) == (colours.source, colours.subset)
    assert np.allclose(first.x, band.levels)
    assert np.allclose(first.y, band.slopes_bits, rtol=1e-5)
    assert figure.layout.xaxis.title.text == "average distortion D (unit²)"
    assert figure.layout.yaxis.title.text == "price (bits per unit²)"
    assert figure.layout.yaxis.type == ("log" if logarithmic else None)
    spots = [one for one in figure.data if one.name == "operating point"]
    assert [spot.y[0] for spot in spots] == pytest.approx(point.prices_bits.tolist())
    for words in ("D = ", "λ = ", "R = ", "gap ≤ ", "bits/unit²"):
        assert words in first.hovertemplate


def test_a_price_of_nothing_leaves_the_logarithmic_chart() -> None:
    band = queries.prices(LINE.setting, 8.0, 16.0)
    figure = figures.prices(
        band,
        None,
        colours=theme.LIGHT,
        how=MSE,
        levels=LINE.levels,
        marks=plain((1,)),
        logarithmic=True,
    )
    drawn = trace(figure, "price of D, λ").y
    assert np.isnan(drawn).any()
    assert np.nanmin(drawn) * 16 > 1e-5


@pytest.mark.parametrize(
    ("left", "right", "ticks"),
    [(-0.1, 0.8, ["1", "2", "5"]), (-2.0, 1.0, ["0.01", "0.1", "1", "10"]), (-1.1, -0.9, ["0.1"])],
)
def test_ticks_of_a_logarithmic_axis(left: float, right: float, ticks: list[str]) -> None:
    axis = theme.log_axis("D", theme.LIGHT, left=left, right=right)
    assert axis["ticktext"] == ticks


# What a person with each kind of colour vision sees: Machado, Oliveira and Fernandes (2009), in
# linear RGB, with full severity.
VISIONS = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip


def oklab(colour: str, vision: np.ndarray) -> np.ndarray:
    """Return a colour in the space of Ottosson (2020), in which distances are perceived ones."""
    value = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    cones = np.array(
        [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
         [0.0883024619, 0.2817188376, 0.6299787005]]
    )  # fmt: skip
    mixed = np.array(
        [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
         [0.0259040371, 0.7827717662, -0.8086757660]]
    )  # fmt: skip
    return mixed @ np.cbrt(cones @ np.clip(vision @ linear, 0, 1))


@pytest.mark.parametrize("vision", VISIONS)
def test_subsets_are_told_apart_with_every_colour_vision(
    colours: theme.Palette, vision: str
) -> None:
    drawn = [*colours.subsets, colours.source, colours.codebook, colours.certified]
    seen = [oklab(one, VISIONS[vision]) for one in drawn]
    assert len(colours.subsets) == len(SLOTS) == len(COLOURS)
    for k in range(len(colours.subsets)):
        for other in range(k):
            assert np.linalg.norm(seen[k] - seen[other]) > 0.1
        for other in range(len(colours.subsets), len(drawn)):
            assert np.linalg.norm(seen[k] - seen[other]) > 0.07


SEVERAL = ProblemSpec(
    Setting(
        SourceSpec("three_modes"),
        subsets=(Subset("|x|<1", 0.05), Subset("x<0", 0.3, slot=2), Subset(">2", 0.02, "joint", 3)),
    ),
    0.6,
)


def test_overlapping_subsets_share_the_bars() -> None:
    view, point = solved(SEVERAL)
    figure = figures.source_line(view, point, colours=theme.LIGHT, revision=0)
    bars = [one for one in figure.data if one.type == "bar"]
    assert [one.name for one in bars] == ["source", "S₁", "S₂", "S₃"]
    assert [one.marker.color for one in bars[1:]] == list(theme.LIGHT.subsets[:3])
    total = dict.fromkeys(np.round(view.points[:, 0], 4), 0.0)
    for one in bars:
        bases = np.zeros(len(one.x)) if one.base is None else one.base
        for x, part, base in zip(np.round(one.x.astype(float), 4), one.y, bases, strict=True):
            assert base == pytest.approx(total[x], abs=1e-6)  # each part stands on the one below
            total[x] += float(part)
    assert np.allclose(list(total.values()), view.pmf, atol=1e-6)


def test_atoms_with_one_value_stand_on_each_other() -> None:
    view = SourceView(
        np.array([[1.0], [1.0], [2.0]]),
        np.array([0.2, 0.3, 0.5]),
        (np.array([True, False, False]),),
        ("x",),
        plain((1,)),
    )
    figure = figures.source_line(view, None, colours=theme.LIGHT, revision=0)
    source, held = trace(figure, "source"), trace(figure, "subset S")
    assert source.base.tolist() == pytest.approx([0.2, 0.0])
    assert held.y.tolist() == pytest.approx([0.2])
    assert figure.layout.yaxis.range[1] >= 0.5


def test_a_curve_along_a_subset_says_so() -> None:
    _, point = solved(SEVERAL)
    band = queries.curve(SEVERAL, 2)
    assert isinstance(band, CurveBand)
    one = mark(2, numbered=True, name="left <b>")
    figure = figures.curve(band, point, colours=theme.LIGHT, how=MSE, along=one)
    assert figure.layout.xaxis.title.text == "distortion D′₂ on S₂ left &lt;b> (unit²)"
    spot = trace(figure, "operating point")
    assert (spot.x[0], spot.y[0]) == pytest.approx((0.3, point.rate_bits))
    assert spot.marker.line.color == theme.LIGHT.subsets[1]
    assert "λ′₂ = " in trace(figure, "R(D′₂), certified").hovertemplate
    prices = figures.prices(
        band,
        point,
        colours=theme.LIGHT,
        how=MSE,
        levels=SEVERAL.levels,
        marks=plain((1, 2, 3)),
    )
    lines = [one for one in prices.data if one.mode == "lines"]
    assert [one.line.color for one in lines] == [
        theme.LIGHT.source,
        *theme.LIGHT.subsets[:3],
    ]
    assert np.allclose(lines[2].y, band.slopes_bits, atol=1e-4)


HOWS = {
    "rms": LevelScale("rms", "°C", 7.0),
    "snr": LevelScale("snr", "°C", 7.0),
    "share": LevelScale("share", "°C", 7.0),
}


@pytest.mark.parametrize("word", HOWS)
def test_a_curve_is_drawn_over_the_level_as_it_is_stated(word: str) -> None:
    _, point = solved(LINE)
    band, how = queries.curve(LINE), HOWS[word]
    assert isinstance(band, CurveBand)
    figure = figures.curve(band, point, colours=theme.LIGHT, how=how, logarithmic=True)
    drawn = trace(figure, "R(D), certified")
    assert np.allclose(drawn.x, how.stated(band.levels), rtol=1e-5)
    assert np.allclose(drawn.customdata[:, 1], how.price(band.slopes_bits, band.levels), rtol=1e-4)
    spot = trace(figure, "operating point")
    assert spot.x[0] == pytest.approx(how.stated(0.6))
    assert spot.customdata[0][1] == pytest.approx(how.price(point.price_bits, 0.6))
    assert figure.layout.xaxis.title.text == f"average distortion D ({how.text})"
    assert f"bits/{how.text}" in drawn.hovertemplate
    # In dB the axis rises to the right, and the rate with it; it is logarithmic as it is.
    assert figure.layout.xaxis.type == (None if how.falls else "log")
    low, high = figure.layout.xaxis.range
    assert low < high
    line = trace(figure, "slope = price")
    rise = (line.y[-1] - line.y[0]) / (line.x[-1] - line.x[0])
    sign = 1 if how.falls else -1
    assert rise == pytest.approx(sign * how.price(point.price_bits, 0.6), rel=1e-4)


@pytest.mark.parametrize("word", HOWS)
def test_prices_are_drawn_per_unit_of_the_level_as_it_is_stated(word: str) -> None:
    _, point = solved(LINE)
    band, how = queries.prices(LINE.setting, 0.1, 3.0), HOWS[word]
    figure = figures.prices(
        band, point, colours=theme.LIGHT, how=how, levels=LINE.levels, marks=plain((1,))
    )
    first, second = trace(figure, "price of D, λ"), trace(figure, "price of D′, λ′")
    assert np.allclose(first.y, how.price(band.slopes_bits, band.levels), rtol=1e-4)
    # The level of the subset stays where it is.
    held = band.prices_bits[:, 1] * band.levels > 1e-5
    expected = how.price(band.prices_bits[:, 1], np.full(len(band.levels), 0.05))
    assert np.allclose(second.y[held], expected[held], rtol=1e-4)
    assert figure.layout.yaxis.title.text == f"price (bits per {how.text})"
    spots = [one.y[0] for one in figure.data if one.name == "operating point"]
    stated = [how.price(p, d) for p, d in zip(point.prices_bits, LINE.levels, strict=True)]
    assert spots == pytest.approx(stated)


@pytest.mark.parametrize("word", HOWS)
def test_ticks_of_a_map_are_round_where_levels_are_stated(word: str) -> None:
    how = HOWS[word]
    for logarithmic in (False, True):
        ticks = stated_ticks(how, 0.05, 7.0, logarithmic=logarithmic)
        assert 3 <= len(ticks["tickvals"]) <= 12
        stated = [how.stated(level) for level in ticks["tickvals"]]
        assert stated == pytest.approx(
            [float(text.replace("−", "-")) for text in ticks["ticktext"]], abs=1e-9
        )
        assert all(0.05 <= level * (1 + 1e-9) <= 7.1 for level in ticks["tickvals"])


def test_what_is_written_again_is_the_same_to_plotly_but_for_large_arrays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(theme, "VALIDATED", False)
    small, large = np.array([0.1, np.nan, 3.0]), np.linspace(0.0, 1.0, 5000)
    drawing = theme.figure([{"x": small, "y": np.arange(3)}, {"x": large}], theme.LIGHT)
    sent = drawing.sized(310).to_dict()
    again = [float(np.float32(one)) if one is not None else None for one in sent["data"][0]["x"]]
    assert again == [float(np.float32(0.1)), None, 3.0]
    assert sent["data"][0]["y"] == [0, 1, 2]
    assert set(sent["data"][1]["x"]) == {"dtype", "bdata"}
    assert isinstance(sent["layout"]["template"], str)
    assert sent["layout"]["datarevision"] == 0
    assert (sent["layout"]["height"], "height" in drawing.to_dict()["layout"]) == (310, False)
