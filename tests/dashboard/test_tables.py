"""The tables of the app as they are sent: columns by their types, and text where types differ."""

from __future__ import annotations

import pyarrow as pa

from dashboard.ui import charts


def test_columns_have_their_types_and_mixed_ones_are_text() -> None:
    columns = (("a", None), (1, 2), (0.5, None), (1, "—"))
    found = charts._arrow(("name", "count", "rate", "mixed"), columns)
    assert found.to_pydict() == {
        "name": ["a", None],
        "count": [1, 2],
        "rate": [0.5, None],
        "mixed": ["1", "—"],
    }
    assert found.schema.field("count").type == pa.int64()
    assert charts._arrow(("name", "count", "rate", "mixed"), columns) is found
    charts.forget()
    assert charts._arrow(("name", "count", "rate", "mixed"), columns) is not found
