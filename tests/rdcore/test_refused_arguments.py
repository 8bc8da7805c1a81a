"""Refused arguments that no other test gives: the error names them and what is accepted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rdcore as rd
from rdcore import classification
from rdcore.classification import labels
from rdcore.coding import container

PLANE = rd.sources.from_pmf([[0, 0], [1, 2], [2, 1]], [1, 1, 1])
LINE = rd.sources.from_pmf([0.0, 1.0, 2.0], [1, 1, 2])
LAW = np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]])
FREE = rd.Problem(LINE, rd.EVERY, fidelities=[rd.average(0.2)])
FIXED = rd.Problem(LINE, LINE.atoms, fidelities=[rd.average(0.2)])
TASK = classification.Task(FIXED, (LAW,), (0.5,))
TOOL = rd.quantisers.lloyd_max(LINE, 2)
TV = rd.perception.TotalVariation(0.1)
MANY = rd.quantisers.TimeSharing((TOOL,) * 256, np.full(256, 1 / 256))
OF_PLANE = rd.Problem(PLANE, PLANE.points, fidelities=[rd.average(1.0)])

CALLS: dict[str, tuple[Callable[[], Any], str]] = {
    "flip": (lambda: labels.binary_symmetric(0.3, 1.1), r"e must be in \[0, 1\]; got 1.1"),
    "plane": (lambda: labels.thresholded(PLANE, 0.0), "source must have one coordinate; got 2"),
    "laws": (lambda: classification.Task(FIXED, (), (0.5,)), "at least one array"),
    "no D": (lambda: classification.surface(TASK, [], [0.5]), "D.* must have at least one entry"),
    "C": (lambda: classification.surface(TASK, [0.2], [-0.1]), "C.* finite and at least 0"),
    "axis": (lambda: rd.perception.curve(FIXED, TV, [0.1], axis="rate"), "axis must be .* 'rate'"),  # type: ignore[arg-type]
    "no P": (lambda: rd.perception.curve(FIXED, TV, []), "levels must have at least one entry"),
    "corner": (
        lambda: rd.pictures.Region.polygon([[0, 0], [1, 1], [0, np.nan]]),
        "corners must be finite",
    ),
    "shares": (lambda: rd.quantisers.TimeSharing((TOOL, TOOL), np.ones(1)), r"got shape \(1,\)"),
    "no share": (lambda: rd.quantisers.TimeSharing((), np.ones(0)), r"got shape \(0,\)"),
    "atoms": (
        lambda: TOOL.distortions(
            rd.Problem(rd.sources.bernoulli(0.5), [0.0], fidelities=[rd.average(1.0)])
        ),
        "must have the quantiser's 3 atoms; got 2",
    ),
    "move": (lambda: rd.anneal(FREE, move=False), "move must be True or None .* got False"),
    "parts": (lambda: container.pack(()), "parts must have 1 to 255 entries; got 0"),
    "sharing": (lambda: rd.coding.compress(MANY, np.zeros(9)), "at most 255 quantisers; got 256"),
    "rounds": (
        lambda: rd.solvers.Exchange(max_rounds=0).solve(FREE, 1e-6),
        "max_rounds must be at least 1; got 0",
    ),
    "prior": (
        lambda: rd.certify(FIXED, np.full((3, 3), 1 / 3), np.ones(1), np.array([1.0, -1, 1])),
        "prior must be 3 non-negative numbers",
    ),
    "no prior": (
        lambda: rd.certify(FIXED, np.full((3, 3), 1 / 3), np.ones(1), np.zeros(3)),
        "not all 0",
    ),
}


@pytest.mark.parametrize(("call", "message"), CALLS.values(), ids=CALLS)
def test_it_is_refused(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(rd.InputError, match=message):
        call()


def test_restarts_of_which_none_meets_the_levels_have_no_best() -> None:
    two = rd.Problem(LINE, [0.0, 2.0], fidelities=[rd.average(1e-9)])
    found = rd.restarts(two, starts=2)
    assert (found.infeasible, found.rates.tolist()) == (2, [np.inf, np.inf])
    with pytest.raises(rd.InfeasibleError, match="none of 2 random codebooks"):
        _ = found.best
