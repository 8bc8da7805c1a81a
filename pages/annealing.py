"""Annealing: from the convex bound to a deterministic encoder."""

from __future__ import annotations

from dashboard.model import scripts
from dashboard.ui import layout, page, takeaway
from dashboard.ui.cards import annealing, trellis

shown = page.problem("What does a deterministic encoder cost?")

with layout.result():
    wanted = annealing.settings(shown.spec)
    annealing.annealing(wanted, shown.view)
    trellis.reach(shown.spec)
    annealing.details()
if shown.point is not None:
    takeaway.script(lambda: scripts.annealing(wanted))
