"""A matrix of distortions for finite alphabets: as in a script, in the link, and its errors."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from dashboard.formatting import figure
from dashboard.model.scripts.problems import problem_lines
from dashboard.model.specs import Setting, SourceSpec
from dashboard.uploads import store
from rdcore.tables import Choice
from tests.pages.app import at_rest, opened, shown, until

TEXT = b"state,calm,busy,down,share\ncalm,0,1,4,3\nbusy,2,0,1,2\ndown,9,3,0,1\n"
COSTS = np.array([[0.0, 1, 4], [2, 0, 1], [9, 3, 0]])
PMF = np.array([3, 2, 1]) / 6


def query(data: bytes = TEXT, **more: str) -> dict[str, str]:
    digest = store.put("costs.csv", data)
    return {"source": "own", "data": digest, "kind": "matrix", "w": "share", "S": "", **more}


def wanted(D: float) -> rd.Solution:
    source = rd.Source([1.0, 2.0, 3.0], PMF)
    return rd.solve(rd.Problem(source, [1.0, 2.0, 3.0], COSTS, [rd.average(D)]))


def test_a_matrix_is_solved_as_in_a_script() -> None:
    app = opened(**query(D="0.3"))
    assert not app.exception
    found = wanted(0.3)
    assert shown(app, "Rate R") == f"{figure(found.rate_bits)} :small[bits]"
    assert app.query_params["kind"] == "matrix"
    said = " ".join(one.value for one in app.caption)
    assert "1 calm, 2 busy, 3 down" in said
    spec = SourceSpec("own", digest=query()["data"], choice=Choice("matrix", "symbol", "", "share"))
    lines = problem_lines(spec, Setting(spec, distortion="matrix").problem(0.3))
    told: dict[str, object] = {"np": np, "rd": rd}
    exec("\n".join(lines), told)
    problem = told["problem"]
    assert isinstance(problem, rd.Problem)
    assert rd.solve(problem).rate == pytest.approx(found.rate, abs=1e-8)


def test_a_file_for_the_same_symbols_twice_is_read_as_a_matrix_at_once() -> None:
    app = opened(source="own", data=store.put("costs.csv", TEXT), S="", D="0.3")
    assert not app.exception
    assert shown(app, "Rate R") == f"{figure(wanted(0.3).rate_bits)} :small[bits]"


@pytest.mark.parametrize("page", ["prices", "codebook", "quantisers"])
def test_other_pages_follow_or_say_why_not(page: str) -> None:
    app = opened(page, **query(D="0.3"))
    until(app, lambda: at_rest(app))
    assert not app.exception


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"s,a,b\nx,0,-1\ny,1,0\n", "Row “x”, column “b” of costs.csv is −1; a number of at least"),
        (b"s,a,b\nx,0,1\ny,,0\n", "Row “y”, column “a” of costs.csv is empty; a number of at"),
        (b"s,a,b\nx,0,1\nx,2,0\n", "Two rows of costs.csv are for “x”"),
        (b"s,a,b\nx,0,no\ny,1,0\n", "Row “x”, column “b” of costs.csv is not a number"),
    ],
)
def test_a_cell_that_is_no_distortion_is_named(data: bytes, message: str) -> None:
    app = opened(**{**query(data), "w": "none"})
    assert not app.exception
    said = " ".join(one.value for one in [*app.error, *app.warning]).replace("\\", "")
    assert message in said
