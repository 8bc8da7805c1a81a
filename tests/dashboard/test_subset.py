from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.model.subset import MAX_OPS, MAX_TEXT, Op, SubsetError, mask, parse, text_of

LINE = np.linspace(-3, 3, 61)
SIDE = np.linspace(-2, 2, 21)
PLANE = np.stack(np.meshgrid(SIDE, SIDE, indexing="ij"), axis=-1).reshape(-1, 2)

numbers = st.floats(-1e6, 1e6, allow_nan=False)
signs = st.sampled_from(["+", "-"])


@st.composite
def intervals(draw: st.DrawFn) -> Op:
    low, high = sorted((draw(numbers), draw(numbers)))
    ends = draw(st.sampled_from(["[]", "()", "[)", "(]"]))
    return Op(draw(signs), "interval", (low, high), ends)


@st.composite
def shapes(draw: st.DrawFn) -> Op:
    kind = draw(st.sampled_from(["box", "disc", "lasso", "all"]))
    if kind == "all":
        return Op(draw(signs), "all")
    if kind == "box":
        x, y = sorted((draw(numbers), draw(numbers))), sorted((draw(numbers), draw(numbers)))
        return Op(draw(signs), "box", (*x, *y))
    if kind == "disc":
        radius = draw(st.floats(1e-3, 1e3))
        return Op(draw(signs), "disc", (draw(numbers), draw(numbers), radius))
    corners = draw(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=9))
    return Op(draw(signs), "lasso", tuple(value for corner in corners for value in corner))


@given(st.lists(intervals(), max_size=6))
def test_what_is_written_for_a_line_is_read_back(ops: list[Op]) -> None:
    assert parse(text_of(ops), 1) == tuple(ops)


@given(st.lists(shapes(), max_size=6))
def test_what_is_written_for_the_plane_is_read_back(ops: list[Op]) -> None:
    assert parse(text_of(ops), 2) == tuple(ops)


@given(st.text(max_size=60), st.sampled_from([1, 2]))
def test_any_text_is_read_or_refused_in_one_sentence(text: str, dim: int) -> None:
    try:
        ops = parse(text, dim)
    except SubsetError as error:
        said = str(error)
    else:
        assert mask(ops, LINE if dim == 1 else PLANE).dtype == bool
        said = "accepted"
    assert "accepted" in said or "use " in said
    assert len(said.splitlines()) == 1


