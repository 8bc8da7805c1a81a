"""What a lesson shows: its readings and what its figure is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.formatting import figure
from dashboard.model.quantisers import FamiliesView
from dashboard.model.views import CurveBand, Floats


@dataclass(frozen=True)
class Reading:
    """A number that a lesson shows.

    Attributes
    ----------
    name : str
        Its name in the lesson's file.
    label, unit, below : str
        The label, the unit, and a line below the number.
    value : float
        The number, rounded to ``digits`` significant digits on the screen; 0 for a whole number.
    said : str
        What stands for it in a text; the number with its unit if empty.
    """

    name: str
    label: str
    value: float
    unit: str = ""
    below: str = ""
    digits: int = 4
    said: str = ""

    @property
    def shown(self) -> str:
        """The number as text."""
        if not self.digits:
            return f"{self.value:,.0f}".replace(",", " ")
        return figure(self.value if abs(self.value) > 1e-9 else 0.0, self.digits)

    @property
    def with_unit(self) -> str:
        """The number as text with its unit."""
        return f"{self.shown} {self.unit}".strip()


def texts(readings: Sequence[Reading]) -> dict[str, str]:
    """Return what a text says of each reading, by its name."""
    return {one.name: one.said or one.with_unit for one in readings}


@dataclass(frozen=True, eq=False)
class Water:
    """Reverse water-filling over independent Gaussian components.

    Attributes
    ----------
    names : tuple of str
        The components.
    variances : array, (L,)
        In unit².
    levels : array, (L,)
        The water level at each component, in unit².
    """

    names: tuple[str, ...]
    variances: Floats
    levels: Floats

    @property
    def distortions(self) -> Floats:
        """The distortion of each component: the smaller of its variance and the level, (L,)."""
        found: Floats = self.levels.clip(max=self.variances)
        return found


@dataclass(frozen=True, eq=False)
class Splits:
    """The codewords of the free codebook along D.

    Attributes
    ----------
    levels : array, (k,)
        D of each codeword, in the unit of the distortion, increasing.
    codewords, masses : arrays, (k,)
        The codewords in the unit of X, and their probabilities.
    """

    levels: Floats
    codewords: Floats
    masses: Floats


@dataclass(frozen=True, eq=False)
class LloydMax:
    """Lloyd–Max quantisers beside the bound.

    Attributes
    ----------
    plane : FamiliesView
        All families in the rate–distortion plane.
    counts : array of int, (q,)
        The number of codewords of each Lloyd–Max quantiser.
    lloyd : arrays, (q,)
        D in the unit of the distortion and H(Y) in bits: ``distortions`` and ``bits``.
    coded_bits : array, (q,)
        The least H(Y) of deterministic quantisers with time sharing at these D, in bits.
    lower_bits, upper_bits : arrays, (q,)
        Bounds on R(D) at these D, in bits.
    """

    plane: FamiliesView
    counts: NDArray[np.int64]
    distortions: Floats
    bits: Floats
    coded_bits: Floats
    lower_bits: Floats
    upper_bits: Floats


@dataclass(frozen=True, eq=False)
class Files:
    """Files of one quantiser for samples of different lengths.

    Attributes
    ----------
    symbols, size_bytes, header_bytes : arrays of int, (k,)
        The length of each sample, and the size of its file and of the file's header.
    distortions : array, (k,)
        The mean distortion of the decoded symbols, in the unit of the distortion.
    equal : array of bool, (k,)
        Whether decoding returned every symbol.
    entropy_bits, bound_bits : float
        H(Y), and a certified lower bound on R(D), bits per symbol.
    """

    symbols: NDArray[np.int64]
    size_bytes: NDArray[np.int64]
    header_bytes: NDArray[np.int64]
    distortions: Floats
    equal: NDArray[np.bool_]
    entropy_bits: float
    bound_bits: float

    @property
    def bits(self) -> Floats:
        """Bits per symbol of each file, (k,)."""
        found: Floats = 8.0 * self.size_bytes / self.symbols
        return found


@dataclass(frozen=True, eq=False)
class LabelCurve:
    """R(D, C) along the label level C at one D.

    Attributes
    ----------
    levels, closed_bits : arrays, (k,)
        C in bits, and the closed form in bits.
    at, rate_bits, gap_bits, price : float
        The current C in bits, the certified rate and its gap in bits, and the price of C in bits
        per bit.
    """

    levels: Floats
    closed_bits: Floats
    at: float
    rate_bits: float
    gap_bits: float
    price: float


@dataclass(frozen=True, eq=False)
class Recorded:
    """Recorded runs of a training, against the proof.

    Attributes
    ----------
    slopes : array, (k,)
        β of each run, in nats per unit².
    before_bits, after_bits : arrays, (k,)
        The proved excess of the channel over R(D), before and after training, in bits.
    at : float
        The chosen β.
    """

    slopes: Floats
    before_bits: Floats
    after_bits: Floats
    at: float


@dataclass(frozen=True, eq=False)
class Bracket:
    """Bounds on a rate after each number of iterations, and the rate.

    Attributes
    ----------
    iterations : array of int, (k,)
    lower_bits, upper_bits : arrays, (k,)
        The certified bounds, in bits.
    truth_bits : float
        The rate, certified to within ``gap_bits``.
    """

    iterations: NDArray[np.int64]
    lower_bits: Floats
    upper_bits: Floats
    truth_bits: float
    gap_bits: float


Picture = Water | Splits | LloydMax | Files | LabelCurve | Recorded | CurveBand


@dataclass(frozen=True, eq=False)
class LessonView:
    """The readings of a lesson at a position of its control, and what its figure shows."""

    readings: tuple[Reading, ...]
    picture: Picture
