"""The user's own file in the sidebar: how it is read, what is used of it, and its deletion."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.uploads import store
from tests.pages.app import opened, shown
from tests.rdcore.tables import table_files as files

CASES = {
    one["kind"]: one["file"]
    for one in json.loads(
        Path(__file__).parents[1].joinpath("rdcore/tables/cases.json").read_text(encoding="utf-8")
    )
}
LOG = "temp [°C],status\n" + "".join(f"{20 + k % 9},ok\n" for k in range(40)) + "900,alarm\n"


def own(text: str | bytes, name: str = "a.csv", **query: str) -> AppTest:
    data = text.encode() if isinstance(text, str) else text
    app = opened(source="own", data=store.put(name, data), **query)
    assert not app.exception
    return app


def link(app: AppTest, name: str) -> str:
    """Return a parameter of the page's link."""
    found = app.query_params[name]
    return found if isinstance(found, str) else found[0]


def said(app: AppTest) -> str:
    texts = [one.value for one in (*app.sidebar.caption, *app.sidebar.info)]
    return " ".join(texts).replace("\\", "")


def test_what_nothing_decides_is_said_and_changed_beside_the_file() -> None:
    app = own(CASES["ambiguous thousands"])
    assert "nothing decides what “1,250” is: it was read as 1250" in said(app)
    assert "amount ranges from 1250 to 3100." in said(app)
    app.selectbox(key="dec").set_value("comma").run()
    assert "amount ranges from 1.25 to 3.1." in said(app)
    assert "nothing decides" not in said(app)
    assert link(app, "dec") == "comma"
    assert "amount ranges from 1.25" in said(own(CASES["ambiguous thousands"], dec="comma"))


def test_an_empty_subset_says_what_can_be_done() -> None:
    app = own(LOG)
    assert any("S is empty: drag across" in one.value for one in app.sidebar.info)
    assert app.button(key="subset_example_2").label.replace("\\", "") == "status = alarm"
    app.button(key="subset_example_2").click().run()
    assert app.text_input(key="S").value == "status = alarm"
    assert not [one.value for one in app.sidebar.info if "is empty" in one.value]
    app.toggle(key="subset").set_value(False).run()
    assert not [one.value for one in app.sidebar.info if "is empty" in one.value]


def test_a_file_that_a_link_opens_is_named() -> None:
    assert "**plant.csv** is kept for 24 hours" in said(own(LOG, "plant.csv"))


def test_the_delimiter_and_the_header_can_be_chosen() -> None:
    app = own("1,250\n2,480\n3,100\n", sep="none")
    assert app.selectbox(key="x").options == ["x"]
    assert "x ranges from 1250 to 3100." in said(app)
    app = own("x,2020\n1,5\n2,7\n", head="no")
    assert "column 1" in app.selectbox(key="x").options
    assert "Auto: delimiter comma, decimal point, names in the first line." in said(app)


def test_a_reading_that_fails_says_so_and_stays_open() -> None:
    app = own("x;y\na;1\nb;2\n", sep="comma")
    assert "no numeric column" in app.sidebar.error[0].value
    app.selectbox(key="sep").set_value("auto").run()
    assert not app.sidebar.error
    assert app.selectbox(key="x").value == "y"


def test_a_pair_without_common_rows_says_why_and_the_choice_stays_open() -> None:
    app = own(CASES["two columns that share no row"])
    assert not app.error
    assert app.selectbox(key="x").value == "a"
    app.selectbox(key="x2").set_value("b").run()
    assert "None of the 5 rows" in app.sidebar.error[0].value
    app.selectbox(key="x2").set_value("none").run()
    app.selectbox(key="x").set_value("b").run()
    assert not app.error
    assert "b ranges from 6 to 7." in said(app)


@pytest.mark.parametrize("kind", [kind for kind in CASES if kind.startswith("opens on")])
def test_the_first_level_can_be_met(kind: str) -> None:
    app = own(CASES[kind])
    assert not app.error
    assert shown(app, "Rate R") != "—"
    assert "binding" in next(one for one in app.metric if one.label == "Price of D, λ").delta


def test_the_unit_of_the_header_is_that_of_the_levels() -> None:
    app = own(LOG)
    assert shown(app, "Price of D,").endswith("bits/°C²]")
    assert "D, average distortion (°C²)" in [one.label for one in app.number_input]
    app.segmented_control(key="d").set_value("absolute").run()
    assert shown(app, "Price of D,").endswith("bits/°C]")
    app.text_input(key="unit").set_value("K").run()
    assert shown(app, "Price of D,").endswith("bits/K]")
    assert link(app, "unit") == "K"
    assert shown(own("x\n1\n2\n5\n"), "Price of D,").endswith("bits/unit²]")


def test_outliers_and_missing_values_are_counted_and_left_out_by_a_control() -> None:
    app = own(LOG + ",ok\n")
    assert "1 outlier (more than 3 interquartile ranges" in said(app)
    assert "1 empty cell in temp [°C]: left out." in said(app)
    assert app.segmented_control(key="outliers").label == "Outliers: 1"
    app.segmented_control(key="outliers").set_value("drop").run()
    assert "temp [°C] ranges from 20 to 28." in said(app)
    assert "1 outlier (more" in said(app)
    app.segmented_control(key="outliers").set_value("keep").run()
    app.text_input(key="missing").set_value("900, 20").run()
    assert "6 marked as missing" in said(app)
    assert "ranges from 21 to 28." in said(app)


