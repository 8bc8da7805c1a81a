"""The source picker of all pages: presets, or an uploaded file."""

from __future__ import annotations

import streamlit as st

from dashboard.model.presets import FIRST, LABELS, OWN, PRESETS
from dashboard.model.specs import SourceSpec
from dashboard.model.views import Trouble
from dashboard.ui import inputs, last, queries, state
from dashboard.ui.metrics import explained
from dashboard.ui.sidebar import own_file


def source() -> SourceSpec:
    """Draw the picker in the sidebar and return the source to show."""
    with st.sidebar:
        kind = inputs.select(
            state.SOURCE, "Source, or your own data", LABELS, help=explained("source", "atom")
        )
        spec = own_file.own() if kind == OWN else _preset(kind if kind in PRESETS else FIRST)
        if spec is not None:
            built = queries.attempt(queries.source, spec)
            if not isinstance(built, Trouble):
                last.keep_source(spec)
                return spec
            st.error(built.markdown)
        kept = last.source()
        shown = LABELS[kept.kind] if kept.kind != OWN else "the previous file"
        st.caption(f"The page shows **{shown}** in the meantime.")
        return kept


def _preset(kind: str) -> SourceSpec:
    preset = PRESETS[kind]
    st.caption(preset.sentence)
    if not preset.knobs:
        return SourceSpec(kind)
    values = []
    for column, knob in zip(st.columns(len(preset.knobs), wrap=False), preset.knobs, strict=True):
        whole = knob.key == "atoms"
        with column:
            name = f"{kind}_{knob.key}"
            values.append(
                float(inputs.whole(name, knob.label))
                if whole
                else inputs.number(name, knob.label, format="%.6g")
            )
    return SourceSpec(kind, tuple(values))
