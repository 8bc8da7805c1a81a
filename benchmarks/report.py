"""Write the table as docs/benchmarks.md."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine
from benchmarks.table import Row, markdown

PLACE = Path(__file__).parent.parent / "docs" / "benchmarks.md"

_READ = """\
All times of a row are measured in one run, one after the other, on one thread. Each is the median
of several repeats and includes the problem's matrices, the solver and the certificate. The
**ratio** is the peer's time divided by ours; an **aim** is a ratio set as a goal. A **gap** is
certified, in nats, also for the peer: its channel, mixed until it meets the levels, and its
multipliers go through the same `certify`. Each answer is therefore judged by what it proves, not by
what its solver reports. Ratios carry over to other machines better than times do.

- *InteriorPoint* solves on a fixed codebook, *Exchange* over every codebook.
- *CVXPY+Clarabel* and *CVXPY+SCS* solve the same program as exponential cones. The time includes
  the translation by CVXPY; the remark gives the time of the solver alone.
- *Blahut–Arimoto* is our implementation, with a multiplier step so that it meets levels and the
  same certificate as its stopping rule. It is compared at a gap that it can reach.
- *dit* runs Blahut–Arimoto at one given slope. It has no tolerance and no bound, takes one
  constraint and needs as many codewords as atoms. Our solver runs to the gap of dit's answer.
- *bare NumPy* is the predictor–corrector of InteriorPoint without its safeguards and start; both
  end with the same certificate. Times are CPU times of calls in turn.
- In *certificates* and *random* the remark counts what is wrong: bounds on the wrong side of the
  rate, exceptions, and gaps above 1e-6 at levels that are not within 1e-12 of their smallest.
- In *every* the peer solves an easier problem: one fixed codebook.
- In *continuous* the gap is the distance between the bounds on the rate of the density.
- In *coding* nothing is certified: the times are those of designing a quantiser and of coding one
  million symbols.
- In *trellis* the gap is that of the file above the certified lower bound on R(D) at the distortion
  that was reached, for a million symbols decoded by another process. The time is that of coding
  them with the levels met exactly; speeds are for CPU time.
- In *sharded* the solve runs on two workers of a Dask cluster on this machine. The time is that of
  the clock; the remark has the CPU time and the peak memory of each process.
- In *pictures* the remark has the sizes of whole files at the same mean squared error, for the
  encoders of Pillow at the smallest quality that meets it; nothing is certified, and times are CPU
  times of one run.
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
