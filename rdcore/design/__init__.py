"""Design: codebooks, quantisers and deterministic encoders, and the schedules of annealing."""

from __future__ import annotations

from rdcore.design import annealing, codebook, quantisers, schedules

__all__ = ["annealing", "codebook", "quantisers", "schedules"]
