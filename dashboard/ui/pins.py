"""The pinned scenarios of a session, and the popover that pins, renames and removes them."""

from __future__ import annotations

import streamlit as st

from dashboard.model.pins import LONGEST_NAME, MOST, Pin
from dashboard.ui import state

_PINS, _KEY = "_pins", "pins"


def kept() -> tuple[Pin, ...]:
    """Return the pinned scenarios, the oldest first."""
    found: tuple[Pin, ...] = state.read(_PINS, ())
    return found


def keep(pins: tuple[Pin, ...]) -> None:
    """Replace the pinned scenarios."""
    state.write(_PINS, pins[:MOST])


def popover(place: st.delta_generator.DeltaGenerator, page: st.Page, compare: st.Page) -> None:
    """Draw the popover; drawn after the page, when its problem is known."""
    pins = kept()
    label = f"Pins {len(pins)}" if pins else "Pins"
    with place.popover(label, icon=":material/keep:", key=_KEY):
        shown = state.shown_problem()
        st.button(
            "Pin this scenario",
            icon=":material/keep:",
            disabled=shown is None or len(pins) >= MOST,
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
                query_params=state.link(),
            )
        else:
            st.caption("Pins stay in this window and in its scenario file.")


def names(pins: tuple[Pin, ...]) -> None:
    """Draw a row for each pin: its name and a button that removes it."""
    for k, pin in enumerate(pins):
        left, right = st.columns((5, 1), vertical_alignment="center", wrap=False)
        key = f"pin_name_{k}_{pin.name}"
        left.text_input(
            f"Name of pin {k + 1}",
            pin.name,
            max_chars=LONGEST_NAME,
            key=key,
            label_visibility="collapsed",
            on_change=_rename,
            args=(k, key),
        )
        right.button(
            "",
            key=f"unpin_{k}",
            icon=":material/close:",
            type="tertiary",
            help=f"Remove the pin “{pin.name}”",
            on_click=_remove,
            args=(k,),
        )


def _pin(page: str) -> None:
    spec = state.shown_problem()
    if spec is None:
        return
    number = 1 + max((int(pin.name.split()[-1]) for pin in kept() if _numbered(pin)), default=0)
    name = f"Pin {number}"
    keep((*kept(), Pin(name, spec, page, state.link())))


def _numbered(pin: Pin) -> bool:
    return pin.name.startswith("Pin ") and pin.name.split()[-1].isdecimal()


def _rename(k: int, key: str) -> None:
    pins = list(kept())
    if k < len(pins):
        pins[k] = pins[k].renamed(str(state.read(key, "")))
        keep(tuple(pins))


def _remove(k: int) -> None:
    pins = kept()
    keep((*pins[:k], *pins[k + 1 :]))
