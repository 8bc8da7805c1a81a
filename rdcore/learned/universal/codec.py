"""A trained codec, which needs only NumPy."""

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
    """An encoder and a decoder.

    Parameters
    ----------
    encoder, decoder : list of (weights, biases)
        Dense layers.
    levels : int
        L, the number of levels of each value.
    """

    encoder: Layers
    decoder: Layers
    levels: int

    @property
    def dimensions(self) -> int:
        """Number of values of a code, d."""
        return int(self.encoder[-1][1].shape[0])

    def encode(self, images: Images, dither: NDArray[np.float32]) -> Codes:
        """Return the indices of the levels in the code.

        Parameters
        ----------
        images : array, (n, 64)
            Pixels from 0 to 1.
        dither : array, (n, d) or (d,)
            u, between −1/(L−1) and 1/(L−1).

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
            raise InputError(f"images must have shape (n, {PIXELS}); got {images.shape}")
        shifted = np.tanh(plain(self.encoder, images)) + dither
        places = np.rint((shifted + 1) * (self.levels - 1) / 2)
        return np.clip(places, 0, self.levels - 1).astype(np.int64)

    def decode(self, codes: Codes, dither: NDArray[np.float32]) -> Images:
        """Return the reconstructions (n, 64) of codes (n, d) with the same dither."""
        received = (2 * codes / (self.levels - 1) - 1 - dither).astype(np.float32)
        logits = plain(self.decoder, received)
        made: Images = (0.5 * (1 + np.tanh(0.5 * logits))).astype(np.float32)
        return made

    def dither(self, count: int, seed: int) -> NDArray[np.float32]:
        """Draw dither for ``count`` images, (count, d), from a seed."""
        half = 1 / (self.levels - 1)
        generator = np.random.default_rng(seed)
        drawn = generator.uniform(-half, half, (count, self.dimensions))
        return drawn.astype(np.float32)

    def single(self, codes: Codes) -> Codes:
        """Return codes as single integers below L^d, (n,)."""
        powers = self.levels ** np.arange(self.dimensions)
        single: Codes = codes @ powers
        return single

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the codec, for a file."""
        return {"encoder": self.encoder, "decoder": self.decoder}
