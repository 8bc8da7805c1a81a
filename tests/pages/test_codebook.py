"""The Codebook page without a browser: rounds, their proof, and where random starts end."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import rdcore as rd
from dashboard import figures
from dashboard.figures import theme
from dashboard.model.codebooks import CodebookSpec
from dashboard.model.presets import LABELS
from dashboard.model.refinement import RefinementView, RefineSpec
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec
from dashboard.tasks import refine
from dashboard.ui import queries
from tests.pages.app import at_rest, opened, until
from tests.steps import result

PLAIN = ProblemSpec(Setting(SourceSpec("three_modes"), CodebookSpec("grid", count=16)), 0.6)


def labels(app: AppTest) -> list[str]:
    return [metric.label for metric in app.metric]


def refined(spec: RefineSpec) -> RefinementView:
    return result(refine.refine(spec.start(), spec.options()))


def test_it_ends_at_a_codebook_proved_against_every_other() -> None:
    app = opened(
        "codebook",
    )
    until(app, lambda: at_rest(app) and "Final rate" in labels(app))
    saves = next(m for m in app.metric if m.label == "Largest saving")
    assert saves.value.startswith("≤")
    assert saves.delta == "any codebook, proved"
    assert not app.error


def test_the_view_is_what_rdcore_finds() -> None:
    found = refined(RefineSpec(PLAIN))
    every = rd.solve(rd.Problem(rd.sources.three_modes(), rd.EVERY, fidelities=[rd.average(0.6)]))
    assert found.end.rate_bits == pytest.approx(every.rate_bits, abs=1e-6)
    assert found.lower_bits <= every.rate_bits <= found.end.rate_bits + 1e-9
    for one, then in zip(found.rounds[:-1], found.rounds[1:], strict=True):
        assert len(one.parents) == len(one.codebook)
        assert one.parents.max() < len(then.codebook)
        gone = len(one.codebook) - len(one.merges)
        assert len(then.codebook) == gone + len(one.inserted)
        assert one.entropy_bits - one.randomness_bits == pytest.approx(one.rate_bits, abs=1e-6)


def test_frames_follow_the_rounds() -> None:
    found = refined(RefineSpec(PLAIN, insert=False, rounds=4))
    view = queries.view(PLAIN.setting)
    names = [str(k) for k in range(len(found.rounds))]
    drawing = figures.codebook_animation(view, found.rounds, names, colours=theme.LIGHT)
    assert len(drawing.frames) == len(found.rounds)
    for frame, one in zip(drawing.frames, found.rounds, strict=True):
        heads = next(trace for trace in frame.data if trace.name == "codewords")
        used = one.masses > 1e-6
        assert np.allclose(heads.x, one.codebook[used, 0], atol=1e-5)
        assert np.allclose(heads.y, one.masses[used], atol=1e-6)
    assert [step.label for step in drawing.layout.sliders[0].steps] == names
    assert drawing.layout.sliders[0].active == len(names) - 1
    second = figures.codebook_animation(view, found.rounds, names, colours=theme.LIGHT, shown=1)
    heads = next(trace for trace in second.data if trace.name == "codewords")
    assert np.allclose(heads.x, found.rounds[1].codebook[found.rounds[1].masses > 1e-6, 0])
    assert second.layout.sliders[0].active == 1


def test_restarts_say_how_often_each_way_arrives() -> None:
    found = result(refine.restart(PLAIN.problem(), 16, 6, 0))
    assert found.ours == pytest.approx(np.full(6, 1.677668), abs=1e-3)
    assert (found.centroid >= found.ours.min() - 1e-6).all()


def test_hamming_distortion_has_no_centroids() -> None:
    app = opened("codebook", source=LABELS["bernoulli"])
    assert any("squared and absolute error" in one.value for one in app.warning)
    assert not app.exception


@pytest.mark.usefixtures("unserved")
def test_a_random_start_in_the_plane_with_steps_down_the_gradient() -> None:
    query = {"source": LABELS["four_clusters"], "move": "gradient", "random": "true"}
    app = opened("codebook", **query, eta="0.2", many="5", seed="3", restarts="true")
    assert not app.exception
    fields = {one.key: one.value for one in app.number_input}
    assert [fields[key] for key in ("eta", "many", "seed")] == [0.2, 5, 3]
    assert len(app.get("progress")) == 2
