"""What a code is worth: entropies of its law, and distances between laws of images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.learned.universal.codec import Codec, Codes
from rdcore.learned.universal.digits import CLASSES, Digits, Images, Labels

DRAWS = 8
_PROJECTIONS = 64
_PRIOR_MASS = 0.5


@dataclass(frozen=True)
class CodeLaw:
    r"""What an encoder does to the uniform law on a set of images, exactly, but for the dither.

    Given the dither u the code Z is a function of the image, so on n equally likely images
    H(Z|U=u) = I(X;Z|U=u), H(S|Z,U=u) and the least squared error are finite sums. They are
    averaged over draws of u. As Z − U determines Z and U, H(S|X̂) ≥ H(S|Z,U), with equality if
    the decoder loses nothing. R(D, C) of the same law is convex, so

    .. math:: R(D, H(S|Z,U)) \le H(Z|U), \quad D = E\|X - E[X|Z,U]\|^2.

    Attributes
    ----------
    entropy_bits : float
        H(Z|U), what the code takes, sender and receiver both knowing the dither.
    joint_entropy_bits : float
        H(Z) over images and dither, for a coder that does not make use of it.
    label_entropy_nats : float
        H(S|Z,U).
    pooled_label_entropy_nats : float
        H(S|Z), the dither forgotten.
    mse_image : float
        E‖X − E[X|Z,U]‖², the least that any decoder reaches on this law; pixels from 0 to 1.
    """

    entropy_bits: float
    joint_entropy_bits: float
    label_entropy_nats: float
    pooled_label_entropy_nats: float
    mse_image: float


def law(codec: Codec, images: Images, labels: Labels, dithers: NDArray[np.float32]) -> CodeLaw:
    """Return what the encoder does to equally likely images.

    Parameters
    ----------
    codec : Codec
        Only its encoder matters.
    images, labels : array, (n, 64) and (n,)
        Where the law is.
    dithers : array, (k, d)
        Each is used for all the images.
    """
    codes = np.stack([codec.single(codec.encode(images, one)) for one in dithers])
    each = [_conditional(one, images, labels) for one in codes]
    pooled = codes.ravel()
    joint = _entropy(_tally(pooled))
    labelled = _entropy(_tally(pooled * CLASSES + np.tile(labels, len(codes))))
    entropy, label, error = np.mean(each, axis=0)
    nat = float(np.log(2))
    return CodeLaw(
        float(entropy) / nat, joint / nat, float(label), labelled - joint, mse_image=float(error)
    )


def label_cross_entropy_nats(codec: Codec, digits: Digits, dithers: NDArray[np.float32]) -> float:
    """Return the cross-entropy of labels on held-out images under frequencies of the others.

    The label's frequencies given the code, over training images and dither, are mixed with its
    prior; what they cost on held-out images is, in expectation, no less than H(S|Z).
    """
    size = codec.levels**codec.dimensions
    counts = np.zeros((size, CLASSES))
    for one in dithers:
        codes = codec.single(codec.encode(digits.training, one))
        np.add.at(counts, (codes, digits.training_labels), 1 / len(dithers))
    prior = counts.sum(axis=0) / counts.sum()
    counts += _PRIOR_MASS * prior
    logs = np.log(counts / counts.sum(axis=1, keepdims=True))
    costs = [
        -logs[codec.single(codec.encode(digits.held_out, one)), digits.held_out_labels].mean()
        for one in dithers
    ]
    return float(np.mean(costs))


def channel(
    codec: Codec, images: Images, dither: NDArray[np.float32]
) -> tuple[Array, Array, Codes]:
    """Return what the encoder induces on equally likely images under one dither, for certificates.

    Parameters
    ----------
    codec : Codec
        Its encoder is used; codewords are the means of what is sent alike.
    images : array, (n, 64)
        The atoms.
    dither : array, (d,)
        Known to both sides.

    Returns
    -------
    channel : array, (n, m)
        Of zeros and ones, for the m codes in use.
    codewords : array, (m, 64)
        E[X|Z].
    places : array of int, (n,)
        Which code each image has, 0 to m−1.
    """
    _, places = np.unique(codec.single(codec.encode(images, dither)), return_inverse=True)
    chosen = np.eye(places.max() + 1)[places]
    codewords = (chosen.T @ images.astype(np.float64)) / chosen.sum(axis=0)[:, None]
    return chosen, codewords, places


def sliced_w1(left: Images, right: Images, *, seed: int) -> float:
    """Return the mean W1 between projections of two laws on random directions.

    Parameters
    ----------
    left, right : array, (n, 64) and (k n, 64)
        Samples; the second are a multiple of the first in number.
    seed : int
        Draws the directions.
    """
    directions = np.random.default_rng(seed).normal(size=(left.shape[1], _PROJECTIONS))
    directions /= np.linalg.norm(directions, axis=0)
    repeats = len(right) // len(left)
    first = np.repeat(np.sort(left @ directions, axis=0), repeats, axis=0)
    second = np.sort(right @ directions, axis=0)
    return float(np.abs(first - second).mean())


def _conditional(codes: Codes, images: Images, labels: Labels) -> tuple[float, float, float]:
    """Return H(Z), H(S|Z) and the variance that is left within codes, under one dither."""
    _, places, sizes = np.unique(codes, return_inverse=True, return_counts=True)
    entropy = _entropy(sizes)
    label = _entropy(_tally(places * CLASSES + labels)) - entropy
    means = np.zeros((len(sizes), images.shape[1]))
    np.add.at(means, places, images)
    means /= sizes[:, None]
    return entropy, label, float(((images - means[places]) ** 2).sum(axis=1).mean())


def _tally(values: Codes) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = np.unique(values, return_counts=True)[1]
    return counts


def _entropy(counts: NDArray[np.int64]) -> float:
    """Return the entropy of frequencies in nats."""
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())
