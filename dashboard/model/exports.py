"""Tables to take away, as CSV or JSON; each column's name carries its unit."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from dashboard.model.annealing import StageView
from dashboard.model.views import CurveBand, Floats, Placed, SurfaceView

Table = dict[str, Floats]


def curve_table(band: CurveBand, unit: str) -> Table:
    """Return a certified curve as columns."""
    table = {
        f"D ({unit})": band.levels,
        "rate, lower bound (bits)": band.lower_bits,
        "rate, upper bound (bits)": band.upper_bits,
        f"price of D (bits/{unit})": band.price_bits,
    }
    if band.subset_price_bits is not None:
        table[f"price of D′ (bits/{unit})"] = band.subset_price_bits
    return table


def surface_table(surface: SurfaceView, unit: str) -> Table:
    """Return a surface as columns, one row a cell; cells that have no solution are left out."""
    below, across = np.meshgrid(surface.subset_levels, surface.levels, indexing="ij")
    solved = np.isfinite(surface.upper_bits)
    columns = {
        f"D ({unit})": across,
        f"D′ ({unit})": below,
        "rate, lower bound (bits)": surface.lower_bits,
        "rate, upper bound (bits)": surface.upper_bits,
        f"price of D (bits/{unit})": surface.price_bits,
        f"price of D′ (bits/{unit})": surface.subset_price_bits,
    }
    return {name: values[solved] for name, values in columns.items()}


def codebook_table(words: Placed) -> Table:
    """Return codewords and their masses as columns."""
    names = ["y (unit)"] if words.codebook.shape[1] == 1 else ["y1 (unit)", "y2 (unit)"]
    columns = dict(zip(names, words.codebook.T, strict=True))
    return {**columns, "P(Y = y)": words.masses}


def stages_table(stages: Sequence[StageView]) -> Table:
    """Return the stages of an annealing as columns."""
    table = {
        "temperature": np.array([one.tau for one in stages]),
        "H(Y) (bits)": np.array([one.entropy_bits for one in stages]),
        "H(Y|X) (bits)": np.array([one.noise_bits for one in stages]),
        "I(X;Y) (bits)": np.array([one.rate_bits for one in stages]),
        "codewords": np.array([float(len(one.masses)) for one in stages]),
    }
    for k, name in enumerate(("D", "D′")[: len(stages[0].distortions)]):
        table[f"{name} reached"] = np.array([one.distortions[k] for one in stages])
    return table


def as_csv(table: Mapping[str, Floats]) -> bytes:
    """Write a table as CSV with every digit."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table)
    writer.writerows(zip(*(column.tolist() for column in table.values()), strict=True))
    return out.getvalue().encode()


def as_json(table: Mapping[str, Floats], setting: Any) -> bytes:
    """Write a table as JSON with what it is about."""
    about: dict[str, Any] = asdict(setting)
    columns = {name: column.tolist() for name, column in table.items()}
    return json.dumps({"setting": about, "columns": columns}, ensure_ascii=False).encode()
