"""Real bits: entropy coding of what a quantiser says, in files that stand by themselves."""

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
