"""Terms of pictures with regions."""

from __future__ import annotations

from dashboard.model.glossary.entry import Entry

PICTURES = (
    Entry(
        "Region",
        "",
        "",
        "A set of pixels of a picture with a level of its own; the rest is what no region has.",
    ),
    Entry(
        "Bound of the model",
        "",
        "bits per pixel",
        "The least rate at which a picture’s coefficients, independent within classes of blocks,"
        " meet the levels.",
    ),
    Entry(
        "Price of a dB",
        "",
        "bytes",
        "What the model’s bound grows by for one dB more in a region, by its slope.",
    ),
)
