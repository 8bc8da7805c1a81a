"""Load the app with windows, and print what they wait for.

``python -m benchmarks.load`` starts the app of this checkout on a free port and measures one user,
then many users, then a crowd that opens one page at once, then one user again. ``--write`` puts the
tables into docs/deploy.md. A run that is interrupted keeps what it has seen: its tables are printed
and written as far as they go, and every minute they are in build/load.md.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import random
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks import machine
from benchmarks.load import tables
from benchmarks.load.server import Server, served
from benchmarks.load.visits import Crowd, Soaked, Tally, crowd, first_visits, moved, soak

_MOVES = 20
_REST = 13.0


@dataclass
class Report:
    """The lines of all tables, which are printed and kept as they come."""

    write: bool
    lines: list[str] = field(default_factory=list)
    verdicts: list[tables.Verdict] = field(default_factory=list)

    def add(self, lines: Sequence[str]) -> None:
        """Print and keep the lines of a table that is complete."""
        print("\n".join(lines), flush=True)
        self.lines += lines
        self.keep()

    def keep(self, unfinished: Sequence[str] = ()) -> None:
        """Keep all lines, and those of a table that goes on, in a file."""
        tables.DRAFT.parent.mkdir(exist_ok=True)
        tables.DRAFT.write_text("\n".join([*self.lines, *unfinished, ""]), encoding="utf-8")

    def end(self) -> None:
        """Say what was asked and what of it holds, and write all tables if that was wanted."""
        if self.verdicts:
            self.add(tables.asked(self.verdicts))
        if self.write:
            tables.write(self.lines)


async def _moves(server: Server) -> dict[str, tuple[float, float]]:
    """Return the server's seconds of CPU for a rerun, by page, at new and at known levels."""
    rng, found = random.Random(7), {}
    for page in ("", "prices"):
        new = [round(rng.uniform(0.3, 0.8), 4) for _ in range(_MOVES)]
        times = [(await moved(server, page, levels))[1] for levels in (new, [0.33, 0.37] * 10)]
        found[page] = (times[0], times[1])
    return found


async def _crowds(server: Server, sessions: int) -> list[Crowd]:
    # Jobs of windows that are gone end after ten seconds; then nothing else runs.
    await asyncio.sleep(_REST)
    found = []
    for page in ("", "annealing"):
        for count in (1, sessions):
            # A link that nobody has opened, so that nothing is cached.
            level = f"{0.5 + 0.01 * count / 7:.6f}"
            found.append(await crowd(server, count, page, D=level))
    return found


def measure(chosen: argparse.Namespace, report: Report) -> None:
    """Measure, and add all tables."""
    first = Tally()
    if chosen.alone > 0:
        with served() as server:
            first = _run(first_visits(server, chosen.alone))
            report.add(tables.alone(first))
            times = _run(_moves(server))
            report.add(tables.cpu(times))
            report.verdicts += tables.of_cpu(times)
    with served() as server:

        def users(count: int, seconds: float) -> None:
            def keep(seen: Soaked) -> None:
                report.keep(tables.soaked(seen, chosen.think))

            seen = _run(soak(server, count, seconds, chosen.think, keep=keep))
            report.add(tables.soaked(seen, chosen.think))
            if count > 1:
                report.verdicts += tables.of_users(seen, first)
            if seen.seconds < seconds - 1:
                raise KeyboardInterrupt

        if chosen.minutes > 0:
            users(chosen.users, 60 * chosen.minutes)
        if chosen.crowd > 0:
            found = _run(_crowds(server, chosen.crowd))
            report.add(tables.crowds(found))
            report.verdicts += tables.of_crowds(found)
        if chosen.after > 0:
            users(1, chosen.after)


def _run(work: Any) -> Any:
    """Run a coroutine to its end; an interrupt cancels it."""
    return asyncio.run(work)


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the arguments, start the app, and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--users", type=int, default=20, help="users at once (20)")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (10)")
    parser.add_argument("--alone", type=float, default=75.0, help="seconds of one user first (75)")
    parser.add_argument("--after", type=float, default=30.0, help="seconds of one user last (30)")
    parser.add_argument("--think", type=float, default=1.0, help="seconds between actions (1)")
    parser.add_argument("--crowd", type=int, default=100, help="windows of the crowd (100)")
    parser.add_argument("--write", action="store_true", help=f"also write docs/{tables.PLACE.name}")
    given = list(sys.argv[1:] if arguments is None else arguments)
    chosen = parser.parse_args(given)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    report = Report(chosen.write)
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    command = " ".join(["python -m benchmarks.load", *given])
    report.add([f"Measured by `{command}` on {today}. {machine.description()}."])
    try:
        measure(chosen, report)
    except KeyboardInterrupt:
        report.add(["\nThe run was interrupted; what is missing was not measured."])
    report.end()


if __name__ == "__main__":
    main()
