"""Uploaded pictures, from bytes to grey levels."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from dashboard.formatting import clean, counted
from dashboard.uploads.errors import UploadError

MAX_BYTES = 10 * 2**20
MAX_PIXELS = 4_000_000
MAX_PICTURES = 12
LEAST_SIDE = 64
_FORMATS = ("PNG", "JPEG")

Grey = NDArray[np.uint8]


def read_picture(name: str, data: bytes) -> Grey:
    """Return a PNG or JPEG as grey levels, (h, w).

    The size is read from the header before anything is unpacked.

    Raises
    ------
    UploadError
        If it is not such a picture, too large or too small; one sentence for the user.
    """
    shown = clean(name)
    if len(data) > MAX_BYTES:
        raise UploadError(
            f"“{shown}” has {len(data) / 2**20:.1f} MB; at most {MAX_BYTES // 2**20} MB are"
            " accepted."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                _check(shown, *picture.size)
                levels = np.asarray(picture.convert("L"), dtype=np.uint8)
    except UploadError:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise UploadError(
            f"“{shown}” cannot be read; PNG and JPEG pictures are accepted."
        ) from None
    return levels.copy()


def _check(shown: str, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise UploadError(
            f"“{shown}” has {counted(width * height)} pixels; at most {counted(MAX_PIXELS)}"
            " are accepted."
        )
    if min(width, height) < LEAST_SIDE:
        raise UploadError(
            f"“{shown}” has {width}×{height} pixels; at least {LEAST_SIDE}×{LEAST_SIDE} are"
            " required."
        )


def as_png(levels: NDArray[Any]) -> bytes:
    """Return grey levels (h, w) as a PNG file."""
    out = io.BytesIO()
    Image.fromarray(np.asarray(levels, dtype=np.uint8)).save(out, "PNG")
    return out.getvalue()
