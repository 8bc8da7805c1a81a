"""What each bit buys: prices along the curve and over both levels."""

from __future__ import annotations

from dashboard.ui import layout, page
from dashboard.ui.cards import audit, every_codebook, explore, prices, surface

shown = page.problem("What does each bit buy?", beside=prices.report)
spec, point, view = shown.spec, shown.point, shown.view

best = every_codebook.found(spec)
with layout.result():
    prices.strip(spec, point)
    every_codebook.card(point, best, spec.setting.unit)
    left, right = layout.pair()
    with left:
        band = prices.curves(spec, point)
    with right:
        explore.curve(spec, band, point, best)
    layout.send()
    left, right = layout.pair()
    with left:
        explore.source(view, point, best)
    with right:
        prices.what_bits_buy(spec, point)
    if view.symbols:
        surface.maps(spec, point)
    else:
        prices.without_subset()
    audit.card(spec, point)
    prices.details()
