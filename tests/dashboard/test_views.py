"""What the views compute, against what can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import ArrayLike

from dashboard.model.marks import Mark
from dashboard.model.sampling import BlocksView, MemoryView
from dashboard.model.views import (
    Audit,
    Axis,
    CurveBand,
    LevelRange,
    Point,
    SourceBounds,
    SourceView,
    SurfaceView,
    Trouble,
)


def source(points: ArrayLike, *masks: ArrayLike) -> SourceView:
    at = np.asarray(points, dtype=float)
    marks = (Mark(), *(Mark(slot, f"S{slot}") for slot in range(1, len(masks) + 1)))
    inside = tuple(np.asarray(mask, dtype=bool) for mask in masks)
    return SourceView(at, np.full(len(at), 1 / len(at)), inside, ("x", "y"), marks)


@pytest.mark.parametrize(
    ("points", "spans"),
    [
        # 0.6 of the distance between atoms, at least 3 % of the extent.
        (np.arange(5.0)[:, None], [(-0.6, 4.6)]),
        (np.arange(41.0)[:, None], [(-1.2, 41.2)]),
        ([[0.0], [10.0]], [(-6, 16)]),
        ([[0.0, 0.0], [1.0, 2.0]], [(-0.6, 1.6), (-1.2, 3.2)]),
        ([[i, 10.0 * j] for i in range(3) for j in range(3)], [(-0.6, 2.6), (-6, 26)]),
        ([[7.0]], [(6.5, 7.5)]),
    ],
)
def test_an_axis_has_a_margin(points: ArrayLike, spans: list[tuple[float, float]]) -> None:
    view = source(points)
    assert view.dim == len(spans)
    assert [view.span(axis) for axis in range(view.dim)] == [pytest.approx(one) for one in spans]
    assert view.span() == view.span(0)


def test_subsets_and_what_is_outside() -> None:
    view = source([[0.0], [1.0], [2.0], [3.0]], [1, 1, 0, 0], [0, 1, 1, 0])
    assert view.n == 4
    assert view.brush == 0
    assert view.outside.tolist() == [False, False, False, True]
    assert [(mark.symbol, mask.tolist()) for mark, mask in view.subsets] == [
        ("S1", [True, True, False, False]),
        ("S2", [False, True, True, False]),
    ]
    assert source([[0.0], [1.0]]).outside.tolist() == [True, True]
    with pytest.raises(ValueError, match="longer"):
        _ = replace(view, marks=view.marks[:2]).subsets


def test_a_point_in_bits() -> None:
    point = Point(
        levels=np.array([0.6, 0.05]),
        rate_bits=1.7,
        gap_bits=1e-6,
        prices_bits=np.array([2.0, 3.0]),
        reached=np.array([0.6, 0.05]),
        entropy_bits=2.0,
        channel=np.ones((1, 4), dtype=np.float32),
        codebook=np.arange(4.0)[:, None],
        masses=np.array([0.5, 0.5 - 2.5e-6, 1.5e-6, 1e-6]),
        converged=True,
        status="",
        scope="",
        iterations=1,
        seconds=0.1,
        randomness_bits=0.25,
        symbol_prices_bits=(),
    )
    assert (point.level, point.price_bits, point.empirical_bits) == (0.6, 2.0, 1.75)
    # One is exactly at the least probability of a codeword in use, and is not above it.
    assert point.in_use == 3


def band(
    levels: list[float], lower: list[float], prices: list[float], which: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    other = np.full(len(levels), 9.0)
    columns = [other, np.array(prices)] if which else [np.array(prices), other]
    found = CurveBand(
        levels=np.array(levels),
        upper_bits=np.array(lower) + 1,
        lower_bits=np.array(lower),
        prices_bits=np.column_stack(columns),
        **({"which": which} if which else {}),
    )
    return found.tangents()


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize(
    ("levels", "lower", "prices", "at", "bits"),
    [
        # 1/D: the tangents at a and b meet at 2ab/(a + b), and are 2/(a + b) there.
        ([1, 2, 4], [1, 0.5, 0.25], [1, 0.25, 0.0625], [4 / 3, 8 / 3], [2 / 3, 1 / 3]),
        # A line: its tangents are one, and any place does.
        ([1, 2, 4], [3, 2, 0.5], [1, 1, 0.75], [1.5, 2], [2.5, 2]),
        # A bound of 0 says R ≥ 0, whatever the price.
        ([1, 2], [0.1, 0], [1, 1], [1.1], [0]),
        # What another tangent tells is more than a bound that is not tight.
        ([1, 2], [1, 0.2], [0.5, 0.1], [2], [0.5]),
        ([1, 2], [0.2, 0.8], [0.5, 0.1], [1], [0.9]),
    ],
)
def test_tangents_meet_where_they_should(
    which: int,
    levels: list[float],
    lower: list[float],
    prices: list[float],
    at: list[float],
    bits: list[float],
) -> None:
    where, bound = band(levels, lower, prices, which)
    assert where == pytest.approx(np.sort([*levels, *at]))
    for place, value in zip(at, bits, strict=True):
        assert np.allclose(bound[np.isclose(where, place)], value)
    tight = [
        max(b - p * (x - a) for a, b, p in zip(levels, lower, prices, strict=True) if b)
        for x in levels
    ]
    assert np.interp(levels, where, bound) == pytest.approx(np.maximum(tight, 0))


def test_no_bound_is_below_0() -> None:
    assert band([1, 2], [-1e-17, -2e-17], [0, 0])[1].tolist() == [0, 0, 0]


def test_a_surface_is_its_second_level_by_its_first() -> None:
    zero = np.zeros((2, 3))
    x, y = Axis("D", "cm²", np.arange(3.0)), Axis("D′", "cm²", np.arange(2.0))
    view = SurfaceView(x, y, zero + 2, zero + 1, zero + 3, zero + 4, (0.1,), (zero + 5,))
    assert view.shape == (2, 3)
    assert x.title == "D (cm²)"
    assert [one[0, 0] for one in view.prices_bits] == [3, 4, 5]
    assert (view.upper_bits[0, 0], view.lower_bits[0, 0]) == (2, 1)
    assert view.solved == {}


def test_an_answer_agrees_up_to_its_accuracy() -> None:
    found = Audit(
        lower_bits=1.0,
        upper_bits=1.5,
        seconds=1.0,
        value_bits=1.25,
        accuracy_bits=0.25,
        violation=0.0,
        peer_seconds=1.0,
        codewords=8,
        atoms=50,
    )
    for value, agrees in (
        (0.75, True),
        (0.7, False),
        (1.0, True),
        (1.5, True),
        (1.75, True),
        (1.8, False),
    ):
        assert replace(found, value_bits=value).agrees is agrees


def test_what_is_named_by_place() -> None:
    levels = LevelRange((0.1, 0.2), (3.0, 4.0))
    assert (levels.smallest, levels.largest) == (0.1, 3.0)
    bounds = SourceBounds("normal", lower_bits=1.0, upper_bits=2.0, within_variance=0.1)
    assert (bounds.lower_bits, bounds.upper_bits) == (1.0, 2.0)
    assert Trouble("*a*").markdown == r"\*a\*"


@pytest.mark.parametrize(
    ("rates", "error", "spectrum", "said"),
    [
        ((2.0,), 0.01, 1.0, ()),
        ((2.0, 1.99), 0.01, 1.0, ("In blocks of 2 memory saves nothing that these rows",)),
        ((2.0, 1.5), 0.01, 1.49, ("**Memory saves 0.500 bits per row** in blocks of 2, 25 %",)),
        ((2.0, 1.8, 1.5), 0.01, 1.0, ("in blocks of 3, 25 %", "save more", "spectrum, 1.00 bits")),
        ((2.0, 1.8, 1.5), 0.26, 1.0, ("saves nothing",)),
    ],
)
def test_what_is_said_of_memory(
    rates: tuple[float, ...], error: float, spectrum: float, said: tuple[str, ...]
) -> None:
    """A saving counts from two standard errors on, and the spectrum from two below the blocks."""
    blocks = [BlocksView(k + 1, one, one, error, 9.0, True, "") for k, one in enumerate(rates)]
    doubtful = BlocksView(len(rates) + 1, 0.1, 0.1, error, 9.0, False, "")
    found = MemoryView((*blocks, doubtful), ((64, spectrum), (32, 0.5)), True).sentence
    assert bool(found) == bool(said)
    assert all(one in found for one in said)
    assert ("save more" in found) == ("save more" in said)
