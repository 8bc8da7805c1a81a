"""Results about samples as the page shows them: plain values, information in bits."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.model.views import Floats


@dataclass(frozen=True, eq=False)
class SamplingView:
    """What other rows of the same kind would change.

    Attributes
    ----------
    rows : int
        Number of rows.
    effective : float
        Number of independent rows that say as much.
    error_bits, bias_bits : float
        Standard error and bias of the rate, bits.
    price_errors_bits, price_biases_bits : arrays, (F,)
        Of the price of D and of each subset's level, bits per unit of the distortion.
    method : str
        How the errors were found.
    """

    rows: int
    effective: float
    error_bits: float
    bias_bits: float
    price_errors_bits: Floats
    price_biases_bits: Floats
    method: str


@dataclass(frozen=True)
class BlocksView:
    """The rate of blocks of consecutive rows, in bits per row.

    Attributes
    ----------
    length : int
        Number of rows in a block.
    rate_bits, lower_bits, error_bits, ceiling_bits : float
        The upper bound, the lower bound for the merged blocks, the standard error, and what so many
        blocks can show at most.
    trusted : bool
        Whether there are enough blocks.
    scope : str
        To what the bounds apply.
    """

    length: int
    rate_bits: float
    lower_bits: float
    error_bits: float
    ceiling_bits: float
    trusted: bool
    scope: str


@dataclass(frozen=True)
class MemoryView:
    """What memory is worth: blocks of growing length, and estimates from the spectrum.

    Attributes
    ----------
    blocks : tuple of BlocksView
    spectra : tuple of (int, float)
        The length of the segments, and the estimated rate, bits per row.
    complete : bool
        Whether all lengths were solved; at a small D long blocks lie in too many cells.
    """

    blocks: tuple[BlocksView, ...]
    spectra: tuple[tuple[int, float], ...]
    complete: bool
