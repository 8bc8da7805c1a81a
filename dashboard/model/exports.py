"""Tables for download as CSV, JSON or NPZ; each column name contains its unit."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dashboard.model import wording
from dashboard.model.annealing import StageView
from dashboard.model.marks import Mark
from dashboard.model.views import CurveBand, Floats, Placed, SurfaceView
from rdcore import LevelScale

Columns = dict[str, Floats]


def curve_table(
    band: CurveBand, how: LevelScale, levels: Sequence[float], marks: Sequence[Mark]
) -> Columns:
    """Return a certified curve as columns.

    ``how`` is how levels are stated; ``levels`` are D and those of the subsets, and ``marks``
    theirs.
    """
    unit = how.text
    table = {
        f"{marks[band.which].level} ({unit})": how.stated(band.levels),
        "rate, lower bound (bits)": band.lower_bits,
        "rate, upper bound (bits)": band.upper_bits,
    }
    for one, price in zip(marks, wording.prices(how, band, levels).T, strict=True):
        table[f"price of {one.level} (bits/{unit})"] = price
    return table


def surface_table(surface: SurfaceView, how: LevelScale, others: Sequence[Mark] = ()) -> Columns:
    """Return a surface as columns, one row per cell; cells without a solution are omitted.

    ``how`` is how levels are stated; ``others`` are the marks of the fixed levels.
    """
    below, across = np.meshgrid(surface.y.levels, surface.x.levels, indexing="ij")
    solved, unit = np.isfinite(surface.upper_bits), how.text
    x, y = surface.x, surface.y
    prices = wording.surface_prices(how, surface)
    columns = {
        f"{x.name} ({unit})": how.stated(across),
        f"{y.name} ({unit})": how.stated(below),
        "rate, lower bound (bits)": surface.lower_bits,
        "rate, upper bound (bits)": surface.upper_bits,
        f"price of {x.name} (bits/{unit})": prices[0],
        f"price of {y.name} (bits/{unit})": prices[1],
    }
    for one, fixed in zip(others, prices[2:], strict=True):
        columns[f"price of {one.level} (bits/{unit})"] = fixed
    return {name: values[solved] for name, values in columns.items()}


def codebook_table(codewords: Placed, unit: str = "unit") -> Columns:
    """Return codewords and their probabilities as columns."""
    flat = codewords.codebook.shape[1] == 1
    names = [f"{name} ({unit})" for name in (("y",) if flat else ("y1", "y2"))]
    columns = dict(zip(names, codewords.codebook.T, strict=True))
    return {**columns, "P(Y = y)": codewords.masses}


def stages_table(stages: Sequence[StageView], how: LevelScale, marks: Sequence[Mark]) -> Columns:
    """Return the stages of an annealing as columns.

    ``how`` is how levels are stated; ``marks`` are those of D and the subsets.
    """
    table = {
        "temperature": np.array([one.tau for one in stages]),
        "H(Y) (bits)": np.array([one.entropy_bits for one in stages]),
        "H(Y|X) (bits)": np.array([one.randomness_bits for one in stages]),
        "I(X;Y) (bits)": np.array([one.rate_bits for one in stages]),
        "codewords": np.array([float(len(one.masses)) for one in stages]),
    }
    for k, one in enumerate(marks):
        reached = np.array([one.distortions[k] for one in stages], dtype=np.float64)
        table[f"{one.level} reached ({how.text})"] = how.stated(reached)
    return table


def as_csv(table: Mapping[str, Floats]) -> bytes:
    """Write a table as CSV in full precision."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table)
    writer.writerows(zip(*(column.tolist() for column in table.values()), strict=True))
    return out.getvalue().encode()


def as_json(table: Mapping[str, Floats], setting: Any, marks: Sequence[Mark] = ()) -> bytes:
    """Write a table as JSON together with its setting and the names of its subsets."""
    about: dict[str, Any] = asdict(setting)
    for one, mark in zip(about.get("subsets", ()), marks[1:], strict=False):
        one |= {"symbol": mark.symbol, "name": mark.name}
    columns = {name: column.tolist() for name, column in table.items()}
    return json.dumps({"setting": about, "columns": columns}, ensure_ascii=False).encode()


def as_npz(table: Mapping[str, ArrayLike]) -> bytes:
    """Write arrays of numbers or texts under their names, for ``numpy.load`` without pickle."""
    arrays = {name: np.asarray(column) for name, column in table.items()}
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise TypeError(f"{name} holds objects; arrays of numbers or texts are accepted")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
    return out.getvalue()
