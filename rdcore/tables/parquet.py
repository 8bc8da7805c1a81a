"""Parquet files, read from their bytes in a separate process.

A damaged footer can crash the process that reads it, and a page can unpack to far more bytes than
it has. The separate process protects the server from both.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rdcore._extras import require
from rdcore.errors import TableError
from rdcore.tables.limits import MAX_CELLS, MAX_COLUMNS, MAX_LABELS
from rdcore.tables.options import Reading
from rdcore.tables.table import Column, Table, assemble, check_size, labelled, unique_names
from rdcore.words import clean

MAGIC = b"PAR1"

_WORKER = Path(__file__).with_name("parquet_worker.py")
_SECONDS = 20
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}


def read_parquet(name: str, data: bytes, _reading: Reading) -> Table:
    """Return the numeric top-level columns of a Parquet file; booleans count as 0 and 1."""
    require("read_table of a Parquet file", "pyarrow")
    header, body = _work(name, data)
    rows, described = header["rows"], header["columns"]
    check_size(name, rows, header["width"])
    if header["excess"]:
        check_size(name, rows, max(1, sum(reason is None for _, reason in described)))
        raise TableError(
            f"{name} unpacks to more than can be read: keep fewer rows or columns of numbers."
        )
    labels = unique_names([given for given, _ in described])
    columns, left_out, position = [], [], 0
    for label, (_, reason) in zip(labels, described, strict=True):
        if reason is not None:
            left_out.append((label, clean(reason, 40)))
            continue
        values = np.frombuffer(body, np.float64, rows, position).copy()
        empty = np.frombuffer(body, np.bool_, rows, position + 8 * rows).copy()
        columns.append(Column(label, values, empty))
        position += 9 * rows
    found = []
    for place, texts in header["labels"]:
        codes = np.frombuffer(body, np.int32, rows, position)
        found.append(labelled(labels[place], texts, codes))
        position += 4 * rows
    table = assemble(name, "Parquet", columns=columns, left_out=left_out, notes=[])
    return replace(table, labels=tuple(found))


def _work(name: str, data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the worker's header and the bytes that follow it."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_WORKER), str(MAX_CELLS), str(MAX_COLUMNS), str(MAX_LABELS)],
            input=data,
            capture_output=True,
            check=True,
            env={**os.environ, **_ENVIRONMENT},
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise TableError(
            f"{name} takes more than {_SECONDS} seconds to unpack: keep fewer rows or columns."
        ) from error
    except subprocess.CalledProcessError as error:
        raise TableError(
            f"{name} is damaged or truncated: it cannot be read as Parquet; "
            "save or upload it again."
        ) from error
    line, _, body = done.stdout.partition(b"\n")
    header: dict[str, Any] = json.loads(line)
    return header, body
