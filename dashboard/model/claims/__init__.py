"""Statements of publications with verdicts; no streamlit."""
