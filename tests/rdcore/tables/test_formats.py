"""Workbooks, packed files, JSON, MATLAB and WAV files, and their limits."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from rdcore.errors import TableError
from rdcore.tables import MAX_UNPACKED, Reading, Table, read_table
from tests.rdcore.tables import table_files as files


def columns(table: Table) -> dict[str, list[float]]:
    return {column.name: column.values.tolist() for column in table.columns}


def refused(data: bytes, name: str, **reading: str) -> str:
    with pytest.raises(TableError) as caught:
        read_table(name, data, Reading(**reading))
    message = str(caught.value)
    assert message.startswith(name)
    assert message.endswith(".")
    return message


BOOK = {
    "notes": [["made by hand"]],
    "data": [["temp [°C]", "status", "n"], [20.5, "ok", 1], [80, "alarm", None], [0.1, "ok", 3]],
    "more": [["x"], [1], [2]],
}


def test_a_workbook() -> None:
    table = read_table("a.xlsx", files.workbook(BOOK))
    assert table.format == "Excel"
    assert table.sheets == ("notes", "data", "more")
    assert table.names == ("temp [°C]", "n")
    assert table.column("temp [°C]").values.tolist() == [20.5, 80, 0.1]
    assert table.column("n").empty.tolist() == [False, True, False]
    assert table.labels[0].texts == ("alarm", "ok")
    assert "Sheet “data”." in table.notes
    assert columns(read_table("a.xlsx", files.workbook(BOOK), Reading(sheet="more"))) == {
        "x": [1, 2]
    }


def test_a_workbook_without_a_header() -> None:
    book = files.workbook({"a": [[None, None], [None, 1, 2], [None, 3, 4.5]]})
    assert columns(read_table("a.xlsx", book)) == {"column 1": [1, 3], "column 2": [2, 4.5]}
    named = read_table("a.xlsx", book, Reading(header="yes"))
    assert columns(named) == {"1": [3], "2": [4.5]}


def test_refused_workbooks() -> None:
    assert "has no sheet “z”: there are notes, data" in refused(
        files.workbook(BOOK), "a.xlsx", sheet="z"
    )
    assert "damaged or truncated" in refused(files.workbook(BOOK)[:-100], "a.xlsx")
    assert "no sheet with two rows" in refused(files.workbook({"a": [["x"]]}), "a.xlsx")
    bomb = files.workbook(BOOK, padding=MAX_UNPACKED)
    assert len(bomb) < 10**6
    assert "unpacks to 80 MB, and at most 80 MB" in refused(bomb, "a.xlsx").replace("\xa0", " ")


def test_a_packed_text() -> None:
    table = read_table("a.csv.gz", files.gzipped(b"x,y\n1,2\n3,4\n"))
    assert columns(table) == {"x": [1, 3], "y": [2, 4]}
    assert table.notes == ()
    twice = files.gzipped(b"x\n1\n") + files.gzipped(b"2\n")
    assert columns(read_table("a.csv.gz", twice)) == {"x": [1, 2]}
    array = files.gzipped(files.npy(np.arange(3.0)))
    assert columns(read_table("a.npy.gz", array)) == {"x": [0, 1, 2]}


def test_refused_packed_files() -> None:
    packed = files.gzipped(files.csv(files.samples(100)))
    assert "is truncated" in refused(packed[:-9], "a.csv.gz")
    assert "is damaged" in refused(packed[:20] + bytes(20) + packed[40:], "a.csv.gz")
    assert "no table in it" in refused(files.gzipped(packed), "a.csv.gz")
    bomb = files.gzipped(bytes(10 * MAX_UNPACKED))
    tracemalloc.start()
    assert "unpacks to more than 80 MB" in refused(bomb, "a.csv.gz")
    assert tracemalloc.get_traced_memory()[1] < 3 * MAX_UNPACKED
    tracemalloc.stop()


JSON = {
    "records": ('[{"x": 1, "s": "a"}, {"x": 2.5, "s": null}, {"s": "b"}]', [1, 2.5, np.nan]),
    "lines of records": ('{"x": 1}\n{"x": 2.5}\n', [1, 2.5]),
    "columns": ('{"x": [1, 2.5], "y": ["a", "b"]}', [1, 2.5]),
    "columns by index": ('{"x": {"0": 1, "1": 2.5}, "y": {"0": 3, "1": 4}}', [1, 2.5]),
    "an envelope": ('{"count": 2, "data": [{"x": 1}, {"x": 2.5}]}', [1, 2.5]),
    "text that is a number": ('[{"x": "1"}, {"x": "2.5"}]', [1, 2.5]),
    "every digit": ('[{"x": 0.1}, {"x": 12345678901234.5}]', [0.1, 12345678901234.5]),
}


@pytest.mark.parametrize(("text", "values"), JSON.values(), ids=JSON)
def test_json(text: str, values: list[float]) -> None:
    table = read_table("a.json", text.encode())
    assert table.format == "JSON"
    np.testing.assert_array_equal(table.column("x").values, values)


@pytest.mark.parametrize("decimal", ["", ".", ","])
def test_typed_numbers_need_no_decimal_mark(decimal: str) -> None:
    reading = Reading(decimal=decimal)
    typed = read_table("a.json", b'[{"x": 1.125}, {"x": 2.375}]', reading)
    book = read_table("a.xlsx", files.workbook({"a": [["x"], [1.125], [2.375]]}), reading)
    for table in (typed, book):
        assert columns(table) == {"x": [1.125, 2.375]}
        assert table.open == ()


def test_json_lists() -> None:
    assert columns(read_table("a.json", b"[3, 1, 2]")) == {"x": [3, 1, 2]}
    rows = read_table("a.json", b"[[1, 2], [3, 4]]")
    assert columns(rows) == {"column 1": [1, 3], "column 2": [2, 4]}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"x": 1', "cannot be read"),
        ('{"x": 1}', "without a table"),
        ('[1, {"x": 2}]', "without a table"),
        ("[" * 100_000, "cannot be read|nested too deeply"),
        ('[{"x": "a"}]', "no numeric column"),
    ],
)
def test_refused_json(text: str, sentence: str) -> None:
    with pytest.raises(TableError, match=sentence):
        read_table("a.json", text.encode())


@pytest.mark.parametrize("compressed", [True, False])
def test_a_matlab_file(compressed: bool) -> None:
    data = files.matlab(
        {"x": files.samples(9), "k": np.arange(3), "s": "text", "c": np.array([1j, 2])},
        compressed=compressed,
    )
    table = read_table("a.mat", data)
    assert table.format == "MATLAB"
    assert set(table.sheets) == {"x", "k", "c"}
    assert table.names == ("column 1", "column 2")
    np.testing.assert_array_equal(table.columns[1].values, files.samples(9)[:, 1])
    assert columns(read_table("a.mat", data, Reading(sheet="k"))) == {"k": [0, 1, 2]}


def test_refused_matlab_files() -> None:
    data = files.matlab({"x": files.samples(9)})
    assert "no variable “z” that can be read: there are x" in refused(data, "a.mat", sheet="z")
    assert "no matrix of numbers" in refused(files.matlab({"s": "text"}), "a.mat")
    assert "damaged or truncated" in refused(data[:-40], "a.mat")
    bomb = files.matlab({"x": np.zeros(MAX_UNPACKED // 8 + 1)})
    assert "unpacks to more than 80 MB" in refused(bomb, "a.mat")


@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "f4"])
def test_a_wav_file(dtype: str) -> None:
    samples = (100 * files.samples(50) + 120).astype(dtype)
    table = read_table("a.wav", files.wav(samples))
    assert table.names == ("column 1", "column 2")
    np.testing.assert_array_equal(table.columns[0].values, samples[:, 0].astype(float))
    assert "8\u00a0000 samples per second." in table.notes
    assert read_table("a.wav", files.wav(samples[:, 0])).names == ("sample",)


def test_refused_wav_files() -> None:
    whole = files.wav(np.arange(50, dtype="i2"))
    assert "cannot be read as WAV" in refused(whole[:30], "a.wav")
    assert "no samples" in refused(files.wav(np.zeros(0, "i2")), "a.wav")
