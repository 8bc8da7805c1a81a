"""Annealing: from the convex bound to a deterministic encoder."""

from __future__ import annotations

from dashboard.ui import layout, page
from dashboard.ui.cards import annealing

shown = page.problem("What does a deterministic encoder cost?")

with layout.result():
    wanted = annealing.settings(shown.spec)
    annealing.annealing(wanted, shown.view)
    annealing.details()
