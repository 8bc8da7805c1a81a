"""Results as the figures show them: plain values, information in bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from dashboard.formatting import as_markdown

Floats = NDArray[np.float64]
Control = Literal["D", "D′", "codebook", "subset", "source", ""]

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
    """A source with its subset.

    Attributes
    ----------
    points, pmf : arrays, (n, d) and (n,)
        Atoms in the unit of X and their probabilities.
    mask : array of bool, (n,)
        Which atoms are in the subset.
    labels : tuple of str
        The label of each axis, with its unit.
    """

    points: Floats
    pmf: Floats
    mask: NDArray[np.bool_]
    labels: tuple[str, ...]

    @property
    def n(self) -> int:
        """Number of atoms."""
        return len(self.pmf)

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return int(self.points.shape[1])

    @property
    def mass(self) -> float:
        """P(S)."""
        return float(self.pmf[self.mask].sum())

    @property
    def symbols(self) -> int:
        """Number of atoms in the subset."""
        return int(self.mask.sum())

    def span(self, axis: int = 0) -> tuple[float, float]:
        """Range of an axis with a margin on both sides."""
        low, high = float(self.points[:, axis].min()), float(self.points[:, axis].max())
        margin = (high - low) * max(0.03, 0.6 / max(self.n ** (1 / self.dim) - 1, 1)) or 0.5
        return low - margin, high + margin


@dataclass(frozen=True)
class LevelRange:
    """The useful range of D and D′, in the unit of the distortion.

    Attributes
    ----------
    smallest, largest : float
        D below ``smallest`` is infeasible; above ``largest`` the rate is 0.
    subset_smallest, subset_largest : float or None
        The same for D′; None without a subset.
    """

    smallest: float
    largest: float
    subset_smallest: float | None = None
    subset_largest: float | None = None


@dataclass(frozen=True, eq=False)
class Point:
    """One certified solution.

    Attributes
    ----------
    level, subset_level : float
        D and D′ of the problem, in the unit of the distortion; D′ is None without a subset.
    rate_bits, gap_bits : float
        The certified upper bound on the rate, and its distance from the lower bound.
    price_bits, subset_price_bits : float
        -∂R/∂D and -∂R/∂D′ in bits per unit of the distortion.
    reached, subset_reached : float
        The distortions of the channel, in the unit of the distortion.
    entropy_bits : float
        H(Y), bits per symbol.
    channel : array, (n, m)
        P(Y=j | X=x).
    codebook, masses : arrays, (m, d) and (m,)
        Codewords in the unit of X and their probabilities.
    """

    level: float
    subset_level: float | None
    rate_bits: float
    gap_bits: float
    price_bits: float
    subset_price_bits: float | None
    reached: float
    subset_reached: float | None
    entropy_bits: float
    channel: NDArray[np.float32]
    codebook: Floats
    masses: Floats
    converged: bool
    status: str
    scope: str
    iterations: int
    seconds: float

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
    """A certified curve along D, or along D′.

    Attributes
    ----------
    levels : array, (k,)
        The solved levels, increasing, in the unit of the distortion.
    upper_bits, lower_bits : arrays, (k,)
        Bounds on the rate, bits per symbol.
    price_bits, subset_price_bits : array, (k,), and array or None
        The prices of D and of D′, bits per unit of the distortion; None without a subset.
    """

    levels: Floats
    upper_bits: Floats
    lower_bits: Floats
    price_bits: Floats
    subset_price_bits: Floats | None = None

    def tangents(self) -> tuple[Floats, Floats]:
        """Return the lower bound along D: the points where its lines meet, and its bits, (2k-1,).

        R is convex, so between the levels it lies above every tangent and below every chord.
        """
        levels, lower = self.levels, self.lower_bits
        # A bound of 0 has no slope: R ≥ 0 is all that it says.
        slopes = np.where(lower > 0, -self.price_bits, 0.0)
        bend, step = np.diff(slopes), np.diff(levels)
        # If the slope does not change, the chord is the tangent and any point on it is valid.
        rise = lower[:-1] - lower[1:] + slopes[1:] * step
        share = np.divide(rise, bend * step, out=np.full(len(step), 0.5), where=bend * step > 0)
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
    """

    x: Axis
    y: Axis
    upper_bits: Floats
    lower_bits: Floats
    x_prices_bits: Floats
    y_prices_bits: Floats


@dataclass(frozen=True)
class Trade:
    """The change of one level for a change of the rate, with the other level fixed.

    Attributes
    ----------
    name : str
        "D" or "D′".
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

    name: Literal["D", "D′"]
    bits: float
    before: float
    low: float | None = None
    high: float | None = None
    predicted: float | None = None
    most_bits: float | None = None
    edge: float | None = None


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
    name : str
        "D" or "D′".
    before, after : float
        The level, in the unit of the distortion.
    predicted_bits : float
        Price times the change: the tangent, a lower bound because the curve is convex.
    solved_bits : float
        The difference of the two certified rates.
    gap_bits : float
        The largest possible error of ``solved_bits``.
    """

    name: str
    before: float
    after: float
    predicted_bits: float
    solved_bits: float
    gap_bits: float


@dataclass(frozen=True)
class Trouble:
    """Why there is no result, in one sentence, and the control that it concerns.

    Attributes
    ----------
    sentence : str
        The message for the user.
    control : str
        The control that it concerns; "" if none.
    remedy : float or None
        A feasible value of that control.
    """

    sentence: str
    control: Control = ""
    remedy: float | None = None

    @property
    def markdown(self) -> str:
        """The sentence with all markup escaped, because it may quote the user's input."""
        return as_markdown(self.sentence)
