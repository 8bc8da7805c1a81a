"""What the figures show: plain values in bits, made by ``compute`` from rdcore's solutions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dashboard.uploads import as_markdown

Floats = NDArray[np.float64]
Control = Literal["D", "D′", "codebook", "subset", "source", ""]

IN_USE = 1e-6
"""A codeword is in use if its mass is above this."""


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


@dataclass(frozen=True, eq=False)
class CurveBand:
    """A certified curve: levels (k,), bounds on the rate in bits (k,) and the price of D (k,)."""

    levels: Floats
    upper_bits: Floats
    lower_bits: Floats
    price_bits: Floats


@dataclass(frozen=True, eq=False)
class Reference:
    """A known curve or bound to draw beside ours: its name, levels (k,) and rates in bits (k,)."""

    name: str
    kind: Literal["closed", "baseline"]
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
