"""Small files of many kinds, each with its right reading; and other files of the same kinds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rdcore.errors import TableError
from rdcore.tables import Reading, Table, propose, read_table, understand

CASES = {
    one["kind"]: one
    for one in json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))
}


def read(text: str, **reading: str) -> Table:
    return read_table("a.csv", text.encode(), Reading(**reading))


def column(table: Table, name: str) -> list[float]:
    return table.column(name).values.tolist()


def names(table: Table) -> set[str]:
    return {*table.names, *(name for name, _ in table.left_out)}


@pytest.mark.parametrize("kind", CASES)
def test_the_cases(kind: str) -> None:
    expected: dict[str, Any] = CASES[kind]["expected"]
    table = read(CASES[kind]["file"])
    choice = propose(table)
    found = understand(table, choice)
    for key, value in expected.items():
        if key == "columns":
            assert names(table) == {name or "column 1" for name in value}
        elif key == "weights":
            assert (choice.weight or None) == value
            assert choice.kind == ("weighted" if value else "samples")
        elif key == "proposed":
            assert choice.axes == (value,)
        elif key == "atoms":
            assert len(found.pmf) == value
            assert choice.bins == 0
        elif key == "rows":
            assert table.rows == value
        elif key == "n.last":
            assert column(table, "n")[-2:] == value
        elif key in table.names:
            assert column(table, key)[: len(value)] == value
            if kind in ("a flag is no weight", "two columns that share no row"):
                assert choice.axes == (key,)


def test_years_name_columns() -> None:
    table = read(CASES["years as column names"]["file"])
    assert table.names == ("2019", "2020")
    assert read("2019,2020\n5.5,6.5\n7.5,8\n").names == ("2019", "2020")
    assert read("region,2019\nA,5.5\nB,7\n").names == ("2019",)
    assert read('"2019"\n"5.5"\n"7"\n').names == ("2019",)
    # Years above years are data.
    assert read("A,2019\nB,2020\nC,2021\n").rows == 3
    assert read("2019,5\n2020,6\n2021,7\n").rows == 3
    assert read("0,1,2\n.5,.6,.7\n.1,.2,.3\n").names == ("0", "1", "2")
    assert read("1,2,3\n4,5,6\n7,8,9\n").rows == 3


def test_counts_before_names_are_a_header() -> None:
    table = read(CASES["counts before names"]["file"])
    assert table.names == ("150", "4", "setosa", "versicolor", "virginica")
    assert any("read as the names" in note for note in table.notes)
    without = read(CASES["counts before names"]["file"], header="no")
    assert without.rows == 4
    assert not without.header
    # A word above a column of text may be a name, above repeated text it is data.
    assert any("was read as data" in note for note in read("gene,0.5,1.5\na,2,3\nb,4,5\n").open)
    assert read("a,0.5,1.5\na,2,3\nb,4,5\n").open == ()
    # One cell that is no number does not make a header.
    assert read("n/d,2,3\n1,2,3\n4,5,6\n").rows == 3


THOUSANDS = {
    "quoted": ('x,y\n"12,500",1\n"1,250.75",2\n', [12500, 1250.75]),
    "with a sign": ('x,y\n"-1,250",1\n"+2,480.5",2\n', [-1250, 2480.5]),
    "millions": ('x,y\n"1,250,000",1\n"12",2\n', [1250000, 12]),
    "of two digits": ('x,y\n"12,34,567",1\n"1,00,000",2\n', [1234567, 100000]),
    "points": ("x;y\n12.500;1\n1.250.000;2\n", [12500, 1250000]),
    "points and decimals": ("x;y\n12.500;1\n1.250,5;2\n", [12500, 1250.5]),
    "points, tabs": ("x\ty\n1.234.567,8\t1\n950,25\t2\n", [1234567.8, 950.25]),
    "blanks": ("x;y\n1 250;1\n12 500,5;2\n", [1250, 12500.5]),
    "narrow blanks": ("x;y\n1\u202f250;1\n950;2\n", [1250, 950]),
    "apostrophes": ("x;y\n1'250.5;1\n12’500;2\n", [1250.5, 12500]),
    "one column": ("x\n1,250\n2,480.50\n", [1250, 2480.5]),
    "one column, a name of two words": ("x x\n1,250\n2,480.50\n", [1250, 2480.5]),
    "one column, blanks": ("x\n1 250\n2 480,5\n", [1250, 2480.5]),
    "another column decides": ('x,y\n"1,250",1\n"2,480","2,480.5"\n', [1250, 2480]),
}


@pytest.mark.parametrize(("text", "values"), THOUSANDS.values(), ids=THOUSANDS)
def test_thousands(text: str, values: list[float]) -> None:
    table = read(text)
    assert table.columns[0].values.tolist() == values
    assert "Thousands separators were removed." in table.notes


@pytest.mark.parametrize("late", [150, 300, 5000])
def test_a_cell_late_in_the_file_decides(late: int) -> None:
    plain = [f"{k};{1 + k % 9}.{k % 900 + 100}" for k in range(late)]
    table = read("\n".join(["k;x", *plain, "0;1.234.567", "1;2,5"]))
    assert column(table, "x")[-2:] == [1234567, 2.5]
    assert min(column(table, "x")[:-1]) >= 1000


AMBIGUOUS = {
    "quoted commas": (CASES["ambiguous thousands"]["file"], [1250, 2480, 3100], "1.25"),
    "one column of points": ("amount\n1.250\n2.480\n3.100\n", [1.25, 2.48, 3.1], "1250"),
    "points and semicolons": ("k;amount\n1;1.250\n2;3.100\n", [1.25, 3.1], "1250"),
    "commas and semicolons": ("k;amount\n1;1,250\n2;3,100\n", [1.25, 3.1], "1250"),
}


@pytest.mark.parametrize(("text", "taken", "other"), AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_nothing_decides_is_said_and_can_be_changed(
    text: str, taken: list[float], other: str
) -> None:
    table = read(text)
    assert column(table, "amount") == taken
    (said,) = [note for note in table.notes if "nothing decides" in note]
    assert f"to read {other}." in said
    changed = read(text, decimal="," if table.decimal == "." else ".")
    assert column(changed, "amount")[0] == float(other)
    assert not any("nothing decides" in note for note in changed.notes)


def test_decided_numbers_are_not_called_open() -> None:
    for text in (
        'x,y\n"1,250",2.5\n',
        "x,y\n1.250,2\n3.100,4\n",
        "x;y\n1.250;2\n3.5;4\n",
        "x\n0.125\n0.250\n",
    ):
        assert not any("nothing decides" in note for note in read(text).notes)


def test_a_delimiter_can_be_chosen() -> None:
    table = read("1,250\n2,480\n3,100\n")
    assert table.names == ("column 1", "column 2")
    assert any("could also be one number" in note for note in table.notes)
    alone = read("1,250\n2,480\n3,100\n", delimiter="none")
    assert column(alone, "x") == [1250, 2480, 3100]
    assert read("x;y,z\n1;2,3\n4;5,6\n", delimiter=",").delimiter == ","
    for text, mark in (("a|b\n1|2\n", "|"), ("a\tb\n1\t2\n", "\t"), ("a b\n1 2\n", " ")):
        assert read(text).delimiter == mark


DELIMITERS = {
    "dates in words": ("d,x\nJan 1 2000,3\nFeb 1 2000,4\n", ["d", "x"]),
    "dates with commas": ('d;x\n"Jan 1, 2000";3\n"Feb 1, 2000";4\n', ["d", "x"]),
    "times": ("when,x\n2000-01-01 10:00,3\n2000-01-02 11:00,4\n", ["when", "x"]),
    "names with blanks, bars": ("name|town|n\nA B|New 5|3\nC D|New 6|4\n", ["name", "town", "n"]),
    "no header": ("A,UK 2,39\nB,UK 3,36\nC,UK 12,43\n", ["column 1", "column 2", "column 3"]),
    "decimal commas and blanks": ("1,5 2,5\n3,5 4,5\n", ["column 1", "column 2"]),
    "decimal commas and semicolons": ("1,5;2,25\n3,5;4\n", ["column 1", "column 2"]),
    "a list in a cell": ("a,b\nx;y,1\nz;w,2\n", ["a", "b"]),
    "sep line": ("sep=|\nx|y\n1|2\n3|4\n", ["x", "y"]),
    "sep line with a mark": ("\ufeffsep=\t\r\nx\ty\r\n1\t2\r\n3\t4\r\n", ["x", "y"]),
    "sep line in words": ("sep=\\t\nx\ty\n1\t2\n3\t4\n", ["x", "y"]),
    "quoted sep line": ('"sep=;"\nx;y\n1,5;2\n3;4\n', ["x", "y"]),
}


@pytest.mark.parametrize(("text", "expected"), DELIMITERS.values(), ids=DELIMITERS)
def test_delimiters(text: str, expected: list[str]) -> None:
    assert names(read(text)) == set(expected)


def test_flags_years_and_dates_are_not_proposed() -> None:
    assert propose(read("x,flag\n1.5,0\n2,1\n7,0\n")).axes == ("x",)
    assert propose(read("x,flag\n1.5,0\n2,1\n7,0\n")).kind == "samples"
    assert propose(read("Year,value\n1990,3\n1980,2\n2000,7\n")).axes == ("value",)
    assert propose(read("t,value\n1990,3\n1991,2\n1992,7\n")).axes == ("value",)
    assert propose(read("date,co2\n20000101,3\n20000201,2\n20000301,7\n")).axes == ("co2",)
    # It is still there to be chosen.
    assert propose(read("year\n1990\n1991\n1992\n")).axes == ("year",)


def test_ranges_are_written_in_full() -> None:
    table = read(CASES["constant dates"]["file"])
    said = understand(table, propose(read("date\n20000101\n20000102\n"))).sentences
    assert "date ranges from 20000101 to 20000103." in said
    close = read("x\n1000000.25\n1000000.5\n1000000.75\n")
    assert "x ranges from 1000000.25 to 1000000.75." in understand(close, propose(close)).sentences


def test_labels_are_kept_for_subsets() -> None:
    table = read("temp,status\n20.5,ok\n80,alarm\n21,ok\n22,\n")
    (labels,) = table.labels
    assert labels.name == "status"
    assert labels.texts == ("alarm", "ok")
    assert labels.codes.tolist() == [1, 0, 1, -1]
    many = "\n".join(f"{k},name {k}" for k in range(201))
    assert read("x,name\n" + many).labels == ()


def test_a_row_of_units_belongs_to_the_names() -> None:
    table = read("time,speed,status\ns,[m/s],\n1,2.5,ok\n2,3.5,ok\n3,4.5,alarm\n")
    assert table.names == ("time [s]", "speed [m/s]")
    assert column(table, "speed [m/s]") == [2.5, 3.5, 4.5]
    assert table.labels[0].name == "status"
    # Other words below the names are cells.
    assert column(read("x,y\nn/d,n/d\n1,2\n3,4\n5,6\n"), "x")[1:] == [1, 3, 5]


def test_truth_values_are_numbers() -> None:
    assert column(read("x,on\n1,TRUE\n2,false\n4,\n"), "on")[:2] == [1, 0]


@pytest.mark.parametrize(
    ("reading", "sentence"),
    [
        ({"delimiter": ":"}, "delimiter is ':'; ',', ';'"),
        ({"decimal": "x"}, "decimal is 'x'; '.', ',' are accepted"),
        ({"header": "1"}, "header is '1'; 'yes', 'no' are accepted"),
    ],
)
def test_readings_that_are_refused(reading: dict[str, str], sentence: str) -> None:
    with pytest.raises(TableError, match=sentence):
        Reading(**reading)
