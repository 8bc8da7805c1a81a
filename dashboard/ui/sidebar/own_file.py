"""The user's own file: the uploader, how the file is read, and which columns and rows are used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import streamlit as st

import rdcore as rd
from dashboard.errors import UserError
from dashboard.formatting import as_markdown, counted
from dashboard.model import columns
from dashboard.model.presets import OWN
from dashboard.model.specs import SourceSpec
from dashboard.model.views import Trouble
from dashboard.ui import inputs, last, queries, starts, state
from dashboard.ui.metrics import explained
from dashboard.uploads import store
from rdcore.tables import (
    AUTOMATIC,
    MAX_AXES,
    MAX_BINS,
    MAX_BINS_2D,
    MAX_BYTES,
    Choice,
    Reading,
    Table,
    units,
)

_FILE = "file"
_KIND, _FIRST, _SECOND, _WEIGHT, _BINS = "kind", "x", "x2", "w", "bins"
_DELIMITER, _DECIMAL, _HEADER, _SHEET = "sep", "dec", "head", "sheet"
_UNIT, _MISSING, _OUTLIERS = "unit", "missing", "outliers"
_ORDERED, _WEIGHS = "ordered", "weighs"
_MORE, _COLUMN_WEIGHTS, _STANDARD = "xs", "cw", "standard"
_KINDS = {"samples": "Samples", "weighted": "Weights", "matrix": "Matrix"}
_WEIGHINGS = {"law": "Known", "counts": "Counts", "rows": "Samples"}
_DELIMITERS = {
    "auto": "",
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "bar": "|",
    "blank": " ",
    "none": "none",
}
_DELIMITER_NAMES = {
    "comma": "Comma ,",
    "semicolon": "Semicolon ;",
    "tab": "Tab",
    "bar": "Bar |",
    "blank": "Blank",
    "none": "None (one column)",
}
_DECIMALS = {"auto": "", "point": ".", "comma": ","}
_DECIMAL_NAMES = {"point": "Point", "comma": "Comma"}
_HEADERS = {"auto": "", "yes": "yes", "no": "no"}
_HEADER_NAMES = {"yes": "Yes", "no": "No"}
_OUTLIER_NAMES = {"keep": "Keep", "drop": "Leave out"}
_NONE = "none"
# The server takes larger files than are read, so that the refusal is ours; the uploader's own text
# has the server's limit. A file above that never leaves the browser: the sentence on the last one
# is ours too, and earlier ones are hidden.
_REFUSED = (
    f"This file was not sent: at most {MAX_BYTES // 2**20} MB are accepted. Keep fewer rows or"
    " columns, or save it as Parquet."
)
_LAST = '[data-testid="stFileChips"] > div > :last-child [aria-invalid="true"]'
_CHIPS = '[class*="st-key-file"] [data-testid="stFileChips"] > div'
_STYLE = f"""<style>
[class*="st-key-file"] [data-testid="stFileUploaderDropzoneInstructions"],
{_CHIPS} [role="alert"],
{_CHIPS} > :not(:last-child):has([aria-invalid="true"]),
body:has({_CHIPS} [aria-invalid="true"]) [data-testid="stTooltipErrorContent"] {{ display: none; }}
[class*="st-key-file"]:has({_LAST})::after {{
  content: "{_REFUSED}";
  display: block; padding: 0.5rem 0.75rem; border-radius: 0.375rem; font-size: 0.875rem;
  border: 1px solid currentcolor;
}}
</style>"""


def own() -> SourceSpec | None:
    """Draw the controls of the user's file and return the source, None if there is none yet."""
    st.html(_STYLE)
    st.file_uploader(
        f"CSV, Excel, Parquet, JSON, NPY, MATLAB or WAV, up to {MAX_BYTES // 2**20} MB",
        key=_uploader(),
        on_change=_uploaded,
        help="Samples in one or two columns, atoms with their weights, or a matrix of distortions"
        " with symbols in the first column and codewords in the first line. A text may be packed by"
        " gzip.",
    )
    if last.upload_problem():
        st.error(as_markdown(last.upload_problem()))
    digest = state.value(state.DATA)
    if not digest:
        _link()
        st.caption(
            "Upload samples in one or two columns, or atoms with their weights. A file stays on"
            f" the server for {store.settings().hours} hours after its last use, unless you"
            " delete it before."
        )
        return None
    first = queries.attempt(store.table, digest)
    if first is None:
        _link()
        st.warning("The file is no longer on the server; upload the file again.")
        return None
    _custody(digest, "" if isinstance(first, Trouble) else first.name)
    beside = st.container()
    if isinstance(first, Trouble):
        st.error(first.markdown)
        return None
    reading = _reading(first)
    table = first if reading == AUTOMATIC else queries.attempt(store.table, digest, reading)
    if isinstance(table, Trouble):
        st.error(table.markdown)
        return None
    assert table is not None
    for sentence in table.open:
        st.info(as_markdown(sentence), icon=":material/help:")
    spec = SourceSpec(OWN, digest=digest, choice=queries.proposal(digest, reading), reading=reading)
    found = _chosen(spec, table)
    if said := starts.sentence(found):
        beside.caption(said)
    return found


