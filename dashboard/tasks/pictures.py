"""Pictures with regions as jobs: bounds of the model, the coded file, other encoders."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from typing import TypeVar

import numpy as np

import rdcore as rd
from dashboard.jobs.steps import Step, stepwise
from dashboard.model.pictures import (
    EncodedView,
    LevelSpec,
    ModelView,
    Parts,
    Peer,
    PeersView,
    Photo,
    PictureSpec,
    Pixels,
    parts_of,
)
from dashboard.tasks import peers

_LADDER = (512.0, 128.0, 32.0, 8.0)
_TOLERANCE, _ROUGH = 1e-3, 6e-3
_SECONDS = 40.0
# After so many seconds no other encoder is begun, which a large picture needs.
_PATIENCE = 120.0
# Regions multiply the components, and colours have three times as many.
_FEW, _MANY = 8, 2
_LUMA = np.array([0.299, 0.587, 0.114])
T = TypeVar("T")


def sample(photo: Photo, *, grey: bool) -> Pixels:
    """Return a sample picture of scikit-image."""
    from skimage import data

    pixels = np.asarray(getattr(data, photo)(), dtype=np.uint8)
    if pixels.ndim == 3 and grey:
        pixels = np.rint(pixels @ _LUMA).astype(np.uint8)
    return pixels


def level(spec: LevelSpec, pixels: Pixels) -> Generator[Step, None, ModelView]:
    """Bound the model's rate at the levels, in a worker."""
    yield Step(0.05, "dividing the picture into sources")
    model = _model(spec.picture, pixels)
    channels = 3 if pixels.ndim == 3 else 1
    note = f"bounding {len(model.components)} sources"
    steps = _bound(model, spec.levels, channels * _TOLERANCE, note)
    found = yield from _within(steps, 0.3, 0.7)
    return _view(model, [found])


def around(spec: PictureSpec, pixels: Pixels) -> Generator[Step, None, ModelView]:
    """Bound the model's rate at levels that span those of pictures, in a worker."""
    yield Step(0.03, "dividing the picture into sources")
    model = _model(spec, pixels)
    count = len(model.shares)
    points = [[one] * count for one in _LADDER]
    rough, found = _ROUGH * (3 if pixels.ndim == 3 else 1), []
    share = 0.9 / len(points)
    for k, levels in enumerate(points):
        steps = _bound(model, levels, rough, "bounding the model at other levels")
        found.append((yield from _within(steps, 0.1 + share * k, share)))
    return _view(model, found)


def encode(spec: LevelSpec, pixels: Pixels) -> Generator[Step, None, EncodedView]:
    """Code the picture so that it meets every level, in a worker."""
    parts = parts_of(spec.picture.regions, pixels.shape[:2])
    regions = {
        rd.pictures.Region.of_mask(mask): one
        for mask, one in zip(parts.masks, spec.levels, strict=True)
    }
    picture, start = rd.pictures.Picture(pixels), time.process_time()
    file = yield from stepwise(
        lambda progress, cancelled: rd.pictures.encode(
            picture, regions=regions, progress=progress, cancel=cancelled
        ),
        "coding",
    )
    spent = time.process_time() - start
    return EncodedView(
        np.frombuffer(file.blob, np.uint8),
        np.array(file.picture.pixels),
        parts.errors(pixels, file.picture.pixels),
        np.array(file.bits_map),
        spent,
    )


def compare(spec: LevelSpec, pixels: Pixels) -> Generator[Step, None, PeersView]:
    """Find the smallest file of each other encoder that meets every level, in a worker."""
    parts = parts_of(spec.picture.regions, pixels.shape[:2])
    known, start = peers.available(), time.monotonic()
    rows: list[Peer] = []
    left_out: list[str] = []
    for k, peer in enumerate(known):
        if time.monotonic() - start > _PATIENCE:
            left_out.append(peers.NAMES[peer])
            continue
        yield Step(k / len(known), peers.NAMES[peer], PeersView(tuple(rows)) if rows else None)
        rows.append(_peer(peer, pixels, parts, spec.levels))
    return PeersView(tuple(rows), tuple(left_out))


def _peer(peer: str, pixels: Pixels, parts: Parts, levels: Sequence[float]) -> Peer:
    found = peers.best(peer, pixels, lambda shown: parts.meets(pixels, shown, levels))
    reached = parts.errors(pixels, found.pixels)
    return Peer(peers.NAMES[peer], found.setting, found.size if found.met else 0, reached)


def _model(spec: PictureSpec, pixels: Pixels) -> rd.pictures.PictureModel:
    parts = parts_of(spec.regions, pixels.shape[:2])
    regions = [rd.pictures.Region.of_mask(mask) for mask in parts.masks]
    large = len(regions) > _MANY or pixels.ndim == 3
    fits = pixels.shape[0] * pixels.shape[1] >= 64 * _FEW
    classes = _FEW if large and fits else None
    return rd.pictures.model(rd.pictures.Picture(pixels), regions, classes=classes)


def _bound(
    model: rd.pictures.PictureModel, levels: Sequence[float], tol: float, note: str
) -> Generator[Step, None, rd.pictures.PictureBound]:
    """Bound the rate, step by step, so that a request for other levels need not wait."""
    found = yield from stepwise(
        lambda progress, cancelled: rd.pictures.bound(
            model, levels, tol=tol, time_limit=_SECONDS, progress=progress, cancel=cancelled
        ),
        note,
    )
    return found


def _within(
    steps: Generator[Step, None, T], start: float, width: float
) -> Generator[Step, None, T]:
    """Take steps as a part of a longer job, which begins at the share ``start``."""
    try:
        while True:
            step = next(steps)
            yield Step(start + width * step.share, step.note, step.shown)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    finally:
        steps.close()


def _view(model: rd.pictures.PictureModel, found: Sequence[rd.pictures.PictureBound]) -> ModelView:
    return ModelView(
        np.stack([one.levels for one in found]),
        np.array([one.lower for one in found]),
        np.array([one.upper for one in found]),
        np.stack([one.slopes for one in found]),
        np.stack([one.rates for one in found]),
        np.stack([one.errors for one in found]),
        np.array(found[0].copies),
        np.array(found[0].weights),
        found[0].label_rate,
        len(model.components),
        model.classes,
        model.pixels,
    )
