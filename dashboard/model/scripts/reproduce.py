"""The script of the Reproduce page."""

from __future__ import annotations

import inspect
import re

from dashboard.model.scripts import experiments
from dashboard.model.scripts.problems import script

_WORD = re.compile(r"\b[A-Za-z_]\w*\b")


def reproduction(key: str) -> str:
    """Return the script of an experiment, such as "E5": its function and those that it calls."""
    main = key.lower()
    body = (
        [f"FREE_TOLERANCE = {experiments.FREE_TOLERANCE!r}"] if _calls(main, "best_of_all") else []
    )
    for name in _needed(main):
        body += ["", "", *inspect.getsource(getattr(experiments, name)).rstrip().splitlines()]
    body += ["", "", f"{main}()"]
    return script(f"Experiment {key} of Nasser (2025), re-run.", [], body)


def _needed(main: str) -> list[str]:
    """Return the functions that one needs, and itself, in the order of the module."""
    known = [name for name, one in vars(experiments).items() if inspect.isfunction(one)]
    needed, open_ = {main}, [main]
    while open_:
        text = inspect.getsource(getattr(experiments, open_.pop()))
        more = (set(_WORD.findall(text)) & set(known)) - needed
        needed |= more
        open_ += more
    return [name for name in known if name in needed]


def _calls(main: str, name: str) -> bool:
    return name in _needed(main)
