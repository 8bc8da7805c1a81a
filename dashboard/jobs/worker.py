"""What happens in a worker process: a generator is driven step by step, and its state written down.

Nothing here imports streamlit, so that a worker starts fast and stays small.
"""

from __future__ import annotations

import os
import re
import time
import traceback
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import rdcore as rd
from dashboard.errors import UserError
from dashboard.jobs import serialisation
from dashboard.jobs.steps import Step

BEGUN, STOP, STATE, RESULT = "begun", "stop", "state.npz", "result.npz"
"""The files of a job: that it began, that it is to end, its latest state, what came of it."""

_PAUSE = 0.1  # seconds between states that differ in numbers only; what lies between is not seen
_NUMBER = re.compile(r"\d+")
_PRIORITY = 19


@dataclass(frozen=True)
class Limits:
    """The most a job may take: seconds of running, bytes of its result and of a state."""

    seconds: float = 120.0
    result_bytes: int = 32 * 2**20


LIMITS = Limits()
Work = Callable[..., Generator[Step, None, Any]]
Outcome = tuple[Literal["done", "stopped", "trouble", "failed"], str]


def drive(work: Work, inputs: tuple[Any, ...], folder: Path, limits: Limits) -> Outcome:
    """Run a job to its end in this process; return how it ended and the sentence for the user.

    For "failed" the text is a stack trace for the log instead.
    """
    (folder / BEGUN).touch()
    _give_way()
    try:
        steps = work(*inputs)
        result = yield_to(steps, folder, limits)
        if result is None:
            return "stopped", ""
        serialisation.save(folder / RESULT, result[0], most_bytes=limits.result_bytes)
    except (UserError, rd.RDError) as error:
        return "trouble", str(error)
    except MemoryError:
        return "trouble", "This needs more memory than there is; a smaller problem would do."
    except Exception:  # noqa: BLE001 whatever it is, the app has to hear of it
        return "failed", traceback.format_exc()
    return "done", ""


def _give_way() -> None:
    """Let the app's own thread go first, where the system knows priorities."""
    if hasattr(os, "setpriority") and os.getpriority(os.PRIO_PROCESS, 0) < _PRIORITY:
        os.setpriority(os.PRIO_PROCESS, 0, _PRIORITY)


def yield_to(steps: Generator[Step, None, Any], folder: Path, limits: Limits) -> tuple[Any] | None:
    """Drive a generator until it returns, or until it is to stop: then None."""
    parent, written, share, words = os.getppid(), -_PAUSE, 0.0, ""
    while True:
        # A worker whose app is gone has nobody to work for.
        if (folder / STOP).exists() or os.getppid() != parent:
            steps.close()
            return None
        try:
            step = next(steps)
        except StopIteration as end:
            return (end.value,)
        share = max(share, min(max(float(step.share), 0.0), 1.0))
        now, before, words = time.monotonic(), words, _NUMBER.sub("", step.note)
        # What is begun may take long, so its name does not wait for its turn.
        if now - written >= _PAUSE or words != before:
            written = now
            state = [share, step.note, step.shown]
            serialisation.save(folder / STATE, state, most_bytes=limits.result_bytes)
