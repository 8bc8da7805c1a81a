"""What a case of the bank states."""

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
    """What must happen to a case."""

    SOLVED = "a rate within the certified gap"
    ZERO = "rate 0 and every price 0"
    INFEASIBLE = "InfeasibleError that says what could be met"
    REFUSED = "InputError when the problem is built or solved, and not InfeasibleError"


@dataclass(frozen=True, eq=False)
class Case:
    """A problem and what must come out.

    Attributes
    ----------
    name : str
        Unique; "group/what".
    build : callable
        Makes the problem; for ``Fate.REFUSED`` it may raise.
    fate : Fate
        What must happen.
    rate : float or None
        Nats; None where there is none to state.
    accuracy : float
        By how much ``rate`` itself may be off, nats, and why.
    prices : tuple of float or None, one a fidelity, or None
        Nats per unit of each level as given; None where the price is not unique.
    price_accuracy : float
        By how much price · level may be off, nats (the price itself at level 0). A solver's own
        prices are no better than sqrt(2 · gap · curvature of R), which a test must add.
    total_price : float or None
        Sum of the prices where only that is unique.
    origin : str
        Where the rate is from.
    smallest : tuple of float or None
        For ``Fate.INFEASIBLE``: the smallest level of each fidelity alone.
    message : str
        For errors: what the message must match, a regular expression.
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
