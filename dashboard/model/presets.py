"""The sources of the app, each with a description and its start settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Distortion = Literal[
    "squared_error", "absolute", "hamming", "off_by", "relative", "angle", "matrix"
]
Closed = Literal["gaussian", "laplacian", "bernoulli", ""]

OWN = "own"


@dataclass(frozen=True)
class Knob:
    """A parameter of a source: its key, label, start value and range."""

    key: str
    label: str
    start: float
    low: float
    high: float


@dataclass(frozen=True)
class Preset:
    """A named source and its start settings.

    Attributes
    ----------
    label, sentence : str
        The label in the picker, and the description.
    level, subset_level : float
        The start values of D and D′, in the unit of the distortion.
    subset : str
        The start value of the subset, as ``dashboard.model.subset`` reads it.
    distortion : str
        The start value of the distortion measure.
    knobs : tuple of Knob
        Parameters of the source; the sources of Nasser (2025) have none.
    closed : str
        The closed form drawn beside the curve, if one is known.
    """

    label: str
    sentence: str
    level: float
    subset: str
    subset_level: float
    distortion: Distortion = "squared_error"
    knobs: tuple[Knob, ...] = ()
    closed: Closed = ""


PRESETS: dict[str, Preset] = {
    "three_modes": Preset(
        "Three modes",
        "Mixture of three narrow Gaussians and a uniform background, 100 atoms on [−8, 8].",
        level=0.6,
        subset="+(-1,1)",
        subset_level=0.05,
    ),
    "gaussian": Preset(
        "Gaussian",
        "Standard Gaussian, 50 atoms on [−3, 3], 8 codewords.",
        level=0.6,
        subset="+(-0.1,0.1)",
        subset_level=0.2,
        closed="gaussian",
    ),
    "trimodal": Preset(
        "Trimodal",
        "Mixture of three overlapping Gaussians of different widths, 200 atoms on [−3, 3].",
        level=0.3,
        subset="+(-2.5,-1.5)",
        subset_level=0.05,
    ),
    "spike_and_background": Preset(
        "Spike and background",
        "Mixture of a narrow Gaussian of low weight at 0 and two wide Gaussians, 200 atoms on"
        " [−10, 10].",
        level=1.6,
        subset="+(-1,1)",
        subset_level=0.2,
    ),
    "gaussian_2d": Preset(
        "Gaussian in the plane",
        "Isotropic Gaussian in two dimensions on a 25 × 25 grid, 16 codewords.",
        level=1.0,
        subset="+disc(0,0,1)",
        subset_level=1.0,
        closed="gaussian",
    ),
    "four_clusters": Preset(
        "Four clusters",
        "Mixture of four Gaussians at (±4, ±4) and a weak background, 40 × 40 grid.",
        level=8.0,
        subset="+disc(0,0,2)",
        subset_level=2.5,
    ),
    "bernoulli": Preset(
        "Coin",
        "Bernoulli source with the symbols 0 and 1; the distortion is the error probability.",
        level=0.1,
        subset="+[1,1]",
        subset_level=0.1,
        distortion="hamming",
        knobs=(Knob("p", "P(1)", 0.3, 0.001, 0.999),),
        closed="bernoulli",
    ),
    "uniform": Preset(
        "Uniform",
        "Equally spaced atoms of equal probability on an interval.",
        level=0.5,
        subset="+[-1,1]",
        subset_level=0.1,
        knobs=(
            Knob("atoms", "Atoms", 100, 2, 400),
            Knob("low", "From", -4.0, -1e6, 1e6),
            Knob("high", "To", 4.0, -1e6, 1e6),
        ),
    ),
    "laplacian": Preset(
        "Laplacian",
        "Laplace distribution, a common model of prediction residuals; absolute error.",
        level=0.3,
        subset="+[-0.5,0.5]",
        subset_level=0.15,
        distortion="absolute",
        knobs=(Knob("scale", "Scale", 1.0, 1e-3, 1e3),),
        closed="laplacian",
    ),
}

OWN_LABEL = "Your own data"
"""The label of an uploaded source in the picker."""

FIRST = "three_modes"
"""The source shown when the app opens."""

BEST_FIRST = (OWN, "gaussian", "laplacian")
"""Sources that start with the best codebook: own data, and closed forms on a line."""

LABELS: dict[str, str] = {OWN: OWN_LABEL} | {name: one.label for name, one in PRESETS.items()}
