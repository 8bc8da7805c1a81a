"""What an upload may be at most, the one error, and how names and counts are written."""

from __future__ import annotations

import re

MAX_BYTES = 10 * 2**20
MAX_CELLS = 5_000_000
MAX_COLUMNS = 200
MAX_ATOMS = 4000
MAX_BINS = MAX_ATOMS
MAX_BINS_2D = 200
LARGEST_VALUE = 1e100

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


class UploadError(ValueError):
    """An upload or a choice that cannot be used; the message is one sentence for the user."""


def clean(text: str, length: int = 60) -> str:
    """Return `text` on one line, printable, at most `length` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def counted(number: int, noun: str = "") -> str:
    """Return 5000 as "5 000" with no-break spaces, followed by `noun` in the right number."""
    digits = f"{number:,}".replace(",", "\u00a0")
    return f"{digits} {noun if number == 1 else noun + 's'}" if noun else digits


def listed(items: list[str], most: int = 4) -> str:
    """Return the first `most` items, and how many more there are."""
    more = len(items) - most
    return ", ".join(items[:most]) + (f" and {more} more" if more > 0 else "")


def as_markdown(text: str) -> str:
    """Return `text` with every character escaped that Markdown could take for markup."""
    return _PUNCTUATION.sub(r"\\\1", text)
