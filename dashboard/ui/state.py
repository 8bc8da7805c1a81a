"""Session state and URL: the only module that accesses them.

The user's settings are one frozen ``State``. The frame calls ``begin`` before a page and ``commit``
after it. In between, ``widget`` gives each widget its key and its value, and callbacks change
fields by ``put``. The rules are:

- The browser may be late: it then sends the URL and the widgets of an earlier run. ``_KNOWN`` has
  the URLs that it may still send. Any other URL, and each one that comes with Back or Forward,
  takes precedence and sets the widgets before they are created.
- Otherwise the widgets take precedence, but for the values that the browser had sent before this
  module set the widget, until the browser has confirmed the run that set it (``_confirmed``). Until
  then each run sets the widget again: Streamlit drops what a browser has not yet received of a run
  when the next one starts.
- The URL is written as soon as the user's changes are applied, so that a reload during a run finds
  them, and again at the end of the run if the page changed the state: one entry in the browser
  history for each committed change.
- If a session takes over a window, its widgets keep what the browser sent; another run applies it.
- A widget that a page does not show keeps its value here, so every link contains the whole state.

The module also keeps the undo list of the subsets and the session's jobs.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.model import wording
from dashboard.model.fields import FIELDS, FOLLOWERS, Number, Value, Whole
from dashboard.model.presets import BEST_FIRST, OWN
from dashboard.model.scenario import unused
from dashboard.model.state import State, sentence
from dashboard.ui import reconnected
from dashboard.ui.kept import own
from rdcore import LevelScale

SOURCE, DATA = "source", "data"
CODEBOOK, CODEWORDS, TYPED = "codebook", "m", "y"
DISTORTION = "d"
LEVEL = "D"
DRAWS, ALONG, ACROSS, UP = "draws", "along", "across", "up"
CHART = "source_chart"
MODE, TOOL = "mode", "tool"
FREE, AUDIT = "every", "audit"
PRICE_SCALE, LOW, HIGH, BITS = "price_scale", "from", "to", "bits"
STATED, PEAK = "stated", "peak"
GOAL, BUDGET, HERTZ, ROWS = "goal", "budget", "hz", "rows"
SLIDER = "_slider"
OF_GUIDE = frozenset({"guide", "lesson", "at", "step", "teach", "notes", "term"})
"""What only Guide has a use for; links to other pages leave it out."""

_STATE, _SEEN, _NOTE, _KNOWN = "_state", "_seen", "_note", "_known"
_STARTS, _DRAWN, _PAGE, _BROUGHT = "_starts", "_drawn", "_page", "_brought"
_TURN, _SET, _SENT, _FIRSTS, _TOKEN = "_turn", "_set", "_sent", "_firsts", "run_number"
_CONFIRMED, _REFUSED = "_confirmed", "_refused"
_FIELDS, _FRAME = "_fields", "_frame"
_UNDO, _SHOWN, _REVISION, _SESSION, _JOBS = "_undo", "_shown", "_revision", "_session", "_jobs"
_MOST_UNDO = 50


def begin(page: str) -> None:
    """Apply what changed since the last run of a page: the URL, or otherwise the widgets."""
    heard = reconnected.brought()
    own()[_BROUGHT] = {} if _STATE in own() else heard
    if _TOKEN in heard:
        own()[_CONFIRMED] = max(_confirmed(), int(read(_TOKEN, 0) or 0))
    url, moved = st.query_params.to_dict(), _moved()
    known: tuple[dict[str, str], ...] = read(_KNOWN, ())
    if url in known and not _is_history():
        if _shown()[0] in moved:
            note_change()
        _apply(moved)
        if url == known[-1]:
            own()[_KNOWN] = (url,)
    else:
        found, notes = State.from_query(url)
        set_all(found, notes)
        own()[_SEEN], own()[_KNOWN] = url, (url,)
    if own().get(_PAGE) != page:
        own()[_DRAWN] = {}  # another page has its own widgets
    own()[_PAGE] = page
    sent = {key: st.session_state[key] for key in read(_FIELDS, {}) if key in heard}
    own()[_SENT] = {**read(_SENT, {}), **sent}
    own()[_TURN] = read(_TURN, 0) + 1
    commit()


def _is_history() -> bool:
    """Whether the user pressed Back or Forward."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def set_all(found: State, notes: tuple[str, ...] = ()) -> None:
    """Replace all settings; ``notes`` are about those that could not be used."""
    own()[_STATE], own()[_NOTE] = found, notes
    own()[_STARTS] = {}
    own()[_DRAWN] = {}


