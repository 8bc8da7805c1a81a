"""The sources and problems of the tests of trellis codes."""

from __future__ import annotations

import numpy as np

import rdcore as rd


def draw(source: rd.Source, number: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return source.atoms[generator.choice(source.n, number, p=source.pmf)]


def gaussian() -> rd.Source:
    atoms = np.linspace(-5, 5, 201)
    return rd.sources.from_pmf(atoms, np.exp(-(atoms**2) / 2))


def held() -> rd.Problem:
    """Return three_modes with an average and a conditional level, both of which bind."""
    source = rd.sources.three_modes()
    inside = np.abs(source.atoms) < 1
    levels = [rd.average(0.6), rd.subset(inside, 0.05, "conditional")]
    return rd.Problem(source, rd.EVERY, fidelities=levels)
