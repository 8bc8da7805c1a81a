"""Hostile proposals by the hundred thousand, whose certificates are compared with known rates."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from benchmarks.table import Row

_FEW, _MANY = 2_000, 100_000


def rows(full: bool) -> Iterator[Row]:
    """Yield how many of 2 000 certificates and, with full, of 100 000 are wrong: none may be."""
    # Extended precision is asked for by this section only.
    from benchmarks.hostile import judge, trials

    count = _MANY if full else _FEW
    start, wrong, worst = perf_counter(), 0, 0.0
    for trial in trials(1, count):
        verdict = judge(trial)
        wrong += verdict.wrong
        worst = max(worst, verdict.lower, verdict.upper)
    remark = f"{wrong} wrong" + (f", by {worst:.1e} nats at the most" if wrong else "")
    yield Row(
        "certificates",
        f"{count} hostile proposals",
        "certify, and the rate in 200 bits",
        (perf_counter() - start) / count,
        None,
        remark=remark,
        missed=wrong > 0,
    )
