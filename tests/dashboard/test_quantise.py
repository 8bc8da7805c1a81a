"""Quantisers as jobs: every kind over the bound, against designs made by hand; coded files."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import rdcore as rd
from dashboard import figures
from dashboard.figures import theme
from dashboard.jobs.steps import Step
from dashboard.model.codebooks import SpecError
from dashboard.model.quantisers import Candidate, FamiliesView, MetView
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.tasks import meeting, quantise
from tests.quantising import compared
from tests.steps import finished, result

PLAIN = ProblemSpec(Setting(SourceSpec("three_modes")), 0.6)
HELD = ProblemSpec(Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)", 0.05),)), 0.6)


PLANE = rd.Problem(PLAIN.problem().source, rd.EVERY, fidelities=[rd.average(0.6)])


@pytest.fixture(scope="module")
def designed() -> tuple[FamiliesView, list[Step]]:
    found, steps = finished(quantise.families(PLANE))
    assert isinstance(found, FamiliesView)
    return found, steps


@pytest.fixture(scope="module")
def known(designed: tuple[FamiliesView, list[Step]]) -> FamiliesView:
    return designed[0]


@pytest.fixture(scope="module")
def met(known: FamiliesView) -> tuple[MetView, list[Step]]:
    found, steps = finished(quantise.meet(PLAIN.problem(), known))
    assert isinstance(found, MetView)
    return found, steps


@pytest.fixture(scope="module")
def plain(met: tuple[MetView, list[Step]]) -> MetView:
    return met[0]


def test_every_kind_is_over_the_bound_and_annealing_on_the_hull(
    plain: MetView, known: FamiliesView
) -> None:
    by_name = {one.name: one for one in plain.candidates}
    hull = by_name["exact hull, time sharing"]
    assert hull.bits == pytest.approx(1.7226, abs=1e-4)
    assert by_name["annealing, time sharing"].bits == pytest.approx(hull.bits, abs=1e-3)
    for one in plain.candidates:
        assert one.met
        assert one.bits >= hull.bits - 1e-9
        assert hull.bits > plain.bound_bits
    for family in known.families:
        seen = (family.distortions >= known.levels[0]) & (family.distortions <= known.levels[-1])
        below = np.interp(family.distortions[seen], known.levels, known.lower_bits)
        assert (family.bits[seen] >= below - 5e-3).all()


def test_every_quantiser_meets_the_subset_too(known: FamiliesView) -> None:
    found = result(quantise.meet(HELD.problem(), known))
    assert [one.name for one in found.candidates] == [
        "Lloyd–Max",
        "uniform, entropy-coded",
        "entropy-coded",
        "annealing, one encoder",
        "annealing, time sharing",
    ]
    assert found.missing == ()
    for one in found.candidates:
        assert one.met
        assert (one.distortions <= np.array([0.6, 0.05]) * (1 + 1e-6)).all()
        assert found.gap_bits(one) == pytest.approx(one.bits - found.bound_bits)
        assert found.gap_bits(one) > 0.05
    by_name = {one.name: one for one in found.candidates}
    # Descent at prices comes close to annealing, which searches for longer.
    assert by_name["entropy-coded"].bits <= by_name["annealing, one encoder"].bits + 0.06


def test_a_coded_sample_decodes_and_is_as_long_as_promised(plain: MetView) -> None:
    problem = PLAIN.problem()
    one = next(one for one in plain.candidates if one.name == "entropy-coded")
    done = result(quantise.code(problem, one, 200_000, 1))
    assert done.equal
    assert 8 * done.size_bytes <= 1.001 * done.symbols * done.ideal_bits + 8 * 64
    back = rd.coding.decompress(done.blob.tobytes())
    assert len(back) == 200_000
    assert set(np.unique(back)) <= set(one.codebook[:, 0])


def test_the_figure_has_the_bound_the_hull_and_ours(plain: MetView, known: FamiliesView) -> None:
    how = rd.LevelScale("mse")
    drawing = figures.quantisers(known, plain.candidates, 0.6, how=how, colours=theme.LIGHT)
    names = [trace.name for trace in drawing.data]
    assert names[0] == "R(D), free codebook"
    assert {"Lloyd–Max", "entropy-coded, exact hull", "annealing", "level D"} <= set(names)


def test_each_kind_has_its_cheapest_at_the_level(plain: MetView) -> None:
    source = rd.sources.three_modes()
    found = {one.name: one for one in plain.candidates}
    lloyd = [rd.quantisers.lloyd_max(source, m) for m in range(1, 33)]
    best = min((one for one in lloyd if one.distortion <= 0.6), key=lambda one: one.rate_bits)
    assert found["Lloyd–Max"].bits == pytest.approx(best.rate_bits)
    assert found["Lloyd–Max"].m == best.m
    assert found["Lloyd–Max"].distortions == pytest.approx([best.distortion])
    vertices = rd.quantisers.hull(source).quantisers
    best = min((one for one in vertices if one.distortion <= 0.6), key=lambda one: one.rate_bits)
    assert found["entropy-coded"].bits == pytest.approx(best.rate_bits)
    extent = float(np.ptp(source.atoms))
    even = [rd.quantisers.uniform(source, s) for s in np.geomspace(extent / 40, 1.2 * extent, 24)]
    best = min((one for one in even if one.distortion <= 0.6), key=lambda one: one.rate_bits)
    assert found["uniform, entropy-coded"].bits == pytest.approx(best.rate_bits)
    for name in ("Lloyd–Max", "entropy-coded", "uniform, entropy-coded", "annealing, one encoder"):
        one = found[name]
        back = quantise.quantiser(PLAIN.problem(), one)
        assert (back.rate_bits, back.distortion) == pytest.approx((one.bits, one.distortions[0]))
    for name in ("annealing, time sharing", "exact hull, time sharing"):
        assert found[name].m == 0
        assert (found[name].codebook.shape, found[name].assignment.shape) == ((0, 1), (0,))


def test_families_are_drawn_as_they_are(known: FamiliesView) -> None:
    source = rd.sources.three_modes()
    lloyd, even, hull = known.families
    assert (lloyd.name, lloyd.look, lloyd.line) == ("Lloyd–Max", "baseline", False)
    assert lloyd.distortions[4] == pytest.approx(rd.quantisers.lloyd_max(source, 5).distortion)
    assert lloyd.bits[4] == pytest.approx(rd.quantisers.lloyd_max(source, 5).rate_bits)
    assert len(lloyd.bits) == 32
    assert (even.name, even.look, even.line) == ("uniform, entropy-coded", "text", False)
    assert len(even.bits) == 24
    assert (hull.name, hull.look, hull.line) == ("entropy-coded, exact hull", "codebook", True)
    assert hull.bits == pytest.approx(rd.quantisers.hull(source).entropies_bits)
    # On a line the others are designed again where they are asked for.
    assert [len(some) for some in (known.lloyd, known.uniform, known.coded)] == [0, 24, 0]


def test_the_bound_is_that_of_every_codebook(plain: MetView, known: FamiliesView) -> None:
    every = rd.Problem(rd.sources.three_modes(), rd.EVERY, fidelities=[rd.average(0.6)])
    assert plain.bound_bits == pytest.approx(rd.solve(every).rate_bits, abs=1e-6)
    top = rd.largest_level(every)
    assert known.levels[[0, -1]] == pytest.approx([0.02 * top, top])
    assert (known.upper_bits - known.lower_bits).max() <= 2e-3
    for level in (0.3, 3.0):
        exact = rd.solve(every.with_levels([level])).rate_bits
        assert np.interp(level, known.levels, known.lower_bits) <= exact + 2e-3
        assert np.interp(level, known.levels, known.upper_bits) >= exact - 1e-9


def test_the_bound_in_the_plane_is_certified_at_a_few_levels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quantise, "_PATIENCE", np.inf)
    task = plane(12)
    (levels, lower, upper), steps = finished(quantise.rd_band(task))
    top = rd.largest_level(task)
    assert levels == pytest.approx(np.geomspace(0.06 * top, 0.98 * top, 7))
    assert (lower < upper).all()
    proof = rd.solve(task.with_levels([float(levels[4])]), tol=1e-3).certificate
    assert (lower[4], upper[4]) == (proof.lower_bits, proof.upper_bits)
    assert (upper - lower).max() <= 1e-3 / np.log(2)
    assert (np.diff(upper) < 0).all()
    assert [step.share for step in steps] == pytest.approx(0.6 + 0.38 * np.arange(len(steps)) / 7)


def test_a_level_counts_as_met_up_to_rounding() -> None:
    task = HELD.problem()
    for reached, met in (
        ([0.6, 0.05], True),
        ([0.6 * (1 + 5e-7), 0.05], True),
        ([0.6 * (1 + 2e-6), 0.05], False),
        ([0.5, 0.0501], False),
    ):
        assert quantise._met(task, np.array(reached)) is met


def test_no_more_symbols_than_a_file_may_have(
    plain: MetView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantise, "MOST_SYMBOLS", 500)
    one = next(one for one in plain.candidates if one.m)
    done, again = (result(quantise.code(PLAIN.problem(), one, 800, seed)) for seed in (1, 1))
    assert done.symbols == 500
    assert (done.blob == again.blob).all()
    assert len(done.blob) == done.size_bytes > done.header_bytes > 0
    assert done.entropy_bits == pytest.approx(one.bits)


def test_the_phases_are_told_in_their_order(
    designed: tuple[FamiliesView, list[Step]], met: tuple[MetView, list[Step]]
) -> None:
    for steps, notes in (
        (
            designed[1],
            {
                "designing Lloyd–Max quantisers": 0.02,
                "designing entropy-coded quantisers": 0.25,
                "designing uniform quantisers": 0.4,
                "solving the bound for the free codebook": 0.6,
            },
        ),
        (met[1], {"annealing": 0.0, "meeting the levels": 0.9}),
    ):
        seen: dict[str, list[float]] = {}
        for step in steps:
            seen.setdefault(step.note, []).append(step.share)
        assert {name: shares[0] for name, shares in seen.items()} == notes
        assert list(seen) == list(notes)
        shares = [step.share for step in steps]
        assert shares == sorted(shares)
    stages = [0.9 * k / 8 for k in range(9)]
    assert sorted({round(share, 9) for share in seen["annealing"]}) == pytest.approx(stages)


def test_the_level_makes_no_difference_to_the_families(known: FamiliesView) -> None:
    again = result(quantise.families(PLANE.with_levels([0.05])))
    for one, other in zip(known.families, again.families, strict=True):
        assert np.array_equal(one.bits, other.bits)
    assert np.array_equal(known.lower_bits, again.lower_bits)


def plane(n: int, level: float = 0.8) -> rd.Problem:
    points = np.random.default_rng(3).normal(size=(n, 2)) * [1.0, 2.0]
    return rd.Problem(rd.sources.from_samples(points), rd.EVERY, fidelities=[rd.average(level)])


@pytest.mark.parametrize(
    ("n", "counts"),
    [
        (40, [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32]),
        (32, [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32]),
        (9, [1, 2, 3, 4, 5, 6, 8]),
    ],
)
def test_lloyd_max_in_the_plane_has_no_more_codewords_than_atoms(n: int, counts: list[int]) -> None:
    task = plane(n)
    found = list(quantise._lloyd(task))
    assert [one.m for one in found] == counts
    for one in found[1:4]:
        assert one.distortion == pytest.approx(rd.quantisers.lloyd_max(task, one.m).distortion)


def test_entropy_coded_quantisers_of_the_plane() -> None:
    task = plane(40)
    found, hull = quantise._entropy_coded(task)
    assert hull is None
    slopes = np.geomspace(0.5, 60, 10) / task.source.variance
    assert len(found) == 10
    for one, slope in zip(found, slopes, strict=True):
        alone = rd.quantisers.ecvq(task, np.array([slope]))
        assert (one.rate_bits, one.distortion) == pytest.approx((alone.rate_bits, alone.distortion))


def test_steps_of_uniform_quantisers_follow_the_wider_side_of_the_plane() -> None:
    task = plane(12)
    extent = float(np.ptp(task.source.points, axis=0).max())
    found = quantise.uniform_family(task)
    assert len(found) == 24
    steps = np.geomspace(extent / 40, 1.2 * extent, 24)
    for k in (0, 8, 12, 16, 20, 23):
        alone = rd.quantisers.uniform(task, float(steps[k]))
        assert (found[k].rate_bits, found[k].distortion) == pytest.approx(
            (alone.rate_bits, alone.distortion)
        )
    assert found[0].rate_bits > found[12].rate_bits > found[23].rate_bits


def test_the_plane_has_families_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def band(task: rd.Problem):
        yield Step(0.7)
        return np.ones(2), np.zeros(2), np.ones(2)

    monkeypatch.setattr(quantise, "rd_band", band)
    task = plane(12)
    known, found = compared(task)
    assert [(one.name, one.look, one.line) for one in known.families] == [
        ("Lloyd–Max", "baseline", False),
        ("uniform, entropy-coded", "text", False),
        ("entropy-coded (ECVQ)", "codebook", False),
    ]
    assert [len(one.bits) for one in known.families] == [9, 24, 10]
    assert [len(some) for some in (known.lloyd, known.uniform, known.coded)] == [9, 24, 10]
    third = rd.quantisers.lloyd_max(task, 3)
    assert known.lloyd[2].codewords == pytest.approx(third.codewords)
    assert np.array_equal(known.lloyd[2].assignment, third.assignment)
    names = [one.name for one in found.candidates]
    assert names[:3] == ["Lloyd–Max", "uniform, entropy-coded", "entropy-coded"]
    assert "exact hull, time sharing" not in names
    for one in found.candidates[:3]:
        assert one.met
        back = quantise.quantiser(task, one)
        assert (back.rate_bits, back.distortion) == pytest.approx((one.bits, one.distortions[0]))
    done = result(quantise.code(task, found.candidates[0], 2000, 0))
    assert done.equal
    assert rd.coding.decompress(done.blob.tobytes()).shape == (2000, 2)
    for one in found.candidates:
        assert one.codebook.shape == (one.m, 2)


def test_a_bound_that_takes_long_is_not_asked_for_at_smaller_levels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = iter([100.0, 101.0, 200.0, 205.0])
    monkeypatch.setattr(quantise, "time", SimpleNamespace(monotonic=lambda: next(at)))
    task = plane(12)
    (levels, lower, upper), steps = finished(quantise.rd_band(task))
    assert len(lower) == len(upper) == len(steps) == 2
    top = rd.largest_level(task)
    assert levels == pytest.approx(np.geomspace(0.06 * top, 0.98 * top, 7)[-2:])


def test_the_cheapest_meets_the_level_up_to_rounding() -> None:
    three, five = (rd.quantisers.lloyd_max(rd.sources.three_modes(), m) for m in (3, 5))
    for level, m in (
        (three.distortion, 3),
        (three.distortion * (1 - 5e-7), 3),
        (three.distortion * (1 - 1e-5), 5),
        (0.7 * three.distortion, 5),
    ):
        best = meeting.cheapest(PLAIN.problem().with_levels([level]), [five, three])
        assert best is not None
        assert best.m == m
    none = PLAIN.problem().with_levels([0.9 * five.distortion])
    assert meeting.cheapest(none, [five, three]) is None


def test_more_codewords_where_the_levels_need_them() -> None:
    """At D = 0.002 more than 32 codewords are needed, and a finer step than the chart has."""
    task = PLAIN.problem().with_every().with_levels([0.002])
    slopes = meeting.prices(task)
    lloyd = meeting.lloyd_max(task, slopes)
    assert lloyd is not None
    assert lloyd.m > meeting.LARGEST_FAMILY
    even = meeting.uniform(task, [], 4.0)
    coded = meeting.entropy_coded(task, slopes)
    for one in (lloyd, even, coded):
        assert one is not None
        assert one.distortion <= 0.002 * (1 + 1e-6)


@pytest.mark.parametrize("measure", ["conditional", "joint", "each"])
def test_quantisers_in_the_plane_meet_several_levels(measure: str) -> None:
    task = plane(60)
    masks = [task.source.points[:, 0] > 0.5, task.source.points[:, 1] < -1]
    held = [rd.average(0.8), *(rd.subset(mask, 0.06, measure) for mask in masks)]
    task = rd.Problem(task.source, rd.EVERY, fidelities=held)
    slopes = meeting.prices(task)
    for one in (
        meeting.lloyd_max(task, slopes),
        meeting.entropy_coded(task, slopes),
        meeting.uniform(task, [], 2.0),
    ):
        assert one is not None
        assert one.meets(task, 1e-6)


def test_coding_tells_its_steps(plain: MetView) -> None:
    steps = list(quantise.code(PLAIN.problem(), plain.candidates[0], 100, 1))
    assert [(step.share, step.note) for step in steps] == [
        (0.1, "drawing symbols"),
        (0.4, "coding and decoding"),
    ]


def test_hamming_distortion_is_refused() -> None:
    coin = Setting(SourceSpec("bernoulli", (0.3,)), distortion="hamming")
    with pytest.raises(SpecError, match="with centroids"):
        compared(ProblemSpec(coin, 0.1).problem())


def test_a_decoded_sample_is_checked_against_every_subset() -> None:
    subsets = (
        Subset("|x|<1", 0.05),
        Subset(">2", 0.02, "joint"),
        Subset("0.4..0.6", 0.5, "each"),
        Subset("top 30%", 9.0),
    )
    problem = ProblemSpec(Setting(SourceSpec("three_modes"), subsets=subsets), 0.6).problem()
    tool = rd.quantisers.uniform(problem.with_every(), 0.7)
    exact = np.asarray(tool.distortions(problem))
    one = Candidate("uniform", tool.rate_bits, exact, False, tool.codewords, tool.assignment)
    seen = result(quantise.code(problem, one, 400_000, 1)).distortions
    assert seen.shape == (5,)
    assert seen == pytest.approx(exact, rel=0.03)
    source = problem.source
    samples = np.random.default_rng(1).choice(source.n, size=400_000, p=source.pmf)
    error = (source.atoms - tool.codewords[tool.assignment, 0]) ** 2
    inside = np.abs(source.atoms) < 1
    assert seen[1] == pytest.approx(error[samples[inside[samples]]].mean())


def test_a_subset_without_a_symbol_in_the_sample_has_no_value() -> None:
    rare = rd.sources.from_pmf(np.array([0.0, 1.0, 2.0]), np.array([1.0, 1.0, 1e-9]))
    held = [rd.average(1.0), rd.subset(np.array([False, False, True]), 1.0, "conditional")]
    problem = rd.Problem(rare, rare.atoms, fidelities=held)
    tool = rd.quantisers.uniform(problem.with_every(), 1.5)
    exact = np.asarray(tool.distortions(problem))
    one = Candidate("uniform", tool.rate_bits, exact, True, tool.codewords, tool.assignment)
    assert np.isnan(result(quantise.code(problem, one, 1000, 0)).distortions[1])
