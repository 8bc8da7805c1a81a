"""Whole pages of the app, without a browser, opened by a link or with a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from benchmarks.fuzz.answers import Tally
from dashboard.ui import jobs
from dashboard.uploads import store
from rdcore.errors import TableError

_SCRIPT = Path(__file__).resolve().parents[2] / "app.py"
_PATIENCE = 900.0


class ShownError(RuntimeError):
    """The page shows an exception."""


def opened(page: str, query: dict[str, str]) -> None:
    """Open a page by a link; its jobs are ended."""
    app = AppTest.from_file(_SCRIPT, default_timeout=_PATIENCE)
    for name, text in query.items():
        app.query_params[name] = text
    app.run()
    if page:
        app.switch_page(f"pages/{page}.py").run()
    jobs.scheduler().end_all(0.0)
    if app.exception:
        raise ShownError(f"{page} {query}: {[one.value for one in app.exception]}")


def _all(what: str, answers: Iterable[tuple[str, Callable[[], object]]]) -> Tally:
    tally = Tally(what)
    for name, answer in answers:
        tally.add(name, answer)
    return tally


def by_links(what: str, queries: Iterable[tuple[str, dict[str, str]]]) -> Tally:
    """Open pages by links."""
    return _all(
        what,
        (
            (f"{page} {query}", lambda page=page, query=query: opened(page, query))  # type: ignore[misc]
            for page, query in queries
        ),
    )


def with_files(what: str, files: Iterable[tuple[str, bytes]]) -> Tally:
    """Open Explore with those of the files that are kept."""

    def answers() -> Iterable[tuple[str, Callable[[], object]]]:
        for name, data in files:
            try:
                key = store.put(name, data)
            except TableError:
                continue
            query = {"source": "own", "data": key}
            yield f"{name} {key}", lambda query=query: opened("", query)  # type: ignore[misc]

    return _all(what, answers())
