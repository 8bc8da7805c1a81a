"""The subsets as they are set: which there are, how each is called, and what edits them."""

from __future__ import annotations

import streamlit as st

from dashboard.figures.theme import palette
from dashboard.formatting import clean
from dashboard.model.fields import subset_field
from dashboard.model.marks import AVERAGE, COLOURS, SLOTS, Mark, mark
from dashboard.model.specs import Setting
from dashboard.ui import last, state
from dashboard.ui.starts import start

_LIST = f'.st-key-{state.DRAWS} [role="radiogroup"]'
_SWATCH = (
    f"{_LIST} label p::before {{ content: ''; display: inline-block; width: 0.7em;"
    " height: 0.7em; border-radius: 50%; margin-right: 0.45em; }"
)


def slots() -> tuple[int, ...]:
    """Return the numbers of the subsets in the list; there is always one.

    The first is left out if it is off and has no text while there are others.
    """
    others = tuple(slot for slot in SLOTS[1:] if state.value(subset_field("S", slot)) is not None)
    off = not state.value(subset_field("subset", 1)) and not text(1)
    return others if others and off else (1, *others)


def text(slot: int) -> str:
    """Return the text of a subset; at first, that of the source."""
    kept = state.value(subset_field("S", slot))
    return str((start(last.source()).subset if slot == 1 else "") if kept is None else kept)


def chosen() -> int:
    """Return the number of the subset that drawing and the fields of the sidebar edit."""
    there, wanted = slots(), int(state.value(state.DRAWS))
    return wanted if wanted in there else there[0]


def look(slot: int) -> Mark:
    """Return how a subset is shown."""
    name = clean(str(state.value(subset_field("name", slot)) or ""))
    colour = colours().get(slot, slot - 1)
    return mark(slot, numbered=len(slots()) > 1, name=name, colour=colour)


def colours() -> dict[int, int]:
    """Return the colour of each subset: the one set, unless an earlier subset has it."""
    found: dict[int, int] = {}
    for slot in slots():
        wanted = state.value(subset_field("colour", slot))
        first = COLOURS.index(wanted) if wanted in COLOURS else slot - 1
        order = [first, slot - 1, *range(len(COLOURS))]
        found[slot] = next(colour for colour in order if colour not in found.values())
    return found


def marks(setting: Setting) -> tuple[Mark, ...]:
    """Return the marks of D and of the subsets of a setting, in the order of its levels."""
    return (AVERAGE, *(look(one.slot) for one in setting.subsets))


def level_field(setting: Setting, which: int) -> str:
    """Return the field of a level: 0 for D, else the place of the subset."""
    return subset_field("Ds", setting.subsets[which - 1].slot) if which else state.LEVEL


def place(setting: Setting, slot: int) -> int:
    """Return the place of a subset's level in the setting; 0 if it is not there."""
    found = [k for k, one in enumerate(setting.subsets, 1) if one.slot == slot]
    return found[0] if found else 0


def free() -> int | None:
    """Return the number of the next subset; None if there are six."""
    return next((slot for slot in SLOTS if slot not in slots()), None)


def level_names(setting: Setting, *chosen: str) -> dict[int, str]:
    """Return the names of the levels of a setting by slot, to choose one.

    ``chosen`` are fields of such choices: what they hold stays in the list while it is off.
    """
    names = {one.slot: one.long_level for one in marks(setting)}
    for field in chosen:
        slot = state.value(field)
        if slot in slots() and slot not in names:
            names[slot] = f"{look(slot).long_level} (off)"
    return names


def add() -> None:
    """Add a subset, and choose it for drawing."""
    slot = free()
    if slot is None:
        return
    state.put(
        {
            **_cleared(slot),
            subset_field("subset", slot): True,
            subset_field("S", slot): "",
            state.DRAWS: slot,
        }
    )
    state.redraw()


def remove(slot: int) -> None:
    """Remove a subset from the list."""
    left = [other for other in slots() if other != slot]
    gone: dict[str, str | bool | None] = dict(_cleared(slot))
    gone |= {
        name: None for name in (state.ALONG, state.ACROSS, state.UP) if state.value(name) == slot
    }
    if slot == 1:
        gone |= {subset_field("subset", 1): False, subset_field("S", 1): ""}
    state.put({**gone, state.DRAWS: left[0] if left else None})
    state.forget_undo()
    state.redraw()


def choose(slot: int) -> None:
    """Choose the subset that drawing and the fields of the sidebar edit."""
    state.put({state.DRAWS: slot})


def colour_name(slot: int) -> str:
    """Return the name of the colour of a subset."""
    return COLOURS[colours()[slot]]


def free_colours(slot: int) -> list[str]:
    """Return the colours that no other subset has."""
    taken = {colour for other, colour in colours().items() if other != slot}
    return [name for k, name in enumerate(COLOURS) if k not in taken]


def style() -> None:
    """Send the colours of the subsets to the browser, if there are several."""
    if len(slots()) == 1:
        return
    shades = palette(state.is_dark()).subsets
    rules = [_SWATCH]
    for place, (slot, colour) in enumerate(colours().items(), 1):
        option = f"{_LIST} > div:nth-of-type({place}) label p::before"
        tile = f'[class*="_tile_of_{slot}"] [data-testid="stMetric"]'
        shade = shades[colour]
        rules.append(f"{option} {{ background: {shade}; }}")
        rules.append(f"{tile} {{ border-left: 4px solid {shade}; }}")
    st.html(f"<style>{' '.join(rules)}</style>")


def _cleared(slot: int) -> dict[str, None]:
    kinds = ("subset", "S", "measure", "Ds", "name", "colour")
    return {subset_field(kind, slot): None for kind in kinds}
