"""Measures of a code: entropies, and distances between distributions of images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.learned.universal.codec import Codec, Codes
from rdcore.learned.universal.digits import CLASSES, PARITIES, Digits, Images, Labels, parity

DRAWS = 8
_PROJECTIONS = 64
_PRIOR_MASS = 0.5


@dataclass(frozen=True)
class CodeLaw:
    r"""Entropies and distortion of an encoder on equally likely images, averaged over dither draws.

    Given the dither u, the code Z is a function of the image, so on n equally likely images
    H(Z|U=u) = I(X;Z|U=u), H(S|Z,U=u) and the least squared error are finite sums. They are averaged
    over draws of u. Because Z − U determines Z and U, H(S|X̂) ≥ H(S|Z,U), with equality if the
    decoder loses no information. R(D, C) of the same distribution is convex, so

    .. math:: R(D, H(S|Z,U)) \le H(Z|U), \quad D = E\|X - E[X|Z,U]\|^2.

    Attributes
    ----------
    entropy_bits : float
        H(Z|U), the rate if encoder and decoder know the dither.
    joint_entropy_bits : float
        H(Z) over images and dither, for an entropy coder that ignores the dither.
    label_entropy_nats : float
        H(S|Z,U).
    pooled_label_entropy_nats : float
        H(S|Z), without the dither.
    mse_image : float
        E‖X − E[X|Z,U]‖², the least of any decoder on this distribution; pixels from 0 to 1.
    parity_entropy_nats : float
        H(S'|Z,U) of the second label, whether the digit is odd.
    """

    entropy_bits: float
    joint_entropy_bits: float
    label_entropy_nats: float
    pooled_label_entropy_nats: float
    mse_image: float
    parity_entropy_nats: float


def law(codec: Codec, images: Images, labels: Labels, dithers: NDArray[np.float32]) -> CodeLaw:
    """Return the entropies and the distortion of an encoder on equally likely images.

    Parameters
    ----------
    codec : Codec
        Only its encoder is used.
    images, labels : array, (n, 64) and (n,)
        The images and their labels.
    dithers : array, (k, d)
        Draws of the dither; each is used for all images.
    """
    codes = np.stack([codec.single(codec.encode(images, one)) for one in dithers])
    each = [_conditional(one, images, labels) for one in codes]
    pooled = codes.ravel()
    joint = _entropy(_tally(pooled))
    labelled = _entropy(_tally(pooled * CLASSES + np.tile(labels, len(codes))))
    entropy, label, odd, error = np.mean(each, axis=0)
    nat = float(np.log(2))
    return CodeLaw(
        float(entropy) / nat,
        joint / nat,
        float(label),
        labelled - joint,
        mse_image=float(error),
        parity_entropy_nats=float(odd),
    )


def label_cross_entropy_nats(codec: Codec, digits: Digits, dithers: NDArray[np.float32]) -> float:
    """Return the cross-entropy of labels on held-out images under training frequencies.

    The frequencies of the label given the code, over training images and dither, are mixed with its
    prior. Their expected cross-entropy on held-out images is at least H(S|Z).
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
    """Return the channel of an encoder on equally likely images at one dither value.

    Parameters
    ----------
    codec : Codec
        Only its encoder is used; codewords are the means of images with equal codes.
    images : array, (n, 64)
        The atoms.
    dither : array, (d,)
        The dither, known to encoder and decoder.

    Returns
    -------
    channel : array, (n, m)
        A channel of zeros and ones, for the m codes in use.
    codewords : array, (m, 64)
        E[X|Z].
    places : array of int, (n,)
        Index of the code of each image, 0 to m−1.
    """
    _, places = np.unique(codec.single(codec.encode(images, dither)), return_inverse=True)
    chosen = np.eye(places.max() + 1)[places]
    codewords = (chosen.T @ images.astype(np.float64)) / chosen.sum(axis=0)[:, None]
    return chosen, codewords, places


def sliced_w1(left: Images, right: Images, *, seed: int) -> float:
    """Return the mean W1 between projections of two distributions on random directions.

    Parameters
    ----------
    left, right : array, (n, 64) and (k n, 64)
        Samples; the number of the second is a multiple of that of the first.
    seed : int
        Seed of the directions.
    """
    directions = np.random.default_rng(seed).normal(size=(left.shape[1], _PROJECTIONS))
    directions /= np.linalg.norm(directions, axis=0)
    repeats = len(right) // len(left)
    first = np.repeat(np.sort(left @ directions, axis=0), repeats, axis=0)
    second = np.sort(right @ directions, axis=0)
    return float(np.abs(first - second).mean())


def _conditional(codes: Codes, images: Images, labels: Labels) -> tuple[float, ...]:
    """Return H(Z), H(S|Z), H(S'|Z) and the variance within codes, at one dither value."""
    _, places, sizes = np.unique(codes, return_inverse=True, return_counts=True)
    entropy = _entropy(sizes)
    label = _entropy(_tally(places * CLASSES + labels)) - entropy
    odd = _entropy(_tally(places * PARITIES + parity(labels))) - entropy
    means = np.zeros((len(sizes), images.shape[1]))
    np.add.at(means, places, images)
    means /= sizes[:, None]
    return entropy, label, odd, float(((images - means[places]) ** 2).sum(axis=1).mean())


def _tally(values: Codes) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = np.unique(values, return_counts=True)[1]
    return counts


def _entropy(counts: NDArray[np.int64]) -> float:
    """Return the entropy of frequencies in nats."""
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())
