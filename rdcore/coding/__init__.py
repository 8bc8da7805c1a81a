"""Entropy coding of quantised samples to self-contained files."""

from __future__ import annotations

from rdcore.coding.container import MOST_SYMBOLS, Decoded, decompress, pack, unpack
from rdcore.coding.model import PRECISION, Coder, frequencies
from rdcore.coding.streams import Trial, compress, trial

__all__ = [
    "MOST_SYMBOLS",
    "PRECISION",
    "Coder",
    "Decoded",
    "Trial",
    "compress",
    "decompress",
    "frequencies",
    "pack",
    "trial",
    "unpack",
]
