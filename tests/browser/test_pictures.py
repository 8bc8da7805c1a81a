"""Pictures in a real browser: a region by text and by the mouse, a file, the slider by keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

import rdcore as rd
from dashboard.model.pictures import parse
from dashboard.tasks import pictures
from dashboard.uploads.pictures import as_png
from tests.browser.explore import Open
from tests.dashboard.test_pictures import scene


def drag(page: object, box: dict[str, float], start: float, end: float) -> None:
    mouse = page.mouse  # type: ignore[attr-defined]
    mouse.move(box["x"] + start * box["width"], box["y"] + start * box["height"])
    mouse.down()
    mouse.move(box["x"] + end * box["width"], box["y"] + end * box["height"], steps=8)
    mouse.up()


@pytest.mark.slow
def test_a_region_is_drawn_coded_and_compared(explore: Open, tmp_path: Path) -> None:
    page = explore("pictures?photo=camera&level_rest=900&level1=40")
    window = page.page
    field = window.get_by_label("Region 1", exact=True).and_(window.get_by_role("textbox"))
    expect(field).to_have_value("ellipse 200 60 320 190")
    field.fill("box 220 80 300 170")
    field.press("Enter")
    expect(window).to_have_url(re.compile("region1=box"))
    picture = window.locator('[class*="st-key-photo_chart"] .nsewdrag')
    page.settled()
    expect(picture).to_have_count(1)
    box = picture.bounding_box()
    assert box is not None
    drag(window, box, 0.35, 0.6)
    expect(field).not_to_have_value("box 220 80 300 170")
    expect(field).to_have_value(re.compile("^box "))
    page.settled()
    window.get_by_role("button", name="Encode").click()
    slider = window.get_by_role("slider", name="Border between Original and Decoded")
    slider.wait_for()
    for image in ("Original", "Decoded"):
        source = window.get_by_role("img", name=image, exact=True).get_attribute("src")
        assert source is not None
        assert source.startswith("data:image/png;base64,")
    page.finished()
    slider.focus()
    window.keyboard.press("ArrowRight")
    window.keyboard.press("ArrowRight")
    assert slider.input_value() == "52"
    expect(slider).to_have_attribute("aria-valuetext", "52 % Original")
    with window.expect_download() as waiting:
        page.press("Coded file")
    waiting.value.save_as(tmp_path / "picture.rdp")
    found = rd.pictures.decode((tmp_path / "picture.rdp").read_bytes())
    pixels = pictures.sample("camera", grey=True)
    mask = parse(field.input_value()).region().mask(pixels.shape[:2])
    squares = (pixels.astype(float) - found.pixels) ** 2
    assert squares[mask].mean() <= 40
    assert squares[~mask].mean() <= 900
    assert page.errors == []


def test_an_own_picture_is_kept_and_a_wrong_one_refused(explore: Open, tmp_path: Path) -> None:
    page = explore("pictures?photo=own", wait=False)
    window = page.page
    upload = window.locator(".st-key-photo_file input[type=file]")
    wrong, right = tmp_path / "wrong.png", tmp_path / "right.png"
    wrong.write_bytes(b"no picture")
    right.write_bytes(as_png(scene()))
    upload.set_input_files(wrong)
    expect(window.get_by_text("PNG, JPEG and WebP pictures are accepted")).to_be_visible()
    upload.set_input_files(right)
    expect(window).to_have_url(re.compile(r"photo_data=[0-9a-f]{8,}"))
    expect(window.get_by_text("PNG, JPEG and WebP pictures are accepted")).to_have_count(0)
    field = window.get_by_label("Region 1", exact=True).and_(window.get_by_role("textbox"))
    field.fill("ellipse 10 8 40 40")
    field.press("Enter")
    expect(window).to_have_url(re.compile("region1=ellipse"))
    page.reload().finished()
    expect(field).to_have_value("ellipse 10 8 40 40")
    expect(window.get_by_text("one dB more costs about").first).to_be_visible()
    assert page.errors == []
