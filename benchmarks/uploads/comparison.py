"""One file read by rdcore.tables and by pandas, and which of the two reads more of it."""

from __future__ import annotations

import gzip
import io
import re
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.uploads.corpus import Sample
from rdcore.errors import TableError
from rdcore.tables import Table, read_table
from rdcore.tables.numerals import is_number

# What pandas appends to a name that occurs twice, as in "1.5.1".
_REPEAT = re.compile(r"\.\d+$")


@dataclass(frozen=True)
class Compared:
    """What became of one file.

    Parameters
    ----------
    sample : Sample
    outcome : str
        "same", "better", "worse" or "other".
    why : str
        The first difference.
    """

    sample: Sample
    outcome: str
    why: str = ""


def compare(sample: Sample) -> Compared:
    """Compare the columns of numbers: their names, positions and values.

    A reading is better if it has all columns of the other and more. It is "other" if each has
    columns that the other does not have.
    """
    theirs = by_pandas(sample)
    try:
        ours = read_table(sample.name, sample.data)
    except TableError as error:
        numeric = {} if theirs is None else numbers(theirs)
        return Compared(sample, "worse" if numeric else "same", str(error))
    if theirs is None:
        return Compared(sample, "better", "pandas refuses")
    return _judged(sample, ours, theirs)


def by_pandas(sample: Sample) -> pd.DataFrame | None:
    """Return what pandas.read_csv reads without options."""
    data = gzip.decompress(sample.data) if sample.name.endswith(".gz") else sample.data
    for encoding in ("utf-8", "latin-1"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return pd.read_csv(io.BytesIO(data), encoding=encoding)
        except UnicodeDecodeError:
            continue
        except (pd.errors.ParserError, pd.errors.EmptyDataError):
            return None
    return None


def numbers(frame: pd.DataFrame) -> dict[int, np.ndarray]:
    """Return the columns of numbers by their position, without those that are empty.

    Where pandas takes the first cells for an index, they are columns too.
    """
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    found = {}
    for j in range(frame.shape[1]):
        column = frame.iloc[:, j]
        if pd.api.types.is_numeric_dtype(column):
            values = column.to_numpy(dtype=np.float64, na_value=np.nan)
            if np.isfinite(values).any():
                found[j] = values
    return found


def _judged(sample: Sample, ours: Table, theirs: pd.DataFrame) -> Compared:
    if _took_data_for_names(ours, theirs):
        return Compared(sample, "better", "pandas takes the first row of data for names")
    own = {column.name: column.values for column in ours.columns}
    left = list(own.values())
    missing = []
    for j, values in numbers(theirs).items():
        twin = next((k for k, one in enumerate(left) if same(one, values)), None)
        if twin is None:
            missing.append(str(theirs.columns[j]) if j < theirs.shape[1] else f"column {j + 1}")
        else:
            del left[twin]
    extra = [name for name, values in own.items() if any(values is one for one in left)]
    if missing and extra:
        return Compared(sample, "other", f"pandas has {missing[:3]}, we have {extra[:3]}")
    if missing:
        return Compared(sample, "worse", f"pandas has {missing[:3]}")
    if extra:
        return Compared(sample, "better", f"we have {extra[:3]}")
    names = {_plain(str(name)) for name in theirs.columns}
    unknown = [
        name
        for name in own
        if _plain(name) not in names and not name.startswith("column ") and name != "row"
    ]
    if unknown:
        return Compared(sample, "other", f"the names {unknown[:3]}")
    return Compared(sample, "same")


def _took_data_for_names(ours: Table, theirs: pd.DataFrame) -> bool:
    """Whether pandas has the same columns without the first row, which it made the header."""
    found = numbers(theirs)
    if ours.rows != len(theirs) + 1 or len(ours.columns) < len(found):
        return False
    columns = [column.values for column in ours.columns]
    names = [str(name) for name in theirs.columns]
    first = {is_number(name) or is_number(_REPEAT.sub("", name)) for name in names}
    return first == {True} and all(
        any(same(one[1:], values) for one in columns) for values in found.values()
    )


def same(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Whether two columns are equal; the parsers may round the last digit differently."""
    if ours.shape != theirs.shape:
        return False
    return bool(np.allclose(ours, theirs, rtol=1e-12, atol=0, equal_nan=True))


def _plain(name: str) -> str:
    return "".join(name.split()).lower()[:50].split("(")[0].split(".")[0]
