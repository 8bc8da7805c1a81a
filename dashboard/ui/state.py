"""The session's memory: the only place that touches session state and the URL.

What the user has set is one frozen ``State``. The frame calls ``begin`` before a page and
``commit`` after it. In between, ``widget`` gives each widget its key and its value, and callbacks
change fields by ``put``. The rules are:

- If the URL is not the one that was written last, somebody came by a link, Back or Forward: the
  URL wins, and sets the widgets before they are made.
- Else the widgets win, and the URL is written once at the end of the run, which makes one entry
  in the browser's history for each change that a user commits.
- A widget that a page does not show keeps its value here, so every link holds the whole state.

Beside it are the undo list of the subset, the last specs that worked, and the session's jobs.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

import streamlit as st

from dashboard.model.fields import FIELDS, FOLLOWERS, Number, Value, Whole
from dashboard.model.presets import FIRST
from dashboard.model.specs import ProblemSpec, SourceSpec
from dashboard.model.state import State, sentence

SOURCE, DATA = "source", "data"
CODEBOOK, WORDS, TYPED = "codebook", "m", "y"
DISTORTION = "d"
LEVEL, SUBSET_LEVEL = "D", "Ds"
SUBSET_ON, SUBSET, MEASURE = "subset", "S", "measure"
CHART = "source_chart"
MODE, TOOL = "mode", "tool"
EVERY, AUDIT = "every", "audit"
PRICE_SCALE, LOW, HIGH, BITS = "price_scale", "from", "to", "bits"
SLIDER = "_slider"

_STATE, _SEEN, _NOTE, _OWN_RUN = "_state", "_seen", "_note", "_own_run"
_STARTS, _DRAWN, _PAST, _PAGE = "_starts", "_drawn", "_past", "_page"
_UNDO, _SHOWN, _REVISION = "_undo", "_shown", "_revision"
_FRAME = "_frame"
_SESSION, _JOBS = "_session", "_jobs"
_GOOD, _GOOD_SOURCE, _GOOD_SUBSET, _UPLOAD = "_good", "_good_source", "_good_subset", "_upload"
_MOST_UNDO, _MOST_PAST = 50, 6


def begin(page: str) -> None:
    """Take over what changed since the last run of a page: the URL, or else the widgets."""
    url, moved = st.query_params.to_dict(), _moved()
    own = bool(st.session_state.pop(_OWN_RUN, False))
    # A change of a widget may reach the server before the browser has the URL that was written
    # for the change before it; and after Back the browser may still have the widgets of before.
    mine = own or (bool(moved) and not _outdated())
    if st.session_state.get(_SEEN) == url or (_SEEN in st.session_state and mine):
        if SUBSET in moved:
            note_change()
        _apply(moved)
    else:
        st.session_state[_SEEN] = url
        st.session_state[_STATE], st.session_state[_NOTE] = State.from_query(url)
        st.session_state[_STARTS] = {}
        st.session_state[_DRAWN] = {}
    if st.session_state.get(_PAGE) != page:
        st.session_state[_DRAWN] = {}  # another page has widgets of its own
    st.session_state[_PAGE] = page


def commit() -> None:
    """Write the URL if what the user has set is not what it says; called once a run, at its end."""
    st.session_state[_PAST] = (*read(_PAST, ()), read(_DRAWN, {}))[-_MOST_PAST:]
    written, _ = State.from_query(st.session_state[_SEEN])
    if _normal(written) == _normal(current()):
        return
    query = link()
    st.query_params.from_dict(query)
    st.session_state[_SEEN] = query


def _apply(changes: Mapping[str, Value | None]) -> None:
    """Change the state as a user does, and forget where what depends on it started."""
    if not changes:
        return
    st.session_state[_STATE] = current().after(changes)
    st.session_state[_NOTE] = ()
    again = {name for changed in changes for name in FOLLOWERS.get(changed, ())}
    starts = read(_STARTS, {})
    st.session_state[_STARTS] = {name: one for name, one in starts.items() if name not in again}
    if "source" in changes or "data" in changes:
        forget_undo()
        redraw()


def _outdated() -> bool:
    """Whether the browser has sent the widgets as an earlier run drew them."""
    now = {name: read(name) for name in read(_DRAWN, {})}
    return any(
        all(past.get(name) == value for name, value in now.items()) for past in read(_PAST, ())
    )


def current() -> State:
    """Return what the user has set."""
    kept: State = st.session_state.get(_STATE) or State()
    return kept


def link() -> dict[str, str]:
    """Return the parameters of a link that opens what the user has set."""
    return _normal(current()).query()


def value(name: str) -> Any:
    """Return a field's value before its widget is drawn; None where its start is not known yet."""
    return current().values.get(name, read(_STARTS, {}).get(name, FIELDS[name].start))


