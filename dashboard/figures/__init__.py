"""Results to plotly figures. Pure: no streamlit, no state."""

from __future__ import annotations

from dashboard.figures.channel import channel
from dashboard.figures.classes import classes_map, laws, perception, tiles
from dashboard.figures.curve import curve
from dashboard.figures.learned import Group, along, decoded_digits, densities, points
from dashboard.figures.line import source_line
from dashboard.figures.maps import surface_map
from dashboard.figures.plane import source_plane
from dashboard.figures.playing import channel_playing, playing, sureness_playing
from dashboard.figures.prices import prices
from dashboard.figures.quantisers import quantisers
from dashboard.figures.traces import bits_along, counts_along, ends, paths, series

__all__ = [
    "Group",
    "along",
    "bits_along",
    "channel",
    "channel_playing",
    "classes_map",
    "counts_along",
    "curve",
    "decoded_digits",
    "densities",
    "ends",
    "laws",
    "paths",
    "perception",
    "playing",
    "points",
    "prices",
    "quantisers",
    "series",
    "source_line",
    "source_plane",
    "sureness_playing",
    "surface_map",
    "tiles",
]
