"""The table: each row compares our time on a case with that of a peer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = (
    "section",
    "case",
    "ours",
    "time",
    "gap",
    "against",
    "time",
    "gap",
    "ratio",
    "aim",
    "remark",
)
_WIDTHS = (10, 44, 26, 9, 7, 24, 9, 7, 8, 7, 0)


@dataclass(frozen=True)
class Row:
    """One comparison.

    Parameters
    ----------
    section, case : str
        The comparison.
    ours : str
        Our solver.
    seconds, gap : float, optional
        Median time of building, solving and certifying, and the certified gap in nats; None if
        there is no answer. The remark then gives the reason.
    peer : str
        The other solver; empty if there is none.
    peer_seconds, peer_gap : float, optional
        The same for the peer; None if it has no answer. The remark then gives the reason.
    aim : float, optional
        The targeted ratio of the peer's time to ours.
    remark : str
        Further results of the comparison.
    missed : bool
        Whether another target was missed; the remark says which.
    """

    section: str
    case: str
    ours: str
    seconds: float | None
    gap: float | None
    peer: str = ""
    peer_seconds: float | None = None
    peer_gap: float | None = None
    aim: float | None = None
    remark: str = ""
    missed: bool = False

    @property
    def ratio(self) -> float | None:
        """The peer's time over ours."""
        if self.seconds is None or self.peer_seconds is None:
            return None
        return self.peer_seconds / self.seconds

    def cells(self) -> tuple[str, ...]:
        """Return the row as text, in the order of ``HEAD``."""
        below = self.aim is not None and (self.ratio is None or self.ratio < self.aim)
        short = below or self.missed
        aim = "" if self.aim is None else f"{self.aim:g} ×{' missed' if short else ''}"
        return (
            self.section,
            self.case,
            self.ours,
            duration(self.seconds),
            size(self.gap),
            self.peer,
            duration(self.peer_seconds),
            size(self.peer_gap),
            "" if self.ratio is None else _times(self.ratio),
            aim,
            self.remark,
        )


def _times(ratio: float) -> str:
    return f"{ratio:.0f} ×" if ratio >= 100 else f"{ratio:.3g} ×"


def size(gap: float | None) -> str:
    """Return a gap with one digit."""
    return "" if gap is None else f"{gap:.0e}"


def duration(seconds: float | None) -> str:
    """Return a time with three digits."""
    if seconds is None:
        return ""
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1e3 * seconds:.3g} ms"


def line(cells: Iterable[str]) -> str:
    """Return the cells as a line with fixed column widths."""
    return "  ".join(f"{cell:{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def markdown(rows: Iterable[Row]) -> str:
    """Return the table in Markdown."""
    lines = [HEAD, tuple("---" for _ in HEAD), *(row.cells() for row in rows)]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in one) + " |" for one in lines
    )
