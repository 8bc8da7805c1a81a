"""Classification in a real browser: digits, a click on the map, and perfect realism."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.explore import Explore

Open = Callable[..., Explore]
CELL = """() => {
    const plot = document.querySelector('.st-key-rate_classes_map .js-plotly-plot');
    if (!plot?._fullLayout) return null;
    const cells = plot._fullData.find(trace => trace.name === 'cells');
    const k = Math.floor(cells.x.length / 3);
    const box = plot.getBoundingClientRect(), { xaxis, yaxis } = plot._fullLayout;
    return [
        cells.x[k], cells.y[k],
        box.left + xaxis._offset + xaxis.d2p(cells.x[k]),
        box.top + yaxis._offset + yaxis.d2p(cells.y[k]),
    ];
}"""


def test_a_click_on_the_map_goes_to_its_cell(explore: Open) -> None:
    page = explore("classification?labelled=Odd+or+even").finished()
    before = page.figure("R(D, C)")
    assert 1.0 < before < 1.3
    page.page.locator(".st-key-rate_classes_map").scroll_into_view_if_needed()
    level, bits, x, y = page.page.wait_for_function(CELL).json_value()
    page.page.mouse.click(x, y)
    page.page.wait_for_function(
        f"() => location.search.includes('D_parity={level:.3g}'.slice(0, 12))"
    )
    page.finished()
    assert page.figure("R(D, C)") != pytest.approx(before, abs=1e-3)
    assert f"C_parity={bits:.2g}"[:10] in page.page.url
    assert page.errors == []


@pytest.mark.slow
def test_digits_are_solved_and_drawn(explore: Open) -> None:
    page = explore("classification?prototypes=20&D_digits=500&C_digits=1.5").finished()
    page.chart("reproductions")
    assert page.figure("R(D, C)") > 0.5
    assert page.figure("What the label adds") >= 0
    assert page.errors == []
