"""The Quantisers page without a browser: every kind over the bound, and a file that decodes."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from dashboard import figures
from dashboard.figures import theme
from dashboard.model.presets import LABELS
from dashboard.model.quantisers import QuantisersView
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec
from dashboard.tasks import quantise
from tests.pages.app import at_rest, opened, until
from tests.steps import result

PLAIN = ProblemSpec(Setting(SourceSpec("three_modes")), 0.6)
HELD = ProblemSpec(Setting(SourceSpec("three_modes"), subset="+(-1,1)", subset_level=0.05), 0.6)


@pytest.fixture(scope="module")
def plain() -> QuantisersView:
    found: QuantisersView = result(quantise.compare(PLAIN.problem()))
    return found


def test_every_kind_is_over_the_bound_and_annealing_on_the_hull(plain: QuantisersView) -> None:
    by_name = {one.name: one for one in plain.candidates}
    hull = by_name["exact hull, time sharing"]
    assert hull.bits == pytest.approx(1.7226, abs=1e-4)
    assert by_name["annealing, time sharing"].bits == pytest.approx(hull.bits, abs=1e-3)
    for one in plain.candidates:
        assert one.met
        assert one.bits >= hull.bits - 1e-9
        assert hull.bits > plain.bound_bits
    for family in plain.families:
        seen = (family.distortions >= plain.levels[0]) & (family.distortions <= plain.levels[-1])
        below = np.interp(family.distortions[seen], plain.levels, plain.lower_bits)
        assert (family.bits[seen] >= below - 5e-3).all()


def test_only_annealing_knows_of_the_subset() -> None:
    found = result(quantise.compare(HELD.problem()))
    assert {one.name for one in found.candidates if one.met} == {
        "annealing, one encoder",
        "annealing, time sharing",
    }


def test_a_coded_sample_decodes_and_is_as_long_as_promised(plain: QuantisersView) -> None:
    problem = PLAIN.problem()
    one = next(one for one in plain.candidates if one.name == "entropy-coded")
    done = result(quantise.code(problem, one, 200_000, 1))
    assert done.equal
    assert 8 * done.size_bytes <= 1.001 * done.symbols * done.ideal_bits + 8 * 64
    back = rd.coding.decompress(done.blob.tobytes())
    assert len(back) == 200_000
    assert set(np.unique(back)) <= set(one.codebook[:, 0])


def test_the_figure_has_the_bound_the_hull_and_ours(plain: QuantisersView) -> None:
    drawing = figures.quantisers(plain, 0.6, unit="unit²", colours=theme.LIGHT)
    names = [trace.name for trace in drawing.data]
    assert names[0] == "R(D), free codebook"
    assert {"Lloyd–Max", "entropy-coded, exact hull", "annealing", "level D"} <= set(names)


def test_the_page_codes_for_real() -> None:
    app = opened(
        "quantisers",
    )
    until(app, lambda: any(metric.label == "Coded rate" for metric in app.metric))
    found = {metric.label: str(metric.value) for metric in app.metric}
    assert found["Decoded symbols"] == "all equal"
    assert len(app.get("download_button")) == 4
    assert not app.error


def test_hamming_distortion_is_refused() -> None:
    app = opened("quantisers", source=LABELS["bernoulli"])
    until(app, lambda: at_rest(app))
    assert any("squared or absolute error" in one.value for one in app.markdown)
