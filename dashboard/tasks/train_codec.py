"""Learned codecs for pictures and digits as jobs; JAX is imported only in a worker."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np

import rdcore as rd
from dashboard.formatting import LN2
from dashboard.jobs.steps import Step
from dashboard.model.codecs import (
    SHOWN_SIDE,
    CodecGroup,
    CodecSpec,
    CodecView,
    Picture,
    UniversalSpec,
    UniversalView,
)
from dashboard.model.learning import History
from dashboard.model.views import Floats
from dashboard.tasks.train_energy import Recorder

_DIGITS_SHOWN = 12
_PATIENCE = 120.0


def train(spec: CodecSpec, pictures: tuple[Picture, ...]) -> Generator[Step, None, CodecView]:
    """Train a codec, code pictures with it and decode them in another process, in a worker."""
    yield Step(0.0, "compiling")
    from rdcore.learned.constrained import train_codec

    recorder = Recorder()
    training = train_codec(spec.settings(), list(pictures) if spec.data == "own" else None)
    run = yield from recorder.follow(training, (0.02, 0.9))
    yield Step(0.92, "coding pictures", recorder.history)
    return (yield from _coded(run, _held_out(spec, pictures), recorder.history))


def _held_out(spec: CodecSpec, pictures: tuple[Picture, ...]) -> list[Picture]:
    """Return the held-out pictures."""
    from rdcore.learned import photographs

    if spec.data == "digits":
        return list(photographs.digits()[-_DIGITS_SHOWN:])
    if spec.data == "own":
        last = pictures[-1]
        return [_middle(last if len(pictures) > 1 else last[-(len(last) // 4) :])]
    known = photographs.photographs()
    return [_middle(known[name]) for name in photographs.HELD_OUT]


def _middle(picture: Picture) -> Picture:
    """Return the centre of a picture, at most as large as it is shown."""
    h, w = (min(side, SHOWN_SIDE) for side in picture.shape)
    top, left = (picture.shape[0] - h) // 2, (picture.shape[1] - w) // 2
    return np.ascontiguousarray(picture[top : top + h, left : left + w])


def _coded(
    run: Any, originals: list[Picture], history: History
) -> Generator[Step, None, CodecView]:
    from rdcore.learned.constrained import compress, decompress, shown

    coded = compress(run, originals)
    yield Step(0.94, "decoding", history)
    here = decompress(run, coded.blob)
    yield Step(0.96, "decoding in another process", history)
    there = yield from _elsewhere(run, coded.blob, history)
    equal = len(here) == len(there) and all(
        np.array_equal(a, b) for a, b in zip(here, there, strict=True)
    )
    found = []
    for original, decoded in zip(originals, here, strict=True):
        rate = shown(run, original)[1].rate_bpp
        error = np.square(original.astype(np.float64) - decoded).mean()
        found.append((rate, float(error)))
    return CodecView(
        history,
        (run.training.rate_bpp, run.training.mse),
        (run.held_out.rate_bpp, run.held_out.mse),
        run.multiplier,
        run.unrest,
        run.verdict,
        tuple(originals),
        tuple(there) if equal else tuple(here),
        tuple(found),
        len(coded.blob),
        coded.coded_bytes,
        coded.estimated_bits,
        equal,
        np.frombuffer(coded.blob, np.uint8),
    )


def _elsewhere(run: Any, blob: bytes, history: History) -> Generator[Step, None, list[Picture]]:
    """Return the pictures decoded by a separate process from the codec and the file alone."""
    with tempfile.TemporaryDirectory() as folder:
        model, file, out = (Path(folder) / name for name in ("codec.npz", "file", "out.npz"))
        run.save(model)
        file.write_bytes(blob)
        arguments = ["-m", "rdcore.learned", "decode", str(model), str(file), "--out", str(out)]
        command = [sys.executable, *arguments]
        home = Path(rd.__file__).parent.parent
        environment = {**os.environ, "PYTHONPATH": str(home)}
        with subprocess.Popen(
            command, env=environment, cwd=folder, stdout=subprocess.DEVNULL
        ) as process:
            try:
                while process.poll() is None:
                    yield Step(0.97, "decoding in another process", history)
                    try:
                        process.wait(0.2)
                    except subprocess.TimeoutExpired:
                        continue
            finally:
                process.kill()
        if process.returncode:
            return []
        with np.load(out, allow_pickle=False) as kept:
            return [kept[f"image{k}"] for k in range(len(kept.files))]


def sweep(spec: UniversalSpec) -> Generator[Step, None, UniversalView]:
    """Train a sweep and certify the rates of its codes on all digits, in a worker."""
    yield Step(0.0, "compiling")
    from rdcore.learned.universal import train_universal

    recorder, training = Recorder(), train_universal(spec.settings())
    run = yield from recorder.follow(training, (0.02, 0.85))
    bounds, own = [], []
    for place in range(len(run.settings.trade_offs)):
        yield Step(0.85 + 0.03 * place, "certifying", recorder.history)
        found, least = _induced(run, place, two_labels=spec.two_labels)
        own.append(found)
        bounds.append(least)
    return _sweep_view(run, spec, np.array(bounds), np.array(own), recorder.history)


def _induced(run: Any, place: int, *, two_labels: bool) -> tuple[float, tuple[float, float]]:
    from rdcore.learned.universal import Digits, induced

    digits, codec = Digits.split(run.settings.held_out, run.settings.seed), run.codecs[place]
    dither = codec.dither(1, 0)[0]
    found = induced(codec, digits.every, digits.every_label, dither, two_labels=two_labels)
    proof = rd.solve(found.problem, tol=1e-4).certificate
    return found.entropy_bits, (proof.lower_bits, proof.upper_bits)


def _sweep_view(
    run: Any, spec: UniversalSpec, bounds: Floats, own: Floats, history: History
) -> UniversalView:
    names = spec.names()
    groups = [
        _group("end to end", -1, run.end_to_end()),
        *(
            _group(f"encoder frozen at {names[place]}", place, run.frozen(place))
            for place in run.settings.frozen_from
        ),
    ]
    made = np.asarray(run.samples.reconstructions, np.float64)
    return UniversalView(
        names,
        tuple(groups),
        np.array([row.held_out.entropy_bits for row in run.encoders]),
        np.array([row.held_out.label_entropy_nats for row in run.encoders]) / LN2,
        np.array([row.held_out.parity_entropy_nats for row in run.encoders]) / LN2,
        run.judge_accuracy,
        bounds,
        own,
        np.asarray(run.samples.originals, np.float64),
        np.asarray(run.samples.labels, np.int64),
        made.reshape(len(groups), len(names), *made.shape[1:]),
        history,
    )


def _group(name: str, encoder: int, rows: Any) -> CodecGroup:
    def of(field: str) -> Floats:
        return np.array([getattr(row, field) for row in rows], dtype=np.float64)

    fields = ("mse_pixel", "accuracy", "cross_entropy_nats", "sliced_w1", "parity_accuracy")
    return CodecGroup(name, encoder, *(of(field) for field in fields))
