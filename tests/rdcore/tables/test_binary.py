"""NPY and Parquet files, files that are neither, and what tells them apart."""

from __future__ import annotations

import datetime as dt
import decimal
import gzip
import pickle
import tracemalloc

import numpy as np
import pyarrow as pa
import pytest

from rdcore.errors import TableError
from rdcore.tables import MAX_BYTES, digest, parquet, read_table
from tests.rdcore.tables import table_files as files


def refused(data: bytes, name: str = "a.npy") -> str:
    with pytest.raises(TableError) as caught:
        read_table(name, data)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    "dtype", ["b1", "i1", "i2", "<i4", ">i4", "i8", "u1", "u8", "f2", "<f4", ">f4", "<f8", ">f8"]
)
def test_npy_types(dtype):
    array = np.array([0, 1, 1, 0]).astype(dtype)
    (column,) = read_table("a.npy", files.npy(array)).columns
    assert column.name == "x"
    assert column.values.dtype == np.float64
    assert column.values.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_columns(order):
    rows = files.samples(20, 3)
    table = read_table("a.npy", files.npy(np.array(rows, order=order)))
    assert table.names == ("column 1", "column 2", "column 3")
    np.testing.assert_array_equal([c.values for c in table.columns], rows.T)


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_npy_versions(version, tmp_path):
    with (tmp_path / "a.npy").open("wb") as out:
        np.lib.format.write_array(out, np.arange(3.0), version=version)
    table = read_table("a.npy", (tmp_path / "a.npy").read_bytes())
    assert table.columns[0].values.tolist() == [0, 1, 2]


@pytest.mark.parametrize("align", [True, False])
def test_npy_records(align):
    fields = [
        ("k", "i2"),
        ("v", ">f8"),
        ("s", "U3"),
        ("q", "f4", (2,)),
        ("c", "c8"),
        ("t", "M8[s]"),
    ]
    records = np.zeros(4, np.dtype(fields, align=align))
    records["k"], records["v"] = [1, 2, 3, 4], [0.5, np.nan, 1, 2]
    table = read_table("a.npy", files.npy(records))
    assert table.names == ("k", "v")
    assert table.columns[0].values.tolist() == [1, 2, 3, 4]
    np.testing.assert_array_equal(table.columns[1].values, [0.5, np.nan, 1, 2])
    reasons = {"s": "text", "q": "several values per row", "c": "complex numbers", "t": "dates"}
    assert dict(table.left_out) == reasons


def test_npy_one_row_is_a_column():
    table = read_table("a.npy", files.npy(np.arange(5.0)[None]))
    assert table.columns[0].values.tolist() == [0, 1, 2, 3, 4]
    assert "single row" in table.notes[0]


class Trap:
    """Says so when it is unpickled."""

    sprung = False

    def __reduce__(self):
        return spring, ()


def spring():
    Trap.sprung = True


def test_a_pickle_is_never_opened():
    array = np.array([Trap(), 1.0], dtype=object)
    assert "which are not read" in refused(files.npy(array, allow_pickle=True))
    records = np.zeros(2, dtype=[("x", "f8"), ("o", "O")])
    assert "not read" in refused(files.npy(records, allow_pickle=True))
    for protocol in range(2, 6):
        assert "not read" in refused(pickle.dumps(Trap(), protocol), "a.csv")
    assert not Trap.sprung


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros((2, 3, 4)), r"shape (2, 3, 4)"),
        (np.float64(3), "shape ()"),
        (np.zeros(0), "has no rows"),
        (np.zeros((0, 3)), "has no rows"),
        (np.zeros((3, 0)), "has no rows"),
        (np.zeros((2, 1001)), "1\u00a0001 columns"),
        (np.full(9, np.nan), "no finite number"),
        (np.array([np.inf, -np.inf]), "no finite number"),
        (np.array(["1", "2"]), "contains text"),
        (np.array([b"1", b"2"]), "contains text"),
        (np.array([1j, 2]), "complex numbers"),
        (np.array(["2020"], "M8[D]"), "contains dates"),
        (np.array([3], "m8[s]"), "contains times"),
        (np.zeros((2, 2), [("x", "f8")]), "records of shape (2, 2)"),
        (np.zeros(2, [("x", [("y", "f8")])]), "nested records"),
        (np.zeros(5_000_001, "i1"), "cells"),
    ],
)
def test_npy_refusals(array, sentence):
    assert sentence in refused(files.npy(array))


