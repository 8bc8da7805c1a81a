from __future__ import annotations

import doctest
import itertools
import math
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import formatting
from dashboard.formatting import (
    alike,
    as_markdown,
    clean,
    counted,
    figure,
    listed,
    ordinal,
    rounded_up,
    scale,
    short,
)
from dashboard.jobs import steps

positive = st.floats(1e-9, 1e9)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.165999660, "1.166"),
        (0.0412, "0.04120"),
        (-2.5, "−2.500"),
        (0, "0"),
        (8.9e-10, "8.900×10⁻¹⁰"),
        (1.5e7, "1.500×10⁷"),
        (math.inf, "∞"),
        (math.nan, "—"),
        (-math.inf, "−∞"),
        (1e-4, "0.0001000"),
        (9.99e-5, "9.990×10⁻⁵"),
        (123456.0, "123456"),
        (999999.0, "999999"),
        (0.99999, "1.000"),
        (-9.99996, "−10.00"),
        (1e6, "1.000×10⁶"),
        (12.3456, "12.35"),
    ],
)
def test_figures(value: float, shown: str) -> None:
    assert figure(value) == shown


def test_constants_of_the_unit() -> None:
    assert math.exp(formatting.LN2) == pytest.approx(2.0, rel=1e-15)
    assert formatting.NOTHING == 1e-7


def test_values_side_by_side_have_the_same_decimals() -> None:
    assert alike([0.04627, 0.0490712, 0.0028]) == ("0.04627", "0.04907", "0.00280")
    assert alike([0.0, 0.0]) == ("0", "0")


@given(positive)
def test_rounding_up_never_falls_below(value: float) -> None:
    up = rounded_up(value)
    assert value * (1 - 1e-12) <= up <= value * 1.011


@given(positive, st.floats(1.01, 1e5))
def test_a_scale_lies_in_its_range_and_rises(low: float, ratio: float) -> None:
    high = low * ratio
    values = scale(low, high)
    assert list(values) == sorted(set(values))
    assert len(values) < 260
    start = max(low, 1e-4 * high)
    assert start <= values[0] <= 1.101 * start
    assert high / 1.101 <= values[-1] <= high * (1 + 1e-6)
    assert all(b <= 1.101 * a for a, b in itertools.pairwise(values))
    assert all(float(f"{v:.2g}") == v for v in values[:-1])


def test_a_scale_has_what_people_type() -> None:
    values = scale(0.005, 11)
    assert {0.05, 0.1, 0.6, 1.0, 1.5, 2.0, 8.0, 10.0} <= set(values)
    assert scale(0.0, 0.0) == (0.0,)
    assert scale(1.0, math.inf) == (0.0,)
    # Both ends belong to it, where they are round; one that is not stands for itself.
    assert (scale(0.1, 1.0)[0], scale(0.1, 1.0)[-1]) == (0.1, 1.0)
    assert scale(1.0, 0.3 / 0.1)[-1] == 3.0
    assert scale(0.1, 0.1 + 0.2)[-1] == 0.3
    assert scale(3.01, 3.1) == (3.1,)
    assert scale(1.0, 2.0)[:3] == (1.0, 1.1, 1.2)
    assert scale(3.0, 6.0) == tuple(k / 10 for k in range(30, 61, 2))
    assert scale(6.0, 10.0) == (6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5, 10.0)
    assert scale(0.0, 5.0)[0] == 5e-4


def test_short_numbers_have_no_trailing_zeros() -> None:
    assert [short(v) for v in (0.6, 12.0, 0.041234, -3.0)] == ["0.6", "12", "0.04123", "−3"]
    assert [short(v) for v in (0.0, 1e-4, 9.9e-5, 999_999, 1e6, 1.5e6)] == [
        "0",
        "0.0001",
        "9.9×10⁻⁵",
        "999999",
        "1.0×10⁶",
        "1.5×10⁶",
    ]
    assert short(1.23456, 2) == "1.2"
    assert (short(1.0), short(-1.0)) == ("1", "−1")
    assert [short(v) for v in (12345.6, 120.0, -100_000.0)] == ["12346", "120", "−100000"]


@pytest.mark.parametrize("module", [formatting, steps], ids=lambda module: module.__name__)
def test_the_examples(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed


def test_values_side_by_side_at_the_ends_of_the_range() -> None:
    assert alike([1.0, 0.5]) == ("1.000", "0.500")
    assert alike([0.5, -0.25]) == ("0.5000", "−0.2500")
    assert alike([12345.6, 1.0]) == ("12346", "1")
    assert alike([9.5e5, 2.0]) == ("950000", "2")
    assert alike([1e6, 2.0]) == ("1.000×10⁶", "2.000")
    assert alike([1.2e6, 2.0]) == ("1.200×10⁶", "2.000")
    assert alike([1.5e-9, 0.0]) == ("0.000000001500", "0.000000000000")
    assert alike([1e-9, 0.0]) == ("1.000×10⁻⁹", "0")
    assert alike([]) == ()


def test_rounding_up_leaves_what_is_round() -> None:
    assert [rounded_up(v) for v in (0.0, -1.0, 0.5, 1.0, 1.23, 1.231, 1001.0)] == [
        *(0.0, 0.0, 0.5, 1.0),
        *(1.23, 1.24, 1010.0),
    ]
    assert rounded_up(0.1 + 0.2) == 0.3  # not 0.301: the sum is above 0.3 by a rounding error
    assert rounded_up(1.2345, 4) == 1.235


def test_places_in_a_line() -> None:
    said = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 10: "10th", 11: "11th", 12: "12th", 13: "13th"}
    said |= {14: "14th", 20: "20th", 21: "21st", 22: "22nd", 23: "23rd", 24: "24th", 26: "26th"}
    said |= {
        101: "101st",
        103: "103rd",
        111: "111th",
        112: "112th",
        113: "113th",
        121: "121st",
        31: "31st",
    }
    assert {place: ordinal(place) for place in said} == said


def test_counts_with_their_noun() -> None:
    assert counted(1, "row") == "1 row"
    assert counted(0, "row") == "0 rows"
    assert counted(2, "row") == "2 rows"
    assert counted(1_234_567) == "1\u00a0234\u00a0567"


def test_lists_are_cut() -> None:
    assert listed(["a", "b", "c", "d"]) == "a, b, c, d"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c, d and 1 more"
    assert listed(["a", "b", "c"], 1) == "a and 2 more"


def test_names_are_one_printable_line() -> None:
    assert clean(" a\n\tb\u202ec ") == "a b c"
    assert clean("x" * 60) == "x" * 60
    assert clean("x" * 61) == "x" * 59 + "…"
    assert clean("abcdef", 4) == "abc…"


def test_markup_is_escaped() -> None:
    assert as_markdown("a *b* [c](d)") == r"a \*b\* \[c\]\(d\)"