def _link(width: Literal["stretch", "content"] = "stretch") -> None:
    """Offer the key of a file, with which a link finds it."""
    with st.popover("Link", icon=":material/link:", width=width):
        inputs.text(state.DATA, "Key of the file")
        st.caption("Whoever has a link with this key can open the file as long as it stays.")


def _custody(digest: str, name: str) -> None:
    """Say how long the file stays, and offer to delete it; ``name`` is its name, if it is read."""
    # The uploader shows the name itself, but not of a file that a link opened.
    named = f"**{as_markdown(name)}** is kept" if name and not _is_uploaded() else "Kept"
    st.caption(
        f"{named} for {store.settings().hours} hours after its last use.",
        help="Many newer files remove it earlier, and so does a restart of a server without a"
        " lasting store.",
    )
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Delete my data",
            icon=":material/delete:",
            on_click=_delete,
            args=(digest,),
            help="Removes the file and what was read from it from the server at once.",
        )
        _link(width="content")


def _uploader() -> str:
    """Return the key of the uploader; a new key empties it."""
    return f"{_FILE}{state.read(_FILE + '_turn', 0) or ''}"


def _is_uploaded() -> bool:
    """Whether the uploader shows a file."""
    return state.read(_uploader(), None) is not None


def _uploaded() -> None:
    file = state.read(_uploader(), None)
    last.keep_upload_problem("")
    if file is None:
        return
    try:
        digest = store.put(file.name, file.getvalue(), state.session())
    except (rd.RDError, UserError) as error:
        last.keep_upload_problem(str(error))
        return
    state.put({state.DATA: digest, **_first_columns(digest)})


def _first_columns(digest: str) -> dict[str, str]:
    """Return what a new file starts with in place of the proposal: one column of two units.

    The squared errors of two columns add up only in one unit. It is a setting of its own, so that
    links without it open as they always have.
    """
    found = queries.attempt(queries.proposal, digest, AUTOMATIC)
    if isinstance(found, Trouble):
        return {}
    both = {units.parse(name)[1] for name in (found.first, found.second)} - {""}
    return {_SECOND: _NONE} if len(both) > 1 else {}


def _delete(digest: str) -> None:
    store.delete(digest)
    queries.forget_uploads()
    last.forget()
    last.keep_upload_problem("")
    state.write(_FILE + "_turn", state.read(_FILE + "_turn", 0) + 1)
    state.put({state.DATA: None})


def _reading(table: Table) -> Reading:
    """Draw how the file is read; `table` is as its content says."""
    sheet = ""
    if len(table.sheets) > 1:
        label = "Variable" if table.format == "MATLAB" else "Sheet"
        sheet = inputs.select(_SHEET, label, table.sheets, start=_read_sheet(table))
        sheet = "" if sheet == _read_sheet(table) else sheet
    if table.format not in ("CSV", "Excel", "JSON"):
        return Reading(sheet=sheet)
    with st.expander("How the file is read", expanded=bool(table.open)):
        delimiter = ""
        if table.format == "CSV":
            delimiter = _select(_DELIMITER, "Delimiter", _DELIMITER_NAMES, _DELIMITERS)
        decimal = _select(_DECIMAL, "Decimal mark", _DECIMAL_NAMES, _DECIMALS)
        header = _select(_HEADER, "Names in the first line", _HEADER_NAMES, _HEADERS)
        st.caption(_as_content_says(table))
    return Reading(delimiter, decimal, header, sheet)


