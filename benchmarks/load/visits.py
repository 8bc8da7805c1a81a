"""What the windows do, and what they saw."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product

from websockets.exceptions import WebSocketException

from benchmarks.load.server import Look, Probe, Server
from benchmarks.load.window import Run, Window

PAGES = (
    "",
    "annealing",
    "prices",
    "quantisers",
    "codebook",
    "classification",
    "pictures",
    "learned",
    "reproduce",
    "guide",
    "compare",
)
SOURCES = (
    "three_modes",
    "gaussian",
    "laplacian",
    "uniform",
    "trimodal",
    "spike_and_background",
    "coin",
)
LATE = 20.0
"""Seconds after which a job is late."""

_FAULTS = (OSError, TimeoutError, KeyError, WebSocketException)
_MOVES = 4
_KEEP = 60.0

Where = tuple[str, str]
"""A page and a source."""


@dataclass
class Tally:
    """What the windows saw: runs by what they did, jobs by page and source, and errors."""

    runs: dict[str, list[Run]] = field(default_factory=lambda: defaultdict(list))
    jobs: dict[Where, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)

    async def follow(self, window: Window, where: Where) -> None:
        """Follow the jobs of a page; one that is cut short counts if it was late by then."""
        start = time.perf_counter()
        try:
            self.jobs[where].append(await window.finish())
        except (asyncio.CancelledError, *_FAULTS):
            if time.perf_counter() - start > LATE:
                self.jobs[where].append(math.inf)
            raise


@dataclass
class Soaked:
    """What so many users saw in so many seconds, and what a probe saw beside them."""

    users: int
    seconds: float
    tally: Tally
    looks: Sequence[Look]
    start: float
    cpu_seconds: float
    faults: int


async def visit(window: Window, tally: Tally, rng: random.Random, think: float) -> None:
    """Open a page with a source, move D a few times on Explore, and follow its jobs."""
    page, source = rng.choice(PAGES), rng.choice(SOURCES)
    tally.runs[f"open {page or 'explore'}"].append(await window.open(page, source=source))
    await asyncio.sleep(think)
    if page == "" and window.has("D"):
        for _ in range(_MOVES):
            run = await window.set("D", round(rng.uniform(0.1, 0.9), 3))
            tally.runs["D on explore"].append(run)
            await asyncio.sleep(think)
    if window.waits:
        await tally.follow(window, (page, source))
    tally.errors += window.exceptions
    window.exceptions.clear()


async def user(server: Server, tally: Tally, seed: int, until: float, think: float) -> None:
    """Visit pages until a point in time, all in the same window unless it fails."""
    rng = random.Random(seed)
    window = Window(server.address)
    await asyncio.sleep(rng.uniform(0, think))
    try:
        while time.perf_counter() < until:
            try:
                await visit(window, tally, rng, think)
            except _FAULTS as error:
                tally.errors.append(f"{type(error).__name__}: {error}")
                window = Window(server.address)
    finally:
        await window.close()


async def soak(
    server: Server,
    users: int,
    seconds: float,
    think: float,
    *,
    keep: Callable[[Soaked], None] = lambda _: None,
) -> Soaked:
    """Let so many users visit pages for so many seconds.

    Every minute ``keep`` gets what was seen so far. If the task is cancelled, what was seen until
    then is returned.
    """
    tally, probe = Tally(), Probe(server)
    start, cpu, faults = time.perf_counter(), server.cpu_seconds(), server.faults()
    until = start + seconds

    def seen() -> Soaked:
        lasted = min(time.perf_counter() - start, seconds)
        spent, wrong = server.cpu_seconds() - cpu, server.faults() - faults
        return Soaked(users, lasted, tally, probe.looks, start, spent, wrong)

    tasks = [asyncio.create_task(user(server, tally, seed, until, think)) for seed in range(users)]
    with probe.watching():
        try:
            while time.perf_counter() < until:
                left = until - time.perf_counter()
                await asyncio.wait(tasks, timeout=min(_KEEP, left))
                keep(seen())
            await asyncio.wait(tasks, timeout=LATE)
        except asyncio.CancelledError:
            pass
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return seen()


async def first_visits(server: Server, seconds: float) -> Tally:
    """Open every page with every source, one after the other, until so many seconds are over."""
    tally, window = Tally(), Window(server.address)
    until = time.perf_counter() + seconds
    with contextlib.suppress(asyncio.CancelledError):
        for k, j in product(range(len(SOURCES)), range(len(PAGES))):
            if time.perf_counter() > until:
                break
            page, source = PAGES[j], SOURCES[(k + j) % len(SOURCES)]
            tally.runs[f"open {page or 'explore'}"].append(await window.open(page, source=source))
            if window.waits:
                await tally.follow(window, (page, source))
        tally.errors += window.exceptions
    await window.close()
    return tally


async def moved(server: Server, page: str, levels: Sequence[float]) -> tuple[list[Run], float]:
    """Set D on a page to some levels; return the runs, and the server's CPU seconds for each."""
    window = Window(server.address)
    await window.open(page)
    await window.finish()
    for level in (0.33, 0.37):
        await window.set("D", level)
    cpu = server.cpu_seconds()
    runs = [await window.set("D", level) for level in levels]
    spent = server.cpu_seconds() - cpu
    await window.close()
    return runs, spent / len(runs)


@dataclass(frozen=True)
class Crowd:
    """What windows that opened one link at once saw, in seconds; never is infinite."""

    page: str
    drawn: Sequence[float]
    ended: Sequence[float]
    looks: Sequence[Look]
    work: int


async def crowd(server: Server, sessions: int, page: str, **query: str) -> Crowd:
    """Let so many windows open one link at once, and follow its jobs."""
    probe, lines = Probe(server), (" solve page=", " job kind=")
    before = server.logged(*lines)

    async def one() -> tuple[float, float]:
        window, start = Window(server.address), time.perf_counter()
        drawn = ended = math.inf
        # What has not come by then counts as never.
        with contextlib.suppress(*_FAULTS):
            await window.open(page, **query)
            drawn = time.perf_counter() - start
            await window.finish()
            ended = time.perf_counter() - start
        await window.close()
        return drawn, ended

    with probe.watching():
        found = await asyncio.gather(*(one() for _ in range(sessions)))
    drawn, ended = ([pair[k] for pair in found] for k in (0, 1))
    return Crowd(page, drawn, ended, probe.looks, server.logged(*lines) - before)
