"""Training of end-to-end codecs, then of new decoders on frozen encoders, and measurement."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from rdcore.learned.training import History, Progress, train
from rdcore.learned.universal.codec import Codec
from rdcore.learned.universal.digits import Digits, Images, Labels, parity
from rdcore.learned.universal.measured import Bench, measured
from rdcore.learned.universal.nets import Layers, plain
from rdcore.learned.universal.run import UniversalRun
from rdcore.learned.universal.settings import UniversalSettings
from rdcore.learned.universal.update import (
    Nets,
    Plan,
    State,
    blank,
    decoder_updates,
    fresh,
    make_update,
)

_Steps = Generator[Progress, None, tuple[list[Nets], int, History]]


def train_universal(settings: UniversalSettings) -> Generator[Progress, None, UniversalRun]:
    """Train and measure a sweep.

    The first phase trains encoder and decoder together for every trade-off. In the second phase,
    each encoder in ``settings.frozen_from`` is fixed, and a new decoder, classifier and critic are
    trained on it for every trade-off with the same number of updates.

    Parameters
    ----------
    settings : UniversalSettings
        Trade-offs, sizes and seed.

    Yields
    ------
    Progress
        Progress of the whole sweep. Its metrics are means over training batches for each trade-off
        k: ``mse_k`` per pixel, ``ce_k`` in nats and, with a critic, ``w1_k``.

    Returns
    -------
    UniversalRun

    References
    ----------
    N. Nguyen, T. Nguyen, T. Nguyen and B. Bose, "Universal Rate-Distortion-Classification
    Representations for Lossy Compression", IEEE Information Theory Workshop, 2025.
    """
    digits = Digits.split(settings.held_out, settings.seed)
    own, updates, history = yield from _phase(settings, digits, None, 0)
    histories = {"end to end": history}
    codecs = [Codec(nets["encoder"], nets["decoder"], settings.levels) for nets in own]
    counts = [updates] * len(codecs)
    for turn, place in enumerate(settings.frozen_from, start=1):
        found, updates, history = yield from _phase(settings, digits, own[place]["encoder"], turn)
        codecs += [Codec(nets["encoder"], nets["decoder"], settings.levels) for nets in found]
        counts += [updates] * len(found)
        histories[f"frozen {place}"] = history
    bench = Bench.of(digits, settings.seed)
    return measured(settings, bench, tuple(codecs), counts, histories)


def _phase(settings: UniversalSettings, digits: Digits, encoder: Any, turn: int) -> _Steps:
    """Train one codec per trade-off, on an encoder if one is given, and return the networks."""
    plan = Plan.of(settings)
    state = _start(settings, plan, digits, encoder)
    # All frozen encoders have the same batches and dither.
    training = train(
        make_update(plan),
        state,
        settings.steps,
        seed=2 * settings.seed + (encoder is not None),
        every=settings.every,
        scanned=True,
    )
    before = turn * settings.steps
    while True:
        try:
            report = next(training)
        except StopIteration as end:
            state, history = end.value
            break
        yield replace(report, step=before + report.step, steps=settings.updates)
    updates = {int(number) for number in np.asarray(decoder_updates(state)).ravel()}
    nets = jax.tree.map(np.asarray, state["nets"])
    return _best(settings, digits, nets), updates.pop(), history


def _start(settings: UniversalSettings, plan: Plan, digits: Digits, encoder: Any) -> State:
    """Return the initial state, with restarts and trade-offs on a single axis."""
    generator = np.random.default_rng([settings.seed, int(encoder is not None)])
    many, runs = plan.trade_offs, plan.trade_offs * settings.restarts
    drawn = [fresh(plan, generator) for _ in range(settings.restarts)]
    nets = jax.tree.map(lambda *parts: np.repeat(np.stack(parts), many, axis=0), *drawn)
    if encoder is not None:
        nets["encoder"] = jax.tree.map(lambda part: np.stack([part] * runs), encoder)
    weights = {
        name: np.tile(values, settings.restarts) for name, values in settings.weights().items()
    }
    return {
        "nets": nets,
        "optimiser": blank(plan, nets),
        "weights": weights,
        "thaw": np.full(runs, encoder is None, np.float32),
        "images": digits.training,
        "labels": digits.training_labels,
    }


def _best(settings: UniversalSettings, digits: Digits, nets: Nets) -> list[Nets]:
    """Return the networks of the restart with the least training loss, for each trade-off."""
    many = len(settings.trade_offs)
    runs: list[Nets] = [
        jax.tree.map(lambda part, place=place: part[place], nets)
        for place in range(many * settings.restarts)
    ]
    if settings.restarts == 1:
        return runs
    losses = [_loss(settings, digits, run, place % many) for place, run in enumerate(runs)]
    best = np.reshape(losses, (settings.restarts, many)).argmin(axis=0)
    return [runs[restart * many + place] for place, restart in enumerate(best)]


def _loss(settings: UniversalSettings, digits: Digits, nets: Nets, place: int) -> float:
    """Return the loss of a codec on training images, without the term of the critic."""
    codec = Codec(nets["encoder"], nets["decoder"], settings.levels)
    dither = codec.dither(len(digits.training), settings.seed)
    made = codec.decode(codec.encode(digits.training, dither), dither)
    labels, weights = digits.training_labels, settings.trade_offs[place]
    error = float(np.mean((made - digits.training) ** 2))
    loss = weights.distortion * error
    loss += weights.classification * _cross_entropy(nets["classifier"], made, labels)
    if settings.two_labels:
        loss += weights.parity * _cross_entropy(nets["parity"], made, parity(labels))
    return loss


def _cross_entropy(classifier: Layers, images: Images, labels: Labels) -> float:
    logits = plain(classifier, images)
    own = logits[np.arange(len(logits)), labels]
    return float(np.mean(np.logaddexp.reduce(logits, axis=1) - own))
