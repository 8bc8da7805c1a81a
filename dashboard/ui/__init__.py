"""Everything that imports streamlit: state, cached queries, the sidebar, the cards of the pages."""
