"""Quantisers and a trellis code, designed on one half of the rows and tested on the other."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

import rdcore as rd
from dashboard.jobs.steps import Step, stepwise
from dashboard.model.quantisers import HalvesRow, HalvesView
from dashboard.tasks import meeting
from dashboard.tasks.quantise import uniform_family

_TOLERANCE = 1e-4
_STATES = 8


def tested(
    problem: rd.Problem, labels: NDArray[np.intp], ordered: bool
) -> Generator[Step, None, HalvesView]:
    """Design codes on one half of the rows and measure them on the other, in a worker."""
    yield Step(0.02, "splitting the rows")
    design, test = rd.sampling.halves(problem, labels, ordered=ordered)
    plain = rd.Problem(design.source, rd.EVERY, design.distortion, design.fidelities[:1])
    extent = float(np.ptp(design.source.points, axis=0).max())
    slopes = meeting.prices(design)
    yield Step(0.2, "designing Lloyd–Max quantisers")
    found = {"Lloyd–Max": meeting.lloyd_max(design, slopes)}
    yield Step(0.35, "designing other quantisers")
    even = meeting.uniform(design, uniform_family(plain), extent / 40)
    found["uniform, entropy-coded"] = even
    found["entropy-coded"] = meeting.entropy_coded(design, slopes)
    code = yield from _trellis(design)
    yield Step(0.9, "bounding both halves")
    bounds = [
        rd.solve(one.with_every(), tol=_TOLERANCE).certificate.lower_bits for one in (design, test)
    ]
    rows = tuple(
        _row(name, one.trimmed(), design, test) for name, one in found.items() if one is not None
    )
    if code is not None:
        rows += _coded(code, test)
    second = len(labels) // 2
    return HalvesView(rows, len(labels) - second, second, *bounds)


def _trellis(design: rd.Problem) -> Generator[Step, None, rd.TrellisCode | None]:
    """Design a trellis code; None where its levels cannot be met by one."""
    movable = design.distortion in ("squared_error", "absolute")
    task = design.with_every() if movable else design
    steps = stepwise(
        lambda progress, _: rd.trellis(task, _STATES, progress=progress),
        "designing a trellis code",
    )
    try:
        while True:
            step = next(steps)
            yield Step(0.5 + 0.4 * step.share, step.note)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    except (rd.InputError, rd.NotConvergedError):
        return None


def _coded(code: rd.TrellisCode, test: rd.Problem) -> tuple[HalvesRow, ...]:
    try:
        other = rd.sampling.held_out(code, test)
    except rd.InputError:
        return ()
    name = f"trellis code of {code.states} states"
    return (HalvesRow(name, code.rate_bits, code.distortions, other.rate_bits, other.distortions),)


def _row(
    name: str, one: rd.quantisers.Quantiser, design: rd.Problem, test: rd.Problem
) -> HalvesRow:
    other = rd.sampling.held_out(one, test)
    reached = np.asarray(one.distortions(design), dtype=np.float64)
    return HalvesRow(name, one.rate_bits, reached, other.rate_bits, np.asarray(other.distortions))
