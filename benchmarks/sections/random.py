"""Random problems that are made to be difficult, by the thousand."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.adversary import STALLED, outcomes
from benchmarks.table import Row

_FEW, _MANY = 200, 10_000


def rows(full: bool) -> Iterator[Row]:
    """Yield how 200 problems or, with full, 10 000 end: none may stall or raise an exception."""
    count = _MANY if full else _FEW
    found = list(outcomes(range(count)))
    errors, stalled = [o for o in found if o.error], [o for o in found if o.stalled]
    slowest = max(found, key=lambda outcome: outcome.seconds)
    parts = [
        f"{len(errors)} exceptions",
        f"{len(stalled)} with a gap above {STALLED:.0e}",
        f"at most {slowest.seconds:.2g} s (seed {slowest.seed})",
    ]
    parts += [f"seed {outcome.seed}" for outcome in (*errors, *stalled)[:5]]
    yield Row(
        "random",
        f"{count} difficult problems",
        "solve to 1e-09, CPU time",
        sum(outcome.seconds for outcome in found) / count,
        None,
        remark="; ".join(parts),
        missed=bool(errors or stalled),
    )
