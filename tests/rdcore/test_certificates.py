"""Certificates hold on many problems and for any proposed channel and slopes."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import rdcore as rd
from rdcore.solvers import Reference
from tests.rdcore.problems import random_problem

BATCH = 25
BATCHES = [pytest.param(k, marks=[pytest.mark.slow] if k else []) for k in range(500 // BATCH)]


@pytest.mark.parametrize("batch", BATCHES)
def test_the_reference_is_between_the_bounds(batch: int) -> None:
    """Lower ≤ reference ≤ upper, up to the error of the reference.

    That error is the gap of its certificate plus the price of its violation of the levels.
    """
    solved = 0
    for seed in range(BATCH * batch, BATCH * (batch + 1)):
        try:
            problem = random_problem(seed)
            ours = rd.solve(problem).require()
        except rd.InfeasibleError:
            continue
        proof = ours.certificate
        assert proof.gap <= 1e-9, seed
        assert proof.violation <= 1e-9, seed
        theirs = Reference().proposal(problem)
        if theirs is None:
            continue
        bounds = rd.certify(problem, *theirs)
        assert proof.lower <= bounds.upper, seed
        assert bounds.lower <= proof.upper, seed
        overshoot = np.maximum(problem.expected(theirs[0]) - problem.rows.levels, 0)
        error = bounds.gap + float(ours.slopes @ overshoot)
        value = information(problem.source.pmf, theirs[0])
        assert proof.lower - error <= value <= proof.upper + error, seed
        solved += 1
    assert solved >= BATCH // 2


def information(pmf: np.ndarray, channel: np.ndarray) -> float:
    joint = pmf[:, None] * channel
    ratio = np.divide(
        joint, np.outer(pmf, joint.sum(axis=0)), where=joint > 0, out=np.ones_like(joint)
    )
    return float((joint * np.log(ratio)).sum())


@pytest.fixture(scope="module")
def solved() -> rd.Solution:
    source = rd.sources.three_modes()
    near = np.abs(source.atoms) < 1
    fidelities = [rd.average(0.6), rd.subset(near, 0.05, "joint")]
    problem = rd.Problem(source, rd.sources.codebook("three_modes"), fidelities=fidelities)
    return rd.solve(problem)


@pytest.mark.parametrize("seed", range(40))
def test_no_proposal_moves_a_bound_past_the_rate(solved: rd.Solution, seed: int) -> None:
    draw = np.random.default_rng(seed)
    size = 10.0 ** draw.uniform(-9, 0.5)
    channel = solved.channel * np.exp(size * draw.normal(size=solved.channel.shape))
    if seed % 3 == 0:
        channel += size * draw.random(channel.shape) / channel.shape[1]
    channel /= channel.sum(axis=1, keepdims=True)
    slopes = solved.slopes * np.exp(size * draw.normal(size=2))
    prior = solved.marginal * np.exp(size * draw.normal(size=len(solved.marginal)))
    proof = rd.certify(solved.problem, channel, slopes, prior if seed % 2 else None)
    assert proof.lower <= solved.certificate.upper
    assert proof.upper >= solved.certificate.lower
    if size > 1e-3:
        assert proof.gap > solved.certificate.gap


def test_a_channel_that_exceeds_a_level_is_repaired(solved: rd.Solution) -> None:
    looser = rd.solve(solved.problem.with_levels([1.2, 0.05]))
    proof = rd.certify(solved.problem, looser.channel, solved.slopes)
    headroom = 0.6 - rd.smallest_levels(solved.problem)[0]
    assert proof.violation == pytest.approx(0.6 / headroom, rel=1e-6)
    assert proof.upper >= solved.certificate.lower
    assert np.isfinite(proof.upper)


def test_slopes_of_zero_prove_nothing_but_zero(solved: rd.Solution) -> None:
    proof = rd.certify(solved.problem, solved.channel, np.zeros(2))
    assert proof.lower == 0
    assert proof.upper == pytest.approx(solved.certificate.upper, abs=1e-12)


def test_the_prior_need_not_be_normalised(solved: rd.Solution) -> None:
    plain = rd.certify(solved.problem, solved.channel, solved.slopes, solved.marginal)
    scaled = rd.certify(solved.problem, solved.channel, solved.slopes, 7 * solved.marginal)
    assert scaled.lower == pytest.approx(plain.lower, abs=1e-12)


def test_contradictory_bounds_raise_an_error(
    solved: rd.Solution, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rdcore.proof.certificates._excess", lambda *_: (-1e-6, 0.0))
    with pytest.raises(rd.ProofError, match="lies above the upper bound"):
        rd.certify(solved.problem, solved.channel, solved.slopes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda q, s: (q[:-1], s), "channel must have shape"),
        (lambda q, s: (0.5 * q, s), "sum to 1"),
        (lambda q, s: (q, -s), "slopes must be finite and non-negative"),
        (lambda q, s: (q, s[:1]), "slopes must have shape"),
    ],
)
def test_bad_proposals(solved: rd.Solution, change, message: str) -> None:
    channel, slopes = change(solved.channel, solved.slopes)
    with pytest.raises(rd.InputError, match=message):
        rd.certify(solved.problem, channel, slopes)


def test_a_level_a_rounding_below_the_smallest_proves_no_rate() -> None:
    source = rd.sources.from_pmf([0.0], [1.0])
    problem = rd.Problem(source, [0.0, 1.0], np.array([[1.0, 3.0]]), [rd.average(1 - 9.99e-13)])
    assert rd.solve(problem).certificate.lower == 0


def test_certificates_do_not_import_solvers() -> None:
    imported = {
        node.module
        for path in (Path(rd.__file__).parent / "proof").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    assert not any(name.startswith("rdcore.solvers") for name in imported)