def note() -> str:
    """Return one sentence on what could not be used of the link that was opened; "" if all was."""
    found: tuple[str, ...] = read(_NOTE, ())
    return sentence(found)


def _say(what: str) -> None:
    """Add to the note what of a link cannot be used on this page."""
    if what not in read(_NOTE, ()):
        st.session_state[_NOTE] = (*read(_NOTE, ()), what)


def _moved() -> dict[str, Value | None]:
    """Return the fields whose widgets have another value than they were drawn with."""
    starts, found = read(_STARTS, {}), {}
    for key, drawn in read(_DRAWN, {}).items():
        if key in st.session_state and st.session_state[key] != drawn:
            name, value = key.removesuffix(SLIDER), st.session_state[key]
            found[name] = None if value == starts.get(name) else value
    return found


def _normal(state: State) -> State:
    """Return the state without what is where its page starts it."""
    starts = read(_STARTS, {})
    same = {name: None for name, value in state.values.items() if starts.get(name) == value}
    return state.changed(same)


def widget(
    name: str,
    start: Value | None = None,
    *,
    options: Collection[Any] | None = None,
    high: float | None = None,
) -> str:
    """Return the key of a field's widget, and see to it that the widget shows the field's value.

    Parameters
    ----------
    name : str
        The field.
    start : value, optional
        Where it starts if that depends on the source or the file.
    options : collection, optional
        What can be chosen here and now; anything else goes back to the start.
    high : float, optional
        The largest number here and now.
    """
    one = FIELDS[name]
    first = one.start if start is None else start
    value = current().values.get(name, first)
    if options is not None and value not in options:
        _say(f"{name} = “{value}” was left out (there is no such choice here)")
        value = first
    if high is not None and isinstance(one, Number | Whole) and value is not None:
        value = min(value, type(value)(high))
    st.session_state[_STARTS] = {**read(_STARTS, {}), name: first}
    _draw(name, value)
    return name


def slider(name: str, value: float) -> str:
    """Return the key of the slider that stands for a field beside its number."""
    _draw(name + SLIDER, value)
    return name + SLIDER


def _draw(key: str, value: Value | None) -> None:
    """See to it that a widget shows a value."""
    drawn = read(_DRAWN, {})
    if key not in drawn or st.session_state.get(key) != value:
        # Written only when it differs, lest a widget that is on the move be set back.
        st.session_state[key] = value
    st.session_state[_DRAWN] = {**drawn, key: value}


def put(changes: Mapping[str, Value | None]) -> None:
    """Set fields from a callback; None goes back to where a field starts."""
    _apply(changes)
    st.session_state[_OWN_RUN] = True
    st.session_state[_DRAWN] = {
        key: drawn
        for key, drawn in read(_DRAWN, {}).items()
        if key.removesuffix(SLIDER) not in changes
    }


def rerun() -> NoReturn:
    """Run the page again with what the user has set, wherever the browser's URL is just now."""
    st.session_state[_OWN_RUN] = True
    st.rerun()


def restart() -> None:
    """Let the source's own settings hold again."""
    put(dict.fromkeys(FOLLOWERS[SOURCE]))
    forget_undo()
    redraw()


def read(key: str, default: Any = None) -> Any:
    """Return what is remembered under the key, or the default."""
    value = st.session_state.get(key)
    return default if value is None else value


def write(key: str, value: Any) -> None:
    """Remember a value that is no field, from a callback or before its widget is drawn."""
    st.session_state[key] = value


def show_subset(text: str) -> None:
    """Remember the subset's text as it is on screen, to come back to."""
    st.session_state[_SHOWN] = text


def set_subset(text: str) -> None:
    """Change the subset's text so that it can be undone."""
    note_change()
    put({SUBSET: text})


def note_change() -> None:
    """Put the text on screen on the undo list; called when the user has changed it."""
    st.session_state[_UNDO] = (*read(_UNDO, ()), read(_SHOWN, ""))[-_MOST_UNDO:]
    redraw()


def undo_subset() -> None:
    """Go back to the subset's text before the last change."""
    undo = read(_UNDO, ())
    if undo:
        st.session_state[_UNDO] = undo[:-1]
        put({SUBSET: undo[-1]})
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
