"""Annealing towards deterministic encoders."""

from __future__ import annotations

from rdcore.design.annealing.encoders import Encoder, Mixture
from rdcore.design.annealing.results import Annealing, Stage
from rdcore.design.annealing.run import anneal, annealing

__all__ = ["Annealing", "Encoder", "Mixture", "Stage", "anneal", "annealing"]
