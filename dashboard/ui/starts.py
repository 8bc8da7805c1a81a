"""The start settings of a source."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.formatting import rounded_up
from dashboard.model.presets import PRESETS, Distortion
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.model.views import Trouble
from dashboard.ui import queries

_SHARE, _PLANE_SHARE = 0.1, 0.3
"""The first D relative to the variance of a source without a preset, on a line and in a plane."""


@dataclass(frozen=True)
class Start:
    """The start settings of a source; levels in the unit of the distortion."""

    level: float
    subset: str
    subset_level: float
    distortion: Distortion


def start(spec: SourceSpec) -> Start:
    """Return the start settings: those of the preset, or levels relative to the variance.

    The level can be met with the codebook of the start.
    """
    if spec.kind in PRESETS:
        preset = PRESETS[spec.kind]
        return Start(preset.level, preset.subset, preset.subset_level, preset.distortion)
    built = queries.attempt(queries.source, spec)
    if isinstance(built, Trouble):
        return Start(1.0, "", 1.0, "squared_error")
    if spec.matrix:
        found = queries.attempt(queries.level_range, Setting(spec, distortion="matrix"))
        level = 1.0 if isinstance(found, Trouble) else between(found.smallest, found.largest)
        return Start(level, "", rounded_up(level / 2, 2), "matrix")
    share = _SHARE if built.dim == 1 else _PLANE_SHARE
    level = rounded_up(share * built.variance, 2)
    if spec.vectors:
        return Start(level, "", rounded_up(level / 2, 2), "squared_error")
    bounds = queries.attempt(queries.level_range, Setting(spec))
    if not isinstance(bounds, Trouble) and level < bounds.smallest:
        # The codebook cannot follow the outliers that make the variance: start where it can.
        level = between(bounds.smallest, bounds.largest)
    return Start(level, "", rounded_up(level / 2, 2), "squared_error")


def opening(spec: SourceSpec) -> ProblemSpec:
    """Return the start problem of a source."""
    first = start(spec)
    subsets = (Subset(first.subset, first.subset_level),) if first.subset else ()
    return ProblemSpec(Setting(spec, distortion=first.distortion, subsets=subsets), first.level)


def between(smallest: float, largest: float) -> float:
    """Return a round level well inside the useful range."""
    return rounded_up((max(smallest, 0.01 * largest) * largest) ** 0.5, 2)
