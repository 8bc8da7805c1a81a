"""Bins that hide more than the levels allow, without a browser."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.uploads import store
from tests.pages.app import below, opened, shown


def plant() -> tuple[str, np.ndarray]:
    draw = np.random.default_rng(5)
    hot = draw.random(400) < 0.04
    values = np.where(hot, draw.normal(78, 4, 400), draw.normal(24, 6, 400))
    rows = "\n".join(f"{v:.2f},{'alarm' if h else 'ok'}" for v, h in zip(values, hot, strict=True))
    return store.put("plant.csv", f"temp [°C],status\n{rows}\n".encode()), np.round(values, 2)


def test_coarse_bins_are_said_and_finer_ones_offered() -> None:
    query = {"data": plant()[0], "x": "temp [°C]", "x2": "none", "bins": "150", "D": "1"}
    query |= {"source": "own", "kind": "samples", "stated": "rms", "codebook": "grid", "m": "300"}
    app = opened(**query)
    assert not app.exception
    assert not [one for one in app.warning if "bins" in one.value]  # V is well below D
    app = opened(**query, S="status = ok", Ds="0.04")
    (found,) = [one for one in app.warning if "bins are coarse" in one.value]
    assert "D′ = 0.2 °C RMS" in found.value
    before = shown(app, "Rate R")
    app.button(key="finer_bins").click().run()
    assert not [one for one in app.warning if "bins are coarse" in one.value]
    assert app.query_params["bins"] == "0"
    assert shown(app, "Rate R") != before
    assert below(app, "Rate R")


def test_what_the_bins_hide_of_a_level_is_that_of_its_rows() -> None:
    """The stated level of the rows is the mean of the squared errors that the bins add."""
    digest, values = plant()
    query = {"data": digest, "x": "temp [°C]", "x2": "none", "bins": "20", "D": "1"}
    app = opened(**query, source="own", kind="samples", codebook="grid", m="40")
    (found,) = [one for one in app.warning if "bins are coarse" in one.value]
    edges = np.linspace(values.min(), values.max(), 21)
    cell = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, 19)
    within = sum(((values[cell == k] - values[cell == k].mean()) ** 2).sum() for k in set(cell))
    said = float(found.value.rpartition("D = ")[2].split()[0])
    assert said == pytest.approx(1 + within / len(values), rel=2e-3)
