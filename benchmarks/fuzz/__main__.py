"""Give the app thousands of mutated uploads, pictures and links, and print what it said.

``python -m benchmarks.fuzz`` works in this process: files are read as an upload is, links as the
server reads them, and of both a share is opened as a whole page. It fails on an exception and on an
answer that takes more than 20 s of CPU.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator, Sequence

from benchmarks import machine
from benchmarks.fuzz import answers, files, links, pages
from benchmarks.fuzz.answers import Tally


def tallies(count: int, share: int, seed: int) -> Iterator[Tally]:
    """Yield what became of each kind of input."""
    yield answers.tables("crafted tables", files.crafted_tables())
    yield answers.tables("mutated tables", files.mutated(files.table_seeds(), seed, count))
    yield answers.pictures("crafted pictures", files.crafted_pictures())
    yield answers.pictures("mutated pictures", files.mutated(files.picture_seeds(), seed, count))
    yield answers.links("links", links.mutated(seed, count))
    some = itertools.islice(links.mutated(seed, count), 0, None, share)
    yield pages.by_links(f"pages of one link in {share}", some)
    some_files = itertools.islice(files.mutated(files.table_seeds(), seed, count), 0, None, share)
    yield pages.with_files(f"pages of one table in {share}", some_files)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and every failure; return 1 if there is one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=5000, help="mutations of each kind (5000)")
    parser.add_argument("--share", type=int, default=25, help="one page for so many (25)")
    parser.add_argument("--seed", type=int, default=0, help="where to begin (0)")
    chosen = parser.parse_args(arguments)
    print(f"{machine.description()}\n\n{answers.HEAD}")
    failures = []
    for tally in tallies(chosen.count, chosen.share, chosen.seed):
        print(tally.row, flush=True)
        failures += tally.failures
    print(*failures[:50], sep="\n\n", file=sys.stderr)
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
