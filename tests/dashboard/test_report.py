"""A page as a report: one file, its numbers and figures as shown, every text escaped."""

from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.figures import numbers, theme
from dashboard.figures.report import Chart, Heading, Number, Rows, Sentence, Values, document
from dashboard.formatting import as_plain, figure

THIRDS = np.arange(4) / 3
PARTS = (
    Number("Rate R", "2.186", "bits", "gap ≤ 2.5×10⁻¹⁰ bits"),
    Number("Price of D", "1.58", "bits/unit²", ""),
    Heading("R(D) <i>", "a & b"),
    Chart(go.Figure(go.Scatter(x=[1, 2], y=[3.25, 4.5])), 'rate "against" D', 310),
    Rows(("quantiser", "bits"), (("Lloyd–Max", "2.5"), ("<b>", "3"))),
)


def written() -> str:
    return document(
        "How many <bits>?",
        PARTS,
        {"D": "0.3", "x": "<script>"},
        link="http://host/prices?D=0.3&x=%3Cscript%3E",
        made="rdcore 1, 2026-01-02",
        dark=False,
    )


def test_a_report_contains_what_the_page_shows_in_its_order() -> None:
    body = written().partition("<body>")[2]
    wanted = ["How many", "Rate R", "2.186", "gap ≤", "Price of D", "R(D)", "Lloyd–Max", "Settings"]
    places = [body.index(text) for text in wanted]
    assert places == sorted(places)
    data = re.search(r"Plotly.newPlot\(\s*\"figure3\",\s*(\[.*?\]),\s*\{", body, re.DOTALL)
    assert data is not None
    assert json.loads(data[1])[0]["y"] == [3.25, 4.5]
    assert 'aria-label="rate &quot;against&quot; D"' in body
    assert "height:310px" in body


def test_a_report_needs_no_other_file_and_escapes_every_text() -> None:
    text = written()
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=", text)
    body = text.partition("<body>")[2]
    for hostile in ("<bits>", "<i>", "<b>&", "<td><b>", "a & b"):
        assert hostile not in body
    assert "&lt;script&gt;" in body


def test_all_numbers_of_a_page_have_names_with_units() -> None:
    drawing = go.Figure(
        [
            go.Scatter(x=[1, 2], y=[3.25, None], name="R<sub>1</sub>"),
            go.Bar(x=["a", "b"], y=[1, 2], yaxis="y2"),
            go.Scatter(x=np.array([5, 6]), y=np.array([0.1, 7], np.float32), name="packed"),
            go.Heatmap(z=np.array([[1.0, 2.0]]), name="map", colorbar={"title": {"text": "bits"}}),
        ],
        {
            "xaxis": {"title": {"text": "D (unit²)"}},
            "yaxis": {"title": {"text": "R (bits)"}},
            "yaxis2": {"title": {"text": "P"}},
        },
    )
    parts = (*PARTS, Chart(drawing, "", 300), Values({"D (unit²)": np.array([0.1])}))
    found = numbers.collected(parts)
    assert float(found["Rate R (bits)"]) == 2.186
    assert float(found["Rate R: gap (bits)"]) == 2.5e-10
    card = "R(D) <i>"
    assert found[f"{card}: bits"].tolist() == [2.5, 3]
    assert found[f"{card}: quantiser"].tolist() == ["Lloyd–Max", "<b>"]
    np.testing.assert_array_equal(found[f"{card}: R 1: R (bits)"], [3.25, np.nan])
    assert found[f"{card}: series 2: D (unit²)"].tolist() == ["a", "b"]
    assert found[f"{card}: series 2: P"].tolist() == [1, 2]
    assert found[f"{card}: packed: D (unit²)"].tolist() == [5, 6]
    assert found[f"{card}: packed: R (bits)"].tolist() == [0.1, 7]
    assert found[f"{card}: map: bits"].tolist() == [[1, 2]]
    assert found[f"{card}: D (unit²)"].tolist() == [0.1]
    with np.load(io.BytesIO(numbers.npz(parts)), allow_pickle=False) as arrays:
        assert set(arrays.files) == set(found)
    tree = json.loads(numbers.tree("Why?", parts, {"D": "0.3"}, link="http://x", made="rdcore 1"))
    assert tree["page"] == "Why?"
    assert tree["settings"] == {"D": "0.3"}
    assert tree["numbers"][f"{card}: R 1: R (bits)"] == [3.25, None]
    rows = list(csv.reader(io.StringIO(numbers.table(parts).decode())))
    assert rows[:2] == [["name", "row", "value"], ["Rate R (bits)", "", "2.186"]]
    assert [f"{card}: map: bits", "1 2", "2.0"] in rows
    assert "0.1" not in document("", (parts[-1],), {}, link="", made="", dark=False)[-400:]


