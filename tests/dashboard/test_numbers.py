from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.formatting import alike, figure, rounded_up, scale, short

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
    ],
)
def test_figures(value: float, shown: str) -> None:
    assert figure(value) == shown


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


def test_short_numbers_have_no_trailing_zeros() -> None:
    assert [short(v) for v in (0.6, 12.0, 0.041234, -3.0)] == ["0.6", "12", "0.04123", "−3"]
