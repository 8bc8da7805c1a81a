"""Refinement of codebooks: moves, merges, insertion, restarts."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import rdcore as rd
from benchmarks.sections.design import small_problem
from rdcore.design.codebook import Gradient, centres, merge
from rdcore.design.codebook.moves import importance

BEST_BITS = 1.677668
OURS = partial(rd.refine, step="priced", insert=True, iterations=40)


def three_modes(words: np.ndarray, D: float = 0.6) -> rd.Problem:
    return rd.Problem(rd.sources.three_modes(), words, fidelities=[rd.average(D)])


def test_centroids_are_conditional_means() -> None:
    found = rd.solve(three_modes(np.linspace(-8, 8, 16)))
    joint = found.problem.source.pmf[:, None] * found.channel
    means = (joint.T @ found.problem.source.points) / joint.sum(axis=0)[:, None]
    assert centres(found.problem, found.channel) == pytest.approx(means)


def test_centres_for_absolute_error_are_medians() -> None:
    source = rd.sources.from_pmf([0.0, 1.0, 5.0], [1, 1, 1])
    task = rd.Problem(source, [2.0], "absolute", [rd.average(3.0)])
    assert centres(task, np.ones((3, 1))) == pytest.approx(np.array([[1.0]]))


def test_priced_centroids_are_stationary_where_plain_ones_are_not() -> None:
    """At the optimum over every codebook with a subset, priced centroids do not move."""
    source = rd.sources.three_modes()
    held = [rd.average(0.6), rd.subset(np.abs(source.atoms) < 1, 0.05)]
    best = rd.solve(rd.Problem(source, rd.EVERY, fidelities=held))
    weights = importance(best.problem, best.slopes)
    words = best.problem.codewords
    assert centres(best.problem, best.channel, weights) == pytest.approx(words, abs=1e-5)
    assert np.abs(centres(best.problem, best.channel) - words).max() > 1e-2


def test_half_a_gradient_step_of_size_one_is_the_centroid() -> None:
    task = three_modes(np.linspace(-8, 8, 16))
    once = rd.refine(task, iterations=1, step=Gradient(0.5), merge_mass=0, merge_distance=0)
    centroid = rd.refine(task, iterations=1, merge_mass=0, merge_distance=0)
    assert once.codebook == pytest.approx(centroid.codebook)


def test_refinement_lowers_the_rate_and_keeps_its_history() -> None:
    found = rd.refine(three_modes(np.linspace(-8, 8, 16)), merge_mass=0, merge_distance=0)
    rates = np.array([one.rate for one in found.iterations] + [found.solution.rate])
    assert (np.diff(rates) <= 1e-9).all()
    for one in found.iterations:
        assert one.gap <= 1e-9
        assert one.distortions[0] <= 0.6 * (1 + 1e-9)
        assert one.rate == pytest.approx(one.entropy - one.conditional_entropy, abs=1e-8)
        assert one.reach.lower <= BEST_BITS * np.log(2) + 1e-6


def test_merging_adds_columns_and_records_the_merges() -> None:
    task = three_modes(np.array([-5.0, -1.0, -0.9995, 2.5, 7.9]), 4.0)
    channel = rd.solve(task).channel
    found = merge(task, channel, least_mass=0.0, distance=1e-2)
    (only,) = found.merges
    assert {only.source, only.target} == {1, 2}
    assert only.reason == "distance"
    assert found.channel.sum(axis=1) == pytest.approx(np.ones(task.n))
    joined = channel[:, 1] + channel[:, 2]
    assert found.channel[:, found.parents[1]] == pytest.approx(joined)
    mass = task.source.pmf @ channel[:, 1:3]
    assert found.codewords[found.parents[1]] == pytest.approx([mass @ [-1.0, -0.9995] / mass.sum()])


def test_codewords_that_the_levels_need_are_not_merged() -> None:
    task = three_modes(np.linspace(-8, 8, 16), 0.3)
    found = merge(task, rd.solve(task).channel, least_mass=0.9, distance=100.0)
    assert 1 < len(found.codewords) < 16
    assert rd.solve(task.with_codebook(found.codewords)).status.converged


def test_every_random_start_ends_at_the_optimum() -> None:
    """The refinement of Nasser (2025) does from some starts; with insertion all do."""
    task = three_modes(np.linspace(-8, 8, 16))
    ours = rd.restarts(task, 12, seed=3, run=OURS)
    assert ours.infeasible == 0
    assert ours.rates / np.log(2) == pytest.approx(np.full(12, BEST_BITS), abs=1e-3)
    assert ours.best.reach.gap_bits < 1e-3
    plain = rd.restarts(task, 12, seed=3)
    hits = plain.rates / np.log(2) < BEST_BITS + 1e-3
    assert 0 < hits.sum() < 12


def test_absolute_error_and_the_plane() -> None:
    line = rd.Problem(
        rd.sources.three_modes(), np.linspace(-8, 8, 6), "absolute", [rd.average(0.8)]
    )
    found = rd.refine(line, step="priced", insert=True, iterations=40)
    every = rd.solve(rd.Problem(line.source, rd.EVERY, "absolute", [rd.average(0.8)]))
    assert found.solution.rate == pytest.approx(every.rate, abs=1e-5)
    plane = rd.Problem(
        rd.sources.four_clusters(), rd.sources.codebook("four_clusters"), fidelities=[rd.average(8)]
    )
    refined = rd.refine(plane, step="priced", insert=True, iterations=30)
    assert refined.reach.gap_bits < 1e-3


def absolute(atoms: list[float], pmf: list[float], start: list[float], *held: object) -> rd.Problem:
    source = rd.Source(np.array(atoms), np.array(pmf) / sum(pmf))
    return rd.Problem(source, start, "absolute", held)


PART = rd.subset([True, False, True], 0.3, "joint")
UNSTEADY = absolute([5.0, 8.0, 10.0], [5, 3, 1], [5.0, 8.0], rd.average(1.0), PART)
ALTERNATING = absolute([2.0, 9.0, 11.0], [7, 6, 2], [2.0, 9.0], rd.average(0.4))


@pytest.mark.parametrize("step", ["centroid", "gradient", "priced"])
@pytest.mark.parametrize("iterations", [1, 2, 15, 40])
@pytest.mark.parametrize("task", [UNSTEADY, ALTERNATING], ids=["unsteady", "alternating"])
def test_insertion_ends_at_the_optimum(task: rd.Problem, iterations: int, step: str) -> None:
    found = rd.refine(task, step=step, insert=True, iterations=iterations)
    best = rd.solve(task.with_every())
    assert found.solution.rate == pytest.approx(best.rate, abs=2e-7)
    assert found.reach.gap < 2e-6
    rates = np.array([*(one.rate for one in found.iterations), found.final.rate])
    assert (np.diff(rates) < 1e-7).all()
    if iterations == 40:
        assert len(found.iterations) < 40


def test_the_unsteady_ones_are_known_in_closed_form() -> None:
    """The values of the two optima, by a solver on the atoms themselves, which is enough."""
    for task, bits in ((UNSTEADY, 0.2364245374), (ALTERNATING, 0.8607321553)):
        atoms = rd.solve(task.with_codebook(task.source.points))
        assert atoms.rate_bits == pytest.approx(bits, abs=1e-9)


@pytest.mark.parametrize("seed", range(60))
def test_insertion_reaches_what_every_codebook_proves(seed: int) -> None:
    task = small_problem(seed)
    found = rd.refine(task, step="priced", insert=True)
    assert found.solution.rate <= rd.solve(task.with_every()).rate + 1e-5


@pytest.mark.parametrize("step", ["centroid", "gradient", "priced"])
@pytest.mark.parametrize("seed", range(12))
def test_the_best_round_is_returned(seed: int, step: str) -> None:
    task = small_problem(seed)
    task = task.with_codebook(np.linspace(1.0, 12.0, 6)[:, None])
    try:
        found = rd.refine(task, step=step, merge_mass=0.1)
    except rd.InfeasibleError:
        return
    rates = [*(one.rate for one in found.iterations), found.final.rate]
    assert found.solution.rate <= min(rates) + 1e-9


def test_many_gradient_steps_keep_an_earlier_round() -> None:
    found = rd.refine(UNSTEADY, step="gradient", iterations=41)
    assert found.final.rate > found.solution.rate + 1e-3
    assert found.solution.rate == min(one.rate for one in found.iterations)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"step": "newton"}, "step must be .* got 'newton'"),
        ({"iterations": 0}, "iterations must be .* got 0"),
        ({"merge_mass": -1.0}, "merge_mass must be .* got -1"),
    ],
)
def test_bad_input(change: dict[str, object], message: str) -> None:
    with pytest.raises(rd.InputError, match=message):
        rd.refine(three_modes(np.linspace(-8, 8, 8)), **change)  # type: ignore[arg-type]
    with pytest.raises(rd.InputError, match="squared_error"):
        rd.refine(rd.Problem(rd.sources.bernoulli(0.3), [0.0, 1.0], "hamming", [rd.average(0.1)]))
    with pytest.raises(rd.InputError, match="EVERY has no codewords"):
        rd.refine(rd.Problem(rd.sources.three_modes(), rd.EVERY, fidelities=[rd.average(1)]))
