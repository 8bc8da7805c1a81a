"""Specs and views of pictures with regions, and the texts of regions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import rdcore as rd
from dashboard.errors import UserError
from dashboard.formatting import clean, short
from dashboard.model.views import Floats

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Photo = Literal["astronaut", "coffee", "chelsea", "rocket", "camera", "own"]
SAMPLES: Mapping[Photo, str] = {
    "astronaut": "Astronaut",
    "coffee": "Coffee",
    "chelsea": "Cat",
    "rocket": "Rocket",
    "camera": "Camera",
}
FIRST_REGIONS: Mapping[Photo, str] = {
    "astronaut": "box 144 0 304 208",
    "coffee": "ellipse 190 90 430 330",
    "chelsea": "ellipse 120 30 310 240",
    "rocket": "box 300 90 350 330",
    "camera": "ellipse 200 60 320 190",
}
"""A region of each sample picture to start with."""

REGIONS = (1, 2, 3)
PEAK = 255.0
LEAST_SIDE = 16
_KINDS = {"box": 4, "ellipse": 4}
_MOST_CORNERS = 200
Kind = Literal["box", "ellipse", "polygon"]


class RegionError(UserError):
    """A text is not a region; the message says what is accepted."""


@dataclass(frozen=True)
class Shape:
    """A region in pixels from the upper left corner.

    Attributes
    ----------
    kind : {"box", "ellipse", "polygon"}
    numbers : tuple of float
        Left, top, right and bottom; of a polygon x and y of each corner.
    """

    kind: Kind
    numbers: tuple[float, ...]

    def region(self) -> rd.pictures.Region:
        """Return the region of rdcore."""
        if self.kind == "polygon":
            corners = np.array(self.numbers).reshape(-1, 2)[:, ::-1]
            return rd.pictures.Region.polygon(corners)
        left, top, right, bottom = self.numbers
        make = rd.pictures.Region.box if self.kind == "box" else rd.pictures.Region.ellipse
        return make(top, bottom, left, right)

    def text(self) -> str:
        """Return the text that ``parse`` reads."""
        return " ".join([self.kind, *(f"{one:.10g}" for one in self.numbers)])

    def outline(self) -> tuple[list[float], list[float]]:
        """Return x and y of a closed line around the region."""
        if self.kind == "polygon":
            x, y = list(self.numbers[::2]), list(self.numbers[1::2])
            return [*x, x[0]], [*y, y[0]]
        left, top, right, bottom = self.numbers
        if self.kind == "box":
            return [left, right, right, left, left], [top, top, bottom, bottom, top]
        turn = np.linspace(0, 2 * np.pi, 73)
        across = (left + right) / 2 + (right - left) / 2 * np.cos(turn)
        down = (top + bottom) / 2 + (bottom - top) / 2 * np.sin(turn)
        return across.tolist(), down.tolist()


def parse(text: str) -> Shape:
    """Return the region of a text: "box 10 20 90 80", "ellipse …" or "polygon x y x y x y".

    Raises
    ------
    RegionError
        If it is none.
    """
    words = text.replace(",", " ").split()
    kind = words[0].casefold() if words else ""
    try:
        numbers = tuple(float(word) for word in words[1:])
    except ValueError:
        numbers = (math.nan,)
    if kind not in ("box", "ellipse", "polygon") or not all(map(math.isfinite, numbers)):
        raise RegionError(
            f"“{clean(text)}” is not a region; accepted are “box left top right bottom”,"
            " “ellipse left top right bottom” and “polygon x y x y x y”, in pixels."
        )
    if kind == "polygon":
        if len(numbers) % 2 or not 6 <= len(numbers) <= 2 * _MOST_CORNERS:
            raise RegionError(
                f"A polygon needs x and y of 3 to {_MOST_CORNERS} corners; got"
                f" {len(numbers)} numbers."
            )
        return Shape("polygon", numbers)
    if len(numbers) != _KINDS[kind]:
        raise RegionError(
            f"“{kind}” needs four numbers, left, top, right and bottom; got {len(numbers)}."
        )
    left, top, right, bottom = numbers
    left, right, top, bottom = (
        min(left, right),
        max(left, right),
        min(top, bottom),
        max(top, bottom),
    )
    if left == right or top == bottom:
        raise RegionError(f"“{clean(text)}” has no pixels.")
    return Shape("box" if kind == "box" else "ellipse", (left, top, right, bottom))


def drawn(selection: Mapping[str, Any]) -> Shape | None:
    """Return the last region of a plotly selection with boxes and lassos, to whole pixels."""
    for path in reversed(selection.get("lasso", ())):
        corners = np.rint(np.column_stack([path["x"], path["y"]]).astype(np.float64))
        step = -(-len(corners) // 40)
        kept = corners[::step]
        if len(kept) >= 3 and np.ptp(kept, axis=0).min() > 0:
            return Shape("polygon", tuple(kept.ravel().tolist()))
    for box in reversed(selection.get("box", ())):
        x, y = (sorted(float(round(one)) for one in box[name]) for name in "xy")
        if x[0] < x[-1] and y[0] < y[-1]:
            return Shape("box", (x[0], y[0], x[-1], y[-1]))
    return None


def psnr(mse: float) -> float:
    """Return the peak signal-to-noise ratio in dB of a mean squared error."""
    return 10 * math.log10(PEAK**2 / mse)


def mse_of(decibels: float) -> float:
    """Return the mean squared error of a peak signal-to-noise ratio in dB."""
    return PEAK**2 / 10 ** (decibels / 10)


@dataclass(frozen=True)
class PictureSpec:
    """A picture and its regions.

    Attributes
    ----------
    photo : str
        The sample, or "own".
    digest : str
        Of an own picture.
    grey : bool
    regions : tuple of Shape
        What no region contains is the rest, if there is any.
    """

    photo: Photo
    digest: str
    grey: bool
    regions: tuple[Shape, ...]


@dataclass(frozen=True)
class LevelSpec:
    """A picture with a level for each part: the regions, and the rest if there is one."""

    picture: PictureSpec
    levels: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of a picture: masks (K, h, w) of the regions, and last that of the rest if any."""

    names: tuple[str, ...]
    masks: NDArray[np.bool_]
    rest: bool

    def errors(self, pixels: Pixels, found: Pixels) -> tuple[float, ...]:
        """Return the mean squared error in each part."""
        squares = (pixels.astype(np.float64) - found) ** 2
        each = squares if squares.ndim == 2 else squares.mean(axis=2)
        return tuple(float(each[mask].mean()) for mask in self.masks)

    def meets(self, pixels: Pixels, found: Pixels, levels: Sequence[float]) -> bool:
        """Return whether every part is within its level."""
        reached = self.errors(pixels, found)
        return all(one <= level for one, level in zip(reached, levels, strict=True))


