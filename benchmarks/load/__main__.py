"""Load the app with windows, and print what they wait for.

``python -m benchmarks.load`` starts the app of this checkout on a free port and measures one user,
then many users, then a crowd that opens one page at once. ``--write`` puts the tables into
docs/deploy.md.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import math
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import machine
from benchmarks.load.server import Probe, Server, served
from benchmarks.load.window import Window

PAGES = ("", "prices", "codebook", "annealing", "quantisers", "classification", "reproduce")
SOURCES = (
    "three_modes",
    "gaussian",
    "laplacian",
    "uniform",
    "trimodal",
    "spike_and_background",
    "coin",
)
_SETTLED_SECONDS = 180.0
PLACE = Path(__file__).resolve().parents[2] / "docs/deploy.md"
# What --write replaces lies between these lines.
BEGIN, END = "<!-- measured -->", "<!-- end of what was measured -->"


@dataclass
class Tally:
    """What the windows saw: seconds by what they did, jobs, and errors."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    first: list[float] = field(default_factory=list)
    jobs: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def note(self, what: str, seconds: float, first: float) -> None:
        """Record a run of the script."""
        self.seconds[what].append(seconds)
        self.first.append(first)


async def visit(window: Window, tally: Tally, rng: random.Random, think: float) -> None:
    """Open a page with a source, move D a few times on Explore, and follow its jobs."""
    page = rng.choice(PAGES)
    run = await window.open(page, source=rng.choice(SOURCES))
    tally.note(f"open {page or 'explore'}", run.seconds, run.first)
    await asyncio.sleep(think)
    if page == "" and window.has("D"):
        for _ in range(4):
            run = await window.set("D", round(rng.uniform(0.1, 0.9), 3))
            tally.note("D on explore", run.seconds, run.first)
            await asyncio.sleep(think)
    if window.waits:
        tally.jobs.append(await window.finish())
    tally.errors += window.exceptions
    window.exceptions.clear()


async def user(server: Server, tally: Tally, seed: int, until: float, think: float) -> None:
    """Visit pages until a point in time, each in the same window."""
    rng = random.Random(seed)
    window = Window(server.address)
    await asyncio.sleep(rng.uniform(0, think))
    while time.perf_counter() < until:
        try:
            await visit(window, tally, rng, think)
        except (OSError, TimeoutError, KeyError) as error:
            tally.errors.append(f"{type(error).__name__}: {error}")
            window = Window(server.address)
    await window.close()


async def soak(server: Server, users: int, seconds: float, think: float) -> list[str]:
    """Return the lines of a table for so many users over so many seconds."""
    tally, probe = Tally(), Probe(server)
    watching = asyncio.create_task(probe.watch())
    start, cpu = time.perf_counter(), server.cpu_seconds()
    until = start + seconds
    await asyncio.gather(*(user(server, tally, seed, until, think) for seed in range(users)))
    spent = server.cpu_seconds() - cpu
    watching.cancel()
    runs = sum(map(len, tally.seconds.values()))
    lines = [f"\n### {users} users, {seconds:.0f} s, {think:g} s between what they do\n"]
    lines += ["| what | times | median s | 95 % s | worst s |", "|---|---|---|---|---|"]
    rows = [*sorted(tally.seconds.items()), ("first message of a page", tally.first)]
    rows += [("jobs of a page, to their end", tally.jobs), ("health check", probe.health)]
    lines += [_row(name, values) for name, values in rows if values]
    late = sum(one > 20 for one in tally.jobs)
    lines.append(
        f"\n{runs} runs, {1000 * spent / max(runs, 1):.0f} ms of CPU of the server for each (all"
        f" pages and looks at jobs), {len(tally.errors)} errors, {server.faults()} stack traces in"
        f" the log, {len(tally.jobs) - late} of {len(tally.jobs)} pages with jobs finished in 20 s;"
        f" {_memory(probe, start)}"
    )
    lines += [f"- {one}" for one in sorted(set(tally.errors))[:10]]
    return lines


