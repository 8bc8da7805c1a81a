"""Learned codecs for pictures and digits as jobs; JAX is imported only where a job runs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import rdcore as rd
from dashboard.learning import Course, Recorder
from dashboard.results import Floats
from dashboard.worker import Step

Data = Literal["photographs", "digits", "own"]
Method = Literal["dco", "beta", "hinge"]
Recipe = Literal["settled", "naive"]
Picture = NDArray[np.uint8]

SHOWN_SIDE = 192
_DIGITS_SHOWN = 12
_PATIENCE = 120.0


@dataclass(frozen=True)
class CodecSpec:
    """A training of a codec.

    Attributes
    ----------
    data : str
        Photographs, digits or own pictures.
    target : float
        The distortion to reach, squared grey levels.
    method : str
        "dco", "beta" or "hinge".
    weight : float
        β of a β-VAE, the hinge's λ; unused by "dco".
    channels, steps, seed : int
    recipe : str
        "settled", or "naive": the text's schedule.
    pictures : tuple of str
        Digests of own pictures.
    """

    data: Data = "photographs"
    target: float = 200.0
    method: Method = "dco"
    weight: float = 1.0
    channels: int = 4
    steps: int = 5000
    seed: int = 0
    recipe: Recipe = "settled"
    pictures: tuple[str, ...] = ()

    def settings(self) -> Any:
        """Return the settings of rdcore's run."""
        from rdcore.learned.constrained import CodecSettings

        given: dict[str, Any] = {"beta": self.weight} if self.method == "beta" else {}
        given |= {"hinge_weight": self.weight} if self.method == "hinge" else {}
        return CodecSettings(
            data=self.data,
            target=self.target,
            method=self.method,
            channels=self.channels,
            steps=self.steps,
            seed=self.seed,
            recipe=self.recipe,
            every=max(1, self.steps // 100),
            **given,
        )


@dataclass(frozen=True, eq=False)
class CodecView:
    """A trained codec and what it does to pictures it never saw.

    Attributes
    ----------
    course : Course
        ``rate_bpp``, ``mse`` and ``lambda`` along the training.
    training, held_out : (float, float)
        Bits a pixel and squared error on what it was trained on and on what it never saw.
    multiplier, unrest : float
        λ at the end, and by what share it varied in the last tenth.
    verdict : str
        "met" to 3 %, "missed" or "unreachable".
    originals, decoded : tuples of arrays of uint8, (h, w)
        Pictures, and what another process made of the file.
    shown : tuple of (float, float)
        Bits a pixel and squared error of each.
    file_bytes, coded_bytes : int
        Of the file, and of its code words.
    estimated_bits : float
        What the prior says that they take.
    equal : bool
        Whether the other process decoded to the pixels decoded here.
    blob : array of uint8
        The file.
    """

    course: Course
    training: tuple[float, float]
    held_out: tuple[float, float]
    multiplier: float
    unrest: float
    verdict: str
    originals: tuple[Picture, ...]
    decoded: tuple[Picture, ...]
    shown: tuple[tuple[float, float], ...]
    file_bytes: int
    coded_bytes: int
    estimated_bits: float
    equal: bool
    blob: Picture


def train(spec: CodecSpec, pictures: tuple[Picture, ...]) -> Generator[Step, None, CodecView]:
    """Train a codec, code pictures with it and have another process decode them, in a worker."""
    yield Step(0.0, "compiling")
    from rdcore.learned.constrained import train_codec

    recorder = Recorder()
    training = train_codec(spec.settings(), list(pictures) if spec.data == "own" else None)
    while True:
        try:
            told = next(training)
        except StopIteration as end:
            run = end.value
            break
        yield recorder.step(told, "training", (0.02, 0.9))
    yield Step(0.92, "coding pictures", recorder.course)
    return (yield from _coded(run, _unseen(spec, pictures), recorder.course))


def _unseen(spec: CodecSpec, pictures: tuple[Picture, ...]) -> list[Picture]:
    """Return pictures that no patch of the training came from."""
    from rdcore.learned import photographs

    if spec.data == "digits":
        return list(photographs.digits()[-_DIGITS_SHOWN:])
    if spec.data == "own":
        last = pictures[-1]
        return [_middle(last if len(pictures) > 1 else last[-(len(last) // 4) :])]
    known = photographs.photographs()
    return [_middle(known[name]) for name in photographs.HELD_OUT]


def _middle(picture: Picture) -> Picture:
    """Return the middle of a picture, up to the size that is shown."""
    h, w = (min(side, SHOWN_SIDE) for side in picture.shape)
    top, left = (picture.shape[0] - h) // 2, (picture.shape[1] - w) // 2
    return np.ascontiguousarray(picture[top : top + h, left : left + w])


def _coded(run: Any, originals: list[Picture], course: Course) -> Generator[Step, None, CodecView]:
    from rdcore.learned.constrained import compress, decompress, shown

    coded = compress(run, originals)
    yield Step(0.94, "decoding", course)
    here = decompress(run, coded.blob)
    yield Step(0.96, "decoding in another process", course)
    there = yield from _elsewhere(run, coded.blob, course)
    equal = len(here) == len(there) and all(
        np.array_equal(a, b) for a, b in zip(here, there, strict=True)
    )
    found = []
    for original, decoded in zip(originals, here, strict=True):
        rate = shown(run, original)[1].rate_bpp
        error = np.square(original.astype(np.float64) - decoded).mean()
        found.append((rate, float(error)))
    return CodecView(
        course,
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


def _elsewhere(run: Any, blob: bytes, course: Course) -> Generator[Step, None, list[Picture]]:
    """Return what a process of its own makes of the file, from the codec and the file alone."""
    with tempfile.TemporaryDirectory() as folder:
        model, file, out = (Path(folder) / name for name in ("codec.npz", "file", "out.npz"))
        run.save(model)
        file.write_bytes(blob)
        words = ["-m", "rdcore.learned", "decode", str(model), str(file), "--out", str(out)]
        command = [sys.executable, *words]
        home = Path(rd.__file__).parent.parent
        environment = {**os.environ, "PYTHONPATH": str(home)}
        with subprocess.Popen(
            command, env=environment, cwd=folder, stdout=subprocess.DEVNULL
        ) as process:
            try:
                while process.poll() is None:
                    yield Step(0.97, "decoding in another process", course)
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


@dataclass(frozen=True)
class UniversalSpec:
    """A sweep of universal codecs on digits.

    Attributes
    ----------
    dimensions, levels : int
        d values of L levels each.
    perception : float
        Weight of the critic in every trade-off; 0 for none.
    steps, seed : int
    """

    dimensions: int = 4
    levels: int = 4
    perception: float = 0.0
    steps: int = 2000
    seed: int = 0

    def settings(self) -> Any:
        """Return the settings of rdcore's sweep."""
        from rdcore.learned.universal import UniversalSettings, weighted

        usual = UniversalSettings()
        weights = [one.classification for one in usual.trade_offs]
        return UniversalSettings(
            trade_offs=weighted(weights, (self.perception,)),
            dimensions=self.dimensions,
            levels=self.levels,
            steps=self.steps,
            seed=self.seed,
            restarts=3 if self.dimensions * np.log2(self.levels) < 6 else 1,
        )


@dataclass(frozen=True, eq=False)
class Side:
    """Codecs of one kind over the trade-offs: end to end, or upon one frozen encoder.

    Attributes
    ----------
    name : str
    encoder : int
        Whose trade-off the frozen encoder was trained for; -1 end to end.
    mse, accuracy, cross_entropy, w1 : arrays, (T,)
        A pixel; of the judge; its nats; sliced.
    """

    name: str
    encoder: int
    mse: Floats
    accuracy: Floats
    cross_entropy: Floats
    w1: Floats


@dataclass(frozen=True, eq=False)
class UniversalView:
    """A sweep, and what the exact solver says of its codes.

    Attributes
    ----------
    weights : array, (T,)
        λ_c of each trade-off.
    sides : tuple of Side
        End to end first.
    entropies, left_bits : arrays, (T,)
        H(Z) of each encoder's code, and H(S|Z), on held-out images, bits.
    judge : float
        Accuracy of the judge on held-out originals.
    certified : array, (T, 2)
        Bounds on the least rate to the same codewords at the code's own D and C, bits.
    own : array, (T,)
        The code's own rate there, bits.
    originals, labels : arrays, (k, 64) and (k,)
    reconstructions : array, (T, k, 64)
        By the codecs end to end.
    course : Course
    """

    weights: Floats
    sides: tuple[Side, ...]
    entropies: Floats
    left_bits: Floats
    judge: float
    certified: Floats
    own: Floats
    originals: Floats
    labels: NDArray[np.int64]
    reconstructions: Floats
    course: Course


def sweep(spec: UniversalSpec) -> Generator[Step, None, UniversalView]:
    """Train a sweep and certify what its codes do to all the digits, in a worker."""
    yield Step(0.0, "compiling")
    from rdcore.learned.universal import train_universal

    recorder, training = Recorder(), train_universal(spec.settings())
    while True:
        try:
            told = next(training)
        except StopIteration as end:
            run = end.value
            break
        yield recorder.step(told, "training", (0.02, 0.85))
    bounds, own = [], []
    for place in range(len(run.settings.trade_offs)):
        yield Step(0.85 + 0.03 * place, "certifying", recorder.course)
        found, least = _induced(run, place)
        own.append(found)
        bounds.append(least)
    return _sweep_view(run, np.array(bounds), np.array(own), recorder.course)


def _induced(run: Any, place: int) -> tuple[float, tuple[float, float]]:
    from rdcore.learned.universal import Digits, induced

    digits, codec = Digits.split(run.settings.held_out, run.settings.seed), run.codecs[place]
    found = induced(codec, digits.every, digits.every_label, codec.dither(1, 0)[0])
    proof = rd.solve(found.problem, tol=1e-4).certificate
    return found.entropy_bits, (proof.lower_bits, proof.upper_bits)


def _sweep_view(run: Any, bounds: Floats, own: Floats, course: Course) -> UniversalView:
    sides = [_side("end to end", -1, run.end_to_end())]
    for place in run.settings.frozen_from:
        weight = run.settings.trade_offs[place].classification
        sides.append(_side(f"encoder frozen at λ_c = {weight:g}", place, run.frozen(place)))
    count = len(run.settings.trade_offs)
    return UniversalView(
        np.array([one.classification for one in run.settings.trade_offs]),
        tuple(sides),
        np.array([row.held_out.entropy_bits for row in run.encoders]),
        np.array([row.held_out.label_entropy_nats for row in run.encoders]) / np.log(2),
        run.judge_accuracy,
        bounds,
        own,
        np.asarray(run.samples.originals, np.float64),
        np.asarray(run.samples.labels, np.int64),
        np.asarray(run.samples.reconstructions[:count], np.float64),
        course,
    )


def _side(name: str, encoder: int, rows: Any) -> Side:
    def of(field: str) -> Floats:
        return np.array([getattr(row, field) for row in rows], dtype=np.float64)

    return Side(
        name, encoder, of("mse_pixel"), of("accuracy"), of("cross_entropy_nats"), of("sliced_w1")
    )
