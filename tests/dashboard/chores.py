"""Jobs for tests: module-level generator functions, as a worker process has to import them."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np

import rdcore as rd
from dashboard.jobs.steps import Step, stepwise
from dashboard.model.views import CurveBand


def count(to: int, pause: float = 0.02) -> Generator[Step, None, int]:
    """Count up, telling the share in a zigzag, as careless work might."""
    for k in range(to):
        time.sleep(pause)
        yield Step((k + 1 - 3 * (k % 2)) / to, f"{k + 1} of {to}", {"k": np.array([k])})
    return to


def led(folder: str, to: int) -> Generator[Step, None, int]:
    """Count up as ``count`` does, going on from a step only when a file of its name is there."""
    for k in range(to):
        yield Step((k + 1 - 3 * (k % 2)) / to, f"{'abcdefgh'[k]} of {to}", {"k": np.array([k])})
        while not (Path(folder) / str(k)).exists():
            time.sleep(0.01)
    return to


def band(scale: float) -> Generator[Step, None, CurveBand]:
    yield Step(0.5)
    values = scale * np.arange(3.0)
    return CurveBand(values, values + 1, values - 1, np.array([[np.inf], [np.nan], [0.0]]))


def asleep(seconds: float) -> Generator[Step, None, str]:
    """Sleep in one piece, so that only an end by force comes in time."""
    yield Step(0.0)
    time.sleep(seconds)
    return "awake"


def hurried(seconds: float) -> Generator[Step, None, str]:
    """Begin three things at once, of which the last takes long."""
    for share, note in ((0.0, "looking"), (0.1, "loading"), (0.2, "solving")):
        yield Step(share, note)
    time.sleep(seconds)
    return "done"


def refuses(sentence: str) -> Generator[Step, None, None]:
    yield Step(0.0)
    raise rd.InputError(sentence)


def exhausts(_: int) -> Generator[Step, None, None]:
    yield Step(0.0)
    raise MemoryError


def marks(folder: str) -> Generator[Step, None, int]:
    """Leave a file for each run, end when there is one of that name; return how many runs."""
    count = len(list(Path(folder).glob("[0-9]*")))
    (Path(folder) / str(count)).touch()
    yield Step(0.5)
    while not (Path(folder) / "end").exists():
        time.sleep(0.01)
    return count + 1


def breaks(_: int) -> Generator[Step, None, None]:
    yield Step(0.0)
    raise KeyError("secret")


def dies(_: int) -> Generator[Step, None, None]:
    yield Step(0.0)
    os.kill(os.getpid(), signal.SIGKILL)


def large(size: int) -> Generator[Step, None, np.ndarray]:
    yield Step(0.0)
    return np.zeros(size)


def fills_the_disk(size: int) -> Generator[Step, None, np.ndarray]:
    """Return numbers that no file of this process may hold any more."""
    yield Step(0.0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    return np.arange(float(size))


def told(folder: str, to: int) -> Generator[Step, None, int]:
    """Work that tells its progress by a callback, and notes on leaving whether it was stopped."""

    def body(progress, cancelled) -> int:
        for k in range(to):
            if cancelled():
                (Path(folder) / "stopped").touch()
                break
            time.sleep(0.02)
            progress((k + 1) / to)
        return to

    return (yield from stepwise(body, "telling"))


def process(_: int) -> Iterator[Step]:
    yield Step(0.0)
    return os.getpid(), os.environ["OPENBLAS_NUM_THREADS"]


def holds(size: int) -> Generator[Step, None, int]:
    """Hold an array of so many numbers; return its bytes."""
    yield Step(0.0)
    return np.ones(size).nbytes


def held(folder: str, gate: str) -> Generator[Step, None, int]:
    """Wait for a gate; leave a file for each process that has waited, and count them."""
    (Path(folder) / str(os.getpid())).touch()
    while not Path(gate).exists():
        time.sleep(0.02)
        yield Step(0.5, "waiting")
    return len(list(Path(folder).glob("[0-9]*")))
