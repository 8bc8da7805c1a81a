"""Matrices of distortions: symbols, codewords, probabilities, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from rdcore.errors import TableError
from rdcore.problem.distortions import Listed
from rdcore.tables import MAX_SYMBOLS, distortion_matrix, is_distortion_matrix, read_table

TEXT = b"state;calm;busy;p\ncalm;0;1,5;0,25\nbusy;inf;0;0,75\n"


def test_symbols_may_be_texts_or_numbers() -> None:
    found = distortion_matrix(read_table("costs.csv", TEXT), "p")
    assert (found.name, found.symbols, found.codewords) == (
        "state",
        ("calm", "busy"),
        ("calm", "busy"),
    )
    assert found.values.tolist() == [[0, 1.5], [np.inf, 0]]
    assert found.pmf.tolist() == [0.25, 0.75]
    plain = distortion_matrix(read_table("costs.csv", b",0,1,2\n0,0,1,4\n1,1,0,1\n2.5,4,1,0\n"))
    assert plain.symbols == ("0", "1", "2.5")
    assert plain.codewords == ("0", "1", "2")
    assert plain.pmf == pytest.approx(np.full(3, 1 / 3))


@pytest.mark.parametrize(
    ("text", "weight", "message"),
    [
        (
            b"s,a,b\nx,0,-1\ny,1,0\n",
            "",
            "Row “x”, column “b” of m.csv is −1; a number of at least 0",
        ),
        (b"s,a,b\nx,0,1\ny,,0\n", "", "Row “y”, column “a” of m.csv is empty"),
        (b"s,a,b\nx,0,no\ny,1,0\n", "", "Row “x”, column “b” of m.csv is not a number"),
        (b"s,a,b\nx,0,1\nx,1,0\n", "", "Two rows of m.csv are for “x”; each symbol has one row"),
        (b"s,a,b\nx,0,1\n,1,0\n", "", "Row 2 of m.csv has no symbol in column “s”"),
        (b"s,a,b\nx,0,1\ny,1,0\n", "q", "q"),
        (b"s,a,p\nx,0,-2\ny,1,3\n", "p", "column “p” of m.csv is −2; a probability or frequency"),
        (b"s,a,p\nx,0,0\ny,1,3\n", "p", "“p” of m.csv must be above 0 in two rows or more"),
        (b"s,a,t\nx,0,u\ny,1,v\n", "", "Column “t” of m.csv cannot be a codeword: text such as"),
        (b"s,a\n" + b"".join(b"%d,1\n" % k for k in range(300)), "", "300 symbols; .* 2 to 256"),
    ],
)
def test_what_is_no_matrix_is_named(text: bytes, weight: str, message: str) -> None:
    assert MAX_SYMBOLS == 256
    with pytest.raises(TableError, match=message):
        distortion_matrix(read_table("m.csv", text), weight)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (TEXT, True),
        (b",0,1,2\n0,0,1,4\n1,1,0,1\n2,4,1,0\n", True),
        (b",0,1,2\n0,0,1,4\n1,1,0,1\n3,4,1,0\n", False),  # other codewords
        (b"s,0,1,2.5\n0,0,1,2.5\n1,1,0,1.5\n2.5,2.5,1.5,0\n", True),
        (b"-1,0,1,2\n0,0,1,2\n1,1,0,1\n2,2,1,0\n", False),  # no word in the corner
        (b"r,a,b\na,1,-0.3\nb,-0.3,1\n", False),  # correlations
        (b"seen,a,b\na,90,4\nb,7,80\n", False),  # counts of what was taken for what
        (b"from,a,b\na,0,3\nb,,0\n", False),
        (b"a,b\n0,1\n1,0\n", False),
        (b"x\n1.5\n2.5\n", False),
    ],
)
def test_what_is_surely_a_matrix(text: bytes, found: bool) -> None:
    assert is_distortion_matrix(read_table("m.csv", text)) == found


def test_a_listed_distortion_belongs_to_the_numbers_of_the_symbols() -> None:
    costs = np.array([[0, 1, 4], [2, 0, 1], [9, 3, 0.0]])
    listed = Listed(tuple(map(tuple, costs)))
    assert listed == Listed(costs.tolist())
    source, whole = rd.Source([1.0, 2.0, 3.0], [0.5, 0.3, 0.2]), [1.0, 2.0, 3.0]
    table = rd.solve(rd.Problem(source, whole, costs, [rd.average(0.3)]))
    assert rd.solve(rd.Problem(source, whole, listed, [rd.average(0.3)])).rate == table.rate
    part = rd.Problem(rd.Source([1.0, 3.0], [0.7, 0.3]), [3.0, 2.0], listed, [rd.average(2.0)])
    assert part.matrices[0].tolist() == [[4, 1], [0, 3]]
    with pytest.raises(rd.InputError, match="codewords must be numbers from 1 to 3"):
        rd.solve(rd.Problem(source, [1.0, 4.0], listed, [rd.average(1.0)]))
    with pytest.raises(rd.InputError, match="values must be a matrix of numbers of at least 0"):
        Listed([[0, -1]])