def test_what_stands_below_a_number_is_a_number_with_a_name_or_a_note() -> None:
    parts = (
        Number("Rate R", "1.9", "bits", "± 0.013; gap ≤ 5.5×10⁻¹⁰"),
        Number("Cost of S", "0.2", "bits", "gap ≤ 0.001 bits"),
        Number("Price of D, λ", "0.8", "bits/unit²", "binding at D = 0.6"),
    )
    found = {name: one.item() for name, one in numbers.collected(parts).items()}
    assert found == {
        "Rate R (bits)": 1.9,
        "Rate R: standard error (bits)": 0.013,
        "Rate R: gap (bits)": 5.5e-10,
        "Cost of S (bits)": 0.2,
        "Cost of S: gap (bits)": 0.001,
        "Price of D, λ (bits/unit²)": 0.8,
        "Price of D, λ: note": "binding at D = 0.6",
    }


def test_numbers_in_a_card_are_named_by_it_and_by_the_line_above() -> None:
    parts = (
        Heading("Levels lowered by 10 %", ""),
        Sentence("D from 0.6 to 0.54 unit²"),
        Number("Solved", "+0.049", "bits", ""),
        Sentence("D′ from 0.05 to 0.045 unit²"),
        Number("Solved", "+0.013", "bits", ""),
        Heading("Audit", ""),
        Sentence("A sentence of its own."),
        Number("Clarabel", "1.9", "bits", ""),
    )
    assert list(numbers.collected(parts)) == [
        "Levels lowered by 10 %: D from 0.6 to 0.54 unit²: Solved (bits)",
        "Levels lowered by 10 %: D′ from 0.05 to 0.045 unit²: Solved (bits)",
        "Audit: Clarabel (bits)",
    ]


def test_places_are_named_by_what_they_stand_for() -> None:
    trace = {"type": "heatmap", "name": "map", "y": [0, 1], "_y": [2.5, 4.5], "z": [[1.0], [2.0]]}
    drawing = theme.figure([trace], theme.LIGHT, yaxis=theme.axis("y (unit)", theme.LIGHT))
    found = numbers.collected((Chart(drawing, "", 300),))
    assert found["map: y (unit)"].tolist() == [2.5, 4.5]
    assert "_y" not in drawing.to_plotly_json()["data"][0]


def test_what_is_shown_rounded_is_taken_along_in_full() -> None:
    drawing = theme.figure([{"type": "scatter", "x": THIRDS, "y": THIRDS}], theme.LIGHT)
    parts = (
        Number("a", figure(2 / 3), "bits", ""),
        Rows(("name", "b (bits)"), (("x", figure(1 / 3)), ("y", figure(np.nan)))),
        Chart(drawing, "", 300),
    )
    tree = json.loads(numbers.tree("", parts, {}, link="", made=""))["numbers"]
    assert tree["a (bits)"] == 2 / 3
    assert tree["b (bits)"] == [1 / 3, None]
    assert tree["series 1: x"] == THIRDS.tolist()
    assert drawing.data[0].x.dtype == np.float32
    assert ["a (bits)", "", repr(2 / 3)] in list(
        csv.reader(io.StringIO(numbers.table(parts).decode()))
    )


@pytest.mark.parametrize(
    ("text", "value"), [("−0.5", -0.5), ("2.3×10⁻¹⁰", 2.3e-10), ("≤ 3", "≤ 3")]
)
def test_a_text_is_a_number_if_it_is_nothing_more(text: str, value: object) -> None:
    found = numbers.collected((Number("a", text, "", ""),))["a"]
    assert found.item() == value


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("**D** from 1", "D from 1"),
        (":small[:gray[caption]]", "caption"),
        (r"a\_b \* `c`", "a_b * c"),
        ("E[d] ≤ D", "E[d] ≤ D"),
    ],
)
def test_text_without_markdown(markdown: str, plain: str) -> None:
    assert as_plain(markdown) == plain
