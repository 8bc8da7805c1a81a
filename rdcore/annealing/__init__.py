"""Annealing towards deterministic encoders."""

from __future__ import annotations

from rdcore.annealing.encoders import Encoder, Mixture
from rdcore.annealing.results import Annealing, Stage
from rdcore.annealing.run import anneal, annealing

__all__ = ["Annealing", "Encoder", "Mixture", "Stage", "anneal", "annealing"]
