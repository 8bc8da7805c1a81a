"""Regions of pictures, as sets of pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rdcore._arrays import floats, real
from rdcore.errors import InputError

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Region:
    """A set of pixels; ``~region`` is the rest of the picture.

    Coordinates count pixels from the upper left corner, first the row and then the column. A pixel
    belongs to a shape if its centre lies inside.

    Examples
    --------
    >>> face = Region.box(0, 2, 1, 3)
    >>> face.mask((3, 4)).astype(int).tolist()
    [[0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
    >>> int((~face).mask((3, 4)).sum())
    8
    """

    within: Callable[[int, int], Mask]

    @classmethod
    def of_mask(cls, mask: ArrayLike) -> Region:
        """Return the region of the true entries of a mask, (height, width)."""
        given = np.array(mask)
        if given.dtype != np.bool_ or given.ndim != 2:
            raise InputError(
                f"mask must have shape (height, width) and be boolean; got {given.dtype} of shape"
                f" {given.shape}"
            )

        def within(height: int, width: int) -> Mask:
            if given.shape != (height, width):
                raise InputError(
                    f"mask must have the picture's shape ({height}, {width}); got {given.shape}"
                )
            return given

        return cls(within)

    @classmethod
    def box(cls, top: float, bottom: float, left: float, right: float) -> Region:
        """Return the pixels of rows ``top`` to ``bottom`` and columns ``left`` to ``right``.

        The pixels of row ``bottom`` and of column ``right`` are outside.
        """
        rows = real(top, "top"), real(bottom, "bottom")
        columns = real(left, "left"), real(right, "right")

        def within(height: int, width: int) -> Mask:
            y, x = _centres(height, width)
            return (y >= rows[0]) & (y < rows[1]) & (x >= columns[0]) & (x < columns[1])

        return cls(within)

    @classmethod
    def ellipse(cls, top: float, bottom: float, left: float, right: float) -> Region:
        """Return the pixels of the ellipse in a box."""
        middle = (
            (real(top, "top") + real(bottom, "bottom")) / 2,
            (real(left, "left") + real(right, "right")) / 2,
        )
        radii = (bottom - top) / 2, (right - left) / 2
        if min(radii) <= 0:
            raise InputError("an ellipse must have bottom > top and right > left")

        def within(height: int, width: int) -> Mask:
            y, x = _centres(height, width)
            found: Mask = ((y - middle[0]) / radii[0]) ** 2 + ((x - middle[1]) / radii[1]) ** 2 <= 1
            return found

        return cls(within)

    @classmethod
    def polygon(cls, corners: ArrayLike) -> Region:
        """Return the pixels inside a polygon with corners (row, column), (n, 2).

        Where it crosses itself, a pixel is inside if it is surrounded an odd number of times.
        """
        points = floats(corners, "corners")
        if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
            raise InputError(f"corners must have shape (n, 2), n at least 3; got {points.shape}")
        if not np.isfinite(points).all():
            raise InputError("corners must be finite")

        def within(height: int, width: int) -> Mask:
            y, x = _centres(height, width)
            found = np.zeros((height, width), dtype=bool)
            for (y0, x0), (y1, x1) in zip(points, np.roll(points, -1, axis=0), strict=True):
                if y0 == y1:
                    continue
                rows = (y[:, 0] >= min(y0, y1)) & (y[:, 0] < max(y0, y1))
                crossing = x0 + (y[rows] - y0) * ((x1 - x0) / (y1 - y0))
                found[rows] ^= x < crossing
            return found

        return cls(within)

    def __invert__(self) -> Region:
        return Region(lambda height, width: ~self.within(height, width))

    def mask(self, shape: tuple[int, int]) -> Mask:
        """Return which pixels of a picture of this shape are inside, (height, width).

        Raises
        ------
        InputError
            If there are none.
        """
        found = self.within(*shape)
        if not found.any():
            raise InputError(f"a region must have pixels in the picture of {shape[1]} × {shape[0]}")
        return found


def _centres(height: int, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    y = np.arange(height, dtype=np.float64)[:, None] + 0.5
    x = np.arange(width, dtype=np.float64)[None, :] + 0.5
    return y, x
