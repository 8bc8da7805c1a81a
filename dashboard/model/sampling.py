"""Results about samples as the page shows them: plain values, information in bits."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.formatting import figure
from dashboard.model.views import Floats

# A saving below so many standard errors may be chance.
_SURE = 2.0
# Blocks within this share of the estimate from the spectrum are long enough.
_NEAR = 0.05


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

    @property
    def sentence(self) -> str:
        """What memory is worth for these rows, in Markdown; "" until two lengths are solved."""
        trusted = [one for one in self.blocks if one.trusted]
        if len(trusted) < 2 or trusted[0].length > 1:
            return ""
        single, last = trusted[0], trusted[-1]
        saved = single.rate_bits - last.rate_bits
        if saved < _SURE * max(single.error_bits, last.error_bits):
            return f"In blocks of {last.length} memory saves nothing that these rows can show."
        share = 100 * saved / single.rate_bits
        return (
            f"**Memory saves {figure(saved, 3)} bits per row** in blocks of {last.length},"
            f" {figure(share, 2)} % of the {figure(single.rate_bits)} bits of rows coded one by"
            f" one.{self._further(last)}"
        )

    def _further(self, last: BlocksView) -> str:
        """Say that longer blocks save more, where the spectrum is clearly below the last block."""
        limit = max(rate for _, rate in self.spectra)
        if last.rate_bits - limit < max(_SURE * last.error_bits, _NEAR * limit):
            return ""
        return (
            " Longer blocks save more: for Gaussian rows the rate falls towards the estimate from"
            f" the spectrum, {figure(limit, 3)} bits."
        )
