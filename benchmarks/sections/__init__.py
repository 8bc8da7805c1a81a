"""The sections by name; each module has ``rows(full)``, which yields rows of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.sections import (
    band,
    certificates,
    classes,
    coding,
    continuous,
    design,
    every,
    growth,
    iterations,
    peers,
    pictures,
    random,
    samples,
    sharded,
    side_by_side,
    small,
    trellis,
    uploads,
)
from benchmarks.table import Row

SECTIONS: dict[str, Callable[[bool], Iterator[Row]]] = {
    "small": small.rows,
    "peers": peers.rows,
    "every": every.rows,
    "iterations": iterations.rows,
    "curve": band.rows,
    "growth": growth.rows,
    "continuous": continuous.rows,
    "samples": samples.rows,
    "sharded": sharded.rows,
    "design": design.rows,
    "coding": coding.rows,
    "trellis": trellis.rows,
    "classes": classes.rows,
    "parallel": side_by_side.rows,
    "certificates": certificates.rows,
    "random": random.rows,
    "pictures": pictures.rows,
    "uploads": uploads.rows,
}
