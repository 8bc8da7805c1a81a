"""Reading a large upload, clean and with a cell that is no number, against pandas."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks.table import Row
from benchmarks.timing import median
from rdcore.tables import read_table

_ROWS = 300_000


def rows(full: bool) -> Iterator[Row]:  # noqa: ARG001
    """Yield a CSV file of 300 000 rows and two columns."""
    draw = np.random.default_rng(0)
    cells = [f"{x:.4f},{y:.4f}" for x, y in draw.normal(size=(_ROWS, 2))]
    for case, dirt in (("clean", None), ("a cell that is no number", "n/d,1.0")):
        text = "\n".join(["x,y", *cells, *([dirt] if dirt else [])]).encode()
        seconds, table = median(lambda text=text: read_table("a.csv", text), most=5)
        spent, _ = median(lambda text=text: pd.read_csv(io.BytesIO(text), na_values="n/d"), most=5)
        remark = f"{table.rows} rows, {len(text) / 2**20:.1f} MiB"
        case = f"{_ROWS} rows, {case}"
        yield Row(
            "uploads", case, "read_table", seconds, None, "pandas.read_csv", spent, remark=remark
        )
