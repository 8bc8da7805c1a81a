"""Results as the figures show them: plain values, information in bits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from dashboard.formatting import as_markdown
from dashboard.model.marks import AVERAGE, Mark

Floats = NDArray[np.float64]

IN_USE = 1e-6
"""A codeword is in use if its probability is above this."""


class Placed(Protocol):
    """Codewords (m, d) in the unit of X and their probabilities (m,)."""

    @property
    def codebook(self) -> Floats: ...
    @property
    def masses(self) -> Floats: ...


@dataclass(frozen=True, eq=False)
class SourceView:
    """A source with its subsets.

    Attributes
    ----------
    points, pmf : arrays, (n, d) and (n,)
        Atoms in the unit of X and their probabilities.
    masks : tuple of arrays of bool, (n,) each
        Which atoms are in each subset.
    marks : tuple of Mark
        How D and each subset are shown.
    brush : int
        Index in ``Palette.subsets`` of the colour of what the user draws.
    labels : tuple of str
        The label of each axis, with its unit.
    """

    points: Floats
    pmf: Floats
    masks: tuple[NDArray[np.bool_], ...]
    labels: tuple[str, ...]
    marks: tuple[Mark, ...] = (AVERAGE,)
    brush: int = 0

    @property
    def n(self) -> int:
        """Number of atoms."""
        return len(self.pmf)

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return int(self.points.shape[1])

    @property
    def subsets(self) -> tuple[tuple[Mark, NDArray[np.bool_]], ...]:
        """The mark and the mask of each subset."""
        return tuple(zip(self.marks[1:], self.masks, strict=True))

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Which atoms are in no subset, (n,)."""
        return ~np.any(self.masks, axis=0) if self.masks else np.ones(self.n, dtype=bool)

    def span(self, axis: int = 0) -> tuple[float, float]:
        """Range of an axis with a margin on both sides."""
        low, high = float(self.points[:, axis].min()), float(self.points[:, axis].max())
        margin = (high - low) * max(0.03, 0.6 / max(self.n ** (1 / self.dim) - 1, 1)) or 0.5
        return low - margin, high + margin


@dataclass(frozen=True)
class LevelRange:
    """The useful range of each level, in the unit of the distortion: D, then the subsets.

    Attributes
    ----------
    least, most : tuple of float
        A level below ``least`` is infeasible. D above ``most`` has rate 0; the level of a subset
        above ``most`` is slack.
    """

    least: tuple[float, ...]
    most: tuple[float, ...]

    @property
    def smallest(self) -> float:
        """The smallest feasible D."""
        return self.least[0]

    @property
    def largest(self) -> float:
        """The D at which the rate reaches 0."""
        return self.most[0]


@dataclass(frozen=True, eq=False)
class Point:
    """One certified solution.

    Attributes
    ----------
    levels : array, (F,)
        D and the level of each subset, in the unit of the distortion.
    rate_bits, gap_bits : float
        The certified upper bound on the rate, and its distance from the lower bound.
    prices_bits : array, (F,)
        -∂R/∂level in bits per unit of the distortion.
    reached : array, (F,)
        The distortions of the channel, in the unit of the distortion.
    entropy_bits : float
        H(Y), bits per symbol.
    channel : array, (n, m)
        P(Y=j | X=x).
    codebook, masses : arrays, (m, d) and (m,)
        Codewords in the unit of X and their probabilities.
    randomness_bits : float
        H(Y|X) computed from the channel, bits per symbol.
    symbol_prices_bits : tuple of arrays, (n,) or (0,)
        For each level the price of every atom, in bits per unit of the distortion, if the level
        limits each symbol; else empty.
    error_bits : float or None
        The standard error of the rate, if the source is what samples show.
    influence_bits : array, (n,), or None
        The derivative of the rate with the probability of each atom, if it has a standard error.
    rest : float or None
        The mean distortion on the atoms outside every subset, in the unit of the distortion; None
        without a subset or without such atoms.
    """

    levels: Floats
    rate_bits: float
    gap_bits: float
    prices_bits: Floats
    reached: Floats
    entropy_bits: float
    channel: NDArray[np.float32]
    codebook: Floats
    masses: Floats
    converged: bool
    status: str
    scope: str
    iterations: int
    seconds: float
    randomness_bits: float
    symbol_prices_bits: tuple[Floats, ...]
    error_bits: float | None = None
    influence_bits: Floats | None = None
    rest: float | None = None

    @property
    def empirical_bits(self) -> float:
        """H(Y) − H(Y|X), which is I(X;Y) of the channel, bits per symbol."""
        return self.entropy_bits - self.randomness_bits

    @property
    def level(self) -> float:
        """D."""
        return float(self.levels[0])

    @property
    def price_bits(self) -> float:
        """The price of D, bits per unit of the distortion."""
        return float(self.prices_bits[0])

    @property
    def in_use(self) -> int:
        """Number of codewords with a probability above ``IN_USE``."""
        return int((self.masses > IN_USE).sum())


