"""A trained codec: from an image to a code and back, by NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rdcore.errors import InputError
from rdcore.learned.universal.digits import PIXELS, Images
from rdcore.learned.universal.nets import Layers, plain

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Codec:
    """An encoder and a decoder upon it.

    Parameters
    ----------
    encoder, decoder : list of (weights, biases)
        Dense layers.
    levels : int
        L, the centres of each value.
    """

    encoder: Layers
    decoder: Layers
    levels: int

    @property
    def dimensions(self) -> int:
        """Values a code has, d."""
        return int(self.encoder[-1][1].shape[0])

    def encode(self, images: Images, dither: NDArray[np.float32]) -> Codes:
        """Return the places of the centres that are sent.

        Parameters
        ----------
        images : array, (n, 64)
            Pixels from 0 to 1.
        dither : array, (n, d) or (d,)
            u, within 1/(L−1) of 0.

        Returns
        -------
        array of int, (n, d)
            0 to L−1.

        Raises
        ------
        InputError
            If the images have another shape.
        """
        if images.ndim != 2 or images.shape[1] != PIXELS:
            raise InputError(f"images has shape {images.shape}; (n, {PIXELS}) would do")
        shifted = np.tanh(plain(self.encoder, images)) + dither
        places = np.rint((shifted + 1) * (self.levels - 1) / 2)
        return np.clip(places, 0, self.levels - 1).astype(np.int64)

    def decode(self, codes: Codes, dither: NDArray[np.float32]) -> Images:
        """Return the reconstructions of codes, (n, d), under the same dither: (n, 64)."""
        received = (2 * codes / (self.levels - 1) - 1 - dither).astype(np.float32)
        logits = plain(self.decoder, received)
        made: Images = (0.5 * (1 + np.tanh(0.5 * logits))).astype(np.float32)
        return made

    def dither(self, count: int, seed: int) -> NDArray[np.float32]:
        """Draw dither for a number of images, (count, d), from a seed."""
        half = 1 / (self.levels - 1)
        generator = np.random.default_rng(seed)
        drawn = generator.uniform(-half, half, (count, self.dimensions))
        return drawn.astype(np.float32)

    def single(self, codes: Codes) -> Codes:
        """Return codes as single numbers below L^d, (n,)."""
        powers = self.levels ** np.arange(self.dimensions)
        single: Codes = codes @ powers
        return single

    def parameters(self) -> dict[str, Any]:
        """Return what makes the codec, for a file."""
        return {"encoder": self.encoder, "decoder": self.decoder}
