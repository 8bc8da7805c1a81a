"""Trellis codes as a job: design, a real file, and what its decoded symbols reach; no streamlit."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray

import rdcore as rd
from dashboard.jobs.steps import Step, stepwise
from dashboard.model.trellis import STATES, TrellisRow, TrellisView
from dashboard.model.views import Floats

_SYMBOLS = 100_000
# Shares of the whole time, about as long as each design takes.
_SHARES = {4: 1.0, 8: 1.0, 32: 1.5, 256: 3.0}


def design(
    problem: rd.Problem, states: Sequence[int] = STATES, symbols: int = _SYMBOLS, seed: int = 0
) -> Generator[Step, None, TrellisView]:
    """Design a code for each number of states, and code and decode a sample, in a worker."""
    movable = problem.distortion in ("squared_error", "absolute")
    codebook = rd.EVERY if movable else problem.codebook
    task = rd.Problem(problem.source, codebook, problem.distortion, problem.fidelities)
    yield Step(0.0, "solving the bound")
    bound = rd.solve(task, tol=1e-4).certificate.lower_bits
    found = TrellisView((), bound)
    total, done = sum(_SHARES.get(one, 4.0) for one in states), 0.0
    for one in states:
        part = _SHARES.get(one, 4.0)
        steps = stepwise(
            lambda progress, _, one=one: rd.trellis(  # type: ignore[misc]
                task, one, seed=seed, progress=progress
            ),
            f"{one} states",
        )
        code = yield from _scaled(steps, done / total, part / total, found)
        done += part
        found = TrellisView((*found.rows, _coded(task, code, symbols, seed)), bound)
        yield Step(done / total, f"{one} states", found)
    return found


def _scaled(
    steps: Generator[Step, None, rd.TrellisCode], start: float, share: float, shown: TrellisView
) -> Generator[Step, None, rd.TrellisCode]:
    """Yield the steps of a part as those of the whole."""
    try:
        while True:
            step = next(steps)
            now = start + share * step.share
            yield Step(now, step.note, shown if shown.rows else None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def _coded(problem: rd.Problem, code: rd.TrellisCode, symbols: int, seed: int) -> TrellisRow:
    source = problem.source
    which = np.random.default_rng(seed).choice(source.n, size=symbols, p=source.pmf)
    samples = source.points[which]
    blob = code.compress(samples[:, 0] if source.dim == 1 else samples)
    decoded = np.asarray(rd.coding.decompress(blob)).reshape(symbols, -1)
    reached = reached_on(problem, which, decoded)
    levels = np.array([one.level for one in problem.fidelities])
    # The formats of a code name its distortion, and have names for some only.
    named = isinstance(problem.distortion, str)
    return TrellisRow(
        states=code.trellis.states,
        bits=8 * len(blob) / symbols,
        size_bytes=len(blob),
        symbols=symbols,
        distortions=reached,
        met=bool((np.nan_to_num(reached) <= levels * (1 + 1e-9)).all()),
        codewords=len(np.unique(decoded, axis=0)),
        blob=_bytes(blob),
        as_json=_bytes(rd.export.to_json(code) if named else ""),
        as_npz=_bytes(rd.export.to_npz(code) if named else b""),
        as_python=_bytes(rd.export.to_python(code) if named else ""),
    )


def _bytes(text: str | bytes) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode() if isinstance(text, str) else text, np.uint8)


def reached_on(problem: rd.Problem, which: NDArray[np.intp], decoded: Floats) -> Floats:
    """Return what decoded symbols (N, d) reach of each fidelity; ``which`` (N,) are the atoms."""
    distance = decoded - problem.source.points[which]
    if problem.distortion == "squared_error":
        cost = (distance**2).sum(axis=1)
    elif problem.distortion == "absolute":
        cost = np.abs(distance).sum(axis=1)
    elif callable(problem.distortion):
        cost = problem.distortion(problem.source.points[which], decoded)[:, 0]
    else:
        cost = (distance != 0).any(axis=1).astype(float)
    found = []
    for one in problem.fidelities:
        if one.mask is None:
            found.append(float(cost.mean()))
            continue
        inside = one.mask[which]
        if one.measure == "joint":
            found.append(float((cost * inside).mean()))
        elif not inside.any():
            found.append(float("nan"))
        elif one.measure == "conditional":
            found.append(float(cost[inside].mean()))
        else:
            sums = np.bincount(which[inside], cost[inside])
            counts = np.bincount(which[inside])
            found.append(float((sums[counts > 0] / counts[counts > 0]).max()))
    return np.array(found)
