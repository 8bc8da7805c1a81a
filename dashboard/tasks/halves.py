"""Quantisers that are designed on one half of the rows and tested on the other; no streamlit."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.quantisers import HalvesRow, HalvesView
from dashboard.tasks import meeting
from dashboard.tasks.quantise import uniform_family

_TOLERANCE = 1e-4


def tested(
    problem: rd.Problem, labels: NDArray[np.intp], ordered: bool
) -> Generator[Step, None, HalvesView]:
    """Design quantisers on one half of the rows and measure them on the other, in a worker."""
    yield Step(0.02, "splitting the rows")
    design, test = rd.sampling.halves(problem, labels, ordered=ordered)
    plain = rd.Problem(design.source, rd.EVERY, design.distortion, design.fidelities[:1])
    extent = float(np.ptp(design.source.points, axis=0).max())
    slopes = meeting.prices(design)
    yield Step(0.2, "designing Lloyd–Max quantisers")
    found = {"Lloyd–Max": meeting.lloyd_max(design, slopes)}
    yield Step(0.5, "designing other quantisers")
    even = meeting.uniform(design, uniform_family(plain), extent / 40)
    found["uniform, entropy-coded"] = even
    found["entropy-coded"] = meeting.entropy_coded(design, slopes)
    yield Step(0.8, "bounding both halves")
    bounds = [
        rd.solve(one.with_every(), tol=_TOLERANCE).certificate.lower_bits for one in (design, test)
    ]
    rows = tuple(
        _row(name, one.trimmed(), design, test) for name, one in found.items() if one is not None
    )
    second = len(labels) // 2
    return HalvesView(rows, len(labels) - second, second, *bounds)


def _row(
    name: str, one: rd.quantisers.Quantiser, design: rd.Problem, test: rd.Problem
) -> HalvesRow:
    other = rd.sampling.held_out(one, test)
    reached = np.asarray(one.distortions(design), dtype=np.float64)
    return HalvesRow(name, one.rate_bits, reached, other.rate_bits, np.asarray(other.distortions))
