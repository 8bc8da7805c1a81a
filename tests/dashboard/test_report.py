"""A page as a report: one file, its numbers and figures as shown, every text escaped."""

from __future__ import annotations

import json
import re

import plotly.graph_objects as go
import pytest

from dashboard.figures.report import Chart, Heading, Number, Rows, document
from dashboard.formatting import as_plain

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
