"""Invalid arguments; the error must name the argument."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import rdcore as rd
from tests.bank.build import hamming, matrix, where
from tests.bank.case import Case, Fate

COIN = [0.7, 0.3]


def _refused(name: str, build: Callable[[], rd.Problem], message: str) -> Case:
    return Case(f"refused/{name}", build, Fate.REFUSED, message=message)


def _problem(**changed: Any) -> rd.Problem:
    settings: dict[str, Any] = {
        "codebook": np.array([0.0, 1.0]),
        "distortion": "squared_error",
        "fidelities": [rd.average(0.1)],
    }
    settings.update(changed)
    return rd.Problem(rd.sources.bernoulli(0.3), **settings)


def _on(atoms: list[float], pmf: list[float]) -> rd.Problem:
    return rd.Problem(rd.Source(atoms, pmf), codebook=[0.0], fidelities=[rd.average(1.0)])


CASES = (
    _refused("negative level", lambda: hamming(COIN, rd.average(-0.1)), "got -0.1"),
    _refused("level not a number", lambda: hamming(COIN, rd.average(math.nan)), "got nan"),
    _refused("infinite level", lambda: hamming(COIN, rd.average(math.inf)), "got inf"),
    _refused("level a word", lambda: hamming(COIN, rd.average("low")), "got 'low'"),
    _refused(
        "negative subset level", lambda: hamming(COIN, rd.subset(where(1, 0), -1.0)), "got -1"
    ),
    _refused(
        "mask too short",
        lambda: hamming(COIN, rd.subset(where(1), 0.1)),
        "mask must be one per atom|mask must have one",
    ),
    _refused("mask of numbers", lambda: hamming(COIN, rd.subset([0.5, 1.0], 0.1)), "mask"),
    _refused(
        "unknown measure",
        lambda: hamming(COIN, rd.subset(where(1, 0), 0.1, "mean")),
        "measure must be",
    ),
    _refused("no fidelity", lambda: hamming(COIN), "fidelities"),
    _refused("no codeword", lambda: _problem(codebook=[]), "codebook"),
    _refused("codeword not a number", lambda: _problem(codebook=[0.0, math.nan]), "codebook"),
    _refused("codeword a word", lambda: _problem(codebook=["a", "b"]), "codebook"),
    _refused("codewords in the plane", lambda: _problem(codebook=np.zeros((3, 2))), "codebook"),
    _refused(
        "unknown distortion",
        lambda: rd.solve(_problem(distortion="mse")).problem,
        "distortion must be",
    ),
    _refused(
        "distortion of another shape",
        lambda: rd.solve(_problem(distortion=np.zeros((2, 3)))).problem,
        r"\(2, 3\)",
    ),
    _refused(
        "negative distortion",
        lambda: rd.solve(matrix(COIN, [[0.0, -1.0], [1.0, 0.0]], rd.average(0.1))).problem,
        "distortion",
    ),
    _refused(
        "distortion not a number",
        lambda: rd.solve(matrix(COIN, [[0.0, math.nan], [1.0, 0.0]], rd.average(0.1))).problem,
        "distortion",
    ),
    _refused(
        "own distortion of another shape",
        lambda: rd.solve(hamming(COIN, rd.average(0.1, distortion=np.eye(3)))).problem,
        r"\(3, 3\)",
    ),
    _refused("pmf not 1", lambda: _on([0.0, 1.0], [0.5, 0.4]), "pmf must sum"),
    _refused("pmf negative", lambda: _on([0.0, 1.0], [1.5, -0.5]), "pmf"),
    _refused("pmf of another length", lambda: _on([0.0, 1.0], [1.0]), "pmf"),
    _refused("pmf 0 everywhere", lambda: hamming([0.0, 0.0], rd.average(0.1)), "pmf"),
    _refused("atom not a number", lambda: _on([0.0, math.inf], [0.5, 0.5]), "atoms"),
)
