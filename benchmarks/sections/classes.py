"""Classification: a surface over D and C in two processes, and a Gaussian with finer cells."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from loky import get_reusable_executor

import rdcore as rd
from benchmarks.table import Row
from benchmarks.timing import once
from rdcore import classification
from rdcore.classification import labels

_GAUSSIAN_BITS = float(
    rd.closed_forms.gaussian_classification(1.0, 0.9, D=0.9, C=1.0, label_variance=1.0) / np.log(2)
)


def rows(full: bool) -> Iterator[Row]:
    """Yield a surface of 30 × 30 cells (6 × 6 unless full) and the error of the Gaussian."""
    yield _surface(30 if full else 6)
    for n in (50, 100, 200, 400) if full else (50, 100):
        yield _gaussian(n)


def _surface(cells: int) -> Row:
    source = rd.sources.gaussian_density(161, span=4.0)
    side = labels.thresholded(source, 3.0)
    task = classification.task(source, side.posterior, 0.3, 0.5, "squared_error", source.atoms)
    C = task.least[0] + (task.most[0] - task.least[0]) * np.linspace(0.02, 1, cells)
    executor = get_reusable_executor(max_workers=2)
    seconds, found = once(
        partial(classification.surface, task, np.linspace(0.03, 1, cells), C, executor=executor)
    )
    executor.shutdown(wait=True)
    gap = float((found.rates - found.lowers).max())
    both = int((found.binding == 3).sum())
    return Row(
        "classes",
        f"R(D, C), 161 atoms, {cells} × {cells} cells",
        "two processes",
        seconds,
        gap,
        remark=f"both levels bind in {both} cells",
    )


def _gaussian(n: int) -> Row:
    both = labels.jointly_gaussian(0.9, n, n // 2)
    level = 1.0 - np.log(both.label_cell)
    task = classification.task(
        both.source, both.posterior, 0.9, level, "squared_error", np.linspace(-3, 3, 40)
    )
    seconds, found = once(partial(classification.on_alphabet, task))
    error = found.upper_bits - _GAUSSIAN_BITS
    remark = f"{error:+.1e} bit from the closed form {_GAUSSIAN_BITS:.6f}"
    return Row(
        "classes", f"Gaussian R(.9, 1 nat), n={n}", "alternation", seconds, None, remark=remark
    )
