"""The user's settings, one field each: its name in links, its values, and how text is read.

Names and values are part of links that users keep. So none is ever renamed or given another
meaning; earlier spellings of a value stay readable through ``old``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from dashboard.errors import UserError
from dashboard.formatting import clean, short
from dashboard.model.codebooks import MAX_CODEWORDS
from dashboard.model.columns import MOST_CANDIDATES
from dashboard.model.marks import COLOURS, SLOTS
from dashboard.model.pictures import REGIONS, SAMPLES
from dashboard.model.presets import OWN, PRESETS
from dashboard.model.subset import MAX_TEXT
from rdcore.tables import MAX_BINS

Value = str | float | int | bool

MAX_TYPED = 4000
MAX_NAME = 200
MAX_SUBSET_NAME = 24

MOST_PICTURES = 12
"""How many own pictures a codec is trained on."""

LESSONS = (
    "rate", "water", "discrete", "subset", "prices", "annealing",
    "lloyd", "files", "label", "trained", "trellis", "picture",
)  # fmt: skip
"""The names of the lessons of the Guide, in the order of a class."""

LAST_STEP = 3
"""A lesson shows its reveal at step 1, its check question at step 2 and the answer at step 3."""


class FieldError(UserError):
    """A value that a field does not accept; the message says what is accepted."""


@dataclass(frozen=True)
class Field:
    """One setting of the user.

    Attributes
    ----------
    name : str
        The name in links and scenario files, and the key of the widget.
    start : value or None
        The value before the user sets it; None if it depends on the source or the file.
    """

    name: str
    start: Value | None = None

    def read(self, text: str) -> tuple[Value, str]:
        """Return the value of a text, and a note if it was clipped, else "".

        Raises
        ------
        FieldError
            If the text is not a value of the field.
        """
        raise FieldError(f"“{clean(text)}” cannot be read.")

    def write(self, value: Value) -> str:
        """Return the text of a value."""
        return str(value)


@dataclass(frozen=True)
class Number(Field):
    """A finite number between two bounds."""

    low: float = -math.inf
    high: float = math.inf

    def read(self, text: str) -> tuple[Value, str]:
        try:
            value = float(text)
        except ValueError:
            raise FieldError("a number is accepted") from None
        if not math.isfinite(value):
            raise FieldError("a finite number is accepted")
        kept = min(max(value, self.low), self.high) + 0.0
        return kept, "" if kept == value else f"set to {short(kept)}"

    def write(self, value: Value) -> str:
        return repr(float(value)).removesuffix(".0")


@dataclass(frozen=True)
class Whole(Field):
    """A whole number between two bounds."""

    low: int = 0
    high: int = 2**31 - 1

    def read(self, text: str) -> tuple[Value, str]:
        try:
            value = float(text)
        except ValueError:
            raise FieldError("a whole number is accepted") from None
        if not math.isfinite(value):
            raise FieldError("a finite whole number is accepted")
        kept = min(max(round(value), self.low), self.high)
        return kept, "" if kept == value else f"set to {kept}"


@dataclass(frozen=True)
class Toggle(Field):
    """On or off."""

    start: bool = False

    def read(self, text: str) -> tuple[Value, str]:
        word = text.strip().lower()
        if word in ("true", "1", "yes", "on"):
            return True, ""
        if word in ("false", "0", "no", "off"):
            return False, ""
        raise FieldError("“true” and “false” are accepted")

    def write(self, value: Value) -> str:
        return "true" if value else "false"


@dataclass(frozen=True)
class Text(Field):
    """A text of limited length; its own parser checks it."""

    longest: int = MAX_NAME

    def read(self, text: str) -> tuple[Value, str]:
        if len(text) > self.longest:
            raise FieldError(f"at most {self.longest} characters are accepted")
        return text, ""


@dataclass(frozen=True)
class OneOf(Field):
    """One of several values; ``old`` maps the texts of earlier links to them."""

    options: tuple[str | int, ...] = ()
    old: Mapping[str, str | int] = field(default_factory=dict)

    def read(self, text: str) -> tuple[Value, str]:
        named = {str(option): option for option in self.options} | dict(self.old)
        for name, option in named.items():
            if _plain(name) == _plain(text):
                return option, ""
        some = ", ".join(f"“{option}”" for option in self.options[:6])
        raise FieldError(f"{some}{' …' if len(self.options) > 6 else ''} are accepted")


# The labels of version 0.1, which its links contained. Never change them with the picker's labels.
_OLD_SOURCES = {
    "Three modes": "three_modes",
    "Gaussian": "gaussian",
    "Trimodal": "trimodal",
    "Spike and background": "spike_and_background",
    "Gaussian in the plane": "gaussian_2d",
    "Four clusters": "four_clusters",
    "Coin": "bernoulli",
    "Uniform": "uniform",
    "Laplacian": "laplacian",
    "Your own data": OWN,
}


def _plain(text: str) -> str:
    """Return a text without spaces and in lower case."""
    return "".join(text.split()).casefold()


def _choice(name: str, start: str | int | None, **named: str) -> OneOf:
    """Return a field from its values and their labels, which earlier links contained."""
    return OneOf(name, start, tuple(named), {label: slug for slug, label in named.items()})


def _own_file() -> list[Field]:
    """Return how an uploaded file is read, and which of its rows are used."""
    return [
        OneOf("sep", "auto", ("auto", "comma", "semicolon", "tab", "bar", "blank", "none")),
        OneOf("dec", "auto", ("auto", "point", "comma")),
        OneOf("head", "auto", ("auto", "yes", "no")),
        Text("sheet"),
        Text("unit", "", longest=20),
        Text("missing", "", longest=200),
        _choice("outliers", "keep", keep="Keep", drop="Leave out"),
        Toggle("ordered"),
        Text("xs", "", longest=2000),
        Text("cw", "", longest=400),
        Toggle("standard"),
        Whole("candidates", 256, 16, MOST_CANDIDATES),
        OneOf("weighs", None, ("law", "counts", "rows")),
    ]


def _shared() -> list[Field]:
    knobs: list[Field] = [
        Whole(f"{kind}_{knob.key}", int(knob.start), int(knob.low), int(knob.high))
        if knob.key == "atoms"
        else Number(f"{kind}_{knob.key}", knob.start, knob.low, knob.high)
        for kind, preset in PRESETS.items()
        for knob in preset.knobs
    ]
    return [
        OneOf("source", "three_modes", (*PRESETS, OWN), _OLD_SOURCES),
        *knobs,
        Text("data", "", longest=64),
        _choice("kind", None, samples="Samples", weighted="Weighted atoms", matrix="Matrix"),
        Text("x"),
        Text("x2"),
        Text("w"),
        Whole("bins", None, 0, MAX_BINS),
        *_own_file(),
        _choice(
            "codebook", "preset", preset="Preset", grid="Equal steps", typed="Typed", best="Best"
        ),
        Whole("m", 49, 1, MAX_CODEWORDS),
        Text("y", "-5, -1, 2.5", MAX_TYPED),
        _choice(
            "d",
            None,
            squared_error="Squared",
            absolute="Absolute",
            hamming="Hamming",
            off_by="Off by more",
            relative="Relative",
            angle="Angle",
            matrix="Matrix",
        ),
        Number("off", None, 1e-100),
        Number("floor", None, 1e-100),
        Number("turn", None, 1e-100),
        OneOf("goal", "level", ("level", "bits", "kbits", "bytes")),
        Number("budget", None, 1e-9),
        Number("hz", 1000.0, 1e-6, 1e12),
        Whole("rows", None, 1),
        OneOf("stated", "mse", ("mse", "rms", "snr", "psnr", "share")),
        Number("peak", None, 0.0),
        Number("D", None, 0.0),
        *_subset(1),
        Toggle("every"),
        *(one for slot in SLOTS[1:] for one in _subset(slot)),
        *(Text(f"name{slot}", "", MAX_SUBSET_NAME) for slot in SLOTS),
        *(OneOf(f"colour{slot}", None, COLOURS) for slot in SLOTS),
        OneOf("draws", 1, SLOTS),
        Text("groups"),
        Number("Dg", None, 0.0),
    ]


def subset_field(kind: str, slot: int) -> str:
    """Return the name of a field of a subset: "subset", "S", "measure", "Ds", "name", "colour".

    The fields of the first one were there before there were several. Another subset exists if its
    "S" is set, even to "".
    """
    plain = slot == 1 and kind not in ("name", "colour")
    return kind if plain else f"{kind}{slot}"


def _subset(slot: int) -> list[Field]:
    return [
        Toggle(subset_field("subset", slot), True),
        Text(subset_field("S", slot), None, MAX_TEXT),
        _choice(
            subset_field("measure", slot),
            "conditional",
            conditional="Conditional mean",
            joint="Joint mass",
            each="Each symbol",
        ),
        Number(subset_field("Ds", slot), None, 0.0),
    ]


def _pages() -> list[Field]:
    return [
        # Explore and Prices
        _choice("axis", "linear", linear="Linear D", log="Log D"),
        OneOf("along", 0, (0, *SLOTS)),
        OneOf("across", None, (0, *SLOTS)),
        OneOf("up", None, (0, *SLOTS)),
        _choice("price_scale", "log", log="Log scales", linear="Linear scales"),
        Number("from", None, 0.0),
        Number("to", None, 0.0),
        Number("bits", 1.0, 0.001, 20.0),
        Toggle("audit"),
        Toggle("sampling"),
        Toggle("memory"),
        # Codebook
        _choice(
            "move",
            "priced",
            priced="Priced centroid",
            centroid="Centroid",
            gradient="Gradient step",
        ),
        Toggle("insert", True),
        Whole("rounds", 20, 1, 40),
        Number("light", 1e-3, 0.0, 0.5),
        Number("near", 1e-3, 0.0, 1e6),
        Number("eta", 0.1, 0.001, 0.5),
        Toggle("random"),
        Whole("many", 16, 1, MAX_CODEWORDS),
        Whole("seed", 0, 0, 10**6),
        Toggle("restarts"),
        Whole("round_shown"),
        # Annealing
        _choice("falls", "geometric", geometric="Geometric", linear="Linear"),
        Toggle("moves", True),
        Toggle("search", True),
        Number("hot", 1.0, 1e-3, 100.0),
        Number("cold", 1e-3, 1e-6, 10.0),
        Whole("stages", 20, 2, 60),
        Whole("stage_shown"),
        # Quantisers and Compare
        *map(Toggle, ("pinned_quantisers", "halves", "trellis")),
        OneOf("trellis_states", 256, (8, 32, 256)),
        Whole("block", 1000, 10, 10**7),
        Number("miss", 0.01, 1e-12, 0.5),
        Text("coded_by"),
        OneOf(
            "symbols",
            100_000,
            (10_000, 100_000, 1_000_000),
            {"10 000": 10_000, "100 000": 100_000, "1 000 000": 1_000_000},
        ),
        # Reproduce
        OneOf("experiment_shown", "E7", tuple(f"E{k}" for k in range(1, 11))),
        *_guide(),
    ]


def _guide() -> list[Field]:
    return [
        _choice(
            "guide",
            "lessons",
            lessons="Lessons",
            certificate="What a certificate covers",
            glossary="Glossary",
        ),
        OneOf("lesson", LESSONS[0], LESSONS),
        Number("at"),
        Whole("step", 0, 0, LAST_STEP),
        Toggle("teach"),
        Toggle("notes"),
        Text("term", "", longest=60),
        Text("own_title", "", longest=80),
        Text("own_question", "", longest=200),
        Text("own_text", "", longest=1500),
    ]


def _classification() -> list[Field]:
    slugs = ("digits", "bit", "parity", *PRESETS, OWN)
    return [
        _choice(
            "labelled",
            "digits",
            side="The source at the left: above a value?",
            digits="Handwritten digits",
            bit="A noisy bit",
            parity="Odd or even",
        ),
        OneOf("prototypes", 60, (20, 40, 60, 100)),
        Number("one", 0.3, 0.01, 0.99),
        Number("noise", 0.1, 0.0, 0.5),
        Whole("numbers", 3, 1, 15),
        Number("above", 0.0, -1e100, 1e100),
        Number("sharply", 3.0, 0.01, 1000.0),
        *(Number(f"{level}_{slug}", None, 0.0) for level in "DC" for slug in slugs),
        Toggle("largest_penalty"),
        Toggle("several"),
        _choice("demands", "own", own="This source", gaussian="Jointly Gaussian X and S"),
        Text("pairs"),
        Number("rho", 0.9, -0.999, 0.999),
        _choice("perceived", "tv", tv="Total variation", w1="Wasserstein-1", w2="Wasserstein-2²"),
    ]


def _learned() -> list[Field]:
    lengths = {"short": "Short", "usual": "Usual", "longer": "Longer"}
    return [
        _choice(
            "system",
            "constrained",
            constrained="Trained to a distortion",
            energy="Energy-based Blahut–Arimoto",
            universal="One encoder, many decoders",
        ),
        Text("pictures_data", "", longest=MOST_PICTURES * 65),
        _choice(
            "pictures",
            "photographs",
            photographs="Photographs",
            digits="Digits",
            own="Own pictures",
        ),
        _choice("method", "dco", dco="D-CO", beta="β-VAE", hinge="Hinge"),
        Number("c", 200.0, 10.0, 5000.0),
        Number("beta_w", 1000.0, 1e-3, 1e6),
        Number("hinge_w", 1.0, 1e-3, 1e6),
        OneOf("channels", 4, (1, 2, 4)),
        *map(Toggle, ("naive", "unnormalised")),
        _choice(
            "law",
            "gaussian",
            gaussian="Gaussian",
            plane="Gaussian in the plane",
            laplace="Laplace",
            three_modes="Three modes",
        ),
        Number("beta", 2.0, 0.1, 50.0),
        _choice("error", "squared_error", squared_error="Squared", absolute="Absolute"),
        Number("gaussian_v", 1.0, 0.01, 100.0),
        Number("plane_v", 0.25, 0.01, 100.0),
        Number("laplace_v", 1.0, 0.01, 100.0),
        OneOf("values", 4, (3, 4)),
        OneOf("levels", 4, (3, 4)),
        Toggle("critic", True),
        *map(Toggle, ("alternating", "two_labels", "published")),
        *(
            _choice(f"{part}_length", "usual", **lengths)
            for part in ("codec", "energy", "universal")
        ),
        *(Whole(f"{part}_seed", 0) for part in ("codec", "energy", "universal")),
    ]


def _pictures() -> list[Field]:
    return [
        OneOf("photo", "astronaut", (*SAMPLES, "own")),
        Text("photo_data", "", longest=64),
        Toggle("photo_grey", True),
        *(Text(f"region{k}", None, MAX_TYPED) for k in REGIONS),
        *(Number(f"level{k}", 5.0, 0.05, 20_000.0) for k in REGIONS),
        Number("level_rest", 60.0, 0.05, 20_000.0),
        OneOf("level_unit", "mse", ("mse", "psnr")),
        OneOf("draw_region", 1, REGIONS),
        OneOf("along_part", None, (0, *REGIONS)),
    ]


FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        one.name: one
        for one in (*_shared(), *_pages(), *_classification(), *_learned(), *_pictures())
    }
)
"""Every field by its name."""

_LEVELS = ("D", *(subset_field("Ds", slot) for slot in SLOTS))
_SUBSETS = tuple(
    subset_field(kind, slot)
    for slot in SLOTS
    for kind in ("S", "subset", "measure", "name", "colour")
)
_CHOSEN_LEVELS = ("draws", "along", "across", "up", "groups", "Dg")

FOLLOW_SOURCE = (
    "codebook",
    *("d", "off", "floor", "turn"),
    "peak",
    "goal",
    "budget",
    "rows",
    *_LEVELS,
    *_SUBSETS,
    *_CHOSEN_LEVELS,
)
FOLLOW_TABLE = (
    *FOLLOW_SOURCE,
    *("kind", "x", "x2", "w", "bins", "missing", "outliers", "ordered", "weighs"),
)
FOLLOWERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "source": FOLLOW_SOURCE,
        "data": (*FOLLOW_TABLE, "sep", "dec", "head", "sheet", "unit"),
        "w": ("weighs",),
        **dict.fromkeys(("sep", "dec", "head", "sheet"), FOLLOW_TABLE),
        **dict.fromkeys(("d", "xs", "cw", "standard"), (*_LEVELS, "Dg")),
        "goal": ("budget",),
        "lesson": ("at", "step"),
        **dict.fromkeys(
            ("photo", "photo_data"), (*(f"region{k}" for k in REGIONS), "draw_region", "along_part")
        ),
    }
)
"""Fields that are reset when the user changes the field that they depend on."""
