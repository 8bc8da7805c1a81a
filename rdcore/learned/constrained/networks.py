"""The autoencoder: convolutions to 4×4 latents of C channels, and back.

Images are (B, h, w, 1) with grey levels 0…255, and (x - 128) / 64 inside the networks. Each stage
halves both sides by folding 2×2 blocks into channels, which is faster on a CPU than strides.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rdcore.learned.constrained.settings import LATENT_SIDE

Tree = Any
MIDDLE, SPREAD = 128.0, 64.0
LEVELS = 8
_WIDTHS = (48, 32)
_BLOCKS = 1
_FOLDED = ("NHWC", "HWIO", "NHWC")


def initial_autoencoder(chance: np.random.Generator, size: int, channels: int) -> Tree:
    """Return parameters for patches of size×size pixels (4·2ˢ) with C = ``channels``."""
    stages = (size // LATENT_SIDE).bit_length() - 1
    # Numbers of features after each stage, starting at the latents.
    widths = [_WIDTHS[min(k, len(_WIDTHS) - 1)] for k in range(stages)]
    narrow = widths[0]
    inside = [1, *reversed(widths[1:])]
    return {
        "down": [
            _layer(chance, 3, 4 * before, after)
            for before, after in zip(inside, reversed(widths), strict=True)
        ],
        "analysis": [_block(chance, narrow) for _ in range(_BLOCKS)],
        "squeeze": _layer(chance, 1, narrow, channels, 1.5),
        "codebook": np.linspace(-3.5, 3.5, LEVELS, dtype=np.float32),
        "expand": _layer(chance, 3, channels, narrow),
        "synthesis": [_block(chance, narrow) for _ in range(_BLOCKS)],
        "up": [
            *(_layer(chance, 3, before, 4 * after) for before, after in pairwise(widths)),
            _layer(chance, 3, widths[-1], 4, 0.3),
        ],
    }


def encode(parameters: Tree, images: jax.Array) -> jax.Array:
    """Return the latents before quantisation, (B, 4, 4, C)."""
    x = (images - MIDDLE) / SPREAD
    for layer in parameters["down"]:
        x = jax.nn.relu(conv(layer, fold(x)))
    for block in parameters["analysis"]:
        x = _resnet(block, x)
    return conv(parameters["squeeze"], x)


def quantise(codebook: jax.Array, latents: jax.Array) -> jax.Array:
    """Return the level of each latent as one-hot vectors, (..., 8), with softmax gradients."""
    far = -jnp.square(latents[..., None] - codebook)
    soft = jax.nn.softmax(far, axis=-1)
    hard = jax.nn.one_hot(jnp.argmax(far, axis=-1), len(codebook))
    return soft + jax.lax.stop_gradient(hard - soft)


def decode(parameters: Tree, values: jax.Array) -> jax.Array:
    """Return the images of quantised latents, (B, h, w, 1), not rounded or clipped."""
    x = conv(parameters["expand"], values)
    for block in parameters["synthesis"]:
        x = _resnet(block, x)
    for k, layer in enumerate(parameters["up"]):
        x = unfold(conv(layer, x if k == 0 else jax.nn.relu(x)))
    return x * SPREAD + MIDDLE


def conv(layer: Tree, x: jax.Array, padding: Any = "SAME") -> jax.Array:
    """Return the convolution of (B, h, w, C) with the kernel of a layer, plus its bias."""
    found = jax.lax.conv_general_dilated(
        x, layer["kernel"], (1, 1), padding, dimension_numbers=_FOLDED
    )
    biased: jax.Array = found + layer["bias"]
    return biased


def fold(x: jax.Array) -> jax.Array:
    """Fold blocks of 2×2 pixels into channels."""
    b, h, w, c = x.shape
    blocks = x.reshape(b, h // 2, 2, w // 2, 2, c).transpose(0, 1, 3, 2, 4, 5)
    return blocks.reshape(b, h // 2, w // 2, 4 * c)


def unfold(x: jax.Array) -> jax.Array:
    """Undo ``fold``."""
    b, h, w, c = x.shape
    blocks = x.reshape(b, h, w, 2, 2, c // 4).transpose(0, 1, 3, 2, 4, 5)
    return blocks.reshape(b, 2 * h, 2 * w, c // 4)


def _resnet(block: Tree, x: jax.Array) -> jax.Array:
    return x + conv(block["out"], jax.nn.relu(conv(block["in"], jax.nn.relu(x))))


def _block(chance: np.random.Generator, width: int) -> Tree:
    return {"in": _layer(chance, 3, width, width), "out": _layer(chance, 3, width, width, 0.3)}


def _layer(
    chance: np.random.Generator, side: int, inside: int, outside: int, gain: float = 1.0
) -> Tree:
    # NumPy, because JAX would compile a program for every shape.
    scale = gain * np.sqrt(2 / (side * side * inside))
    kernel = scale * chance.standard_normal((side, side, inside, outside))
    return {"kernel": kernel.astype(np.float32), "bias": np.zeros(outside, np.float32)}
