"""Picture files of every kind become the right pixels or one sentence."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest

import rdcore as rd

Image = pytest.importorskip("PIL.Image")

RAMP = np.add.outer(3 * np.arange(20), np.arange(30)).astype(np.uint8)
COLOURS = np.stack([RAMP, RAMP[::-1], 255 - RAMP], axis=-1)


def saved(picture: object, kind: str = "PNG", **more: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)  # type: ignore[attr-defined]
    return out.getvalue()


def read(blob: bytes, **more: bool) -> np.ndarray:
    return rd.pictures.read(blob, **more).pixels


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF"])
def test_exact_formats(kind: str) -> None:
    assert (read(saved(Image.fromarray(RAMP), kind)) == RAMP).all()
    if kind != "GIF":
        assert (read(saved(Image.fromarray(COLOURS), kind)) == COLOURS).all()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_lossy_formats(kind: str) -> None:
    found = read(saved(Image.fromarray(COLOURS), kind, quality=95))
    assert found.shape == COLOURS.shape
    assert np.abs(found.astype(int) - COLOURS).mean() < 8


def test_grey_colours_are_grey_and_colours_can_be_reduced() -> None:
    same = np.stack([RAMP] * 3, axis=-1)
    assert (read(saved(Image.fromarray(same))) == RAMP).all()
    grey = read(saved(Image.fromarray(COLOURS)), grey=True)
    assert (grey == np.rint(COLOURS @ np.array([0.299, 0.587, 0.114]))).all()


def test_sixteen_bits_are_reduced_to_eight() -> None:
    wide = RAMP.astype(np.uint16) * 257
    assert (read(saved(Image.fromarray(wide))) == RAMP).all()
    assert (read(saved(Image.fromarray(wide), "TIFF")) == RAMP).all()
    # A dark picture of 16 bits is dark.
    assert read(saved(Image.fromarray(np.full((4, 4), 200, np.uint16)))).max() == 1
    floats = Image.fromarray((RAMP / 255).astype(np.float32))
    assert (read(saved(floats, "TIFF")) == RAMP).all()
    odd = Image.fromarray(np.array([[np.nan, 1.0]], np.float32))
    with pytest.raises(rd.InputError, match="cannot be read"):
        read(saved(odd, "TIFF"))


def test_palettes_and_inks() -> None:
    assert read(saved(Image.fromarray(COLOURS).quantize(16))).shape == COLOURS.shape
    assert set(np.unique(read(saved(Image.fromarray(RAMP > 40))))) == {0, 255}
    ink = Image.fromarray(COLOURS).convert("CMYK")
    found = read(saved(ink, "TIFF"))
    assert (found == np.asarray(ink.convert("RGB"))).all()
    assert np.abs(found.astype(int) - COLOURS).mean() < 3


def test_transparent_parts_are_white() -> None:
    alpha = np.where(RAMP > 40, 255, 0).astype(np.uint8)
    found = read(saved(Image.fromarray(np.dstack([COLOURS, alpha]))))
    assert (found[RAMP <= 40] == 255).all()
    assert (found[RAMP > 40] == COLOURS[RAMP > 40]).all()
    found = read(saved(Image.fromarray(np.dstack([RAMP, alpha]), "LA")))
    assert (found == np.where(RAMP > 40, RAMP, 255)).all()
    keyed = Image.fromarray(RAMP)
    assert (read(saved(keyed, transparency=5)) == np.where(RAMP == 5, 255, RAMP)).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations(orientation: int) -> None:
    tags = Image.Exif()
    tags[0x0112] = orientation
    turned = {
        1: RAMP,
        2: RAMP[:, ::-1],
        3: RAMP[::-1, ::-1],
        4: RAMP[::-1],
        5: RAMP.T,
        6: RAMP[::-1].T,
        7: RAMP[::-1, ::-1].T,
        8: RAMP.T[::-1],
    }[orientation]
    assert (read(saved(Image.fromarray(RAMP), exif=tags)) == turned).all()


def test_too_large_a_picture_is_not_unpacked() -> None:
    head = b"\0\0\0\x0dIHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\0\0\0\0"
    blob = b"\x89PNG\r\n\x1a\n" + head + zlib.crc32(head[4:]).to_bytes(4, "big")
    data = zlib.compress(bytes(1000))
    body = b"IDAT" + data
    blob += len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    with pytest.raises(rd.InputError, match=r"4.000.000 pixels; got 60000 × 60000|cannot be read"):
        read(blob)
    with pytest.raises(rd.InputError, match="at most"):
        read(saved(Image.new("1", (2001, 2000))))
    assert read(saved(Image.new("1", (2000, 2000)))).shape == (2000, 2000)
    with pytest.raises(rd.InputError, match="at most 32 MB"):
        read(bytes(33 * 2**20))


def test_a_jpeg_of_very_many_scans_is_refused() -> None:
    blob = saved(Image.fromarray(RAMP), "JPEG", progressive=True)
    head = blob.index(b"\xff\xda")
    scan = blob[head : blob.index(b"\xff", head + 2)]
    assert read(blob).shape == RAMP.shape
    assert read(blob[:head] + 40 * scan + blob[head:]).shape == RAMP.shape
    with pytest.raises(rd.InputError, match="at most 64 scans"):
        read(blob[:head] + 64 * scan + blob[head:])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF"])
def test_damaged_files_give_a_picture_or_a_sentence(kind: str) -> None:
    blob = saved(Image.fromarray(COLOURS), kind)
    rng = np.random.default_rng(0)
    damaged = [blob[:length] for length in range(0, len(blob), max(len(blob) // 40, 1))]
    for _ in range(100):
        wrong = bytearray(blob)
        for at in rng.integers(0, len(wrong), 3):
            wrong[at] = int(rng.integers(256))
        damaged.append(bytes(wrong))
    refused = 0
    for one in damaged:
        try:
            assert read(one).ndim in (2, 3)
        except rd.InputError:
            refused += 1
    assert refused


@pytest.mark.parametrize("blob", [b"", b"GIF89a", b"<svg/>", b"%PDF-1.4", bytes(100)])
def test_other_files_are_refused(blob: bytes) -> None:
    with pytest.raises(rd.InputError, match="PNG, JPEG"):
        read(blob)
    with pytest.raises(rd.InputError, match="must be the bytes"):
        rd.pictures.read("picture.png")  # type: ignore[arg-type]
