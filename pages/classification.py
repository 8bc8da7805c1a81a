"""Classification: what it costs to keep a label recognisable, and to look real."""

from __future__ import annotations

from dashboard.ui import layout, page
from dashboard.ui.cards import classification

page.begin("What does it cost to keep the label recognisable?")

chosen = classification.source()
asked = classification.asked(*chosen) if chosen else None
if chosen and asked:
    with layout.result():
        classification.answer(*asked, chosen[1])
        classification.maps(*asked)
        classification.perception(*asked)
        classification.details()
