"""A statement of a publication, and what the app finds about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Verdict = Literal[
    "holds", "holds with a correction", "does not hold at these settings", "not tested here"
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""From best to worst."""


@dataclass(frozen=True)
class Claim:
    """A statement of a publication with our verdict.

    Attributes
    ----------
    says : str
        The statement, in few words.
    where : str
        Its place in the publication.
    page : str
        The page of the app that shows it, and the part of the page.
    verdict : str
        One of ``VERDICTS``.
    why : str
        The reason, with our numbers.
    """

    says: str
    where: str
    page: str
    verdict: Verdict
    why: str


def overall(claims: Sequence[Claim]) -> Verdict:
    """Return the verdict of claims together.

    That is the verdict all of them share; if some fail and others do not, the claims hold with a
    correction.
    """
    found = {one.verdict for one in claims} - {"not tested here"}
    if not found:
        return "not tested here"
    return found.pop() if len(found) == 1 else "holds with a correction"


def checked(
    says: str, where: str, page: str, *, holds: bool, why: str, corrected: bool = False
) -> Claim:
    """Return a claim with the verdict of a computed condition.

    ``corrected`` says that the reason restricts or corrects the claim.
    """
    good: Verdict = "holds with a correction" if corrected else "holds"
    return Claim(says, where, page, good if holds else "does not hold at these settings", why)
