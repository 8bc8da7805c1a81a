"""Samples in the plane on two Dask workers: time, certified gap and peak memory of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.table import Row

_LIMIT_SECONDS = 7200
_CANDIDATES, _WORKERS, _TOL = 1000, 2, 1e-4


def rows(full: bool) -> Iterator[Row]:
    """Yield 100 000 samples with 1000 candidates and, if full, a million and ten millions."""
    yield _row(100_000)
    if full:
        yield _row(1_000_000)
        yield _row(10_000_000, most_seconds=900, most_bytes=2e9)


def _row(n: int, *, most_seconds: float = 0, most_bytes: float = 0) -> Row:
    case = f"{n} samples in the plane, {_CANDIDATES} candidates"
    name = f"Sharded to {_TOL:g}, {_WORKERS} workers"
    command = [sys.executable, "-m", "benchmarks.sections.sharded", str(n)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_LIMIT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Row("sharded", case, name, None, None, remark=f"not within {_LIMIT_SECONDS} s")
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        return Row("sharded", case, name, None, None, remark=f"failed: {last[:120]}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    own, *others = (bytes_ / 1e9 for bytes_ in told["peak_bytes"])
    memory = ", ".join(f"{one:.2f}" for one in others)
    remark = f"peak memory {memory} GB, {own:.2f} GB in the calling process; {told['passes']}"
    remark += f"; {told['worker_cpu']:.0f} s of CPU in workers, {told['own_cpu']:.0f} s outside"
    if most_seconds:
        remark += f"; aim {most_seconds:g} s, {most_bytes / 1e9:g} GB"
    late = bool(most_seconds) and told["seconds"] > most_seconds
    large = bool(most_bytes) and max(told["peak_bytes"]) > most_bytes
    missed = late or large or not told["converged"]
    return Row("sharded", case, name, told["seconds"], told["gap"], remark=remark, missed=missed)


def _usage() -> tuple[float, int]:
    """Return the CPU seconds and the peak memory, bytes, of this process."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts kibibytes, macOS bytes.
    return time.process_time(), peak if sys.platform == "darwin" else 1024 * peak


def _main(n: int) -> None:
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    from distributed import Client, LocalCluster

    import rdcore as rd
    from benchmarks import problems

    task = problems.samples(n, _CANDIDATES)
    with (
        LocalCluster(n_workers=_WORKERS, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        before, mine = client.run(_usage), time.process_time()
        begun = time.monotonic()
        found = rd.solve(task, tol=_TOL, executor=client)
        seconds = time.monotonic() - begun
        after = client.run(_usage)
    own = _usage()
    told = {
        "seconds": seconds,
        "gap": found.certificate.gap,
        "converged": found.status.converged,
        "passes": f"{found.iterations} iterations, in the end on {found.problem.m} codewords",
        "worker_cpu": sum(after[one][0] - before[one][0] for one in after),
        "own_cpu": own[0] - mine,
        "peak_bytes": [own[1], *(peak for _, peak in after.values())],
    }
    sys.stdout.write(f"{json.dumps(told)}\n")


if __name__ == "__main__":
    _main(int(sys.argv[1]))
