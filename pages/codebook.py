"""Codebook: refinement, round by round, with a proof against all other codebooks."""

from __future__ import annotations

from dashboard.model import scripts
from dashboard.ui import layout, page, takeaway
from dashboard.ui.cards import codebook, trellis

shown = page.problem("Which codewords lower the rate?")

with layout.result():
    wanted = codebook.settings(shown.spec)
    codebook.refinement(wanted, shown.view)
    codebook.restarts(wanted)
    trellis.reach(shown.spec)
    codebook.details()
if shown.point is not None:
    takeaway.script(lambda: scripts.refinement(wanted))
