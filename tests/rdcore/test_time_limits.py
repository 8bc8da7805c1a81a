"""Solves with a label or a perception level stop at the time limit, with bounds that hold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import rdcore as rd


def labelled(**limits: float) -> rd.classification.Classified:
    pairs = rd.classification.labels.jointly_gaussian(0.9, 24, 6)
    posterior = pairs.posterior
    return rd.classification.rate(pairs.source, posterior, 0.3, 1.0, **limits)


def realistic(**limits: float) -> rd.perception.PerceptionSolution:
    source = rd.sources.gaussian()
    problem = rd.Problem(source, source.atoms, fidelities=[rd.average(0.3)])
    return rd.perception.rate(problem, rd.perception.Wasserstein1(0.01), **limits)


@pytest.mark.parametrize("solve", [labelled, realistic])
def test_bounds_hold_when_the_time_is_over(solve: Callable) -> None:
    whole, short = solve(), solve(time_limit=1e-6)
    assert whole.status.converged
    assert short.status is rd.Status.TIME_LIMIT
    assert short.certificate.lower <= whole.certificate.upper
    assert whole.certificate.lower <= short.certificate.upper
    assert np.isfinite(short.certificate.upper)
    assert solve(time_limit=60.0).rate == whole.rate


@pytest.mark.parametrize("solve", [labelled, realistic])
@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan")])
def test_a_limit_that_is_no_time_is_refused(solve: Callable, wrong: float) -> None:
    with pytest.raises(rd.InputError, match="time_limit"):
        solve(time_limit=wrong)
