"""Small tables of results for notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Return rows of a name and a text as an HTML table.

    >>> table([("rate", "1 bit")])
    '<table><tr><th>rate</th><td>1 bit</td></tr></table>'
    """
    cells = (f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in rows)
    return f"<table>{''.join(cells)}</table>"