def npy_header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + bytes(80)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "{}",
        "[" * 9000,
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f8', 'fortran_order': 0, 'shape': (3,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3.0,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': 3}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1if 1else 2,)}",
        "{'descr': '\\d', 'fortran_order': False, 'shape': (3,)}",
        "__import__('os').abort()",
    ],
)
def test_npy_headers_that_make_no_sense(header):
    assert "header cannot be read" in refused(npy_header(header))


@pytest.mark.parametrize("descr", ["'<f3'", "'Q'", "'f8,f8'", "7", "{}", "'<a3'", "'M8[x]'", "''"])
def test_npy_types_that_do_not_exist(descr):
    refused(npy_header(f"{{'descr': {descr}, 'fortran_order': False, 'shape': (3,)}}"))


def test_npy_promises_are_checked_before_memory_is_taken():
    huge = npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (5000000,)}")
    absurd = npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (999999999999999999,)}")
    wide = npy_header(
        "{'descr': [('x', '<f8'), ('s', '<U999999999')], 'fortran_order': False, 'shape': (2,)}"
    )
    tracemalloc.start()
    assert "is truncated: its header specifies 40 000 000 bytes" in refused(huge).replace(
        "\xa0", " "
    )
    assert "more than the 5 000 000" in refused(absurd).replace("\xa0", " ")
    assert "is truncated" in refused(wide)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_npy_lengths():
    data = files.npy(np.arange(10.0))
    assert "truncated: its header specifies 80 bytes of data, but it has 79" in refused(
        data[:-1]
    ).replace("\xa0", " ")
    assert refused(data[:40])
    assert "first array" in read_table("a.npy", data + data).notes[0]


def test_parquet_types():
    table = read_table(
        "a.parquet",
        files.parquet(
            {
                "i": pa.array([1, None, 3], pa.uint16()),
                "f": pa.array([1.5, np.nan, np.inf], pa.float32()),
                "h": pa.array(np.array([1, 2, 3], np.float16)),
                "b": [True, False, None],
                "d": [decimal.Decimal("1.25")] * 3,
                "c": pa.array([5.0, 7.0, 5.0]).dictionary_encode(),
                "s": ["a", "b", "c"],
                "w": [dt.date(2020, 1, 1)] * 3,
                "l": [[1.0]] * 3,
                "n": pa.nulls(3),
                "x": [b"1"] * 3,
            }
        ),
    )
    assert table.names == ("i", "f", "h", "b", "d", "c")
    expected = [
        [1, np.nan, 3],
        [1.5, np.nan, np.inf],
        [1, 2, 3],
        [1, 0, np.nan],
        3 * [1.25],
        [5, 7, 5],
    ]
    np.testing.assert_array_equal([c.values for c in table.columns], expected)
    assert [c.empty.tolist() for c in table.columns[:2]] == [[False, True, False], [False] * 3]
    assert dict(table.left_out) == {
        "s": "text",
        "w": "dates or times",
        "l": "several values per row",
        "n": "empty",
        "x": "values of type binary",
    }


def test_parquet_labels():
    texts = ["ok", "alarm", None, "ok", ""]
    columns = {
        "x": np.arange(5.0),
        "status": texts,
        "coded": pa.array(texts).dictionary_encode(),
        "name": [f"name {k}" for k in range(5)],
    }
    table = read_table("a.parquet", files.parquet(columns))
    assert [labels.name for labels in table.labels] == ["status", "coded", "name"]
    for labels in table.labels[:2]:
        assert labels.texts == ("alarm", "ok")
        assert labels.codes.tolist() == [1, 0, -1, 1, -1]
    many = files.parquet({"x": np.arange(201.0), "s": [f"{k} a" for k in range(201)]})
    assert read_table("a.parquet", many).labels == ()


