"""Read every CSV file of the corpus by rdcore.tables and by pandas, and print how they compare.

``python -m benchmarks.uploads`` needs the dependency group ``uploads`` of pyproject.toml.
"""

from __future__ import annotations

import argparse
from collections import Counter

from benchmarks.uploads import oracle
from benchmarks.uploads.comparison import Compared, compare
from benchmarks.uploads.corpus import PACKAGES, samples

_OUTCOMES = ("same", "better", "worse", "other")


def main() -> None:
    """Print the table and every file that is not read the same."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.uploads", description=__doc__)
    parser.add_argument("--draw", action="store_true", help="print the oracle's files to read")
    if parser.parse_args().draw:
        oracle.draw()
        return
    found: list[Compared] = [compare(sample) for sample in samples()]
    for one in found:
        if one.outcome != "same":
            print(f"{one.outcome:7} {one.sample.place}: {one.why}")
    print(f"\n| package | files | {' | '.join(_OUTCOMES)} |\n|---|---|---|---|---|---|")
    for package in (*PACKAGES, "all"):
        own = [one for one in found if package in ("all", one.sample.place.split("/")[0])]
        counts = Counter(one.outcome for one in own)
        print(f"| {package} | {len(own)} | {' | '.join(str(counts[o]) for o in _OUTCOMES)} |")
    right, wrong = oracle.check()
    print(f"\nOf {right + len(wrong)} files read by hand, {right} are read right.")
    for line in wrong:
        print(f"wrong   {line}")


if __name__ == "__main__":
    main()
