"""Classification in a real browser: digits, a click on the map, and perfect realism."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.explore import Open

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
    page = explore("classification?labelled=A+noisy+bit").finished()
    before, asked = page.figure("R(D, C)"), page.field("D_bit").input_value()
    assert 0.1 < before < 0.7
    page.page.locator(".st-key-rate_classes_map").scroll_into_view_if_needed()
    level, bits, x, y = page.page.wait_for_function(CELL).json_value()
    page.page.mouse.click(x, y)
    expect(page.field("D_bit")).not_to_have_value(asked)
    page.finished()
    assert page.figure("R(D, C)") != pytest.approx(before, abs=1e-3)
    assert float(page.field("D_bit").input_value()) == pytest.approx(level, rel=1e-4)
    assert float(page.field("C_bit").input_value()) == pytest.approx(bits, rel=1e-4)
    assert page.errors == []


@pytest.mark.slow
def test_digits_are_solved_and_drawn(explore: Open) -> None:
    page = explore("classification?prototypes=20&D_digits=500&C_digits=1.5")
    page.metric("R(D, C)").wait_for()
    page.page.locator(".st-key-reproductions .js-plotly-plot .main-svg").first.wait_for()
    assert page.figure("R(D, C)") > 0.5
    assert page.figure("Extra rate for the label") >= 0
    assert page.errors == []
