"""Uniform quantisers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, floats, positive, real
from rdcore.design.quantisers._design import Target, extended, plain
from rdcore.design.quantisers._sums import Labels, totals
from rdcore.design.quantisers.quantiser import Quantiser
from rdcore.design.quantisers.vector import centred
from rdcore.errors import InputError

_MOST_OFFSETS = 4000


def uniform(
    target: Target, step: float, *, offset: ArrayLike | None = None, deadzone: float = 1.0
) -> Quantiser:
    """Design the quantiser with cells of equal width and optimal codewords.

    Parameters
    ----------
    target : Source or Problem
        A source, for squared error; or a problem on ``codebook=EVERY``.
    step : float
        Width of a cell along each axis, in the unit of the atoms.
    offset : float or array, (d,), optional
        Centre of one cell. None: along each axis, the offset that minimises the entropy plus
        6/step² times the squared error of that coordinate alone. This is the price in nats at which
        small steps are optimal. All offsets that give different cells are tried.
    deadzone : float
        Width of the cell at the offset, in steps; 1 gives cells of equal width.

    Examples
    --------
    >>> import rdcore as rd
    >>> q = uniform(rd.sources.uniform_grid(8), 0.5, offset=0.25)
    >>> q.codebook, q.rate_bits
    (array([0.25, 0.75]), 1.0)
    """
    design = plain(target)
    design.require_movable()
    step, deadzone = positive(step, "step"), real(deadzone, "deadzone")
    if deadzone < 0:
        raise InputError(f"deadzone must be at least 0; got {deadzone:g}")
    atoms, mass = design.source.points, design.source.pmf
    if offset is None:
        offsets = np.array([_best_offset(axis, mass, step, deadzone) for axis in atoms.T])
    else:
        offsets = np.atleast_1d(floats(offset, "offset"))
        if offsets.shape != (design.source.dim,) or not np.isfinite(offsets).all():
            raise InputError(f"offset must be one number per coordinate of the atoms; got {offset}")
    cells = _cells(atoms, offsets, step, deadzone)
    labels = np.unique(cells, axis=0, return_inverse=True)[1].ravel()
    labels = np.unique(extended(atoms, mass, labels), return_inverse=True)[1]
    return design.quantiser(centred(design, labels), labels)


def _cells(values: Array, offset: Array | float, step: float, deadzone: float) -> Labels:
    away = np.abs(values - offset) / step
    index = np.sign(values - offset) * np.maximum(np.floor(away + 1 - deadzone / 2), 0.0)
    return index.astype(np.int64)


def _best_offset(values: Array, mass: Array, step: float, deadzone: float) -> float:
    kept = mass > 0
    values, inverse = np.unique(values[kept], return_inverse=True)
    mass = totals(inverse, mass[kept])
    centre = float(mass @ values)
    # Cells change when an edge passes an atom; with a dead zone, over the whole range.
    if deadzone == 1:
        changes = np.unique(np.mod(values - centre + step / 2, step))
        changes = np.append(changes, changes[0] + step)
    else:
        near = values[np.abs(values - centre) <= step * (1 + deadzone)]
        half = deadzone * step / 2
        shifts = np.arange(-2, 3) * step
        edges = [near - half, near + half, (near[:, None] + half + shifts).ravel()]
        edges.append((near[:, None] - half - shifts).ravel())
        changes = np.unique(np.concatenate(edges)) - centre
    tried = centre + (changes[:-1] + changes[1:]) / 2 if len(changes) > 1 else np.array([centre])
    if len(tried) > _MOST_OFFSETS:
        tried = tried[:: -(-len(tried) // _MOST_OFFSETS)]
    costs = [_cost(values, mass, _cells(values, at, step, deadzone), step) for at in tried]
    return float(tried[int(np.argmin(costs))])


def _cost(values: Array, mass: Array, cells: Labels, step: float) -> float:
    labels = cells - cells.min()
    if labels.max() > 8 * len(values):
        labels = np.unique(labels, return_inverse=True)[1]
    share = totals(labels, mass)
    mean = totals(labels, mass * values) / np.where(share > 0, share, 1.0)
    spread = float(mass @ (values - mean[labels]) ** 2)
    share = share[share > 0]
    return float(-(share * np.log(share)).sum()) + 6 / step**2 * spread
