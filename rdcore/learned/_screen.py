"""Progress of a training on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from typing import TypeVar

from rdcore.learned.training import Progress

T = TypeVar("T")
_WIDTH = 30


def watched(training: Generator[Progress, None, T], metrics: Callable[[Progress], str]) -> T:
    """Run a training to its end, and return its result.

    Where standard error is a terminal, a line with the share and the metrics follows the training.
    In a pipe or a file nothing is written.
    """
    shown = sys.stderr.isatty()
    while True:
        try:
            told = next(training)
        except StopIteration as end:
            if shown:
                sys.stderr.write("\n")
            result: T = end.value
            return result
        if shown:
            full = round(_WIDTH * told.share)
            bar = "#" * full + "." * (_WIDTH - full)
            sys.stderr.write(f"\r[{bar}] {told.step}/{told.steps}  {metrics(told)} ")
            sys.stderr.flush()
