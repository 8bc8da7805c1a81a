"""Driving a job to its end in this process, as its worker would."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from dashboard.jobs.steps import Step


def finished(steps: Generator[Step, None, Any]) -> tuple[Any, list[Step]]:
    """Return what a job finds, and its steps."""
    seen = []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as end:
            return end.value, seen


def result(steps: Generator[Step, None, Any]) -> Any:
    """Return what a job finds."""
    return finished(steps)[0]
