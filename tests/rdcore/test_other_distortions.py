"""Errors besides the square: off by more than a tolerance, relative errors, angles."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from rdcore.problem.distortions import Angle, OffBy, Relative, matrix


def random_source(seed: int, n: int = 8) -> rd.Source:
    rng = np.random.default_rng(seed)
    return rd.sources.from_pmf(rng.normal(size=n) * 2, rng.random(n) + 0.1)


def best(source: rd.Source, distortion: object, level: float, *more: rd.Fidelity) -> rd.Solution:
    task = rd.Problem(source, rd.EVERY, distortion, [rd.average(level), *more])  # type: ignore[arg-type]
    return rd.solve(task, tol=1e-9)


def test_values() -> None:
    x, y = np.array([[-2.0], [0.1], [350.0]]), np.array([[-1.0], [10.0]])
    assert matrix(OffBy(1.0), x, y).tolist() == [[0, 1], [1, 1], [1, 1]]
    assert matrix(Relative(1.0), x, y)[:2].tolist() == [[0.5, 6.0], [1.1, 9.9]]
    assert matrix(Angle(360), x, y)[2].tolist() == [81.0, 400.0]
    # Decimal steps that rounding makes longer than the tolerance.
    steps = np.arange(30)[:, None] * 0.1
    assert (matrix(OffBy(0.1), steps, steps) == 0).sum() == 30 + 2 * 29
    plane = np.array([[0.0, 359.0], [3.0, 3.0]])
    assert matrix(OffBy(2.0), plane, plane[:1]).tolist() == [[0], [1]]
    assert matrix(Relative(1.0), plane, plane[1:]).tolist()[0] == pytest.approx([3 + 356 / 359])
    assert matrix(Angle(), plane, plane[1:]).tolist() == [[9 + 16], [0]]


@pytest.mark.parametrize("kind", [OffBy(0.7), Relative(0.5)], ids=["off by", "relative"])
@pytest.mark.parametrize("seed", range(4))
def test_every_codebook_is_as_good_as_a_fine_grid(kind: object, seed: int) -> None:
    """The finitely many codewords that suffice, against 3000 of them; with a subset too."""
    source = random_source(seed)
    tight = rd.subset(source.atoms > 0, 0.05, "conditional")
    fine = np.append(np.linspace(source.atoms.min(), source.atoms.max(), 3000), source.atoms)
    for more in ((), (tight,)):
        found = best(source, kind, 0.2, *more)
        assert found.certificate.scope == "every codebook"
        assert found.status.converged
        task = rd.Problem(source, fine, kind, [rd.average(0.2), *more])  # type: ignore[arg-type]
        grid = rd.solve(task, tol=1e-8, solver=rd.solvers.Screening())
        assert grid.certificate.upper >= found.certificate.lower
        assert found.rate == pytest.approx(
            grid.rate, abs=1e-3 if isinstance(kind, Relative) else 1e-7
        )


@pytest.mark.parametrize(("m", "share"), [(6, 0.0), (6, 0.1), (4, 0.3), (1, 0.2)])
def test_a_uniform_source_off_by_more_than_a_tolerance(m: int, share: float) -> None:
    """Over m ranges of 2ε the rate is that of m equally likely symbols."""
    source = rd.sources.uniform_grid(60, 0, 3)
    found = best(source, OffBy((60 // m - 1) * 0.05 / 2), share)
    assert found.rate == pytest.approx(rd.closed_forms.hamming_uniform(m, share), abs=1e-8)


def test_relative_errors_scale() -> None:
    """In another unit the rate is the same."""
    source = random_source(7)
    scaled = rd.Source(1000 * source.atoms, source.pmf)
    wanted = best(source, Relative(0.2), 0.3).rate
    assert best(scaled, Relative(200.0), 0.3).rate == pytest.approx(wanted, abs=1e-8)


def test_angles_do_not_know_where_the_circle_begins() -> None:
    grid = np.arange(36) * 10.0
    rng = np.random.default_rng(4)
    pmf = rng.random(36)
    rates = []
    for turn in (0, 130):
        source = rd.sources.from_pmf((grid + turn) % 360, pmf)
        task = rd.Problem(source, grid, Angle(360), [rd.average(400.0)])
        rates.append(rd.solve(task, tol=1e-9).rate)
    assert rates[0] == pytest.approx(rates[1], abs=1e-8)
    plain = rd.solve(rd.Problem(source, grid, fidelities=[rd.average(400.0)])).rate
    assert plain > rates[0] + 0.01


def test_curves_over_every_codebook() -> None:
    source = random_source(2)
    task = rd.Problem(source, rd.EVERY, OffBy(0.7), [rd.average(0.2)])
    band = rd.curve(task, [0.05, 0.2, 0.4])
    assert band.rates[1] == pytest.approx(best(source, OffBy(0.7), 0.2).rate, abs=1e-6)
    most = rd.largest_level(task)
    served = max(
        source.pmf[np.abs(source.atoms - y) <= 0.7].sum() for y in np.linspace(-6, 6, 4000)
    )
    assert most == pytest.approx(1 - served, abs=1e-9)
    assert best(source, OffBy(0.7), most * 1.001).rate == pytest.approx(0, abs=1e-8)
    parallel = rd.curve(task, [0.05, 0.2, 0.4], executor=None)
    assert parallel.rates == pytest.approx(band.rates)


def test_what_needs_a_fixed_codebook() -> None:
    source, plane = random_source(1), rd.sources.gaussian_2d()
    for where, kind in ((source, Angle()), (plane, OffBy(0.1)), (plane, Relative(0.1))):
        with pytest.raises(rd.InputError, match="EVERY"):
            best(where, kind, 0.1)
    mixed = rd.subset(source.atoms > 0, 0.1, distortion=OffBy(0.2))
    with pytest.raises(rd.InputError, match="EVERY"):
        best(source, OffBy(0.1), 0.1, mixed)
    for action in (lambda: OffBy(0.0), lambda: Relative(-1.0), lambda: Angle(np.inf)):
        with pytest.raises(rd.InputError):
            action()
