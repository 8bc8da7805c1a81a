"""The arguments of the command line."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rdcore.command.conditions import SubsetLevel, condition
from rdcore.errors import InputError
from rdcore.problem.level_scale import MEASURES
from rdcore.tables import DECIMALS, HEADERS, MAX_AXES, Reading

MOST_CANDIDATES = 1024
_DELIMITERS = {
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "bar": "|",
    "blank": " ",
    "none": "none",
} | {mark: mark for mark in (",", ";", "|", " ", "\t")}
_DELIMITERS |= {"\\t": "\t"}

_EXAMPLES = """\
examples:
  How many bits do the temperatures need if the RMS error may be 0.5 °C?
      python -m rdcore log.csv --column temp --distortion rms --D 0.5
  The same, with an RMS error of 0.05 °C in the rows whose status is alarm:
      python -m rdcore log.csv --column temp --distortion rms --D 0.5 \\
          --subset "status=alarm: 0.05"
  Values with their counts, 16 equally spaced codewords, as JSON:
      python -m rdcore hist.csv --column value --weights count --D 2 --codewords 16 --json
  Three columns coded together and one by one, each error relative to its column's spread:
      python -m rdcore log.csv --column temp --column hum --column wind --standardise \\
          --distortion share --D 10
  A file with semicolons and decimal commas, which can also be left to its content:
      python -m rdcore messung.csv --delimiter semicolon --decimal , --D 0.1

