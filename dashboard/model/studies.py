"""The studies that come with the app: what was trained before, how, and when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "assets" / "learned"


@dataclass(frozen=True, eq=False)
class Study:
    """Rows of a study and what is to be said of it.

    Attributes
    ----------
    about, made_by, date, machine : str
    seeds : int
    rows : tuple of dict
        As the script in benchmarks/ wrote them.
    """

    about: str
    made_by: str
    date: str
    machine: str
    seeds: int
    rows: tuple[dict[str, Any], ...]

    @property
    def caption(self) -> str:
        """Where the numbers come from."""
        return f"Computed before, on {self.date}, by `{self.made_by}`; {self.seeds} seeds each."


@lru_cache(maxsize=16)
def study(name: str) -> Study | None:
    """Return a study by its part's name; None if it is not there."""
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
        tuple(kept["rows"]),
    )
