"""Thousands of hostile proposals, and not one certificate on the wrong side of the rate.

The rates are those of closed forms in 200 bits; ``benchmarks hostile`` runs a hundred thousand.
"""

from __future__ import annotations

import pytest

from benchmarks.hostile import judge, trials


@pytest.mark.parametrize("seed", range(4))
def test_no_certificate_is_wrong(seed: int) -> None:
    for index, trial in enumerate(trials(seed, 750)):
        verdict = judge(trial)
        assert not verdict.wrong, (seed, index, verdict)
