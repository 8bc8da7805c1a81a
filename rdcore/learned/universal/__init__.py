"""Universal rate–distortion–classification codecs: one encoder, and a decoder per trade-off.

The output of an encoder in (−1, 1)^d is quantised with subtractive dither. Decoders minimise a
weighted sum of squared error, the cross-entropy of a classifier and a Wasserstein distance. They
are trained end to end with their encoder, and again on a frozen encoder with the same number of
decoder updates, so that the difference is the cost of the shared encoder.
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
