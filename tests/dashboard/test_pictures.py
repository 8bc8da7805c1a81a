"""Pictures: texts of regions, parts, bounds and files as jobs, other encoders, own pictures."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import rdcore as rd
from dashboard import figures
from dashboard.figures import theme
from dashboard.jobs import serialisation
from dashboard.model import scripts
from dashboard.model.pictures import (
    FIRST_REGIONS,
    SAMPLES,
    LevelSpec,
    PictureSpec,
    RegionError,
    Shape,
    drawn,
    mse_of,
    parse,
    parts_of,
    psnr,
)
from dashboard.tasks import peers, pictures
from dashboard.uploads.errors import UploadError
from dashboard.uploads.pictures import as_png, read_colours
from dashboard.uploads.store import Store
from tests.steps import finished

DISC = "ellipse 8 8 40 44"


def scene(channels: int = 0) -> np.ndarray:
    y, x = np.mgrid[:56, :72]
    rng = np.random.default_rng(0)
    plane = 120 + 60 * np.sin(x / 9) * np.cos(y / 7) + 30 * (x > 40) + rng.normal(0, 3, x.shape)
    if channels:
        plane = np.stack([plane, plane[::-1], 255 - plane], axis=-1)
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)


def spec(*texts: str, levels: tuple[float, ...] = (6.0, 60.0)) -> LevelSpec:
    picture = PictureSpec("own", "0" * 32, True, tuple(parse(text) for text in texts))
    return LevelSpec(picture, levels)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("box 1 2 30 40", Shape("box", (1, 2, 30, 40))),
        ("Box 30, 40, 1, 2", Shape("box", (1, 2, 30, 40))),
        ("ellipse 0 0 10.5 20", Shape("ellipse", (0, 0, 10.5, 20))),
        ("polygon 0 0 9 0 9 9", Shape("polygon", (0, 0, 9, 0, 9, 9))),
    ],
)
def test_texts_are_regions_and_back(text: str, found: Shape) -> None:
    assert parse(text) == found
    assert parse(found.text()) == found
    x, y = found.outline()
    assert (x[0], y[0]) == pytest.approx((x[-1], y[-1]))
    assert found.region().mask((50, 50)).any()


@pytest.mark.parametrize(
    "text", ["", "circle 1 2 3", "box 1 2 3", "box a b c d", "box 1 1 1 5", "polygon 1 2 3 4",
             "polygon 1 2 3 4 5 6 7", "box inf 0 1 2", "<script>"],
)  # fmt: skip
def test_other_texts_are_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(RegionError, match=r"region|numbers|corners|pixels"):
        parse(text)


def test_what_is_drawn_becomes_whole_pixels() -> None:
    assert drawn({"box": [{"x": [30.4, 2.6], "y": [1.2, 9.7]}], "lasso": []}) == Shape(
        "box", (3, 1, 30, 10)
    )
    path = {"x": [0.1, 20.2, 20.4], "y": [0, 0.3, 15.8]}
    assert drawn({"box": [], "lasso": [path]}) == Shape("polygon", (0, 0, 20, 0, 20, 16))
    turn = np.linspace(0, 6.2, 300)
    circle = {"x": 50 + 40 * np.cos(turn), "y": 50 + 40 * np.sin(turn)}
    shape = drawn({"lasso": [circle]})
    assert shape is not None
    assert len(shape.numbers) <= 80
    assert drawn({"box": [{"x": [3, 3.2], "y": [1, 9]}]}) is None
    assert drawn({}) is None


def test_parts_are_the_regions_and_the_rest() -> None:
    parts = parts_of([parse("box 0 0 40 20")], (20, 50))
    assert parts.names == ("Region", "Rest")
    assert parts.masks.sum(axis=(1, 2)).tolist() == [800, 200]
    assert parts_of([], (4, 5)).names == ("Picture",)
    both = parts_of([parse("box 0 0 9 9"), parse("box 0 0 99 99")], (20, 50))
    assert both.names == ("Region 1", "Region 2")
    with pytest.raises(RegionError, match="no pixels in the picture of 50 × 20"):
        parts_of([parse("box 60 0 70 9")], (20, 50))


def test_levels_in_decibels() -> None:
    assert psnr(65.025) == pytest.approx(30)
    assert mse_of(psnr(5.0)) == pytest.approx(5)


@pytest.mark.parametrize("channels", [0, 3])
def test_the_file_meets_every_level(channels: int) -> None:
    pixels = scene(channels)
    found, steps = finished(pictures.encode(spec(DISC), pixels))
    assert all(one <= level for one, level in zip(found.reached, (6, 60), strict=True))
    assert (rd.pictures.decode(found.blob.tobytes()).pixels == found.pixels).all()
    assert found.bits_map.sum() / 8 <= len(found.blob)
    assert [step.share for step in steps] == sorted(step.share for step in steps)


def test_the_bound_at_the_levels_is_within_the_curve(tmp_path: Path) -> None:
    pixels, here = scene(), spec(DISC)
    exact, _ = finished(pictures.level(here, pixels))
    around, steps = finished(pictures.around(here.picture, pixels))
    assert exact.upper[0] - exact.lower[0] <= 1e-3
    assert around.levels.tolist() == [[one] * 2 for one in (512, 128, 32, 8)]
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert sum(share >= 0.1 for share in shares) >= 4
    curve = rd.pictures.PictureCurve(around.bounds() + exact.bounds())
    lower, upper = curve.at(here.levels)
    assert lower <= exact.upper[0]
    assert exact.lower[0] <= upper <= exact.upper[0] + 1e-3
    # A dB more costs at least what the slope says.
    better, _ = finished(pictures.level(spec(DISC, levels=(6 / 10**0.1, 60)), pixels))
    more = exact.bytes_of(better.upper[0] - exact.lower[0])
    assert more >= exact.per_decibel(0) > 0
    serialisation.save(tmp_path / "view.npz", exact, most_bytes=2**20)
    again = serialisation.load(tmp_path / "view.npz")
    assert (again.rates == exact.rates).all()
    band = curve.along(0, here.levels)
    for decibels in (False, True):
        drawing = figures.along_level(
            band, (6.0, 1.0), (5.9, 1.1), title="MSE", decibels=decibels, colours=theme.LIGHT
        )
        assert [trace.name for trace in drawing.data][1:] == [
            "bounds of the model", "model at the levels", "coded file",
        ]  # fmt: skip


def test_other_encoders_meet_every_level_with_one_quality() -> None:
    pixels = scene()
    found, _ = finished(pictures.compare(spec(DISC), pixels))
    assert {one.name for one in found.rows} <= {"JPEG", "JPEG 2000", "WebP", "AVIF"}
    assert len(found.rows) == len(peers.available())
    for one in found.rows:
        assert one.size > 0
        assert all(a <= b for a, b in zip(one.reached, (6, 60), strict=True))
    jpeg = next(one for one in found.rows if one.name == "JPEG")
    quality = int(jpeg.setting.split()[1])
    parts = parts_of(spec(DISC).picture.regions, pixels.shape)
    below = peers.coded("JPEG", pixels, quality - 1, lambda shown: True)
    assert not parts.meets(pixels, below.pixels, (6, 60))


def test_a_level_that_no_quality_meets_is_said() -> None:
    found, _ = finished(pictures.compare(spec(DISC, levels=(0.05, 60)), scene(3)))
    assert next(one for one in found.rows if one.name == "WebP").size == 0
    found, _ = finished(pictures.compare(spec(DISC, levels=(3, 60)), scene(3)))
    jpeg = next(one for one in found.rows if one.name == "JPEG")
    assert jpeg.size > 0
    assert jpeg.setting.endswith("4:4:4")


def test_encoders_that_would_take_too_long_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_PATIENCE", -1.0)
    found, _ = finished(pictures.compare(spec(DISC), scene()))
    assert found.rows == ()
    assert found.left_out[:2] == ("JPEG", "JPEG 2000")


def test_samples_have_their_regions() -> None:
    for photo in SAMPLES:
        pixels = pictures.sample(photo, grey=True)
        assert pixels.ndim == 2
        parts_of([parse(FIRST_REGIONS[photo])], pixels.shape)
    assert pictures.sample("coffee", grey=False).ndim == 3


def test_figures_show_pictures_and_maps() -> None:
    shapes = {1: parse(DISC), 3: parse("box 1 1 9 9")}
    drawing = figures.drawable(
        ("data:,", 72, 56), shapes, tool="lasso", brush=3, revision=4, colours=theme.DARK
    )
    assert drawing.layout.images[0].sizex == 72
    assert list(drawing.layout.yaxis.range) == [56, 0]
    assert [one.text for one in drawing.layout.annotations] == ["1", "3"]
    heat = figures.over_picture(np.ones((7, 9)), "bits", step=8, colours=theme.LIGHT)
    assert list(heat.data[0].x[:2]) == [4, 12]
    bars = figures.sizes(["rdcore", "JPEG"], [11.2, 64.5], colours=theme.LIGHT)
    assert list(bars.data[0].text) == ["11.2 kB", "64.5 kB"]


def test_own_pictures_are_stored_and_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.fromarray(scene(3)).save(out, "WEBP", lossless=True)
    store = Store(tmp_path)
    key = store.put_picture("mine.webp", out.getvalue(), "me")
    kept = store.picture(key)
    assert kept is not None
    assert (read_colours(*kept, grey=False, least_side=16) == scene(3)).all()
    assert read_colours(*kept, grey=True, least_side=16).ndim == 2
    assert store.picture("0" * 32) is None
    for data, message in (
        (b"GIF89a", "PNG, JPEG and WebP pictures are accepted"),
        (as_png(np.zeros((8, 90), np.uint8)), "at least 16×16 are required"),
    ):
        with pytest.raises(UploadError, match=message):
            read_colours("x", data, grey=False, least_side=16)


@pytest.mark.slow
def test_the_script_prints_what_the_page_shows(tmp_path: Path) -> None:
    path = tmp_path / "mine.png"
    path.write_bytes(as_png(scene()))
    here = spec(DISC, "polygon 50 4 70 4 60 30", levels=(6.0, 9.0, 60.0))
    text = scripts.pictures(here).replace("YOUR_PICTURE", str(path))
    run = subprocess.run(
        [sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(Path(rd.__file__).parents[1]), "PATH": ""},
    )  # fmt: skip
    file, _ = finished(pictures.encode(here, scene()))
    assert f"file (bytes): {len(file.blob)}\n" in run.stdout
    assert (tmp_path / "picture.rdp").read_bytes() == file.blob.tobytes()
    assert "data.astronaut()" in scripts.pictures(
        LevelSpec(PictureSpec("astronaut", "", True, ()), (9.0,))
    )
