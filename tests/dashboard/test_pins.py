"""Pinned scenarios: kept, written and read, whatever a file contains."""

from __future__ import annotations

import contextlib
import json
import random
from dataclasses import replace
from typing import Any

import pytest

from dashboard.errors import UserError
from dashboard.model.codebooks import CodebookSpec
from dashboard.model.pins import Pin, as_text, as_tree, from_text, from_tree, named
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from rdcore import LevelScale
from rdcore.tables import Choice, Reading

PINS = [
    Pin("plain", ProblemSpec(Setting(SourceSpec("three_modes")), 0.5)),
    Pin(
        "own",
        ProblemSpec(
            Setting(
                SourceSpec("own", (), "0" * 32, Choice(first="x", low=1.5), reading=Reading(";")),
                CodebookSpec("typed", typed="1, 2"),
                "absolute",
                (Subset("+(0,1)", 0.25, "each", 2), Subset(">3", 1.0)),
            ),
            2.0,
        ),
        "prices",
        {"D": "2"},
    ),
    Pin("knobs", ProblemSpec(Setting(SourceSpec("uniform", (9.0, -1.0, 1.0))), 0.1)),
]


@pytest.mark.parametrize("pin", PINS, ids=lambda pin: pin.name)
def test_a_pin_is_read_as_it_was_written(pin: Pin) -> None:
    assert from_tree(json.loads(json.dumps(as_tree(pin)))) == pin


def test_a_name_is_one_short_line() -> None:
    assert PINS[0].renamed("a\nb" + "x" * 99).name.startswith("a")
    assert len(PINS[0].renamed("x" * 99).name) <= 41
    assert PINS[0].renamed("  ").name == ""


def names(*specs: ProblemSpec, given: str = "") -> list[str]:
    pins = [Pin(given if k == 1 else "", spec) for k, spec in enumerate(specs)]
    return [one.name for one in named(pins, lambda _: LevelScale("mse", "unit"))]


def test_a_pin_without_a_name_is_named_by_what_differs() -> None:
    plain = Setting(SourceSpec("three_modes"))
    held = replace(plain, subsets=(Subset("|x|<1", 0.05),))
    best = replace(plain, codebook=CodebookSpec("best", 0, "1, 2"))
    assert names(ProblemSpec(plain, 0.5)) == ["Three modes · preset · no subset · D 0.5 unit²"]
    assert names(ProblemSpec(plain, 0.5), ProblemSpec(best, 0.5), ProblemSpec(held, 0.5)) == [
        "Three modes · preset · no subset · D 0.5 unit²",
        "Three modes · best · no subset · D 0.5 unit²",
        "Three modes · preset · S |x|<1 · D 0.5 unit²",
    ]
    assert names(ProblemSpec(plain, 0.5), ProblemSpec(plain, 0.25)) == [
        "Three modes · D 0.5 unit²",
        "Three modes · D 0.25 unit²",
    ]
    assert names(ProblemSpec(plain, 0.412301), ProblemSpec(plain, 0.412304)) == [
        "Three modes · D 0.412301 unit²",
        "Three modes · D 0.412304 unit²",
    ]
    assert len(set(names(*(ProblemSpec(best, level) for level in (1.21e-5, 1.22e-5))))) == 2
    stricter = replace(plain, subsets=(Subset("|x|<1", 0.005),))
    assert names(ProblemSpec(held, 0.5), ProblemSpec(stricter, 0.5)) == [
        "Three modes · D 0.5 unit² · D′ 0.05",
        "Three modes · D 0.5 unit² · D′ 0.005",
    ]
    own = Setting(SourceSpec("own", (), "0" * 32, Choice(first="x")))
    typed = replace(own, codebook=CodebookSpec("typed", typed="1, 2"))
    assert names(ProblemSpec(own, 0.5), ProblemSpec(typed, 0.5)) == [
        "x · 49 steps · D 0.5 unit²",
        "x · typed · D 0.5 unit²",
    ]
    coin = Setting(SourceSpec("bernoulli", (0.3,)), distortion="hamming")
    assert names(ProblemSpec(coin, 0.1)) == ["Coin (0.3) · atoms · no subset · D 0.1 unit²"]


def test_names_of_the_user_stay_and_equal_pins_are_numbered() -> None:
    plain = ProblemSpec(Setting(SourceSpec("three_modes")), 0.5)
    first = "Three modes · preset · no subset · D 0.5 unit²"
    assert names(plain, plain, plain, given="mine") == [first, "mine", f"{first} (2)"]
    assert names(plain, plain, plain, given=first) == [f"{first} (2)", first, f"{first} (3)"]


def test_two_names_of_the_user_are_told_apart() -> None:
    """A browser keeps the columns of a table by their names."""
    pins = [replace(one, name=name) for one, name in zip(PINS, ("a", "a", "a (2)"), strict=True)]
    told = [one.name for one in named(pins, lambda _: LevelScale("mse", "unit"))]
    assert told == ["a", "a (3)", "a (2)"]


def test_the_text_that_a_window_keeps_is_read_again_and_anything_else_is_no_pin() -> None:
    assert list(from_text(as_text(PINS))) == PINS
    assert from_text(as_text(PINS * 2)) == (*PINS, PINS[0])
    bad = json.dumps([1, {"name": "x"}, as_tree(PINS[0]), None])
    assert from_text(bad) == (PINS[0],)
    for text in ("", "{", "1", "[" * 100_000, "[" + " " * 2**21 + "]"):
        assert from_text(text) == ()


def damaged(tree: Any, draw: random.Random) -> Any:
    """Replace one value anywhere in a tree."""
    junk: list[Any] = [None, True, -1, 1e300, "x", [], {}, [[1]], {"class": "os"}]
    if isinstance(tree, dict) and tree and draw.random() < 0.8:
        key = draw.choice(sorted(tree))
        return {**tree, key: damaged(tree[key], draw)}
    if isinstance(tree, list) and tree and draw.random() < 0.8:
        k = draw.randrange(len(tree))
        return [*tree[:k], damaged(tree[k], draw), *tree[k + 1 :]]
    return draw.choice(junk)


def test_a_damaged_pin_is_refused_or_of_the_right_types() -> None:
    draw = random.Random(1)
    refused = 0
    for _ in range(400):
        tree = damaged(json.loads(json.dumps(as_tree(draw.choice(PINS)))), draw)
        found: Pin | None = None
        with contextlib.suppress(UserError):
            found = from_tree(tree)
        if found is None:
            refused += 1
            continue
        assert isinstance(found.spec.level, float)
        assert all(isinstance(one, Subset) for one in found.spec.setting.subsets)
        hash(found.spec)
    assert refused > 250
