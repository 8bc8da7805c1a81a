"""Learned: neural codecs and energy-based models, compared with exact values."""

from __future__ import annotations

from dashboard.ui import layout, page
from dashboard.ui.cards import codecs, learned

page.begin("How close are learned systems to the bound?")

part = learned.part()
with layout.result():
    if part == "constrained":
        codecs.constrained()
    elif part == "energy":
        learned.energy()
    elif part == "universal":
        codecs.universal()
learned.claims(part)
