"""The standard error of a difference of two rates from the same rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import rdcore as rd
from dashboard.model.codebooks import CodebookSpec
from dashboard.model.presets import OWN
from dashboard.model.rates import Rates, error_of_difference
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.model.views import Point
from dashboard.model.weights import SampledRows
from dashboard.tasks import solve
from dashboard.ui import best, differences, queries
from dashboard.uploads import store
from rdcore.tables import Choice
from tests.steps import result as finish

ROWS, RESAMPLES = 300, 200


def sampled(subset: str, level: float, *, weighted: bool = False) -> ProblemSpec:
    draw = np.random.default_rng(5)
    values, weights = draw.normal(3, 1, ROWS).round(1), draw.integers(1, 9, ROWS)
    lines = [f"{v!r},{w}" for v, w in zip(values.tolist(), weights.tolist(), strict=True)]
    digest = store.put("rows.csv", "\n".join(["length,weight", *lines]).encode())
    choice = Choice(kind="samples", first="length")
    if weighted:
        choice = replace(choice, kind="weighted", weight="weight")
    source = SourceSpec(OWN, digest=digest, choice=choice, weighs="rows" if weighted else "law")
    setting = Setting(source, CodebookSpec("grid", 12), subsets=(Subset(subset, level),))
    return ProblemSpec(setting, 0.4)


def both(spec: ProblemSpec) -> tuple[Point, Point]:
    """Return the solutions with and without the subset."""
    fewer = best.alone(spec)
    return tuple(solve.timed(one.problem(), rows=one.rows()) for one in (spec, fewer))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("subset", "level", "weighted"),
    [("+(2,3)", 0.05, False), ("+(2,3)", 0.05, True), ("top 30%", 0.1, False)],
)
def test_it_is_that_of_resampled_rows_and_below_those_of_the_rates(
    subset: str, level: float, weighted: bool
) -> None:
    spec = sampled(subset, level, weighted=weighted)
    rows = spec.rows()
    assert rows is not None
    assert rows.moving == ((1,) if subset.startswith("top") else ())
    recipes = [
        rd.sampling.Standing(one.problem(), moving)
        for one, moving in ((spec, rows.moving), (best.alone(spec), ()))
    ]
    draw, costs = np.random.default_rng(3), []
    for _ in range(RESAMPLES):
        chosen = draw.integers(0, ROWS, ROWS)
        pmf = np.bincount(rows.labels[chosen], rows.shares[chosen], recipes[0].base.source.n)
        source = replace(recipes[0].base.source, pmf=pmf / pmf.sum())
        rates = [rd.solve(one.problem(source), tol=1e-6).rate_bits for one in recipes]
        costs.append(rates[0] - rates[1])
    first, second = both(spec)
    found = error_of_difference(rows, first.influence_bits, second.influence_bits)
    assert found is not None
    # 200 resamples tell their deviation within 5 %.
    assert found == pytest.approx(np.std(costs, ddof=1), rel=0.15)
    assert first.error_bits is not None
    assert second.error_bits is not None
    assert 2 * found < np.hypot(first.error_bits, second.error_bits)


def test_several_rates_of_a_job_have_what_each_atom_changes() -> None:
    spec = sampled("top 30%", 0.1)
    first, second = both(spec)
    impossible = best.alone(spec).at(0, 1e-9)
    problems = tuple(one.problem() for one in (spec, best.alone(spec), impossible))
    found = finish(solve.rates(problems, ((1,), (), ())))
    assert isinstance(found, Rates)
    assert found.influences_bits is not None
    assert found.influences_bits[0] == pytest.approx(first.influence_bits, abs=1e-6)
    assert found.influences_bits[1] == pytest.approx(second.influence_bits, abs=1e-6)
    assert np.isnan(found.influences_bits[2]).all()
    assert found.part(slice(1, None)).influences_bits is not None
    assert found.part(slice(1, None)).bits[0] == found.bits[1]
    assert finish(solve.rates(problems)).influences_bits is None


def test_a_rate_that_is_not_from_samples_has_none() -> None:
    spec = sampled("+(2,3)", 0.1)
    first, _ = both(spec)
    assert error_of_difference(None, first.influence_bits, first.influence_bits) is None
    assert error_of_difference(spec.rows(), first.influence_bits, None) is None
    assert error_of_difference(spec.rows(), first.influence_bits, first.influence_bits) == 0


def test_an_error_is_found_once_and_forgotten_with_the_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = sampled("+(2,3)", 0.1)
    first, second = both(spec)
    found: list[float] = []

    def counted(rows: SampledRows, change: np.ndarray) -> float:
        found.append(error_of(rows, change))
        return found[-1]

    error_of = SampledRows.error_of
    monkeypatch.setattr(SampledRows, "error_of", counted)
    given = spec, first.influence_bits, best.alone(spec)
    differences.forget()
    assert differences.error(*given, None) is None  # not solved yet
    asked = [differences.error(*given, second.influence_bits) for _ in range(3)]
    assert found == asked[:1]
    assert set(asked) == set(found)
    queries.forget_uploads()
    assert differences.error(*given, second.influence_bits) == found[0]
    assert len(found) == 2
