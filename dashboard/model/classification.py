"""Specs and views of classification."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

import rdcore as rd
from dashboard.formatting import LN2
from dashboard.model.codebooks import SpecError
from dashboard.model.specs import SourceSpec
from dashboard.model.views import Floats
from rdcore.tables import units

LabelKind = Literal["digits", "side", "bit", "parity"]
Divergence = Literal["tv", "w1", "w2"]


MOST_OWN_CODEWORDS = 200
MOST_ATOMS = 700
IN_USE = 1e-6
MOST_DEMANDS = 6
GAUSSIAN_CELL = 0.02
"""The resolution of a Gaussian label, in standard deviations."""


@dataclass(frozen=True)
class LabelSpec:
    """A source with a label.

    Attributes
    ----------
    kind : str
        Digits; whether the sidebar's source is above a value; a noisy bit; parity.
    source : SourceSpec
        The sidebar's source for "side"; otherwise the first preset.
    numbers : tuple of float
        Parameters: prototypes; threshold and steepness; p and e; number of values.
    """

    kind: LabelKind
    source: SourceSpec
    numbers: tuple[float, ...]

    def labelled(self) -> rd.classification.Labelled:
        """Build it.

        Raises
        ------
        SpecError
            If the source has too many atoms.
        """
        if self.kind == "digits":
            return rd.classification.labels.digits(int(self.numbers[0]))
        if self.kind == "bit":
            return rd.classification.labels.binary_symmetric(*self.numbers)
        if self.kind == "parity":
            return rd.classification.labels.parity(int(self.numbers[0]))
        if self.source.vectors:
            raise SpecError(
                f"The sidebar’s source has {len(self.source.labels)} columns; a label is for a"
                " source in one or two."
            )
        source = self.source.source()
        if source.n > MOST_ATOMS:
            raise SpecError(
                f"This source has {source.n} atoms; use at most {MOST_ATOMS} on this page."
            )
        value, steepness = self.numbers
        right = 1 / (1 + np.exp(-np.clip(steepness * (source.points[:, 0] - value), -700, 700)))
        return rd.classification.Labelled(
            source, np.stack([1 - right, right], axis=1), ("below", "above")
        )

    @property
    def hamming(self) -> bool:
        """Whether the distortion is the error probability."""
        return self.kind == "bit"

    @property
    def unit(self) -> str:
        """Unit of D."""
        if self.kind == "side":
            return units.squared(self.source.unit)
        return {"bit": "error", "digits": "grey²"}.get(self.kind, "unit²")


@dataclass(frozen=True)
class ClassSpec:
    """A source with a label, and the levels: D in its unit and C in bits."""

    label: LabelSpec
    level: float
    label_level_bits: float

    def task(self) -> rd.classification.Task:
        """Build the task for rdcore."""
        return task_of(self.label.labelled(), self.label.hamming, self.level, self.label_level_bits)


@dataclass(frozen=True, eq=False)
class ClassesView:
    """R(D, C) and the channel that achieves it.

    Attributes
    ----------
    lower_bits, upper_bits : float
        Certified bounds on R(D, C), over all distributions of the label.
    scope, ended : str
        The scope of the lower bound, and the status of the solver.
    level, uncertainty_bits : float
        The distortion and H(S|X̂) of the channel.
    price_bits, label_price_bits : float
        Price of D in bits per unit of D, and of C in bits per bit.
    codewords, masses : arrays, (m, d) and (m,)
        Reproductions in use and their probabilities, the most probable first.
    posteriors : array, (m, |S|)
        P(S = s | reproduction).
    distortion_only_bits : (float, float)
        Certified bounds on R(D, ∞).
    label_only_bits : (float, float)
        Certified bounds on R(∞, C).
    unlabelled_bits : float
        Rate of the best channel found with reproductions that carry no label; ∞ if none was
        found.
    """

    lower_bits: float
    upper_bits: float
    scope: str
    ended: str
    level: float
    uncertainty_bits: float
    price_bits: float
    label_price_bits: float
    codewords: Floats
    masses: Floats
    posteriors: Floats
    distortion_only_bits: tuple[float, float]
    label_only_bits: tuple[float, float]
    unlabelled_bits: float

    @property
    def accuracy(self) -> float:
        """Probability that the most probable label is the true one."""
        return float(self.masses @ self.posteriors.max(axis=1) / self.masses.sum())


@dataclass(frozen=True, eq=False)
class PenaltyView:
    """The largest universality penalty found, for the two demands (D, ∞) and (∞, C).

    Attributes
    ----------
    level, label_level_bits : float
        D in its unit, and C in bits.
    each_bits, universal_bits : float
        The larger rate of the two demands alone, and the rate of one encoder for both.
    lower_bits, upper_bits : float
        Certified bounds on the penalty.
    """

    level: float
    label_level_bits: float
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
        P in the unit of the divergence, the bounds, and the price of P per that unit.
    free_bits : float
        R(D) without a perception constraint.
    reached : float
        Divergence at that rate.
    """

    levels: Floats
    lower_bits: Floats
    upper_bits: Floats
    price_bits: Floats
    free_bits: float
    reached: float


@dataclass(frozen=True, eq=False)
class DemandsView:
    """One encoder for several demands.

    Attributes
    ----------
    pairs : tuple of (float, float)
        Each (D, C), C in bits; ∞ for no limit.
    each_bits : tuple of (float, float)
        Bounds on R(D, C) of each pair, bits.
    universal_bits, penalty_bits : (float, float)
        Bounds on R(Θ) and on A(Θ), bits.
    """

    pairs: tuple[tuple[float, float], ...]
    each_bits: tuple[tuple[float, float], ...]
    universal_bits: tuple[float, float]
    penalty_bits: tuple[float, float]


def demands(text: str) -> tuple[tuple[float, float], ...]:
    """Read pairs (D, C) such as ``0.3, 1.2; ∞, 0.5``; "∞", "inf" or nothing for no limit.

    Raises
    ------
    SpecError
        If a pair cannot be read.
    """
    found = []
    for part in filter(None, (one.strip() for one in text.split(";"))):
        cells = [cell.strip() for cell in part.strip("()").split(",")]
        if len(cells) != 2:
            raise SpecError(f"“{part}” must be D, C with a comma between them.")
        found.append((_limit(cells[0], part), _limit(cells[1], part)))
    if len(found) > MOST_DEMANDS:
        raise SpecError(f"{len(found)} pairs are given; use at most {MOST_DEMANDS}.")
    return tuple(found)


def _limit(cell: str, part: str) -> float:
    if cell.lower() in ("", "∞", "inf"):
        return float("inf")
    try:
        value = float(cell.replace("−", "-"))
    except ValueError:
        raise SpecError(f"“{cell}” in “{part}” must be a number, or ∞ for no limit.") from None
    if not np.isfinite(value):
        raise SpecError(f"“{cell}” in “{part}” must be a number, or ∞ for no limit.")
    return value


def task_of(
    both: rd.classification.Labelled, hamming: bool, level: float, bits: float
) -> rd.classification.Task:
    """Return the task for a source with a label; ``bits`` is the label level C."""
    source = both.source
    codewords = source.atoms
    if source.n > MOST_OWN_CODEWORDS:
        codewords = rd.sources.grid_codebook(source, 49)
    distortion: Literal["hamming", "squared_error"] = "hamming" if hamming else "squared_error"
    task = rd.classification.task(source, both.posterior, level, bits * LN2, distortion, codewords)
    return replace(task, unit="bits")
