"""Components that are coded side by side, and the levels that they share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, floats, frozen, points, positive, real, shown
from rdcore.errors import InfeasibleError, InputError
from rdcore.problem import EVERY, Every, Source

_MOST_DIMENSIONS = 2
_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class Component:
    """A source that is coded beside others, independent of them, with squared error.

    Parameters
    ----------
    source : Source
        n atoms in one or two dimensions and their probabilities.
    codebook : array, (m,) or (m, d), or EVERY
        The codewords. With ``EVERY``, every point of the space of the atoms may be one.
    copies : float
        Multiplicity: how many independent copies are coded, above 0. It multiplies the component's
        rate, and its share in every level.

    Raises
    ------
    InputError
        If an argument is invalid; the message names it.
    """

    source: Source
    codebook: Array | Every = EVERY
    copies: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.source, Source):
            raise InputError(f"source must be a Source; got {shown(self.source)}")
        if self.source.dim > _MOST_DIMENSIONS:
            raise InputError(f"source must have at most 2 dimensions; got {self.source.dim}")
        object.__setattr__(self, "copies", positive(self.copies, "copies"))
        if isinstance(self.codebook, Every):
            return
        codebook = points(self.codebook, "codebook")
        if (1 if codebook.ndim == 1 else codebook.shape[1]) != self.source.dim:
            raise InputError(
                f"codebook must have {self.source.dim} coordinates per codeword, like the atoms;"
                f" got shape {codebook.shape}"
            )
        object.__setattr__(self, "codebook", codebook)

    @property
    def every(self) -> bool:
        """Whether the codebook is free."""
        return isinstance(self.codebook, Every)

    @property
    def candidates(self) -> Array:
        """Codewords that attain the minimum distortion, (m, d): the codebook, or the atoms."""
        chosen = self.source.points if isinstance(self.codebook, Every) else self.codebook
        return chosen.reshape(-1, self.source.dim)


@dataclass(frozen=True, eq=False)
class Level:
    r"""Largest mean squared error of some components, each with its own weight.

    It requires :math:`\sum_i m_i w_i D_i \le b \sum_i m_i w_i` for the measure "mean", and
    :math:`\sum_i m_i w_i D_i \le b` for "sum", with the numbers of copies :math:`m_i` and the
    squared errors :math:`D_i` of one copy.

    Parameters
    ----------
    level : float
        b, in the square of the atoms' unit; at least 0.
    weights : array, (L,), optional
        How much a copy of each component counts, at least 0 and not all 0; None: 1 each.
    components : array of int or bool, optional
        The components that count, as indices or a mask (L,); the others get the weight 0. None:
        all of them.
    measure : {"mean", "sum"}
        Whether the level limits the weighted mean or the weighted sum.

    Raises
    ------
    InputError
        If an argument is invalid; the message names it.
    """

    level: float
    weights: ArrayLike | None = None
    components: ArrayLike | None = None
    measure: Literal["mean", "sum"] = "mean"

    def __post_init__(self) -> None:
        level = real(self.level, "level")
        if level < 0:
            raise InputError(f"level must be at least 0; got {level:g}")
        object.__setattr__(self, "level", level)
        if self.measure not in ("mean", "sum"):
            raise InputError(f"measure must be 'mean' or 'sum'; got {self.measure!r}")
        if self.weights is not None:
            weights = floats(self.weights, "weights")
            if weights.ndim != 1 or not (np.isfinite(weights).all() and (weights >= 0).all()):
                raise InputError("weights must have shape (L,) and be finite and non-negative")
            object.__setattr__(self, "weights", frozen(weights))
        if self.components is not None:
            chosen = np.array(self.components)
            if chosen.ndim != 1 or chosen.dtype.kind not in "iub":
                raise InputError(
                    "components must be a list of indices, or a mask with one entry a component;"
                    f" got {shown(self.components)}"
                )
            object.__setattr__(self, "components", frozen(chosen))

    def row(self, count: int) -> Array:
        """Return the weight of each of ``count`` components, (L,)."""
        weights = np.ones(count) if self.weights is None else np.array(self.weights)
        if weights.shape != (count,):
            raise InputError(
                f"weights must have one entry for each of {count} components; got {len(weights)}"
            )
        if self.components is not None:
            chosen = np.asarray(self.components)
            inside = np.zeros(count, bool)
            if chosen.dtype == np.bool_ and len(chosen) != count:
                raise InputError(
                    f"components must have {count} entries as a mask; got {len(chosen)}"
                )
            if chosen.dtype != np.bool_ and not ((chosen >= 0) & (chosen < count)).all():
                raise InputError(f"components must be indices from 0 to {count - 1}; got {chosen}")
            inside[chosen] = True
            weights = np.where(inside, weights, 0.0)
        if not (weights > 0).any():
            raise InputError("a level must have a component of positive weight; got none")
        return weights


class ParallelTask(NamedTuple):
    """Components and levels as arrays.

    Attributes
    ----------
    components : tuple of Component
    levels : tuple of Level
    copies : array, (L,)
    weights : array, (L, K)
        Share of a component's squared error, for one copy, in each level.
    bounds : array, (K,)
        b, in the unit of the level: Σ_i m_i w_ik D_i ≤ b_k.
    """

    components: tuple[Component, ...]
    levels: tuple[Level, ...]
    copies: Array
    weights: Array
    bounds: Array

    def total(self, values: Array) -> Array:
        """Return Σ_i m_i w_ik D_i, (K,), of squared errors (L,)."""
        terms = (self.copies * values)[:, None] * self.weights
        return np.array([math.fsum(column) for column in terms.T])


def task(components: Sequence[Component], levels: Sequence[Level]) -> ParallelTask:
    """Check components and levels."""
    parts = (
        (components,) if isinstance(components, Component) else _listed(components, "components")
    )
    demands = (levels,) if isinstance(levels, Level) else _listed(levels, "levels")
    if not parts or not all(isinstance(part, Component) for part in parts):
        raise InputError(f"components must be at least one Component; got {shown(components)}")
    if not demands or not all(isinstance(level, Level) for level in demands):
        raise InputError(f"levels must be at least one Level; got {shown(levels)}")
    copies = np.array([part.copies for part in parts])
    columns = []
    for level in demands:
        row = level.row(len(parts))
        columns.append(row / float(copies @ row) if level.measure == "mean" else row)
    bounds = np.array([level.level for level in demands])
    return ParallelTask(parts, demands, copies, np.stack(columns, axis=1), bounds)


def _listed(values: Iterable[_T], name: str) -> tuple[_T, ...]:
    try:
        return tuple(values)
    except TypeError:
        raise InputError(f"{name} must be a sequence; got {shown(values)}") from None


def refuse_infeasible(found: ParallelTask) -> None:
    """Refuse levels that no channel meets with something to spare.

    Each component attains its minimum alone, so that all levels attain theirs together.
    """
    least = found.total(np.array([_minimum(part) for part in found.components]))
    if (found.bounds > least).all():
        return
    nearest = tuple(float(x) for x in np.maximum(found.bounds, np.nextafter(least, np.inf)))
    k = int(np.flatnonzero(found.bounds <= least)[0])
    raise InfeasibleError(
        f"level {k} is {found.bounds[k]:g}; it must be above {least[k]:.6g}, its minimum with these"
        " codebooks",
        tuple(least.tolist()),
        nearest,
    )


def _minimum(part: Component) -> float:
    if part.every:
        return 0.0
    x, y = part.source.points, part.candidates
    total = ((x[:, None, :] - y) ** 2).sum(axis=2).min(axis=1)
    return float(part.source.pmf @ total)
