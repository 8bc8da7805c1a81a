"""The app without a browser, as the tests of its pages drive it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from streamlit.testing.v1 import AppTest

from dashboard.formatting import as_plain

SCRIPT = Path(__file__).resolve().parents[2] / "app.py"
# Only ends a test that hangs: nothing here measures time.
PATIENCE = 900


def opened(page: str = "", **query: str) -> AppTest:
    """Open a page of the app by a link with a query."""
    app = AppTest.from_file(SCRIPT, default_timeout=PATIENCE)
    for key, value in query.items():
        app.query_params[key] = value
    if page:
        app.switch_page(f"pages/{page}.py")
    return app.run()


def until(app: AppTest, holds: Callable[[], object]) -> None:
    """Run the page again and again until something holds, as its timer does in a browser.

    Between two runs it waits as long as one takes, so that the job's own process gets on.
    """
    deadline = time.monotonic() + PATIENCE
    pause = 0.1
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(pause)
        start = time.monotonic()
        app.run()
        pause = max(0.1, 2 * (time.monotonic() - start))
    assert not app.exception


def at_rest(app: AppTest) -> bool:
    """Whether no job is running."""
    return not app.get("progress")


def shown(app: AppTest, label: str) -> str:
    """Return the value of the metric whose label begins so; "" if there is none."""
    return str(next((one.value for one in app.metric if one.label.startswith(label)), ""))


def below(app: AppTest, label: str) -> str:
    """Return the line below the metric whose label begins so."""
    return str(next(one.delta for one in app.metric if one.label.startswith(label)))


def known(app: AppTest, label: str) -> bool:
    """Whether the metric is there and has a value."""
    return shown(app, label) not in ("", "—")


def number(app: AppTest, label: str) -> float:
    """Return the number that a metric shows before its unit."""
    return float(shown(app, label).split()[0].replace("−", "-"))


def tables(app: AppTest) -> list[pd.DataFrame]:
    """Return the tables of the page, the short ones first, as texts without Markdown."""
    short = [one.value.map(as_plain).rename(columns=as_plain) for one in app.table]
    return [*short, *(one.value for one in app.dataframe)]
