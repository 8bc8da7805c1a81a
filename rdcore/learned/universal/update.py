"""One update of all codecs of a sweep together.

The runs of a sweep share batches, dither and the compiled loop, and their weights have a common
axis. A state includes the images, so that another split or seed needs no compilation.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from rdcore.learned.universal.critic import critic_loss, distance, score
from rdcore.learned.universal.digits import CLASSES, PARITIES, PIXELS, parity
from rdcore.learned.universal.dither import dither, nearest
from rdcore.learned.universal.nets import Layers, dense, initial
from rdcore.learned.universal.settings import UniversalSettings

Nets = dict[str, Layers]
State = dict[str, Any]
Metrics = Mapping[str, jax.Array]

_CRITIC_RATE = 1e-3
_WARMING = 0.05
_TOGETHER = ("codec", "classifier", "critic")


@dataclass(frozen=True)
class Plan:
    """The constants of a compiled update; the rest is in the state."""

    dimensions: int
    levels: int
    hidden: int
    batch: int
    steps: int
    learning_rate: float
    perceptual: bool
    two_labels: bool
    alternating: bool
    trade_offs: int

    @staticmethod
    def of(settings: UniversalSettings) -> Plan:
        """Return the plan of a sweep."""
        return Plan(
            settings.dimensions,
            settings.levels,
            settings.hidden,
            settings.batch,
            settings.steps,
            settings.learning_rate,
            settings.perceptual,
            settings.two_labels,
            settings.alternating,
            len(settings.trade_offs),
        )


def fresh(plan: Plan, generator: np.random.Generator) -> Nets:
    """Draw networks: encoder, decoder, classifier and, if needed, critic and second classifier."""
    wide = [plan.hidden, plan.hidden]
    nets = {
        "encoder": initial(generator, [PIXELS, *wide, plan.dimensions]),
        "decoder": initial(generator, [plan.dimensions, *wide, PIXELS]),
        "classifier": initial(generator, [PIXELS, plan.hidden, CLASSES]),
    }
    if plan.perceptual:
        nets["critic"] = initial(generator, [PIXELS, *wide, 1])
    if plan.two_labels:
        nets["parity"] = initial(generator, [PIXELS, plan.hidden, PARITIES])
    return nets


def optimiser(plan: Plan) -> Any:
    """Return Adam with a cosine decay, and for the critic Adam without momentum.

    A warm-up of the rate prevents all ReLU units from becoming inactive, which some seeds showed.
    """
    top, first = plan.learning_rate, max(1, round(_WARMING * plan.steps))
    rate = optax.warmup_cosine_decay_schedule(0.0, top, first, plan.steps + 1, 0.02 * top)
    parts = {name: optax.adam(rate, b2=0.99) for name in ("codec", "classifier")}
    parts["critic"] = optax.adam(_CRITIC_RATE, 0.0, 0.9)
    return optax.multi_transform(parts, _parts)


def blank(plan: Plan, nets: Nets) -> Any:
    """Return the initial state of the optimiser."""
    shapes = jax.eval_shape(jax.vmap(optimiser(plan).init), nets)
    return jax.tree.map(lambda part: np.zeros(part.shape, part.dtype), shapes)


def decoder_updates(state: State) -> Any:
    """Return the number of decoder updates of each run, from the count of its optimiser."""
    found = optax.tree.get_all_with_path(state["optimiser"].inner_states["codec"], "count")
    return found[0][1]


@lru_cache(maxsize=8)
def make_update(plan: Plan) -> Callable[[State, jax.Array], tuple[State, Metrics]]:
    """Return the update of a plan; it is cached, so that it is compiled once."""
    adam = optimiser(plan)

    def move(run: State, parts: Collection[str], *batch: jax.Array) -> Any:
        """Move the networks of some parts of the optimiser by one step."""
        gradients, found = jax.grad(_loss, has_aux=True)(
            run["nets"], run["weights"], *batch[:2], keys=batch[2], plan=plan
        )
        updates, moments = adam.update(gradients, run["optimiser"], run["nets"])
        updates["encoder"] = jax.tree.map(lambda part: part * run["thaw"], updates["encoder"])
        nets = {
            name: optax.apply_updates(net, updates[name]) if _part(name) in parts else net
            for name, net in run["nets"].items()
        }
        after = {name: moments.inner_states[name] for name in parts}
        moments = moments._replace(inner_states={**run["optimiser"].inner_states, **after})
        return {**run, "nets": nets, "optimiser": moments}, found

    def single(run: State, *batch: jax.Array) -> Any:
        if not plan.alternating:
            return move(run, _TOGETHER, *batch)
        run, found = move(run, ("codec",), *batch)
        return move(run, ("classifier", "critic"), *batch)[0], found

    def update(state: State, key: jax.Array) -> tuple[State, Metrics]:
        keys = jax.random.split(key, 3)
        chosen = jax.random.randint(keys[0], (plan.batch,), 0, len(state["images"]))
        images, labels = state["images"][chosen], state["labels"][chosen]
        runs = {name: state[name] for name in ("nets", "optimiser", "weights", "thaw")}
        runs, found = jax.vmap(single, in_axes=(0, None, None, None))(
            runs, images, labels, keys[1:]
        )
        return {**state, **runs}, _named(found, plan.trade_offs)

    return update


def _loss(
    nets: Nets,
    weights: State,
    images: jax.Array,
    labels: jax.Array,
    *,
    keys: jax.Array,
    plan: Plan,
) -> tuple[jax.Array, dict[str, jax.Array]]:
    noise = dither(keys[0], (plan.batch, plan.dimensions), plan.levels)
    values = jnp.tanh(dense(nets["encoder"], images))
    code = nearest(values + noise, plan.levels)
    made = jax.nn.sigmoid(dense(nets["decoder"], code - noise))
    error = ((images - made) ** 2).mean()
    read = _cross_entropy(nets["classifier"], made, labels)
    # Also on originals, so that the classifier recognises digits and not features that only the
    # decoder produces.
    kept = _cross_entropy(nets["classifier"], images, labels)
    loss = weights["distortion"] * error + weights["classification"] * (read + kept)
    found = {"mse": error, "ce": read}
    if plan.two_labels:
        odd = parity(labels)
        found["ce_parity"] = _cross_entropy(nets["parity"], made, odd)
        kept = _cross_entropy(nets["parity"], images, odd)
        loss = loss + weights["parity"] * (found["ce_parity"] + kept)
    if plan.perceptual:
        still, image = jax.lax.stop_gradient((nets["critic"], made))
        loss = loss - weights["perception"] * score(still, made)
        loss = loss + critic_loss(nets["critic"], images, image, keys[1])
        found["w1"] = distance(nets["critic"], images, made)
    return loss, found


def _cross_entropy(classifier: Layers, images: jax.Array, labels: jax.Array) -> jax.Array:
    logs = jax.nn.log_softmax(dense(classifier, images))
    return -jnp.take_along_axis(logs, labels[:, None], axis=1).mean()


def _part(name: str) -> str:
    """Return the part of the optimiser that moves a network."""
    return {"encoder": "codec", "decoder": "codec", "critic": "critic"}.get(name, "classifier")


def _parts(nets: Nets) -> dict[str, str]:
    return {name: _part(name) for name in nets}


def _named(found: dict[str, jax.Array], trade_offs: int) -> Metrics:
    """Return the mean of each metric over restarts, by trade-off."""
    return {
        f"{name}_{place}": values.reshape(-1, trade_offs)[:, place].mean()
        for name, values in found.items()
        for place in range(trade_offs)
    }
