"""Many candidates and atoms: the same results as from dense arrays, proved over all of them."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from rdcore.problem import problem as problems
from rdcore.solvers import InteriorPoint, Screening, suited


def grid(side: int, reach: float = 9.0) -> np.ndarray:
    axis = np.linspace(-reach, reach, side)
    return np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)


def mixture(count: int, seed: int = 1) -> rd.Source:
    rng = np.random.default_rng(seed)
    which = rng.integers(3, size=count)
    centres, widths = np.array([[0.0, 0], [4, 1], [1, 5]]), np.array([1, 0.6, 1.5])
    atoms = centres[which] + widths[which, None] * rng.normal(size=(count, 2))
    return rd.Source(atoms, np.full(count, 1 / count))


def tasks() -> dict[str, rd.Problem]:
    clusters = rd.sources.four_clusters()
    right = clusters.points[:, 0] > 3
    few = np.zeros(clusters.n, bool)
    few[::50] = True
    line = rd.sources.three_modes()
    words = np.linspace(line.points.min(), line.points.max(), 500)
    table = np.abs(line.points - words) ** 1.5
    return {
        "average": rd.Problem(clusters, grid(20), fidelities=[rd.average(8)]),
        "subset": rd.Problem(
            clusters, grid(20), fidelities=[rd.average(4), rd.subset(right, 0.5, "conditional")]
        ),
        "each": rd.Problem(
            clusters, grid(12), fidelities=[rd.average(8), rd.subset(few, 6, "each")]
        ),
        "two distortions": rd.Problem(
            line,
            words,
            fidelities=[rd.average(0.6), rd.average(0.5, distortion="absolute")],
        ),
        "a table": rd.Problem(line, words, table, [rd.average(0.4)]),
        "out of the first candidates' reach": rd.Problem(
            line, words, fidelities=[rd.average(0.002)]
        ),
    }


@pytest.mark.parametrize("name", tasks())
def test_few_candidates_are_enough(name: str) -> None:
    task = tasks()[name]
    dense = InteriorPoint().solve(task, 1e-8).require()
    few = Screening().solve(task, 1e-8).require()
    assert few.problem.m <= task.m
    assert few.certificate.scope == f"all {task.m} candidates"
    assert few.certificate.lower <= dense.certificate.upper
    assert dense.certificate.lower <= few.certificate.upper
    assert few.rate == pytest.approx(dense.rate, abs=2e-8)


def test_the_certificate_detects_missing_candidates() -> None:
    task = tasks()["average"]
    some = InteriorPoint().solve(task.candidates(np.arange(0, task.m, 7)), 1e-9)
    proof = rd.certify(some.problem, some.channel, some.slopes, some.prior, among=task)
    best = InteriorPoint().solve(task, 1e-9).rate
    assert proof.lower <= best <= proof.upper
    assert proof.gap > 100 * some.certificate.gap


@pytest.mark.parametrize("name", ["subset", "each", "two distortions", "a table"])
def test_blocks_give_what_dense_arrays_give(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dense = InteriorPoint().solve(tasks()[name], 1e-9).require()
    monkeypatch.setattr(problems, "_MOST_KEPT", 0)
    monkeypatch.setattr(problems, "_BLOCK", 1 << 12)
    task = tasks()[name]
    assert not task.dense
    blocks = InteriorPoint().solve(task, 1e-9).require()
    assert blocks.rate == pytest.approx(dense.rate, abs=2e-9)
    assert "matrices" not in task.__dict__


def test_many_samples() -> None:
    task = rd.Problem(mixture(12_000), grid(27, 7.0), fidelities=[rd.average(2.0)])
    assert isinstance(suited(task), Screening)
    found = rd.solve(task, tol=1e-6).require()
    assert found.certificate.gap <= 1e-6
    assert found.problem.m < 100
    sharper = InteriorPoint().solve(found.problem, 1e-8)
    assert sharper.rate == pytest.approx(found.rate, abs=2e-6)


def test_an_infeasible_level_is_reported_with_the_minimum() -> None:
    source = mixture(500)
    task = rd.Problem(source, grid(8), fidelities=[rd.average(0.01)])
    with pytest.raises(rd.InfeasibleError, match=r"D=0\.01 is below") as refusal:
        Screening().solve(task)
    (least,) = refusal.value.nearest
    assert Screening().solve(task.with_levels([least * 1.001]), 1e-6).status.converged


def test_the_nearest_levels_can_be_met() -> None:
    source = rd.sources.from_pmf(np.arange(9.0), np.ones(9))
    words = source.atoms[[2, 6]]
    cost = np.square(source.points - words)
    levels = [rd.average(2.0), rd.average(10.0, distortion=cost[:, ::-1])]
    far = rd.Problem(source, words, cost, levels)
    with pytest.raises(rd.InfeasibleError, match="not together") as refusal:
        rd.solve(far)
    near = refusal.value.nearest
    assert all(a >= f.level for a, f in zip(near, levels, strict=True))
    assert rd.solve(far.with_levels(near), tol=1e-6).certificate.violation <= 1e-9
    with pytest.raises(rd.InfeasibleError):
        rd.solve(far.with_levels([level * 0.999 for level in near]))


def test_five_hundred_symbols_each() -> None:
    clusters = rd.sources.four_clusters()
    mask = np.zeros(clusters.n, bool)
    mask[np.argsort(clusters.points[:, 0])[:500]] = True
    task = rd.Problem(clusters, grid(6), fidelities=[rd.average(8), rd.subset(mask, 7.0, "each")])
    found = rd.solve(task, tol=1e-8).require()
    reached = task.expected(found.channel)
    assert len(reached) == 501
    assert (reached <= task.rows.levels * (1 + 1e-9)).all()


def test_bad_input() -> None:
    with pytest.raises(rd.InputError, match="codebook must be fixed; got EVERY"):
        Screening().solve(rd.Problem(mixture(4), rd.EVERY, fidelities=[rd.average(1)]))
    with pytest.raises(rd.InputError, match="max_rounds must be at least 1; got 0"):
        Screening(max_rounds=0).solve(tasks()["average"])
