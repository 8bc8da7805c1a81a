"""A lesson of the user's own: the current page and settings with a title, a question and a text."""

from __future__ import annotations

import streamlit as st

from dashboard.formatting import as_text
from dashboard.model.scenario import LESSON
from dashboard.ui import inputs, state

_LABELS = {"title": "Title", "question": "Question", "text": "Text"}


def exists() -> bool:
    """Whether the settings contain a lesson of the user's own."""
    return any(state.value(name) for name in LESSON.values())


def banner() -> None:
    """Draw the lesson that the link or the scenario file contains, above the page."""
    if not exists():
        return
    title, question, text = (as_text(state.value(name)) for name in LESSON.values())
    with st.container(border=True, key="own_lesson"):
        head = " · ".join(f"**{part}**" for part in (title, question) if part.strip())
        st.markdown(f":material/school: {head}")
        if text:
            st.markdown(text)
        st.caption("A text from the link or file that you opened; it is not part of the app.")


def editor() -> None:
    """Draw the fields of the lesson; the link and the scenario file contain it."""
    with st.expander("Make a lesson of this page", icon=":material/school:"):
        st.caption(
            "The page shows these texts above its result. The link and the file keep them with all"
            " settings. Formulas stand between dollar signs, as in `$D_1$`."
        )
        for part, name in LESSON.items():
            if part == "text":
                inputs.paragraph(name, _LABELS[part])
            else:
                inputs.text(name, _LABELS[part])
