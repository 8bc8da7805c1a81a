"""Take it with you: the figures, numbers, report, script and references of a page as files."""

from __future__ import annotations

import functools
from collections.abc import Callable
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


def all_of(page: st.Page, address: str) -> None:
    """Draw the controls; ``address`` is that of the page."""
    name = page.url_path or "explore"
    title, parts = record.shown()
    st.markdown("**Figures** of this page, for white paper")
    _figures()(key="take_figures", data=_figures_data(name), height="content")
    made = f"rdcore {rd.__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    settings = state.drawn()
    st.markdown("**Numbers** of this page, by names with their units")
    tree = functools.partial(numbers.tree, title, parts, settings, link=address, made=made)
    with st.container(horizontal=True, gap="small", key="take_numbers"):
        for kind, mime, make in (
            ("CSV", "text/csv", functools.partial(numbers.table, parts)),
            ("JSON", "application/json", tree),
            ("NPZ", "application/octet-stream", functools.partial(numbers.npz, parts)),
        ):
            key = f"take_{kind.lower()}"
            layout.download(kind, make, f"{name}.{kind.lower()}", key=key, mime=mime)
    st.markdown("**HTML report**: this page as one file, with interactive charts and all numbers")
    report = functools.partial(
        document, title, parts, settings, link=address, dark=state.is_dark(), made=made
    )
    layout.download("HTML report", report, f"{name}.html", key="take_report", mime="text/html")
    written: Callable[[], str] | None = state.read(_SCRIPT)
    if written is not None:
        st.markdown("**Python script** that prints the numbers of this page with `rdcore` alone")
        key = "take_script"
        layout.download("Python script", written, f"{name}.py", key=key, mime="text/x-python")
        st.caption("`pip install .` in a copy of this project's repository installs `rdcore`.")
    st.markdown("**References** for the methods of this page")
    cited = bibtex(page.url_path)
    layout.download("BibTeX", cited, f"{name}.bib", key="take_bibtex", mime="text/plain")


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
