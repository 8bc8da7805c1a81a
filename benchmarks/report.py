"""The table as a document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine
from benchmarks.table import Row, markdown

PLACE = Path(__file__).parent.parent / "docs" / "benchmarks.md"

_READ = """\
Every row is measured in one run: ours and the peer's time one after the other, on one thread, the
median of repeats, each including the problem's matrices, the solver and the certificate. The
**ratio** is the peer's time over ours; an **aim** is the ratio that was set as a goal. A **gap** is
the certified one in nats, of the peer's answer too: its channel, mixed until it meets the levels,
and its multipliers go through the same `certify`, so that an answer is as good as what it proves
and not as what its solver reports. Ratios carry over to other machines better than times do.

- *InteriorPoint* has a fixed codebook, *Exchange* every codebook at once.
- *CVXPY+Clarabel* and *CVXPY+SCS* solve the same program as exponential cones; the time includes
  CVXPY's translation, and the remark says what the solver took by itself.
- *Blahut–Arimoto* is our own, with a multiplier step so that it meets levels, stopped by the same
  certificate. It is compared at a gap that it can reach.
- *dit* runs Blahut–Arimoto at one slope, which it is told; it has no tolerance and no bound, takes
  one constraint and as many codewords as atoms. Ours is run to the gap that dit's answer has.
- In *every* the peer has an easier problem: one fixed codebook.
- In *continuous* the gap is that between bounds on the density's own rate.
- In *coding* nothing is certified: the times are of designing a quantiser, and of one million
  symbols through an entropy coder.
"""


def write(rows: Sequence[Row], command: str, place: Path = PLACE) -> None:
    """Write the table with its machine, date and command."""
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    parts = [
        "# Benchmarks",
        f"Made by `{command}` on {today}.",
        f"{machine.description()}. One thread.",
        _READ.strip(),
        markdown(rows),
    ]
    place.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
