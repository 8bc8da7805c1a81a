"""The prior: a gated PixelCNN, autoregressive over rows, columns and channels.

The distribution of latent (r, c, k) depends on the rows above, the columns to the left, and the
channels before k at the same position. The window of the first layer covers all 4×4 latents, so
there is no blind spot. Features form C groups. At its own position, group k depends only on
channels before k (first layer) or on groups up to k (later layers).
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rdcore.learned.constrained.networks import LEVELS, conv

Tree = Any
# Number of rows above in the window of a layer, and of columns on either side.
REACH = {"first": 3, "gated": 1}
_WIDTH = 64
_LAYERS = 2


def initial_prior(chance: np.random.Generator, channels: int, width: int = _WIDTH) -> Tree:
    """Return parameters for C = ``channels``; the width is rounded to a multiple of it."""
    width = max(width // channels, 1) * channels
    return {
        "first": _layer(chance, REACH["first"], channels, 2 * width),
        "gated": [_layer(chance, REACH["gated"], width, 2 * width) for _ in range(_LAYERS)],
        "mix": _layer(chance, 0, width, width),
        "head": _layer(chance, 0, width, channels * LEVELS, 0.1),
    }


def masked(layer: Tree, groups: int, *, strict: bool) -> Tree:
    """Return a layer with the weights of unknown latents set to 0."""
    kernel = layer["kernel"]
    return {"kernel": kernel * _mask(kernel.shape, groups, strict), "bias": layer["bias"]}


def logits(parameters: Tree, values: jax.Array) -> jax.Array:
    """Return log-probabilities up to a constant, (B, r, c, C, 8), from values (B, r, c, C)."""
    groups = values.shape[-1]
    first = masked(parameters["first"], groups, strict=True)
    x = gate(_causal(first, values), groups)
    for layer in parameters["gated"]:
        x = x + gate(_causal(masked(layer, groups, strict=False), x), groups)
    x = jax.nn.relu(_causal(masked(parameters["mix"], groups, strict=False), x))
    x = _causal(masked(parameters["head"], groups, strict=False), x)
    return x.reshape(*values.shape, LEVELS)


def rate(parameters: Tree, values: jax.Array, chosen: jax.Array) -> jax.Array:
    """Return the bits of each latent, (B, r, c, C): -log₂ of the probability of its level."""
    told = jax.nn.log_softmax(logits(parameters, values), axis=-1)
    return -(chosen * told).sum(-1) / jnp.log(2.0)


def gate(x: jax.Array, groups: int) -> jax.Array:
    """Return tanh of the first half of each group's features times the logistic of the second."""
    parts = x.reshape(*x.shape[:-1], groups, 2, -1)
    found = jnp.tanh(parts[..., 0, :]) * jax.nn.sigmoid(parts[..., 1, :])
    return found.reshape(*x.shape[:-1], -1)


def _causal(layer: Tree, x: jax.Array) -> jax.Array:
    """Convolve with a kernel over the rows above and the own row, whose right half is masked."""
    reach = layer["kernel"].shape[0] - 1
    return conv(layer, x, ((reach, 0), (reach, reach)))


def _mask(shape: tuple[int, ...], groups: int, strict: bool) -> np.ndarray[Any, Any]:
    """Return 1 for allowed weights and 0 for others, (rows, columns, inside, outside)."""
    _, columns, inside, outside = shape
    mask = np.ones(shape, np.float32)
    mask[-1, columns // 2 + 1 :] = 0
    source = np.arange(inside) // (inside // groups)
    goal = np.arange(outside) // (outside // groups)
    known = source[:, None] < goal if strict else source[:, None] <= goal
    mask[-1, columns // 2] = known
    return mask


def _layer(
    chance: np.random.Generator, reach: int, inside: int, outside: int, gain: float = 1.0
) -> Tree:
    shape = (reach + 1, 2 * reach + 1, inside, outside)
    kernel = chance.standard_normal(shape) * (gain / np.sqrt(shape[0] * shape[1] * inside))
    return {"kernel": kernel.astype(np.float32), "bias": np.zeros(outside, np.float32)}
