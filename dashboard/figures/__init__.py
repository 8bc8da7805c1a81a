"""Results to plotly figures. Pure: no streamlit, no state."""

from __future__ import annotations

from dashboard.figures.channel import channel
from dashboard.figures.curve import curve
from dashboard.figures.line import source_line
from dashboard.figures.plane import source_plane

__all__ = ["channel", "curve", "source_line", "source_plane"]
