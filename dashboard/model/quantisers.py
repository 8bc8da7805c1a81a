"""Specs and views of quantisers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.model.views import Floats

MOST_SYMBOLS = 2_000_000


@dataclass(frozen=True, eq=False)
class Family:
    """Quantisers of one kind: distortion and bits of each, (Q,); a hull is drawn as a line."""

    name: str
    distortions: Floats
    bits: Floats
    look: str
    line: bool = False


@dataclass(frozen=True, eq=False)
class Candidate:
    """One quantiser at the levels asked for.

    Attributes
    ----------
    name : str
        Its kind.
    bits : float
        H(Y).
    distortions : array, (F,)
        Distortion of each fidelity.
    met : bool
        Whether every level is met.
    codebook, assignment : arrays, (m, d) and (n,)
        The quantiser itself; empty where several take turns.
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
class QuantisersView:
    """Quantisers in the plane of rate and distortion, over the bound on every codebook.

    Attributes
    ----------
    families : tuple of Family
        By kind.
    candidates : tuple of Candidate
        The cheapest of each kind that D allows.
    levels, lower_bits, upper_bits : arrays, (L,)
        R(D) lies between, whatever the codebook, with no subset held.
    bound_bits : float
        No channel at the levels asked for has a smaller rate: certified.
    """

    families: tuple[Family, ...]
    candidates: tuple[Candidate, ...]
    levels: Floats
    lower_bits: Floats
    upper_bits: Floats
    bound_bits: float


@dataclass(frozen=True, eq=False)
class CodedView:
    """What coding a sample came to.

    Attributes
    ----------
    symbols, size_bytes, header_bytes : int
        How many symbols, and bytes of the file and of its header.
    entropy_bits, ideal_bits : float
        H(Y), and -log₂ of the sample's own probability, per symbol.
    equal : bool
        Whether decoding gave back every symbol.
    encode_seconds, decode_seconds : float
        Of the coder alone.
    blob : array of uint8
        The file.
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
