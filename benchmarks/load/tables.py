"""The tables of a run, what was asked of it, and their place in the documentation."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load.server import ROOT, Look
from benchmarks.load.visits import LATE, Crowd, Soaked, Tally, Where

PLACE = ROOT / "docs/deploy.md"
DRAFT = ROOT / "build/load.md"
# What --write replaces lies between these lines.
BEGIN, END = "<!-- measured -->", "<!-- end of what was measured -->"
_SETTLED_SECONDS = 180.0
_QUICK = 3.0


@dataclass(frozen=True)
class Verdict:
    """Something that was asked, what was found, and whether it holds."""

    what: str
    asked: str
    found: str
    holds: bool

    def row(self) -> str:
        """Return a row of the table."""
        return f"| {self.what} | {self.asked} | {self.found} | {'yes' if self.holds else 'no'} |"


def quantile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that so many of them do not exceed; 0 for none."""
    ordered = sorted(values) or [0.0]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _row(name: str, values: Sequence[float], first: Sequence[float] = ()) -> str:
    figures = (statistics.median(values), quantile(values, 0.95), max(values))
    painted = f"{quantile(first, 0.95):.2f}" if first else ""
    return f"| {name} | {len(values)} | {' | '.join(f'{one:.2f}' for one in figures)} | {painted} |"


def _waits(tally: Tally, looks: Sequence[Look]) -> list[str]:
    lines = ["| what | times | median s | 95 % s | worst s | first message, 95 % s |"]
    lines += ["|---|---|---|---|---|---|"]
    for name, runs in sorted(tally.runs.items()):
        lines.append(_row(name, [one.seconds for one in runs], [one.first for one in runs]))
    jobs = [one for found in tally.jobs.values() for one in found]
    checks = [one.health for one in looks]
    rows = (("jobs of a page, to their end", jobs), ("health check", checks))
    return lines + [_row(name, values) for name, values in rows if values]


def alone(tally: Tally) -> list[str]:
    """Return the table of one user who opens every page with every source."""
    title = "\n### One user, each page with each source, nothing known yet\n"
    return [title, *_waits(tally, ())]


def cpu(found: dict[str, tuple[float, float]]) -> list[str]:
    """Return the table of the CPU of a rerun, by page: at new levels and at known ones."""
    lines = ["\n### CPU of the server's process when one user moves D\n"]
    lines += ["| page | level already solved, ms | new level, with its solves, ms |"]
    lines += ["|---|---|---|"]
    rows = ((page or "explore", *(1000 * one for one in pair)) for page, pair in found.items())
    return lines + [f"| {page} | {known:.0f} | {new:.0f} |" for page, new, known in rows]


def soaked(seen: Soaked, think: float) -> list[str]:
    """Return the table of many users."""
    tally = seen.tally
    people = f"{seen.users} user{'s' if seen.users > 1 else ''}"
    lines = [f"\n### {people}, {seen.seconds:.0f} s, {think:g} s between what they do\n"]
    lines += _waits(tally, seen.looks)
    runs = sum(map(len, tally.runs.values()))
    lines.append(
        f"\n{runs} runs, {1000 * seen.cpu_seconds / max(runs, 1):.0f} ms of CPU of the server for"
        f" each (all pages and looks at jobs), {len(tally.errors)} errors, {seen.faults} stack"
        f" traces in the log; {_memory(seen)}"
    )
    return lines + [f"- {one}" for one in sorted(set(tally.errors))[:10]]


def slope(seen: Soaked) -> float | None:
    """Return how memory grows after three minutes, MiB a minute; None if that is not known."""
    late = [one for one in seen.looks if one.at - seen.start > _SETTLED_SECONDS]
    if len(late) < 10:
        return None
    sizes = [one.mebibytes for one in late]
    return float(statistics.linear_regression([one.at / 60 for one in late], sizes).slope)


def _memory(seen: Soaked) -> str:
    now, rise = seen.looks[-1].mebibytes if seen.looks else 0.0, slope(seen)
    if rise is None:
        return f"{now:.0f} MiB of memory"
    return f"{now:.0f} MiB of memory, growing by {rise:.2f} MiB a minute after three minutes"


