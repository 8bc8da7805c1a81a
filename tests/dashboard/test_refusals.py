"""What goes wrong seldom: each is a sentence for the user, not a stack trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rdcore as rd
from dashboard.jobs import serialisation
from dashboard.model.codebooks import SpecError
from dashboard.model.specs import OWN, ProblemSpec, Setting, SourceSpec
from dashboard.model.views import Trouble
from dashboard.tasks import audit
from dashboard.ui import queries
from rdcore.errors import TableError
from rdcore.tables import parquet, reading
from tests.steps import result

SPEC = ProblemSpec(Setting(SourceSpec("three_modes")), 0.6)


def said(question: Callable[..., Any], *arguments: Any) -> str:
    found = queries.attempt(question, *arguments)
    assert isinstance(found, Trouble)
    return found.sentence


def test_a_file_that_is_gone_asks_for_it_again() -> None:
    gone = SourceSpec(OWN, digest="0" * 64)
    assert said(queries.source, gone) == (
        "The file is no longer on the server; upload the file again."
    )


@pytest.mark.parametrize(("low", "high"), [(2.0, 2.0), (3.0, 2.0)])
def test_an_empty_range_says_so(low: float, high: float) -> None:
    sentence = f"The range from {low:g} to {high:g} is empty; From must be less than To."
    assert said(queries.source, SourceSpec("uniform", (9, low, high))) == sentence


def test_an_empty_range_of_the_prices_says_so() -> None:
    with pytest.raises(SpecError, match="The range of D from 3 to 2 unit² is empty"):
        queries.prices(SPEC.setting, 3.0, 2.0)


def test_a_parser_that_breaks_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(reading, "_reader", lambda *_: broken)
    with pytest.raises(TableError, match=r"^a\.csv cannot be read: save the numbers again as"):
        reading.read_table("a.csv", b"1\n2\n")


def test_a_parquet_file_that_unpacks_to_too_much_says_what_helps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    header = {"rows": 3, "width": 2, "columns": [("x", None), ("t", "text")], "excess": True}
    monkeypatch.setattr(parquet, "_work", lambda *_: (header, b""))
    with pytest.raises(
        TableError, match="more than can be read: keep fewer rows or columns of numbers"
    ):
        parquet.read_parquet("a.parquet", b"", reading.AUTOMATIC)


def test_no_second_answer_says_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rd.solvers.Reference, "proposal", lambda *_: None)
    with pytest.raises(SpecError, match=r"no solution\. Use fewer atoms or codewords\."):
        result(audit.audit(SPEC.problem()))


def test_a_class_of_a_file_has_to_be_a_dataclass(tmp_path: Any) -> None:
    text = b'{"class": ["dashboard.errors", "UserError"], "fields": {}}'
    np.savez(tmp_path / "value.npz", tree=np.frombuffer(text, np.uint8))
    with pytest.raises(TypeError, match="not a dataclass of this package"):
        serialisation.load(tmp_path / "value.npz")


def test_a_number_of_numpy_is_a_number(tmp_path: Any) -> None:
    serialisation.save(tmp_path / "value.npz", [np.float64(0.5), np.int64(3)], most_bytes=10_000)
    assert serialisation.load(tmp_path / "value.npz") == [0.5, 3]
