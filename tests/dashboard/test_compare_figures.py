"""The charts of Compare: their ranges and their names."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.figures import theme
from dashboard.figures.compare import Compared, prices
from dashboard.figures.numbers import collected
from dashboard.figures.report import Chart
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.model.views import CurveBand
from dashboard.tasks.solve import timed
from dashboard.ui import queries
from rdcore import LevelScale


def scenario(name: str, place: int, *, subsets: tuple[Subset, ...] = ()) -> Compared:
    spec = ProblemSpec(Setting(SourceSpec("three_modes"), subsets=subsets), 0.5)
    band = queries.curve(spec)
    assert isinstance(band, CurveBand)
    return Compared(name, place, timed(spec.problem()), band, LevelScale("mse", "unit"))


@pytest.mark.parametrize("subsets", [(), (Subset("+(-1,1)", 0.05),)])
def test_the_axis_of_prices_holds_every_price_that_is_not_0(subsets: tuple[Subset, ...]) -> None:
    one = scenario("a", 0, subsets=subsets)
    figure = prices([one], theme.LIGHT)
    (line,) = figure.data
    drawn = np.asarray(line.y, dtype=float)
    left, right = figure.layout.yaxis.range
    assert one.band is not None
    costs = one.band.slopes_bits * one.band.levels > 1e-5
    assert np.isfinite(drawn).tolist() == costs.tolist()
    assert costs.sum() > len(costs) // 2
    seen = np.log10(drawn[np.isfinite(drawn)])
    assert left < seen.min()
    assert seen.max() < right
    assert right - left < 1.3 * np.ptp(seen) + 0.3


def test_a_point_without_a_price_has_an_axis() -> None:
    one = scenario("a", 0)
    free = timed(ProblemSpec(Setting(SourceSpec("three_modes")), 100.0).problem())
    alone = Compared("free", 0, free, None, one.how)
    left, right = prices([alone], theme.LIGHT).layout.yaxis.range
    assert left < right
    assert np.isfinite([left, right]).all()


def test_a_name_has_its_own_signs_in_the_legend_and_in_the_numbers() -> None:
    """Plotly reads markup and entities in names; what is shown and downloaded is the name."""
    figure = prices([scenario("S |x|<1 & <b>y", 0)], theme.LIGHT)
    assert figure.data[0].name == "S |x|&lt;1 &amp; &lt;b>y"
    found = collected([Chart(figure, "", 380)])
    assert any(name.startswith("S |x|<1 & <b>y: ") for name in found)