def _select(name: str, label: str, names: Mapping[str, str], values: Mapping[str, str]) -> str:
    # The names of the options never change: the browser sends them as values.
    return values[inputs.select(name, label, {"auto": "Auto", **names})]


def _as_content_says(table: Table) -> str:
    """Return what “Auto” takes."""
    parts = ["names in the first line" if table.header else "no names in the first line"]
    if table.decimal:
        parts.insert(0, f"decimal {_named(table.decimal, _DECIMALS, _DECIMAL_NAMES).lower()}")
    if table.format == "CSV":
        mark = _named(table.delimiter or "none", _DELIMITERS, _DELIMITER_NAMES).split()[0].lower()
        parts.insert(0, f"delimiter {mark}" if table.delimiter else "one column")
    return f"Auto: {', '.join(parts)}."


def _read_sheet(table: Table) -> str:
    """Return the sheet that was read: the one that a note names."""
    return next((one for one in table.sheets if f"“{one}”." in " ".join(table.notes)), "")


def _named(value: str, values: Mapping[str, str], names: Mapping[str, str]) -> str:
    return next(names[key] for key, one in values.items() if one == value and key in names)


def _chosen(spec: SourceSpec, table: Table) -> SourceSpec:
    """Draw the columns, the bins, the unit and the rows; `spec` has the proposed ones."""
    proposed = spec.choice or Choice()
    kind = inputs.segments(
        _KIND, "Meaning of the rows", _KINDS, start=proposed.kind, width="stretch"
    )
    names = list(table.names)
    if kind == "matrix":
        return _matrix(spec, table)
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
    if choice.second:
        choice = _several(choice, names)
    if kind == "weighted":
        weight = inputs.select(_WEIGHT, "Weights", names, start=proposed.weight or names[-1])
        choice = replace(choice, weight=weight)
        weighs = inputs.segments(
            _WEIGHS,
            "The weights are",
            _WEIGHINGS,
            start=replace(spec, choice=choice).probably(),
            width="stretch",
            help="Known: the distribution itself, without a standard error. Counts: so many equal"
            " rows. Samples: each row is one sample that counts so much, as in a survey; the"
            " standard error then says how many rows of equal weight say as much.",
        )
        spec = replace(spec, weighs=weighs)
    bins, unit = _bins_and_unit(replace(spec, choice=choice))
    spec = _rows(replace(spec, choice=replace(choice, bins=bins, unit=unit.strip())), table)
    if choice.kind == "samples" and not choice.more:
        ordered = inputs.toggle(
            _ORDERED,
            "Rows follow each other in time",
            help="Neighbouring rows may depend on each other. The standard error then comes from"
            " blocks of rows, and Explore says what memory is worth.",
        )
        spec = replace(spec, ordered=ordered)
    _account(spec, table)
    return spec


def _bins_and_unit(spec: SourceSpec) -> tuple[int, str]:
    """Draw the number of bins and the unit, as far as the columns have them."""
    choice = spec.choice or Choice()
    places = [] if choice.more else ["bins"]
    places += [] if choice.standardised else ["unit"]
    drawn = dict(zip(places, st.columns(len(places), wrap=False), strict=True)) if places else {}
    bins, unit = 0, ""
    if "bins" in drawn:
        with drawn["bins"]:
            bins = inputs.whole(
                _BINS,
                "Bins per axis",
                start=queries.bins(spec),
                high=MAX_BINS_2D if choice.second else MAX_BINS,
                help="0: no binning, every distinct value is an atom. " + explained("cell"),
            )
    if "unit" in drawn:
        with drawn["unit"]:
            unit = inputs.text(
                _UNIT,
                "Unit",
                placeholder=units.parse(choice.first)[1] or "unit",
                help="The unit of the values, for axes and levels. Empty: the unit in the name of"
                " the column, such as “temp [°C]”.",
            )
    return bins, unit