def commit() -> None:
    """Write the URL if it differs from the state."""
    written, _ = State.from_query(own()[_SEEN])
    if _normal(written) == _normal(current()):
        return
    query = link()
    st.query_params.from_dict(query)
    wrote(query)


def wrote(query: dict[str, str]) -> None:
    """Record that the URL has been written; the browser may still send the earlier ones."""
    own()[_SEEN] = query
    own()[_KNOWN] = (*read(_KNOWN, ()), query)


def finish() -> None:
    """End a run: write the URL, and have the browser confirm the widgets that were set."""
    commit()
    last = max(read(_SET, {}).values(), default=0)
    if last > _confirmed():
        st.session_state[_TOKEN] = str(last)
    # Hidden; the browser sends its text with those of the widgets above it.
    st.text_input("Number of the run", key=_TOKEN, label_visibility="collapsed")
    if _has_taken_over():
        st.rerun()


def _has_taken_over() -> bool:
    """Whether the browser brought values that are not those of the URL, or a button's press."""
    brought, drawn, firsts = read(_BROUGHT, {}), read(_DRAWN, {}), read(_FIRSTS, {})
    own()[_BROUGHT] = {}
    values = {key: st.session_state.get(key) for key in drawn if key in brought}
    other = {key for key, value in values.items() if value != drawn[key]}
    # The next run sets what was not read: widgets of another id, and what is no longer an option.
    known = {key for key in other if reconnected.drawn(brought[key])}
    known -= {key for key in firsts if values.get(key) == firsts[key]}
    own()[_DRAWN] = {key: drawn[key] for key in drawn if key not in other - known}
    return (bool(brought) and reconnected.press()) or bool(other)


def _confirmed() -> int:
    """Return the last run whose widgets the browser had when it sent its own."""
    return int(read(_CONFIRMED, 0))


def _is_unheard(key: str) -> bool:
    """Whether the browser may not know yet to what a widget was set here."""
    return bool(read(_SET, {}).get(key, 0) > _confirmed())


def _is_late(key: str, value: Any) -> bool:
    """Whether a widget's value is what the browser sent before the widget was set here.

    Streamlit reads what is no longer an option of a slider as its first option.
    """
    sent = read(_SENT, {})
    if key not in sent or not _is_unheard(key):
        return False
    return bool(value == sent[key] or value == read(_FIRSTS, {}).get(key))


def _apply(changes: Mapping[str, Value | None]) -> None:
    """Apply the user's changes, and reset the start values of the fields that depend on them."""
    if not changes:
        return
    reset = any(CODEBOOK in FOLLOWERS.get(name, ()) for name in changes)
    if reset and CODEBOOK not in changes:
        changes = {**changes, CODEBOOK: _first_codebook(current().changed(changes))}
    own()[_STATE] = current().after(changes)
    own()[_NOTE] = ()
    own()[_REFUSED] = {}
    again = {name for changed in changes for name in FOLLOWERS.get(changed, ())}
    starts = read(_STARTS, {})
    own()[_STARTS] = {name: one for name, one in starts.items() if name not in again}
    if "source" in changes or "data" in changes:
        forget_undo()
        redraw()


def _first_codebook(settings: State) -> str | None:
    """Return the codebook with which a source starts when the user chooses or uploads it.

    A link without a codebook keeps the preset one, as links always have. So the best codebook is
    part of every link that has it.
    """
    kind = settings.get(SOURCE)
    there = kind != OWN or bool(settings.get(DATA))
    return "best" if kind in BEST_FIRST and there else None


def current() -> State:
    """Return the user's settings."""
    kept: State = own().get(_STATE) or State()
    return kept


def link() -> dict[str, str]:
    """Return the parameters of a link that opens the current state."""
    return _normal(current()).query()


def link_away() -> dict[str, str]:
    """Return the parameters of a link to a page other than Guide: without the lesson's place."""
    return {name: text for name, text in link().items() if name not in OF_GUIDE}


