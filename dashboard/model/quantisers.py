"""Specs and views of quantisers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.model.views import Floats

MOST_SYMBOLS = 2_000_000


@dataclass(frozen=True, eq=False)
class Family:
    """Quantisers of one kind: distortion and H(Y) in bits, (Q,) each; a hull is drawn as a line."""

    name: str
    distortions: Floats
    bits: Floats
    look: str
    line: bool = False


@dataclass(frozen=True, eq=False)
class Candidate:
    """One quantiser for the given levels.

    Attributes
    ----------
    name : str
        Its kind.
    bits : float
        H(Y), bits per symbol.
    distortions : array, (F,)
        Distortion of each fidelity, in the unit of its level.
    met : bool
        Whether every level is met.
    codebook, assignment : arrays, (m, d) and (n,)
        The quantiser itself; empty for time sharing.
    """

    name: str
    bits: float
    distortions: Floats
    met: bool
    codebook: Floats
    assignment: NDArray[np.int64]

    @property
    def m(self) -> int:
        """Number of codewords."""
        return len(self.codebook)


@dataclass(frozen=True, eq=False)
class Design:
    """The codewords (m, d) of a quantiser, and the place of each atom's, (n,)."""

    codewords: Floats
    assignment: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class FamiliesView:
    """What quantisers have at any level of D, with the bound for the free codebook.

    Attributes
    ----------
    families : tuple of Family
        By kind.
    levels, lower_bits, upper_bits : arrays, (L,)
        Levels of D, and certified bounds on R(D) for the free codebook without a subset.
    lloyd, uniform, coded : tuple of Design
        The quantisers themselves; of Lloyd–Max and entropy-coded ones in the plane alone, as on a
        line they are found again at once.
    """

    families: tuple[Family, ...]
    levels: Floats
    lower_bits: Floats
    upper_bits: Floats
    lloyd: tuple[Design, ...] = ()
    uniform: tuple[Design, ...] = ()
    coded: tuple[Design, ...] = ()


@dataclass(frozen=True, eq=False)
class MetView:
    """Quantisers that meet every level.

    Attributes
    ----------
    candidates : tuple of Candidate
        Of each kind, the one with the smallest H(Y) that meets every level.
    bound_bits : float
        Certified lower bound on the rate of every channel at the levels.
    missing : tuple of str
        The kinds of which none was found that meets the levels.
    """

    candidates: tuple[Candidate, ...]
    bound_bits: float
    missing: tuple[str, ...] = ()

    def gap_bits(self, one: Candidate) -> float:
        """Return the bits per symbol of a candidate above the bound."""
        return max(one.bits - self.bound_bits, 0.0)


@dataclass(frozen=True, eq=False)
class CodedView:
    """The result of coding a sample.

    Attributes
    ----------
    symbols, size_bytes, header_bytes : int
        Number of symbols, and bytes of the file and of its header.
    entropy_bits, ideal_bits : float
        H(Y), and -log₂ of the sample's own probability, per symbol.
    equal : bool
        Whether decoding returned every symbol.
    encode_seconds, decode_seconds : float
        Time of the coder alone.
    blob : array of uint8
        The file.
    distortions : array, (F,)
        What the decoded sample has of each fidelity, in the unit of its level; nan for a subset
        without a symbol in the sample.
    """

    symbols: int
    size_bytes: int
    header_bytes: int
    entropy_bits: float
    ideal_bits: float
    equal: bool
    encode_seconds: float
    decode_seconds: float
    blob: NDArray[np.uint8]
    distortions: Floats


@dataclass(frozen=True, eq=False)
class HalvesRow:
    """A quantiser that is designed on one half of the rows and tested on the other.

    Attributes
    ----------
    name : str
        Its kind.
    bits, other_bits : float
        H(Y) on the rows of the design, and on the other rows the bits of a code for the
        probabilities of the design, per row. Of a trellis code, the bits of its words on both.
    reached, other_reached : arrays, (F,)
        Distortion of each fidelity on both, in the unit of its level.
    """

    name: str
    bits: float
    reached: Floats
    other_bits: float
    other_reached: Floats


@dataclass(frozen=True, eq=False)
class HalvesView:
    """Quantisers on the rows of their design and on others.

    Attributes
    ----------
    found : tuple of HalvesRow
        Of each kind, the one with the smallest H(Y) that meets every level at the design.
    rows, other_rows : int
        Number of rows of the design, and of others.
    bound_bits, other_bound_bits : float
        Certified lower bounds on the rate of every code that meets the levels on those rows.
    """

    found: tuple[HalvesRow, ...]
    rows: int
    other_rows: int
    bound_bits: float
    other_bound_bits: float