def _several(choice: Choice, names: list[str]) -> Choice:
    """Draw further columns, and the weights of all."""
    others = [name for name in names if name not in (choice.first, choice.second)]
    kept = [name for name in _named_columns() if name in others]
    if others:
        key = f"more_columns {choice.first} {choice.second}"
        if state.read(key, None) != kept:
            state.write(key, kept)
        st.multiselect(
            "Further columns",
            others,
            key=key,
            max_selections=MAX_AXES - 2,
            on_change=_keep_columns,
            args=(key,),
            help=f"Up to {MAX_AXES} columns in all. With more than two, Explore solves over"
            " candidates and codes the columns one by one beside it.",
        )
    standardise = inputs.toggle(
        _STANDARD,
        "Standardise the columns",
        help="The weight of each column is one over its variance, so that an error of one standard"
        " deviation counts the same in each. Errors are then in standard deviations σ.",
    )
    choice = replace(choice, more=tuple(kept), standardise=standardise)
    if standardise:
        return choice
    typed = inputs.text(
        _COLUMN_WEIGHTS,
        "Weights of the columns",
        placeholder=", ".join(["1"] * len(choice.axes)),
        help="What the squared error of each column counts in D, such as “1, 0.25”: a degree is not"
        " a metre. Empty: 1 each.",
    )
    try:
        weights = columns.weights(typed, len(choice.axes))
    except UserError as error:
        st.error(as_markdown(str(error)))
        return choice
    return replace(choice, column_weights=weights)


def _named_columns() -> list[str]:
    """Return the further columns that the link names."""
    try:
        found = json.loads(str(state.value(_MORE)) or "[]")
    except ValueError:
        return []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _keep_columns(key: str) -> None:
    found = state.read(key, [])
    state.put({_MORE: json.dumps(list(found), ensure_ascii=False) if found else None})


def _matrix(spec: SourceSpec, table: Table) -> SourceSpec:
    """Draw the column of probabilities of a matrix of distortions, and its symbols."""
    proposed = spec.choice or Choice()
    weight = inputs.select(
        _WEIGHT,
        "Probabilities",
        [_NONE, *table.names],
        start=proposed.weight if proposed.kind == "matrix" and proposed.weight else _NONE,
        help="A column with the probability or the frequency of each symbol; without one all are"
        " equal.",
    )
    unit = inputs.text(_UNIT, "Unit", placeholder="unit", help="The unit of the distortions.")
    weight = "" if weight == _NONE else weight
    choice = Choice(kind="matrix", first="symbol", weight=weight, unit=unit.strip())
    spec = replace(spec, choice=choice)
    listed = queries.attempt(spec.listed)
    if not isinstance(listed, Trouble):
        for what, names in (("Symbols", listed.symbols), ("Codewords", listed.codewords)):
            numbered = ", ".join(f"{k} {as_markdown(one)}" for k, one in enumerate(names[:12], 1))
            st.caption(f"{what}: {numbered}{' …' if len(names) > 12 else ''}")
    return spec


def _rows(spec: SourceSpec, table: Table) -> SourceSpec:
    """Draw what happens to missing values and outliers."""
    choice = spec.choice or Choice()
    plain = queries.attempt(queries.understood, spec)
    count = 0 if isinstance(plain, Trouble) else plain.outliers
    empty = sum(int(table.column(name).empty.sum()) for name in choice.axes)
    with st.expander("Missing values and outliers"):
        missing = inputs.text(
            _MISSING,
            "Numbers that mean “missing”",
            placeholder="-999, 9999",
            help="Rows with an empty cell, or with one of these numbers, are left out.",
        )
        chosen = inputs.segments(
            _OUTLIERS,
            f"Outliers: {counted(count)}",
            _OUTLIER_NAMES,
            width="stretch",
            help="Rows more than 3 interquartile ranges below the first or above the third"
            " quartile (Tukey, 1977, “Exploratory Data Analysis”).",
        )
        st.caption(
            f"{counted(empty, 'empty cell')} in {' and '.join(map(as_markdown, choice.axes))}:"
            " left out."
        )
    choice = replace(choice, missing=missing, outliers="drop" if chosen == "drop" else "keep")
    return replace(spec, choice=choice)


def _account(spec: SourceSpec, table: Table) -> None:
    understood = queries.attempt(queries.understood, spec)
    lines = table.notes if isinstance(understood, Trouble) else understood.sentences
    shown = [as_markdown(line) for line in lines if line not in table.open]
    if shown:
        st.caption("  \n".join(shown))
