from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.model.drawing import drawn, in_columns
from dashboard.model.subset import Op, mask, parse, text_of

LINE = np.linspace(-8, 8, 33)[:, None]
PLANE = np.zeros((1, 2))


def test_a_box_in_drag_order_snaps_to_the_midpoints_between_atoms() -> None:
    found = drawn({"box": [{"x": [1.23456, -0.98765], "y": [0, 1]}]}, "+", LINE, span=16)
    assert found == (Op("+", "interval", (-0.8, 1.2)),)
    assert text_of(found) == "+[-0.8,1.2]"


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40, unique_by=lambda x: round(x, 3)),
    st.tuples(st.floats(-2e6, 2e6), st.floats(-2e6, 2e6)),
)
def test_an_interval_holds_the_atoms_between_its_ends(
    values: list[float], ends: tuple[float, float]
) -> None:
    atoms = np.sort(np.array(values))
    found = drawn({"box": [{"x": list(ends)}]}, "+", atoms[:, None], span=1e6)
    wanted = (atoms >= min(ends)) & (atoms <= max(ends))
    assert (mask(found, atoms) == wanted).all()
    assert bool(found) == bool(wanted.any())
    for op in found:
        assert not np.isin(op.numbers, atoms).any()


def test_a_box_beyond_the_atoms_ends_behind_the_last_one() -> None:
    (op,) = drawn({"box": [{"x": [0.9, 99]}]}, "+", LINE, span=16)
    assert op.numbers == (0.8, 8.2)


def test_a_box_between_two_atoms_is_nothing() -> None:
    assert drawn({"box": [{"x": [0.1, 0.2]}]}, "+", LINE, span=16) == ()


def test_a_box_in_the_plane_has_both_sides() -> None:
    found = drawn({"box": [{"x": [3, 1], "y": [5, 4]}]}, "-", PLANE, span=16)
    assert found == (Op("-", "box", (1, 3, 4, 5)),)


@pytest.mark.parametrize("selection", [{}, {"box": [], "lasso": []}, {"points": [1]}])
def test_nothing_dragged_is_nothing(selection: dict[str, list[int]]) -> None:
    assert drawn(selection, "+", PLANE, span=1) == ()


def test_a_long_lasso_is_thinned_but_holds_the_same_atoms() -> None:
    angle = np.linspace(0, 2 * np.pi, 400)
    path = {"x": 3 * np.cos(angle), "y": 2 * np.sin(angle)}
    (op,) = drawn({"lasso": [path]}, "+", PLANE, span=16)
    assert 8 <= len(op.numbers) // 2 <= 60
    side = np.linspace(-4, 4, 60)
    atoms = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    inside = (atoms[:, 0] / 3) ** 2 + (atoms[:, 1] / 2) ** 2
    held = mask((op,), atoms)
    assert held[inside < 0.93].all()
    assert not held[inside > 1.07].any()


def test_a_lasso_is_rounded_to_what_a_link_can_carry() -> None:
    path = {"x": [0.123456789, 4.1, 2.2], "y": [0, 0, 3.987654321]}
    (op,) = drawn({"lasso": [path]}, "+", PLANE, span=16)
    assert text_of((op,)) == "+lasso(0.123 0, 4.1 0, 2.2 3.988)"
    assert parse(text_of((op,)), 2) == (op,)


def test_a_lasso_without_area_is_nothing() -> None:
    assert drawn({"lasso": [{"x": [0, 1, 2], "y": [0, 1, 2]}]}, "+", PLANE, span=16) == ()


def test_shapes_over_weighted_axes_are_in_the_units_of_the_columns() -> None:
    shapes = (
        Op("+", "box", (2.0, 4.0, 1.0, 3.0)),
        Op("-", "lasso", (2.0, 1.0, 4.0, 1.0, 4.0, 2.0)),
    )
    assert in_columns(shapes, (1.0, 1.0)) == shapes
    found = in_columns(shapes, (2.0, 0.5))
    assert found[0].numbers == (1.0, 2.0, 2.0, 6.0)
    assert found[1].numbers == (1.0, 2.0, 2.0, 2.0, 2.0, 4.0)
