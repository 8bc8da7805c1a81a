from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from dashboard.model.codebooks import CodebookSpec
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.model.views import CurveBand, Point
from dashboard.tasks.references import known, shannon
from dashboard.ui import queries


def names(setting: Setting) -> list[str]:
    return [reference.name for reference in queries.known(setting)]


def test_which_references_are_drawn() -> None:
    assert names(Setting(SourceSpec("three_modes"))) == ["Shannon lower bound"]
    held = Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)", 0.05),))
    assert names(held) == ["without the subset", "Shannon lower bound"]
    assert names(Setting(SourceSpec("gaussian")))[0].startswith("Gaussian")
    absolute = Setting(SourceSpec("laplacian", (1.0,)), distortion="absolute")
    assert names(absolute) == ["Laplacian, closed form", "Shannon lower bound"]
    assert "closed form" in names(Setting(SourceSpec("bernoulli", (0.3,)), distortion="hamming"))[0]


@pytest.mark.parametrize("distortion", ["squared_error", "absolute"])
@pytest.mark.parametrize("kind", ["three_modes", "gaussian", "trimodal", "uniform"])
def test_the_shannon_bound_is_below_every_codebook(kind: str, distortion: str) -> None:
    knobs = (60.0, -1.0, 2.0) if kind == "uniform" else ()
    codebook = CodebookSpec("grid", count=120)
    setting = Setting(SourceSpec(kind, knobs), codebook, distortion)  # type: ignore[arg-type]
    band = queries.curve(ProblemSpec(setting, 1.0))
    assert isinstance(band, CurveBand)
    bound = shannon(queries.source(setting.source), setting.distortion, band.levels)
    assert bound is not None
    assert (bound.rates_bits <= band.upper_bits + 1e-9).all()
    middle = len(band.levels) // 4
    assert bound.rates_bits[middle] > 0.4 * band.upper_bits[middle]


def test_the_closed_form_of_a_coin_is_met() -> None:
    setting = Setting(SourceSpec("bernoulli", (0.3,)), distortion="hamming")
    (closed,) = queries.known(setting)
    for index in (20, 50, 70):
        point = queries.point(ProblemSpec(setting, float(closed.levels[index])))
        assert isinstance(point, Point)
        assert point.rate_bits == pytest.approx(closed.rates_bits[index], abs=1e-8)


def test_atoms_off_a_grid_have_no_shannon_bound() -> None:
    scattered = rd.sources.from_samples(np.array([0.0, 1.0, 1.5, 4.0]))
    assert known(scattered, SourceSpec("own"), "squared_error", 1.0) == ()
