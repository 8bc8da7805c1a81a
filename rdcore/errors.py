"""What can go wrong, as one small tree.

RDError
├── InputError (ValueError)      an argument is wrong: the message says which,
│   │                            what it was and what would do
│   └── InfeasibleError          no channel meets the levels: the message says what could be
└── NotConvergedError            raised only on request, by ``Solution.require()``
"""

from __future__ import annotations


class RDError(Exception):
    """Base class of everything that rdcore raises on purpose."""


class InputError(RDError, ValueError):
    """An argument is wrong; the message names it, says what it was and what would do."""


class InfeasibleError(InputError):
    """No channel meets all the levels.

    Attributes
    ----------
    smallest : tuple of float
        For each fidelity, in the problem's order, the smallest level that could be met were it
        the only one.
    """

    def __init__(self, message: str, smallest: tuple[float, ...]) -> None:
        super().__init__(message)
        self.smallest = smallest


class NotConvergedError(RDError, RuntimeError):
    """A solver stopped before the certified gap was reached, and the caller asked to be told."""
