"""Compare: the pinned scenarios side by side."""

from __future__ import annotations

from dashboard.ui import layout, page
from dashboard.ui.cards import compare

page.begin("How do the pinned scenarios differ?")

with layout.result():
    compare.compared()
