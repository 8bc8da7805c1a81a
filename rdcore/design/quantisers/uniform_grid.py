"""Uniform quantisers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, floats, positive, real
from rdcore.design.quantisers._sums import totals
from rdcore.design.quantisers.designs import Target, extended, plain
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
        Centre of one cell. None: along each axis the one at which entropy plus 6/step² nats per
        unit of squared error is least for that coordinate alone, the price at which small steps
        are optimal; all offsets that lead to different cells are tried. Where there are more than
        about 4000, these are tried at equal distances and then around the best.
    deadzone : float
        Width of the cell at the offset, in steps; 1 gives cells of equal width.

    Returns
    -------
    Quantiser
        With a codeword for each cell that has an atom.

    Raises
    ------
    InputError
        If `deadzone` is negative, or `offset` is not one number per coordinate.

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


def _cells(values: Array, offset: Array | float, step: float, deadzone: float) -> Array:
    away = np.abs(values - offset) / step
    return np.asarray(np.sign(values - offset) * np.maximum(np.floor(away + 1 - deadzone / 2), 0.0))


def _best_offset(values: Array, mass: Array, step: float, deadzone: float) -> float:
    kept = mass > 0
    values, inverse = np.unique(values[kept], return_inverse=True)
    mass = totals(inverse, mass[kept])

    def best(offsets: Array) -> float:
        if len(offsets) > 2 * _MOST_OFFSETS:
            offsets = offsets[:: -(-len(offsets) // (2 * _MOST_OFFSETS))]
        costs = [_cost(values, mass, _cells(values, at, step, deadzone), step) for at in offsets]
        return float(offsets[int(np.argmin(costs))])

    changes = _Changes(values, step, deadzone)
    far = step * (deadzone / 2 + 1)
    low, high = values[0] - far, values[-1] + far
    if changes.count(low, high) <= _MOST_OFFSETS:
        return best(changes.between(low, high))
    if deadzone == 1:
        # But for atoms on an edge all periods are alike.
        centre = float(mass @ values)
        low, high = centre - step / 2, centre + step / 2
    if changes.count(low, high) <= _MOST_OFFSETS:
        return best(changes.between(low, high))
    spread = np.linspace(low, high, _MOST_OFFSETS)
    middle = best(spread)
    near = changes.between(*middle + (high - low) / (_MOST_OFFSETS - 1) * np.array([-1.0, 1.0]))
    return best(np.append(near, middle))


@dataclass(frozen=True, eq=False)
class _Changes:
    """The offsets at which an edge passes an atom: those at (deadzone / 2 + k) steps from one."""

    values: Array
    step: float
    deadzone: float

    def _first_and_number(self, low: float, high: float, side: int) -> tuple[Array, Array]:
        near, far = (low, high) if side > 0 else (high, low)
        first = np.ceil(side * (near - self.values) / self.step - self.deadzone / 2)
        last = np.floor(side * (far - self.values) / self.step - self.deadzone / 2)
        first = np.maximum(first, 0.0)
        return first, np.maximum(last - first + 1, 0.0)

    def count(self, low: float, high: float) -> float:
        """Return how many lie between two places."""
        return sum(float(self._first_and_number(low, high, side)[1].sum()) for side in (-1, 1))

    def between(self, low: float, high: float) -> Array:
        """Return them, and a place between each and the next, rising."""
        found = [np.array([low, high])]
        for side in (-1, 1):
            first, many = self._first_and_number(low, high, side)
            number = many.astype(np.int64)
            start = np.repeat(np.cumsum(number) - number, number)
            k = np.repeat(first, number) + np.arange(number.sum()) - start
            away = (self.deadzone / 2 + k) * self.step
            found.append(np.repeat(self.values, number) + side * away)
        places = np.unique(np.concatenate(found))
        return np.sort(np.append(places, places[:-1] + np.diff(places) / 2))


def _cost(values: Array, mass: Array, cells: Array, step: float) -> float:
    labels = np.unique(cells, return_inverse=True)[1]
    share = totals(labels, mass)
    # From one end, so that the moments of a small cell far out do not cancel.
    away = values - values[0]
    mean = totals(labels, mass * away) / share
    spread = float(mass @ (away - mean[labels]) ** 2)
    return float(-(share * np.log(share)).sum()) + 6 / step**2 * spread