@given(st.lists(intervals(), max_size=4), intervals())
def test_a_shape_that_is_taken_away_last_is_not_in_the_subset(ops: list[Op], last: Op) -> None:
    away = Op("-", last.kind, last.numbers, last.ends)
    add = Op("+", last.kind, last.numbers, last.ends)
    assert not (mask([*ops, away], LINE) & mask([add], LINE)).any()
    assert (mask([*ops, add], LINE) >= mask([add], LINE)).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+[-1,1]", lambda x: (x >= -1) & (x <= 1)),
        ("(-1,1)", lambda x: (x > -1) & (x < 1)),
        ("[-1, 1)", lambda x: (x >= -1) & (x < 1)),
        ("+[1,-1)", lambda x: (x > -1) & (x <= 1)),
        ("+[-1,1] -[-0.2,0.2]", lambda x: (abs(x) <= 1) & (abs(x) > 0.2)),
        ("+[−2,−1];+[1,2]", lambda x: (abs(x) >= 1) & (abs(x) <= 2)),
        ("+[1,inf]", lambda x: x >= 1),
        ("+ALL -(-1,1)", lambda x: abs(x) >= 1),
        ("-[-1,1]", lambda x: x > 9),
        ("", lambda x: x > 9),
        (">1", lambda x: x > 1),
        (">= 1", lambda x: x >= 1),
        ("≥1", lambda x: x >= 1),
        ("x>1", lambda x: x > 1),
        ("X ≤ −1", lambda x: x <= -1),
        ("1 < x", lambda x: x > 1),
        ("-1 < x <= 2", lambda x: (x > -1) & (x <= 2)),
        ("2 >= x > -1", lambda x: (x > -1) & (x <= 2)),
        ("3 < x < 1", lambda x: x > 9),
        ("1..2", lambda x: (x >= 1) & (x <= 2)),
        ("-2..-1", lambda x: (x >= -2) & (x <= -1)),
        ("1 to 2", lambda x: (x >= 1) & (x <= 2)),
        ("1–2", lambda x: (x >= 1) & (x <= 2)),
        ("between 1 and 2", lambda x: (x >= 1) & (x <= 2)),
        ("[1,2]", lambda x: (x >= 1) & (x <= 2)),
        ("x in [1,2)", lambda x: (x >= 1) & (x < 2)),
        ("x ∈ (1,2)", lambda x: (x > 1) & (x < 2)),
        ("|x|<1", lambda x: abs(x) < 1),
        ("|x| >= 2", lambda x: abs(x) >= 2),
        ("|x - 1| <= 0.5", lambda x: abs(x - 1) <= 0.5),
        ("|x+1|>1", lambda x: abs(x + 1) > 1),
        ("|x| = 1", lambda x: abs(x) == 1),
        ("|x - 0.5| = 1.5", lambda x: (x == -1) | (x == 2)),
        ("x = 1", lambda x: x == 1),
        ("= 1", lambda x: x == 1),
        ("<-2 or >2", lambda x: abs(x) > 2),
        ("<-2, >2", lambda x: abs(x) > 2),
        ("<-2 ∪ [0,1]", lambda x: (x < -2) | ((x >= 0) & (x <= 1))),
        (">-1 and <1", lambda x: abs(x) < 1),
        ("|x|>1 and |x|<2", lambda x: (abs(x) > 1) & (abs(x) < 2)),
        (">0 except 1..2", lambda x: (x > 0) & ~((x >= 1) & (x <= 2))),
        (">0 and not [1,2]", lambda x: (x > 0) & ~((x >= 1) & (x <= 2))),
        (">0 -[1,2]", lambda x: (x > 0) & ~((x >= 1) & (x <= 2))),
        ("+all - |x|<1", lambda x: abs(x) >= 1),
        (">1 -2..-1", lambda x: (x > 1) | ((x >= -2) & (x <= -1))),
    ],
)
def test_intervals(text: str, expected: object) -> None:
    grid = np.round(LINE, 6)
    assert (mask(parse(text, 1), grid) == expected(grid)).all()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("status = alarm", {1}),
        ("Status is ALARM", {1}),
        ("status == “not yet”", {2}),
        ("status != alarm", {0, 2}),
        ("status ≠ 'alarm'", {0, 2}),
        ("status is not ok", {1, 2}),
        ("status in (ok, not yet)", {0, 2}),
        ("all except status is not ok", {0}),
    ],
)
def test_a_column_of_text(text: str, codes: set[int]) -> None:
    """Beside the numbers a row has the place of its value among those of the column."""
    rows = np.array([(x, code) for x in (-1.0, 0.0, 5.0) for code in range(3)])
    ops = parse(text, 1, ("temp",), {"status": ("ok", "alarm", "not yet")})
    assert {int(code) for code in rows[mask(ops, rows), 1]} == codes
    assert mask(ops, rows).sum() == 3 * len(codes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("top 5%", [8, 9]),
        ("top 10 %", [8, 9]),
        ("top 10.1 percent", [7, 8, 9]),
        ("highest 50%", [5, 6, 7, 8, 9]),
        ("bottom 20%", [0, 1, 2]),
        ("middle 40%", [4, 5, 6]),
        ("top 100%", list(range(10))),
        ("bottom 1% or top 1%", [0, 9]),
        (">=2 except top 50%", [2, 3, 4]),
    ],
)
def test_shares_of_the_probability(text: str, expected: list[int]) -> None:
    values = np.arange(10.0)
    pmf = np.array([0.05, 0.05, 0.1, 0.1, 0.2, 0.1, 0.2, 0.1, 0.08, 0.02])
    assert np.flatnonzero(mask(parse(text, 1), values, pmf)).tolist() == expected


@given(
    st.lists(st.floats(1e-3, 1), min_size=2, max_size=30),
    st.floats(0.1, 100),
    st.sampled_from(["top", "bottom"]),
)
def test_a_share_is_the_smallest_with_its_probability(
    weights: list[float], percent: float, which: str
) -> None:
    pmf = np.array(weights) / np.sum(weights)
    inside = mask(parse(f"{which} {percent}%", 1), np.arange(float(len(pmf))), pmf)
    assert pmf[inside].sum() >= percent / 100 - 1e-9
    last = np.flatnonzero(inside)[0 if which == "top" else -1]
    assert pmf[inside].sum() - pmf[last] < percent / 100 + 1e-9


