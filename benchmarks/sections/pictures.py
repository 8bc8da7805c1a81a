"""Pictures: whole files at the same mean squared error, by rdcore and by the encoders of Pillow.

All times are CPU times of one run.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from benchmarks.table import Row
from rdcore import pictures

Pixels = NDArray[np.uint8]
Meets = Callable[[Pixels], bool]
_LUMA = np.array([0.299, 0.587, 0.114])
_MOST_BITS = 0.42
_MOST_BYTES = 15_000
_COLOURS = ("astronaut", "coffee", "chelsea", "rocket")
_SETTINGS: dict[str, dict[str, object]] = {
    "JPEG": {"optimize": True, "progressive": True},
    "JPEG2000": {"irreversible": True, "quality_mode": "rates"},
    "WEBP": {"method": 6},
    "AVIF": {"speed": 4},
}


def rows(full: bool) -> Iterator[Row]:
    """Yield grey and colour photographs, and a face with a level of its own."""
    grey = np.rint(data.astronaut() @ _LUMA).astype(np.uint8)
    yield from _whole("astronaut, grey", grey, 25.0, _MOST_BITS)
    yield from _face(grey)
    for name in _COLOURS if full else _COLOURS[:1]:
        yield from _whole(f"{name}, colour", getattr(data, name)(), 40.0, None)
    picture = pictures.Picture(grey)
    start = time.process_time()
    model = pictures.model(picture)
    seconds = time.process_time() - start
    remark = f"{len(model.components)} components, {model.classes} classes"
    yield Row("pictures", "astronaut, grey", "model", seconds, None, remark=remark)


def _whole(name: str, pixels: Pixels, level: float, most: float | None) -> Iterator[Row]:
    picture = pictures.Picture(pixels)
    start = time.process_time()
    file = pictures.encode(picture, mse=level)
    seconds = time.process_time() - start
    case = f"{name}, MSE {level:g}"
    number = pixels.shape[0] * pixels.shape[1]
    ours = f"{file.bits_per_pixel:.3f} bit a pixel at {file.mse:.2f}"
    missed = most is not None and file.bits_per_pixel > most

    def meets(found: Pixels) -> bool:
        return _error(pixels, found) <= level

    for peer in _SETTINGS:
        size, found, spent = _smallest(peer, pixels, meets)
        theirs = f"{peer} {8 * size / number:.3f} at {_error(pixels, found):.2f}"
        remark = f"{ours}; {theirs}"
        yield Row(
            "pictures", case, "encode", seconds, None, peer, spent, remark=remark, missed=missed
        )
    start = time.process_time()
    pictures.decode(file.blob)
    seconds = time.process_time() - start
    yield Row("pictures", case, "decode", seconds, None, remark=f"{len(file.blob)} bytes")


def _face(grey: Pixels) -> Iterator[Row]:
    face = pictures.Region.box(0, 208, 144, 304)
    mask = face.mask((grey.shape[0], grey.shape[1]))
    start = time.process_time()
    file = pictures.encode(pictures.Picture(grey), regions={face: 5, ~face: 60})
    seconds = time.process_time() - start
    case = "astronaut, grey, face 5, rest 60"
    inside, outside = file.region_mse
    ours = f"{len(file.blob)} bytes at {inside:.2f} and {outside:.2f}"

    def meets(found: Pixels) -> bool:
        return _error(grey, found, mask) <= 5 and _error(grey, found, ~mask) <= 60

    for peer in _SETTINGS:
        size, found, spent = _smallest(peer, grey, meets)
        errors = f"{_error(grey, found, mask):.2f} and {_error(grey, found, ~mask):.2f}"
        remark = f"{ours}; {peer} without regions {size} at {errors}"
        missed = len(file.blob) > _MOST_BYTES
        yield Row(
            "pictures", case, "encode", seconds, None, peer, spent, remark=remark, missed=missed
        )


def _error(pixels: Pixels, found: Pixels, mask: NDArray[np.bool_] | None = None) -> float:
    squares = (pixels.astype(np.float64) - found) ** 2
    return float(squares.mean() if mask is None else squares[mask].mean())


def _smallest(peer: str, pixels: Pixels, meets: Meets) -> tuple[int, Pixels, float]:
    """Return the size of the smallest file that meets the levels, its pixels and its time."""
    # JPEG 2000 has a compression ratio; the others have a quality of whole numbers.
    ratio = peer == "JPEG2000"
    low, high = (1.0, 400.0) if ratio else (0.0, 100.0)
    best: tuple[int, Pixels, float] | None = None
    while (high > 1.01 * low) if ratio else (high - low > 1):
        middle = float(np.sqrt(low * high)) if ratio else float((low + high) // 2)
        found = _coded(peer, pixels, middle)
        fine = meets(found[1])
        if fine and (best is None or found[0] < best[0]):
            best = found
        if fine == ratio:
            low = middle
        else:
            high = middle
    return best if best is not None else _coded(peer, pixels, low if ratio else high)


def _coded(peer: str, pixels: Pixels, value: float) -> tuple[int, Pixels, float]:
    picture = Image.fromarray(pixels)
    out = io.BytesIO()
    more: dict[str, object] = {"quality": int(value)}
    if peer == "JPEG2000":
        # Without its transform, red, green and blue are coded apart.
        more = {"quality_layers": [value], "mct": int(pixels.ndim == 3)}
    start = time.process_time()
    picture.save(out, peer, **_SETTINGS[peer], **more)
    seconds = time.process_time() - start
    shown = Image.open(io.BytesIO(out.getvalue())).convert("L" if pixels.ndim == 2 else "RGB")
    return len(out.getvalue()), np.asarray(shown, dtype=np.uint8), seconds
