"""The command line: ``python -m rdcore`` solves one problem on the user's own data."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rdcore.command.answers import Answer, Apart, Constraint, answer
from rdcore.command.arguments import Asked, parsed
from rdcore.command.conditions import Condition, SubsetLevel, condition
from rdcore.errors import RDError
from rdcore.problem.level_scale import MEASURES

__all__ = [
    "MEASURES",
    "Answer",
    "Apart",
    "Asked",
    "Condition",
    "Constraint",
    "SubsetLevel",
    "answer",
    "condition",
    "main",
    "parsed",
]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status: 0, or 2 for input that cannot be used.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``python -m rdcore``; by default those of the process.

    Returns
    -------
    int
        The exit status.

    Examples
    --------
    >>> main(["missing.csv", "--D", "1"])
    2
    """
    asked = parsed(arguments)
    try:
        found = answer(asked)
    except RDError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write((found.as_json() if asked.json else found.as_text()) + "\n")
    return 0
