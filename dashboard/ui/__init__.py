"""All code that imports streamlit: state, cached queries, sidebar and cards."""
