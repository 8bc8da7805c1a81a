"""Specs and views of codecs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dashboard.model.learning import History
from dashboard.model.views import Floats

Data = Literal["photographs", "digits", "own"]


Method = Literal["dco", "beta", "hinge"]


Recipe = Literal["settled", "unnormalised", "naive"]


Picture = NDArray[np.uint8]

SHOWN_SIDE = 192
"""The largest side in pixels of the held-out pictures that are coded and shown."""

TWO_LABELS = ((0.0, 0.0), (0.015, 0.0), (0.0, 0.06), (0.015, 0.06), (0.06, 0.06))
"""The weights of the digit and of its parity in a sweep with two labels."""


@dataclass(frozen=True)
class CodecSpec:
    """A training run of a codec.

    Attributes
    ----------
    data : str
        Photographs, digits or own pictures.
    target : float
        The distortion target c, in squared pixel values.
    method : str
        "dco", "beta" or "hinge".
    weight : float
        β of a β-VAE, the hinge's λ; unused by "dco".
    channels, steps, seed : int
    recipe : str
        "settled"; "unnormalised" for the constraint D - c; or "naive": the schedule of van
        Rozendaal et al. (2020).
    pictures : tuple of str
        Digests of own pictures.
    """

    data: Data = "photographs"
    target: float = 200.0
    method: Method = "dco"
    weight: float = 1.0
    channels: int = 4
    steps: int = 5000
    seed: int = 0
    recipe: Recipe = "settled"
    pictures: tuple[str, ...] = ()

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of rdcore's settings."""
        given: dict[str, Any] = {"beta": self.weight} if self.method == "beta" else {}
        given |= {"hinge_weight": self.weight} if self.method == "hinge" else {}
        return {
            "data": self.data,
            "target": self.target,
            "method": self.method,
            "channels": self.channels,
            "steps": self.steps,
            "seed": self.seed,
            "recipe": self.recipe,
            "every": max(1, self.steps // 100),
            **given,
        }

    def settings(self) -> Any:
        """Return the settings of rdcore's run."""
        from rdcore.learned.constrained import CodecSettings

        return CodecSettings(**self.arguments())


@dataclass(frozen=True, eq=False)
class CodecView:
    """A trained codec and its results on held-out pictures.

    Attributes
    ----------
    history : History
        ``rate_bpp``, ``mse`` and ``lambda`` along the training.
    training, held_out : (float, float)
        Bits per pixel and squared error on the training data and on held-out data.
    multiplier, variation : float
        λ at the end, and its relative variation in the last tenth of the training.
    verdict : str
        "met", "missed", "not yet tight", "below target" or "unreachable".
    originals, decoded : tuples of arrays of uint8, (h, w)
        Pictures, and what another process decoded from the file.
    shown : tuple of (float, float)
        Bits per pixel and squared error of each.
    file_bytes, coded_bytes : int
        Size of the file, and of its entropy-coded part.
    estimated_bits : float
        Size of the entropy-coded part according to the prior.
    equal : bool
        Whether both processes decoded to the same pixels.
    blob : array of uint8
        The file.
    """

    history: History
    training: tuple[float, float]
    held_out: tuple[float, float]
    multiplier: float
    variation: float
    verdict: str
    originals: tuple[Picture, ...]
    decoded: tuple[Picture, ...]
    shown: tuple[tuple[float, float], ...]
    file_bytes: int
    coded_bytes: int
    estimated_bits: float
    equal: bool
    blob: Picture


@dataclass(frozen=True)
class UniversalSpec:
    """A sweep of universal codecs on digits.

    Attributes
    ----------
    dimensions, levels : int
        d values of L levels each.
    perception : float
        Weight of the critic in every trade-off; 0 for none.
    steps, seed : int
    two_labels : bool
        Whether the parity of the digit is a second label.
    alternating : bool
        Whether classifier and critic move after encoder and decoder, not together with them.
    """

    dimensions: int = 4
    levels: int = 4
    perception: float = 0.0
    steps: int = 2000
    seed: int = 0
    two_labels: bool = False
    alternating: bool = False

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of rdcore's settings, without the trade-offs."""
        frozen: dict[str, Any] = {"frozen_from": (2, 3)} if self.two_labels else {}
        return {
            **frozen,
            "dimensions": self.dimensions,
            "levels": self.levels,
            "steps": self.steps,
            "seed": self.seed,
            "alternating": self.alternating,
            "restarts": 3 if self.dimensions * np.log2(self.levels) < 6 else 1,
        }

    def settings(self) -> Any:
        """Return the settings of rdcore's sweep."""
        from rdcore.learned.universal import UniversalSettings, weighted

        weights = [one.classification for one in UniversalSettings().trade_offs]
        parity = [0.0]
        if self.two_labels:
            weights, parity = (list(each) for each in zip(*TWO_LABELS, strict=True))
        return UniversalSettings(
            trade_offs=weighted(weights, (self.perception,), parity), **self.arguments()
        )

    def names(self) -> tuple[str, ...]:
        """Return the name of each trade-off by its weights."""
        return tuple(
            f"λ_c = {one.classification:g}"
            + (f", λ_c′ = {one.parity:g}" if self.two_labels else "")
            for one in self.settings().trade_offs
        )


@dataclass(frozen=True, eq=False)
class CodecGroup:
    """Codecs of one kind over the trade-offs: end to end, or with one frozen encoder.

    Attributes
    ----------
    name : str
    encoder : int
        Index of the trade-off of the frozen encoder; -1 for end to end.
    mse, accuracy, cross_entropy, w1, parity : arrays, (T,)
        Mean squared error per pixel; accuracy of the evaluating classifier; its cross-entropy in
        nats; sliced Wasserstein-1 distance; its accuracy on whether the digit is odd.
    """

    name: str
    encoder: int
    mse: Floats
    accuracy: Floats
    cross_entropy: Floats
    w1: Floats
    parity: Floats


@dataclass(frozen=True, eq=False)
class UniversalView:
    """A sweep, and certified values for its codes.

    Attributes
    ----------
    names : tuple of str, (T,)
        The weights of each trade-off.
    groups : tuple of CodecGroup
        End to end first.
    entropies, left_bits, parity_left_bits : arrays, (T,)
        H(Z), H(S|Z) and H(S′|Z) of each encoder's code on held-out images, bits; S′ is the parity.
    judge : float
        Accuracy of the evaluating classifier on held-out originals.
    certified : array, (T, 2)
        Bounds on the minimum rate with the same codewords at the code's own D and C, and C′ with
        two labels, bits.
    own : array, (T,)
        The rate of the code itself, bits.
    originals, labels : arrays, (k, 64) and (k,)
    reconstructions : array, (G, T, k, 64)
        By the codecs of each group.
    history : History
    """

    names: tuple[str, ...]
    groups: tuple[CodecGroup, ...]
    entropies: Floats
    left_bits: Floats
    parity_left_bits: Floats
    judge: float
    certified: Floats
    own: Floats
    originals: Floats
    labels: NDArray[np.int64]
    reconstructions: Floats
    history: History
