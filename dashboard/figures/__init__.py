"""From results to plotly figures: pure functions without streamlit or state."""

from __future__ import annotations

from dashboard.figures.animation import (
    SLIDER_ROOM,
    certainty_animation,
    channel_animation,
    codebook_animation,
)
from dashboard.figures.channel import channel
from dashboard.figures.classes import classes_map, perception, posteriors, tiles
from dashboard.figures.codebooks import codebooks
from dashboard.figures.columns import principal_axes
from dashboard.figures.curve import curve
from dashboard.figures.learned import Group, along, decoded_digits, densities, points
from dashboard.figures.line import source_line
from dashboard.figures.maps import surface_map
from dashboard.figures.pictures import along_level, drawable, over_picture, region_colour, sizes
from dashboard.figures.plane import source_plane
from dashboard.figures.prices import prices, symbol_prices
from dashboard.figures.quantisers import quantisers
from dashboard.figures.traces import (
    bits_along,
    counts_along,
    distortions_along,
    ends,
    paths,
    series,
)

__all__ = [
    "SLIDER_ROOM",
    "Group",
    "along",
    "along_level",
    "bits_along",
    "certainty_animation",
    "channel",
    "channel_animation",
    "classes_map",
    "codebook_animation",
    "codebooks",
    "counts_along",
    "curve",
    "decoded_digits",
    "densities",
    "distortions_along",
    "drawable",
    "ends",
    "over_picture",
    "paths",
    "perception",
    "points",
    "posteriors",
    "prices",
    "principal_axes",
    "quantisers",
    "region_colour",
    "series",
    "sizes",
    "source_line",
    "source_plane",
    "surface_map",
    "symbol_prices",
    "tiles",
]
