"""Annealing: from the convex bound to an encoder with one codeword a symbol."""

from __future__ import annotations

from dashboard.ui import layout, page
from dashboard.ui.cards import annealing

shown = page.problem("What does one codeword a symbol cost?")

with layout.result():
    wanted = annealing.settings(shown.spec)
    annealing.annealing(wanted, shown.view)
    annealing.details()
