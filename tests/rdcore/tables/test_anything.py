"""Whatever the bytes and whatever the choice: a source, or one sentence; never anything else."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rdcore.errors import TableError
from rdcore.tables import Choice, Reading, Table, propose, read_table, understand
from tests.rdcore.tables import table_files as files

TEXTS = [
    files.csv(files.samples(30), header="x,y"),
    files.csv(files.samples(30), header="x;w", delimiter=";", decimal=","),
    b"# x y\n1.0   2\n3.0  4\n5 6\n",
    b'pay,who\n"1,234","a"\n"2,345","b"\n12,NA\n',
    "x\ty\n1\t2\n3\t\n5\t6\n".encode("utf-16"),
]
RECORDS = np.zeros(3, np.dtype([("k", "i2"), ("v", "f8"), ("s", "U4")], align=True))
ARRAYS = [
    files.npy(files.samples(20, 1)[:, 0]),
    files.npy(files.samples(20).astype("f4")),
    files.npy(RECORDS),
]
PARQUETS = [
    files.small_parquet(),
    files.parquet({"x": files.samples(9, 1)[:, 0], "s": ["a"] * 9, "p": [1 / 9] * 9}),
]
MARKS = [
    *'\n,;\t"# -%|()[]\\\0\r\x1f',
    "nan",
    "inf",
    "1e400",
    "-1e308",
    "5e-324",
    "True",
    "O",
    "\u2212",
]
PIECES = st.sampled_from([*(mark.encode() for mark in MARKS), b"\xff\xff\xff\x7f", b"0" * 30])
OTHERS = [
    b'[{"x": 1, "s": "a"}, {"x": 2.5, "s": null}, {"x": "3,5"}]',
    b'{"x": [1, 2, 3], "y": [4, 5, 7]}',
    files.gzipped(TEXTS[0]),
    files.workbook({"a": [["x", "y"], [1, 2.5], [3, None], [4, 7]], "b": [["z"], [5]]}),
    files.matlab({"x": files.samples(9), "s": "text"}),
    files.wav(np.arange(40, dtype="i2").reshape(20, 2)),
]
NAMES = st.sampled_from(["a.csv", "a.npy", "a.parquet", "", "\n*"])
NUMBERS = st.none() | st.floats() | st.integers()


@st.composite
def mutated(draw, seeds):
    """One of the seeds with a few bytes changed, put in, taken out, or the end cut off."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        kind = draw(st.sampled_from(["set", "flip", "insert", "remove", "cut"]))
        if kind == "set":
            data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
        elif kind == "flip" and data:
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "insert":
            data[at:at] = draw(PIECES)
        elif kind == "remove":
            del data[at : at + draw(st.integers(1, 20))]
        elif kind == "cut":
            del data[at:]
    return bytes(data)


@st.composite
def choices(draw, table: Table):
    column = st.sampled_from([*table.names, *(name for name, _ in table.left_out), "", "no such"])
    return Choice(
        kind=draw(st.sampled_from(["samples", "weighted"])),
        first=draw(column),
        second=draw(column),
        weight=draw(column),
        bins=draw(st.integers(-1, 250)),
        low=draw(NUMBERS),
        high=draw(NUMBERS),
        second_low=draw(NUMBERS),
        second_high=draw(NUMBERS),
        outliers=draw(st.sampled_from(["keep", "drop"])),
        missing=draw(st.sampled_from(["", "1", "-999, 2", "x"])),
    )


READINGS = st.builds(
    Reading,
    delimiter=st.sampled_from(["", ",", ";", "\t", "|", " ", "none"]),
    decimal=st.sampled_from(["", ".", ","]),
    header=st.sampled_from(["", "yes", "no"]),
    sheet=st.sampled_from(["", "a", "x", "nowhere"]),
)


def attempt(function, *arguments):
    """Call the function; return None where it refuses, in one sentence."""
    try:
        return function(*arguments)
    except TableError as error:
        refusal = str(error)
    assert 10 < len(refusal) < 600
    assert refusal.replace("\xa0", " ").isprintable()
    assert refusal.endswith(".")
    return None


def check(table: Table, choice: Choice) -> None:
    found = attempt(understand, table, choice)
    if found is None:
        return
    n = len(found.pmf)
    assert found.atoms.shape == ((n, 2) if choice.second else (n,))
    assert len(np.unique(found.atoms, axis=0)) == n >= 2
    assert np.isfinite(found.atoms).all()
    assert (found.pmf > 0).all()
    assert abs(found.pmf.sum() - 1) < 1e-12
    assert found.rows_used + sum(count for _, count in found.dropped) == found.rows_read
    assert 0 <= found.within_variance <= found.variance * (1 + 1e-9)
    assert np.isfinite(found.variance)


def survive(name: str, content: bytes, data: st.DataObject) -> None:
    table = attempt(read_table, name, content)
    if table is None:
        return
    assert 1 <= len(table.columns) <= 1000
    assert len(set(table.names)) == len(table.names)
    assert {len(column.values) for column in table.columns} == {table.rows}
    check(table, propose(table))
    check(table, data.draw(choices(table)))
    attempt(read_table, name, content, data.draw(READINGS))


@settings(deadline=None)
@given(name=NAMES, content=st.binary(max_size=300), data=st.data())
def test_random_bytes(name, content, data):
    survive(name, content, data)


@settings(deadline=None)
@given(
    name=NAMES,
    content=st.text(alphabet='0123456789.,;- \t\n"#xeEnai\ufeff', max_size=200),
    data=st.data(),
)
def test_random_text(name, content, data):
    survive(name, content.encode(), data)


@settings(max_examples=300, deadline=None)
@given(name=NAMES, content=mutated(TEXTS), data=st.data())
def test_mutated_text(name, content, data):
    survive(name, content, data)


@settings(max_examples=300, deadline=None)
@given(name=NAMES, content=mutated(ARRAYS), data=st.data())
def test_mutated_arrays(name, content, data):
    survive(name, content, data)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=NAMES, content=mutated(PARQUETS), data=st.data())
def test_mutated_parquet(name, content, data):
    survive(name, content, data)


@settings(max_examples=200, deadline=None)
@given(name=NAMES, content=mutated(OTHERS), data=st.data())
def test_mutated_others(name, content, data):
    survive(name, content, data)
