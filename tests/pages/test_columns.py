"""More than two columns on Explore: the numbers of rdcore, subsets, weights, and other pages."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.uploads import store
from rdcore.command import answer, parsed
from tests.pages.app import at_rest, known, number, opened, tables, until

NAMES = ("temp [°C]", "hum [%]", "wind [m/s]", "pressure [hPa]", "flow [l/s]")


def five_columns(rows: int = 120) -> str:
    """Return a file of five columns that depend on each other, and a column of text."""
    draw = np.random.default_rng(5)
    values = draw.normal(size=(rows, 2)) @ draw.normal(size=(2, 5))
    values = (values + 0.4 * draw.normal(size=(rows, 5))) * [10, 5, 1, 100, 2] + [70, 40, 3, 900, 0]
    lines = [",".join([*NAMES, "status"])]
    for row in values:
        cells = [f"{one:.2f}" for one in row]
        lines.append(",".join([*cells, "alarm" if row[0] > 80 else "ok"]))
    return "\n".join(lines)


TEXT = five_columns()
CHOSEN = {"x": NAMES[0], "x2": NAMES[1], "xs": json.dumps(NAMES[2:])}


def columns_page(page: str = "", **query: str) -> AppTest:
    digest = store.put("five.csv", TEXT.encode())
    app = opened(page, source="own", data=digest, kind="samples", **CHOSEN, **query)
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return " ".join(one.value for one in app.sidebar.caption).replace("\\", "")


def test_five_columns_have_the_numbers_of_the_command_line(tmp_path: Path) -> None:
    app = columns_page(
        standard="1", candidates="64", stated="share", D="1.5", S="status = alarm", Ds="1.25"
    )
    until(app, lambda: at_rest(app) and known(app, "Rate, coded together"))
    path = tmp_path / "five.csv"
    path.write_text(TEXT, encoding="utf-8")
    words = [word for name in NAMES for word in ("--column", name)]
    words += ["--standardise", "--candidates", "64", "--distortion", "share", "--D", "30"]
    found = answer(parsed([str(path), *words, "--subset", "status=alarm: 25"]))
    assert found.apart is not None
    assert number(app, "Rate, coded together") == pytest.approx(found.rate_bits, rel=1e-3)
    assert number(app, "Rate, column by column") == pytest.approx(found.apart.rate_bits, rel=1e-3)
    texts = "".join(one.value for one in app.markdown).replace("\\", "")
    assert found.apart.difference in texts
    levels = tables(app)[1]
    assert list(levels["level"]) == ["D", "D′"]
    assert "set (% of variance)" in levels


def test_any_axis_can_be_a_condition_and_its_error_is_said() -> None:
    limits = {"standard": "1", "candidates": "16", "D": "3", "Ds": "4"}
    app = columns_page(**limits, S="hum > 30 and temp > 80")
    until(app, lambda: at_rest(app) and known(app, "Rate, coded together"))
    assert not app.sidebar.error
    app.text_input(key="S").set_value("disc(0,0,1)").run()
    assert "a condition on columns" in app.sidebar.error[0].value


def test_columns_are_solved_without_a_subset() -> None:
    app = columns_page(standard="1", candidates="16", S="")
    until(app, lambda: bool(app.error) or (at_rest(app) and known(app, "Rate, coded together")))
    assert not app.error
    assert number(app, "Difference at D") != 0
    assert list(tables(app)[1]["level"]) == ["D"]


def test_other_pages_say_that_they_are_for_one_or_two_columns() -> None:
    app = columns_page("quantisers")
    assert any("5 are chosen" in one.value for one in app.info)
    assert not app.metric


def test_weights_are_typed_stated_and_part_of_the_link() -> None:
    # Without a column of text there are no groups to solve for.
    text = "\n".join(line.rsplit(",", 1)[0] for line in TEXT.splitlines())
    digest = store.put("five.csv", text.encode())
    app = opened(source="own", data=digest, kind="samples", x=NAMES[0], x2=NAMES[1], bins="0")
    app.text_input(key="cw").set_value("1; 0,25").run()
    assert "2 numbers above 0" in app.sidebar.error[0].value
    app.text_input(key="cw").set_value("1 0.25").run()
    assert app.query_params["cw"] in ("1 0.25", ["1 0.25"])
    assert "a sum with the weights 1 for temp" in said(app)
    assert "D has none" in said(app)
    app.toggle(key="standard").set_value(True).run()
    assert "The variance is 2 σ² in all." in said(app)
    assert not app.exception
