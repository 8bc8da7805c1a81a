"""The result of a sweep, and its file."""

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
    """A codec's performance on images that no network and no judge has seen.

    Attributes
    ----------
    trade_off, encoder : int
        Places of the trade-off that the decoder serves, and of that which its encoder was
        trained for.
    frozen : bool
        Whether the encoder was frozen, or trained end to end with this decoder.
    mse_pixel, mse_image : float
        Squared error a pixel, and 64 times as much; pixels run from 0 to 1.
    training_mse_pixel : float
        On the training half.
    every_mse_image : float
        On all images, for the plane of R(D, C) of their empirical law.
    accuracy, cross_entropy_nats : float
        The judge's on reconstructions.
    sliced_w1 : float
        Mean W1 of projections between originals and reconstructions.
    decoder_updates : int
        As the optimiser counted them.
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


@dataclass(frozen=True)
class EncoderRow:
    """What an encoder's code takes and keeps.

    Attributes
    ----------
    held_out, every : CodeLaw
        On the uniform laws on held-out images, and on all images.
    label_cross_entropy_nats : float
        Of held-out labels under the training half's frequencies given the code.
    """

    held_out: CodeLaw
    every: CodeLaw
    label_cross_entropy_nats: float


@dataclass(frozen=True)
class EncoderPenalty:
    """What a frozen encoder costs at a trade-off, beside end to end.

    Attributes
    ----------
    trade_off, encoder : int
        Places, as in ``Row``.
    mse_share : float
        Added squared error over that of end to end; negative if it is less.
    accuracy_points : float
        Accuracy lost, in hundredths; negative if it is gained.
    cross_entropy_nats : float
        Added cross-entropy.
    """

    trade_off: int
    encoder: int
    mse_share: float
    accuracy_points: float
    cross_entropy_nats: float


@dataclass(frozen=True, eq=False)
class Samples:
    """Some held-out images and what every codec makes of them, under one dither.

    Attributes
    ----------
    originals : array, (k, 64)
        Pixels from 0 to 1.
    labels : array of int, (k,)
        What they show.
    reconstructions : array, (rows, k, 64)
        In the order of the rows.
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
        What was asked for.
    rows : tuple of Row
        End to end by trade-off, then by trade-off for each encoder of ``settings.frozen_from``.
    codecs : tuple of Codec
        In the same order.
    encoders : tuple of EncoderRow
        By trade-off that they were trained for.
    samples : Samples
        To look at.
    judge_accuracy, judge_cross_entropy_nats : float
        The judge's on held-out originals.
    w1_floor : float
        Sliced W1 between originals of the two halves.
    histories : dict of History
        By training: "end to end", "frozen 2", ...
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
        """Return the rows that were trained end to end, by trade-off."""
        return tuple(row for row in self.rows if not row.frozen)

    def frozen(self, encoder: int) -> tuple[Row, ...]:
        """Return the rows upon a frozen encoder, by trade-off.

        Raises
        ------
        InputError
            If that encoder was not frozen.
        """
        if encoder not in self.settings.frozen_from:
            raise InputError(
                f"encoder={encoder} was not frozen; one of {self.settings.frozen_from} would do"
            )
        return tuple(row for row in self.rows if row.frozen and row.encoder == encoder)

    def penalties(self, encoder: int) -> tuple[EncoderPenalty, ...]:
        """Return what a frozen encoder costs at each trade-off."""
        pairs = zip(self.end_to_end(), self.frozen(encoder), strict=True)
        return tuple(_penalty(own, other) for own, other in pairs)

    def table(self) -> list[dict[str, Any]]:
        """Return rows with their weights and their encoder's entropies, a flat dict each."""
        return [self._flat(row) for row in self.rows]

    def _flat(self, row: Row) -> dict[str, Any]:
        weights: TradeOff = self.settings.trade_offs[row.trade_off]
        encoder = self.encoders[row.encoder]
        return {
            **asdict(weights),
            **asdict(row),
            "cap_bits": self.settings.cap_bits,
            **asdict(encoder.held_out),
            # Their own law's least error and the decoder's are two columns.
            "mse_image": row.mse_image,
            "least_mse_image": encoder.held_out.mse_image,
            "label_cross_entropy_nats": encoder.label_cross_entropy_nats,
            **{f"every_{name}": value for name, value in asdict(encoder.every).items()},
            "every_mse_image": row.every_mse_image,
            "every_least_mse_image": encoder.every.mse_image,
        }


def save(path: Path, run: UniversalRun) -> None:
    """Write a run to a file of arrays and JSON."""
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
    """Read a run that ``save`` wrote.

    Raises
    ------
    InputError
        If the file is of another kind.
    """
    arrays, about = store.load(path)
    if about.get("kind") != KIND:
        raise InputError(f"{path.name} holds a run of kind {about.get('kind')!r}, not {KIND!r}")
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
