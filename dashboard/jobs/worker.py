"""Code of a worker process: runs a generator step by step and writes its state to a file.

The module does not import streamlit, so that a worker starts fast and needs little memory.
"""

from __future__ import annotations

import errno
import functools
import math
import os
import re
import threading
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
"""The files of a job: start mark, stop request, latest state and result."""

_PAUSE = 0.1  # seconds between states whose notes differ only in numbers; others are skipped
_GLANCE = 1.0  # seconds between looks at whether the server is still there
FULL = "The server's disk is full. Try again later."
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NUMBER = re.compile(r"\d+")
NICENESS = "RD_JOB_NICENESS"
"""The environment variable with the niceness of jobs, 0 to 19.

At 19, the default, jobs take only the time that nothing else on the machine uses.
"""
_LOWEST = 19
_AHEAD = 10
AHEAD_SECONDS = 3.0
"""Seconds of CPU after which a job no longer goes before others."""


@dataclass(frozen=True)
class Limits:
    """The limits of a job.

    Attributes
    ----------
    seconds : float
        Longest running time.
    result_bytes : int
        Largest size of the result, and of a state.
    memory_bytes : int
        Largest address space of the worker; 0: no limit.
    quick : bool
        Whether the work is expected to take less than a second: a worker is kept free for it.
    expected : float, optional
        Seconds of CPU that work of this kind usually takes, as far as its card knows.
    ahead : bool
        Whether the job goes before others in its first seconds; the scheduler decides.
    """

    seconds: float = 120.0
    result_bytes: int = 32 * 2**20
    memory_bytes: int = 0
    quick: bool = False
    expected: float | None = None
    ahead: bool = False


LIMITS = Limits()
QUICK = Limits(quick=True)
Work = Callable[..., Generator[Step, None, Any]]
End = tuple[Literal["done", "stopped", "refused", "failed"], str]
Outcome = tuple[Literal["done", "stopped", "refused", "failed"], str, float]


def drive(work: Work, inputs: tuple[Any, ...], folder: Path, limits: Limits) -> Outcome:
    """Run a job in this process; return its outcome, a sentence for the user and seconds of CPU.

    "refused" comes with the sentence of an error that the user can act on, "failed" with a stack
    trace for the log.
    """
    _lower_priority(ahead=limits.ahead)
    _limit_memory(limits.memory_bytes)
    _end_with_the_server()
    begun = time.process_time()
    kind, text = _driven(work, inputs, folder, limits)
    return kind, text, time.process_time() - begun


def _driven(work: Work, inputs: tuple[Any, ...], folder: Path, limits: Limits) -> End:
    try:
        (folder / BEGUN).touch()
        steps = work(*inputs)
        result = run_steps(steps, folder, limits)
        if result is None:
            return "stopped", ""
        serialisation.save(folder / RESULT, result[0], most_bytes=limits.result_bytes)
    except (UserError, rd.RDError) as error:
        return "refused", str(error)
    except MemoryError:
        return "refused", "Not enough memory for this problem. Use fewer atoms or codewords."
    except OSError as error:
        # The scheduler removes the folder of a job that nobody waits for any more.
        if not folder.exists():
            return "stopped", ""
        return ("refused", FULL) if error.errno in _FULL else ("failed", traceback.format_exc())
    except Exception:  # noqa: BLE001 the scheduler has to receive every error
        return "failed", traceback.format_exc()
    return "done", ""


def _niceness() -> int:
    text = os.environ.get(NICENESS, "")
    return min(int(text), _LOWEST) if text.isdecimal() else _LOWEST


def lowers() -> bool:
    """Return whether a process that went before others once can never do so again."""
    return _niceness() > _AHEAD


def _lower_priority(*, ahead: bool = False) -> None:
    """Lower the priority of this process, so that the app stays responsive.

    A process may lower its priority, but not raise it again.
    """
    niceness = min(_niceness(), _AHEAD) if ahead else _niceness()
    if hasattr(os, "setpriority") and os.getpriority(os.PRIO_PROCESS, 0) < niceness:
        os.setpriority(os.PRIO_PROCESS, 0, niceness)


def _limit_memory(size: int) -> None:
    """Limit the address space of this process, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    most = size or resource.RLIM_INFINITY
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard != resource.RLIM_INFINITY and (most == resource.RLIM_INFINITY or most > hard):
        most = hard
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


@functools.cache
def _end_with_the_server() -> None:
    """End this process within a second or two after its server, whatever it is doing."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_GLANCE)
        os._exit(1)

    threading.Thread(target=watch, name="watch the server", daemon=True).start()


def run_steps(steps: Generator[Step, None, Any], folder: Path, limits: Limits) -> tuple[Any] | None:
    """Run a generator until it returns; return None if it has to stop."""
    parent, written, share, phase = os.getppid(), -_PAUSE, 0.0, ""
    until = time.process_time() + AHEAD_SECONDS if limits.ahead else math.inf
    while True:
        if time.process_time() > until:
            _lower_priority()
            until = math.inf
        # A worker stops when its app has ended.
        if (folder / STOP).exists() or os.getppid() != parent:
            steps.close()
            return None
        try:
            step = next(steps)
        except StopIteration as end:
            return (end.value,)
        share = max(share, min(max(float(step.share), 0.0), 1.0))
        now, before, phase = time.monotonic(), phase, _NUMBER.sub("", step.note)
        # A new phase may take long, so its note is written at once.
        if now - written >= _PAUSE or phase != before:
            written = now
            state = [share, step.note, step.shown]
            serialisation.save(folder / STATE, state, most_bytes=limits.result_bytes)
