"""The lessons of the Guide: their files, what they compute, and their figures as data."""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

import rdcore as rd
from dashboard.figures import lessons as drawings
from dashboard.figures import theme
from dashboard.formatting import LN2, as_plain
from dashboard.jobs.steps import Step
from dashboard.model.fields import LAST_STEP, LESSONS
from dashboard.model.lessons import lessons
from dashboard.model.lessons.lesson import LessonError, filled, parsed
from dashboard.model.lessons.problems import problem
from dashboard.model.lessons.views import Files, LabelCurve, LessonView, Reading, Recorded, Splits
from dashboard.model.presets import PRESETS
from dashboard.model.state import State
from dashboard.tasks import lessons as tasks
from dashboard.ui.cards import guide_kinds

T = TypeVar("T")
ALL = list(lessons().values())
NAMES = [one.name for one in ALL]
PAGES = {path.stem for path in (Path(__file__).parents[2] / "pages").glob("*.py")}
MINUTES, WORDS_A_MINUTE = 3, 130


def ended(steps: Generator[Step, None, T]) -> T:
    """Run work to its end and return its result."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def words(one) -> str:
    parts = (one.title, one.question, one.text, one.reveal, one.check, one.answer)
    return " ".join(" ".join(parts).split())


@pytest.mark.parametrize("one", ALL, ids=NAMES)
def test_a_lesson_is_complete_and_takes_three_minutes(one) -> None:
    assert len(words(one).split()) <= MINUTES * WORDS_A_MINUTE
    assert one.question.endswith("?")
    assert one.check.endswith("?")
    assert one.notes
    assert one.claims
    assert one.kind in guide_kinds._KINDS
    assert one.page in PAGES
    for value in (one.control.values[0], one.control.start, one.control.values[-1]):
        State.from_query(one.state(value).query())


@pytest.mark.parametrize("one", ALL, ids=NAMES)
def test_each_claim_stands_in_the_text_at_a_position_of_the_control(one) -> None:
    for claim in one.claims:
        assert claim.says in words(one)
        assert claim.at in one.control.values


def test_there_are_twelve_lessons_in_the_order_of_the_links() -> None:
    assert tuple(NAMES) == LESSONS
    assert len(ALL) == 12
    assert LAST_STEP == 3


GOOD = """
title = "T"
question = "Q?"
text = "t"
reveal = "⟨rate⟩"
check = "c?"
answer = "a"
notes = "n"
kind = "curve"
page = "explore"
open = "o"
claims = []
[settings]
D = "0.3"
[control]
label = "D"
unit = "unit"
values = [1, 2]
start = 1
"""


def test_a_lesson_file_is_read() -> None:
    one = parsed("x", GOOD)
    assert one.control.title == "D (unit)"
    assert one.control.accepts(1.5)
    assert not one.control.accepts(2.5)
    assert one.state(2.0).query() == {"D": "0.3"}
    exact = parsed("x", GOOD + "exact = true\nfield = 'Ds'")
    assert not exact.control.accepts(1.5)
    assert exact.state(2.0).query() == {"D": "0.3", "Ds": "2"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('title = "T"', "", "title"),
        ('title = "T"', "title = 3", "strip"),
        ("values = [1, 2]", "values = [2, 1]", "increasing"),
        ("start = 1", "start = 3", "start"),
        ('D = "0.3"', 'D = "x"', "a number is accepted"),
        ('D = "0.3"', 'zz = "x"', "unknown"),
        ("[control]", "[control", "cannot be read"),
    ],
)
def test_a_faulty_lesson_file_says_what_is_wrong(old: str, new: str, says: str) -> None:
    with pytest.raises(LessonError, match=says):
        parsed("x", GOOD.replace(old, new))


def test_numbers_are_filled_in_and_a_missing_one_is_named() -> None:
    shown = {"rate": Reading("rate", "R", 0.25, "bits").with_unit}
    assert filled("It is ⟨rate⟩.", shown) == "It is 0.2500 bits."
    with pytest.raises(LessonError, match="gap"):
        filled("⟨gap⟩", shown)
    assert Reading("a", "A", 15468.0, "bytes", digits=0).with_unit == "15 468 bytes"


@pytest.mark.parametrize("kind", PRESETS)
def test_the_problem_of_a_lesson_has_the_start_settings_of_its_source(kind: str) -> None:
    preset = PRESETS[kind]
    found = problem(State().changed({"source": kind}))
    assert found.level == preset.level
    assert found.setting.distortion == preset.distortion
    assert [(one.text, one.level) for one in found.setting.subsets] == [
        (preset.subset, preset.subset_level)
    ]
    plain = problem(State().changed({"source": kind, "subset": False, "D": 0.25}))
    assert (plain.level, plain.setting.subsets) == (0.25, ())


VARIANCES = np.array([4.0, 2.0, 1.0, 0.5, 0.25])


@pytest.mark.parametrize("D", [0.1, 1.25, 2.0, 3.75, 6.1, 7.75])
def test_the_water_level_meets_the_distortion_and_the_known_rate(D: float) -> None:
    level = tasks._water_level(VARIANCES, D)
    assert np.minimum(level, VARIANCES).sum() == pytest.approx(D, abs=1e-12)
    view = tasks.water({"variances": list(VARIANCES)}, D)
    known = float(rd.closed_forms.vector_gaussian(VARIANCES, D)) / LN2
    assert reading(view, "rate") == pytest.approx(known, abs=1e-12)


def reading(view: LessonView, name: str) -> float:
    return next(one.value for one in view.readings if one.name == name)


def test_the_region_and_the_rest_of_a_picture_share_the_bits_by_their_size() -> None:
    given = lessons()["picture"].given
    view = tasks.region(given, 1.0)
    block = np.array(given["variances"])
    inside, outside = (
        float(rd.closed_forms.vector_gaussian(block, level * len(block))) / LN2 / len(block)
        for level in (1.0, given["background"])
    )
    assert reading(view, "inside") == pytest.approx(inside, abs=1e-12)
    assert reading(view, "mean") == pytest.approx(0.2 * inside + 0.8 * outside, abs=1e-12)


@pytest.mark.parametrize(("D", "count"), [(0.3, 2), (0.2, 2), (0.1, 3), (0.05, 4), (0.03, 5)])
def test_codewords_split_where_the_slope_says(D: float, count: int) -> None:
    view = tasks.discrete({"atoms": 200, "reach": 1.0}, D)
    slope = reading(view, "slope")
    assert reading(view, "count") == count
    assert count == 1 + sum(slope > at for at in (1.5, 4.4369, 8.4061, 13.2264, 18.7905))
    assert isinstance(view.picture, Splits)
    assert view.picture.masses.sum() == pytest.approx(1.0, abs=1e-5)


def test_the_recorded_trellis_codes_are_above_the_bound_of_their_problem() -> None:
    one = lessons()["trellis"]
    task = problem(one.state(8.0)).problem()
    free = task.with_every()
    proof = rd.solve(free, tol=1e-6).certificate
    assert one.given["bound_bits"] == pytest.approx(proof.lower_bits, abs=1e-4)
    bits = [8 * size / one.given["symbols"] for size in one.given["size_bytes"]]
    assert bits == sorted(bits, reverse=True)
    assert bits[-1] > proof.upper_bits
    assert tasks.scalar_bits(0.25) > bits[0]


@pytest.mark.slow
def test_the_recorded_trellis_code_of_eight_states_can_be_designed_again() -> None:
    from dashboard.tasks import trellis

    one = lessons()["trellis"]
    found = ended(trellis.design(problem(one.state(8.0)).problem(), (8,)))
    recorded = 8 * one.given["size_bytes"][0] / one.given["symbols"]
    assert found.rows[0].met
    assert found.rows[0].bits <= recorded + 0.01


def test_bounds_close_on_the_rate_in_their_figure() -> None:
    view = ended(tasks.bracket(8))
    assert (view.lower_bits <= view.truth_bits).all()
    assert (view.upper_bits >= view.truth_bits - view.gap_bits).all()
    assert (np.diff(view.upper_bits) < 0).all()
    drawing = drawings.bracket(view, theme.LIGHT)
    lower, upper, rate = drawing.data
    assert upper.fill == "tonexty"
    assert np.allclose(lower.y, view.lower_bits, atol=1e-5)
    assert np.allclose(upper.y, view.upper_bits, atol=1e-5)
    assert rate.y[0] == rate.y[1] == view.truth_bits


def test_bars_are_filled_up_to_the_water_level() -> None:
    view = tasks.water({"variances": list(VARIANCES)}, 3.0).picture
    drawing = drawings.water(view, theme.LIGHT, unit="unit²")
    below, above, line = drawing.data
    assert np.allclose(below.y + above.y, VARIANCES)
    assert np.allclose(below.y, np.minimum(VARIANCES, 0.75))
    assert np.allclose(above.base, below.y)
    assert np.nanmax(line.y) == np.nanmin(line.y) == 0.75
    assert "unit²" in drawing.layout.yaxis.title.text
    assert len(drawing.layout.xaxis.ticktext) == 5


def test_names_of_many_components_stand_below_some_bars_and_in_every_hover() -> None:
    many = tasks.water({"variances": list(2.0 ** -np.arange(16))}, 1.0).picture
    drawing = drawings.water(many, theme.LIGHT, unit="unit²")
    assert drawing.layout.xaxis.ticktext == many.names[::3]
    assert tuple(drawing.data[0].customdata) == many.names


def test_the_current_codewords_stand_out_from_those_of_other_levels() -> None:
    path = ended(tasks.splitting(60, 1.0, (0.05, 0.1, 0.2)))
    assert sorted(set(path.levels)) == [0.05, 0.1, 0.2]
    now = tasks.discrete({"atoms": 60, "reach": 1.0}, 0.1).picture
    assert isinstance(now, Splits)
    drawing = drawings.splits(path, now, theme.DARK, span=1.0, levels=(0.05, 0.2))
    others, _, current = drawing.data
    assert len(others.x) == len(path.levels)
    assert np.allclose(current.y, now.codewords)
    assert current.marker.size[0] > current.marker.size[1]
    assert len(drawings.splits(None, now, theme.DARK, span=1.0, levels=(0.05, 0.2)).data) == 2


def test_files_lose_their_header_as_they_grow() -> None:
    view: Files = ended(tasks.files(0.25, (100, 20_000)))
    assert view.equal.all()
    assert (view.header_bytes < view.size_bytes).all()
    assert view.bits[1] == pytest.approx(view.entropy_bits, abs=0.1)
    assert view.entropy_bits > view.bound_bits
    assert view.distortions[1] == pytest.approx(0.25, abs=0.01)
    drawing = drawings.files(view, 100.0, theme.LIGHT)
    assert drawing.data[0].y == (view.bound_bits,) * 2
    assert drawing.data[2].y == pytest.approx(view.bits, rel=1e-6)
    assert drawing.data[3].x[0] == 100


def test_a_certified_rate_lies_on_the_closed_form_of_the_label() -> None:
    view = tasks.label(lessons()["label"].given, 0.6)
    assert isinstance(view.picture, LabelCurve)
    drawing = drawings.label_curve(view.picture, theme.LIGHT)
    curve, point = drawing.data
    assert point.y[0] == pytest.approx(np.interp(0.6, curve.x, curve.y), abs=2e-3)


def test_recorded_runs_are_those_of_the_study() -> None:
    view = tasks.trained(lessons()["trained"].given, 2.0).picture
    assert isinstance(view, Recorded)
    assert sorted(set(view.slopes)) == [1.0, 2.0, 5.0, 10.0]
    drawing = drawings.recorded(view, theme.LIGHT)
    before, after = drawing.data
    assert np.allclose(after.y, view.after_bits)
    assert (np.asarray(after.y) < np.asarray(before.y)).all()
    assert set(np.asarray(after.marker.size)[view.slopes == 2.0]) == {13}


def test_a_channel_map_is_in_the_order_of_the_codewords() -> None:
    channel = np.array([[0.1, 0.9], [0.8, 0.2]], np.float32)
    drawing = drawings.channel_map(
        np.array([0.0, 1.0]), np.array([2.0, -1.0]), channel, "x", theme.LIGHT
    )
    heat = drawing.data[0]
    assert np.allclose(heat.z, [[0.9, 0.2], [0.1, 0.8]])
    assert drawing.layout.yaxis.ticktext == ("−1.00", "2.00")


def test_a_figure_for_a_class_has_larger_text_and_the_same_data() -> None:
    view = tasks.water({"variances": [2.0, 1.0]}, 1.0).picture
    small = drawings.water(view, theme.LIGHT, unit="unit²")
    large = theme.enlarged(drawings.water(view, theme.LIGHT, unit="unit²"), 1.5)
    assert large.layout.xaxis.tickfont.size == 1.5 * small.layout.xaxis.tickfont.size
    assert large.layout.yaxis.title.font.size == 1.5 * small.layout.yaxis.title.font.size
    assert large.layout.legend.font.size == 1.5 * small.layout.legend.font.size
    assert large.layout.margin.l == 1.5 * small.layout.margin.l
    assert np.allclose(large.data[0].y, small.data[0].y)
    channel = np.eye(2, dtype=np.float32)
    values = np.array([0.0, 1.0])
    heat = theme.enlarged(drawings.channel_map(values, values, channel, "x", theme.LIGHT), 1.5)
    assert heat.data[0].colorbar.tickfont.size == 16.5


def test_every_place_for_a_number_has_a_name() -> None:
    for one in ALL:
        assert "⟨" not in one.text + one.question + one.check + one.answer + one.notes
        assert re.findall(r"⟨(\w+)⟩", one.reveal) or one.name == "rate"


def test_the_constants_in_the_texts_are_right() -> None:
    noise = -0.1 * np.log2(0.1) - 0.9 * np.log2(0.9)
    assert f"{noise:.3f} bits" in words(lessons()["label"])
    cube = 0.5 * np.log2(np.pi * np.e / 6)
    assert f"{cube:.4f} bits" in words(lessons()["lloyd"])
    assert f"{0.01 / 0.7:.3f}$ unit²" in words(lessons()["prices"])
    given = lessons()["picture"].given
    steps = [reading(tasks.region(given, level), "mean") for level in (1.0, 0.5)]
    assert steps[1] - steps[0] == pytest.approx(0.1, abs=0.01)


def test_a_report_has_the_formulas_of_the_lessons_as_plain_text() -> None:
    for one in ALL:
        for text in (one.text, one.reveal, one.check, one.answer):
            plain = as_plain(text)
            assert "$" not in plain
            assert "\\" not in plain
