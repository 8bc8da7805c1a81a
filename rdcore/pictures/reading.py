"""Picture files, from bytes to pixels."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

import numpy as np

from rdcore._extras import require
from rdcore.errors import InputError
from rdcore.pictures.picture import MOST_PIXELS, Picture
from rdcore.words import counted

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 32 * 2**20
MOST_SCANS = 64
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")


def read(blob: bytes, *, grey: bool = False) -> Picture:
    """Return the picture in a PNG, JPEG, WebP, GIF, BMP or TIFF file.

    The size is read from the header before anything is unpacked. A picture is turned as its EXIF
    orientation says. Transparent parts are shown on white. 16 bits are reduced to 8, palettes and
    CMYK become red, green and blue; of several frames the first is taken. A colour picture whose
    pixels are all grey is a grey one.

    Parameters
    ----------
    blob : bytes
        The file.
    grey : bool
        Whether to reduce colours to their luma.

    Returns
    -------
    Picture
        Whole numbers from 0 to 255, grey or colours.

    Raises
    ------
    InputError
        If it is not such a picture, too large, or a progressive JPEG of more than 64 scans, each
        of which takes the time of a whole picture.
    MissingExtraError
        If Pillow is not installed.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> from rdcore.pictures import read
    >>> file = io.BytesIO()
    >>> Image.new("RGB", (20, 10), "red").save(file, "PNG")
    >>> read(file.getvalue()).shape
    (10, 20)
    """
    require("pictures.read", "PIL")
    from PIL import Image, ImageOps, UnidentifiedImageError

    if not isinstance(blob, bytes | bytearray | memoryview):
        raise InputError(f"blob must be the bytes of a picture; got {type(blob).__name__}")
    if len(blob) > MAX_BYTES:
        raise InputError(
            f"blob must have at most {MAX_BYTES // 2**20} MB; got {len(blob) / 2**20:.1f} MB"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(blob), formats=FORMATS) as opened:
                width, height = opened.size
                if not 1 <= width * height <= MOST_PIXELS:
                    raise InputError(
                        f"a picture must have at most {counted(MOST_PIXELS)} pixels; got"
                        f" {width} × {height}"
                    )
                if opened.format == "JPEG" and bytes(blob).count(b"\xff\xda") > MOST_SCANS:
                    raise InputError(f"a JPEG file must have at most {MOST_SCANS} scans")
                opened.load()
                pixels = _pixels(ImageOps.exif_transpose(opened))
    except InputError:
        raise
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        ArithmeticError,
        LookupError,
        TypeError,
        MemoryError,
        RuntimeError,
    ):
        raise InputError(
            "blob cannot be read as a picture; PNG, JPEG, WebP, GIF, BMP and TIFF are accepted"
        ) from None
    if pixels.ndim == 3 and (grey or (pixels == pixels[..., :1]).all()):
        pixels = np.rint(pixels @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    return Picture(pixels)


def _pixels(picture: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return grey levels or colours."""
    from PIL import Image

    mode = picture.mode
    if mode.startswith("I;16") or mode in ("I", "F"):
        values = np.asarray(picture, dtype=np.float64)
        if not np.isfinite(values).all():
            raise ValueError("numbers that are not finite")
        # Whole numbers of 16 bits; what lies in 0 to 255 already, or in 0 to 1, keeps its scale.
        largest = values.max(initial=0)
        scale = 255.0 if mode == "F" and largest <= 1 else 1.0
        if mode.startswith("I;16") or largest > 255:
            scale = 1 / 257
        return np.clip(np.rint(values * scale), 0, 255).astype(np.uint8)
    if "A" in mode or "a" in mode or "transparency" in picture.info:
        over = picture.convert("RGBA")
        white = Image.new("RGBA", over.size, "white")
        picture = Image.alpha_composite(white, over).convert("RGB")
    elif mode in ("1", "L"):
        picture = picture.convert("L")
    else:
        picture = picture.convert("RGB")
    return np.asarray(picture, dtype=np.uint8)
