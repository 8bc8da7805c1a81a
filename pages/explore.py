"""Explore: the rate at a given fidelity."""

from __future__ import annotations

from dashboard.model import scripts
from dashboard.model.views import CurveBand
from dashboard.ui import best as best_codebook
from dashboard.ui import layout, page, queries, takeaway
from dashboard.ui.cards import (
    audit,
    explore,
    free_codebook,
    groups,
    sampling,
    source_bounds,
    wishes,
)
from dashboard.ui.metrics import strip

answered = explore.Answered()


shown = page.problem(
    "How many bits does this fidelity need?",
    words=answered.begin,
    partly=True,
    vectors=answered.vectors,
)
answered.say(shown.spec)
spec, point, view = shown.spec, shown.point, shown.view
how = queries.scale(spec.setting)

best = free_codebook.beside(shown)
with layout.result():
    cost = strip(point, how, view.marks)
    free_codebook.card(point, best, how)
    left, right = layout.pair()
    with right:
        band = explore.curve(spec, point, best)
    layout.send()
    with left:
        explore.source(view, point, best, how=how)
    left, right = layout.pair()
    with left:
        explore.channel(view, point)
    tighter, without = best_codebook.changes(spec, point)
    wishes.headline(cost, spec, point, without)
    with right:
        explore.what_if(spec, point, tighter)
    with layout.waiting("below"):
        wishes.card(spec, point, without)
        free_codebook.chosen(spec, point)
        sampling.sure(spec, point)
        sampling.memory(spec, point)
        groups.card(spec, point)
        source_bounds.card(spec, point)
        audit.card(spec, point)
        explore.details(point)
if point is not None and isinstance(band, CurveBand):
    takeaway.script(lambda: scripts.explore(spec.unresolved(), band, queries.CURVE_TOLERANCE, how))
