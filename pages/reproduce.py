"""The report's experiments, run again beside its numbers."""

from __future__ import annotations

from dashboard.ui import page
from dashboard.ui.cards import reproduce

page.begin("Do the report’s numbers hold?")

one = reproduce.chosen()
reproduce.experiment(one)
reproduce.details()
