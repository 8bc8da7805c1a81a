"""Learned: neural codecs and energies, live, judged by what is exact."""

from __future__ import annotations

from dashboard.ui import layout, page
from dashboard.ui.cards import codecs, learned

page.begin("How close do learned systems come?")

part = learned.part()
with layout.result():
    if part == "constrained":
        codecs.constrained()
    elif part == "energy":
        learned.energy()
    elif part == "universal":
        codecs.universal()
