"""The layout of a page: the result to show, cards, toolbars and downloads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import streamlit as st

from dashboard.figures import theme
from dashboard.figures.report import Heading, Sentence, Values
from dashboard.formatting import as_plain
from dashboard.model import exports, wording
from dashboard.model.specs import ProblemSpec, Setting
from dashboard.model.views import Point, Trouble
from dashboard.ui import downloads as files
from dashboard.ui import jobs, last, queries, record, state, subsets
from dashboard.ui.sidebar import levels
from dashboard.ui.starts import opening

_RESULT = "result"
_TURN = 0.03  # seconds: about two frames of the browser
_STYLE = """<style>
.stApp, .stApp .js-plotly-plot text { font-variant-numeric: tabular-nums !important; }
.st-key-source_tools, .st-key-curve_tools, .st-key-prices_tools,
.st-key-surface_tools { min-height: 2.5rem; }
[data-testid="stMainBlockContainer"] { padding-inline: clamp(1rem, 3vw, 2.75rem); }
[data-testid="stMarkdownContainer"] h2 { padding: 0 0 0.625rem; }
[data-testid="stHeading"] h1 { padding: 0 0 0.75rem; }
.st-key-title_words { margin-block: -0.375rem -0.5625rem; }
.st-key-notes, [data-testid="stLayoutWrapper"]:has(> :is(.st-key-notes, .st-key-aside)) {
  display: contents;
}
.st-key-aside {
  position: fixed; z-index: 99; bottom: 1rem; left: 50%; translate: -50%;
  width: min(34rem, calc(100vw - 2rem)); padding: 0.5rem 1rem; border-radius: 0.5rem;
  background: var(--rd-ground); border: 1px solid var(--rd-line);
  box-shadow: 0 2px 12px rgb(0 0 0 / 0.2); animation: rd-late 0.2s 0.8s backwards;
}
.st-key-curve_waits { min-height: 26rem; }
[class*="_underway"] [data-testid="stProgressBarTrack"] > div {
  width: 30%; animation: rd-underway 1.8s ease-in-out infinite alternate;
}
@keyframes rd-underway { from { transform: translateX(0); } to { transform: translateX(233%); } }
@keyframes rd-late { from { opacity: 0; } }
[data-testid="stMetric"] > div { padding: 0.375rem 0.75rem 0.5rem; }
[data-testid="stMetricDelta"], [data-testid="stMetricDelta"] * { white-space: normal !important; }
[data-testid="stTable"] { container-type: inline-size; }
@container (max-width: 480px) {
  [data-testid="stTable"] :is(th, td) { padding: 0.25rem; }
  [data-testid="stTable"] :is(th, td) p { font-size: 0.75rem; line-height: 1.35; }
}
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"],
.st-key-result { gap: 0.625rem; }
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: 0.5rem; }
[data-testid="stSidebar"] [data-testid="stHeading"] :is(h2, h3) { padding: 0.25rem 0 0.75rem; }
[data-testid="stSidebarHeader"] { height: 2.25rem; }
[data-testid="stCaptionContainer"] { opacity: 0.8; }
[data-testid="stExpandSidebarButton"] { width: auto; padding-inline: 0.5rem; }
[data-testid="stExpandSidebarButton"]::after { content: "Settings"; font-size: 1rem; }
/* On a phone the settings are a sheet below the figures, with those of fidelity first. */
@media (max-width: 768px) {
  [data-testid="stSidebar"] {
    position: fixed !important; inset: auto 0 0; width: 100% !important; max-width: none;
    height: 50dvh !important; transform: none; border-top: 1px solid var(--rd-line);
    border-radius: 0.75rem 0.75rem 0 0; box-shadow: 0 -2px 16px rgb(0 0 0 / 0.2);
  }
  [data-testid="stSidebar"][data-collapsed="true"] { display: none; }
  [data-testid="stLayoutWrapper"]:has(> .st-key-fidelity) { order: -1; }
  .stApp:has([data-testid="stSidebar"][data-collapsed="false"]) {
    [data-testid="stMainBlockContainer"] { padding-bottom: 54dvh; }
    .st-key-aside { bottom: calc(50dvh + 0.5rem); }
  }
}
</style>"""
# The primary colour of the dark theme is too light for white text.
_DARK_STYLE = """<style>
[data-testid="stBaseButton-primary"] p, [data-testid="stBaseButton-primary"] span {
  color: #0b1117 !important;
}
</style>"""
_GREY = f".st-key-{_RESULT} {{ opacity: 0.45; filter: saturate(0.4); }}"
_UNFOLLOWED = f"body:not(.rd-dragging) {_GREY}"


def settle(spec: ProblemSpec) -> tuple[ProblemSpec, Point | None]:
    """Return the spec to show and its solution.

    This is the requested spec if it is feasible. Otherwise it is the last feasible one of this
    source, then the nearest feasible one, then the preset of the source; the result is greyed,
    with a note that gives the reason.
    """
    found = queries.attempt(queries.point, spec)
    if isinstance(found, Point):
        last.keep_good(spec)
        grey("")
        return spec, found
    source, good = spec.setting.source, last.good()
    stand_ins = [_remedied(spec, found), opening(source)]
    if good is not None and good[0].setting.source == source:
        stand_ins.insert(0, good[0])
    for stand_in in stand_ins:
        point = queries.attempt(queries.point, stand_in)
        if isinstance(point, Point):
            _note(found, spec, stand_in)
            grey()
            return stand_in, point
    _note(found, spec, None)
    grey()
    return spec, None


def notes() -> st.delta_generator.DeltaGenerator:
    """Return the place of what is said between the title and the result.

    It is there on every page, empty or not, and takes no room itself: what comes below keeps its
    place in the page, so the browser does not draw it again.
    """
    return st.container(key="notes")


def aside() -> st.delta_generator.DeltaGenerator:
    """Return a place over the foot of the page, where the progress of the result moves nothing."""
    return st.container(key="aside")


def grey(rule: str = _GREY) -> None:
    """Grey the result by a rule of CSS, or not.

    Each run sends one style for it, which replaces that of the run before at once: what is no
    longer sent stays until the end of the run.
    """
    st.html(f"<style>{rule}</style>")


def _remedied(spec: ProblemSpec, trouble: Trouble) -> ProblemSpec:
    """Return the spec with each level that is too small raised to a feasible value."""
    for _ in spec.levels:
        if trouble.remedy is None or trouble.which is None:
            break
        spec = spec.at(trouble.which, trouble.remedy)
        found = queries.attempt(queries.point, spec)
        if isinstance(found, Point):
            break
        trouble = found
    return spec


def _note(trouble: Trouble, wanted: ProblemSpec, shown: ProblemSpec | None) -> None:
    """Say why the wanted problem has no result, and what the greyed result is for."""
    after = ""
    if shown is not None:
        names = subsets.marks(shown.setting)
        how = queries.scale(shown.setting)
        levels_shown = ", ".join(
            f"{one.level} = {wording.said(how, level)}"
            for one, level in zip(names, shown.levels, strict=True)
        )
        after = f" The greyed results are for {levels_shown}."
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        said = " ".join(one.markdown for one in (trouble, *trouble.more))
        st.markdown(f":material/error: {said}{after}")
        for one in (trouble, *trouble.more):
            if one.which is not None:
                key = subsets.level_field(wanted.setting, one.which)
                name = subsets.marks(wanted.setting)[one.which].level
                how = queries.scale(wanted.setting)
                levels.remedy_button(one, key, name, how, place="page")
        if trouble.which is not None:
            _other_remedies(wanted)


def last_good(spec: ProblemSpec, *, followed: bool = False) -> tuple[ProblemSpec, Point | None]:
    """Return the last result of the same source, greyed; without one, the spec and None.

    If it may be ``followed``, it is not greyed where the browser shows a frame over it.
    """
    good = last.good()
    if good is None or good[0].setting.source != spec.setting.source:
        grey("")
        return spec, None
    shown, kept = good
    point = queries.attempt(queries.point, shown) if kept is None else kept
    if not isinstance(point, Point):
        grey("")
        return spec, None
    grey(_UNFOLLOWED if followed else _GREY)
    return shown, point


def _other_remedies(wanted: ProblemSpec) -> None:
    """Offer codebooks with which all levels can be met."""
    enough = queries.attempt(queries.enough_codewords, wanted)
    if isinstance(enough, int):
        st.button(
            f"Use {enough} codewords in equal steps",
            key="codewords_remedy",
            on_click=state.put,
            args=({state.CODEBOOK: "grid", state.CODEWORDS: enough},),
        )
    if wanted.setting.free:
        st.button(
            "Use the best codebook",
            key="free_remedy",
            on_click=state.put,
            args=({state.CODEBOOK: "best"},),
        )


def style() -> None:
    """Send the style sheet that all pages share."""
    look = theme.palette(state.is_dark())
    own = f".stApp {{ --rd-ground: {look.ground}; --rd-line: {look.grid}; }}"
    st.html(_STYLE.replace("<style>", f"<style>{own}"))
    if state.is_dark():
        st.html(_DARK_STYLE)


def result() -> st.delta_generator.DeltaGenerator:
    """Return the container that is greyed when its result is not the requested one."""
    return st.container(key=_RESULT, gap="small")


def waiting(name: str) -> st.delta_generator.DeltaGenerator:
    """Return a container that is dimmed while a handle is dragged: it shows the exact solution."""
    return st.container(key=f"waits_{name}", gap="small")


def pair() -> tuple[st.delta_generator.DeltaGenerator, st.delta_generator.DeltaGenerator]:
    """Return two columns for cards side by side."""
    return st.columns(2, gap="small")


@contextmanager
def card(
    title: str,
    caption: str = "",
    *,
    height: Literal["stretch", "content"] = "stretch",
    compact: bool = False,
    inside: st.delta_generator.DeltaGenerator | None = None,
) -> Iterator[None]:
    """Draw a framed part of a page: its title, a caption, and the content of the with block.

    A card is as high as the card beside it unless ``height`` is "content". A compact card has its
    caption in the same row as the title. ``inside`` is its column.
    """
    where = st if inside is None else inside
    record.add(Heading(as_plain(title), as_plain(caption)))
    with where.container(border=True, height=height, gap="xsmall"):
        if compact:
            st.markdown(f"**{title}**" + (f" :small[:gray[{caption}]]" if caption else ""))
        else:
            st.markdown(f"## {title}")
            if caption:
                st.caption(caption)
        yield


def without_sidebar() -> None:
    """Hide the sidebar on a page that does not use the shared source."""
    st.html(
        '<style>[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"]'
        " { display: none; }</style>"
    )


def line(markdown: str) -> None:
    """Draw a line of text that belongs to the result, so that a report contains it too."""
    record.add(Sentence(as_plain(markdown)))
    st.markdown(markdown)


def settings(label: str = "Settings") -> st.delta_generator.DeltaGenerator:
    """Return a popover for settings that are rarely changed."""
    return st.popover(label, icon=":material/tune:")


def toolbar(name: str) -> st.delta_generator.DeltaGenerator:
    """Return a row for the controls above a chart, of the same height on every card."""
    return st.container(
        key=f"{name}_tools", horizontal=True, vertical_alignment="center", gap="small"
    )


def downloads(name: str, table: exports.Columns, setting: Any) -> None:
    """Offer a table as CSV, JSON and NPZ; the JSON file includes the setting."""
    marks = subsets.marks(setting) if isinstance(setting, Setting) else ()
    record.add(Values(table), f"{name} values")
    with st.container(horizontal=True, gap="small", key=f"{name}_downloads"):
        for kind, mime, write in (
            ("CSV", "text/csv", lambda: exports.as_csv(table)),
            ("JSON", "application/json", lambda: exports.as_json(table, setting, marks)),
            ("NPZ", "application/octet-stream", lambda: exports.as_npz(table)),
        ):
            download(
                kind,
                write,
                f"{name}.{kind.lower()}",
                key=f"{name}_{kind}",
                mime=mime,
                more=f"The values of this chart as {kind}, in full precision.",
            )


def download(
    label: str,
    data: bytes | str | Callable[[], bytes | str],
    file_name: str,
    *,
    key: str,
    mime: str,
    more: str | None = None,
) -> None:
    """Offer a file for download, or what makes it; ``more`` is its tooltip."""
    st.download_button(
        label,
        files.kept(data, file_name, mime) if callable(data) else data,
        file_name=file_name,
        mime=mime,
        key=key,
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
        help=more,
    )


def send() -> None:
    """Let the server send the elements drawn so far, so that the browser paints them first.

    The thread of the server needs time for that; otherwise all is sent when the script ends.
    """
    jobs.turnstile().pause(_TURN)
