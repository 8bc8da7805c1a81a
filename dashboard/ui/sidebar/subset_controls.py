"""The subsets: their list, the text, the measure and the level of one, and drawing it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard.formatting import as_markdown
from dashboard.model import subset, wording
from dashboard.model.drawing import drawn, in_columns
from dashboard.model.fields import subset_field
from dashboard.model.marks import SLOTS, Mark
from dashboard.model.specs import Measure, ProblemSpec, Setting, SourceSpec, Subset
from dashboard.model.views import LevelRange, SourceView, Trouble
from dashboard.tasks import groups
from dashboard.ui import inputs, last, layout, queries, state, subsets
from dashboard.ui.metrics import explained
from dashboard.ui.sidebar import levels
from dashboard.ui.starts import Start, between
from rdcore import LevelScale

MEASURES: dict[Measure, str] = {
    "conditional": "Conditional mean",
    "joint": "Joint mass",
    "each": "Each symbol",
}
_MEANINGS: dict[Measure, str] = {
    "conditional": "E[ d | X ∈ {S} ] ≤ {D}: the mean over the symbols in {S}.",
    "joint": "E[ d · 1(X ∈ {S}) ] ≤ {D}: the part of D from {S}, as in Nasser (2025).",
    "each": "E[ d | X = x ] ≤ {D} for every x in {S}.",
}
_SHORT: dict[Measure, str] = {"conditional": "mean", "joint": "joint mass", "each": "each symbol"}
_HELP = (
    "On a line: “>80”, “80..100”, “|x|<1”, “top 5%”, or intervals such as “+[-1,1] -[-0.2,0.2]”."
    " In the plane: “x>1 and y<2”, “+box(-1,1,0,2)”, “+disc(0,0,2)” or “+lasso(0 0, 1 0, 1 1)”."
    " “or” joins parts, “except” removes one, and “+all” selects every atom."
)
_MODES = ("Add", "Subtract", "Replace")


def held(setting: Setting, first: Start, level: float) -> Setting:
    """Draw the controls of the subsets and return the setting with them.

    ``first`` has the start values of the source, and ``level`` is D.
    """
    there, chosen = subsets.slots(), subsets.chosen()
    found: dict[int, Subset] = {}
    for slot in there:
        if slot != chosen:
            found[slot] = _as_set(setting, slot, first)
    if len(there) > 1:
        _list(there, found, queries.scale(setting))
    if len(there) == 1:
        on = inputs.toggle(
            subset_field("subset", chosen),
            "Limit the distortion of a subset",
            help=explained("subset"),
        )
    else:
        on = _heading(chosen)
    if on or len(there) > 1:
        found[chosen] = _edited(setting, subsets.look(chosen), first)
    _buttons(there, chosen)
    active = [found[slot] for slot in there if slot in found and _is_on(slot)]
    setting = replace(setting, subsets=tuple(active)).grouped()
    built = queries.attempt(queries.source, setting.source)
    if isinstance(built, Trouble):
        return replace(setting, subsets=())
    setting = setting.pruned(built)
    _beside(ProblemSpec(setting, level))
    return setting


def _is_on(slot: int) -> bool:
    return bool(state.value(subset_field("subset", slot)))


def _as_set(setting: Setting, slot: int, first: Start) -> Subset:
    """Return a subset whose controls are not shown."""
    text = subsets.text(slot)
    built = queries.attempt(queries.source, setting.source)
    if not isinstance(built, Trouble):
        try:
            setting.source.shapes(text, built.dim)
        except subset.SubsetError:
            text = last.subset(setting.source, slot)
    found = Subset(text, 1.0, state.value(subset_field("measure", slot)), slot)
    level = state.value(subset_field("Ds", slot))
    if level is None:
        level = _start_level(replace(setting, subsets=(found,)).grouped(), first)
    return replace(found, level=float(level))


def _start_level(setting: Setting, first: Start) -> float:
    """Return the start of D′: that of the source, or a value inside the range of the subset."""
    (one,) = setting.subsets
    if one.slot == 1 and setting.distortion == first.distortion:
        return first.subset_level
    bounds = queries.attempt(queries.level_range, setting)
    if isinstance(bounds, Trouble) or len(bounds.least) < 2:
        return first.subset_level
    return between(bounds.least[1], bounds.most[1])


def _list(there: tuple[int, ...], found: dict[int, Subset], how: LevelScale) -> None:
    """Draw the list of the subsets, from which the one to edit is chosen."""
    looks = {slot: subsets.look(slot) for slot in there}
    st.radio(
        "Subsets",
        there,
        format_func=lambda slot: as_markdown(looks[slot].title),
        captions=[_caption(looks[slot], found.get(slot), how) for slot in there],
        key=state.widget(state.DRAWS, there[0], options=there),
        help="Drawing on the source and the fields below change the chosen subset.",
    )


def _caption(one: Mark, found: Subset | None, how: LevelScale) -> str:
    if not _is_on(one.slot):
        return "off"
    level = state.value(subset_field("Ds", one.slot)) if found is None else found.level
    measure: Measure = state.value(subset_field("measure", one.slot))
    if level is None:
        return _SHORT[measure]
    return f"{one.level} = {wording.number(how, float(level))}, {_SHORT[measure]}"


def _heading(slot: int) -> bool:
    """Draw the name, the colour and the switch of the chosen subset."""
    left, right = st.columns((3, 2), wrap=False)
    with left:
        inputs.text(subset_field("name", slot), "Name", placeholder=subsets.look(slot).symbol)
    free = subsets.free_colours(slot)
    inputs.select(
        subset_field("colour", slot),
        "Colour",
        {name: name.capitalize() for name in free},
        start=subsets.colour_name(slot),
        where=right,
    )
    return inputs.toggle(
        subset_field("subset", slot),
        f"Limit the distortion of {subsets.look(slot).symbol}",
        help=explained("subset"),
    )


def _edited(setting: Setting, look: Mark, first: Start) -> Subset:
    """Draw the text, the measure and the level of a subset, and return it."""
    slot, field = look.slot, subset_field("S", look.slot)
    shown = inputs.text(
        field,
        f"Subset {look.symbol}",
        start=first.subset if slot == 1 else None,
        placeholder="draw on the source chart, or type",
        help=_HELP,
    )
    state.show_subset(field, shown)
    text = _readable(setting.source, look, shown)
    if not text and _is_on(slot):
        _suggest(setting, look)
    measure: Measure = inputs.select(
        subset_field("measure", slot),
        f"Measure of {look.level}",
        MEASURES,
        help="\n\n".join(one.format(S=look.symbol, D=look.level) for one in _MEANINGS.values())
        + "\n\n"
        + explained("conditional mean", "joint mass", "each symbol"),
    )
    if measure == "joint" and queries.scale(setting).measure == "rms":
        st.caption(
            f"{look.level} in RMS is the root of that part, √E[ d · 1(X ∈ {look.symbol}) ]; it is"
            " not divided by the probability of the subset."
        )
    found = Subset(text, 1.0, measure, slot)
    alone = replace(setting, subsets=(found,)).grouped()
    level = _start_level(alone, first)
    bounds = queries.attempt(queries.level_range, alone)
    if isinstance(bounds, Trouble) or len(bounds.least) < 2:
        bounds = LevelRange((0.0, 0.0), (1.0, 4 * level))
    value = levels.level(
        f"{look.level}, distortion on {look.symbol}",
        subset_field("Ds", slot),
        level,
        queries.scale(setting),
        low=bounds.least[1],
        high=bounds.most[1],
        more=explained("subset distortion", "minimum level"),
    )
    return replace(found, level=value)


def _beside(spec: ProblemSpec) -> None:
    """Show which levels of the subsets are too small, each with a remedy."""
    bounds = queries.attempt(queries.level_range, spec.setting)
    if isinstance(bounds, Trouble):
        return
    names = subsets.marks(spec.setting)
    for which in range(1, len(spec.levels)):
        trouble = queries.too_small(which, spec, bounds, names[which].long_level)
        field = subsets.level_field(spec.setting, which)
        levels.beside(trouble, field, names[which].level, queries.scale(spec.setting))


def _buttons(there: tuple[int, ...], chosen: int) -> None:
    with st.container(horizontal=True, gap="small", key="subset_buttons"):
        if len(there) < len(SLOTS):
            st.button(
                "Add a subset",
                key="subset_add",
                type="tertiary",
                icon=":material/add:",
                help="Limit the distortion of another subset to a level of its own.",
                on_click=subsets.add,
            )
        if len(there) > 1:
            st.button(
                f"Remove {subsets.look(chosen).symbol}",
                key="subset_remove",
                type="tertiary",
                icon=":material/delete:",
                on_click=subsets.remove,
                args=(chosen,),
            )


def _suggest(setting: Setting, look: Mark) -> None:
    """Say that a subset is empty, and offer some that the source has."""
    found = queries.attempt(groups.examples, ProblemSpec(setting, 1.0))
    examples = () if isinstance(found, Trouble) else found
    end = ", type it above, or take one:" if examples else " or type it above."
    st.info(f"{look.symbol} is empty: drag across the source chart{end}")
    with st.container(horizontal=True, gap="small", key="subset_examples"):
        for k, text in enumerate(examples):
            st.button(
                as_markdown(text),
                key=f"subset_example_{k}",
                on_click=state.set_subset,
                args=(subset_field("S", look.slot), text),
            )


def _readable(spec: SourceSpec, look: Mark, text: str) -> str:
    """Return the text if it is valid; otherwise show the error and return the last valid text."""
    built = queries.attempt(queries.source, spec)
    if isinstance(built, Trouble):
        return ""
    try:
        ops = spec.shapes(text, built.dim)
    except subset.SubsetError as error:
        kept = last.subset(spec, look.slot)
        st.error(as_markdown(f"{error} {look.symbol} stays {kept or 'empty'} in the meantime."))
        return kept
    inside = spec.rows(text) if spec.uses_rows(text) else spec.mask(text, built)
    if ops and not inside.any():
        st.warning(f"No atom of the source is in {look.symbol}, so {look.level} has no effect.")
    last.keep_subset(spec, look.slot, text)
    return text


def drawing_tools(dim: int) -> str:
    """Draw the toolbar of the source chart and return the drawing tool: "select" or "lasso"."""
    tool = "Box"
    field = subset_field("S", subsets.chosen())
    with layout.toolbar("source"):
        st.segmented_control(
            "Effect of drawing on the source",
            list(_MODES),
            default="Add",
            required=True,
            key=state.MODE,
            label_visibility="collapsed",
        )
        if dim == 2:
            tool = st.segmented_control(
                "Drawing tool",
                ["Box", "Lasso"],
                default="Box",
                required=True,
                key=state.TOOL,
                label_visibility="collapsed",
            )
        st.button(
            "Undo",
            key="subset_undo",
            type="tertiary",
            help="Undo the last change of the subset.",
            disabled=not state.can_undo_subset(),
            on_click=state.undo_subset,
        )
        st.button(
            "Clear",
            key="subset_clear",
            type="tertiary",
            help="Remove all atoms from the subset.",
            on_click=state.set_subset,
            args=(field, ""),
        )
    return "lasso" if tool == "Lasso" else "select"


def draw(view: SourceView) -> None:
    """Apply the selection drawn on the source chart; its ``on_select`` callback."""
    event = state.read(state.CHART, None)
    if event is None:
        return
    low, high = view.span()
    mode = state.read(state.MODE, "Add")
    sign: subset.Sign = "-" if mode == "Subtract" else "+"
    new = drawn(event.selection, sign, view.points, span=high - low)
    if not new:
        return
    slot, spec = subsets.chosen(), last.source()
    new = in_columns(new, tuple(map(float, spec.scales)))
    text = "" if mode == "Replace" else subsets.text(slot).strip()
    try:
        spec.shapes(text, view.dim)
    except subset.SubsetError:
        text = ""
    text = f"{text} {subset.text_of(new)}".strip()
    state.set_subset(subset_field("S", slot), text, more={subset_field("subset", slot): True})
