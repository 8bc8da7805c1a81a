"""The pages of the app and the links between them."""

from __future__ import annotations

import functools
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from dashboard.figures import theme
from dashboard.ui import state

_COMPONENTS = Path(__file__).parent / "components"
_STYLE = """<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-pages) {
  position: sticky; top: 0; z-index: 20; padding-block: 0.25rem; background: %s;
}
@media (max-width: 1400px) {
  .st-key-pages_row { gap: 0; }
}
@media (max-width: 1500px) {
  .st-key-pages_row a > :has([data-testid="stIconMaterial"]):not(:has(p)) { display: none; }
}
.st-key-pages_menu, .st-key-page_marks, .st-key-page_gesture, .st-key-page_errors,
.st-key-run_number { display: none; }
.st-key-pages_row, .st-key-pages_menu { padding-right: 13.5rem; }
[data-testid="stLayoutWrapper"]:has(> .st-key-pages_end) {
  position: absolute; right: 0; top: 0.25rem; width: auto;
}
@media (max-width: 640px) {
  .st-key-pages_row { display: none; }
  .st-key-pages_menu { display: flex; }
}
</style>"""
# Streamlit 1.67 does not mark the link to the current page. It also writes the URL of the default
# page relative to the open page, which is wrong in a new tab.
_MARK = """
export default function ({ data }) {
  const bar = document.querySelector('.st-key-pages');
  if (!bar) return;
  const root = location.pathname.replace(/[^/]*$/, '');
  const mark = () => {
    for (const link of bar.querySelectorAll('a')) {
      const title = link.querySelector('p')?.textContent;
      if (title !== data.shown) link.removeAttribute('aria-current');
      else if (!link.hasAttribute('aria-current')) link.setAttribute('aria-current', 'page');
      const href = link.getAttribute('href') ?? '';
      if (title === data.home && (href === '' || href[0] === '?')) {
        link.setAttribute('href', root + href);
      }
    }
  };
  mark();
  const watch = new MutationObserver(mark);
  const what = { subtree: true, childList: true, attributes: true, attributeFilter: ["href"] };
  watch.observe(bar, what);
  return () => watch.disconnect();
}
"""


def pages() -> list[st.Page]:
    """Return the pages in the order of the navigation; the first is the default."""
    return [
        st.Page(
            "pages/explore.py",
            title="Explore",
            icon=":material/explore:",
            help="The rate at a given fidelity. Draw a subset, set D and D′.",
            default=True,
        ),
        st.Page(
            "pages/prices.py",
            title="Prices",
            icon=":material/sell:",
            help="The prices λ and λ′ along the curve and over D and D′.",
        ),
        st.Page(
            "pages/codebook.py",
            title="Codebook",
            icon=":material/scatter_plot:",
            help="Refinement of the codebook, round by round, with a proof of optimality.",
        ),
        st.Page(
            "pages/annealing.py",
            title="Annealing",
            icon=":material/device_thermostat:",
            help="From the certified bound to a deterministic encoder.",
        ),
        st.Page(
            "pages/quantisers.py",
            title="Quantisers",
            icon=":material/stairs:",
            help="Lloyd–Max, uniform and entropy-coded quantisers, with coded files.",
        ),
        st.Page(
            "pages/classification.py",
            title="Classification",
            icon=":material/label:",
            help="The rate R(D, C) with a label constraint, one encoder for several demands, and"
            " perception.",
        ),
        st.Page(
            "pages/pictures.py",
            title="Pictures",
            icon=":material/image:",
            help="A picture with a level of its own in each region: bound, prices and files.",
        ),
        st.Page(
            "pages/learned.py",
            title="Learned",
            icon=":material/model_training:",
            help="Neural codecs and energy-based models, trained here and compared with"
            " exact values.",
        ),
        st.Page(
            "pages/reproduce.py",
            title="Reproduce",
            icon=":material/replay:",
            help="The ten experiments of Nasser (2025), re-run.",
        ),
        st.Page(
            "pages/guide.py",
            title="Guide",
            icon=":material/school:",
            help="Twelve lessons, what a certificate covers, and the glossary.",
        ),
        st.Page(
            "pages/compare.py",
            title="Compare",
            icon=":material/compare:",
            help="The pinned scenarios side by side.",
        ),
    ]


def bar(pages: list[st.Page], shown: st.Page) -> st.delta_generator.DeltaGenerator:
    """Draw a link to each page with the current state; on narrow screens in a menu.

    Return the place at the end of the bar.
    """
    st.html(_STYLE % theme.palette(state.is_dark()).ground)
    with st.container(key="pages", gap=None):
        with st.container(key="pages_row", horizontal=True, gap="small"):
            # The popover of the pins links to the last page, which compares them.
            _links(pages[:-1])
        with (
            st.container(key="pages_menu"),
            st.popover(shown.title, icon=":material/menu:", width="stretch"),
        ):
            _links(pages)
        place = st.container(key="pages_end", width="content", horizontal=True, gap="xsmall")
        _marker()(key="page_marks", data={"shown": shown.title, "home": pages[0].title}, height=0)
        for name in ("gesture", "errors"):
            _script(name)(key=f"page_{name}", data={}, height=0)
    return place


@functools.cache
def _marker() -> ComponentRenderer:
    """Return the component that marks the link to the current page, registered once."""
    return st.components.v2.component("page_marks", js=_MARK, isolate_styles=False)


@functools.cache
def _script(name: str) -> ComponentRenderer:
    """Return a script of the whole page as a component, registered once.

    "gesture" keeps a selection while its chart changes, "errors" shows messages beside fields.
    """
    text = (_COMPONENTS / name / f"{name}.js").read_text(encoding="utf-8")
    return st.components.v2.component(f"page_{name}", js=text, isolate_styles=False)


def _links(pages: list[st.Page]) -> None:
    query, away = state.link(), state.link_away()
    for page in pages:
        st.page_link(page, query_params=query if page.url_path == "guide" else away)
