"""Distortions, fidelities and problems."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd

LINE = rd.sources.from_pmf([0.0, 1.0, 3.0], [0.5, 0.3, 0.2])
FIRST = np.array([True, False, False])
LATER = ~FIRST


def problem(*fidelities: rd.Fidelity, distortion="squared_error", words=(0.0, 2.0)) -> rd.Problem:
    return rd.Problem(LINE, np.array(words), distortion, fidelities or (rd.average(1.0),))


@pytest.mark.parametrize(
    ("distortion", "values"),
    [
        ("squared_error", [[0, 4], [1, 1], [9, 1]]),
        ("absolute", [[0, 2], [1, 1], [3, 1]]),
        ("hamming", [[0, 1], [1, 1], [1, 1]]),
        (lambda x, y: np.abs(x - y) ** 3, [[0, 8], [1, 1], [27, 1]]),
        (np.array([[0, 1], [np.inf, 0], [2, 3]]), [[0, 1], [np.inf, 0], [2, 3]]),
    ],
)
def test_distortions(distortion, values) -> None:
    assert np.array_equal(problem(distortion=distortion).matrices[0], np.array(values, float))


def test_distortions_in_the_plane() -> None:
    source = rd.sources.from_pmf([[0.0, 0.0], [3.0, 4.0]], [1, 1])
    words = np.array([[0.0, 0.0], [0.0, 4.0]])

    def values(distortion) -> np.ndarray:
        return rd.Problem(source, words, distortion, [rd.average(1)]).matrices[0]

    assert values("squared_error") == pytest.approx(np.array([[0, 16], [25, 9]]))
    assert values("absolute") == pytest.approx(np.array([[0, 4], [7, 3]]))
    assert values("hamming") == pytest.approx(np.array([[0, 1], [1, 1]]))
    assert values(lambda x, y: np.abs(x - y).max(axis=-1)) == pytest.approx(
        np.array([[0, 4], [4, 3]])
    )


def test_the_quantity_that_each_measure_limits() -> None:
    channel = np.array([[1, 0], [0.5, 0.5], [0, 1]])
    error = np.array([0.0, 1.0, 1.0])
    task = problem(
        rd.average(1.0),
        rd.subset(LATER, 1.0, "joint"),
        rd.subset(LATER, 1.0, "conditional"),
        rd.subset(LATER, 1.0, "each"),
    )
    assert task.expected(channel) == pytest.approx(
        [LINE.pmf @ error, 0.3 + 0.2, (0.3 + 0.2) / 0.5, 1.0, 1.0]
    )
    assert list(task.rows.fidelity) == [0, 1, 2, 3, 3]


def test_joint_and_conditional_are_one_constraint_in_two_units() -> None:
    joint = rd.solve(problem(rd.subset(LATER, 0.05, "joint"), words=(0.0, 1.0, 3.0)))
    conditional = rd.solve(problem(rd.subset(LATER, 0.1, "conditional"), words=(0.0, 1.0, 3.0)))
    assert joint.rate == pytest.approx(conditional.rate, abs=2e-9)
    assert joint.prices[0] * 0.05 == pytest.approx(conditional.prices[0] * 0.1, rel=1e-4)


def test_a_subset_of_probability_0_imposes_nothing() -> None:
    source = rd.sources.from_pmf([0.0, 1.0, 3.0], [0.5, 0.5, 0.0])
    for measure in ("joint", "conditional", "each"):
        fidelities = [rd.average(0.1), rd.subset([False, False, True], 0.0, measure)]
        solution = rd.solve(rd.Problem(source, [0.0, 1.0], fidelities=fidelities))
        assert solution.prices[1] == 0
        assert solution.distortions[1] == 0


def test_a_fidelity_may_have_a_distortion_of_its_own() -> None:
    task = problem(rd.average(1.0), rd.average(0.5, distortion="absolute"))
    assert len(task.matrices) == 2
    solution = rd.solve(task).require()
    assert (solution.distortions <= np.array([1.0, 0.5]) * (1 + 1e-12)).all()


def test_contradictory_levels_are_reported_with_feasible_ones() -> None:
    one, other = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])
    source = rd.sources.from_pmf([0.0], [1.0])
    fidelities = [rd.average(0.4), rd.average(0.4, distortion=other)]
    with pytest.raises(rd.InfeasibleError, match=r"0\.500001, 0\.500001 can be met") as caught:
        rd.solve(rd.Problem(source, [0.0, 1.0], one, fidelities))
    assert caught.value.smallest == (0.0, 0.0)


def test_the_smallest_level_is_in_the_message_and_can_be_met() -> None:
    task = problem(rd.average(0.01))
    with pytest.raises(rd.InfeasibleError, match=r"0\.01 is below the minimum level") as caught:
        rd.solve(task)
    (smallest,) = caught.value.smallest
    assert smallest == pytest.approx(0.3 + 0.2)
    assert rd.smallest_levels(task) == (smallest,)
    printed = float(str(caught.value).split("minimum level ")[1].split()[0])
    rd.solve(problem(rd.average(printed))).require()


def test_levels_are_replaced_and_the_rest_is_kept() -> None:
    task = problem(rd.average(1.0), rd.subset(LATER, 0.7, "each"))
    other = task.with_levels([0.9, 0.6])
    assert [f.level for f in other.fidelities] == [0.9, 0.6]
    assert other.rows.levels == pytest.approx([0.9, 0.6, 0.6])
    assert other.matrices is task.matrices


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rd.average(-1), "D must be at least 0; got -1"),
        (lambda: rd.average(np.nan), "D must be finite; got nan"),
        (
            lambda: rd.subset([0, 1, 1], 0.1),
            "mask must be an array of bool, one per atom; got dtype int",
        ),
        (lambda: rd.subset(FIRST, 0.1, "mean"), "measure must be .* got 'mean'"),
        (lambda: problem(rd.subset([True], 0.1)), "mask must have one entry per atom, 3; got 1"),
        (lambda: rd.Problem(LINE, [0.0], fidelities=[]), "fidelities must have at least one"),
        (
            lambda: rd.Problem(LINE, [[0.0, 1.0]], fidelities=[rd.average(1)]),
            "codebook must have 1 coordinates",
        ),
        (
            lambda: rd.Problem(LINE, [], fidelities=[rd.average(1)]),
            "codebook must have at least one point",
        ),
        (
            lambda: problem(distortion="euclid").matrices,
            "distortion must be one of .* got 'euclid'",
        ),
        (
            lambda: problem(distortion=np.zeros((2, 2))).matrices,
            r"distortion must have shape .* got \(2, 2\)",
        ),
        (lambda: problem(distortion=np.full((3, 2), -1.0)).matrices, "at least 0 for every pair"),
        (lambda: rd.solve(problem(distortion=np.full((3, 2), np.inf))), "atom 0 has no codeword"),
    ],
)
def test_bad_input(make, message: str) -> None:
    with pytest.raises(rd.InputError, match=message):
        make()


def test_floors_are_those_of_the_pairs_that_all_distortions_allow() -> None:
    """The second codeword is the nearest of atom 0, but the other distortion forbids it."""
    cost = np.array([[1.5, 1.0, 2.0], [0.0, 3.0, 1.0]])
    other = np.array([[0.0, np.inf, 0.0], [0.0, 1.0, 2.0]])
    source = rd.Source([0.0, 1.0], [0.5, 0.5])
    both = [rd.average(0.75), rd.subset([True, True], 1.0, distortion=other)]
    problem = rd.Problem(source, [0.0, 1.0, 2.0], cost, both)
    assert rd.smallest_levels(problem) == (0.75, 0.0)
    assert problem.over(0).tolist() == [[0.0, 0.0, 0.5], [0.0, 3.0, 1.0]]
    solution = rd.solve(problem).require()
    assert solution.channel[0].tolist() == [1.0, 0.0, 0.0]
    assert solution.certificate.gap <= 1e-9
