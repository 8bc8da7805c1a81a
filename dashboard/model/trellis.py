"""Views of trellis codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.model.views import Floats

STATES = (8, 32, 256)


@dataclass(frozen=True, eq=False)
class TrellisRow:
    """A trellis code and a file that it wrote.

    Attributes
    ----------
    states : int
        Number of states.
    bits : float
        Bits per symbol of the file, with its header.
    size_bytes, symbols : int
        Size of the file and number of coded symbols.
    distortions : array, (F,)
        What the decoded symbols have of each fidelity, in the unit of its level; nan for a subset
        without a symbol in the sample.
    met : bool
        Whether every level is met on the decoded symbols.
    codewords : int
        Number of different codewords.
    blob, as_json, as_npz, as_python : arrays of uint8
        The file, and the code in three formats.
    """

    states: int
    bits: float
    size_bytes: int
    symbols: int
    distortions: Floats
    met: bool
    codewords: int
    blob: NDArray[np.uint8]
    as_json: NDArray[np.uint8]
    as_npz: NDArray[np.uint8]
    as_python: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class TrellisView:
    """Trellis codes by their number of states, and the bound.

    Attributes
    ----------
    rows : tuple of TrellisRow
        Those that are designed.
    bound_bits : float
        Certified lower bound on the rate of every code at the given levels, bits per symbol.
    """

    rows: tuple[TrellisRow, ...]
    bound_bits: float

    def gap_bits(self, row: TrellisRow) -> float:
        """Return the bits per symbol of a file above the bound."""
        return max(row.bits - self.bound_bits, 0.0)
