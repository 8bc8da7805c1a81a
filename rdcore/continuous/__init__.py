"""Certified bounds on the rate of a continuous source from a discretised one."""

from __future__ import annotations

from rdcore.continuous.bounding import ContinuousBounds, ContinuousCurve, bounds, curve

__all__ = ["ContinuousBounds", "ContinuousCurve", "bounds", "curve"]
