"""The session's memory: the only place that touches session state.

What the user chose lives in widgets bound to the URL, under the names below; here are the values
that callbacks change, the undo list of the subset, and the last specs that worked.
"""

from __future__ import annotations

import uuid
from typing import Any, Literal

import streamlit as st

from dashboard.model.presets import FIRST
from dashboard.model.specs import ProblemSpec, SourceSpec

BIND: Literal["query-params"] = "query-params"
"""How a widget is tied to the URL."""

SOURCE, DATA = "source", "data"
CODEBOOK, WORDS, TYPED = "codebook", "m", "y"
DISTORTION = "d"
LEVEL, SUBSET_LEVEL = "D", "Ds"
SUBSET_ON, SUBSET, MEASURE = "subset", "S", "measure"
CHART = "source_chart"
MODE, TOOL = "mode", "tool"
EVERY, AUDIT = "every", "audit"
PRICE_SCALE, LOW, HIGH, BITS = "price_scale", "from", "to", "bits"

_UNDO, _SHOWN, _REVISION = "_undo", "_shown", "_revision"
_FRAME = "_frame"
_SESSION, _JOBS = "_session", "_jobs"
_GOOD, _GOOD_SOURCE, _GOOD_SUBSET, _UPLOAD = "_good", "_good_source", "_good_subset", "_upload"
_MOST_UNDO = 50


def read(key: str, default: Any = None) -> Any:
    """Return what is remembered under the key, or the default."""
    value = st.session_state.get(key)
    return default if value is None else value


def write(key: str, value: Any) -> None:
    """Set a widget's value, from a callback or before the widget is drawn."""
    st.session_state[key] = value


def show_subset(text: str) -> None:
    """Remember the subset's text as it is on screen, to come back to."""
    st.session_state[_SHOWN] = text


def set_subset(text: str) -> None:
    """Change the subset's text so that it can be undone."""
    note_change()
    st.session_state[SUBSET] = text


def note_change() -> None:
    """Put the text on screen on the undo list; called when the user has changed it."""
    st.session_state[_UNDO] = (*read(_UNDO, ()), read(_SHOWN, ""))[-_MOST_UNDO:]
    redraw()


def undo_subset() -> None:
    """Go back to the subset's text before the last change."""
    undo = read(_UNDO, ())
    if undo:
        st.session_state[_UNDO] = undo[:-1]
        st.session_state[SUBSET] = undo[-1]
        redraw()


def can_undo_subset() -> bool:
    """Whether there is a change of the subset to go back over."""
    return bool(read(_UNDO, ()))


def forget_undo() -> None:
    """Start a new history of the subset."""
    st.session_state[_UNDO] = ()


def redraw() -> None:
    """Make the source chart a new one, which clears what was dragged on it."""
    st.session_state[_REVISION] = revision() + 1


def revision() -> int:
    """Return how often the source chart was made new."""
    return int(read(_REVISION, 0))


def keep_good(spec: ProblemSpec) -> None:
    """Remember the last spec that had a result."""
    st.session_state[_GOOD] = spec


def last_good() -> ProblemSpec | None:
    """Return the last spec that had a result."""
    found: ProblemSpec | None = read(_GOOD)
    return found


def keep_source(spec: SourceSpec) -> None:
    """Remember the last source that could be built."""
    st.session_state[_GOOD_SOURCE] = spec


def source() -> SourceSpec:
    """Return the source that the picker shows on all pages."""
    kept: SourceSpec | None = read(_GOOD_SOURCE)
    return kept or SourceSpec(FIRST)


def keep_subset(source: SourceSpec, text: str) -> None:
    """Remember the last text of the subset that could be read for a source."""
    st.session_state[_GOOD_SUBSET] = (source, text)


def last_subset(source: SourceSpec) -> str:
    """Return the last text of the subset that could be read for a source."""
    kept: tuple[SourceSpec, str] | None = read(_GOOD_SUBSET, None)
    return kept[1] if kept and kept[0] == source else ""


def keep_upload_problem(sentence: str) -> None:
    """Remember why the last file was refused; "" if it was not."""
    st.session_state[_UPLOAD] = sentence


def upload_problem() -> str:
    """Return why the last file was refused."""
    return str(read(_UPLOAD, ""))


def set_frame() -> None:
    """Say that the frame has been drawn, once a run, before the page is."""
    st.session_state[_FRAME] = True


def take_frame() -> bool:
    """Return whether the frame has been drawn in this run."""
    return bool(st.session_state.pop(_FRAME, False))


def session() -> str:
    """Return a name for this session that nobody can guess."""
    if _SESSION not in st.session_state:
        st.session_state[_SESSION] = uuid.uuid4().hex
    return str(st.session_state[_SESSION])


def note_job(key: str) -> None:
    """Remember that this run of the page wants a job."""
    st.session_state[_JOBS] = {*read(_JOBS, ()), key}


def take_jobs() -> frozenset[str]:
    """Return the jobs wanted since this was last called."""
    wanted = frozenset(read(_JOBS, ()))
    st.session_state[_JOBS] = set()
    return wanted


def is_dark() -> bool:
    """Whether the reader's theme is a dark one."""
    return st.context.theme.type == "dark"
