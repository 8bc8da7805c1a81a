"""The encoders of Pillow at the lowest quality that meets a demand; no streamlit."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, features

Pixels = NDArray[np.uint8]
Meets = Callable[[Pixels], bool]

SETTINGS: dict[str, dict[str, object]] = {
    "JPEG": {"optimize": True, "progressive": True},
    "JPEG2000": {"irreversible": True, "quality_mode": "rates"},
    "WEBP": {"method": 6},
    "AVIF": {"speed": 4},
}
"""The encoders and what does not change with the quality."""

NAMES = {"JPEG": "JPEG", "JPEG2000": "JPEG 2000", "WEBP": "WebP", "AVIF": "AVIF"}
_FULL: dict[str, dict[str, object]] = {"JPEG": {"subsampling": 0}, "AVIF": {"subsampling": "4:4:4"}}
"""How an encoder keeps the resolution of colour differences, which is halved otherwise."""

_FEATURES = {"JPEG": "jpg", "JPEG2000": "jpg_2000", "WEBP": "webp", "AVIF": "avif"}


@dataclass(frozen=True, eq=False)
class Found:
    """A file of an encoder: its setting, size in bytes, pixels, and CPU time in seconds."""

    setting: str
    size: int
    pixels: Pixels
    seconds: float
    met: bool


def available() -> list[str]:
    """Return the encoders that this Pillow has."""
    return [one for one in SETTINGS if features.check(_FEATURES[one])]


def best(peer: str, pixels: Pixels, meets: Meets) -> Found:
    """Return the smallest file with colour differences at half or at full resolution."""
    found = smallest(peer, pixels, meets)
    if pixels.ndim == 2 or peer not in _FULL:
        return found
    full = smallest(peer, pixels, meets, full=True)
    return full if full.met and not (found.met and found.size <= full.size) else found


def smallest(peer: str, pixels: Pixels, meets: Meets, *, full: bool = False) -> Found:
    """Return the smallest file that meets the demand; ``met`` is false if none does.

    ``full`` keeps the resolution of colour differences where an encoder can.
    """
    # JPEG 2000 has a compression ratio; the others have a quality of whole numbers.
    ratio = peer == "JPEG2000"
    low, high = (1.0, 400.0) if ratio else (0.0, 100.0)
    least: Found | None = None
    while (high > 1.01 * low) if ratio else (high - low > 1):
        middle = float(np.sqrt(low * high)) if ratio else float((low + high) // 2)
        found = coded(peer, pixels, middle, meets, full=full)
        if found.met and (least is None or found.size < least.size):
            least = found
        if found.met == ratio:
            low = middle
        else:
            high = middle
    if least is not None:
        return least
    return coded(peer, pixels, low if ratio else high, meets, full=full)


def coded(peer: str, pixels: Pixels, value: float, meets: Meets, *, full: bool = False) -> Found:
    """Return the file at a quality, or for JPEG 2000 at a ratio of compression."""
    picture = Image.fromarray(pixels)
    out = io.BytesIO()
    more: dict[str, object] = {"quality": int(value)}
    if peer == "JPEG2000":
        # Without its transform, red, green and blue are coded apart.
        more = {"quality_layers": [value], "mct": int(pixels.ndim == 3)}
    if full:
        more |= _FULL.get(peer, {})
    start = time.process_time()
    picture.save(out, peer, **SETTINGS[peer], **more)
    seconds = time.process_time() - start
    size = len(out.getvalue())
    with Image.open(io.BytesIO(out.getvalue())) as opened:
        shown = np.asarray(opened.convert("L" if pixels.ndim == 2 else "RGB"), dtype=np.uint8)
    setting = f"ratio {value:.1f}" if peer == "JPEG2000" else f"quality {int(value)}"
    if full and peer in _FULL:
        setting += ", 4:4:4"
    return Found(setting, size, shown, seconds, meets(shown))
