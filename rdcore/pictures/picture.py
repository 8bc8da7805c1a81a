"""Pictures as arrays, and their components."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array, frozen
from rdcore.errors import InputError

MOST_PIXELS = 4_000_000
"""Pixels of a picture."""

# Rows: luma, blue and red differences of ITU-R BT.601, from red, green and blue.
_TO_COMPONENTS = np.array(
    [
        [0.299, 0.587, 0.114],
        [-0.299 / 1.772, -0.587 / 1.772, 0.886 / 1.772],
        [0.701 / 1.402, -0.587 / 1.402, -0.114 / 1.402],
    ]
)
# The mean of the squares of each column of the inverse: what a component's squared error adds to
# the mean squared error of red, green and blue, for errors that are not correlated.
WEIGHTS = (1.0, 1.086138, 0.825198)


@dataclass(frozen=True, eq=False)
class Picture:
    """A grey or colour picture.

    Parameters
    ----------
    pixels : array of uint8, (height, width) or (height, width, 3)
        Grey levels, or red, green and blue.

    Examples
    --------
    >>> import numpy as np
    >>> Picture(np.zeros((4, 6), np.uint8)).shape
    (4, 6)
    """

    pixels: NDArray[np.uint8]

    def __post_init__(self) -> None:
        given = np.asarray(self.pixels)
        if given.dtype != np.uint8:
            raise InputError(f"pixels must be of type uint8; got {given.dtype}")
        if given.ndim not in (2, 3) or (given.ndim == 3 and given.shape[2] != 3):
            raise InputError(
                f"pixels must have shape (height, width) or (height, width, 3); got {given.shape}"
            )
        if not 1 <= given.shape[0] * given.shape[1] <= MOST_PIXELS or max(given.shape) > 65535:
            raise InputError(
                f"pixels must be 1 to {MOST_PIXELS}, at most 65535 a side; got {given.shape[1]} ×"
                f" {given.shape[0]}"
            )
        object.__setattr__(self, "pixels", frozen(given.copy()))

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.pixels.shape[0], self.pixels.shape[1]

    @property
    def colour(self) -> bool:
        """Whether there are three components."""
        return self.pixels.ndim == 3

    def components(self) -> list[Array]:
        """Return the grey levels, or luma and the differences of blue and red plus 128."""
        if not self.colour:
            return [self.pixels.astype(np.float64)]
        parts = self.pixels.astype(np.float64) @ _TO_COMPONENTS.T
        return [parts[..., k] + (128.0 if k else 0.0) for k in range(3)]

    def errors(self, other: NDArray[np.uint8]) -> Array:
        """Return the squared error of each pixel, a mean over its numbers, (height, width)."""
        squares = (self.pixels.astype(np.float64) - other) ** 2
        return squares.mean(axis=2) if self.colour else squares
