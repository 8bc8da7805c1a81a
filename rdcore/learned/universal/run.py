"""The results of a sweep, and their storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rdcore.errors import InputError
from rdcore.learned import store
from rdcore.learned.training import History
from rdcore.learned.universal.codec import Codec
from rdcore.learned.universal.digits import Images, Labels
from rdcore.learned.universal.measures import CodeLaw
from rdcore.learned.universal.settings import TradeOff, UniversalSettings

KIND = "universal"


@dataclass(frozen=True)
class Row:
    """Measurements of a codec on held-out images.

    Attributes
    ----------
    trade_off, encoder : int
        Indices of the trade-off of the decoder, and of that for which its encoder was trained.
    frozen : bool
        Whether the encoder was frozen instead of trained end to end with this decoder.
    mse_pixel, mse_image : float
        Squared error per pixel and per image of 64 pixels; pixels from 0 to 1.
    training_mse_pixel : float
        Squared error per pixel on training images.
    every_mse_image : float
        Squared error per image on all images, to compare with R(D, C) of their empirical
        distribution.
    accuracy, cross_entropy_nats : float
        Accuracy and cross-entropy of the judge on reconstructions.
    sliced_w1 : float
        Sliced W1 between originals and reconstructions.
    decoder_updates : int
        Number of updates of the decoder.
    parity_accuracy : float
        Accuracy of the judge on the second label, whether the digit is odd.
    """

    trade_off: int
    encoder: int
    frozen: bool
    mse_pixel: float
    mse_image: float
    training_mse_pixel: float
    every_mse_image: float
    accuracy: float
    cross_entropy_nats: float
    sliced_w1: float
    decoder_updates: int
    parity_accuracy: float


@dataclass(frozen=True)
class EncoderRow:
    """Measurements of an encoder.

    Attributes
    ----------
    held_out, every : CodeLaw
        Measures on held-out images, and on all images.
    label_cross_entropy_nats : float
        Cross-entropy of held-out labels under the training frequencies given the code.
    """

    held_out: CodeLaw
    every: CodeLaw
    label_cross_entropy_nats: float


@dataclass(frozen=True)
class EncoderPenalty:
    """Cost of a frozen encoder at a trade-off, relative to end-to-end training.

    Attributes
    ----------
    trade_off, encoder : int
        Indices, as in ``Row``.
    mse_share : float
        Relative increase of the squared error.
    accuracy_points : float
        Loss of accuracy, in percentage points.
    cross_entropy_nats : float
        Increase of the cross-entropy.
    """

    trade_off: int
    encoder: int
    mse_share: float
    accuracy_points: float
    cross_entropy_nats: float


@dataclass(frozen=True, eq=False)
class Samples:
    """Some held-out images and their reconstructions by every codec, at one dither value.

    Attributes
    ----------
    originals : array, (k, 64)
        Pixels from 0 to 1.
    labels : array of int, (k,)
        The digits.
    reconstructions : array, (rows, k, 64)
        Reconstructions, in the order of the rows.
    """

    originals: Images
    labels: Labels
    reconstructions: Images


@dataclass(frozen=True, eq=False)
class UniversalRun:
    """A finished sweep.

    Attributes
    ----------
    settings : UniversalSettings
        Settings of the sweep.
    rows : tuple of Row
        End-to-end codecs by trade-off, then codecs on each encoder of ``settings.frozen_from``.
    codecs : tuple of Codec
        The codecs, in the same order.
    encoders : tuple of EncoderRow
        Measurements of the encoders, by trade-off.
    samples : Samples
        Images and reconstructions to show.
    judge_accuracy, judge_cross_entropy_nats : float
        Accuracy and cross-entropy of the judge on held-out originals.
    w1_floor : float
        Sliced W1 between training and held-out originals.
    histories : dict of History
        History of each training: "end to end", "frozen 2", ...
    """

    settings: UniversalSettings
    rows: tuple[Row, ...]
    codecs: tuple[Codec, ...]
    encoders: tuple[EncoderRow, ...]
    samples: Samples
    judge_accuracy: float
    judge_cross_entropy_nats: float
    w1_floor: float
    histories: Mapping[str, History]

    def end_to_end(self) -> tuple[Row, ...]:
        """Return the rows of end-to-end training, by trade-off."""
        return tuple(row for row in self.rows if not row.frozen)

    def frozen(self, encoder: int) -> tuple[Row, ...]:
        """Return the rows on a frozen encoder, by trade-off.

        Raises
        ------
        InputError
            If that encoder was not frozen.
        """
        if encoder not in self.settings.frozen_from:
            raise InputError(f"encoder must be one of {self.settings.frozen_from}; got {encoder}")
        return tuple(row for row in self.rows if row.frozen and row.encoder == encoder)

    def penalties(self, encoder: int) -> tuple[EncoderPenalty, ...]:
        """Return the cost of a frozen encoder at each trade-off."""
        pairs = zip(self.end_to_end(), self.frozen(encoder), strict=True)
        return tuple(_penalty(own, other) for own, other in pairs)

    def table(self) -> list[dict[str, Any]]:
        """Return each row with its weights and the entropies of its encoder, as flat dicts."""
        return [self._flat(row) for row in self.rows]

    def _flat(self, row: Row) -> dict[str, Any]:
        weights: TradeOff = self.settings.trade_offs[row.trade_off]
        encoder = self.encoders[row.encoder]
        return {
            **asdict(weights),
            **asdict(row),
            "cap_bits": self.settings.cap_bits,
            **asdict(encoder.held_out),
            # The error of the decoder, instead of the least error of any decoder.
            "mse_image": row.mse_image,
            "least_mse_image": encoder.held_out.mse_image,
            "label_cross_entropy_nats": encoder.label_cross_entropy_nats,
            **{f"every_{name}": value for name, value in asdict(encoder.every).items()},
            "every_mse_image": row.every_mse_image,
            "every_least_mse_image": encoder.every.mse_image,
        }


def save(path: Path, run: UniversalRun) -> None:
    """Write a run to an NPZ file."""
    own = run.codecs[: len(run.settings.trade_offs)]
    arrays = {
        "encoders": [codec.encoder for codec in own],
        "decoders": [codec.decoder for codec in run.codecs],
        "samples": vars(run.samples),
        "histories": {
            name: {"steps": one.steps, "values": dict(one.values)}
            for name, one in run.histories.items()
        },
    }
    about = {
        "kind": KIND,
        "settings": asdict(run.settings),
        "rows": [asdict(row) for row in run.rows],
        "encoders": [asdict(row) for row in run.encoders],
        "judge_accuracy": run.judge_accuracy,
        "judge_cross_entropy_nats": run.judge_cross_entropy_nats,
        "w1_floor": run.w1_floor,
    }
    store.save(path, arrays, about)


def load(path: Path) -> UniversalRun:
    """Read a run from a file of ``save``.

    Raises
    ------
    InputError
        If the file is not such a run.
    """
    arrays, about = store.load(path)
    if about.get("kind") != KIND:
        raise InputError(f"{path.name} must be a run of kind {KIND!r}; got {about.get('kind')!r}")
    with store.damage(path):
        settings = _settings(about["settings"])
        rows = tuple(Row(**row) for row in about["rows"])
        return UniversalRun(
            settings,
            rows,
            tuple(
                Codec(arrays["encoders"][row.encoder], decoder, settings.levels)
                for row, decoder in zip(rows, arrays["decoders"], strict=True)
            ),
            tuple(_encoder(row) for row in about["encoders"]),
            Samples(**arrays["samples"]),
            about["judge_accuracy"],
            about["judge_cross_entropy_nats"],
            about["w1_floor"],
            {
                name: History(one["steps"], one["values"])
                for name, one in arrays["histories"].items()
            },
        )


def _settings(values: dict[str, Any]) -> UniversalSettings:
    trade_offs = tuple(TradeOff(**one) for one in values["trade_offs"])
    frozen_from = tuple(values["frozen_from"])
    return UniversalSettings(**{**values, "trade_offs": trade_offs, "frozen_from": frozen_from})


def _encoder(values: dict[str, Any]) -> EncoderRow:
    laws = {name: CodeLaw(**values[name]) for name in ("held_out", "every")}
    return EncoderRow(**{**values, **laws})


def _penalty(own: Row, other: Row) -> EncoderPenalty:
    return EncoderPenalty(
        other.trade_off,
        other.encoder,
        float(np.float64(other.mse_pixel) / own.mse_pixel - 1),
        100 * (own.accuracy - other.accuracy),
        other.cross_entropy_nats - own.cross_entropy_nats,
    )
