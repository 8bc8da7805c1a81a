"""A page as a report: one HTML file with its figures, numbers and settings, for any browser."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
from numpy.typing import NDArray
from plotly.offline import get_plotlyjs

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2733; background: #fff;
  max-width: 68rem; margin: 2rem auto; padding: 0 1.25rem; font-variant-numeric: tabular-nums; }
h1 { font-size: 1.7rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; }
p { margin: .25rem 0 .75rem; color: #4d5765; }
dl { display: flex; flex-wrap: wrap; gap: .75rem; margin: .75rem 0; }
dl div { border: 1px solid #d8dde5; border-radius: 6px; padding: .5rem .8rem; min-width: 9rem; }
dt { color: #4d5765; font-size: .87rem; } dd { margin: 0; } dd b { font-size: 1.25rem; }
dd small { display: block; color: #4d5765; }
table { border-collapse: collapse; margin: .75rem 0; } caption { text-align: left; }
th, td { border-bottom: 1px solid #d8dde5; padding: .25rem .75rem .25rem 0; text-align: left; }
footer { border-top: 1px solid #d8dde5; margin-top: 2rem; padding-top: .5rem; color: #4d5765; }
code { overflow-wrap: anywhere; }
"""
_DARK = """
body { color: #e6eaf0; background: #12161c; } p, dt, dd small, footer { color: #b4bdca; }
a { color: #7cc0ee; } dl div, th, td, footer { border-color: #333c48; }
"""


@dataclass(frozen=True)
class Heading:
    """The title of a card, and the sentence below it."""

    title: str
    caption: str


@dataclass(frozen=True)
class Sentence:
    """A line of text."""

    text: str


@dataclass(frozen=True)
class Number:
    """A number with its unit and the line below it."""

    label: str
    value: str
    unit: str
    below: str


@dataclass(frozen=True, eq=False)
class Chart:
    """A figure, its text alternative, and its height in pixels."""

    figure: go.Figure
    alt: str
    height: int


@dataclass(frozen=True)
class Rows:
    """A table: the column titles and the rows, as text."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Values:
    """The values of a chart in full precision, by names with units; a report draws the chart."""

    columns: Mapping[str, NDArray[np.float64]]


Part = Heading | Sentence | Number | Chart | Rows | Values


def document(
    title: str,
    parts: Sequence[Part],
    settings: Mapping[str, str],
    *,
    link: str,
    made: str,
    dark: bool,
) -> str:
    """Return the HTML of a report, which needs no other file.

    Parameters
    ----------
    title : str
        The question of the page.
    parts : sequence of Part
        What the page shows, in its order.
    settings : mapping of str to str
        Names and values of the settings on the page.
    link : str
        The address of the page.
    made : str
        The version of the program and the date.
    dark : bool
        Whether the figures are in the colours of the dark theme.
    """
    body, k = [], 0
    shown = [part for part in parts if not isinstance(part, Values)]
    while k < len(shown):
        part = shown[k]
        if isinstance(part, Number):
            numbers = []
            while k < len(shown) and isinstance(one := shown[k], Number):
                numbers.append(_number(one))
                k += 1
            body.append(f"<dl>{''.join(numbers)}</dl>")
            continue
        body.append(_written(part, k))
        k += 1
    rows = tuple(settings.items())
    if rows:
        body.append("<h2>Settings</h2><p>By their names in links.</p>")
        body.append(_written(Rows(("setting", "value"), rows), -1))
    address = html.escape(link, quote=True)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}{_DARK if dark else ''}</style>"
        f"<script>{get_plotlyjs()}</script></head>"
        f"<body><h1>{html.escape(title)}</h1>{''.join(body)}"
        f'<footer>{html.escape(made)}. <a href="{address}">The page with these settings</a>:'
        f" <code>{address}</code></footer></body></html>"
    )


def _number(one: Number) -> str:
    unit = f" {html.escape(one.unit)}" if one.unit else ""
    below = f"<small>{html.escape(one.below)}</small>" if one.below else ""
    label, value = html.escape(one.label), html.escape(one.value)
    return f"<div><dt>{label}</dt><dd><b>{value}</b>{unit}{below}</dd></div>"


def _written(part: Heading | Sentence | Chart | Rows, k: int) -> str:
    if isinstance(part, Sentence):
        return f"<p>{html.escape(part.text)}</p>"
    if isinstance(part, Heading):
        caption = f"<p>{html.escape(part.caption)}</p>" if part.caption else ""
        return f"<h2>{html.escape(part.title)}</h2>{caption}"
    if isinstance(part, Rows):
        head = "".join(f"<th>{html.escape(title)}</th>" for title in part.titles)
        rows = (
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in part.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    drawn = part.figure.to_dict()
    # The name of a template, which plotly.js knows, is none to plotly's own writer.
    layout = {**drawn["layout"], "template": {}}
    figure = pio.to_html(
        {**drawn, "layout": layout},
        validate=False,
        full_html=False,
        include_plotlyjs=False,
        div_id=f"figure{k}",
        default_height=f"{part.height}px",
        config={"displaylogo": False, "responsive": True},
    )
    return f'<div role="img" aria-label="{html.escape(part.alt, quote=True)}">{figure}</div>'
