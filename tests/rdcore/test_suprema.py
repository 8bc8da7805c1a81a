"""Upper bounds on many sums of Gaussians at once, against the bound on one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdcore.problem import GaussianSum
from rdcore.proof.suprema import suprema
from rdcore.proof.supremum import supremum


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_bounds_are_those_of_one_sum(seed):
    rng = np.random.default_rng(seed)
    count, n = 5, int(rng.integers(1, 12))
    x = rng.normal(size=(count, n)) * 10 ** rng.uniform(-2, 2, (count, 1))
    logs = rng.normal(size=(count, n))
    logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
    s = 10 ** rng.uniform(-1, 2, count) / x.var(axis=1).clip(1e-6)
    found = suprema(x, logs, s, np.full(count, 1e-9))
    for k in range(count):
        sums = GaussianSum(x[k][:, None], logs[k], np.full(n, s[k]))
        known = supremum(sums, 1e-10).bound
        # A sum below 1 is only shown to be below 1.
        assert found.bounds[k] >= known * (1 - 1e-9)
        if known > 1.001:
            assert found.bounds[k] == pytest.approx(known, rel=1e-8)
        mine = found.owners == k
        values = sums.values(found.peaks[mine][:, None])
        assert values.max() >= 0.999 * min(known, found.bounds[k])
        assert (values <= found.bounds[k] * (1 + 1e-12)).all()


def test_a_flat_sum_and_one_that_is_too_wide():
    x, logs = np.array([[-1.0, 1.0], [-1e9, 1e9]]), np.log(np.full((2, 2), 0.5))
    found = suprema(x, logs, np.array([0.0, 1.0]), np.array([1e-9, 1e-9]))
    assert found.bounds[0] == pytest.approx(1.0, abs=1e-8)
    assert found.bounds[1] == np.inf
