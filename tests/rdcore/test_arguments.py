"""Wrong arguments: each is named, with what it was and what is accepted; nothing else is raised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import rdcore as rd

COIN = rd.sources.bernoulli(0.5)
TASK = rd.Problem(COIN, COIN.atoms, fidelities=[rd.average(0.1)])


def far_apart(distance: float, distortion: str = "squared_error") -> rd.Problem:
    source = rd.Source([0.0, distance], [0.5, 0.5])
    return rd.Problem(source, source.atoms, distortion, [rd.average(1.0)])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rd.solve(TASK, tol=0), "tol must be a positive finite number; got 0"),
        (lambda: rd.solve(TASK, tol=-1), "tol must be a positive finite number; got -1"),
        (lambda: rd.solve(TASK, tol=np.nan), "tol must be finite; got nan"),
        (lambda: rd.solve(TASK, tol="a"), "tol must be a number; got 'a'"),
        (lambda: rd.curve(TASK, tol="1"), "tol must be a number; got '1'"),
        (lambda: rd.solve(TASK, solver=rd.solvers.BlahutArimoto), r"such as BlahutArimoto\(\)"),
        (lambda: rd.solve(TASK, solver=3), "InteriorPoint.*; got 3"),
        (lambda: rd.solve([1, 2]), r"must be a Problem; got \[1, 2\]"),
        (lambda: rd.Problem(COIN, COIN.atoms, fidelities=rd.average(1)), "a list of fidelities"),
        (lambda: rd.Problem(COIN, COIN.atoms, fidelities=[1.0]), "got 1.0 in it"),
        (lambda: rd.Problem([0, 1], [0, 1], fidelities=[rd.average(1)]), "must be a Source"),
        (lambda: rd.Problem(COIN, COIN.atoms, "mse", [rd.average(1)]), "got 'mse'"),
        (lambda: rd.curve(TASK, levels=[np.nan]), r"levels=\[nan\] must be"),
        (lambda: rd.curve(TASK, levels=[]), r"levels=\[\] must be"),
        (lambda: rd.sources.from_samples([1.0, 2.0, 3.0], bins=[2, 3]), r"bins=\[2, 3\]"),
        (lambda: rd.sources.from_samples(np.eye(2), bins=[2, 3, 4]), r"bins=\[2, 3, 4\]"),
        (lambda: rd.sources.mixture([0, 1], [1, 1, 1], 1), "means has shape"),
        (
            lambda: rd.sources.from_density(lambda x: 1 + 0 * x, 0, 1, n=10**308),
            "n must be an integer of 2 to",
        ),
        (
            lambda: rd.quantisers.ecvq(TASK, 1.0, seed=-1),
            "at least 0; got -1",
        ),
        (lambda: rd.schedules.Geometric("4", "1", 3), "start must be a number; got '4'"),
        (lambda: far_apart(1e160), "got 1e.160"),
        (lambda: far_apart(1e-170), "got 1e-170"),
        (lambda: far_apart(1e308, "absolute"), "choose another unit"),
    ],
)
def test_a_wrong_argument_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(rd.InputError, match=message):
        call()


def test_samples_too_large_to_square_are_refused() -> None:
    source = rd.sources.from_samples([1.0, 2.0, 3.0, 4.0, 1e200])
    with pytest.raises(rd.InputError, match="choose another unit"):
        rd.Problem(source, source.atoms, fidelities=[rd.average(1.0)])


@pytest.mark.parametrize("distance", [1e-149, 1e-30, 1e30, 1e149])
def test_every_other_unit_gives_the_same_rate(distance: float) -> None:
    source = rd.Source([0.0, distance], [0.5, 0.5])
    problem = rd.Problem(source, source.atoms, fidelities=[rd.average(0.1 * distance**2)])
    expected = rd.closed_forms.bernoulli(0.5, 0.1)
    assert rd.solve(problem).require().rate == pytest.approx(expected, abs=1e-9)


def test_cells_of_many_dimensions_stay_apart() -> None:
    """1024⁷ cells are more than 64 bits can number."""
    samples = np.random.default_rng(0).random((400, 7))
    source = rd.sources.from_samples(samples, bins=1024)
    cells = np.minimum((samples - samples.min(0)) / np.ptp(samples, axis=0) * 1024, 1023)
    assert source.n == len(np.unique(cells.astype(int), axis=0))


def test_a_uniform_law_on_more_symbols_than_fit_into_a_word() -> None:
    rate = rd.closed_forms.hamming_uniform(2**64, 0.1)
    assert rate == pytest.approx(0.9 * 64 * np.log(2) - 0.3250829733914482, rel=1e-12)


def test_a_solution_is_short_to_read() -> None:
    solution = rd.solve(TASK)
    assert repr(solution).startswith("Solution(0.531 bits ± ")
    assert repr(solution).endswith(", 2 codewords, converged)")
    assert "<th>rate</th>" in solution._repr_html_()
    assert "<td>at most 0.1</td>" in TASK._repr_html_()
    assert "<tr><th>scope</th><td>this codebook</td></tr>" in solution.certificate._repr_html_()


def test_a_curve_is_a_short_table_in_a_notebook() -> None:
    curve = rd.curve(TASK, [0.1, 0.2], tol=1e-6)
    assert "<td>2, from 0.1 to 0.2</td>" in curve._repr_html_()
    assert "<td>0.531004 to 0.278072 bits</td>" in curve._repr_html_()


def test_no_warning_escapes_a_search_over_all_codewords() -> None:
    source = rd.sources.gaussian_density(50)
    proof = rd.solve(rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.01)])).certificate
    assert proof.lower <= proof.upper


@pytest.mark.parametrize(
    ("unit", "told"), [("bits", "0.2 .*0.468996"), ("nats", "0.138629 .*0.32508")]
)
def test_a_label_level_is_spoken_of_in_the_unit_of_the_question(unit: str, told: str) -> None:
    """A bit that is read wrongly one time in ten leaves H(.1) = .469 bits at the least."""
    noisy = [[0.9, 0.1], [0.1, 0.9]]
    asked = rd.classification.task(COIN, noisy, 0.5, 0.2 * np.log(2), "hamming", COIN.atoms)
    with pytest.raises(rd.InfeasibleError, match=f"C={told}.*in {unit}"):
        replace(asked, unit=unit).require_feasible()