The rate is the smallest number of bits per row with which any code can meet all levels. It lies
between the bounds printed, which are certified. The price of a level says by how many bits the
rate falls per unit by which the level is relaxed. The result is for the rows of the file, not for
a distribution from which they were drawn.
"""


@dataclass(frozen=True)
class Asked:
    """What the user asks for.

    Parameters
    ----------
    path : Path
        The file.
    columns : tuple of str
        Up to 16 columns of the source; () for a proposal.
    column_weights : tuple of float
        What the squared error of each column counts; () for 1 each.
    standardise : bool
        Whether each column has one over its variance as weight.
    weights : str or None
        The column of weights; "none" for none, None for a proposal.
    measure : str
        One of ``MEASURES``.
    level : float
        D, as the user states it.
    peak : float or None
        The range of the source for "psnr"; None for that of its values.
    subsets : tuple of SubsetLevel
    subset_measure : str
        "conditional", "joint" or "each".
    codewords : int or None
        The number of equally spaced codewords; None for the free codebook.
    candidates : int
        The largest number of codewords for more than two columns.
    bins : int or None
        Bins per axis; None for a proposal.
    outliers, missing, unit : str
        As in ``rdcore.tables.Choice``.
    reading : Reading
        How the file is read.
    json : bool
        Whether the answer is JSON.
    """

    path: Path
    columns: tuple[str, ...]
    column_weights: tuple[float, ...]
    standardise: bool
    weights: str | None
    measure: str
    level: float
    peak: float | None
    subsets: tuple[SubsetLevel, ...]
    subset_measure: str
    codewords: int | None
    candidates: int
    bins: int | None
    outliers: str
    missing: str
    unit: str
    reading: Reading
    json: bool


def parsed(arguments: Sequence[str] | None = None) -> Asked:
    """Read the arguments; the process ends with a message if they cannot be used.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``python -m rdcore``; by default those of the process.

    Returns
    -------
    Asked
        The arguments, for ``answer``.

    Examples
    --------
    >>> asked = parsed(["log.csv", "--D", "0.5", "--distortion", "rms"])
    >>> asked.measure, asked.level
    ('rms', 0.5)
    """
    parser = _parser()
    found = parser.parse_args(arguments)
    if len(found.column) > MAX_AXES:
        parser.error(
            f"argument --column: given {len(found.column)} times; up to {MAX_AXES} are accepted"
        )
    if found.standardise and found.column_weights:
        parser.error("argument --standardise: it sets the weights; give no --column-weights")
    if len(found.column) > 2:
        _check_vectors(parser, found)
    return Asked(
        path=Path(found.file),
        columns=tuple(found.column),
        column_weights=found.column_weights,
        standardise=found.standardise,
        weights=found.weights,
        measure=found.distortion,
        level=found.D,
        peak=found.peak,
        subsets=tuple(found.subset),
        subset_measure=found.measure,
        codewords=found.codewords,
        candidates=found.candidates,
        bins=found.bins,
        outliers="drop" if found.drop_outliers else "keep",
        missing=found.missing,
        unit=found.unit,
        reading=Reading(found.delimiter, found.decimal, found.header, found.sheet),
        json=found.json,
    )


def _check_vectors(parser: argparse.ArgumentParser, found: argparse.Namespace) -> None:
    """Refuse what more than two columns cannot have."""
    if found.codewords is not None:
        parser.error("argument --codewords: more than two columns have --candidates")
    if found.bins:
        parser.error("argument --bins: more than two columns are not binned")
    if found.distortion in ("psnr", "absolute", "hamming"):
        parser.error("argument --distortion: for more than two columns mse, rms, snr, share")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rdcore",
        description="The smallest rate at which the data in a file can be coded with a given"
        " distortion, with certified bounds.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "file", help="CSV (also .csv.gz), Excel, Parquet, NPY, JSON, MATLAB or WAV file"
    )
    problem = parser.add_argument_group("the problem")
    problem.add_argument(
        "--D", type=_number, required=True, metavar="LEVEL", help="the average distortion allowed"
    )
    problem.add_argument(
        "--distortion",
        choices=MEASURES,
        default="mse",
        help="; ".join(f"{name}: {what}" for name, what in MEASURES.items()) + " (default: mse)",
    )
    problem.add_argument(
        "--peak",
        type=_number,
        metavar="RANGE",
        help="the range of the data, for psnr, such as 255 (default: largest minus smallest value)",
    )
    problem.add_argument(
        "--subset",
        type=_subset,
        action="append",
        default=[],
        metavar="'WHICH: LEVEL'",
        help="rows with a level of their own, such as 'status=alarm: 0.05', '>80: 0.1' or 'temp in"
        " 80..100: 0.1'; may be repeated. For another column than the source's, the encoder knows"
        " which rows these are.",
    )
    problem.add_argument(
        "--measure",
        choices=("conditional", "joint", "each"),
        default="conditional",
        help="what the level of a subset limits: the mean over the subset, its part of D, or the"
        " mean for each of its values (default: conditional)",
    )
    problem.add_argument(
        "--codewords",
        type=_count("--codewords", 1),
        metavar="N",
        help="N equally spaced codewords (default: the best codebook of any size)",
    )
    problem.add_argument(
        "--candidates",
        type=_count("--candidates", 1, MOST_CANDIDATES),
        default=256,
        metavar="N",
        help="for more than two columns: at most N codewords, centres of k-means (default: 256, at"
        f" most {MOST_CANDIDATES})",
    )
    _add_columns(parser.add_argument_group("the columns and rows"))
    _add_reading(parser.add_argument_group("how the file is read (default: as its content says)"))
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _add_columns(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="NAME",
        help="the column of the source, with or without its unit; again for a source of up"
        f" to {MAX_AXES} columns (default: a proposal)",
    )
    group.add_argument(
        "--column-weights",
        type=_weights,
        default=(),
        metavar="W,W…",
        help="what the squared error of each column counts, such as 1,0.25 (default: 1 each)",
    )
    group.add_argument(
        "--standardise",
        action="store_true",
        help="one over its variance as weight of each column; errors are in standard deviations",
    )
    group.add_argument(
        "--weights",
        metavar="NAME",
        help="the column with the weight or count of each row; none: every row counts once"
        " (default: a column whose name says so)",
    )
    group.add_argument(
        "--bins",
        type=_count("--bins", 0),
        metavar="N",
        help="bins per axis; 0: every distinct value is an atom (default: 0 for few values)",
    )
    group.add_argument("--drop-outliers", action="store_true", help="leave outliers out")
    group.add_argument(
        "--missing", default="", metavar="NUMBERS", help="numbers that mean “missing”: -999,9999"
    )
    group.add_argument("--unit", default="", help="the unit of the values, if no name has it")


def _add_reading(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--delimiter",
        type=_delimiter,
        default="",
        metavar="MARK",
        help="comma, semicolon, tab, bar, blank, or none for one column; or the mark itself",
    )
    group.add_argument(
        "--decimal",
        choices=DECIMALS,
        default="",
        metavar="MARK",
        help="the decimal mark, . or a comma; the other one separates thousands",
    )
    group.add_argument(
        "--header", choices=HEADERS, default="", help="whether the first line has names"
    )
    group.add_argument(
        "--sheet", default="", help="the sheet of a workbook, or the variable of a MATLAB file"
    )


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number; a finite number is accepted")
    return value


class _count:
    """A whole number from a smallest one on, to a largest one if there is one."""

    def __init__(self, name: str, least: int, most: int | None = None) -> None:
        self.name, self.least, self.most = name, least, most

    def __call__(self, text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = self.least - 1
        if value < self.least or (self.most is not None and value > self.most):
            end = "" if self.most is None else f" and at most {self.most}"
            raise argparse.ArgumentTypeError(
                f"{text!r} cannot be used; a whole number of at least {self.least}{end} is accepted"
            )
        return value


def _weights(text: str) -> tuple[float, ...]:
    return tuple(_number(one.strip()) for one in text.split(","))


def _delimiter(text: str) -> str:
    if text and text not in _DELIMITERS:
        names = ", ".join(name for name in _DELIMITERS if name.isalpha())
        raise argparse.ArgumentTypeError(f"{text!r} is unknown; {names} are accepted")
    return _DELIMITERS[text] if text else ""


def _subset(text: str) -> SubsetLevel:
    which, colon, level = text.rpartition(":")
    if not colon:
        raise argparse.ArgumentTypeError(
            f"{text!r} has no level; a condition, a colon and a level are accepted, such as"
            " 'status=alarm: 0.05'"
        )
    try:
        return SubsetLevel(condition(which), _number(level.strip()))
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
