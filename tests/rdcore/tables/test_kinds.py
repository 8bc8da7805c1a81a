"""Files that people have: numbers with something around them, names in two rows, nested records."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rdcore.tables import propose, read_table
from tests.rdcore.tables import table_files as files

AROUND = {
    "percent": ("name,share\nA,12.5%\nB,30%\nC,57.5%\n", "share [%]", [12.5, 30, 57.5]),
    "percent, comma": ("name;share\nA;12,5 %\nB;30 %\n", "share [%]", [12.5, 30]),
    "dollars": ('id,price\n1,"$1,250.50"\n2,$900\n', "price [$]", [1250.5, 900]),
    "euros": ("id;price\n1;1.250,50 €\n2;900,00 €\n", "price [€]", [1250.5, 900]),
    "a code": ("id,price\n1,CHF 12.50\n2,CHF 9\n", "price [CHF]", [12.5, 9]),
    "a sign before": ("id,price\n1,-£12.5\n2,(£3.50)\n3,£1\n", "price [£]", [-12.5, -3.5, 1]),
    "a ledger": ("id,v\n1,(12.5)\n2,3\n3,4.5\n4,(1)\n", "v", [-12.5, 3, 4.5, -1]),
    "a minus behind": ("v\n12.5-\n3-\n4\n5\n", "v", [-12.5, -3, 4, 5]),
    "a unit": ("id,len\n1,12 mm\n2,13.5mm\n3,0\n4,n/a\n", "len [mm]", [12, 13.5, 0, np.nan]),
    "a unit that the name has": ("T_C\n20.5 °C\n21 °C\n", "T_C", [20.5, 21]),
    "a unit without names": ("A,5 km\nB,7 km\n", "column 2 [km]", [5, 7]),
    "Fortran": ("1.5D-03 2\n2.5D+01 3\n", "column 1", [0.0015, 25]),
    "apostrophes": ("a,b\n'1.5','x'\n'2.5','y'\n", "a", [1.5, 2.5]),
    "a formula of text": ('a,b\n="1.5",x\n="2.5",y\n', "a", [1.5, 2.5]),
}


@pytest.mark.parametrize(("text", "name", "values"), AROUND.values(), ids=AROUND)
def test_what_stands_around_a_number(text: str, name: str, values: list[float]) -> None:
    table = read_table("a.csv", text.encode())
    np.testing.assert_array_equal(table.column(name).values, values)
    assert name in propose(table).axes


def test_it_is_said_what_was_removed() -> None:
    table = read_table("a.csv", b"id,v\n1,(1.5)\n2,3\n")
    assert (
        "Read without what stands around the number: “(1.5)” in column “v” as −1.5." in table.notes
    )


@pytest.mark.parametrize(
    "cells",
    [
        ("12 mm", "1.2 m", "3 mm"),  # two units
        ("12 mm", "5", "7"),  # a number without the unit of the others
        ("12a", "15b", "17a"),
        ("2024-01-01", "2024-01-02", "2024-01-03"),
        ("10:00", "10:10", "10:20"),
        ("12K", "15K", "17K"),  # kelvin or thousands
        ("1e5", "2a7", "ff0", "3e8"),  # hexadecimal
        ("0x1F", "0x2A", "0xFF"),
        ("1.5±0.1", "2.5±0.2", "3±0.1"),
    ],
)
def test_what_is_no_number_stays_text(cells: tuple[str, ...]) -> None:
    rows = "\n".join(f"{cell},{k}.5" for k, cell in enumerate(cells))
    table = read_table("a.csv", f"id,v\n{rows}\n".encode())
    assert "v" in table.names
    if "5" in cells:
        assert table.column("id").values[1:].tolist() == [5, 7]
    else:
        assert table.labels[0].texts == tuple(sorted(cells))


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark(order: str) -> None:
    table = read_table("a.csv", "temp;n\n1,5;3\n2,5;4\n".encode(order))
    assert table.column("temp").values.tolist() == [1.5, 2.5]


def test_windows_1252() -> None:
    table = read_table("a.csv", "Größe;Preis €\n1,5;3\n2,5;4\n".encode("cp1252"))
    assert table.names == ("Größe", "Preis €")


JSON = {
    "objects in records": ([{"t": 1, "m": {"x": 2.5}}, {"t": 2, "m": {"x": 3}}], "m.x"),
    "an envelope in an envelope": (
        {"meta": {"n": 2}, "data": {"rows": [{"x": 2.5}, {"x": 3}]}},
        "x",
    ),
    "rows and the names of columns": ({"columns": ["a", "x"], "data": [[1, 2.5], [2, 3]]}, "x"),
    "features of a map": (
        {
            "type": "FeatureCollection",
            "features": [
                {"properties": {"x": x}, "geometry": {"type": "Point", "coordinates": [1, x]}}
                for x in (2.5, 3)
            ],
        },
        "properties.x",
    ),
}


@pytest.mark.parametrize(("tree", "name"), JSON.values(), ids=JSON)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_json_as_programs_write_it(tree: object, name: str, encoding: str) -> None:
    table = read_table("a.json", json.dumps(tree).encode(encoding))
    assert table.column(name).values.tolist() == [2.5, 3]


def test_the_first_sheet_with_numbers() -> None:
    book = {"Notes": [["Read me"], ["made by X"]], "Data": [["x"], [1.5], [2.5]]}
    assert read_table("a.xlsx", files.workbook(book)).names == ("x",)


STACKED = {
    "merged": [["T", None, "p", None], ["low", "high", "low", "high"]],
    "merged, after a title": [
        ["Weather", None, None, None],
        ["T", None, "p", None],
        ["low", "high", "low", "high"],
    ],
}


@pytest.mark.parametrize("rows", STACKED.values(), ids=STACKED)
def test_names_in_two_rows(rows: list[list[str | None]]) -> None:
    body = [[1.5, 9.5, 3, 4], [2.5, 10.5, 3, 5]]
    table = read_table("a.xlsx", files.workbook({"S": rows + body}))
    assert table.names == ("T low", "T high", "p low", "p high")
    assert table.column("T high").values.tolist() == [9.5, 10.5]
    lines = "\n".join(
        ",".join("" if cell is None else str(cell) for cell in r) for r in rows + body
    )
    assert read_table("a.csv", lines.encode()).names == table.names


def test_years_above_names() -> None:
    rows = [[None, "2023", None, "2024"], ["Site", "T", "p", "T"], ["A", 1, 2, 3], ["B", 4, 5, 6]]
    table = read_table("a.xlsx", files.workbook({"S": rows}))
    assert table.names == ("2023 T", "2023 p", "2024 T")
    assert table.labels[0].name == "Site"


def test_a_first_line_like_the_others_is_data_for_sure() -> None:
    table = read_table("a.csv", b"2024-01-01,3.5\n2024-01-02,4.5\n")
    assert (table.rows, table.open) == (2, ())