def test_parquet_names_that_repeat():
    table = pa.table(
        [pa.array([1.0, 2]), pa.array([3, 4]), pa.array([{"x": 1.0}] * 2), pa.array([5.0, 6])],
        names=["x", "x", "s", "s.x"],
    )
    read = read_table("a.parquet", files.parquet(table))
    assert read.names == ("x", "x (2)", "s.x")
    assert [c.values.tolist() for c in read.columns] == [[1, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize("compression", ["none", "snappy", "zstd", "gzip"])
def test_parquet_row_groups(compression):
    rows = files.samples(1000, 1)[:, 0]
    data = files.parquet({"b": rows, "a": -rows}, row_group_size=300, compression=compression)
    table = read_table("a.parquet", data)
    np.testing.assert_array_equal([c.values for c in table.columns], [rows, -rows])


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"x": pa.array([], pa.float64())}, "has no rows"),
        ({f"c{j}": [1.0, 2] for j in range(1001)}, "1 001 columns"),
        ({"x": np.zeros(20_000_000)}, "unpacks to 20 000 000 cells"),
        ({"x": np.zeros(2_600_000), "y": np.zeros(2_600_000)}, "unpacks to 5 200 000 cells"),
        ({"x": [None, None], "s": ["a", "b"]}, "“x” has only empty cells, “s” has text"),
    ],
)
def test_parquet_refusals(columns, sentence):
    assert sentence in refused(files.parquet(columns), "a.parquet").replace("\xa0", " ")


@pytest.mark.parametrize("keep", [4, 5, 100, 290, 295])
def test_parquet_cut_short(keep):
    assert read_table("a.parquet", files.small_parquet()).columns[0].values[:2].tolist() == [1, 2]
    assert "is damaged or truncated" in refused(files.small_parquet()[:keep], "a.parquet")


@pytest.mark.parametrize("bit", files.ABORTING_BITS)
def test_a_damaged_parquet_file_leaves_the_server_running(bit):
    assert "is damaged or truncated" in refused(files.small_parquet(bit), "a.parquet")


def test_a_parquet_file_that_takes_too_long(monkeypatch, tmp_path):
    slow = tmp_path / "slow.py"
    slow.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(parquet, "_WORKER", slow)
    monkeypatch.setattr(parquet, "_SECONDS", 0.5)
    assert "takes more than 0.5 seconds" in refused(files.small_parquet(), "a.parquet")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (gzip.compress(b"", mtime=0), "no table in it"),
        (files.zipped("data.csv"), "ZIP archive"),
        (files.zipped("[Content_Types].xml"), "not a workbook"),
        (files.zipped("xl/workbook.xml"), "cannot be read as a workbook"),
        (files.zipped("x.npy"), "NPZ archive"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG image"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "JPEG image"),
        (b"%PDF-1.7\n", "PDF document"),
        (b"BZh91AY&SY" + bytes(10), "bzip2"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"ARROW1\x00\x00", "Feather"),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.npy", "a.parquet"])
def test_strangers(data, sentence, name):
    assert sentence in refused(data, name)


def test_size_is_checked_first():
    assert "has 50.0 MB; at most 20 MB" in refused(bytes(50 * 2**20), "a.csv")
    assert "at most 20 MB" in refused(b"1\n" * (MAX_BYTES // 2) + b"2")


def test_the_content_decides_and_a_mismatch_is_said():
    array = files.npy(np.arange(3.0))
    assert read_table("a.csv", array).notes == (
        "a.csv has the extension of a CSV file but is an NPY file.",
    )
    assert read_table("a.parquet", b"1\n2\n").format == "CSV"
    assert "Parquet file but is a CSV file" in read_table("a.parquet", b"1\n2\n").notes[0]
    assert read_table("a.npy", files.small_parquet()).format == "Parquet"
    for name in ("a.npy", "a.NPY", "array", "a.bin", ""):
        assert read_table(name, array).notes == ()
    assert "is not an NPY file" in refused(bytes(20), "a.npy")


def test_names_in_messages_are_one_printable_line():
    message = refused(b"", "evil\n\u202e" + "x" * 500 + ".csv")
    assert message.startswith("evil x")
    assert message.isprintable()
    assert len(message) < 150


def test_digest():
    assert digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223"
    assert digest(b"abd") != digest(b"abc")
