"""From a table to atoms and masses: every row accounted for, and what binning costs."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import rdcore as rd
from dashboard.formatting import as_markdown
from rdcore.errors import TableError
from rdcore.tables import (
    MAX_ATOMS,
    Choice,
    Table,
    Understood,
    propose,
    read_table,
    understand,
    units,
)
from tests.rdcore.tables.table_files import csv, npy, samples


def table(text: str) -> Table:
    return read_table("a.csv", text.encode())


def array(values) -> Table:
    return read_table("a.npy", npy(np.asarray(values)))


def refused(source: Table, choice: Choice) -> str:
    with pytest.raises(TableError) as caught:
        understand(source, choice)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message.replace("\xa0", " ")


def said(found: Understood) -> str:
    return " ".join(found.sentences).replace("\xa0", " ")


def test_distinct_values_are_the_atoms():
    found = understand(table("x\n3\n1\n0.1\n3\n3\n"), Choice(first="x"))
    assert found.atoms.tolist() == [0.1, 1, 3]
    np.testing.assert_allclose(found.pmf, [0.2, 0.2, 0.6])
    assert found.rows_read == found.rows_used == 5
    assert found.dropped == ()
    assert found.ranges == (("x", 0.1, 3.0),)
    assert found.within_variance == 0
    assert found.variance == pytest.approx(np.var([3, 1, 0.1, 3, 3]))
    assert found.name == "a.csv: x"
    assert "All 5 rows used." in said(found)
    assert "empirical distribution of the rows" in said(found)


def test_used_rows_keep_their_order():
    found = understand(table("x\n3\n\n1\n0.1\nnan\n3\n"), Choice(first="x"))
    assert found.labels.tolist() == [2, 1, 0, 2]
    assert found.points.tolist() == [[3], [1], [0.1], [3]]


def test_pairs_are_the_atoms():
    found = understand(table("x,y\n2,1\n1,5\n2,0\n2,1\n"), Choice(first="x", second="y"))
    assert found.atoms.tolist() == [[1, 5], [2, 0], [2, 1]]
    assert found.pmf.tolist() == [0.25, 0.25, 0.5]
    assert found.axes == ("x", "y")


def test_weights_add_up():
    rows = "x,p\n1,.2\n2,.5\n1,.1\n3,.2\n"
    found = understand(table(rows), Choice("weighted", "x", weight="p"))
    assert found.atoms.tolist() == [1, 2, 3]
    np.testing.assert_allclose(found.pmf, [0.3, 0.5, 0.2])
    scaled = understand(
        table("x,p\n1,2e300\n2,5e300\n1,1e300\n3,2e300\n"), Choice("weighted", "x", weight="p")
    )
    np.testing.assert_allclose(scaled.pmf, found.pmf)


def test_every_dropped_row_has_one_reason():
    bad = [
        ",nan,-1",
        "foo,,1",
        "4,4,",
        "bar,1,1",
        "inf,1,1",
        "2,2,0",
        "3,3,-2",
        "5,5,5,5",
        "900,1,1",
    ]
    good = ["1,1,1", "6,6,3", "7,8,1", "8,9,1", "9,10,1"]
    rows = "\n".join(["x,y,w", *good, *bad])
    choice = Choice("weighted", "x", "y", "w", high=100.0)
    found = understand(table(rows), choice)
    assert dict(found.dropped) == {
        "with the wrong number of fields": 1,
        "empty": 3,
        "not a number": 1,
        "infinite": 1,
        "outside the range": 1,
        "with a negative weight": 1,
        "with zero weight": 1,
    }
    assert found.rows_used == 5
    assert found.rows_read == 14
    assert found.sentences[0].startswith("5 of 14 rows used; 9 dropped: 1 with the wrong number")


def test_the_sentence_of_the_rows():
    rows = ["7", "8"] * 2490 + [""] * 12 + ["n.d."] * 8 + ["9"]
    found = understand(table("x\n" + "\n".join(rows)), Choice(first="x"))
    expected = "4 981 of 5 001 rows used; 20 dropped: 12 empty, 8 not a number."
    assert found.sentences[0].replace("\xa0", " ") == expected


@pytest.mark.parametrize("bins", [2, 7, 200])
def test_binning_obeys_the_law_of_total_variance(bins):
    values = samples(5000, 1)[:, 0] * 3 + 1e6
    found = understand(array(values), Choice(first="x", bins=bins))
    between = found.pmf @ (found.atoms - found.pmf @ found.atoms) ** 2
    assert found.pmf @ found.atoms == pytest.approx(values.mean(), rel=1e-15, abs=1e-9)
    assert found.variance == pytest.approx(values.var(), rel=1e-10)
    assert between + found.within_variance == pytest.approx(values.var(), rel=1e-8)
    width = np.ptp(values) / bins
    assert 0 < found.within_variance < width**2 / 4
    assert "D + V for the rows" in said(found)


def test_atoms_are_the_means_of_their_cells():
    found = understand(array([0.0, 1, 2, 3, 9, 10]), Choice(first="x", bins=2))
    assert found.atoms.tolist() == [1.5, 9.5]
    np.testing.assert_allclose(found.pmf, [4 / 6, 2 / 6])
    assert found.within_variance == pytest.approx((4 * 1.25 + 2 * 0.25) / 6)
    assert found.cell_variances == pytest.approx([1.25, 0.25])
    assert found.cell_diameters == pytest.approx([3, 1])


def test_weighted_cells():
    rows = table("x,w\n0,3\n1,1\n9,2\n10,2\n")
    found = understand(rows, Choice("weighted", "x", weight="w", bins=2))
    np.testing.assert_allclose(found.atoms, [0.25, 9.5])
    np.testing.assert_allclose(found.pmf, [0.5, 0.5])
    assert found.within_variance == pytest.approx(0.5 * 3 / 16 + 0.5 * 0.25)


def test_a_range_sets_the_cells():
    choice = Choice(first="x", bins=2, low=0.0, high=4.0)
    found = understand(array([-1.0, 0, 1, 2, 3, 4, 5]), choice)
    assert found.atoms.tolist() == [0.5, 3]
    assert dict(found.dropped) == {"outside the range": 2}


def test_planar_cells():
    points = samples(4000)
    found = understand(array(points), Choice(first="column 1", second="column 2", bins=10))
    assert found.atoms.shape == (len(found.pmf), 2)
    assert len(found.pmf) <= 100
    between = found.pmf @ ((found.atoms - found.pmf @ found.atoms) ** 2).sum(axis=1)
    assert between + found.within_variance == pytest.approx(points.var(axis=0).sum(), rel=1e-9)
    assert "among 10 × 10 bins" in said(found)


def test_an_outlier_of_no_weight_does_not_spoil_the_means():
    rows = table("x,w\n1,1\n2,1\n3e30,1e-60\n")
    found = understand(rows, Choice("weighted", "x", weight="w", bins=10))
    np.testing.assert_allclose(found.atoms, [1.5, 3e30])
    assert found.within_variance == pytest.approx(0.25)


def test_the_source_is_what_rdcore_takes():
    found = understand(array(samples(500)), Choice(first="column 1", second="column 2", bins=8))
    source = rd.sources.from_pmf(found.atoms, found.pmf, name=found.name)
    assert source.n == len(found.pmf)
    assert source.dim == 2
    assert source.variance == pytest.approx(found.variance - found.within_variance)


@pytest.mark.parametrize(
    ("rows", "choice", "sentence"),
    [
        ("x\n5\n5\n", Choice(first="x"), "has only one value, 5: a source needs at least two"),
        ("x\n5\nfoo\n", Choice(first="x"), "has only one value"),
        ("x,y\n1,2\n1,3\n", Choice(first="x", second="y"), "“x” of a.csv has only one value"),
        ("x\n1e300\n2\n", Choice(first="x"), "reaches 1.0×10³⁰⁰, which overflows when squared"),
        ("x\n-1e101\n2\n", Choice(first="x"), "reaches −1.0×10¹⁰¹"),
        ("x\n1e-300\n2e-300\n", Choice(first="x"), "subtract the offset or rescale it"),
        ("x\n1e16\n10000000000000002\n", Choice(first="x"), "subtract the offset or rescale it"),
        (
            "x,w\n1,0\n2,0\n",
            Choice("weighted", "x", weight="w"),
            "2 with zero weight): at least one weight",
        ),
        ("x,w\n1,-1\n2,-3\n", Choice("weighted", "x", weight="w"), "2 with a negative weight"),
        ("x,w\n1,1\n2,1e-320\n", Choice("weighted", "x", weight="w"), "on one value"),
        (
            "x,y\n1,\n,2\n",
            Choice(first="x", second="y"),
            "None of the 2 rows of a.csv can be used (2 empty)",
        ),
        ("x\n1\n2\n", Choice(first="x", low=5.0), "2 outside the range): choose other columns or"),
        ("x\n1\n2\n", Choice(first="x", low=2.0, high=1.0), "goes from 2.0 to 1.0: its low end"),
        ("x\n1\n2\n", Choice(first="x", low=float("nan")), "its low end must be below"),
        ("x\n1\n2\n", Choice(first="x", low=10**400), "its low end must be below"),
        ("x\n1\n2\n", Choice(first="x", low="1"), "its low end must be below"),  # type: ignore[arg-type]
        ("x\n1\n2\n", Choice(first="x", bins=1), "number of bins is 1; 0 (no binning) or 2"),
        ("x\n1\n2\n", Choice(first="x", bins=-3), "number of bins is −3".replace("−", "-")),
        ("x\n1\n2\n", Choice(first="x", bins=10**9), "2 to 4 000 is accepted"),
        ("x,y\n1,2\n3,4\n", Choice(first="x", second="y", bins=201), "2 to 200 is accepted"),
        ("x\n1\n2\n", Choice(first="x", bins=2.5), "number of bins is 2.5"),  # type: ignore[arg-type]
        ("x\n1\n2\n", Choice(first="x", bins=2, high=1e9), "fall into one bin"),
        ("x\n1\n2\n", Choice(first="y"), "has no column “y”"),
        ("x\n1\n2\n", Choice(), "has no column “”"),
        (
            "d,x\n2020-01-01,1\n2020-02-01,2\n",
            Choice(first="d"),
            "“d” of a.csv cannot be used (text",
        ),
        ("x,y\n1,2\n3,4\n", Choice(first="x", second="x"), "“x” of a.csv is chosen twice"),
        ("x,y\n1,2\n3,4\n", Choice("weighted", "x", weight="x"), "“x” of a.csv is chosen twice"),
        (
            "x,y\n1,2\n3,4\n",
            Choice("weighted", "x"),
            "Choose the column of a.csv with the weights",
        ),
        ("x\n1\n2\n", Choice("other", "x"), "“samples” or “weighted”, not “other”"),  # type: ignore[arg-type]
    ],
)
def test_refusals(rows, choice, sentence):
    assert sentence in refused(table(rows), choice)


def test_too_many_atoms():
    values = np.arange(MAX_ATOMS + 1.0)
    assert "has 4 001 distinct values" in refused(array(values), Choice(first="x"))
    assert len(understand(array(values[1:]), Choice(first="x")).pmf) == MAX_ATOMS
    points = np.random.default_rng(0).uniform(size=(60_000, 2))
    choice = Choice(first="column 1", second="column 2", bins=150)
    assert "choose fewer bins" in refused(array(points), choice)


def test_the_weight_is_not_read_for_samples():
    rows = table("x,w\n1,-1\n2,foo\n3,2\n")
    assert understand(rows, Choice("samples", "x", weight="nowhere")).rows_used == 3


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("x\n1\n2\n", Choice(first="x")),
        ("x,y\n1,2\n3,4\n", Choice(first="x", second="y")),
        ("a,b,c\n1,2,9\n3,4,7\n", Choice(first="a")),
        ("x,p\n1,.5\n2,.5\n", Choice("weighted", "x", weight="p")),
        ("weight,x\n1,5\n2,6\n", Choice("weighted", "x", weight="weight")),
        ("x,y,Count\n1,5,3\n2,6,4\n", Choice("weighted", "x", "y", "Count")),
        ("x,w\n1,-1\n2,5\n", Choice(first="x", second="w")),
        ("T,p\n1,950\n2,1013\n", Choice(first="T", second="p")),
        ("x,share\n1,.25\n2,.75\n", Choice("weighted", "x", weight="share")),
        ("id,x\n1,5\n2,7\n3,6\n", Choice(first="x")),
        ("x,k\n1,5\n2,5\n", Choice(first="x")),
    ],
)
def test_proposals(rows, expected):
    assert propose(table(rows)) == expected
    understand(table(rows), expected)


@pytest.mark.parametrize(
    ("source", "bins"),
    [
        (array(np.arange(200.0)), 0),
        (array(np.arange(1000.0) ** 2), 0),
        (array(np.arange(1001.0) ** 2), 200),
        (array(np.arange(201.0) ** 2 / 2), 200),
        (array(np.repeat(np.arange(50.0), 1000)), 0),
        (array(samples(400)), 0),
        (array(samples(401)), 40),
        (table(csv([(x, 1) for x in range(1000)], header="x,count").decode()), 0),
        (table(csv([(x, 1) for x in range(1001)], header="x,count").decode()), 200),
    ],
)
def test_proposed_bins(source, bins):
    choice = propose(source)
    assert choice.bins == bins
    assert 2 <= len(understand(source, choice).pmf) <= 1600


@pytest.mark.parametrize(
    "values", [[1e308, -1e308, 0.0], [[1.0, np.nan], [np.nan, 2.0]], [3.0, 3.0]]
)
def test_a_proposal_never_fails(values):
    assert propose(array(values)).first


def test_a_choice_is_a_small_hashable_value():
    choice = Choice(first="x", bins=3)
    assert hash(choice) == hash(dataclasses.replace(choice))
    scalars = (str, int, float, type(None), tuple)
    assert all(isinstance(value, scalars) for value in dataclasses.asdict(choice).values())


def test_markdown_is_escaped():
    assert as_markdown("a *b* [c](d) $e$") == r"a \*b\* \[c\]\(d\) \$e\$"


def test_outliers_are_counted_and_left_out_on_request():
    rows = table("x\n" + "\n".join(map(str, [*range(10, 20), 1000, -900])))
    kept = understand(rows, Choice(first="x"))
    assert kept.outliers == 2
    assert len(kept.pmf) == 12
    assert any(line.startswith("2 outliers (more than 3 inter") for line in kept.sentences)
    assert "used." in said(kept)
    dropped = understand(rows, Choice(first="x", outliers="drop"))
    assert dropped.outliers == 2
    assert dict(dropped.dropped) == {"outliers": 2}
    assert dropped.ranges == (("x", 10, 19),)
    assert "left out" in said(dropped)
    # Without a spread between the quartiles nothing is an outlier.
    assert understand(table("x\n" + "1\n" * 9 + "50\n"), Choice(first="x")).outliers == 0


def test_outliers_of_weighted_rows_follow_the_weights():
    rows = table("x,w\n" + "".join(f"{x},100\n" for x in range(10)) + "".join("90,1\n" * 40))
    assert understand(rows, Choice("weighted", "x", weight="w")).outliers == 40
    assert understand(rows, Choice(first="x")).outliers == 0


def test_numbers_that_mean_missing():
    values = [*range(10), -999, -999, 9999]
    rows = table("x\n" + "\n".join(map(str, values)))
    asked = understand(rows, Choice(first="x"))
    assert "−999 occurs 2 times in “x”, far from the other values" in said(asked)
    found = understand(rows, Choice(first="x", missing="−999; 9999"))
    assert dict(found.dropped) == {"marked as missing": 3}
    assert found.ranges == (("x", 0, 9),)
    assert "does not list numbers" in refused(rows, Choice(first="x", missing="none"))


def test_groups_of_rows_become_atoms_of_their_own():
    rows = table("x,status\n1,a\n1,b\n2,a\n2,a\n3,b\n,b\n")
    group = rows.labels[0].codes == 1
    found = understand(rows, Choice(first="x"), [group])
    assert found.atoms.tolist() == [1, 1, 2, 3]
    assert found.pmf.tolist() == [0.2, 0.2, 0.4, 0.2]
    assert found.groups.tolist() == [[False, True, False, True]]
    plain = understand(rows, Choice(first="x"))
    assert plain.groups.shape == (0, 3)
    assert "Columns for subsets, such as “status = a”: status." in said(plain)
    assert "Omitted" not in said(plain)


@pytest.mark.parametrize(
    ("name", "what", "unit"),
    [
        ("temp [°C]", "temp", "°C"),
        ("speed (m/s)", "speed", "m/s"),
        ("temp_C", "temp", "°C"),
        ("Temperature (F)", "Temperature", "F"),
        ("bill_length_mm", "bill_length", "mm"),
        ("Culmen Length (mm)", "Culmen Length", "mm"),
        ("length in km", "length", "km"),
        ("pressure / hPa", "pressure", "hPa"),
        ("load, %", "load", "%"),
        ("humidity_percent", "humidity", "%"),
        ("Area (sq km)", "Area", "sq km"),
        ("class_C", "class_C", ""),
        ("x (2)", "x (2)", ""),
        ("Population (thousands)", "Population (thousands)", ""),
        ("log.light", "log.light", ""),
        ("temp_min", "temp_min", ""),
        ("T min", "T min", ""),
        ("wait_min", "wait", "min"),
        ("x_t", "x_t", ""),
        ("x", "x", ""),
        ("", "", ""),
    ],
)
def test_units_in_names(name, what, unit):
    assert units.parse(name) == (what, unit)


def test_units_of_a_choice():
    assert Choice(first="temp [°C]").labels == ("temp (°C)",)
    assert Choice(first="temp [°C]").common_unit == "°C"
    assert Choice(first="x", unit="m").labels == ("x (m)",)
    assert Choice(first="x_mm", second="y_mm").common_unit == "mm"
    assert Choice(first="x_mm", second="y_kg").common_unit == ""
    assert units.squared("m/s") == "(m/s)²"


def test_a_column_of_text_is_kept_as_labels() -> None:
    table = read_table("a.csv", b"v,status,id\n1,ok,a1\n2, alarm ,b2\n3,ok,c3\n4,,d4\n")
    status = next(one for one in table.labels if one.name == "status")
    assert status.texts == ("alarm", "ok")
    assert status.codes.tolist() == [1, 0, 1, -1]
    assert ("status", "text such as “ok”") in table.left_out


def test_groups_of_rows_divide_the_atoms() -> None:
    table = read_table("a.csv", b"v,w\n1,0\n1,1\n2,1\n2,1\nx,1\n3,0\n")
    choice = Choice("samples", "v")
    group = table.column("w").values == 1
    found = understand(table, choice, [group])
    assert found.atoms.tolist() == [1, 1, 2, 3]
    assert found.pmf.tolist() == [0.2, 0.2, 0.4, 0.2]
    assert found.groups.tolist() == [[False, True, True, False]]
    plain = understand(table, choice)
    assert plain.atoms.tolist() == [1, 2, 3]
    assert plain.groups.shape == (0, 3)
