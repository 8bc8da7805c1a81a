"""Reproduce: the experiments of Nasser (2025), re-run."""

from __future__ import annotations

from dashboard.model import scripts
from dashboard.ui import page, takeaway
from dashboard.ui.cards import reproduce

page.begin("Do the published numbers reproduce?")

one = reproduce.chosen()
reproduce.experiment(one)
reproduce.method_claims()
reproduce.details()
takeaway.script(lambda: scripts.reproduction(one.key))
