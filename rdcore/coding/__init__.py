"""Entropy coding of quantised samples to self-contained files."""

from __future__ import annotations

from rdcore.coding.container import MOST_SYMBOLS, Decoded, decompress, pack, unpack
from rdcore.coding.model import PRECISION, Coder, frequencies
from rdcore.coding.streams import Trial, compress, trial
from rdcore.coding.trellis_codes import TrellisCode, trellis

__all__ = [
    "MOST_SYMBOLS",
    "PRECISION",
    "Coder",
    "Decoded",
    "TrellisCode",
    "Trial",
    "compress",
    "decompress",
    "frequencies",
    "pack",
    "trellis",
    "trial",
    "unpack",
]