def explicit(query: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of a link to other settings, with one that has its start value.

    No URL that ``commit`` writes has one, so ``begin`` does not take the link for a late URL. It is
    one that the settings use.
    """
    starts = {name: one.write(one.start) for name, one in FIELDS.items() if one.start is not None}
    out = unused(State.from_query(query)[0])
    name = next(name for name in starts if name not in query and name not in out)
    return {**query, name: starts[name]}


def link_for_others() -> dict[str, str]:
    """Return the parameters of a link with what the settings show, and nothing else."""
    out = unused(current())
    return {name: text for name, text in link().items() if name not in out}


def value(name: str) -> Any:
    """Return a field's value before its widget is drawn; None if its start is not known yet."""
    return current().values.get(name, read(_STARTS, {}).get(name, FIELDS[name].start))


def drawn() -> dict[str, str]:
    """Return the settings that the page shows, as the texts of a link."""
    shown = {_field(key)[0] for key in read(_DRAWN, {})}
    found = {name: value(name) for name in FIELDS if name in shown}
    return {name: FIELDS[name].write(one) for name, one in found.items() if one is not None}


def note() -> str:
    """Return a sentence on the parts of the opened link that were not used; "" if all were."""
    found: tuple[str, ...] = read(_NOTE, ())
    return sentence(found)


def _say(what: str) -> None:
    """Add a part of the link that cannot be used on this page to the note."""
    if what not in read(_NOTE, ()):
        own()[_NOTE] = (*read(_NOTE, ()), what)


def _moved() -> dict[str, Value | None]:
    """Return the fields whose widgets have changed since they were drawn."""
    starts, found = read(_STARTS, {}), {}
    for key, drawn in read(_DRAWN, {}).items():
        value = st.session_state.get(key, drawn)
        if value != drawn and not _is_late(key, value):
            name, how = _field(key)
            if value is not None and not accepts(name, how, value):
                own()[_REFUSED] = {**read(_REFUSED, {}), name: value}
                continue
            if how is not None and value is not None:
                value = wording.typed(how, value)
            found[name] = None if value == starts.get(name) else value
    return found


def bounds(name: str, how: LevelScale | None = None) -> tuple[float, float]:
    """Return the smallest and the largest number that the field's widget takes."""
    one = FIELDS[name]
    if how is not None:
        return (-math.inf if how.falls else 0.0), math.inf
    return (one.low, one.high) if isinstance(one, Number) else (-math.inf, math.inf)


def accepts(name: str, how: LevelScale | None, value: Any) -> bool:
    """Whether a field takes what was typed; it does if that is no number."""
    low, high = bounds(name, how)
    return not isinstance(value, int | float) or low <= value <= high


def refused(name: str) -> float | None:
    """Return the number that was typed last and that the field does not take, if there is one."""
    found: float | None = read(_REFUSED, {}).get(name)
    return found


def _field(key: str) -> tuple[str, LevelScale | None]:
    """Return the field of a widget, and how it states levels if it shows one."""
    found: tuple[str, LevelScale | None] = read(_FIELDS, {}).get(key, (key, None))
    return found


def _normal(state: State) -> State:
    """Return the state without the fields that have the start value of their page."""
    starts = read(_STARTS, {})
    same = {name: None for name, value in state.values.items() if starts.get(name) == value}
    return state.changed(same)


def widget(
    name: str,
    start: Value | None = None,
    *,
    options: Collection[Any] | None = None,
    high: float | None = None,
    how: LevelScale | None = None,
) -> str:
    """Return the key of a field's widget, and set the widget to the field's value.

    Parameters
    ----------
    name : str
        The field.
    start : value, optional
        The start value if it depends on the source or the file.
    options : collection, optional
        The options of this page; any other value is reset to the start value.
    high : float, optional
        The largest number on this page.
    how : LevelScale, optional
        How the widget states the field, which is a level.
    """
    one = FIELDS[name]
    first = one.start if start is None else start
    value = current().values.get(name, first)
    if options is not None and value not in options:
        _say(f"{name} = “{value}” was ignored (not an option on this page)")
        value = first
    if high is not None and isinstance(one, Number | Whole) and value is not None:
        value = min(value, type(value)(high))
    own()[_STARTS] = {**read(_STARTS, {}), name: first}
    key = key_of(name, "", how)
    _draw(key, value if how is None or value is None else wording.shown(how, float(value)))
    return key


def slider(name: str, value: float, how: LevelScale, first: float) -> str:
    """Return the key of the slider of a level, and set it; ``first`` is its first notch."""
    key = key_of(name, SLIDER, how)
    own()[_FIRSTS] = {**read(_FIRSTS, {}), key: first}
    _draw(key, wording.shown(how, value))
    return key


def key_of(name: str, ending: str, how: LevelScale | None) -> str:
    """Return the key of a widget of a field; each word for levels has widgets of its own."""
    word = f"_{how.measure}" if how is not None and how.measure in wording.OTHERS else ""
    key = name + word + ending
    own()[_FIELDS] = {**read(_FIELDS, {}), key: (name, how)}
    return key


def _draw(key: str, value: Value | None) -> None:
    """Set a widget to a value."""
    drawn = read(_DRAWN, {})
    brought = key in read(_BROUGHT, {}) and key not in drawn
    # Written only if need be, so that a widget in use is not reset.
    if not brought and (key not in drawn or st.session_state.get(key) != value):
        st.session_state[key] = value
        own()[_SET] = {**read(_SET, {}), key: read(_TURN, 0)}
    elif not brought and _is_unheard(key):
        st.session_state[key] = value
    own()[_DRAWN] = {**drawn, key: value}


def put(changes: Mapping[str, Value | None]) -> None:
    """Set fields from a callback; None resets a field to its start value."""
    _apply(changes)
    own()[_DRAWN] = {
        key: drawn for key, drawn in read(_DRAWN, {}).items() if _field(key)[0] not in changes
    }


def restart() -> None:
    """Reset to the start settings of the source."""
    put({**dict.fromkeys(FOLLOWERS[SOURCE]), CODEBOOK: _first_codebook(current())})
    forget_undo()
    redraw()


def read(key: str, default: Any = None) -> Any:
    """Return the stored value of a key, or the default."""
    value = own().get(key) if key.startswith("_") else st.session_state.get(key)
    return default if value is None else value


def write(key: str, value: Any) -> None:
    """Store a value that is not a field, from a callback or before its widget is drawn."""
    (own() if key.startswith("_") else st.session_state)[key] = value


def show_subset(field: str, text: str) -> None:
    """Store the text of the subset on screen and its field, for undo."""
    own()[_SHOWN] = (field, text)


def _shown() -> tuple[str, str]:
    found: tuple[str, str] = read(_SHOWN, ("S", ""))
    return found


def set_subset(field: str, text: str, *, more: Mapping[str, Value | None] | None = None) -> None:
    """Change the text of a subset, and ``more`` fields with it; the text can be restored."""
    note_change()
    put({field: text, **(more or {})})


def note_change() -> None:
    """Add the text on screen to the undo list; called when the user has changed it."""
    own()[_UNDO] = (*read(_UNDO, ()), _shown())[-_MOST_UNDO:]
    redraw()


def undo_subset() -> None:
    """Restore the text of the subset that was changed last, and choose that subset."""
    if undo := read(_UNDO, ()):
        own()[_UNDO], (field, text) = undo[:-1], undo[-1]
        put({field: text, DRAWS: int(field.removeprefix("S") or 1)})
        redraw()


def can_undo_subset() -> bool:
    """Whether a change of the subset can be undone."""
    return bool(read(_UNDO, ()))


def forget_undo() -> None:
    """Clear the undo list of the subsets."""
    own()[_UNDO] = ()


def redraw() -> None:
    """Replace the source chart, which clears the selection drawn on it."""
    own()[_REVISION] = revision() + 1


def revision() -> int:
    """Return how often the source chart was replaced."""
    return int(read(_REVISION, 0))


def set_frame() -> None:
    """Record that the frame was drawn in this run, before the page."""
    own()[_FRAME] = True


def take_frame() -> bool:
    """Return whether the frame has been drawn in this run."""
    return bool(own().pop(_FRAME, False))


def session() -> str:
    """Return an unguessable name of this session."""
    if _SESSION not in own():
        own()[_SESSION] = uuid.uuid4().hex
    return str(own()[_SESSION])


def where() -> tuple[str, str]:
    """Return the title of the current page, "" before there is one, and the session."""
    return str(read(_PAGE, "")), session()


def note_job(key: str) -> None:
    """Record that this run of the page requests a job."""
    own()[_JOBS] = {*read(_JOBS, ()), key}


def take_jobs() -> frozenset[str]:
    """Return the jobs requested since the last call."""
    wanted = frozenset(read(_JOBS, ()))
    own()[_JOBS] = set()
    return wanted


def is_dark() -> bool:
    """Whether the user's theme is dark."""
    return st.context.theme.type == "dark"
