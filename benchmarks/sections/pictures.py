"""Pictures: whole files at the same mean squared error, by rdcore and by the encoders of Pillow.

All times are CPU times of one run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from skimage import data

from benchmarks.table import Row
from dashboard.tasks import peers
from rdcore import pictures

Pixels = NDArray[np.uint8]
_LUMA = np.array([0.299, 0.587, 0.114])
_MOST_BITS = 0.42
_MOST_BYTES = 15_000
_COLOURS = ("astronaut", "coffee", "chelsea", "rocket")


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

    def told(peer: str, found: peers.Found) -> str:
        return f"{peer} {8 * found.size / number:.3f} at {_error(pixels, found.pixels):.2f}"

    yield from _against(_Encoded(case, seconds, ours, missed), pixels, meets, told)
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

    def told(peer: str, found: peers.Found) -> str:
        inside, outside = (_error(grey, found.pixels, where) for where in (mask, ~mask))
        return f"{peer} without regions {found.size} at {inside:.2f} and {outside:.2f}"

    missed = len(file.blob) > _MOST_BYTES
    yield from _against(_Encoded(case, seconds, ours, missed), grey, meets, told)


class _Encoded(NamedTuple):
    """A file of ours: its case, seconds, what is said of it, and whether it is too large."""

    case: str
    seconds: float
    remark: str
    missed: bool


def _against(
    ours: _Encoded,
    pixels: Pixels,
    meets: Callable[[Pixels], bool],
    told: Callable[[str, peers.Found], str],
) -> Iterator[Row]:
    """Yield a row for each of the other encoders, at its smallest file that meets the levels."""
    for peer in peers.SETTINGS:
        found = peers.smallest(peer, pixels, meets)
        remark = f"{ours.remark}; {told(peer, found)}"
        yield Row(
            "pictures",
            ours.case,
            "encode",
            ours.seconds,
            None,
            peer,
            found.seconds,
            remark=remark,
            missed=ours.missed,
        )


def _error(pixels: Pixels, found: Pixels, mask: NDArray[np.bool_] | None = None) -> float:
    squares = (pixels.astype(np.float64) - found) ** 2
    return float(squares.mean() if mask is None else squares[mask].mean())
