"""A codebook that gets better, round by round, until no other is proved better."""

from __future__ import annotations

from dashboard.ui import layout, page
from dashboard.ui.cards import codebook

shown = page.problem("Which codewords are worth having?")

with layout.result():
    wanted = codebook.settings(shown.spec)
    codebook.refinement(wanted, shown.view)
    codebook.restarts(wanted)
    codebook.details()
