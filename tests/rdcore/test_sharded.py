"""Atoms in shards: the bounds of one process, whoever holds the shards."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

import rdcore as rd
from rdcore.solvers import Sharded
from tests.rdcore.test_screening import mixture, tasks

TOL = 1e-8


def agrees(found: rd.Solution, whole: rd.Problem) -> None:
    """Compare a proof from sums over shards with the one from all data at once."""
    plain = rd.certify(found.problem, found.channel, found.slopes, found.prior, among=whole)
    assert found.certificate.scope == plain.scope
    assert found.certificate.lower == pytest.approx(plain.lower, abs=1e-12)
    assert found.certificate.upper == pytest.approx(plain.upper, abs=1e-12)


@pytest.mark.parametrize(
    "name", ["average", "subset", "each", "out of the first candidates' reach"]
)
def test_sums_over_shards_prove_what_one_process_proves(name: str) -> None:
    task = tasks()[name]
    reference = rd.solve(task, tol=TOL).certificate
    proofs = []
    for count in (1, 7):
        found = rd.solve(task, tol=TOL, solver=Sharded(shards=count)).require()
        agrees(found, task)
        assert found.certificate.lower <= reference.upper
        assert reference.lower <= found.certificate.upper
        proofs.append(found.certificate)
    assert proofs[0].lower == pytest.approx(proofs[1].lower, abs=1e-12)
    assert proofs[0].upper == pytest.approx(proofs[1].upper, abs=1e-12)


def test_far_from_the_optimum_the_proof_is_the_same_too() -> None:
    """With few candidates active, c > 1 at others: single atoms are scaled down."""
    task = tasks()["average"]
    start = rd.solve(task.candidates(np.arange(0, task.m, 7)), tol=1e-6)
    found = Sharded(shards=3, max_rounds=1).solve(task, 1e-3, start=start)
    assert found.certificate.gap > 1e-3
    agrees(found, task)


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_an_executor_does_not_change_a_bit(kind: str) -> None:
    task = rd.Problem(mixture(3000), tasks()["average"].codebook, fidelities=[rd.average(2.0)])
    plain = Sharded(shards=4).solve(task, 1e-5)
    make = (
        ThreadPoolExecutor(2)
        if kind == "threads"
        else ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    )
    with make as executor:
        found = Sharded(executor, shards=4).solve(task, 1e-5)
    assert found.certificate == plain.certificate
    assert np.array_equal(found.slopes, plain.slopes)


def test_a_large_solution_computes_the_channel_of_some_atoms() -> None:
    task = tasks()["subset"]
    found = Sharded(shards=2).solve(task, 1e-6)
    some = np.array([5, 3, 900])
    assert np.allclose(found.channel_of(some), found.channel[some], atol=1e-15)
    assert found.channel.sum(axis=1) == pytest.approx(np.ones(task.n))
    assert found.marginal == pytest.approx(task.source.pmf @ found.channel)
    assert (found.distortions <= [4, 0.5]).all()
    assert np.allclose(found.distortions, found.problem.expected(found.channel), rtol=1e-12)
    assert found.conditional_entropy == pytest.approx(found.output_entropy - found.rate, abs=1e-9)


def test_what_cannot_be_sharded_is_refused() -> None:
    line = rd.sources.three_modes()
    words = np.linspace(-8, 8, 9)
    one = [rd.average(0.5)]
    for task, said in (
        (rd.Problem(line, rd.EVERY, fidelities=one), "Exchange"),
        (rd.Problem(line, words, np.ones((line.n, 9)), one), "of one distortion"),
        (tasks()["two distortions"], "of one distortion"),
    ):
        with pytest.raises(rd.InputError, match=said):
            rd.solve(task, solver=Sharded())
    task = rd.Problem(line, words, fidelities=one)
    (least,) = rd.smallest_levels(task)
    with pytest.raises(rd.InputError, match="above the smallest"):
        Sharded().solve(task.with_levels([least]))
    with pytest.raises(rd.InfeasibleError, match="above the smallest"):
        Sharded().solve(task.with_levels([0.9 * least]))
    with pytest.raises(rd.InputError, match="executor must be"):
        rd.solve(task, executor="two")
    with ThreadPoolExecutor(1) as pool, pytest.raises(rd.InputError, match="solver must be None"):
        rd.solve(task, executor=pool, solver=Sharded())


def test_atoms_of_no_mass_and_a_time_limit() -> None:
    atoms = np.linspace(-3, 3, 40)
    pmf = np.where(np.arange(40) % 3 == 0, 0.0, np.exp(-(atoms**2) / 2))
    task = rd.Problem(rd.Source(atoms, pmf / pmf.sum()), atoms, fidelities=[rd.average(0.3)])
    agrees(Sharded(shards=2).solve(task, TOL).require(), task)
    found = Sharded(shards=2).solve(task, 1e-15, time_limit=1e-9)
    assert found.status is rd.Status.TIME_LIMIT
    agrees(found, task)