async def crowd(server: Server, sessions: int, page: str, **query: str) -> list[str]:
    """Return the line of a table for so many windows that open one link at once."""
    probe = Probe(server)
    watching = asyncio.create_task(probe.watch())

    async def one() -> tuple[float, float]:
        window, start = Window(server.address), time.perf_counter()
        drawn = ended = math.inf
        # What has not come by then counts as never.
        with contextlib.suppress(OSError, TimeoutError):
            await window.open(page, **query)
            drawn = time.perf_counter() - start
            await window.finish()
            ended = time.perf_counter() - start
        await window.close()
        return drawn, ended

    found = await asyncio.gather(*(one() for _ in range(sessions)))
    watching.cancel()
    drawn, ended = ([pair[k] for pair in found] for k in (0, 1))
    figures = (statistics.median(drawn), max(drawn), max(ended), _quantile(probe.health, 0.95))
    cells = [page or "explore", str(sessions), *(f"{one:.2f}" for one in figures)]
    return [f"| {' | '.join(cells)} |"]


def _row(name: str, values: Sequence[float]) -> str:
    middle, high = statistics.median(values), _quantile(values, 0.95)
    return f"| {name} | {len(values)} | {middle:.3f} | {high:.3f} | {max(values):.3f} |"


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values) or [0.0]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _memory(probe: Probe, start: float) -> str:
    """Say how the memory of the server grew once it had seen everything."""
    late = [(at, size) for at, size in probe.memory if at - start > _SETTLED_SECONDS]
    now = probe.memory[-1][1] if probe.memory else 0.0
    if len(late) < 10:
        return f"{now:.0f} MiB of memory"
    times = [at / 60 for at, _ in late]
    slope = statistics.linear_regression(times, [size for _, size in late]).slope
    return f"{now:.0f} MiB of memory, growing by {slope:.2f} MiB a minute after three minutes"


@dataclass
class Report:
    """The lines of all tables, which are printed as they come."""

    lines: list[str] = field(default_factory=list)

    def add(self, lines: Sequence[str]) -> None:
        """Print and keep some lines."""
        print("\n".join(lines), flush=True)
        self.lines += lines


async def measure(server: Server, chosen: argparse.Namespace, report: Report) -> None:
    """Measure, and add all tables."""
    for users, seconds in ((1, chosen.alone), (chosen.users, 60 * chosen.minutes)):
        if seconds > 0:
            report.add(await soak(server, users, seconds, chosen.think))
    report.add(
        [
            "\n### A crowd that opens one link at once\n",
            "| page | windows | median s | last drawn s | last job ended s | health 95 % s |",
            "|---|---|---|---|---|---|",
        ]
    )
    for page in ("", "annealing"):
        for sessions in (1, chosen.crowd):
            # A link that nobody has opened, so that nothing is cached.
            level = f"{0.5 + 0.01 * sessions / 7:.6f}"
            report.add(await crowd(server, sessions, page, D=level))


def write(lines: Sequence[str], place: Path = PLACE) -> None:
    """Replace the tables in a document."""
    before, begin, rest = place.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{place} has no {BEGIN} … {END}")
    inside = "\n".join(lines).strip()
    place.write_text(f"{before}{BEGIN}\n\n{inside}\n\n{END}{after}", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the arguments, start the app, and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--users", type=int, default=20, help="users at once (20)")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (10)")
    parser.add_argument("--alone", type=float, default=60.0, help="seconds of one user first (60)")
    parser.add_argument("--think", type=float, default=1.0, help="seconds between actions (1)")
    parser.add_argument("--crowd", type=int, default=100, help="windows of the crowd (100)")
    parser.add_argument("--write", action="store_true", help=f"also write docs/{PLACE.name}")
    given = list(sys.argv[1:] if arguments is None else arguments)
    chosen = parser.parse_args(given)
    report = Report()
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    command = " ".join(["python -m benchmarks.load", *given])
    report.add([f"Measured by `{command}` on {today}. {machine.description()}."])
    with served() as server:
        asyncio.run(measure(server, chosen, report))
    if chosen.write:
        write(report.lines)


if __name__ == "__main__":
    main()
