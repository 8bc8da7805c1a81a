"""The pages of the app and the links between them."""

from __future__ import annotations

import streamlit as st

from dashboard.ui import state

_STYLE = """<style>
.st-key-pages { position: sticky; top: 0; z-index: 20; background: var(--st-background-color); }
.st-key-pages_menu { display: none; }
@media (max-width: 640px) {
  .st-key-pages_row { display: none; }
  .st-key-pages_menu { display: flex; }
}
</style>"""


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
    ]


def bar(pages: list[st.Page], shown: st.Page) -> None:
    """Draw a link to each page with the current state; on narrow screens in a menu."""
    st.html(_STYLE)
    query = state.link()
    with st.container(key="pages"):
        with st.container(key="pages_row", horizontal=True, gap="small"):
            _links(pages, query)
        with (
            st.container(key="pages_menu"),
            st.popover(shown.title, icon=":material/menu:", width="stretch"),
        ):
            _links(pages, query)


def _links(pages: list[st.Page], query: dict[str, str]) -> None:
    for page in pages:
        st.page_link(page, query_params=query)