def crowds(found: Sequence[Crowd]) -> list[str]:
    """Return the table of crowds."""
    lines = ["\n### A crowd that opens one link at once\n"]
    lines += [
        "| page | windows | median s | last drawn s | last job ended s | health 95 % s | work |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in found:
        health = quantile([look.health for look in one.looks], 0.95)
        figures = (statistics.median(one.drawn), max(one.drawn), max(one.ended), health)
        cells = (one.page or "explore", len(one.drawn), *(f"{value:.2f}" for value in figures))
        lines.append(f"| {' | '.join(map(str, cells))} | {one.work} |")
    return [*lines, "\nWork is the number of solves and jobs that the log has for the whole crowd."]


def of_users(seen: Soaked, first: Tally) -> list[Verdict]:
    """Return what was asked of many users; ``first`` is what one user saw before."""
    tally = seen.tally
    moves = quantile([one.seconds for one in tally.runs["D on explore"]], 0.95)
    painted = {
        name: quantile([one.first for one in runs], 0.95) for name, runs in tally.runs.items()
    }
    page = max(painted, key=lambda name: painted[name], default="no page")
    wrong = len(tally.errors) + seen.faults
    people = f"{seen.users} users"
    found = [
        Verdict(f"{people}: exceptions", "0", str(wrong), wrong == 0),
        Verdict(f"{people}: Explore, 95 %", "≤ 0.6 s", f"{moves:.2f} s", moves <= 0.6),
        Verdict(
            f"{people}: first message of any page, 95 %",
            "≤ 1.5 s",
            f"{painted.get(page, 0):.2f} s ({page})",
            painted.get(page, 0) <= 1.5,
        ),
    ]
    quick = {where for where, times in first.jobs.items() if max(times) <= _QUICK}
    jobs = _jobs(tally, quick)
    if jobs:
        share = sum(one <= LATE for one in jobs) / len(jobs)
        said = f"{100 * share:.1f} % of {len(jobs)}"
        what = f"{people}: pages whose jobs take ≤ 3 s alone, finished in 20 s"
        found.append(Verdict(what, "≥ 95 %", said, share >= 0.95))
    rise = slope(seen)
    if rise is not None:
        said = f"{rise:.2f} MiB a minute"
        found.append(Verdict(f"{people}: memory after three minutes", "< 1", said, rise < 1))
    return found


def _jobs(tally: Tally, where: set[Where]) -> list[float]:
    return [one for place in where for one in tally.jobs.get(place, ())]


def of_crowds(found: Sequence[Crowd]) -> list[Verdict]:
    """Return what was asked of crowds; each follows one window that opened the same page."""
    asked = []
    for alone_, many in zip(found[::2], found[1::2], strict=True):
        name = f"{len(many.drawn)} windows on {many.page or 'explore'}"
        last, most = max(many.ended), 6.0 if many.page == "" else 1.5 * max(alone_.ended) + 8
        asked.append(
            Verdict(f"{name}: all served", f"≤ {most:.1f} s", f"{last:.2f} s", last <= most)
        )
        health = quantile([one.health for one in many.looks], 0.95)
        asked.append(
            Verdict(f"{name}: health check, 95 %", "≤ 0.5 s", f"{health:.2f} s", health <= 0.5)
        )
        what = f"{name}: solves and jobs, as for one window"
        same = many.work <= alone_.work
        asked.append(Verdict(what, str(alone_.work), str(many.work), same))
    return asked


def of_cpu(found: dict[str, tuple[float, float]]) -> list[Verdict]:
    """Return what was asked of the CPU of a rerun."""
    most = {"": 32.0, "prices": 50.0}
    return [
        Verdict(
            f"CPU of a rerun of {page or 'explore'}",
            f"≤ {most[page]:g} ms",
            f"{1000 * known:.0f} ms",
            1000 * known <= most[page],
        )
        for page, (_, known) in found.items()
    ]


def asked(verdicts: Sequence[Verdict]) -> list[str]:
    """Return the table of what was asked."""
    lines = ["\n### What was asked\n", "| what | asked | measured | holds |", "|---|---|---|---|"]
    return lines + [one.row() for one in verdicts]


def write(lines: Sequence[str], place: Path = PLACE) -> None:
    """Replace the tables in a document."""
    before, begin, rest = place.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{place} has no {BEGIN} … {END}")
    inside = "\n".join(lines).strip()
    place.write_text(f"{before}{BEGIN}\n\n{inside}\n\n{END}{after}", encoding="utf-8")