@dataclass(frozen=True)
class SourceBounds:
    """Bounds on the rate of the source before discretisation, with the same codebook.

    Attributes
    ----------
    source : str
        A description of that source.
    lower_bits, upper_bits : float
        Bounds on its rate; the upper one is ∞ where the cells alone exceed a level.
    within_variance : float
        E|X - T|², the variance within the cells, in squared units of X.
    """

    source: str
    lower_bits: float
    upper_bits: float
    within_variance: float


@dataclass(frozen=True, eq=False)
class CurveBand:
    """A certified curve along one level, with the other levels fixed.

    Attributes
    ----------
    levels : array, (k,)
        The solved levels, increasing, in the unit of the distortion.
    upper_bits, lower_bits : arrays, (k,)
        Bounds on the rate, bits per symbol.
    prices_bits : array, (k, F)
        The price of D and of each subset's level, bits per unit of the distortion.
    which : int
        The place of the level that varies: 0 for D, else that of the subset.
    """

    levels: Floats
    upper_bits: Floats
    lower_bits: Floats
    prices_bits: Floats
    which: int = 0

    @property
    def slopes_bits(self) -> Floats:
        """The price of the level that varies, (k,)."""
        return np.asarray(self.prices_bits[:, self.which])

    def tangents(self) -> tuple[Floats, Floats]:
        """Return the lower bound along D: the points where its lines meet, and its bits, (2k-1,).

        R is convex, so between the levels it lies above every tangent and below every chord.
        """
        levels, lower = self.levels, self.lower_bits
        # A bound of 0 has no slope: R ≥ 0 is all that it says.
        slopes = np.where(lower > 0, -self.slopes_bits, 0.0)
        step = np.diff(levels)
        bend = np.diff(slopes) * step
        # If the slope does not change, the chord is the tangent and any point on it is valid.
        rise = lower[:-1] - lower[1:] + slopes[1:] * step
        share = np.divide(rise, bend, out=np.full(len(step), 0.5), where=bend > 0)
        at = np.sort(np.concatenate([levels, levels[:-1] + np.clip(share, 0, 1) * step]))
        lines = lower + slopes * (at[:, None] - levels)
        return at, np.maximum(lines.max(axis=1), 0.0)


@dataclass(frozen=True, eq=False)
class Axis:
    """One axis of a surface: a level that is varied.

    Attributes
    ----------
    name, unit : str
        The symbol of the level, such as "D′" or "C", and its unit.
    levels : array, (L,)
        The values in that unit, increasing.
    """

    name: str
    unit: str
    levels: Floats

    @property
    def title(self) -> str:
        """The name with the unit."""
        return f"{self.name} ({self.unit})"


