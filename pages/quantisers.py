"""Real quantisers and real bits beside the bound."""

from __future__ import annotations

from dashboard.ui import layout, page
from dashboard.ui.cards import quantisers

shown = page.problem("What do real quantisers cost?")

with layout.result():
    compared = quantisers.plane(shown.spec)
    if compared is not None:
        quantisers.real_bits(compared, shown.spec)
    quantisers.details()
