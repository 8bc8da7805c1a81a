"""From the settings of a lesson to the problem that the pages would show for them."""

from __future__ import annotations

from dashboard.model.presets import PRESETS
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.model.state import State


def problem(state: State) -> ProblemSpec:
    """Return the problem of a preset source with its own codebook and at most one subset."""
    kind = str(state.get("source"))
    preset = PRESETS[kind]
    knobs = tuple(float(state.get(f"{kind}_{knob.key}") or 0.0) for knob in preset.knobs)
    subsets: tuple[Subset, ...] = ()
    if state.get("subset"):
        text, level = state.get("S"), state.get("Ds")
        subsets = (
            Subset(
                preset.subset if text is None else str(text),
                preset.subset_level if level is None else float(level),
            ),
        )
    found = state.get("D")
    setting = Setting(SourceSpec(kind, knobs), distortion=preset.distortion, subsets=subsets)
    return ProblemSpec(setting, preset.level if found is None else float(found))
