"""The lessons of the Guide, for one reader and for a class."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from dashboard.figures import theme
from dashboard.formatting import short
from dashboard.model.fields import LAST_STEP, LESSONS
from dashboard.model.glossary import explain
from dashboard.model.lessons import lessons
from dashboard.model.lessons.lesson import Lesson, filled
from dashboard.model.lessons.views import Reading, texts
from dashboard.ui import inputs, layout, share, state
from dashboard.ui.cards import guide_kinds
from dashboard.ui.charts import chart
from dashboard.ui.metrics import tile, tiles

_HEIGHT, _CLASS_HEIGHT = 340, 400
_CLASS_FONT = 1.35
_KEYS = "lesson_keys"
# The terms of the glossary that explain readings, by the name of the reading.
_TERMS = {
    "rate": "rate",
    "price": "price",
    "subset_price": "price",
    "entropy": "output entropy",
    "randomness": "encoder randomness",
    "tau": "temperature",
    "bound": "lower bound",
    "coded": "hull",
    "lloyd": "Lloyd–Max quantiser",
    "count": "free codebook",
    "excess": "proved excess",
    "alone": "rate–distortion function",
    "scalar": "entropy-coded scalar quantiser",
    "states": "trellis code",
}
_CLASS_STYLE = """<style>
[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"], .st-key-pages,
.st-key-guide_bar { display: none; }
.st-key-lesson_text p, .st-key-lesson_text li { font-size: 1.3rem; line-height: 1.45; }

.st-key-lesson_question p { font-size: 1.45rem; }
.st-key-lesson_control label p { font-size: 1.25rem; }
.st-key-lesson_readings [data-testid="stMetricValue"] { font-size: 1.9rem; }
.st-key-lesson_readings [data-testid="stMetricLabel"] p { font-size: 1.1rem; }
.st-key-result { max-width: none; }
.st-key-result a:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
@media (max-width: 640px) {
  .st-key-lesson_text p, .st-key-lesson_text li, .st-key-lesson_question p { font-size: 1.15rem; }
}
</style>"""
# Presenters' remote controls send PageUp and PageDown. Arrow keys stay with a slider, a tab or a
# text that has the focus; the page keys stay with a text only.
_LISTEN = """
const STEPS = { PageDown: 1, ArrowRight: 1, PageUp: -1, ArrowLeft: -1 };
const TEXT = 'textarea, [contenteditable="true"], [role="combobox"], [role="textbox"],'
  + ' input:not([type]), input[type="text"], input[type="number"], input[type="search"]';
const OPEN = '[data-testid="stPopoverBody"], [role="dialog"], [role="listbox"]';
const MOVED = 'input, [role="slider"], [role="radio"], [role="tab"], [role="option"]';
export default function ({ setTriggerValue }) {
  const listen = (event) => {
    const leaves = event.key === 'Escape' && !document.querySelector(OPEN);
    const step = leaves ? 'end' : STEPS[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.closest(TEXT)) return;
    if (event.key.startsWith('Arrow') && target.closest(MOVED)) return;
    event.preventDefault();
    event.stopPropagation();
    setTriggerValue('moved', step);
  };
  document.addEventListener('keydown', listen, true);
  return () => document.removeEventListener('keydown', listen, true);
}
"""


def lesson(row: st.delta_generator.DeltaGenerator) -> None:
    """Draw the chosen lesson; its controls are in the row."""
    one = lessons()[state.value("lesson")]
    if state.value("teach"):
        _class(one)
    else:
        _alone(one, row)
    if state.value("notes"):
        with st.container(border=True, key="lesson_notes"):
            st.markdown(f"**Speaker’s notes.** {one.notes}")


def _alone(one: Lesson, row: st.delta_generator.DeltaGenerator) -> None:
    """Draw a lesson for a reader: everything on one page, reveal and answer folded."""
    with row:
        inputs.select(
            "lesson",
            "Lesson",
            {name: _title(lessons()[name]) for name in LESSONS},
            width=370,
            label_visibility="collapsed",
        )
        _neighbours(one)
        st.button(
            "Teacher’s view",
            key="teach_start",
            icon=":material/co_present:",
            on_click=state.put,
            args=({"teach": True, "step": None},),
            help="Large type and one step at a time; arrow keys or PageUp and PageDown move on.",
        )
    with layout.card(_title(one), height="content"):
        layout.line(f"**{one.question}**")
        layout.line(one.text)
        left, right = st.columns((8, 4), gap="medium")
        with left:
            at = _control(one)
        found = _result(one, at, left, right, height=_HEIGHT)
        step = int(state.value("step"))
        if found is not None:
            with _folded(one, "Reveal", ":material/visibility:", opened=step >= 1):
                layout.line(filled(one.reveal, texts(found)))
        layout.line(f"**Check.** {one.check}")
        with _folded(one, "Answer", ":material/check:", opened=step >= LAST_STEP):
            layout.line(one.answer)
        _onward(one, at)


def _folded(
    one: Lesson, label: str, icon: str, *, opened: bool
) -> st.delta_generator.DeltaGenerator:
    """Return a part of a lesson that is folded.

    Its key is its own for each lesson and step: the browser keeps what was opened by the key, and
    the answer of the next lesson is not shown before its question.
    """
    key = f"lesson_{label.lower()}_{one.name}_{int(state.value('step'))}"
    return st.expander(label, expanded=opened, key=key, icon=icon)


def _class(one: Lesson) -> None:
    """Draw a step of a lesson for a class: large, and one text at a time beside the chart."""
    st.html(_CLASS_STYLE)
    step = int(state.value("step"))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="class_bar"):
        place = f"Lesson {_number(one)} of {len(LESSONS)} · step {step + 1} of {LAST_STEP + 1}"
        st.markdown(place, width="content")
        _moves(one, step)
        with st.popover("Links", icon=":material/share:", key="class_link"):
            st.markdown("**For the class**: this lesson, step and position, also on phones")
            leave_out = ("teach", "notes")
            st.code(share.address(leave_out=leave_out), language=None, wrap_lines=True)
            st.markdown("**For you**: the same view with speaker’s notes, on a second screen")
            st.code(share.address(also={"notes": "true"}), language=None, wrap_lines=True)
        st.button(
            "Close",
            key="teach_end",
            icon=":material/close:",
            on_click=_leave,
            help="Back to the page with all parts of the lesson.",
        )
        st.caption("Keys: ← → or PageUp PageDown move, Escape closes", width="content")
    st.title(_title(one))
    with st.container(key="lesson_question"):
        layout.line(f"**{one.question}**")
    left, right = st.columns((5, 7), gap="medium")
    with right, st.container(key="lesson_control"):
        at = _control(one)
    text = left.container(key="lesson_text")
    found = _result(one, at, right, left, height=_CLASS_HEIGHT)
    with text:
        if step == 0:
            layout.line(one.text)
        elif step == 1:
            layout.line(filled(one.reveal, texts(found)) if found else one.text)
        else:
            layout.line(f"**Check.** {one.check}")
            if step == LAST_STEP:
                layout.line(one.answer)
                _onward(one, at)
    _listener()(key=_KEYS, height=0, on_moved_change=_moved)


def _title(one: Lesson) -> str:
    return f"{_number(one)} · {one.title}"


def _number(one: Lesson) -> int:
    return LESSONS.index(one.name) + 1


def _control(one: Lesson) -> float:
    """Draw the slider of the lesson and return its position."""
    control = one.control
    asked = state.value("at")
    usable = asked is None or control.accepts(float(asked))
    key = state.widget("at", control.start, options=None if usable else control.values)
    value = float(state.read(key, control.start))
    st.select_slider(
        control.title,
        sorted({*control.values, value}),
        key=key,
        format_func=lambda position: short(float(position)),
    )
    return value


def _result(
    one: Lesson,
    at: float,
    chart_place: st.delta_generator.DeltaGenerator,
    readings_place: st.delta_generator.DeltaGenerator,
    *,
    height: int,
) -> Sequence[Reading] | None:
    """Draw the figure in one place and the readings in the other; return these."""
    large = bool(state.value("teach"))
    with chart_place:
        found = guide_kinds.shown(one, at)
        if found is None:
            return None
        drawing = theme.enlarged(found.figure, _CLASS_FONT) if large else found.figure
        chart(drawing, "lesson_chart", alt=found.alt, height=height)
    with readings_place, st.container(key="lesson_readings"), tiles(2, narrowest=130):
        for reading in found.readings:
            tile(
                reading.label,
                reading.shown,
                reading.below or None,
                unit=reading.unit,
                more=explain(_TERMS[reading.name]) if reading.name in _TERMS else None,
                border=False,
            )
    return found.readings


def _onward(one: Lesson, at: float) -> None:
    """Draw the link to the page that goes on with the settings of the lesson."""
    st.page_link(
        f"pages/{one.page}.py",
        label=one.open,
        icon=":material/arrow_forward:",
        query_params=one.state(at).query(),
    )


def _neighbours(one: Lesson) -> None:
    """Draw the buttons to the lesson before and after."""
    place = LESSONS.index(one.name)
    for label, other, icon in (
        ("Back", place - 1, ":material/chevron_left:"),
        ("Next", place + 1, ":material/chevron_right:"),
    ):
        inside = 0 <= other < len(LESSONS)
        st.button(
            label,
            key=f"lesson_{label.lower()}",
            icon=icon,
            disabled=not inside,
            on_click=state.put,
            args=({"lesson": LESSONS[other] if inside else None},),
        )


def _moves(one: Lesson, step: int) -> None:
    """Draw the buttons to the step before and after."""
    place = LESSONS.index(one.name)
    first, last = place == 0 and step == 0, place == len(LESSONS) - 1 and step == LAST_STEP
    st.button(
        "Back",
        key="step_back",
        icon=":material/chevron_left:",
        disabled=first,
        on_click=_move,
        args=(-1,),
    )
    st.button(
        "Next",
        key="step_next",
        icon=":material/chevron_right:",
        type="primary",
        disabled=last,
        on_click=_move,
        args=(1,),
    )


def _move(by: int) -> None:
    """Go to the next step, or back; after the last step of a lesson comes the next lesson."""
    place = LESSONS.index(state.value("lesson")) * (LAST_STEP + 1) + int(state.value("step")) + by
    lesson, step = divmod(place, LAST_STEP + 1)
    if not 0 <= lesson < len(LESSONS):
        return
    changes: dict[str, str | int | None] = {"step": step}
    if LESSONS[lesson] != state.value("lesson"):
        changes |= {"lesson": LESSONS[lesson], "at": None}
    state.put(changes)


def _leave() -> None:
    """Go back to the page with all parts of the lesson."""
    state.put({"teach": None, "notes": None})


def _moved() -> None:
    """Move by what the listener sent, or leave."""
    event = state.read(_KEYS)
    by = event.get("moved") if event is not None else None
    if by == "end":
        _leave()
    elif by in (-1, 1):
        _move(int(by))


@functools.cache
def _listener() -> ComponentRenderer:
    """Return the component that listens for keys, registered once."""
    return st.components.v2.component(_KEYS, js=_LISTEN, isolate_styles=False)
