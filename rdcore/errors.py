"""What can go wrong, as one small tree.

RDError
├── InputError (ValueError)      an argument is wrong: the message says which,
│   │                            what it was and what would do
│   └── InfeasibleError          no channel meets the levels: the message says what could be
├── NotConvergedError            raised only on request, by ``Solution.require()``
├── CancelledError               the caller's own ``cancel`` said so
├── MissingExtraError (ImportError)  an optional dependency is not installed: the message says
│                                what needs it and the extra that brings it
├── ProofError (ArithmeticError)  a lower bound lies above an upper one: a defect of rdcore
└── WorkerError                  an executor's workers died again and again over the same work
"""

from __future__ import annotations

__all__ = [
    "CancelledError",
    "InfeasibleError",
    "InputError",
    "MissingExtraError",
    "NotConvergedError",
    "ProofError",
    "RDError",
    "WorkerError",
]


class RDError(Exception):
    """Base class of everything that rdcore raises on purpose."""


class InputError(RDError, ValueError):
    """An argument is wrong; the message names it, says what it was and what would do."""


class InfeasibleError(InputError):
    """No channel meets all the levels.

    Attributes
    ----------
    smallest : tuple of float
        For each fidelity, in the problem's order, the minimum level that could be met were it
        the only one.
    nearest : tuple of float
        Levels that can be met together: each as it was, or raised by the least common share of
        itself that helps.
    """

    def __init__(
        self, message: str, smallest: tuple[float, ...], nearest: tuple[float, ...] | None = None
    ) -> None:
        super().__init__(message)
        self.smallest = smallest
        self.nearest = smallest if nearest is None else nearest


class NotConvergedError(RDError, RuntimeError):
    """A solver stopped before the certified gap was reached, and the caller asked to be told."""


class CancelledError(RDError):
    """The ``cancel`` that the caller passed asked to stop."""


class MissingExtraError(RDError, ImportError):
    """An optional dependency is not installed; the message names the extra that brings it."""


class ProofError(RDError, ArithmeticError):
    """A lower bound lies above an upper one by more than rounding: one of the proofs is wrong."""


class WorkerError(RDError, RuntimeError):
    """The workers of an executor died again and again over the same part of the work."""
