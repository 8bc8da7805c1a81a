"""Reproduce: the experiments of Nasser (2025), re-run."""

from __future__ import annotations

from dashboard.ui import page
from dashboard.ui.cards import reproduce

page.begin("Do the published numbers reproduce?")

one = reproduce.chosen()
reproduce.experiment(one)
reproduce.method_claims()
reproduce.details()
