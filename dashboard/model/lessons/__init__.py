"""The lessons of the Guide: one file each beside this one, read once, in the order of a class."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import MappingProxyType

from dashboard.model.fields import LESSONS
from dashboard.model.lessons.lesson import Lesson, parsed

_FOLDER = Path(__file__).parent


@cache
def lessons() -> MappingProxyType[str, Lesson]:
    """Return every lesson by its name, in order."""
    read = {
        name: parsed(name, (_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        for name in LESSONS
    }
    return MappingProxyType(read)
