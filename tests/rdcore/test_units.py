"""What is told in bits is what is told in nats, divided by ln 2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rdcore as rd

LINE = rd.sources.from_pmf([-1.0, 0.0, 0.5, 2.0], [1, 2, 2, 1])
LAW = np.array([[0.9, 0.1], [0.5, 0.5], [0.4, 0.6], [0.2, 0.8]])
HELD = [rd.average(0.3), rd.subset(LINE.atoms < 0.2, 0.1)]
FIXED = rd.Problem(LINE, LINE.atoms, fidelities=HELD)
FREE = FIXED.with_every()
SHORT = rd.schedules.Geometric(1, 1e-2, 3)
HULL = rd.quantisers.hull(rd.Problem(LINE, rd.EVERY, fidelities=[rd.average(0.3)]))

SQUARED = ("dispersion_bits",)
MADE: dict[str, Callable[[], Any]] = {
    "solution": lambda: rd.solve(FIXED),
    "certificate": lambda: rd.solve(FIXED).certificate,
    "curve": lambda: rd.curve(FIXED, [0.2, 0.3]),
    "surface": lambda: rd.surface(FIXED, [0.2, 0.3], [0.1, 0.2]),
    "sensitivity": lambda: rd.sensitivity(rd.solve(FIXED)),
    "iteration": lambda: next(iter(rd.refining(FIXED, iterations=2))),
    "annealing": lambda: rd.anneal(FREE, schedule=SHORT),
    "stage": lambda: rd.anneal(FREE, schedule=SHORT).end,
    "encoder": lambda: rd.anneal(FREE, schedule=SHORT).encoder,
    "mixture": lambda: rd.anneal(FREE, schedule=SHORT).mixture,
    "quantiser": lambda: rd.quantisers.lloyd_max(LINE, 2),
    "hull": lambda: HULL,
    "time sharing": lambda: HULL.at(0.3),
    "perception": lambda: rd.perception.rate(FIXED, rd.perception.TotalVariation(0.1)),
    "labels": lambda: rd.classification.rate(LINE, LAW, 0.3, 0.6, "squared_error", LINE.atoms),
    "components": lambda: rd.parallel.rate(
        [rd.parallel.Component(LINE)] * 2, [rd.parallel.Level(0.3)]
    ),
}


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_bits_are_nats_over_the_logarithm_of_2(made: Callable[[], Any]) -> None:
    found = made()
    names = [name for name in dir(found) if name.endswith("_bits") and not name.startswith("_")]
    assert names
    for name in names:
        told, nats = getattr(found, name), getattr(found, name.removesuffix("_bits"), None)
        if nats is not None and not callable(told):
            unit = np.log(2) ** (2 if name in SQUARED else 1)
            assert told == pytest.approx(np.asarray(nats) / unit, rel=1e-12), name
