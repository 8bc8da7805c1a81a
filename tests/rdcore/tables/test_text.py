"""Delimited text: every usual layout is read right, or refused in a sentence."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from rdcore.errors import TableError
from rdcore.tables import MAX_BYTES, Table, read_table
from rdcore.tables.numerals import TextCells
from tests.rdcore.tables.table_files import csv, samples


def read(text: str | bytes, name: str = "a.csv") -> Table:
    return read_table(name, text.encode() if isinstance(text, str) else text)


def columns(table: Table) -> dict[str, list[float]]:
    return {column.name: column.values.tolist() for column in table.columns}


LAYOUTS = {
    "comma": ("x,y\n1.5,2\n-3,4e1\n", {"x": [1.5, -3], "y": [2, 40]}),
    "spaces after commas": ("x, y\n1.5, 2\n-3, 4\n", {"x": [1.5, -3], "y": [2, 4]}),
    "no header": ("1,2\n3,4\n", {"column 1": [1, 3], "column 2": [2, 4]}),
    "one column": ("3\n1\n2\n", {"x": [3, 1, 2]}),
    "one named column": ("height of people\n3\n1\n", {"height of people": [3, 1]}),
    "semicolon, decimal comma": ("x;y\n1,5;2,25\n2;3\n", {"x": [1.5, 2], "y": [2.25, 3]}),
    "semicolon, decimal point": ("x;y\n1.5;2.125\n2;3\n", {"x": [1.5, 2], "y": [2.125, 3]}),
    "semicolon, both marks": (
        "x;y\n1.234,5;2\n2.000,25;3\n",
        {"x": [1234.5, 2000.25], "y": [2, 3]},
    ),
    "tab": ("x\ty\n1\t2\n3\t4\n", {"x": [1, 3], "y": [2, 4]}),
    "tab, decimal comma": ("x\ty\n1,5\t2\n2,5\t3\n", {"x": [1.5, 2.5], "y": [2, 3]}),
    "tab, thousands": ("x\ty\n1,234\t2.5\n2,500\t3\n", {"x": [1234, 2500], "y": [2.5, 3]}),
    "bar": ("x|y\n1|2\n3|4\n", {"x": [1, 3], "y": [2, 4]}),
    "blanks": ("x y\n  1.0   2.0\n 3.0\t4.0  \n", {"x": [1, 3], "y": [2, 4]}),
    "comment with names": ("# made by hand\n# x y\n1 2\n3 4\n", {"x": [1, 3], "y": [2, 4]}),
    "comment inside": ("x,y\n1,2\n# pause\n% pause\n3,4\n", {"x": [1, 3], "y": [2, 4]}),
    "title": ("Report of 2020\n\nx,y\n1,2\n3,4\n", {"x": [1, 3], "y": [2, 4]}),
    "byte order mark": ("\ufeffx,y\n1,2\n3,4\n", {"x": [1, 3], "y": [2, 4]}),
    "old line ends": ("x,y\r1,2\r3,4\r", {"x": [1, 3], "y": [2, 4]}),
    "DOS line ends": ("x,y\r\n1,2\r\n3,4\r\n\x1a", {"x": [1, 3], "y": [2, 4]}),
    "true minus": ("x\n\u22125\n3\n", {"x": [-5, 3]}),
    "names twice": ("x,x,x\n1,2,3\n4,5,6\n", {"x": [1, 4], "x (2)": [2, 5], "x (3)": [3, 6]}),
    "name missing": ("x,,y\n1,2,3\n4,5,6\n", {"x": [1, 4], "column 2": [2, 5], "y": [3, 6]}),
    "trailing delimiter": ("x,y\n1,2,\n3,4,\n", {"x": [1, 3], "y": [2, 4]}),
    "row names": ('"x" "y"\n"a" 1 2\n"b" 3 4\n', {"x": [1, 3], "y": [2, 4]}),
    "index without a name": (",x\n7,1\n9,2\n", {"column 1": [7, 9], "x": [1, 2]}),
    "quoted": ('"x","y"\n"1","2"\n"3","4"\n', {"x": [1, 3], "y": [2, 4]}),
    "line end in quotes": ('x,note\n1,"a\nb"\n2,"c, d"\n', {"x": [1, 2]}),
    "quote that never closes": ('x,y\n1,"2\n3,4\n', {"x": [1, 3], "y": [2, 4]}),
    "thousands in quotes": ('x,y\n"1,234.5",2\n12,3\n', {"x": [1234.5, 12], "y": [2, 3]}),
    "thousands under a name": (
        "pay\n1,234\n5,678\n999\n1,234,567\n",
        {"pay": [1234, 5678, 999, 1234567]},
    ),
    "thousands with a zero": ("1,034\n2,500\n12,000\n", {"x": [1034, 2500, 12000]}),
    "decimal comma under a name": ("v\n1,5\n2,25\n3\n", {"v": [1.5, 2.25, 3]}),
    "decimal comma with a zero": ("-1,05\n2,5\n0,25\n", {"x": [-1.05, 2.5, 0.25]}),
    "decimal comma in quotes": ('x,y\n"1,5",2\n"2,5",3\n', {"x": [1.5, 2.5], "y": [2, 3]}),
    "one long row": (",".join(map(str, range(500))), {"x": list(range(500))}),
    "odd numbers": ("x\n+1.\n.5\n1E+2\n007\n-0\n", {"x": [1, 0.5, 100, 7, 0]}),
}


@pytest.mark.parametrize(("text", "expected"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_layouts(text, expected):
    assert columns(read(text)) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1"])
def test_encodings(encoding):
    table = read("température,y\n1,2\n3,4\n".encode(encoding))
    assert columns(table) == {"température": [1, 3], "y": [2, 4]}
    assert any("Windows-1252" in note for note in table.notes) == (encoding == "latin-1")


@pytest.mark.parametrize(("delimiter", "decimal"), [(",", "."), *itertools.product(";\t| ", ".,")])
@pytest.mark.parametrize("header", [True, False])
def test_numbers_survive(delimiter, decimal, header):
    rows = samples(300, 3)
    head = delimiter.join(["first", "second", "third"]) if header else ""
    table = read(csv(rows, header=head, delimiter=delimiter, decimal=decimal))
    assert len(table.columns) == 3
    assert (table.names[0] == "first") == header
    np.testing.assert_allclose([c.values for c in table.columns], rows.T, rtol=1e-11)


def test_cells_that_are_no_numbers():
    table = read("x\n1\n\nNA\nnan\nfoo\ninf\n-Infinity\n1e999\n#N/A\n2\n3\n4\n5\n")
    (column,) = table.columns
    assert column.values.tolist()[5:8] == [np.inf, -np.inf, np.inf]
    assert np.isnan(column.values[1:5]).all()
    assert column.empty.tolist() == [False, True, True] + 5 * [False] + [True] + 4 * [False]


def test_ragged_rows_are_counted():
    table = read("x,y\n1,2\n3\n4,5,6\n7,8\n")
    assert table.column("x").values.tolist() == [1, 3, 7]
    assert table.column("y").empty.tolist() == [False, True, False]
    assert table.ragged == 1
    # Between blanks, nothing tells which cell a short row lacks.
    assert read("x y\n1 2\n3\n4 5 6\n7 8\n").ragged == 2


def test_columns_left_out():
    table = read("when,who,x,gap,nothing\n2020-01-01,bob,1,,nan\n2020-01-02,eve,2,,nan\n")
    assert table.names == ("x",)
    reasons = dict(table.left_out)
    assert reasons["gap"] == "empty"
    assert reasons["nothing"] == "no finite number"
    assert "2020-01-01" in reasons["when"]
    assert "bob" in reasons["who"]
    with pytest.raises(TableError, match=r"“when” of a\.csv cannot be used"):
        table.column("when")
    with pytest.raises(TableError, match="no column “z”: the numeric columns are x"):
        table.column("z")


def test_a_column_of_mostly_text_is_left_out():
    assert read("x,y\n1,2\na,3\nb,4\n").names == ("y",)
    assert read("x,y\n1,2\n2,3\nb,4\n").names == ("x", "y")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "is empty"),
        (b"\n \n\n", "only blank lines or comments"),
        (b"# only\n# comments\n", "only blank lines or comments"),
        (b"x,y\n", r"has a header \(x, y\) but no rows"),
        (b"the quick brown fox\njumps, over\nthe lazy dog\n", "no numeric column"),
        (b"when\n2020-01-01\n2020-01-02\n", "text such as “2020-01-01”"),
        (b"x\nnan\nnan\n", "“x” has no finite number"),
        (b"x,y\n,\n,\n", "only empty cells"),
        (b'{"x": [1, 2', "looks like JSON"),
        (b'{"x": {"y": [1, 2]}, "z": 3}', "JSON without a table"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"1,2\n3,4\n\x00\x00\n", "not a text file"),
        (b"\x01\x02\x03\x04\x05", "not a text file"),
        (b"\xff\xfe1\x00\n\x002\x00\n", "marked as UTF-16-LE but is not"),
        (b"\xff\xfe1\x00\n\x00\x00\x00", "null bytes"),
        (b",".join([b"1"] * 1001) + b"\n" + b",".join([b"2"] * 1001), "1.001 columns"),
        (b"1\n" * 5_000_001, "5.000.001 cells"),
    ],
)
def test_refusals(text, sentence):
    with pytest.raises(TableError, match=sentence) as caught:
        read(text)
    assert str(caught.value).startswith("a.csv ")
    assert str(caught.value).endswith(".")


def test_too_many_ragged_rows():
    lines = ["1,2"] * 300 + ["1,2,3"] * 100_001
    with pytest.raises(TableError, match="every row must have the same number"):
        read("\n".join(lines))


def test_quoted_names_are_made_printable():
    table = read('"a\nb\u202e' + "c" * 100 + '",y\n1,2\n3,4\n')
    assert table.names[0].startswith("a b c")
    assert len(table.names[0]) == 60
    assert table.names[0].isprintable()


@pytest.mark.parametrize("dirt", ["", "n/d"])
def test_the_largest_file_is_read_whole(dirt):
    rows = csv(samples(330_000)).decode().replace("0.5", dirt or "0.5")[: MAX_BYTES - 1]
    table = read(rows)
    assert table.rows == rows.count("\n") > 300_000


@pytest.mark.parametrize("mark", [".", ","])
def test_a_column_reads_each_cell_as_the_cell_alone(mark: str) -> None:
    draw = np.random.default_rng(8)
    kinds = [
        "1,5",
        "-0,25",
        "+7,",
        ",5",
        "1,250",
        "-12,500",
        "1,25,000",
        "12",
        "3.5",
        "1.250",
        "1e3",
    ]
    kinds += ["", "NA", " 2,5 ", "1-2,5", "-,", "--1,5", "٣,٥", "1,5\n2,5", "ok", "1_000", "inf"]
    for size in (1, 2, 3, 6, 12):
        for _ in range(60):
            cells = [str(one) for one in draw.choice(kinds[: draw.integers(1, 23)], size)]
            whole = TextCells.of(cells)
            alone = [TextCells.of([cell]) for cell in cells]
            found, parts = whole.numerals(mark), [one.numerals(mark) for one in alone]
            same = [part.values[0] for part in parts]
            assert np.array_equal(found.values, same, equal_nan=True), cells
            assert found.empty.tolist() == [part.empty[0] for part in parts], cells
            assert found.grouped == any(part.grouped for part in parts), cells
            assert whole.evidence().comma == sum(one.evidence().comma for one in alone), cells


def test_a_decimal_comma_before_three_digits_separates_no_thousands() -> None:
    table = read_table("a.csv", b"x;y\n1,5;2\n1,250;3\n")
    assert table.columns[0].values.tolist() == [1.5, 1.25]
    assert not any("Thousands" in note for note in table.notes)
    grouped = read_table("a.csv", b"x;y\n1.5;2\n1,250;3\n")
    assert grouped.columns[0].values.tolist() == [1.5, 1250.0]
    assert any("Thousands" in note for note in grouped.notes)