@dataclass(frozen=True, eq=False)
class SurfaceView:
    """The rate over two levels, B by A; NaN where a cell is not solved or is infeasible.

    Attributes
    ----------
    x, y : Axis
        The two levels, A and B values of them.
    upper_bits, lower_bits : arrays, (B, A)
        Certified bounds on the rate.
    x_prices_bits, y_prices_bits : arrays, (B, A)
        The price of each level: bits per unit of its axis.
    other_levels, other_prices_bits : tuples of float and of arrays, (B, A)
        The levels that are fixed, and the price of each.
    solved : dict
        The solutions of the cells for a browser; empty until all cells are solved.
    """

    x: Axis
    y: Axis
    upper_bits: Floats
    lower_bits: Floats
    x_prices_bits: Floats
    y_prices_bits: Floats
    other_levels: tuple[float, ...] = ()
    other_prices_bits: tuple[Floats, ...] = ()
    solved: dict[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of levels of y and of x."""
        return len(self.y.levels), len(self.x.levels)

    @property
    def prices_bits(self) -> tuple[Floats, ...]:
        """The price of the level of x, of y, and of each fixed level."""
        return (self.x_prices_bits, self.y_prices_bits, *self.other_prices_bits)


@dataclass(frozen=True)
class Trade:
    """The change of one level for a change of the rate, with the other level fixed.

    Attributes
    ----------
    which : int
        The place of the level: 0 for D, else that of the subset.
    bits : float
        The change of the rate: more bits if positive.
    before : float
        The current level, in the unit of the distortion.
    low, high : float or None
        Certified bounds on the new level; None if no level has that rate.
    predicted : float or None
        The level predicted by the price alone, accurate for few bits; None if the price is 0.
    most_bits, edge : float or None
        If ``bits`` is too large: the largest possible change, and the level it leads to; above that
        level the constraint is slack if bits are saved.
    """

    which: int
    bits: float
    before: float
    low: float | None = None
    high: float | None = None
    predicted: float | None = None
    most_bits: float | None = None
    edge: float | None = None


@dataclass(frozen=True, eq=False)
class GroupsView:
    """The groups of a column of an upload, as set and with no group worse than a level.

    Attributes
    ----------
    names : tuple of str
        The entries of the column.
    masses, now, held : arrays, (g,)
        The probability of each group, and its mean distortions, in the unit of the distortion.
    prices_bits : array, (g,)
        The price of the level of each group where all are held, bits per unit of the distortion.
    rate_bits, held_bits, gap_bits : float
        Certified upper bounds on both rates, and the larger gap.
    """

    names: tuple[str, ...]
    masses: Floats
    now: Floats
    held: Floats
    prices_bits: Floats
    rate_bits: float
    held_bits: float
    gap_bits: float


@dataclass(frozen=True)
class Audit:
    """Our solution and Clarabel's of the same program.

    Attributes
    ----------
    lower_bits, upper_bits : float
        Our certified bounds.
    seconds, peer_seconds : float
        Time of our solver including the certificate, and of CVXPY with Clarabel.
    value_bits : float
        I(X;Y) of Clarabel's channel, unchanged.
    accuracy_bits : float
        Its largest possible error: the gap proved by its own channel and prices.
    violation : float
        The largest relative violation of a level by its channel.
    codewords, atoms : int
        Size of the program.
    """

    lower_bits: float
    upper_bits: float
    seconds: float
    value_bits: float
    accuracy_bits: float
    violation: float
    peer_seconds: float
    codewords: int
    atoms: int

    @property
    def agrees(self) -> bool:
        """Whether Clarabel's value lies within our bounds, up to its own accuracy."""
        below, above = self.value_bits - self.accuracy_bits, self.value_bits + self.accuracy_bits
        return below <= self.upper_bits and above >= self.lower_bits


@dataclass(frozen=True, eq=False)
class Reference:
    """A reference curve: its name, levels (k,) in the unit of the distortion, and bits (k,)."""

    name: str
    kind: Literal["closed", "baseline", "free"]
    levels: Floats
    rates_bits: Floats


@dataclass(frozen=True)
class WhatIf:
    """The increase in rate for a lower level: predicted by the price, and solved.

    Attributes
    ----------
    before, after : float
        The level, in the unit of the distortion.
    predicted_bits : float
        Price times the change: the tangent, a lower bound because the curve is convex.
    solved_bits : float
        The difference of the two certified rates.
    gap_bits : float
        The largest possible error of ``solved_bits``.
    """

    before: float
    after: float
    predicted_bits: float
    solved_bits: float
    gap_bits: float


@dataclass(frozen=True)
class Within:
    """The least D within a rate.

    Attributes
    ----------
    low, high : float
        Bounds on it, in the unit of the distortion; NaN if no D is large enough.
    needed_bits : float
        The rate that the subsets alone need, if no D is large enough; else NaN.
    """

    low: float
    high: float
    needed_bits: float


@dataclass(frozen=True)
class Trouble:
    """Why there is no result, in one sentence, and the level that it concerns.

    Attributes
    ----------
    sentence : str
        The message for the user.
    which : int or None
        The place of the level that it concerns: 0 for D, else that of the subset.
    remedy : float or None
        A feasible value of that level.
    more : tuple of Trouble
        The same for other levels.
    """

    sentence: str
    which: int | None = None
    remedy: float | None = None
    more: tuple[Trouble, ...] = ()

    @property
    def markdown(self) -> str:
        """The sentence with all markup escaped, because it may quote the user's input."""
        return as_markdown(self.sentence)


@dataclass(frozen=True)
class FixedLength:
    """The estimated rate of codes of fixed length that may miss a level, and R(D), in bits.

    Attributes
    ----------
    bound_bits, rate_bits : float
        R(D), and the normal approximation of the rate of the code.
    dispersion_bits : float
        V, in bits².
    """

    bound_bits: float
    rate_bits: float
    dispersion_bits: float
