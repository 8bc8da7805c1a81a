"""Plotly checks every property of the figures that these tests make."""

from __future__ import annotations

import pytest

from dashboard.figures import theme


@pytest.fixture(autouse=True)
def _checked_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theme, "VALIDATED", True)
