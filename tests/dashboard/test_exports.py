"""Tables for download: full precision, and the unit in every column name."""

from __future__ import annotations

import csv
import io
import json

import numpy as np

from dashboard.model import exports
from dashboard.model.specs import Setting, SourceSpec
from dashboard.model.views import CurveBand
from dashboard.ui import queries

HELD = Setting(SourceSpec("three_modes"), subset="+(-1,1)", subset_level=0.05)


def test_a_curve_as_csv_and_json() -> None:
    band = queries.curve(HELD)
    assert isinstance(band, CurveBand)
    table = exports.curve_table(band, HELD.unit)
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
    found = json.loads(exports.as_json(table, HELD))
    assert found["columns"]["D (unit²)"] == band.levels.tolist()
    assert found["setting"]["source"]["kind"] == "three_modes"
    assert found["setting"]["subset_level"] == 0.05


def test_without_a_subset_there_is_one_price() -> None:
    band = queries.curve(HELD.without_subset())
    assert isinstance(band, CurveBand)
    assert band.subset_price_bits is None
    assert len(exports.curve_table(band, HELD.unit)) == 4
