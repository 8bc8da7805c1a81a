"""The source picker that all pages share: presets, or a file of one's own."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard.formatting import as_markdown
from dashboard.model.presets import FIRST, LABELS, OWN, PRESETS
from dashboard.model.specs import SourceSpec
from dashboard.model.views import Trouble
from dashboard.ui import queries, state
from dashboard.ui.sidebar import controls
from dashboard.uploads import (
    MAX_BINS,
    MAX_BINS_2D,
    Choice,
    Table,
    UploadError,
    propose,
    store,
    understand,
)

_FILE = "file"
_KIND, _FIRST, _SECOND, _WEIGHT, _BINS = "kind", "x", "x2", "w", "bins"
_KINDS = {"samples": "Samples", "weighted": "Weighted atoms"}
_NONE = "none"


def source() -> SourceSpec:
    """Draw the picker in the sidebar and return the source to show."""
    with st.sidebar:
        kind = st.selectbox(
            "Source",
            list(LABELS),
            index=list(LABELS).index(FIRST),
            format_func=lambda name: LABELS[name],
            key=state.SOURCE,
            bind=state.BIND,
            on_change=_picked,
        )
        spec = _own() if kind == OWN else _preset(kind if kind in PRESETS else FIRST)
        if spec is not None:
            built = queries.attempt(queries.source, spec)
            if not isinstance(built, Trouble):
                state.keep_source(spec)
                return spec
            st.error(built.markdown)
        kept = state.source()
        shown = LABELS[kept.kind] if kept.kind != OWN else "the file before it"
        st.caption(f"Until then the page shows **{shown}**.")
        return kept


def _picked() -> None:
    kind = state.read(state.SOURCE, FIRST)
    if kind in PRESETS:
        controls.restart(_preset_spec(kind))
        return
    table = store.table(state.read(state.DATA, ""))
    if table is not None:
        _start_with(table, state.read(state.DATA, ""))


def _preset(kind: str) -> SourceSpec:
    preset = PRESETS[kind]
    st.caption(preset.sentence)
    if not preset.knobs:
        return SourceSpec(kind)
    values = []
    for column, knob in zip(st.columns(len(preset.knobs), wrap=False), preset.knobs, strict=True):
        whole = knob.key == "atoms"
        value = column.number_input(
            knob.label,
            min_value=int(knob.low) if whole else knob.low,
            max_value=int(knob.high) if whole else knob.high,
            value=int(knob.start) if whole else knob.start,
            format="%d" if whole else "%.6g",
            key=f"{kind}_{knob.key}",
            bind=state.BIND,
        )
        values.append(min(max(float(value), knob.low), knob.high))
    return SourceSpec(kind, tuple(values))


def _preset_spec(kind: str) -> SourceSpec:
    """Return the preset with its knobs as they stand."""
    knobs = PRESETS[kind].knobs
    return SourceSpec(
        kind, tuple(float(state.read(f"{kind}_{knob.key}", knob.start)) for knob in knobs)
    )


def _own() -> SourceSpec | None:
    st.file_uploader(
        "CSV, Parquet or NPY, up to 10 MB",
        type=["csv", "tsv", "txt", "parquet", "npy"],
        key=_FILE,
        on_change=_uploaded,
        help="Samples in one or two columns, or atoms with their weights.",
    )
    if state.upload_problem():
        st.error(as_markdown(state.upload_problem()))
    with st.expander("Links and this file"):
        digest = st.text_input("Key of the upload", "", key=state.DATA, bind=state.BIND)
        st.caption(
            "The server keeps the file in memory, so a reload or a link with this key finds it"
            " again there, until the server restarts or newer files take its place."
        )
    if not digest:
        st.caption("Upload samples in one or two columns, or atoms with their weights.")
        return None
    table = store.table(digest)
    if table is None:
        st.warning("This upload is no longer on the server; upload the file again.")
        return None
    return SourceSpec(OWN, digest=digest, choice=_choice(table))


def _uploaded() -> None:
    file = state.read(_FILE, None)
    if file is None:
        return
    try:
        digest = store.put(file.name, file.getvalue())
    except UploadError as error:
        state.keep_upload_problem(str(error))
        return
    table = store.table(digest)
    if table is not None:
        understood = queries.attempt(understand, table, propose(table))
        if isinstance(understood, Trouble):
            state.keep_upload_problem(understood.sentence)
            return
        state.keep_upload_problem("")
        _start_with(table, digest)


def _start_with(table: Table, digest: str) -> None:
    """Set the widgets to what suits a table that has just come."""
    choice = propose(table)
    state.write(state.DATA, digest)
    state.write(_KIND, choice.kind)
    state.write(_FIRST, choice.first)
    state.write(_SECOND, choice.second or _NONE)
    state.write(_WEIGHT, choice.weight or table.names[-1])
    state.write(_BINS, choice.bins)
    controls.restart(SourceSpec(OWN, digest=digest, choice=choice))


def _choice(table: Table) -> Choice:
    proposed = propose(table)
    kind = st.segmented_control(
        "What the rows are",
        list(_KINDS),
        default=proposed.kind,
        required=True,
        format_func=lambda name: _KINDS[name],
        key=_KIND,
        bind=state.BIND,
        width="stretch",
    )
    names = list(table.names)
    left, right = st.columns(2, wrap=False)
    first = _column(left, "Column", names, proposed.first, _FIRST)
    second = _column(right, "Second column", [_NONE, *names], proposed.second or _NONE, _SECOND)
    choice = replace(
        proposed,
        kind="weighted" if kind == "weighted" else "samples",
        first=first,
        second="" if second == _NONE else second,
    )
    if kind == "weighted":
        weight = _column(st.container(), "Weights", names, proposed.weight or names[-1], _WEIGHT)
        choice = replace(choice, weight=weight)
    most = MAX_BINS_2D if choice.second else MAX_BINS
    bins = st.number_input(
        "Bins per axis",
        min_value=0,
        max_value=most,
        value=min(proposed.bins, most),
        key=_BINS,
        bind=state.BIND,
        help="0 takes every distinct value as an atom.",
    )
    choice = replace(choice, bins=min(int(bins or 0), most))
    _account(table, choice)
    return choice


def _column(
    where: st.delta_generator.DeltaGenerator, label: str, names: list[str], start: str, key: str
) -> str:
    chosen = where.selectbox(label, names, index=names.index(start), key=key, bind=state.BIND)
    return str(chosen) if chosen in names else start


def _account(table: Table, choice: Choice) -> None:
    understood = queries.attempt(understand, table, choice)
    if isinstance(understood, Trouble):
        return
    st.caption("  \n".join(as_markdown(line) for line in (*table.notes, *understood.sentences)))
