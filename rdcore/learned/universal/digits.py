"""Handwritten digits of scikit-learn: 1797 images of 8 × 8 pixels, without download."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import frozen

Images = NDArray[np.float32]
Labels = NDArray[np.int32]

PIXELS = 64
CLASSES = 10
PARITIES = 2


def parity(labels: Any) -> Any:
    """Return the second label of images from their digits: 1 for odd ones, otherwise 0."""
    return labels % PARITIES


@dataclass(frozen=True, eq=False)
class Digits:
    """Training and held-out images with equal shares of each digit.

    Attributes
    ----------
    training, held_out : array, (n, 64)
        Pixels from 0 to 1, row by row.
    training_labels, held_out_labels : array of int, (n,)
        The digits, 0 to 9.
    """

    training: Images
    training_labels: Labels
    held_out: Images
    held_out_labels: Labels

    @property
    def every(self) -> Images:
        """All images, training images first, (1797, 64)."""
        return np.concatenate([self.training, self.held_out])

    @property
    def every_label(self) -> Labels:
        """All labels, in the same order, (1797,)."""
        return np.concatenate([self.training_labels, self.held_out_labels])

    @staticmethod
    def split(held_out: float, seed: int) -> Digits:
        """Return the digits with a random split, stratified by digit."""
        from sklearn.model_selection import train_test_split

        images, labels = _loaded()
        parts: Any = train_test_split(
            images, labels, test_size=held_out, stratify=labels, random_state=seed
        )
        training, kept, training_labels, kept_labels = (frozen(part) for part in parts)
        return Digits(training, training_labels, kept, kept_labels)


@lru_cache(maxsize=1)
def _loaded() -> tuple[Images, Labels]:
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return frozen((images / 16).astype(np.float32)), frozen(labels.astype(np.int32))
