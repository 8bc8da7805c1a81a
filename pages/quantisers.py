"""Quantisers and coded files, compared with the bound."""

from __future__ import annotations

from dashboard.model import scripts
from dashboard.ui import layout, page, takeaway
from dashboard.ui.cards import fixed_length, halves, quantisers, trellis

shown = page.problem("What rate do quantisers need?")

with layout.result():
    compared = quantisers.plane(shown.spec)
    if compared is not None:
        quantisers.coded_file(compared, shown.spec)
    trellis.card(shown.spec, compared)
    halves.card(shown.spec)
    if shown.point is not None:
        fixed_length.card(shown.spec)
    quantisers.details()
if shown.point is not None:
    takeaway.script(lambda: scripts.quantisers(shown.spec, quantisers.designs()))
