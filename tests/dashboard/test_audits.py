"""The audit: an independent solver's answer, measured by our certificate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import rdcore as rd
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.model.views import Audit
from dashboard.tasks import audit
from tests.steps import result


def audited(problem: rd.Problem) -> Audit:
    return result(audit.audit(problem))  # type: ignore[no-any-return]


def test_both_find_the_same() -> None:
    setting = Setting(SourceSpec("gaussian"), subsets=(Subset("+(-0.1,0.1)", 0.015, "joint"),))
    found = audited(ProblemSpec(setting, 0.6).problem())
    assert found.agrees
    assert found.upper_bits * np.log(2) == pytest.approx(0.267204412, abs=2e-9)
    assert found.value_bits == pytest.approx(found.upper_bits, abs=found.accuracy_bits + 1e-9)
    assert 0 <= found.accuracy_bits < 1e-3
    assert 0 <= found.violation < 1e-3
    assert found.seconds > 0
    assert found.peer_seconds > 0
    assert (found.atoms, found.codewords) == (50, 8)


def test_where_clarabel_breaks_down_at_first_it_is_asked_again() -> None:
    """Its status is a numerical error here unless its equilibration is switched off."""
    setting = Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)", 0.05),))
    found = audited(ProblemSpec(setting, 0.7).problem())
    assert found.agrees
    assert found.accuracy_bits < 1e-3


def test_an_answer_that_is_off_is_told_from_one_that_is_inaccurate() -> None:
    found = Audit(1.0, 1.000001, 0.01, 1.0001, 1e-3, 0.0, 1.0, 8, 50)
    assert found.agrees
    assert not replace(found, accuracy_bits=1e-6).agrees
    assert not replace(found, value_bits=0.9).agrees
