"""Files of one's own: good and bad ones, and what a reload finds again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

import rdcore as rd
from dashboard.formatting import figure
from dashboard.model.specs import Setting, SourceSpec
from dashboard.ui.starts import start
from dashboard.uploads import store
from rdcore.tables import propose, read_table
from tests.browser.explore import Open


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    cm = np.random.default_rng(7).normal(172, 9, 400).round()
    pd.DataFrame({"cm": cm}).to_csv(path, index=False)
    return path


@pytest.fixture
def places(tmp_path: Path) -> Path:
    path = tmp_path / "places.parquet"
    random = np.random.default_rng(7)
    pd.DataFrame({"east": random.normal(0, 1, 500), "north": random.normal(0, 2, 500)}).to_parquet(
        path
    )
    return path


@pytest.fixture
def bad(tmp_path: Path) -> list[Path]:
    text, pickled = tmp_path / "letter.csv", tmp_path / "pickled.npy"
    text.write_text("Hello,\nthis is a letter.\n")
    np.save(pickled, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return [text, pickled]


def rate_bits(path: Path) -> float:
    data = path.read_bytes()
    digest = store.put(path.name, data)
    spec = SourceSpec("own", digest=digest, choice=propose(read_table(path.name, data)))
    return rd.solve(Setting(spec).problem(start(spec).level)).rate_bits


def test_files_good_and_bad(explore: Open, people: Path, places: Path, bad: list[Path]) -> None:
    page = explore().choose("source", "Your own data")
    story = page.text_of("Rate R")
    for path in bad:
        page.upload(path)
        alert = page.page.get_by_test_id("stSidebar").get_by_role("alert")
        expect(alert).to_contain_text(path.name)
        assert len(alert.inner_text().strip().splitlines()) == 1
        assert page.text_of("Rate R") == story

    page.upload(people)
    page.expect_figure("Rate R", figure(rate_bits(people)))
    expect(page.page.get_by_text("All 400 rows used")).to_be_visible()
    expect(page.page.get_by_test_id("stSidebar").get_by_role("alert")).to_have_count(0)
    page.drag([(165, 0.01), (175, 0.02)])
    shown = page.text_of("Rate R")
    page.page.wait_for_timeout(300)
    page.reload()
    page.expect_figure("Rate R", shown.split()[0])
    assert page.text_of("Price of D′, λ′") != "—"

    page.upload(bad[0])
    expect(page.page.get_by_test_id("stSidebar").get_by_role("alert")).to_be_visible()
    assert page.text_of("Rate R") == shown

    page.upload(places)
    page.expect_figure("Rate R", figure(rate_bits(places)))
    assert page.trace("source", "source")["x"]
    assert page.errors == []


def test_a_link_to_a_file_the_server_no_longer_has(explore: Open) -> None:
    page = explore({"source": "Your own data", "data": "0" * 32})
    expect(page.page.get_by_text("upload the file again")).to_be_visible()
    expect(page.page.get_by_text("in the meantime")).to_be_visible()
    assert page.figure("Rate R") > 0
