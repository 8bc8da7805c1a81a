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
    east, north = np.random.default_rng(7).normal(0, [[1], [2]], (2, 90))
    pd.DataFrame({"east": east, "north": north}).to_parquet(path)
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
    # An upload starts with the best codebook.
    return rd.solve(Setting(spec).problem(start(spec).level).with_every(), tol=1e-6).rate_bits


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
    page.finished().drag([(165, 0.01), (175, 0.02)]).finished()
    shown = page.text_of("Rate R")
    page.addressed("S", page.field("S").input_value()).reload()
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


def test_how_a_file_is_read_is_chosen_beside_it_and_kept_in_the_link(
    explore: Open, tmp_path: Path
) -> None:
    path = tmp_path / "amounts.csv"
    path.write_text('amount_kg\n"1,250"\n"2,480"\n"3,100"\n')
    page = explore().choose("source", "Your own data").upload(path)
    side = page.page.get_by_test_id("stSidebar")
    expect(side.get_by_text("nothing decides what “1,250” is")).to_be_visible()
    expect(side.get_by_text("ranges from 1250 to 3100")).to_be_visible()
    page.choose("dec", "Comma")
    expect(side.get_by_text("ranges from 1.25 to 3.1")).to_be_visible()
    expect(page.metric("Price of D, λ")).to_contain_text("bits/kg²")
    expect(side.get_by_text("nothing decides")).to_have_count(0)
    page.finished().reload()
    expect(side.get_by_text("ranges from 1.25 to 3.1")).to_be_visible()
    assert "dec=comma" in page.page.url
    assert page.errors == []


def test_refusals_are_ours_and_deletion_is_at_once(
    explore: Open, people: Path, tmp_path: Path
) -> None:
    large, document = tmp_path / "large.csv", tmp_path / "letter.pdf"
    large.write_bytes(b"1\n" * 11_000_000)
    document.write_bytes(b"%PDF-1.7\n" + bytes(100))
    page = explore().choose("source", "Your own data")
    alert = page.page.get_by_test_id("stSidebar").get_by_role("alert")
    for path, words in ((large, "at most 20 MB are accepted"), (document, "is a PDF document")):
        page.upload(path)
        expect(alert).to_contain_text(words)
        expect(alert).to_have_count(1)
    # A file above the server's own limit never leaves the browser.
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(51 * 2**20)
    uploader = page.page.locator('[class*="st-key-file"]')
    uploader.locator("input[type=file]").set_input_files(tmp_path / "huge.csv")
    expect(uploader.get_by_text("huge.csv")).to_be_visible()
    ours = "one => getComputedStyle(one, '::after').content"
    assert "was not sent: at most 20 MB are accepted" in uploader.evaluate(ours)
    page.upload(people)
    expect(uploader.get_by_text("huge.csv")).to_be_hidden()
    assert uploader.evaluate(ours) == "none"
    expect(alert).to_have_count(0)
    page.expect_figure("Rate R", figure(rate_bits(people)))
    link = page.page.url
    page.press("Delete my data")
    expect(page.page.get_by_text("Upload samples in one or two columns")).to_be_visible()
    expect(page.page.get_by_text("people.csv")).to_have_count(0)
    assert page.figure("Rate R") > 0
    page.page.goto(link)
    page.ready()
    expect(page.page.get_by_text("upload the file again")).to_be_visible()
    assert page.errors == []
