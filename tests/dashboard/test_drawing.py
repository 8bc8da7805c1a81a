from __future__ import annotations

import numpy as np
import pytest

from dashboard.model.drawing import combined, drawn
from dashboard.model.subset import Op, mask, parse, text_of


def test_a_box_in_drag_order_becomes_a_rounded_interval() -> None:
    found = drawn({"box": [{"x": [1.23456, -0.98765], "y": [0, 1]}]}, "+", dim=1, span=16)
    assert found == (Op("+", "interval", (-0.988, 1.235)),)
    assert text_of(found) == "+[-0.988,1.235]"


def test_a_box_in_the_plane_has_both_sides() -> None:
    found = drawn({"box": [{"x": [3, 1], "y": [5, 4]}]}, "-", dim=2, span=16)
    assert found == (Op("-", "box", (1, 3, 4, 5)),)


@pytest.mark.parametrize("selection", [{}, {"box": [], "lasso": []}, {"points": [1]}])
def test_nothing_dragged_is_nothing(selection: dict[str, list[int]]) -> None:
    assert drawn(selection, "+", dim=2, span=1) == ()


def test_a_long_lasso_is_thinned_but_holds_the_same_atoms() -> None:
    angle = np.linspace(0, 2 * np.pi, 400)
    path = {"x": 3 * np.cos(angle), "y": 2 * np.sin(angle)}
    (op,) = drawn({"lasso": [path]}, "+", dim=2, span=16)
    assert 8 <= len(op.numbers) // 2 <= 60
    side = np.linspace(-4, 4, 60)
    atoms = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    inside = (atoms[:, 0] / 3) ** 2 + (atoms[:, 1] / 2) ** 2
    held = mask((op,), atoms)
    assert held[inside < 0.93].all()
    assert not held[inside > 1.07].any()


def test_a_lasso_is_rounded_to_what_a_link_can_carry() -> None:
    path = {"x": [0.123456789, 4.1, 2.2], "y": [0, 0, 3.987654321]}
    (op,) = drawn({"lasso": [path]}, "+", dim=2, span=16)
    assert text_of((op,)) == "+lasso(0.123 0, 4.1 0, 2.2 3.988)"
    assert parse(text_of((op,)), 2) == (op,)


def test_a_lasso_without_area_is_nothing() -> None:
    assert drawn({"lasso": [{"x": [0, 1, 2], "y": [0, 1, 2]}]}, "+", dim=2, span=16) == ()


def test_add_appends_and_replace_starts_anew() -> None:
    old, new = parse("+[0,1]", 1), parse("+[2,3]", 1)
    assert combined(old, new, "Add") == (*old, *new)
    assert combined(old, new, "Subtract") == (*old, *new)
    assert combined(old, new, "Replace") == new
