"""The exceptions of rdcore.

RDError
├── InputError (ValueError)        an argument is invalid; the message names it, what it was
│   │                              and what is accepted
│   ├── InfeasibleError            no channel meets the levels; has levels that can be met
│   ├── RateTooLowError        no level is large enough for a rate; has the rate that is needed
│   └── TableError                 a file or a choice of its columns cannot be used
├── NotConvergedError              raised only by ``Solution.require()``
├── CancelledError                 the caller's ``cancel`` was set
├── MissingExtraError (ImportError) an optional dependency is not installed; the message names
│                                  the extra that brings it
├── ProofError (ArithmeticError)   a lower bound exceeds an upper bound: a defect of rdcore
└── WorkerError                    the same task repeatedly lost its worker
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
    "RateTooLowError",
    "TableError",
    "WorkerError",
]


class RDError(Exception):
    """Base class of the exceptions of rdcore."""


class InputError(RDError, ValueError):
    """An argument is invalid; the message names it, what it was and what is accepted."""


class InfeasibleError(InputError):
    """No channel meets all the levels.

    Attributes
    ----------
    smallest : tuple of float
        The minimum level of each fidelity, in the problem's order, if it were the only one.
    nearest : tuple of float
        Levels that can be met together. Each is the original level or a larger one; the largest
        relative increase is as small as possible. Where a symbol has no codeword at finite
        distortions, no level can be met: both are infinite then.
    """

    def __init__(
        self, message: str, smallest: tuple[float, ...], nearest: tuple[float, ...] | None = None
    ) -> None:
        super().__init__(message)
        self.smallest = smallest
        self.nearest = smallest if nearest is None else nearest


class RateTooLowError(InputError):
    """No level is large enough for a rate: the other levels alone need more.

    Attributes
    ----------
    needed : float
        A lower bound on the rate that they need, nats.
    """

    def __init__(self, message: str, needed: float) -> None:
        super().__init__(message)
        self.needed = needed


class TableError(InputError):
    """A file or a choice of its columns cannot be used; the message is one sentence."""


class NotConvergedError(RDError, RuntimeError):
    """A solver stopped before it reached the tolerance, and the caller required convergence."""


class CancelledError(RDError):
    """The caller cancelled the computation through ``cancel``."""


class MissingExtraError(RDError, ImportError):
    """An optional dependency is not installed; the message names the extra that brings it."""


class ProofError(RDError, ArithmeticError):
    """A lower bound exceeds an upper bound by more than rounding: one of the proofs is wrong."""


class WorkerError(RDError, RuntimeError):
    """The worker processes of an executor died repeatedly on the same task."""
