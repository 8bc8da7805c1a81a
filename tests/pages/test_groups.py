"""Groups of rows of an uploaded file, without a browser."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from dashboard.formatting import figure
from dashboard.uploads import store
from tests.pages.app import number, opened, shown, tables, until


def uploaded() -> tuple[str, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(3)
    status = draw.choice(["ok", "alarm", "fault"], 300, p=[0.8, 0.15, 0.05])
    values = np.round(draw.normal(20 + 6 * (status == "alarm"), 2))
    rows = "\n".join(
        f"{v:g},{s},{k % 3}" for k, (v, s) in enumerate(zip(values, status, strict=True))
    )
    return store.put("plant.csv", f"temp,status,machine\n{rows}\n".encode()), values, status


def pairs(
    values: np.ndarray, status: np.ndarray, names: list[str]
) -> tuple[rd.sources.Source, list[np.ndarray]]:
    """Return the source of the pairs of a value and a group, built here by hand."""
    key = np.array([names.index(s) if s in names else -1 for s in status])
    cells, counts = np.unique(np.stack([values, key], axis=1), axis=0, return_counts=True)
    source = rd.sources.from_pmf(cells[:, 0], counts)
    return source, [cells[:, 1] == k for k in range(len(names))]


def problem(
    digest: str,
    D: float,
    names: list[str],
    levels: list[float],
    data: tuple[np.ndarray, np.ndarray],
) -> rd.Problem:
    source, masks = pairs(*data, names)
    held = [rd.subset(m, v, measure="conditional") for m, v in zip(masks, levels, strict=True)]
    codebook = rd.sources.grid_codebook(source, 49)
    return rd.Problem(source, codebook, fidelities=[rd.average(D), *held])


QUERY = {"source": "own", "x": "temp", "x2": "none", "kind": "samples", "bins": "0", "D": "2"}


def test_a_subset_by_a_column_of_text() -> None:
    digest, *data = uploaded()
    app = opened(
        **QUERY, data=digest, S="status = alarm", Ds="0.5", S2='status = "fault"', Ds2="0.3"
    )
    assert not app.exception
    assert not app.error
    want = rd.solve(problem(digest, 2.0, ["alarm", "fault"], [0.5, 0.3], (data[0], data[1])))
    assert shown(app, "Rate R") == f"{figure(want.rate_bits)} :small[bits]"
    for name, price in zip(("D, λ", "D′₁, λ′₁", "D′₂, λ′₂"), want.prices_bits, strict=True):
        assert number(app, f"Price of {name}") == pytest.approx(float(price), rel=1e-3)


@pytest.mark.parametrize("page", ["prices", "codebook", "annealing", "quantisers"])
def test_every_page_opens_with_a_subset_by_a_column(page: str) -> None:
    digest, *_ = uploaded()
    app = opened(
        page,
        **QUERY,
        data=digest,
        S="status = alarm and temp > 20",
        Ds="1",
        stages="3",
        search="false",
        rounds="2",
    )
    assert not app.exception
    assert not app.error


def test_a_condition_that_names_no_entry_says_which_there_are() -> None:
    digest, *_ = uploaded()
    app = opened(**QUERY, data=digest, S="status = burnt")
    said = " ".join(one.value for one in app.error).replace("\\", "")
    assert "“status = burnt” is not a condition on “status”" in said
    assert "“alarm”, “fault”, “ok”" in said


def test_one_level_for_every_group() -> None:
    digest, values, status = uploaded()
    app = opened(**QUERY, data=digest, groups="status", Dg="1.5")
    until(app, lambda: any(one.label == "Extra rate" for one in app.metric))
    names = ["alarm", "fault", "ok"]
    plain = rd.solve(problem(digest, 2.0, names, [1e6] * 3, (values, status)))
    held = rd.solve(problem(digest, 2.0, names, [1.5] * 3, (values, status)))
    assert number(app, "Rate with every group held") == pytest.approx(held.rate_bits, rel=1e-3)
    assert number(app, "Extra rate") == pytest.approx(held.rate_bits - plain.rate_bits, rel=2e-3)
    (table,) = [one for one in tables(app) if "probability" in one.columns]
    assert table["status"].tolist() == names
    shares = [f"{100 * np.mean(status == name):.1f}" for name in names]
    assert [one.split()[0] for one in table["probability"]] == shares
    means = table["mean held (unit²)"].astype(float).to_numpy()
    assert (means <= 1.5001).all()
    app.button(key="limit_alarm").click().run()
    assert not app.exception
    assert app.text_input(key="S").value == "status = alarm"
    assert app.number_input(key="Ds").value == 1.5
    until(app, lambda: any(one.key == "limit_fault" for one in app.button))
    app.button(key="limit_fault").click().run()
    assert app.radio(key="draws").options == ["S₁ alarm", "S₂ fault"]
    assert not app.exception


def test_groups_by_a_column_of_numbers() -> None:
    digest, *_ = uploaded()
    app = opened(**QUERY, data=digest, groups="machine", Dg="1.8")
    until(app, lambda: any(one.label == "Extra rate" for one in app.metric))
    (table,) = [one for one in tables(app) if "probability" in one.columns]
    assert table["machine"].tolist() == ["0", "1", "2"]


def test_a_level_that_a_group_cannot_reach_says_what_it_can() -> None:
    digest, *_ = uploaded()
    query = {**QUERY, "D": "9", "codebook": "grid", "m": "4", "S": ""}
    app = opened(**query, data=digest, groups="status", Dg="0")
    until(app, lambda: any("every group can reach" in one.value for one in app.warning))
    assert not app.exception
