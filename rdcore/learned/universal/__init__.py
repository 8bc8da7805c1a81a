"""A universal rate–distortion–classification codec: one encoder, a decoder for every trade-off.

An encoder with values in (−1, 1)^d is quantised with subtractive dither; decoders weigh squared
error, the cross-entropy of a classifier and a Wasserstein distance. They are trained together
with their encoder, end to end, and anew upon an encoder that is frozen, with the same number of
decoder updates, so that what remains between the two is what the encoder gives away.
"""

from __future__ import annotations

from rdcore.learned.universal.codec import Codec
from rdcore.learned.universal.digits import Digits
from rdcore.learned.universal.induced_program import Induced, induced
from rdcore.learned.universal.judge import Judge
from rdcore.learned.universal.measures import CodeLaw
from rdcore.learned.universal.run import (
    EncoderPenalty,
    EncoderRow,
    Row,
    Samples,
    UniversalRun,
    load,
    save,
)
from rdcore.learned.universal.settings import TradeOff, UniversalSettings, weighted
from rdcore.learned.universal.sweep import train_universal

__all__ = [
    "CodeLaw",
    "Codec",
    "Digits",
    "EncoderPenalty",
    "EncoderRow",
    "Induced",
    "Judge",
    "Row",
    "Samples",
    "TradeOff",
    "UniversalRun",
    "UniversalSettings",
    "induced",
    "load",
    "save",
    "train_universal",
    "weighted",
]
