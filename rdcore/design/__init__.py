"""Design of codebooks, quantisers and deterministic encoders."""

from __future__ import annotations

from rdcore.design import annealing, codebook, quantisers, schedules, trellis

__all__ = ["annealing", "codebook", "quantisers", "schedules", "trellis"]
