"""Dense networks as lists of (weights, biases)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

Layers = list[tuple[Any, Any]]


def initial(generator: np.random.Generator, sizes: Sequence[int]) -> Layers:
    """Draw weights of variance 2 / fan-in; biases are 0."""
    return [
        (
            (generator.normal(size=(inside, out)) * (2 / inside) ** 0.5).astype(np.float32),
            np.zeros(out, np.float32),
        )
        for inside, out in itertools.pairwise(sizes)
    ]


def dense(layers: Layers, values: jax.Array) -> jax.Array:
    """Apply the layers, with ReLU after all but the last: (n, in) to (n, out)."""
    for weights, biases in layers[:-1]:
        values = jax.nn.relu(values @ weights + biases)
    weights, biases = layers[-1]
    result: jax.Array = values @ weights + biases
    return result


def plain(layers: Layers, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Apply the layers like ``dense``, in NumPy."""
    for weights, biases in layers[:-1]:
        values = np.maximum(values @ weights + biases, 0)
    weights, biases = layers[-1]
    result: NDArray[np.float32] = values @ weights + biases
    return result
