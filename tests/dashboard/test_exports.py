"""Tables for download: full precision, and the unit in every column name."""

from __future__ import annotations

import csv
import io
import json
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard.model import exports
from dashboard.model.annealing import StageView
from dashboard.model.marks import plain
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.model.views import Axis, CurveBand, SurfaceView
from dashboard.ui import queries
from rdcore import LevelScale

MSE = LevelScale("mse")
HELD = Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)", 0.05),))


def test_a_curve_as_csv_and_json() -> None:
    band = queries.curve(ProblemSpec(HELD, 0.6))
    assert isinstance(band, CurveBand)
    table = exports.curve_table(band, MSE, (0.6, 0.05), plain((1,)))
    rows = list(csv.reader(io.StringIO(exports.as_csv(table).decode())))
    assert rows[0] == [
        "D (unit²)",
        "rate, lower bound (bits)",
        "rate, upper bound (bits)",
        "price of D (bits/unit²)",
        "price of D′ (bits/unit²)",
    ]
    numbers = np.array(rows[1:], dtype=float)
    assert np.array_equal(numbers[:, 2], band.upper_bits)
    written = exports.as_json(table, HELD, plain((1,)))
    assert "price of D′ (bits/unit²)" in written.decode()
    found = json.loads(written)
    assert found["columns"]["D (unit²)"] == band.levels.tolist()
    assert found["setting"]["source"]["kind"] == "three_modes"
    assert found["setting"]["subsets"] == [
        {
            "text": "+(-1,1)",
            "level": 0.05,
            "measure": "conditional",
            "slot": 1,
            "symbol": "S",
            "name": "",
        }
    ]


def test_without_a_subset_there_is_one_price() -> None:
    band = queries.curve(ProblemSpec(HELD.without_subsets(), 0.6))
    assert isinstance(band, CurveBand)
    assert band.prices_bits.shape[1] == 1
    assert len(exports.curve_table(band, MSE, (0.6,), plain(()))) == 4


def test_a_surface_leaves_out_what_has_no_solution() -> None:
    cells = [np.array([[k + 1.0, np.nan], [k + 2.0, k + 3.0]]) for k in (0, 10, 20, 30)]
    surface = SurfaceView(
        Axis("D", "unit²", np.array([0.1, 0.2])), Axis("D′", "unit²", np.array([0.5, 0.6])), *cells
    )
    table = exports.surface_table(surface, MSE)
    assert {name: values.tolist() for name, values in table.items()} == {
        "D (unit²)": [0.1, 0.1, 0.2],
        "D′ (unit²)": [0.5, 0.6, 0.6],
        "rate, lower bound (bits)": [11, 12, 13],
        "rate, upper bound (bits)": [1, 2, 3],
        "price of D (bits/unit²)": [21, 22, 23],
        "price of D′ (bits/unit²)": [31, 32, 33],
    }


@pytest.mark.parametrize("names", [["y (unit)"], ["y1 (unit)", "y2 (unit)"]])
def test_codewords_have_a_column_a_coordinate(names: list[str]) -> None:
    words = np.arange(3.0 * len(names)).reshape(3, -1)
    table = exports.codebook_table(
        SimpleNamespace(codebook=words, masses=np.array([0.2, 0.3, 0.5]))
    )
    assert list(table) == [*names, "P(Y = y)"]
    assert np.array_equal(np.stack([table[name] for name in names], axis=1), words)
    assert table["P(Y = y)"].tolist() == [0.2, 0.3, 0.5]


def test_each_bound_is_in_its_own_column() -> None:
    ends = [np.array([k, k + 1.0]) for k in (0, 20, 10, 30, 40)]
    band = CurveBand(*ends[:3], np.stack(ends[3:], axis=1))
    table = exports.curve_table(band, MSE, (0.0, 1.0), plain((1,)))
    columns = [values.tolist() for values in table.values()]
    assert columns == [[0, 1], [10, 11], [20, 21], [30, 31], [40, 41]]


def stage(tau: float, codewords: int, distortions: tuple[float, ...]) -> StageView:
    return StageView(
        tau=tau,
        codebook=np.zeros((codewords, 1)),
        masses=np.full(codewords, 1 / codewords),
        channel=None,
        certainty=np.ones(3, np.float32),
        entropy_bits=5 * tau,
        randomness_bits=2 * tau,
        distortions=np.array(distortions),
        jumped=False,
    )


def test_stages_are_rows_with_a_column_for_each_level() -> None:
    table = exports.stages_table(
        [stage(1.0, 2, (0.5, 0.1)), stage(0.5, 4, (0.25, 0.125))], MSE, plain((1,))
    )
    assert {name: values.tolist() for name, values in table.items()} == {
        "temperature": [1, 0.5],
        "H(Y) (bits)": [5, 2.5],
        "H(Y|X) (bits)": [2, 1],
        "I(X;Y) (bits)": [3, 1.5],
        "codewords": [2, 4],
        "D reached (unit²)": [0.5, 0.25],
        "D′ reached (unit²)": [0.1, 0.125],
    }
    alone = exports.stages_table([stage(1.0, 2, (0.5,))], MSE, plain(()))
    assert [name for name in alone if "reached" in name] == ["D reached (unit²)"]


def test_nothing_is_cut_to_fit() -> None:
    with pytest.raises(ValueError, match="shorter"):
        exports.as_csv({"a": np.array([1.0, 2.0]), "b": np.array([1.0])})
    with pytest.raises(ValueError, match="longer"):
        exports.codebook_table(SimpleNamespace(codebook=np.zeros((2, 3)), masses=np.ones(2) / 2))


def test_arrays_load_with_numpy_alone_under_names_with_units() -> None:
    table = {"price of D (bits/unit²)": np.array([1.0, np.nan]), "encoder": np.array(["a", "é"])}
    with np.load(io.BytesIO(exports.as_npz(table)), allow_pickle=False) as found:
        assert found.files == list(table)
        np.testing.assert_array_equal(found["price of D (bits/unit²)"], [1.0, np.nan])
        assert found["encoder"].tolist() == ["a", "é"]
    with pytest.raises(TypeError, match="objects"):
        exports.as_npz({"a": np.array([None], dtype=object)})
