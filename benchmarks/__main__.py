"""Time all solvers, single-threaded, and print a table of ratios."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from benchmarks import machine, report
from benchmarks.sections import SECTIONS
from benchmarks.table import HEAD, Row, line


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Run the requested sections, print each row when it is finished, and return all rows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", metavar="section", help=f"{', '.join(SECTIONS)}; all by default"
    )
    parser.add_argument("--all", action="store_true", help="include the large cases and slow peers")
    parser.add_argument(
        "--write",
        action="store_true",
        help=f"also write {report.PLACE.parent.name}/{report.PLACE.name}",
    )
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.sections if name not in SECTIONS]
    if unknown:
        parser.error(f"no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    print(machine.description())
    print("one thread; medians of building, solving and certifying; gaps in nats\n")
    print(line(HEAD))
    rows: list[Row] = []
    for name in chosen.sections or SECTIONS:
        for row in SECTIONS[name](chosen.all):
            print(line(row.cells()), flush=True)
            rows.append(row)
    if chosen.write:
        words = [*chosen.sections, *(["--all"] if chosen.all else []), "--write"]
        report.write(rows, " ".join(["python -m benchmarks", *words]))
    return rows


if __name__ == "__main__":
    main()