def parts_of(shapes: Sequence[Shape], shape: tuple[int, int]) -> Parts:
    """Return the parts of a picture of height and width ``shape``.

    Raises
    ------
    RegionError
        If a region has no pixels in the picture.
    """
    masks, names = [], []
    for k, one in enumerate(shapes):
        try:
            masks.append(one.region().mask(shape))
        except rd.InputError:
            raise RegionError(
                f"“{one.text()}” has no pixels in the picture of {shape[1]} × {shape[0]}."
            ) from None
        names.append(f"Region {k + 1}" if len(shapes) > 1 else "Region")
    rest = ~np.any(masks, axis=0) if masks else np.ones(shape, bool)
    left = bool(rest.any())
    if left:
        masks.append(rest)
        names.append("Rest" if shapes else "Picture")
    return Parts(tuple(names), np.stack(masks), left)


@dataclass(frozen=True, eq=False)
class ModelView:
    """Certified bounds on the model's rate at some levels, in bits a pixel.

    Attributes
    ----------
    levels : array, (A, K)
    lower, upper : arrays, (A,)
    slopes : array, (A, K)
        Bits a pixel for one unit less of each level.
    rates, errors : arrays, (A, L)
        Bits, and mean squared error, of one coefficient of each source.
    copies : array, (L,)
    weights : array, (L, K)
    label_rate : float
        Bits a pixel for the classes of blocks, which the bounds leave out.
    components, classes, pixels : int
    """

    levels: Floats
    lower: Floats
    upper: Floats
    slopes: Floats
    rates: Floats
    errors: Floats
    copies: Floats
    weights: Floats
    label_rate: float
    components: int
    classes: int
    pixels: int

    def bounds(self) -> list[rd.pictures.PictureBound]:
        """Return the bounds as those of rdcore."""
        return [
            rd.pictures.PictureBound(
                self.levels[k],
                float(self.lower[k]),
                float(self.upper[k]),
                self.slopes[k],
                self.rates[k],
                self.errors[k],
                self.copies,
                self.weights,
                self.pixels,
                self.label_rate,
            )
            for k in range(len(self.lower))
        ]

    def bytes_of(self, rate: float) -> float:
        """Return the bytes of a rate in bits a pixel."""
        return rate * self.pixels / 8

    def per_decibel(self, which: int) -> float:
        """Return the bytes for one dB more in a part, by the slope at the first levels."""
        less = float(self.levels[0, which]) * (1 - 10**-0.1)
        return self.bytes_of(float(self.slopes[0, which]) * less)


@dataclass(frozen=True, eq=False)
class EncodedView:
    """A coded picture.

    Attributes
    ----------
    blob : array of uint8
        The file.
    pixels : array of uint8
        What it decodes to.
    reached : tuple of float
        The mean squared error in each part.
    bits_map : array
        The bits of each square of 8 × 8 pixels.
    seconds : float
        CPU time of the encoder.
    """

    blob: Pixels
    pixels: Pixels
    reached: tuple[float, ...]
    bits_map: Floats
    seconds: float


@dataclass(frozen=True, eq=False)
class Peer:
    """The smallest file of another encoder that meets all levels with one quality.

    ``size`` is 0 if no quality meets them.
    """

    name: str
    setting: str
    size: int
    reached: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class PeersView:
    """The files of the other encoders, and the names of those that would have taken too long."""

    rows: tuple[Peer, ...]
    left_out: tuple[str, ...] = ()


def level_text(mse: float) -> str:
    """Return a level as text in both units."""
    return f"MSE {short(mse, 4)} ({psnr(mse):.1f} dB)" if mse > 0 else "MSE 0"
