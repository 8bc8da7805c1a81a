"""What the user decides about how a file is read."""

from __future__ import annotations

from dataclasses import dataclass

from rdcore.errors import TableError
from rdcore.words import clean

DELIMITERS = (",", ";", "\t", "|", " ")
"""A blank means any run of spaces and tabs."""
ONE_COLUMN = "none"
"""In `Reading.delimiter`: every line is one cell."""
DECIMALS = (".", ",")
"""The decimal marks."""
HEADERS = ("yes", "no")
"""Whether the first line has the names of the columns."""


@dataclass(frozen=True)
class Reading:
    """How a file is read; "" leaves a decision to the content of the file.

    Parameters
    ----------
    delimiter : str
        What separates the cells of a text: a comma, a semicolon, a tab, "|", a blank (any run of
        blanks and tabs), or "none" for one cell on each line.
    decimal : str
        The decimal mark: "." or ",".
    header : str
        Whether the first line has the names of the columns: "yes" or "no".
    sheet : str
        The sheet of a workbook, or the variable of a MATLAB file.

    Raises
    ------
    TableError
        If a value is not one of these.
    """

    delimiter: str = ""
    decimal: str = ""
    header: str = ""
    sheet: str = ""

    def __post_init__(self) -> None:
        for name, accepted in (
            ("delimiter", (*DELIMITERS, ONE_COLUMN)),
            ("decimal", DECIMALS),
            ("header", HEADERS),
        ):
            value = getattr(self, name)
            if value not in ("", *accepted):
                options = ", ".join(repr(one) for one in accepted)
                raise TableError(f"{name} is {clean(repr(value), 30)}; {options} are accepted.")
