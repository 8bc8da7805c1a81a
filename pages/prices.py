"""Prices along the curve and over both levels."""

from __future__ import annotations

from dashboard.model import scripts
from dashboard.model.views import CurveBand
from dashboard.ui import layout, page, queries, takeaway
from dashboard.ui.cards import audit, explore, free_codebook, prices, sampling, surface

shown = page.problem("What is the price of lower distortion?", beside=prices.published, partly=True)
spec, point, view = shown.spec, shown.point, shown.view

best = free_codebook.beside(shown)
with layout.result():
    found = prices.trades_of(spec, point)
    prices.strip(spec, point, found)
    free_codebook.card(point, best, queries.scale(spec.setting))
    left, right = layout.pair()
    with left:
        band, path = prices.curves(spec, point)
    with right:
        prices.curve(spec, (band, path), point, best)
    layout.send()
    left, right = layout.pair()
    with left:
        explore.source(view, point, best, how=queries.scale(spec.setting))
    with right:
        prices.levels_for_bits(spec, point, found)
    prices.each_symbol(spec, point, view)
    if view.masks:
        surface.maps(spec, point)
    else:
        prices.without_subset()
    with layout.waiting("below"):
        free_codebook.chosen(spec, point)
        sampling.sure(spec, point)
        audit.card(spec, point)
        prices.details()
if point is not None and isinstance(band, CurveBand):
    how, solved = queries.scale(spec.setting), band
    takeaway.script(
        lambda: scripts.explore(spec.unresolved(), solved, queries.CURVE_TOLERANCE, how)
    )
