"""The source picker that all pages share: presets, or a file of one's own."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard.formatting import as_markdown
from dashboard.model.presets import FIRST, LABELS, OWN, PRESETS
from dashboard.model.specs import SourceSpec
from dashboard.model.views import Trouble
from dashboard.ui import inputs, queries, state
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
        kind = inputs.select(state.SOURCE, "Source", LABELS)
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
        digest = inputs.text(state.DATA, "Key of the upload")
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
        state.put({state.DATA: digest})


def _choice(table: Table) -> Choice:
    proposed = propose(table)
    kind = inputs.segments(_KIND, "What the rows are", _KINDS, start=proposed.kind, width="stretch")
    names = list(table.names)
    left, right = st.columns(2, wrap=False)
    first = inputs.select(_FIRST, "Column", names, start=proposed.first, where=left)
    second = inputs.select(
        _SECOND, "Second column", [_NONE, *names], start=proposed.second or _NONE, where=right
    )
    choice = replace(
        proposed,
        kind="weighted" if kind == "weighted" else "samples",
        first=first,
        second="" if second == _NONE else second,
    )
    if kind == "weighted":
        weight = inputs.select(_WEIGHT, "Weights", names, start=proposed.weight or names[-1])
        choice = replace(choice, weight=weight)
    most = MAX_BINS_2D if choice.second else MAX_BINS
    bins = inputs.whole(
        _BINS,
        "Bins per axis",
        start=proposed.bins,
        high=most,
        help="0 takes every distinct value as an atom.",
    )
    choice = replace(choice, bins=bins)
    _account(table, choice)
    return choice


def _account(table: Table, choice: Choice) -> None:
    understood = queries.attempt(understand, table, choice)
    if isinstance(understood, Trouble):
        return
    st.caption("  \n".join(as_markdown(line) for line in (*table.notes, *understood.sentences)))
