"""The precomputed studies of the app: results, script and date."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "assets" / "learned"


@dataclass(frozen=True, eq=False)
class Study:
    """Rows of a study and their origin.

    Attributes
    ----------
    about, made_by, date, machine : str
    seeds : int
        Number of runs of each case.
    spread : str
        What ± is.
    note : str
        How the recipe differed from that of today, or "".
    rows : tuple of dict
        As the script in benchmarks/ wrote them.
    """

    about: str
    made_by: str
    date: str
    machine: str
    seeds: int
    spread: str
    note: str
    rows: tuple[dict[str, Any], ...]

    @property
    def caption(self) -> str:
        """The origin of the numbers, one sentence."""
        note = f" {self.note}." if self.note else ""
        return (
            f"Computed on {self.date} by `{self.made_by}`; {self.seeds} seeds each;"
            f" ± is {self.spread}.{note}"
        )


@lru_cache(maxsize=16)
def study(name: str) -> Study | None:
    """Return a study by its name; None if it does not exist."""
    place = FOLDER / f"{name}.json"
    if not place.exists():
        return None
    kept = json.loads(place.read_text(encoding="utf-8"))
    return Study(
        kept["about"],
        kept["made_by"],
        kept["date"],
        kept["machine"],
        int(kept["seeds"]),
        kept["spread"],
        kept.get("note", ""),
        tuple(kept["rows"]),
    )
