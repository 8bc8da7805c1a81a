"""Measurement of all codecs of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore.learned.training import History
from rdcore.learned.universal.codec import Codec
from rdcore.learned.universal.digits import CLASSES, PIXELS, Digits, Images
from rdcore.learned.universal.judge import Judge
from rdcore.learned.universal.measures import (
    DRAWS,
    label_cross_entropy_nats,
    law,
    sliced_w1,
)
from rdcore.learned.universal.run import EncoderRow, Row, Samples, UniversalRun
from rdcore.learned.universal.settings import UniversalSettings

# Number of dither draws for the judge, which is the slowest measurement.
_JUDGED = 4


@dataclass(frozen=True, eq=False)
class Bench:
    """Data, judge and seed for the measurements.

    Attributes
    ----------
    digits : Digits
        Training and held-out images.
    judge : Judge
        A judge, fitted to the training originals.
    seed : int
        Seed of dither and directions, the same for all codecs.
    """

    digits: Digits
    judge: Judge
    seed: int

    @staticmethod
    def of(digits: Digits, seed: int) -> Bench:
        """Return a bench with a newly fitted judge."""
        return Bench(digits, Judge.trained(digits), seed)

    def encoder(self, codec: Codec) -> EncoderRow:
        """Return the measurements of an encoder."""
        dithers = codec.dither(DRAWS, self.seed)
        digits = self.digits
        return EncoderRow(
            law(codec, digits.held_out, digits.held_out_labels, dithers),
            law(codec, digits.every, digits.every_label, dithers),
            label_cross_entropy_nats(codec, digits, dithers),
        )

    def row(self, codec: Codec, *, trade_off: int, encoder: int, updates: int, frozen: bool) -> Row:
        """Return the measurements of a codec."""
        digits = self.digits
        dithers = codec.dither(DRAWS, self.seed)
        made = made_under(codec, digits.held_out, dithers)
        error = _error(digits.held_out, made)
        training = _error(digits.training, made_under(codec, digits.training, dithers))
        share = len(digits.held_out) / len(digits.every)
        images = made.reshape(-1, PIXELS)
        judged = images[: _JUDGED * len(digits.held_out)]
        labels = np.tile(digits.held_out_labels, _JUDGED)
        accuracy, cross_entropy = self.judge.reading(judged, labels)
        return Row(
            trade_off,
            encoder,
            frozen,
            error,
            PIXELS * error,
            training,
            PIXELS * (share * error + (1 - share) * training),
            accuracy,
            cross_entropy,
            sliced_w1(digits.held_out, images, seed=self.seed),
            updates,
            self.judge.parity_accuracy(judged, labels),
        )

    def floor(self) -> float:
        """Return the sliced W1 between training and held-out originals."""
        fewest = min(len(self.digits.training), len(self.digits.held_out))
        halves = self.digits.training[:fewest], self.digits.held_out[:fewest]
        return sliced_w1(*halves, seed=self.seed)


def measured(
    settings: UniversalSettings,
    bench: Bench,
    codecs: tuple[Codec, ...],
    updates: Sequence[int],
    histories: Mapping[str, History],
) -> UniversalRun:
    """Measure a sweep, with codecs in the order of ``UniversalRun.rows``."""
    many = len(settings.trade_offs)
    froms = [*range(many), *(place for place in settings.frozen_from for _ in range(many))]
    rows = tuple(
        bench.row(codec, trade_off=k % many, encoder=froms[k], updates=updates[k], frozen=k >= many)
        for k, codec in enumerate(codecs)
    )
    encoders = tuple(bench.encoder(codec) for codec in codecs[:many])
    return UniversalRun(
        settings,
        rows,
        codecs,
        encoders,
        _samples(bench, codecs),
        bench.judge.accuracy,
        bench.judge.cross_entropy_nats,
        bench.floor(),
        histories,
    )


def made_under(codec: Codec, images: Images, dithers: NDArray[np.float32]) -> Images:
    """Return the reconstructions at each dither value, (k, n, 64)."""
    return np.stack([codec.decode(codec.encode(images, one), one) for one in dithers])


def _error(images: Images, made: Images) -> float:
    return float(((made - images) ** 2).mean(dtype=np.float64))


def _samples(bench: Bench, codecs: tuple[Codec, ...]) -> Samples:
    """Return the first held-out image of each digit, and its reconstructions."""
    labels = bench.digits.held_out_labels
    places = [int(np.flatnonzero(labels == digit)[0]) for digit in range(CLASSES)]
    originals = bench.digits.held_out[places]
    dither = codecs[0].dither(CLASSES, bench.seed)
    made = [codec.decode(codec.encode(originals, dither), dither) for codec in codecs]
    return Samples(originals, labels[places], np.stack(made))
