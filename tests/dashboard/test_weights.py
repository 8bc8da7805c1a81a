"""What the weights of rows and of columns are taken for."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.model import columns, weights


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("count", [1.0, 2.0, 0.0], "counts"),
        (" N ", [3.0], "counts"),
        ("frequency", [1.0, np.nan, np.inf, -1.5], "counts"),
        ("count", [1.0, 2.5], "law"),
        ("count", [0.0, np.nan], "law"),
        ("count of rows", [1.0, 2.0], "law"),
        ("weight", [1.0, 2.0], "law"),
        ("n", [2e6], "counts"),
        ("n", [2e6, 1.0], "law"),
    ],
)
def test_what_weights_are_taken_for(name: str, values: list[float], kind: str) -> None:
    assert weights.probable(name, np.array(values)) == kind


def test_counts_are_whole_numbers_of_rows() -> None:
    found = weights.counts(np.array([2.0, 0.0, 1.0]), "n")
    assert found.tolist() == [2, 0, 1]
    assert found.dtype.kind == "i"
    with pytest.raises(weights.WeightError, match=r"^The weight 2\.5 in “n” is not a count"):
        weights.counts(np.array([2.0, 2.5, 0.5]), "n")
    assert weights.counts(np.array([1e6, 1e6]), "n").sum() == 2_000_000
    with pytest.raises(
        weights.WeightError, match=r"“n” counts 2\s000\s001 rows; .* at most 2\s000\s000"
    ):
        weights.counts(np.array([1e6, 1e6, 1.0]), "n")


def test_rows_of_equal_weight_that_say_as_much() -> None:
    shares = np.array([0.5, 0.25, 0.25])
    rows = weights.SampledRows(np.arange(3), shares, (), ordered=False)
    assert rows.effective == pytest.approx(1 / 0.375)


@pytest.mark.parametrize(
    ("text", "found"),
    [("", ()), (" , ", ()), ("1, 0.25", (1.0, 0.25)), ("2;3", (2.0, 3.0)), ("1e-3 4", (1e-3, 4.0))],
)
def test_weights_of_columns_are_read(text: str, found: tuple[float, ...]) -> None:
    assert columns.weights(text, 2) == found


@pytest.mark.parametrize("text", ["1", "1 2 3", "1, 0", "1 -2", "1 nan", "1 inf", "one, 2"])
def test_other_weights_of_columns_are_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(columns.WeightsError, match=r"2 numbers above 0, such as “1, 0\.25”"):
        columns.weights(text, 2)
