"""The Annealing page without a browser: stages above the bound, encoders at the end."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from dashboard import figures
from dashboard.figures import theme
from dashboard.model.annealing import AnnealSpec
from dashboard.model.presets import LABELS
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec
from dashboard.tasks import anneal
from dashboard.ui import queries
from tests.pages.app import at_rest, known, number, opened, until
from tests.steps import finished

PLAIN = ProblemSpec(Setting(SourceSpec("three_modes")), 0.6)


def test_it_ends_at_encoders_between_the_bound_and_rounding() -> None:
    app = opened("annealing", stages="6")
    until(app, lambda: at_rest(app) and known(app, "Time sharing"))
    bits = [
        number(app, label)
        for label in (
            "Certified lower bound",
            "Time sharing",
            "One encoder",
            "Rounding",
        )
    ]
    assert bits == sorted(bits)
    assert not app.error


def test_the_stages_are_those_of_rdcore() -> None:
    spec = AnnealSpec(PLAIN, stages=8)
    found, steps = finished(anneal.anneal(PLAIN.problem(), spec.options()))
    assert found.bound_bits == pytest.approx(1.677668, abs=1e-6)
    assert found.mixture.entropy_bits == pytest.approx(1.7226, abs=1e-3)
    assert found.exact_bits == pytest.approx(found.mixture.entropy_bits, abs=1e-4)
    taus = [one.tau for one in found.stages]
    assert taus == pytest.approx(np.geomspace(1, 1e-3, 8))
    for one in found.stages:
        assert one.rate_bits >= found.bound_bits - 1e-6
        assert one.distortions[0] <= 0.6 * (1 + 1e-6)
        assert one.channel is not None
        assert one.certainty == pytest.approx(one.channel.max(axis=1), abs=1e-5)
    objective = [one.entropy_bits - one.tau * one.randomness_bits for one in found.stages]
    at_end = [one.entropy_bits - taus[-1] * one.randomness_bits for one in found.stages]
    assert objective[-1] <= min(at_end) + 1e-6
    assert [step.share for step in steps] == sorted(step.share for step in steps)


def test_frames_of_the_channel_and_of_the_plane() -> None:
    spec = AnnealSpec(PLAIN, stages=3)
    found, _ = finished(anneal.anneal(PLAIN.problem(), spec.options()))
    view = queries.view(PLAIN.setting)
    names = ["a", "b", "c"]
    drawing = figures.channel_animation(
        view.points[:, 0],
        [one.channel for one in found.stages],
        [one.codebook for one in found.stages],
        names,
        label="x",
        colours=theme.LIGHT,
    )
    for frame, one in zip(drawing.frames, found.stages, strict=True):
        order = np.argsort(one.codebook[:, 0])
        assert np.allclose(frame.data[0].z, one.channel[:, order].T, atol=1e-6)
    plane = queries.view(Setting(SourceSpec("four_clusters")))
    certainty = [np.full(plane.n, share, np.float32) for share in (0.5, 1.0)]
    map_ = figures.certainty_animation(plane, certainty, ["a", "b"], colours=theme.DARK)
    assert float(np.asarray(map_.frames[0].data[0].z).max()) == 0.5


def test_a_coin_keeps_its_codewords() -> None:
    app = opened("annealing", source=LABELS["bernoulli"], stages="4")
    until(app, lambda: at_rest(app) and known(app, "Certified lower bound"))
    coin = rd.sources.bernoulli(0.3)
    held = [rd.average(0.1), rd.subset(coin.atoms == 1, 0.1, "conditional")]
    best = rd.solve(rd.Problem(coin, coin.atoms, "hamming", held)).rate_bits
    assert number(app, "Certified lower bound") == pytest.approx(best, abs=1e-3)


def test_temperatures_that_rise_are_refused() -> None:
    app = opened(
        "annealing",
    )
    app.number_input(key="hot").set_value(0.001).run()
    app.number_input(key="cold").set_value(1.0).run()
    assert any("must be below start" in one.value for one in app.warning)
