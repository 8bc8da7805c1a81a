"""Builders shared by the cases."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

import rdcore as rd


def hamming(
    pmf: ArrayLike, *fidelities: rd.Fidelity, codebook: Sequence[float] | None = None
) -> rd.Problem:
    """Symbols 0, 1, … with Hamming distortion, by default on the atoms as codebook."""
    atoms = np.arange(np.size(pmf), dtype=float)
    source = rd.sources.from_pmf(atoms, pmf)
    return rd.Problem(
        source,
        codebook=atoms if codebook is None else np.array(codebook, dtype=float),
        distortion="hamming",
        fidelities=list(fidelities),
    )


def matrix(pmf: ArrayLike, distortion: ArrayLike, *fidelities: rd.Fidelity) -> rd.Problem:
    """A source and a codebook with the given distortion matrix."""
    values = np.array(distortion, dtype=float)
    source = rd.sources.from_pmf(np.arange(np.size(pmf), dtype=float), pmf)
    return rd.Problem(
        source,
        codebook=np.arange(values.shape[1], dtype=float),
        distortion=values,
        fidelities=list(fidelities),
    )


def named(
    name: str,
    *fidelities: rd.Fidelity,
    codebook: ArrayLike | None = None,
    distortion: rd.distortions.Distortion = "squared_error",
) -> rd.Problem:
    """A named source with its codebook."""
    source = getattr(rd.sources, name)()
    return rd.Problem(
        source,
        codebook=rd.sources.codebook(name) if codebook is None else codebook,
        distortion=distortion,
        fidelities=list(fidelities),
    )


def grid(
    atoms: ArrayLike,
    weights: ArrayLike,
    *fidelities: rd.Fidelity,
    codebook: ArrayLike | None = None,
) -> rd.Problem:
    """Atoms on a line, by default as their own codebook."""
    source = rd.sources.from_pmf(atoms, weights)
    return rd.Problem(
        source,
        codebook=source.atoms if codebook is None else codebook,
        fidelities=list(fidelities),
    )


def where(*flags: int) -> NDArray[np.bool_]:
    """A mask from 0s and 1s."""
    return np.array(flags, dtype=bool)


def within(name: str, radius: float) -> NDArray[np.bool_]:
    """Mask of the atoms of a named source within a radius of the origin."""
    points = getattr(rd.sources, name)().points
    return np.sqrt((points**2).sum(axis=1)) < radius


def mass_within(name: str, radius: float) -> float:
    """The probability of ``within``."""
    return float(getattr(rd.sources, name)().pmf[within(name, radius)].sum())


def smallest_average(problem: rd.Problem) -> float:
    """The minimum level of the average distortion, by direct summation."""
    return float(problem.source.pmf @ problem.matrices[0].min(axis=1))