def test_a_sheet_can_be_chosen() -> None:
    book = files.workbook({"a": [["x"], [1], [2]], "b": [["y"], [3], [9]]})
    app = own(book, "a.xlsx")
    assert app.selectbox(key="sheet").value == "a"
    app.selectbox(key="sheet").set_value("b").run()
    assert "y ranges from 3 to 9." in said(app)
    assert link(app, "sheet") == "b"


def test_bins_follow_the_column() -> None:
    draw = np.random.default_rng(0).normal(size=300)
    text = "k,x\n" + "".join(f"{k % 7},{value}\n" for k, value in enumerate(draw))
    app = own(text, x="k", x2="none")
    assert app.number_input(key="bins").value == 0
    app.selectbox(key="x").set_value("x").run()
    assert app.number_input(key="bins").value == 200


def test_deleted_data_is_gone_and_the_page_goes_on() -> None:
    app = own("x\n1\n2\n7\n9\n")
    key = link(app, "data")
    assert any("hours after its last use" in one.value for one in app.sidebar.caption)
    next(one for one in app.sidebar.button if one.label == "Delete my data").click().run()
    assert not app.exception
    assert store.table(key) is None
    assert "data" not in app.query_params
    assert shown(app, "Rate R") != "—"
    again = opened(source="own", data=key)
    assert "no longer on the server" in again.warning[0].value


def test_the_link_to_share_leaves_out_a_file_that_the_page_does_not_show() -> None:
    app = own(LOG, x="temp [°C]", bins="20", unit="K")

    def shared(source: str) -> str:
        app.selectbox(key="source").set_value(source)
        app.session_state["share"] = True  # AppTest does not send what is open
        app.run()
        assert not app.exception
        return next(one.value for one in app.code if one.value.startswith("?"))

    key = link(app, "data")
    assert f"data={key}" in shared("own")
    other = shared("trimodal")
    assert key not in other
    assert not {"data", "x", "bins", "unit"} & set(parse_qs(urlsplit(other).query))
    assert link(app, "data") == key
    assert f"data={key}" in shared("own")


@pytest.mark.parametrize(
    ("names", "second"),
    [("temp [°C],pressure_hPa", "none"), ("temp [°C],other [°C]", "other [°C]"), ("x,y", "y")],
)
def test_a_new_file_starts_with_columns_of_one_unit(names: str, second: str) -> None:
    rows = "".join(f"{20 + k % 7}.5,{1000 + k % 11}.25\n" for k in range(40))
    text = f"{names}\n{rows}".encode()
    app = opened(source="own")
    app.file_uploader[0].upload("a.csv", text, "text/csv").run()
    assert not app.exception
    assert app.selectbox(key="x2").value == second
    # A link without the setting opens with both columns, as it always has.
    assert own(text).selectbox(key="x2").value == names.split(",")[1]


def test_own_data_come_first_in_the_list_of_sources() -> None:
    app = opened()
    picker = app.selectbox(key="source")
    assert picker.options[0] == "Your own data"
    assert picker.value == "three_modes"
    assert "own data" in picker.label


def test_a_new_file_says_with_what_it_starts_until_something_is_set() -> None:
    """In the user's words for levels; a link that sets something else says nothing."""
    values = np.random.default_rng(3).normal(20, 3, 200).round(1)
    text = "temp [°C]\n" + "\n".join(map(str, values)) + "\n"
    app = opened(source="own", D="7", S="+(0,1)", stated="rms")
    app.file_uploader[0].upload("a.csv", text.encode(), "text/csv").run()
    level = app.number_input(key="D_rms").value
    start = f"**D = {level:.4g} °C RMS** (10 % of the variance), without a subset and its D′"
    assert f"A new file starts with {start}, and with the best codebook" in said(app)
    assert level**2 == pytest.approx(0.1 * values.var(), rel=0.06)
    app.number_input(key="D_rms").set_value(level / 2).run()
    assert "A new file starts" not in said(app)
    assert "A new file starts" not in said(own(text))


def test_the_codebook_of_own_data_is_named_by_what_it_is() -> None:
    app = own("x\n" + "\n".join(map(str, range(60))))
    assert app.segmented_control(key="codebook").options == ["Best", "49 steps", "Steps", "Typed"]
    assert "49 steps: equally spaced" in app.segmented_control(key="codebook").help
    assert shown(app, "Codewords in use").endswith("[of 49]")
    assert app.segmented_control(key="codebook").value == "preset"
    plane = own("x,y\n" + "\n".join(f"{k % 9},{k % 7}" for k in range(60)), x2="y")
    assert "7 × 7 steps" in plane.segmented_control(key="codebook").options
    assert shown(plane, "Codewords in use").endswith("[of 49]")
    two = own("x\n" + "0\n1\n" * 9)
    assert "Atoms" in two.segmented_control(key="codebook").options
    assert shown(two, "Codewords in use").endswith("[of 2]")
    assert "Preset" in opened().segmented_control(key="codebook").options
