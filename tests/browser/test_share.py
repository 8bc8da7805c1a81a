"""What a user takes along: a scenario with data to another server, a script, and figures."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.explore import Explore, Open
from tests.browser.server import ROOT, serving


@pytest.fixture
def lengths(tmp_path: Path) -> Path:
    path = tmp_path / "lengths.csv"
    values = np.random.default_rng(11).normal(20, 3, 300).round()
    path.write_text("mm\n" + "\n".join(f"{value:g}" for value in values) + "\n")
    return path


def saved(page: Explore, button: str, path: Path) -> Path:
    with page.page.expect_download() as begun:
        page.page.get_by_role("button", name=button, exact=True).click()
    begun.value.save_as(path)
    return path


def test_a_scenario_with_data_opens_on_another_server(
    explore: Open, lengths: Path, tmp_path: Path
) -> None:
    page = explore().choose("source", "Your own data").upload(lengths).type("D", "1.25").finished()
    rate = page.text_of("Rate R")
    page.press("Share")
    expect(page.page.get_by_text("The link needs the uploaded file")).to_be_visible()
    link = page.page.get_by_test_id("stPopoverBody").get_by_test_id("stCode").inner_text()
    query = parse_qs(urlsplit(link.strip()).query)
    assert query["D"] == ["1.25"]
    assert query["source"] == ["own"]
    scenario = saved(page, "Save the scenario", tmp_path / "lengths.json")
    script = saved(page, "Python script", tmp_path / "lengths.py")
    report = saved(page, "HTML report", tmp_path / "lengths.html").read_text()
    assert page.text_of("Rate R").split()[0] in report.partition("<body>")[2]
    assert ">1.25<" in report
    printed = subprocess.run(
        [sys.executable, script],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    bits = float(printed.splitlines()[0].rpartition(": ")[2])
    assert abs(bits - page.figure("Rate R")) < 1e-3

    with serving(tmp_path / "log.txt") as url:
        # The first visitor of a server may come by the address of a page.
        other = explore("prices?D=0.7", url=url)
        assert other.field("source").input_value() == "Three modes"
        assert other.field("D").input_value() == "0.7"
        assert other.page.get_by_test_id("stSidebar").bounding_box()["width"] == 330
        assert other.text_of("Rate R") != rate
        other.press("Share")
        body = other.page.get_by_test_id("stPopoverBody")
        body.locator("input[type=file]").set_input_files(lengths)
        expect(body).to_contain_text("lengths.csv was not opened")
        body.locator("input[type=file]").set_input_files(scenario)
        other.expect_figure("Rate R", rate)
        assert "data=" in other.page.url
        expect(other.field("D")).to_have_value("1.25")
        assert not other.errors


def test_the_figures_on_screen_are_files_for_white_paper(explore: Open, tmp_path: Path) -> None:
    """The browser draws them, in the light colours also where the page is dark."""
    page = explore({"D": "0.5"}, dark=True).finished()
    page.press("Share")
    with zipfile.ZipFile(saved(page, "SVG", tmp_path / "figures.zip")) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert [name[:2] for name in texts] == ["01", "02", "03"]
    curve = next(text for name, text in texts.items() if "Rate-distortion-function" in name)
    for written in (
        "Rate–distortion function",
        "average distortion D (unit²)",
        "rate R (bits per symbol)",
        "R(D), certified",
    ):
        assert f">{written}<" in curve
    source = next(text for name, text in texts.items() if "Source" in name)
    assert "rgb(230, 159, 0)" in source  # the subset, as the light theme draws it
    for text in texts.values():
        assert "rgb(255, 255, 255)" in text
        assert "rgb(230, 234, 240)" not in text  # the text of the dark theme
        assert "Source Sans" not in text
    with zipfile.ZipFile(saved(page, "PNG", tmp_path / "pictures.zip")) as archive:
        assert all(archive.read(name).startswith(b"\x89PNG") for name in archive.namelist())
        assert len(archive.namelist()) == 3
        assert archive.testzip() is None
    with np.load(saved(page, "NPZ", tmp_path / "explore.npz"), allow_pickle=False) as found:
        # In full precision; the page shows four digits.
        assert abs(float(found["Rate R (bits)"]) - page.figure("Rate R")) <= 5.001e-4
        name = "Rate–distortion function: R(D), certified: rate R (bits per symbol)"
        assert found[name].max() > page.figure("Rate R")
    assert not page.errors


def test_every_file_to_take_along_is_seen_at_once(explore: Open) -> None:
    page = explore(width=1280, height=720).finished()
    page.press("Share")
    for name in ("Save the scenario", "Python script", "HTML report", "SVG", "NPZ", "BibTeX"):
        button = page.page.get_by_role("button", name=name, exact=True)
        expect(button).to_be_visible()
        box = button.bounding_box()
        body = page.page.get_by_test_id("stPopoverBody").bounding_box()
        assert box is not None
        assert body is not None
        assert body["y"] <= box["y"]
        assert box["y"] + box["height"] <= body["y"] + body["height"], name


def test_pins_outlast_a_link_opened_in_their_window(explore: Open) -> None:
    page = explore()
    pins = page.page.get_by_role("button", name="Pins")
    offer = page.page.get_by_role("button", name="Pin this scenario")
    pins.click()
    offer.click()
    page.settled()
    expect(offer).to_be_hidden()
    page.open({"D": "0.4"})
    expect(pins).to_have_text(re.compile("Pins 1"))
    pins.click()
    offer.click()
    page.settled()
    page.reload()
    expect(pins).to_have_text(re.compile("Pins 2"))
    pins.click()
    page.page.get_by_role("link", name="Compare the pins").click()
    expect(page.page.get_by_role("link", name="Open Three modes · D 0.4 unit²")).to_be_visible()
    expect(offer).to_be_hidden()
    assert not page.errors
