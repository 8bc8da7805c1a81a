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


def smallest(peer: str, pixels: Pixels, meets: Meets) -> Found:
    """Return the smallest file that meets the demand; ``met`` is false if none does."""
    # JPEG 2000 has a compression ratio; the others have a quality of whole numbers.
    ratio = peer == "JPEG2000"
    low, high = (1.0, 400.0) if ratio else (0.0, 100.0)
    best: Found | None = None
    while (high > 1.01 * low) if ratio else (high - low > 1):
        middle = float(np.sqrt(low * high)) if ratio else float((low + high) // 2)
        found = coded(peer, pixels, middle, meets)
        if found.met and (best is None or found.size < best.size):
            best = found
        if found.met == ratio:
            low = middle
        else:
            high = middle
    return best if best is not None else coded(peer, pixels, low if ratio else high, meets)


def coded(peer: str, pixels: Pixels, value: float, meets: Meets) -> Found:
    """Return the file at a quality, or for JPEG 2000 at a ratio of compression."""
    picture = Image.fromarray(pixels)
    out = io.BytesIO()
    more: dict[str, object] = {"quality": int(value)}
    if peer == "JPEG2000":
        # Without its transform, red, green and blue are coded apart.
        more = {"quality_layers": [value], "mct": int(pixels.ndim == 3)}
    start = time.process_time()
    picture.save(out, peer, **SETTINGS[peer], **more)
    seconds = time.process_time() - start
    size = len(out.getvalue())
    with Image.open(io.BytesIO(out.getvalue())) as opened:
        shown = np.asarray(opened.convert("L" if pixels.ndim == 2 else "RGB"), dtype=np.uint8)
    setting = f"ratio {value:.1f}" if peer == "JPEG2000" else f"quality {int(value)}"
    return Found(setting, size, shown, seconds, meets(shown))
