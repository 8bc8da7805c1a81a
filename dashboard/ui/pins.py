"""The pinned scenarios of a window, and the popover that pins, renames and removes them."""

from __future__ import annotations

import functools
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from dashboard.model.pins import LONGEST_NAME, MOST, Pin, as_text, from_text, named
from dashboard.model.specs import Setting
from dashboard.model.views import Trouble
from dashboard.ui import last, queries, state
from rdcore import LevelScale

_PINS, _KEY, _STORE = "_pins", "pins", "pins_of_window"
_KNOWN, _TURN = "_pins_known", "_pins_turn"
_SCRIPT = Path(__file__).parent / "components" / "window" / "window.js"


def kept() -> tuple[Pin, ...]:
    """Return the pinned scenarios, the oldest first."""
    found: tuple[Pin, ...] = state.read(_PINS, ())
    return found


def shown() -> tuple[Pin, ...]:
    """Return the pinned scenarios, each with a name."""
    return named(kept(), _stated)


def _stated(setting: Setting) -> LevelScale:
    """Return how levels are stated; as they are, if that needs data that are gone."""
    found = queries.attempt(queries.scale, setting)
    return LevelScale("absolute", setting.unit) if isinstance(found, Trouble) else found


def keep(pins: tuple[Pin, ...]) -> None:
    """Replace the pinned scenarios."""
    state.write(_PINS, pins[:MOST])
    state.write(_KNOWN, True)


def popover(place: st.delta_generator.DeltaGenerator, page: st.Page, compare: st.Page) -> None:
    """Draw the popover; drawn after the page, when its problem is known."""
    pins = shown()
    label = f"Pins {len(pins)}" if pins else "Pins"
    # Under another key it is another popover, which is closed.
    key = f"{_KEY}_{page.url_path}_{state.read(_TURN, 0)}"
    with place.popover(label, icon=":material/keep:", key=key):
        problem = last.shown_problem()
        st.button(
            "Pin this scenario",
            icon=":material/keep:",
            disabled=problem is None or len(pins) >= MOST,
            help=f"Keep the problem of this page to compare it; at most {MOST}.",
            on_click=_pin,
            args=(page.url_path,),
            width="stretch",
        )
        names(pins)
        if pins:
            st.page_link(
                compare,
                label="Compare the pins",
                icon=":material/compare:",
                query_params=state.link_away(),
            )
        else:
            st.caption("Pins stay in this window and in its scenario file.")
    pins_now = as_text(kept()) if state.read(_KNOWN, False) else None
    _window()(
        key=_STORE,
        data={"pins": pins_now},
        height=0,
        on_kept_change=_restore,
        on_theme_change=_nothing,
    )


@functools.cache
def _window() -> ComponentRenderer:
    """Return the component that keeps the pins and hears of another theme, registered once."""
    code = _SCRIPT.read_text(encoding="utf-8")
    return st.components.v2.component(_STORE, js=code, isolate_styles=False)


def _nothing() -> None:
    """Draw the page again, with the colours of its theme now."""


def _restore() -> None:
    """Take the pins that the window has kept, before those of this session."""
    event = state.read(_STORE)
    text = event.get("kept") if event is not None else None
    if isinstance(text, str):
        restored = from_text(text)
        keep((*restored, *(pin for pin in kept() if pin not in restored)))


def names(pins: tuple[Pin, ...]) -> None:
    """Draw a row for each pin: its name and a button that removes it."""
    for k, pin in enumerate(pins):
        row = st.container(horizontal=True, vertical_alignment="center", gap="xsmall")
        key = f"pin_name_{k}_{pin.name}"
        row.text_input(
            f"Name of pin {k + 1}",
            pin.name,
            max_chars=max(LONGEST_NAME, len(pin.name)),
            key=key,
            label_visibility="collapsed",
            on_change=_rename,
            args=(k, key, pin.name),
        )
        row.button(
            "",
            key=f"unpin_{k}",
            icon=":material/close:",
            type="tertiary",
            help=f"Remove the pin “{pin.name}”",
            on_click=_remove,
            args=(k,),
        )


def _pin(page: str) -> None:
    spec = last.shown_problem()
    if spec is not None:
        shown = state.link_for_others()
        link = {name: text for name, text in shown.items() if name not in state.OF_GUIDE}
        keep((*kept(), Pin("", spec, page, link)))
        state.write(_TURN, state.read(_TURN, 0) + 1)


def _rename(k: int, key: str, drawn: str) -> None:
    """Give a pin the typed name, unless it is what was drawn.

    A further pin, which may come with the same message of the browser, changes the other names.
    """
    pins, typed = list(kept()), str(state.read(key, ""))
    if k < len(pins) and typed != drawn:
        pins[k] = pins[k].renamed(typed)
        keep(tuple(pins))


def _remove(k: int) -> None:
    pins = kept()
    keep((*pins[:k], *pins[k + 1 :]))
