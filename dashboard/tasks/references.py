"""Reference curves: closed forms of R(D) and the Shannon lower bound, where they are known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import rdcore as rd
from dashboard.formatting import LN2
from dashboard.model.presets import Distortion
from dashboard.model.specs import SourceSpec
from dashboard.model.views import CurveBand, Floats, Reference

_COUNT = 80
# The mean of U² and of |U| for U uniform over a cell of width 1.
_CELL_NOISE = {"squared_error": 1 / 12, "absolute": 1 / 4}


def known(
    source: rd.sources.Source, spec: SourceSpec, distortion: Distortion, largest: float
) -> tuple[Reference, ...]:
    """Return the reference curves of the source at levels up to ``largest``."""
    levels = largest * np.linspace(0, 1, _COUNT)[1:] ** 2
    found = [_closed(source, spec, distortion, levels), shannon(source, distortion, levels)]
    return tuple(reference for reference in found if reference is not None)


def alone(band: CurveBand, subsets: int) -> Reference:
    """Return the rate along D without the subsets, from its certified curve."""
    name = "without the subset" + "s" * (subsets > 1)
    return Reference(name, "baseline", band.levels, band.upper_bits)


def _closed(
    source: rd.sources.Source, spec: SourceSpec, distortion: Distortion, levels: Floats
) -> Reference | None:
    rates: float | Floats
    if spec.closed == "gaussian" and distortion == "squared_error":
        spread = source.pmf @ (source.points - source.mean) ** 2
        rates = rd.closed_forms.vector_gaussian(spread, levels)
        name = "Gaussian, closed form"
    elif spec.closed == "laplacian" and distortion == "absolute":
        rates = rd.closed_forms.laplace_absolute(1 / spec.knobs[0], levels)
        name = "Laplacian, closed form"
    elif distortion == "hamming":
        rates = rd.closed_forms.hamming(source.pmf, levels)
        name = "without a subset, closed form"
    else:
        return None
    return Reference(name, "closed", levels, np.asarray(rates) / LN2)


def shannon(source: rd.sources.Source, distortion: Distortion, levels: Floats) -> Reference | None:
    """Return a lower bound on the rate of atoms on a grid, for every codebook.

    With U uniform over a grid cell, X + U has a density and differential entropy H(X) + log of
    the volume of the cell. A code for X is a code for X + U whose distortion is larger by that of
    U, so the Shannon bound of X + U at the larger level holds for X.
    """
    if distortion != "squared_error" and distortion != "absolute":
        return None
    steps = _grid_steps(source)
    if steps is None:
        return None
    entropy = source.entropy + float(np.log(steps).sum())
    power = 2 if distortion == "squared_error" else 1
    noise = _CELL_NOISE[distortion] * float((steps**power).sum())
    rates = rd.closed_forms.shannon_lower_bound(
        entropy, levels + noise, distortion=distortion, dim=source.dim
    )
    return Reference("Shannon lower bound", "closed", levels, np.asarray(rates) / LN2)


def _grid_steps(source: rd.sources.Source) -> NDArray[np.float64] | None:
    """Return the spacing along each axis if the atoms fill an evenly spaced grid, else None."""
    steps, cells = [], 1
    for axis in range(source.dim):
        values = np.unique(source.points[:, axis])
        if len(values) < 3 or not np.allclose(np.diff(values, 2), 0, atol=1e-9 * np.ptp(values)):
            return None
        steps.append(values[1] - values[0])
        cells *= len(values)
    return np.array(steps) if cells == source.n else None
