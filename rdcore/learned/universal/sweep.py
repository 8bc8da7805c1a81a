"""Train codecs end to end, then new decoders upon frozen encoders, and measure them all."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from rdcore.learned.training import History, Progress, train
from rdcore.learned.universal.codec import Codec
from rdcore.learned.universal.digits import Digits
from rdcore.learned.universal.measured import Bench, measured
from rdcore.learned.universal.nets import plain
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

    The first phase trains encoder and decoder together for every trade-off. In the second each
    encoder named by ``settings.frozen_from`` is kept as it is, and a new decoder, classifier and
    critic are trained upon it for every trade-off, by the same number of updates.

    Parameters
    ----------
    settings : UniversalSettings
        Trade-offs, sizes and seed.

    Yields
    ------
    Progress
        Over the whole sweep, with the mean ``mse_k`` a pixel and ``ce_k`` in nats, and with a
        critic ``w1_k``, of trade-off k on training batches.

    Returns
    -------
    UniversalRun

    References
    ----------
    Nguyen et al., "Universal Rate-Distortion-Classification Representations for Lossy
    Compression", ITW 2025.
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
    """Train one codec a trade-off, upon an encoder if one is given, and return their networks."""
    plan = Plan.of(settings)
    state = _start(settings, plan, digits, encoder)
    # Frozen encoders are compared under the same batches and dither.
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
    """Return the state before the first update: restarts by trade-offs, in a single axis."""
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
    """Return for each trade-off the networks of the restart with the least loss in training."""
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
    """Return what a codec came to on training images, but for the critic's part."""
    codec = Codec(nets["encoder"], nets["decoder"], settings.levels)
    dither = codec.dither(len(digits.training), settings.seed)
    made = codec.decode(codec.encode(digits.training, dither), dither)
    logits = plain(nets["classifier"], made)
    own = logits[np.arange(len(logits)), digits.training_labels]
    cross_entropy = np.mean(np.logaddexp.reduce(logits, axis=1) - own)
    weights = settings.trade_offs[place]
    error = np.mean((made - digits.training) ** 2)
    return float(weights.distortion * error + weights.classification * cross_entropy)
