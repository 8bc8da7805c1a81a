"""The sources the app offers, each with one sentence and the settings it starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Distortion = Literal["squared_error", "absolute", "hamming"]
Closed = Literal["gaussian", "laplacian", "bernoulli", ""]

OWN = "own"


@dataclass(frozen=True)
class Knob:
    """A number that shapes a source: its key, what to call it, where it starts and its range."""

    key: str
    label: str
    start: float
    low: float
    high: float


@dataclass(frozen=True)
class Preset:
    """A named source and the story the page opens with.

    Attributes
    ----------
    label, sentence : str
        What the picker calls it, and what it is.
    level, subset_level : float
        D and D′ to start from, in the unit of the distortion.
    subset : str
        The subset to start from, as ``dashboard.model.subset`` reads it.
    distortion : str
        The distortion measure to start from.
    knobs : tuple of Knob
        Parameters of the source, none for those of the report.
    closed : str
        Which closed form is drawn beside the curve, if one is known.
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
        "Three narrow bumps over a flat floor: 100 atoms on [−8, 8].",
        level=0.6,
        subset="+(-1,1)",
        subset_level=0.05,
    ),
    "gaussian": Preset(
        "Gaussian",
        "The unit bell on 50 atoms of [−3, 3], with only 8 codewords to say it.",
        level=0.6,
        subset="+(-0.1,0.1)",
        subset_level=0.2,
        closed="gaussian",
    ),
    "trimodal": Preset(
        "Trimodal",
        "A sharp, a broad and a middling bump that overlap: 200 atoms on [−3, 3].",
        level=0.3,
        subset="+(-2.5,-1.5)",
        subset_level=0.05,
    ),
    "spike_and_background": Preset(
        "Spike and background",
        "A rare spike at 0 over two wide hills: 200 atoms on [−10, 10].",
        level=1.6,
        subset="+(-1,1)",
        subset_level=0.2,
    ),
    "gaussian_2d": Preset(
        "Gaussian in the plane",
        "The round bell on a 25 × 25 grid, 16 codewords.",
        level=1.0,
        subset="+disc(0,0,1)",
        subset_level=1.0,
        closed="gaussian",
    ),
    "four_clusters": Preset(
        "Four clusters",
        "Four clusters at (±4, ±4) on a 40 × 40 grid, and a thin haze between them.",
        level=8.0,
        subset="+disc(0,0,2)",
        subset_level=2.5,
    ),
    "bernoulli": Preset(
        "Coin",
        "Two symbols, 0 and 1; the distortion is the share of wrong ones.",
        level=0.1,
        subset="+[1,1]",
        subset_level=0.1,
        distortion="hamming",
        knobs=(Knob("p", "P(1)", 0.3, 0.001, 0.999),),
        closed="bernoulli",
    ),
    "uniform": Preset(
        "Uniform",
        "Equally likely atoms: no shape to exploit, only the interval.",
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
        "A sharp peak with heavy tails, as in prediction residuals; absolute error suits it.",
        level=0.3,
        subset="+[-0.5,0.5]",
        subset_level=0.15,
        distortion="absolute",
        knobs=(Knob("scale", "Scale", 1.0, 1e-3, 1e3),),
        closed="laplacian",
    ),
}

OWN_LABEL = "Your own data"
"""What the picker calls an uploaded source."""

FIRST = "three_modes"
"""The source that the app opens with."""

LABELS: dict[str, str] = {name: preset.label for name, preset in PRESETS.items()} | {OWN: OWN_LABEL}
