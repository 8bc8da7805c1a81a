"""Take it with you: the figures, numbers, report, script and references of a page as files."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

import rdcore as rd
from dashboard import server
from dashboard.figures import numbers, theme
from dashboard.figures.report import document
from dashboard.model.references import bibtex
from dashboard.ui import layout, record, state

_SCRIPT = "_script"
_HOME = Path(__file__).parent / "components" / "take"
# A picture cannot load the font of the page, and other letters would not fit their places.
_FONT = "Arial, Helvetica, sans-serif"
_HTML = """
<div class="take">
  <button type="button" data-kind="svg">SVG</button>
  <button type="button" data-kind="png">PNG</button>
  <span class="said" role="status"></span>
</div>
"""
_CSS = """
.take { display: flex; align-items: center; gap: 0.5rem; font-family: var(--st-font); }
.take button {
  font: inherit; color: var(--st-text-color); background: transparent; cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
  padding: 0.2rem 0.75rem; min-height: 2rem;
}
.take button:hover { border-color: var(--st-primary-color); color: var(--st-primary-color); }
.take button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
.take .said { font-size: 0.875rem; color: var(--st-text-color); }
"""


def begin() -> None:
    """Forget the script of the previous run's page."""
    state.write(_SCRIPT, None)


def script(make: Callable[[], str]) -> None:
    """Offer a Python script of the page; ``make`` writes it when it is downloaded."""
    state.write(_SCRIPT, make)


def all_of(page: st.Page, address: str, *, first: Callable[[], None]) -> None:
    """Draw the controls, a row for each kind of file; ``address`` is that of the page.

    ``first`` draws the scenario file. The rows are low, so that all are seen at once.
    """
    name = page.url_path or "explore"
    title, parts = record.shown()
    made = f"rdcore {rd.__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    settings = state.drawn()
    with _row("Scenario"):
        first()
    written: Callable[[], str] | None = state.read(_SCRIPT)
    if written is not None:
        with _row("Script"):
            file, key = f"{name}.py", "take_script"
            more = (
                "It prints the numbers of this page and needs `rdcore` alone, which `pip install .`"
                " in a copy of this project's repository installs."
            )
            mime = "text/x-python"
            layout.download("Python script", written, file, key=key, mime=mime, more=more)
    with _row("Report"):
        report = functools.partial(
            document, title, parts, settings, link=address, dark=state.is_dark(), made=made
        )
        more = "This page as one file, with interactive charts and all numbers."
        file, key = f"{name}.html", "take_report"
        layout.download("HTML report", report, file, key=key, mime="text/html", more=more)
    with _row("Figures"):
        # They are drawn for white paper.
        _figures()(key="take_figures", data=_figures_data(name), height="content")
    tree = functools.partial(numbers.tree, title, parts, settings, link=address, made=made)
    with _row("Numbers"):
        for kind, mime, make in (
            ("CSV", "text/csv", functools.partial(numbers.table, parts)),
            ("JSON", "application/json", tree),
            ("NPZ", "application/octet-stream", functools.partial(numbers.npz, parts)),
        ):
            key = f"take_{kind.lower()}"
            more = "The numbers of this page by their names, with units."
            layout.download(kind, make, f"{name}.{kind.lower()}", key=key, mime=mime, more=more)
    with _row("References"):
        cited = bibtex(page.url_path)
        more = "The publications on whose methods this page relies."
        file, key = f"{name}.bib", "take_bibtex"
        layout.download("BibTeX", cited, file, key=key, mime="text/plain", more=more)


@contextmanager
def _row(what: str) -> Iterator[None]:
    """Draw what is beside the words that say what it is."""
    left, right = st.columns([2, 5], vertical_alignment="center", gap="small", wrap=False)
    left.markdown(what)
    with right.container(horizontal=True, vertical_alignment="center", gap="small"):
        yield


def _figures_data(name: str) -> dict[str, Any]:
    """Return what the component needs to draw the figures of the page on white."""
    return {
        "name": name,
        "figures": list(record.charts().items()),
        "plotly": server.PLOTLY,
        "instead": [(theme.FONT, _FONT), *(_for_paper() if state.is_dark() else [])],
        "text": theme.LIGHT.text,
    }


def _for_paper() -> list[tuple[str, str]]:
    """Return the colours of the dark theme, as figures write them, and those of the light one."""
    pairs = []
    for one in fields(theme.Palette):
        dark, light = getattr(theme.DARK, one.name), getattr(theme.LIGHT, one.name)
        several = zip(dark, light, strict=True) if isinstance(dark, tuple) else [(dark, light)]
        for before, after in several:
            pairs.append((before, after))
            pairs.append((_open(before), _open(after)))
    return pairs


def _open(colour: str) -> str:
    """Return the beginning of a colour with an opacity."""
    return theme.faded(colour, 1.0).removesuffix("1)")


@functools.cache
def _figures() -> ComponentRenderer:
    """Return the component, registered once."""
    code = (_HOME / "take.js").read_text(encoding="utf-8")
    return st.components.v2.component("take_figures", html=_HTML, css=_CSS, js=code)
