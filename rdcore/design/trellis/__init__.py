"""Trellis-coded quantisers: trellises, the Viterbi algorithm, and design for any levels."""

from __future__ import annotations

from rdcore.design.trellis.design import trellis_quantiser
from rdcore.design.trellis.levels import Coding
from rdcore.design.trellis.quantiser import TrellisQuantiser
from rdcore.design.trellis.states import Trellis
from rdcore.design.trellis.words import Words

__all__ = ["Coding", "Trellis", "TrellisQuantiser", "Words", "trellis_quantiser"]
