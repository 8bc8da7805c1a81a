"""Claims of publications with verdicts, for the pages Reproduce and Learned."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import streamlit as st

from dashboard.figures.report import Rows
from dashboard.formatting import as_markdown
from dashboard.model.claims.claim import Claim, Verdict
from dashboard.ui import record

_HEADS = ("claim", "where", "verdict", "reason")
_ICONS: dict[Verdict, str] = {
    "holds": ":material/check_circle:",
    "holds with a correction": ":material/edit_note:",
    "does not hold at these settings": ":material/cancel:",
    "not tested here": ":material/help:",
}


def listed(claims: Sequence[Claim], key: str) -> None:
    """Draw claims with verdicts and reasons; ``key`` names them in a report."""
    rows = tuple((one.says, one.where, one.verdict, one.why) for one in claims)
    record.add(Rows(_HEADS, rows), key)
    st.markdown("\n".join(_line(one) for one in claims))


@lru_cache(maxsize=512)
def _line(one: Claim) -> str:
    return (
        f"- {as_markdown(one.says)} :small[({as_markdown(one.where)})]  \n"
        f"  {_ICONS[one.verdict]} **{one.verdict.capitalize()}.** {as_markdown(one.why)}"
    )
