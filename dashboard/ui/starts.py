"""The start settings of a source."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.formatting import as_markdown, rounded_up
from dashboard.model import wording
from dashboard.model.fields import FOLLOW_SOURCE
from dashboard.model.presets import PRESETS, Distortion
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.model.views import Trouble
from dashboard.ui import queries, state

_SHARE, _PLANE_SHARE = 0.1, 0.3
"""The first D relative to the variance of a source without a preset, on a line and in a plane."""
_OTHERS = tuple(name for name in FOLLOW_SOURCE if name != state.CODEBOOK)
_WITHIN = "inside the range that the codebook can meet"


@dataclass(frozen=True)
class Start:
    """The start settings of a source; levels in the unit of the distortion.

    ``why`` says how D was chosen; "" for a preset.
    """

    level: float
    subset: str
    subset_level: float
    distortion: Distortion
    why: str = ""


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
        return Start(level, "", rounded_up(level / 2, 2), "matrix", _WITHIN)
    share = _SHARE if built.dim == 1 else _PLANE_SHARE
    level = rounded_up(share * built.variance, 2)
    why = f"{100 * share:.0f} % of the variance"
    if spec.vectors:
        return Start(level, "", rounded_up(level / 2, 2), "squared_error", why)
    bounds = queries.attempt(queries.level_range, Setting(spec))
    if not isinstance(bounds, Trouble) and level < bounds.smallest:
        # The codebook cannot follow the outliers that make the variance: start where it can.
        level, why = between(bounds.smallest, bounds.largest), _WITHIN
    return Start(level, "", rounded_up(level / 2, 2), "squared_error", why)


def opening(spec: SourceSpec) -> ProblemSpec:
    """Return the start problem of a source."""
    first = start(spec)
    subsets = (Subset(first.subset, first.subset_level),) if first.subset else ()
    return ProblemSpec(Setting(spec, distortion=first.distortion, subsets=subsets), first.level)


def sentence(spec: SourceSpec) -> str:
    """Say with what a new file starts, and why; "" once the user has set something else."""
    kept = state.current().values
    if kept.get(state.CODEBOOK) != "best" or any(name in kept for name in _OTHERS):
        return ""
    first = start(spec)
    if not first.why:
        return ""
    setting = Setting(spec, distortion=first.distortion)
    level = wording.said(queries.scale(setting), first.level)
    chooses = setting.free and not spec.vectors
    return (
        f"A new file starts with **D = {as_markdown(level)}** ({first.why}), without a subset and"
        f" its D′{', and with the best codebook' if chooses else ''}, since what was set before was"
        " for other data."
    )


def between(smallest: float, largest: float) -> float:
    """Return a round level well inside the useful range."""
    return rounded_up((max(smallest, 0.01 * largest) * largest) ** 0.5, 2)
