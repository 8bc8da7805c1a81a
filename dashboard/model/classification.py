"""Specs and views of classification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

import rdcore as rd
from dashboard.formatting import LN2
from dashboard.model.specs import SourceSpec, SpecError
from dashboard.model.views import Floats
from rdcore import classification
from rdcore.classification import Labelled, Task, labels

Kind = Literal["digits", "side", "bit", "parity"]
Measure = Literal["tv", "w1", "w2"]


MOST_OWN_CODEWORDS = 200
MOST_ATOMS = 700
IN_USE = 1e-6


@dataclass(frozen=True)
class LabelSpec:
    """A source with a label.

    Attributes
    ----------
    kind : str
        Digits; which side of a value the sidebar's source is on; a noisy bit; parity.
    source : SourceSpec
        The sidebar's, for "side"; its first preset else.
    numbers : tuple of float
        What shapes it: prototypes; value and steepness; p and e; how many numbers.
    """

    kind: Kind
    source: SourceSpec
    numbers: tuple[float, ...]

    def labelled(self) -> Labelled:
        """Build it.

        Raises
        ------
        SpecError
            If the source has too many atoms.
        """
        if self.kind == "digits":
            return labels.digits(int(self.numbers[0]))
        if self.kind == "bit":
            return labels.binary_symmetric(*self.numbers)
        if self.kind == "parity":
            return labels.parity(int(self.numbers[0]))
        source = self.source.source()
        if source.n > MOST_ATOMS:
            raise SpecError(
                f"This source has {source.n} atoms; up to {MOST_ATOMS} would do on this page."
            )
        value, steepness = self.numbers
        right = 1 / (1 + np.exp(-np.clip(steepness * (source.points[:, 0] - value), -700, 700)))
        return Labelled(source, np.stack([1 - right, right], axis=1), ("below", "above"))

    @property
    def hamming(self) -> bool:
        """Whether distortion is how often x and y differ."""
        return self.kind == "bit"

    @property
    def unit(self) -> str:
        """Unit of D."""
        return {"bit": "error", "digits": "grey²", "parity": "unit²", "side": "unit²"}[self.kind]


@dataclass(frozen=True)
class ClassSpec:
    """A source with a label, and what is asked: D in its unit, C in bits."""

    label: LabelSpec
    level: float
    bits: float

    def task(self) -> Task:
        """Build what rdcore solves."""
        return task_of(self.label.labelled(), self.label.hamming, self.level, self.bits)


@dataclass(frozen=True, eq=False)
class ClassesView:
    """R(D, C) and what reaches it.

    Attributes
    ----------
    lower_bits, upper_bits : float
        Certified bounds over every law of the label.
    scope, ended : str
        What the lower bound ranges over, and how the solver ended.
    level, left_bits : float
        D and H(S|X̂) that are reached.
    price_bits, label_price : float
        Bits per unit of D, and per bit of C.
    words, masses : arrays, (m, d) and (m,)
        Reproductions in use, the likeliest first.
    laws : array, (m, |S|)
        P(S = s | reproduction).
    plain_bits : (float, float)
        Certified bounds on R(D, ∞).
    told_bits : (float, float)
        On R(∞, C).
    fixed_bits : float
        Rate of the best channel found whose reproductions carry nothing but themselves; ∞ if none
        was found.
    """

    lower_bits: float
    upper_bits: float
    scope: str
    ended: str
    level: float
    left_bits: float
    price_bits: float
    label_price: float
    words: Floats
    masses: Floats
    laws: Floats
    plain_bits: tuple[float, float]
    told_bits: tuple[float, float]
    fixed_bits: float

    @property
    def sure(self) -> float:
        """How often the likeliest label is the true one."""
        return float(self.masses @ self.laws.max(axis=1) / self.masses.sum())


@dataclass(frozen=True, eq=False)
class PenaltyView:
    """The two demands for which one encoder costs most: (D, ∞) and (∞, C), and its bounds."""

    level: float
    bits: float
    each_bits: float
    universal_bits: float
    lower_bits: float
    upper_bits: float


@dataclass(frozen=True, eq=False)
class PerceptionView:
    """R(D, P) along P at one D, certified.

    Attributes
    ----------
    levels, lower_bits, upper_bits, price_bits : arrays, (L,)
        P, the bounds, and the price of P.
    free_bits : float
        R(D) with no demand on the law of the reproduction.
    reached : float
        Divergence of the law at that rate.
    """

    levels: Floats
    lower_bits: Floats
    upper_bits: Floats
    price_bits: Floats
    free_bits: float
    reached: float


def task_of(both: Labelled, hamming: bool, level: float, bits: float) -> Task:
    """Return the question for a source with a label."""
    source = both.source
    words = source.atoms
    if source.n > MOST_OWN_CODEWORDS:
        words = rd.sources.grid_codebook(source, 49)
    distortion: Literal["hamming", "squared_error"] = "hamming" if hamming else "squared_error"
    return classification.task(source, both.posterior, level, bits * LN2, distortion, words)
