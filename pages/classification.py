"""Classification: the rate with a label constraint, and with a perception constraint."""

from __future__ import annotations

from dashboard.model import scripts
from dashboard.tasks import classify
from dashboard.ui import layout, page, takeaway
from dashboard.ui.cards import classification, demands

page.begin("What does it cost to preserve a label?")

chosen = classification.source()
asked = classification.asked(*chosen) if chosen else None
if chosen and asked:
    with layout.result():
        classification.answer(*asked, chosen[1])
        classification.maps(*asked)
        demands.card(*asked)
        classification.perception(*asked)
        classification.details()
    spec, task = asked
    takeaway.script(lambda: scripts.classification(spec, classify.tolerance(task)))
