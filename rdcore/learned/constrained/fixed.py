"""Prior and decoder in integer arithmetic, with identical results on every machine.

The decoder must compute exactly the probabilities of the encoder, because any difference makes the
rest of the file undecodable. Values are therefore integer multiples of 2⁻¹², and weights of 2⁻¹⁶.
Both are stored in float64, whose sums below 2⁵³ are exact in any order. The functions tanh,
logistic and exp are tables without entries near a rounding boundary.

Values saturate at ±256. Weights so large that a sum might not be exact are rejected.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.coding.model import PRECISION, Frequencies
from rdcore.errors import InputError
from rdcore.learned.constrained.networks import LEVELS, MIDDLE, SPREAD
from rdcore.learned.constrained.prior import REACH, masked
from rdcore.learned.constrained.settings import LATENT_SIDE

Tree = Any
Levels = NDArray[np.int32]
_VALUE, _WEIGHT = 12, 16
_LARGEST = float(1 << (_VALUE + 8))
_EXACT = float(1 << 53)
_CURVE_REACH = 10 << _VALUE
_EXP_REACH, _EXP_BITS = 20 << _VALUE, 24
Choose = Callable[[int, int, int, Frequencies], Levels]


def whole(parameters: Tree) -> Tree:
    """Return the integer weights, with the masks of the prior applied.

    Raises
    ------
    InputError
        If the weights of a layer are so large that its sums might not be exact.
    """
    prior, autoencoder = parameters["prior"], parameters["autoencoder"]
    groups = autoencoder["squeeze"]["bias"].shape[0]
    return {
        "codebook": _rounded(autoencoder["codebook"], _VALUE),
        "first": _causal(masked(prior["first"], groups, strict=True)),
        "gated": [_causal(masked(layer, groups, strict=False)) for layer in prior["gated"]],
        "mix": _causal(masked(prior["mix"], groups, strict=False)),
        "head": _causal(masked(prior["head"], groups, strict=False)),
        "expand": _layer(autoencoder["expand"]),
        "synthesis": [
            {name: _layer(layer) for name, layer in block.items()}
            for block in autoencoder["synthesis"]
        ],
        "up": [_layer(layer) for layer in autoencoder["up"]],
    }


def walk(weights: Tree, number: int, choose: Choose) -> Levels:
    """Visit the latents of ``number`` patches in the order of the prior.

    Parameters
    ----------
    weights : tree
        Weights from ``whole``.
    number : int
        Number of patches.
    choose : callable
        (row, column, channel, frequencies (number, 8)) → levels (number,), which an encoder writes
        and a decoder reads. Frequencies are at least 1 and sum to 2²⁴.

    Returns
    -------
    array of int32, (number, 4, 4, C)
    """
    channels = len(weights["head"]["bias"]) // LEVELS
    side, width = LATENT_SIDE, len(weights["mix"]["bias"])
    found = np.zeros((number, side, side, channels), np.int32)
    values = _Plane(number, channels, REACH["first"])
    planes = [_Plane(number, width, REACH["gated"]) for _ in weights["gated"]]
    for row, column in np.ndindex(side, side):
        place = _Place(weights, values, planes, (row, column))
        for channel in range(channels):
            levels = choose(row, column, channel, frequencies(place.logits(channel)))
            found[:, row, column, channel] = levels
            values.own(row, column)[:, channel] = weights["codebook"][levels]
    return found


class _Plane:
    """Features of all patches, padded by zeros; a window ends at its own position."""

    def __init__(self, number: int, width: int, reach: int) -> None:
        self._reach = reach
        shape = (number, LATENT_SIDE + reach, LATENT_SIDE + 2 * reach, width)
        self._features = np.zeros(shape)

    def own(self, row: int, column: int) -> Array:
        return self._features[:, row + self._reach, column + self._reach]

    def window(self, row: int, column: int) -> Array:
        found = self._features[
            :, row : row + self._reach + 1, column : column + 2 * self._reach + 1
        ]
        return found.reshape(len(found), -1)


class _Place:
    """The prior at one position, with the sums over earlier rows and columns computed once."""

    def __init__(
        self, weights: Tree, values: _Plane, planes: list[_Plane], place: tuple[int, int]
    ) -> None:
        self._layers = [weights["first"], *weights["gated"]]
        self._mix, self._head = weights["mix"], weights["head"]
        self._groups = len(self._head["bias"]) // LEVELS
        inputs = [values, *planes]
        self._past = [
            plane.window(*place) @ layer["past"] + layer["bias"]
            for plane, layer in zip(inputs, self._layers, strict=True)
        ]
        self._own = [plane.own(*place) for plane in inputs]
        width = len(self._mix["bias"])
        self._own += [np.zeros((len(self._own[0]), width)) for _ in range(2)]

    def logits(self, group: int) -> Array:
        """Return the logits of a channel, (number, 8), when all channels before it are known."""
        x: Array | float = 0.0
        for k, layer in enumerate(self._layers):
            part = self._part(layer, group)
            raw = self._past[k][:, part] + self._own[k] @ layer["own"][:, part]
            x = _saturated(x + _gated(_scaled(raw)))
            self._own[k + 1][:, self._part(self._mix, group)] = x
        self._own[-1][:, self._part(self._mix, group)] = np.maximum(
            self._dense(self._mix, self._own[-2], group), 0
        )
        return self._dense(self._head, self._own[-1], group)

    def _dense(self, layer: Tree, x: Array, group: int) -> Array:
        part = self._part(layer, group)
        return _scaled(x @ layer["own"][:, part] + layer["bias"][part])

    def _part(self, layer: Tree, group: int) -> slice:
        width = len(layer["bias"]) // self._groups
        return slice(group * width, (group + 1) * width)


def frequencies(logits: Array) -> Frequencies:
    """Return integer frequencies proportional to exp, at least 1, with row sums 2²⁴."""
    below = (logits.max(1, keepdims=True) - logits).astype(np.int64)
    mass = _exponentials()[np.minimum(below, _EXP_REACH)]
    total = mass.sum(1, keepdims=True)
    found: Frequencies = 1 + mass * ((1 << PRECISION) - LEVELS) // total
    rows = np.arange(len(found))
    found[rows, logits.argmax(1)] += (1 << PRECISION) - found.sum(1)
    return found


def pixels(weights: Tree, levels: Levels) -> NDArray[np.uint8]:
    """Decode the levels of latents (N, 4, 4, C) to patches of grey levels (N, s, s)."""
    x = _conv(weights["expand"], weights["codebook"][levels])
    for block in weights["synthesis"]:
        inner = _conv(block["in"], np.maximum(x, 0))
        x = _saturated(x + _conv(block["out"], np.maximum(inner, 0)))
    for k, layer in enumerate(weights["up"]):
        x = _unfolded(_conv(layer, x if k == 0 else np.maximum(x, 0)))
    grey = np.floor(x[..., 0] * (SPREAD / (1 << _VALUE)) + (MIDDLE + 0.5))
    found: NDArray[np.uint8] = np.clip(grey, 0, 255).astype(np.uint8)
    return found


def _conv(layer: Tree, x: Array) -> Array:
    """Convolve (N, h, w, C), padded by zeros, with a kernel given as a matrix."""
    n, h, w, _ = x.shape
    reach = layer["reach"]
    padded = np.pad(x, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
    offsets = np.ndindex(2 * reach + 1, 2 * reach + 1)
    columns = np.concatenate([padded[:, i : i + h, j : j + w] for i, j in offsets], axis=-1)
    flat = columns.reshape(n * h * w, -1) @ layer["kernel"] + layer["bias"]
    return _scaled(flat).reshape(n, h, w, -1)


def _unfolded(x: Array) -> Array:
    n, h, w, c = x.shape
    blocks = x.reshape(n, h, w, 2, 2, c // 4).transpose(0, 1, 3, 2, 4, 5)
    return blocks.reshape(n, 2 * h, 2 * w, c // 4)


def _causal(layer: Tree) -> Tree:
    """Split a masked kernel into its own position and the past ones."""
    checked = _layer(layer)
    rows, columns, inside, outside = layer["kernel"].shape
    past = checked["kernel"].reshape(rows, columns, inside, outside).copy()
    own = past[-1, columns // 2].copy()
    past[-1, columns // 2] = 0
    return {"own": own, "past": past.reshape(-1, outside), "bias": checked["bias"]}


def _layer(layer: Tree) -> Tree:
    kernel = _rounded(layer["kernel"], _WEIGHT)
    bias = _rounded(layer["bias"], _WEIGHT + _VALUE)
    flat = kernel.reshape(-1, kernel.shape[-1])
    largest = float((np.abs(flat).sum(0) * _LARGEST + np.abs(bias)).max())
    if not largest < _EXACT:
        raise InputError(
            f"parameters must have layers with sums below 2⁵³; got up to {largest:.3g}"
        )
    return {"kernel": flat, "bias": bias, "reach": kernel.shape[0] // 2}


def _rounded(values: Any, bits: int) -> Array:
    found: Array = np.rint(np.asarray(values, np.float64) * (1 << bits))
    if not np.isfinite(found).all():
        raise InputError("parameters must be finite")
    return found


def _scaled(total: Array) -> Array:
    """Rescale sums of products to the scale of values."""
    return _saturated(np.floor(total / (1 << _WEIGHT) + 0.5))


def _saturated(x: Array) -> Array:
    return np.clip(x, -_LARGEST, _LARGEST)


def _gated(x: Array) -> Array:
    """Return tanh of the first half of the features times the logistic of the second."""
    tanh, logistic = curves()
    half = x.shape[1] // 2
    places = np.clip(x, -_CURVE_REACH, _CURVE_REACH).astype(np.int64) + _CURVE_REACH
    product = tanh[places[:, :half]] * logistic[places[:, half:]]
    return np.floor(product / (1 << _VALUE) + 0.5)


@lru_cache(maxsize=1)
def curves() -> tuple[Array, Array]:
    """Return tanh and the logistic function on the grid of values from -10 to 10."""
    x = np.arange(-_CURVE_REACH, _CURVE_REACH + 1) / (1 << _VALUE)
    return _rounded(np.tanh(x), _VALUE), _rounded(1 / (1 + np.exp(-x)), _VALUE)


@lru_cache(maxsize=1)
def _exponentials() -> Frequencies:
    """Return exp(-x)·2²⁴ on the grid of values from 0 to 20."""
    x = np.arange(_EXP_REACH + 1) / (1 << _VALUE)
    found: Frequencies = _rounded(np.exp(-x), _EXP_BITS).astype(np.int64)
    return found
