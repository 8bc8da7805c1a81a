"""The structure of a case of the bank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

import rdcore as rd

CLOSED = "closed form"
TWICE = (
    "computed twice: Newton steps in 256-bit arithmetic, with both bounds in ball arithmetic and a"
    " gap below 1e-18 nats; CVXPY with Clarabel agrees to about 1e-6, or to what its own"
    " overshoot of the levels is worth"
)
ROUNDING = "rounding of the stated value and of the problem's own data"


class Fate(Enum):
    """The expected outcome of a case."""

    SOLVED = "a rate within the certified gap"
    ZERO = "rate 0 and every price 0"
    INFEASIBLE = "InfeasibleError with the minimum levels"
    REFUSED = "InputError when the problem is built or solved, and not InfeasibleError"


@dataclass(frozen=True, eq=False)
class Case:
    """A problem and its expected result.

    Attributes
    ----------
    name : str
        Unique; "group/what".
    build : callable
        Makes the problem; for ``Fate.REFUSED`` it may raise.
    fate : Fate
        The expected outcome.
    rate : float or None
        The rate in nats, if known.
    accuracy : float
        Largest error of ``rate`` itself, nats.
    prices : tuple of float or None, one per fidelity, or None
        Nats per unit of each level as given; None where the price is not unique.
    price_accuracy : float
        Largest error of price · level, nats (of the price itself at level 0). The prices of a
        solver have an additional error of order sqrt(2 · gap · curvature of R), which a test must
        add.
    total_price : float or None
        Sum of the prices, if only that is unique.
    origin : str
        Origin of the value of the rate.
    smallest : tuple of float or None
        For ``Fate.INFEASIBLE``: the minimum level of each fidelity alone.
    message : str
        For errors: a regular expression that the message must match.
    """

    name: str
    build: Callable[[], rd.Problem]
    fate: Fate = Fate.SOLVED
    rate: float | None = None
    accuracy: float = 1e-13
    why: str = ROUNDING
    prices: tuple[float | None, ...] | None = None
    price_accuracy: float = 1e-9
    total_price: float | None = None
    origin: str = CLOSED
    smallest: tuple[float, ...] | None = None
    message: str = ""

    def __str__(self) -> str:
        return self.name

    @property
    def rate_bits(self) -> float | None:
        """The rate in bits."""
        return None if self.rate is None else self.rate / float(np.log(2))
