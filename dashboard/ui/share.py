"""Share: the link, the scenario file, a lesson of one's own, and all to take along."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urlencode

import streamlit as st

import rdcore as rd
from dashboard.errors import UserError
from dashboard.formatting import as_markdown, clean
from dashboard.model.scenario import DATA, File, Scenario, pictures_of, uses_file
from dashboard.model.state import sentence
from dashboard.ui import layout, own_lesson, pins, record, state, takeaway
from dashboard.uploads import store
from dashboard.uploads.pictures import read_colours

_OPEN, _FILE, _NOTE, _PENDING = "share", "scenario", "_opened", "_pending"
_KEPT = "which this server keeps for {hours} hours after the last use"
_PINS_STAY = "The link does not have the pinned scenarios. The scenario file below has them."
_LINK_TO_DATA = (
    f"The link needs the uploaded file, {_KEPT}."
    " The scenario file contains the data and opens on any server."
)
_LINK_TO_PICTURES = (
    f"The link needs your uploaded pictures, {_KEPT}."
    " The scenario file contains them and opens on any server."
)


def begin(pages: Sequence[st.Page], shown: st.Page) -> None:
    """Go to the page of the scenario that was opened, if any; called at the start of a run."""
    takeaway.begin()
    wanted: str | None = state.read(_PENDING)
    if wanted is None:
        return
    target = next((page for page in pages if page.url_path == wanted), pages[0])
    if target is not shown:
        # Kept until the page is there: another run of the browser may come before it.
        query = state.link()
        state.wrote(query)
        st.switch_page(target, query_params=query)
    state.write(_PENDING, None)


def popover(place: st.delta_generator.DeltaGenerator, page: st.Page) -> None:
    """Draw the popover in ``place``, after the page, when the settings are final."""
    shared = place.popover("Share", icon=":material/ios_share:", key=_OPEN, on_change="rerun")
    if not shared.open:
        record.begin()
        return
    with shared:
        _link(page)
        takeaway.all_of(page, address(), first=lambda: _save(page))
        _open()
        own_lesson.editor()


def address(
    *, leave_out: Collection[str] = (), also: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Return the address of this page with all settings but those left out, and others also.

    The address in the browser keeps an upload for when the user returns to it. This one is for
    others, so it leaves out an upload that the page does not show.
    """
    link = state.link_for_others()
    kept = {name: text for name, text in link.items() if name not in leave_out}
    kept.update(also)
    page, query = st.context.url or "", urlencode(kept)
    return page + ("/" if page.count("/") == 2 else "") + (f"?{query}" if query else "")


def _link(page: st.Page) -> None:
    st.markdown("**Link** to this page, with the settings that differ from their start")
    st.code(address(), language=None, wrap_lines=True)
    if page.url_path == "compare" and pins.kept():
        st.caption(_PINS_STAY)
    hours = store.settings().hours
    if uses_file(state.current()):
        st.caption(_LINK_TO_DATA.format(hours=hours))
    if pictures_of(state.current()):
        st.caption(_LINK_TO_PICTURES.format(hours=hours))


def _save(page: st.Page) -> None:
    """Offer the scenario file."""
    now = _now(page)
    kind = "lesson" if own_lesson.exists() else "scenario"
    if now.too_large:
        st.warning(now.too_large)
        return
    layout.download(
        f"Save the {kind}",
        now.as_json,
        f"{page.url_path or 'explore'}.{kind}.json",
        key="save_scenario",
        mime="application/json",
        more="What the link has, the pins, and your own data and pictures: it opens on any server.",
    )


def _open() -> None:
    """Let the user open a scenario file."""
    st.file_uploader("Open a scenario", key=_FILE, on_change=_opened)
    if state.read(_NOTE):
        st.caption(as_markdown(state.read(_NOTE)))


def _now(page: st.Page) -> Scenario:
    """Return the scenario on screen."""
    now = state.current()
    kept = store.file(str(now.get(DATA))) if uses_file(now) else None
    found = [store.picture(key) for key in pictures_of(now)]
    pictures = tuple(File(*one) for one in found if one is not None)
    file = File(*kept) if kept else None
    return Scenario(page.url_path, now, file, pins.kept(), pictures=pictures).shared()


def _opened() -> None:
    file = state.read(_FILE)
    if file is None:
        return
    try:
        found = Scenario.from_json(file.getvalue())
        if found.file is not None:
            store.put(found.file.name, found.file.data, state.session())
        for one in found.pictures:
            read_colours(one.name, one.data, grey=False, least_side=1)
            store.put_picture(one.name, one.data, state.session())
        pins.keep(found.pins or pins.kept())
    except (UserError, rd.InputError) as error:
        state.write(_NOTE, f"{clean(file.name)} was not opened: {error}")
        return
    said = sentence(found.notes).replace("the link", "the file")
    state.write(_NOTE, f"{clean(file.name)} is open. {said}")
    state.set_all(found.state)
    state.write(_PENDING, found.page)
