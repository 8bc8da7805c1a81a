"""Uploaded pictures, from bytes to grey levels or colours."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

import rdcore as rd
from dashboard.formatting import clean, counted
from dashboard.uploads.errors import UploadError

MAX_BYTES = 10 * 2**20
MAX_PIXELS = 4_000_000
LEAST_SIDE = 64
_FORMATS = ("PNG", "JPEG")
FORMATS = ("PNG", "JPEG", "WebP")

Grey = NDArray[np.uint8]


def read_picture(name: str, data: bytes) -> Grey:
    """Return a PNG or JPEG as grey levels, (h, w).

    Raises
    ------
    UploadError
        If it is not such a picture, too large or too small; one sentence for the user.
    """
    found = _read(name, data, _FORMATS, LEAST_SIDE)
    grey: Grey = np.asarray(Image.fromarray(found).convert("L"), dtype=np.uint8)
    return grey.copy()


def read_colours(name: str, data: bytes, *, grey: bool, least_side: int) -> Grey:
    """Return a picture as colours, (h, w, 3), or as grey levels, (h, w), if it has none.

    Raises
    ------
    UploadError
        If it is not a picture, too large or too small; one sentence for the user.
    """
    return _read(name, data, FORMATS, least_side, grey=grey)


def _read(
    name: str, data: bytes, formats: Sequence[str], least_side: int, *, grey: bool = False
) -> Grey:
    shown = clean(name)
    if len(data) > MAX_BYTES:
        raise UploadError(
            f"“{shown}” has {len(data) / 2**20:.1f} MB; at most {MAX_BYTES // 2**20} MB are"
            " accepted."
        )
    accepted = f"{', '.join(formats[:-1])} and {formats[-1]}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # The header only: rdcore unpacks the picture.
            with Image.open(io.BytesIO(data), formats=[one.upper() for one in formats]) as opened:
                _check(shown, *opened.size, least_side)
        found = rd.pictures.read(data, grey=grey)
    except UploadError:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise UploadError(f"“{shown}” cannot be read; {accepted} pictures are accepted.") from None
    return np.array(found.pixels)


def _check(shown: str, width: int, height: int, least_side: int) -> None:
    if width * height > MAX_PIXELS:
        raise UploadError(
            f"“{shown}” has {counted(width * height)} pixels; at most {counted(MAX_PIXELS)}"
            " are accepted."
        )
    if min(width, height) < least_side:
        raise UploadError(
            f"“{shown}” has {width}×{height} pixels; at least {least_side}×{least_side} are"
            " required."
        )


def as_png(levels: NDArray[Any]) -> bytes:
    """Return grey levels (h, w) or colours (h, w, 3) as a PNG file."""
    out = io.BytesIO()
    Image.fromarray(np.asarray(levels, dtype=np.uint8)).save(out, "PNG")
    return out.getvalue()


def as_address(levels: NDArray[Any], most: int) -> str:
    """Return a picture as the data address of a PNG with at most ``most`` pixels a side."""
    shown = Image.fromarray(np.asarray(levels, dtype=np.uint8))
    if max(shown.size) > most:
        shown.thumbnail((most, most))
    return "data:image/png;base64," + base64.b64encode(as_png(np.asarray(shown))).decode()
