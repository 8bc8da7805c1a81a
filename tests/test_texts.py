"""The list of claims is that of the experiments and of the studies."""

from __future__ import annotations

import pytest

from dashboard.model.claims.claim import VERDICTS, Claim, checked, overall
from dashboard.model.reproduction import Quantity, as_text, below
from docs import texts

TEXT = texts.PAGE.read_text(encoding="utf-8")


def test_the_other_claims_are_stated() -> None:
    for title, claims in texts.sections():
        assert f"## {title}\n" in TEXT
        assert len(claims) > 4
        for row in texts.claim_rows(claims):
            assert row in TEXT, "docs/texts.md is out of date: run `python -m docs.texts`"
        assert {one.verdict for one in claims} <= set(VERDICTS)


@pytest.mark.parametrize("printed", ["1.6777", "1.7969", "1.9099", "0.4170", "1.8806", "6.7599"])
def test_every_published_number_is_in_the_table(printed: str) -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| E")]
    assert any(printed in line.split(" | ")[2:4] for line in rows)


def test_a_difference_counts_at_the_published_precision() -> None:
    assert Quantity("q", 1.6777, rerun=1.67768).difference == 0
    assert Quantity("q", notebook=2.9317, rerun=2.93192).difference == pytest.approx(2e-4)
    assert Quantity("q", 5, rerun=6, decimals=0).difference == 1
    assert Quantity("q", 1.6, best=1.6).difference == 0
    assert Quantity("q", rerun=1.0).difference != Quantity("q", rerun=1.0).difference


def test_tiny_values_are_not_written() -> None:
    assert [as_text(value) for value in (0.0, 3e-12, 5.0, 0.41703, float("nan"))] == [
        "0",
        "< 10⁻⁹",
        "5",
        "0.41703",
        "—",
    ]
    assert (below(1e-12), below(2.5e-4)) == ("less than 1e-9", "2.5e-04")


def made(holds: bool, corrected: bool = False) -> Claim:
    return checked("s", "w", "p", holds=holds, why="y", corrected=corrected)


def test_the_verdict_on_several_claims() -> None:
    good, mended, bad = made(True), made(True, corrected=True), made(False)
    assert [one.verdict for one in (good, mended, bad)] == list(VERDICTS[:3])
    assert overall([good, good]) == "holds"
    assert overall([bad, bad]) == "does not hold at these settings"
    assert overall([good, bad]) == overall([mended, good]) == "holds with a correction"
    unknown = Claim("s", "w", "p", "not tested here", "y")
    assert overall([good, unknown]) == "holds"
    assert overall([unknown]) == overall([]) == "not tested here"
