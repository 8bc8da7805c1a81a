"""What the figures show: plain values in bits, made by ``compute`` from rdcore's solutions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from dashboard.formatting import as_markdown

Floats = NDArray[np.float64]
Control = Literal["D", "D′", "codebook", "subset", "source", ""]

IN_USE = 1e-6
"""A codeword is in use if its mass is above this."""


class Placed(Protocol):
    """Codewords (m, d) and how likely each is, (m,)."""

    @property
    def codebook(self) -> Floats: ...
    @property
    def masses(self) -> Floats: ...


@dataclass(frozen=True, eq=False)
class SourceView:
    """A source as it is drawn.

    Attributes
    ----------
    points, pmf : arrays, (n, d) and (n,)
        Atoms and their probabilities.
    mask : array of bool, (n,)
        Which atoms are in the subset.
    labels : tuple of str
        What to write on each axis, with its unit.
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
        """Range of an axis with a little room at either side."""
        low, high = float(self.points[:, axis].min()), float(self.points[:, axis].max())
        room = (high - low) * max(0.03, 0.6 / max(self.n ** (1 / self.dim) - 1, 1)) or 0.5
        return low - room, high + room


@dataclass(frozen=True)
class Limits:
    """The levels worth asking for, in the unit of the distortion.

    Attributes
    ----------
    smallest, largest : float
        D below ``smallest`` cannot be met; above ``largest`` the source needs no bits.
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
        D and D′ asked for; D′ is None without a subset.
    rate_bits, gap_bits : float
        A rate that a channel really reaches, and how far below it the true one may lie at most.
    price_bits, subset_price_bits : float
        -∂R/∂D and -∂R/∂D′ in bits per unit of the distortion.
    reached, subset_reached : float
        The distortions the channel has.
    entropy_bits : float
        H(Y).
    channel : array, (n, m)
        P(Y=j | X=x).
    codebook, masses : arrays, (m, d) and (m,)
        Codewords and how likely each is.
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
        """Number of codewords whose mass is above ``IN_USE``."""
        return int((self.masses > IN_USE).sum())


@dataclass(frozen=True)
class Beyond:
    """What the atoms prove about the source that they stand for, on the same codebook.

    Attributes
    ----------
    what : str
        That source, in words.
    lower_bits, upper_bits : float
        Its rate lies between; the upper one is ∞ where the cells alone exceed a level.
    hidden : float
        E|X - T|², what the cells hide, in squared units.
    """

    what: str
    lower_bits: float
    upper_bits: float
    hidden: float


@dataclass(frozen=True, eq=False)
class CurveBand:
    """A certified curve along D, or along D′.

    Attributes
    ----------
    levels : array, (k,)
        Where it was solved, rising.
    upper_bits, lower_bits : arrays, (k,)
        Bounds on the rate.
    price_bits, subset_price_bits : array, (k,), and array or None
        The prices of D and of D′ there; None without a subset.
    """

    levels: Floats
    upper_bits: Floats
    lower_bits: Floats
    price_bits: Floats
    subset_price_bits: Floats | None = None

    def tangents(self) -> tuple[Floats, Floats]:
        """Return the bound from below along D: where its lines meet, and its bits there, (2k-1,).

        R is convex, so between the levels it lies above every tangent and below each chord.
        """
        levels, lower, slopes = self.levels, self.lower_bits, -self.price_bits
        bend, step = np.diff(slopes), np.diff(levels)
        # Where the slope does not change the chord is the tangent, and any point of it would do.
        rise = lower[:-1] - lower[1:] + slopes[1:] * step
        share = np.divide(rise, bend * step, out=np.full(len(step), 0.5), where=bend * step > 0)
        at = np.sort(np.concatenate([levels, levels[:-1] + np.clip(share, 0, 1) * step]))
        lines = lower + slopes * (at[:, None] - levels)
        return at, np.maximum(lines.max(axis=1), 0.0)


@dataclass(frozen=True, eq=False)
class SurfaceView:
    """R(D, D′) on a grid, B levels D′ by A levels D; NaN where it is not solved or infeasible.

    Attributes
    ----------
    levels, subset_levels : arrays, (A,) and (B,)
        D and D′, rising.
    upper_bits, lower_bits : arrays, (B, A)
        Certified bounds on the rate.
    price_bits, subset_price_bits : arrays, (B, A)
        -∂R/∂D and -∂R/∂D′ in bits per unit of the distortion.
    """

    levels: Floats
    subset_levels: Floats
    upper_bits: Floats
    lower_bits: Floats
    price_bits: Floats
    subset_price_bits: Floats


@dataclass(frozen=True)
class Trade:
    """What some bits more, or fewer, do to a level with the other one kept.

    Attributes
    ----------
    name : str
        "D" or "D′".
    bits : float
        More bits if positive.
    before : float
        The level now, in the unit of the distortion.
    low, high : float or None
        Certified bounds on the level that so many bits lead to; None if no level does.
    foretold : float or None
        The level by the price alone, which is the better guess the fewer the bits; None if the
        level has no price.
    most_bits, edge : float or None
        Where ``bits`` are too many: how many could be traded at most, and the level that those
        lead to, from which on it is slack where bits are saved.
    """

    name: Literal["D", "D′"]
    bits: float
    before: float
    low: float | None = None
    high: float | None = None
    foretold: float | None = None
    most_bits: float | None = None
    edge: float | None = None


@dataclass(frozen=True)
class Audit:
    """Our answer and Clarabel's to the same program.

    Attributes
    ----------
    lower_bits, upper_bits : float
        Our certified bounds.
    seconds, peer_seconds : float
        Time of ours, proof included, and of CVXPY with Clarabel.
    value_bits : float
        I(X;Y) of Clarabel's channel as it stands.
    accuracy_bits : float
        How far off it may be: the gap that its own channel and prices prove.
    violation : float
        By how much its channel overshoots a level at the most, relative to it.
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
        """Whether Clarabel's value lies within our bounds, give or take its own accuracy."""
        below, above = self.value_bits - self.accuracy_bits, self.value_bits + self.accuracy_bits
        return below <= self.upper_bits and above >= self.lower_bits


@dataclass(frozen=True, eq=False)
class Reference:
    """What is drawn beside our curve: its name, levels (k,) and rates in bits (k,)."""

    name: str
    kind: Literal["closed", "baseline", "every"]
    levels: Floats
    rates_bits: Floats


@dataclass(frozen=True)
class WhatIf:
    """A level lowered: what the price foretells, and what solving says.

    Attributes
    ----------
    name : str
        "D" or "D′".
    before, after : float
        The level, in the unit of the distortion.
    predicted_bits : float
        Price times the change: the tangent, which a convex curve never goes below.
    solved_bits : float
        The difference of the two certified rates.
    gap_bits : float
        How far off ``solved_bits`` may be.
    """

    name: str
    before: float
    after: float
    predicted_bits: float
    solved_bits: float
    gap_bits: float


@dataclass(frozen=True)
class Trouble:
    """Why there is no result, in one sentence, and the control it belongs beside.

    Attributes
    ----------
    sentence : str
        For the user.
    control : str
        Which control it is about; "" if none.
    remedy : float or None
        A value of that control that would do.
    """

    sentence: str
    control: Control = ""
    remedy: float | None = None

    @property
    def markdown(self) -> str:
        """The sentence, which may quote what the user typed, as text that is not markup."""
        return as_markdown(self.sentence)