def test_the_columns_of_a_file_have_their_names() -> None:
    names = ("room °C (mean)",)
    assert (mask(parse("room °C (mean) > 1", 1, names), LINE) == (LINE > 1)).all()
    assert (
        mask(parse("“Room °C (mean)” in [0,1]", 1, names), LINE) == mask(parse("[0,1]", 1), LINE)
    ).all()
    with pytest.raises(SubsetError, match="is not a shape"):
        parse("room > 1", 1, names)
    x, y = PLANE.T
    assert (mask(parse("lon>1 and lat<=0", 2, ("lon", "lat")), PLANE) == ((x > 1) & (y <= 0))).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x>1", lambda x, y: x > 1),
        ("x>=1 and y<0", lambda x, y: (x >= 1) & (y < 0)),
        ("|y| <= 1", lambda x, y: abs(y) <= 1),
        ("x1<0 or x2>1", lambda x, y: (x < 0) | (y > 1)),
        ("x>0 except disc(1,1,0.5)", lambda x, y: (x > 0) & ~((x - 1) ** 2 + (y - 1) ** 2 < 0.25)),
    ],
)
def test_comparisons_in_the_plane(text: str, expected: object) -> None:
    x, y = grid = np.round(PLANE.T, 6)
    assert (mask(parse(text, 2), grid.T) == expected(x, y)).all()  # type: ignore[operator]


def test_shapes_in_the_plane() -> None:
    x, y = PLANE.T
    assert (mask(parse("+box(1,-1,0,2)", 2), PLANE) == ((abs(x) <= 1) & (y >= 0))).all()
    assert (mask(parse("+disc(0,0,1.5)", 2), PLANE) == (np.hypot(x, y) < 1.5)).all()
    triangle = mask(parse("+lasso(-1.95 -1.95, 1.95 -1.95, -1.95 1.85)", 2), PLANE)
    under = 1.95 * (y + 1.95) + 1.9 * (x - 1.95) < 0
    assert (triangle == ((x > -1.95) & (y > -1.95) & under)).all()


def test_a_lasso_that_winds_either_way_is_the_same() -> None:
    there = "+lasso(0.05 0.05, 1.55 0.05, 1.55 1.05)"
    back = "+lasso(1.55 1.05, 1.55 0.05, 0.05 0.05)"
    assert mask(parse(there, 2), PLANE).any()
    assert (mask(parse(there, 2), PLANE) == mask(parse(back, 2), PLANE)).all()


@pytest.mark.parametrize(
    ("text", "dim", "says"),
    [
        ("+[1", 1, "“+[1” is not a shape; “>80”, “80..100”, “|x|<1”, “top 5%” or"),
        ("+[1,2,3]", 1, "“+[1,2,3]” is not a shape"),
        ("+[nan,2]", 1, "is not a shape"),
        (">80 foo", 1, "After “>80”, “foo” is not a shape"),
        (">80 or", 1, "After “>80”, “or” is not a shape"),
        ("80..", 1, "“80..” is not a shape"),
        (">1e", 1, "After “>1”, “e” is not a shape"),
        ("top 0%", 1, "has a share of 0 %; use more than 0 and at most 100 %"),
        ("top 5", 1, "is not a shape"),
        ("top 5%", 2, "is not a shape; “x>1 and y<2”"),
        (">1", 2, "is not a shape; “x>1 and y<2”"),
        ("+box(0,1,0,1)", 1, "or “+[-1,1]"),
        ("+[0,1]", 2, "“+box(-1,1,0,2)”"),
        ("+box(0,1,0)", 2, "is not a shape"),
        ("+box(0,inf,0,1)", 2, "is not a shape"),
        ("+disc(0,0,-1)", 2, "radius -1; use a positive one"),
        ("+lasso(0 0, 1 1)", 2, "has 4 numbers; 3 to 200 points"),
        ("+[0,1]" * (MAX_OPS + 1), 1, "has 65 shapes; use at most 64"),
        (" " * (MAX_TEXT + 1), 1, "characters; use at most 6000"),
    ],
)
def test_what_cannot_be_read_says_what_would_do(text: str, dim: int, says: str) -> None:
    with pytest.raises(SubsetError) as caught:
        parse(text, dim)
    assert says in str(caught.value)


def test_many_shapes_are_read_in_no_time() -> None:
    # A pattern that backtracked would hang here.
    with pytest.raises(SubsetError):
        parse("+[" + "1" * 5000, 1)


def test_columns_go_by_their_names_without_units_and_beyond_the_plane() -> None:
    names = ("temp [°C]", "hum [%]", "x [m]", "hum [g]")
    points = np.array([[70.0, 1, 5, 0], [90.0, 2, 5, 0], [90.0, 2, 0, 0]])
    three = parse("temp > 80 and x > 1", 3, names)
    assert {op.kind for op in three} == {"where"}
    # x is the first coordinate, as it always was.
    assert mask(three, points).tolist() == [False, True, True]
    assert mask(parse("x [m] > 1", 3, names), points).tolist() == [True, True, False]
    assert mask(parse("temp > 80", 1, names), points[:, 0]).tolist() == [False, True, True]
    with pytest.raises(SubsetError, match="a condition on columns"):
        parse("hum > 1", 3, names)
