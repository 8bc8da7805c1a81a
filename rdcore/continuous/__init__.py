"""Continuous sources: what a discretised source proves about the one it stands for."""

from __future__ import annotations

from rdcore.continuous.bounding import ContinuousBounds, ContinuousCurve, bounds, curve

__all__ = ["ContinuousBounds", "ContinuousCurve", "bounds", "curve"]
