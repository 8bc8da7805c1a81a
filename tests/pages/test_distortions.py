"""The distortions besides squared, absolute and Hamming, beside the source."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from dashboard.formatting import figure
from dashboard.model.scripts import problem_lines
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec
from dashboard.tasks import trellis
from dashboard.uploads import store
from tests.pages.app import known, number, opened, shown, until

SOURCE = rd.sources.three_modes()


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ({"d": "off_by", "off": "0.5"}, rd.distortions.OffBy(0.5)),
        ({"d": "relative", "floor": "1"}, rd.distortions.Relative(1.0)),
    ],
)
def test_a_preset_with_another_distortion(query: dict[str, str], kind: object) -> None:
    """The rate on the codebook, and on every codebook."""
    app = opened(**query, D="0.2", S="", every="true")
    found = [
        rd.solve(rd.Problem(SOURCE, book, kind, [rd.average(0.2)]))  # type: ignore[arg-type]
        for book in (rd.sources.codebook("three_modes"), rd.EVERY)
    ]
    assert shown(app, "Rate R") == f"{figure(found[0].rate_bits)} :small[bits]"
    until(app, lambda: known(app, "Rate, free codebook"))
    assert not app.exception
    assert not app.error
    assert number(app, "Rate, free codebook") == pytest.approx(found[1].rate_bits, abs=1e-3)


def test_the_tolerance_has_a_start_and_can_be_changed() -> None:
    app = opened(S="")
    app.segmented_control(key="d").set_value("off_by").run()
    assert app.number_input(key="off").value > 0
    before = shown(app, "Rate R")
    app.number_input(key="off").set_value(3.0).run()
    assert shown(app, "Rate R") != before
    assert app.query_params["off"] == "3"
    assert not app.exception


def test_angles_of_an_upload() -> None:
    """A full turn in the unit of the column; the same rate wherever the circle begins."""
    hours = np.random.default_rng(0).integers(0, 24, 400)
    rates = []
    for turn in (0, 7):
        text = "time [h]\n" + "\n".join(str((hour + turn) % 24) for hour in hours)
        digest = store.put("times.csv", text.encode())
        app = opened(
            source="own", data=digest, kind="samples", bins="0", d="angle", D="4", S="",
            codebook="grid", m="24",
        )  # fmt: skip
        assert app.number_input(key="turn").value == 24
        assert not app.exception
        rates.append(shown(app, "Rate R"))
    assert rates[0] == rates[1] != ""


def test_a_script_names_the_distortion() -> None:
    setting = Setting(SourceSpec("three_modes"), distortion="off_by", size=0.5)
    problem = ProblemSpec(setting, 0.2).problem()
    names = {"np": np, "rd": rd}
    exec("\n".join(problem_lines(setting.source, problem)), names)
    built = names["problem"]
    assert isinstance(built, rd.Problem)
    assert built.distortion == rd.distortions.OffBy(0.5)


def test_a_trellis_code_reaches_what_it_is_measured_by() -> None:
    setting = Setting(SourceSpec("three_modes"), distortion="off_by", size=0.5)
    problem = ProblemSpec(setting, 0.2).problem()
    *_, last = trellis.design(problem, states=(8,), symbols=5000)
    (row,) = last.shown.rows
    assert row.met
    assert row.distortions[0] == pytest.approx(0.2, abs=0.01)
    assert row.bits > rd.solve(problem).rate_bits


@pytest.mark.parametrize("page", ["codebook", "annealing", "quantisers", "prices"])
def test_other_pages_refuse_or_work(page: str) -> None:
    app = opened(page, d="off_by", off="0.5", D="0.2", S="")
    assert not app.exception
