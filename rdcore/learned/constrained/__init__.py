"""A codec for patches of images, trained to a distortion target.

An autoencoder with a learned quantiser and a gated PixelCNN as prior are trained together by
distortion-constrained optimisation or, for comparison, as β-VAE or with a hinge. Coded files have
the size that the prior predicts, and decode to the same pixels on every machine.
"""

from __future__ import annotations

from rdcore.learned.constrained.bits import Coded, compress, decompress
from rdcore.learned.constrained.codec import (
    CodecRun,
    Score,
    reconstruct,
    score,
    scores,
    shown,
    train_codec,
)
from rdcore.learned.constrained.settings import RECIPES, CodecSettings, Recipe

__all__ = [
    "RECIPES",
    "CodecRun",
    "CodecSettings",
    "Coded",
    "Recipe",
    "Score",
    "compress",
    "decompress",
    "reconstruct",
    "score",
    "scores",
    "shown",
    "train_codec",
]
