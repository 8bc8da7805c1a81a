"""The pages of the app, one question each."""

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
            help="How many bits does this fidelity cost? Draw a subset, set D and D′.",
            default=True,
        ),
        st.Page(
            "pages/prices.py",
            title="Prices",
            icon=":material/sell:",
            help="What does each bit buy? λ and λ′ along the curve and over D and D′.",
        ),
        st.Page(
            "pages/codebook.py",
            title="Codebook",
            icon=":material/scatter_plot:",
            help="Which codewords are worth having? Refinement round by round, with its proof.",
        ),
        st.Page(
            "pages/annealing.py",
            title="Annealing",
            icon=":material/device_thermostat:",
            help="What does one codeword a symbol cost? From the bound to an encoder.",
        ),
        st.Page(
            "pages/quantisers.py",
            title="Quantisers",
            icon=":material/stairs:",
            help="What do real quantisers cost? Lloyd–Max, entropy-coded, ours; in real bits.",
        ),
        st.Page(
            "pages/classification.py",
            title="Classification",
            icon=":material/label:",
            help="What does it cost to keep a label recognisable? R(D, C), one encoder for many"
            " demands, and looking real.",
        ),
        st.Page(
            "pages/learned.py",
            title="Learned",
            icon=":material/model_training:",
            help="How close do learned systems come? Neural codecs and energies, trained live.",
        ),
        st.Page(
            "pages/reproduce.py",
            title="Reproduce",
            icon=":material/replay:",
            help="Do the report’s numbers hold? Its ten experiments, run again beside its numbers.",
        ),
    ]


def bar(pages: list[st.Page], shown: st.Page) -> None:
    """Draw a link to each page that carries all that the user has set; on phones, in a menu."""
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
