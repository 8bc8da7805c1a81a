"""What a user has set, to a link and back."""

from __future__ import annotations

import json
import math
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.errors import UserError
from dashboard.model.fields import (
    FIELDS,
    FOLLOWERS,
    Field,
    FieldError,
    Number,
    OneOf,
    Text,
    Toggle,
    Value,
    Whole,
)
from dashboard.model.presets import LABELS
from dashboard.model.state import VERSION, State, sentence

HOSTILE = [
    "", " ", "inf", "-inf", "nan", "1e400", "-1e400", "1e308", "-1", "0", "0.5", "1_000", "٣",
    "true", "9" * 400, "x" * 7000, "a\x00b", "../../etc/passwd", "<script>", "None", "[1]", "½",
]  # fmt: skip


def values_of(one: Field) -> st.SearchStrategy[Value]:
    if isinstance(one, Number):
        return st.floats(max(one.low, -1e100), min(one.high, 1e100), allow_nan=False)
    if isinstance(one, Whole):
        return st.integers(one.low, one.high)
    if isinstance(one, Toggle):
        return st.booleans()
    if isinstance(one, OneOf):
        return st.sampled_from(one.options)
    assert isinstance(one, Text)
    return st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=one.longest)


@st.composite
def states(draw: st.DrawFn) -> State:
    names = draw(st.sets(st.sampled_from(sorted(FIELDS)), max_size=12))
    return State().changed({name: draw(values_of(FIELDS[name])) for name in sorted(names)})


def within(one: Field, value: Value) -> bool:
    if isinstance(one, Number | Whole):
        return math.isfinite(value) and one.low <= value <= one.high  # type: ignore[arg-type]
    if isinstance(one, OneOf):
        return value in one.options
    if isinstance(one, Toggle):
        return isinstance(value, bool)
    return isinstance(value, str) and len(value) <= one.longest  # type: ignore[attr-defined]


@given(states())
def test_a_link_opens_the_state_it_was_made_from(state: State) -> None:
    query = dict(parse_qsl(urlencode(state.query()), keep_blank_values=True))
    assert State.from_query(query) == (state, ())
    assert State.from_json(state.as_json()) == (state, ())


def test_a_state_that_nobody_changed_has_an_empty_link() -> None:
    assert State().query() == {}
    moved = State().changed({"D": 0.3, "every": True})
    assert moved.query() == {"D": "0.3", "every": "true"}
    assert moved.changed({"D": None, "every": False}) == State()


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_makes_a_field_leave_its_values(text: str) -> None:
    for name, one in FIELDS.items():
        try:
            value, note = one.read(text)
        except FieldError:
            continue
        assert within(one, value), name
        state, notes = State.from_query({name: text})
        assert state.get(name) == value
        assert bool(note) == bool(notes)


@given(st.dictionaries(st.sampled_from([*FIELDS, "utm_source"]), st.text(max_size=30)))
def test_no_link_raises(query: dict[str, str]) -> None:
    state, notes = State.from_query(query)
    assert all(within(FIELDS[name], value) for name, value in state.values.items())
    assert "utm_source" not in query or "“utm_source” is unknown" in notes


def test_what_cannot_be_used_is_named_with_what_is_accepted() -> None:
    state, notes = State.from_query({"D": "inf", "m": "1e9", "d": "far", "foo": "1", "Ds": "0.2"})
    assert state == State().changed({"m": 256, "Ds": 0.2})
    said = sentence(notes)
    assert "D = “inf” was ignored (a finite number is accepted)" in said
    assert "m = “1e9” was set to 256" in said
    names = ("squared_error", "absolute", "hamming", "off_by", "relative", "angle")
    assert f"{', '.join(f'“{one}”' for one in names)} … are accepted" in said
    assert "“foo” is unknown" in said
    assert sentence(()) == ""
    assert "and 3 more" in sentence(State.from_query({f"q{k}": "" for k in range(7)})[1])


# Links of version 0.1 wrote the labels that were on screen.
OLD = {
    "source": ("Four clusters", "four_clusters"),
    "codebook": ("Equal steps", "grid"),
    "d": ("Absolute", "absolute"),
    "measure": ("Each symbol", "each"),
    "kind": ("Weighted atoms", "weighted"),
    "axis": ("Log D", "log"),
    "price_scale": ("Linear scales", "linear"),
    "move": ("Gradient step", "gradient"),
    "falls": ("Linear", "linear"),
    "symbols": ("1 000 000", 1_000_000),
    "labelled": ("A noisy bit", "bit"),
    "perceived": ("Wasserstein-2²", "w2"),
    "system": ("One encoder, many decoders", "universal"),
    "pictures": ("Own pictures", "own"),
    "method": ("β-VAE", "beta"),
    "law": ("Gaussian in the plane", "plane"),
    "codec_length": ("Longer", "longer"),
    "prototypes": ("40", 40),
    "channels": ("2", 2),
    "experiment_shown": ("E10", "E10"),
    "m": ("41.0", 41),
    "subset": ("false", False),
    "D": ("0.3", 0.3),
}


@pytest.mark.parametrize("name", OLD)
def test_links_of_the_first_version_still_open(name: str) -> None:
    text, value = OLD[name]
    state, notes = State.from_query({name: text})
    assert state.get(name) == value
    assert not notes


@pytest.mark.parametrize("slug", LABELS)
def test_sources_are_known_by_name_and_by_the_label_of_the_first_version(slug: str) -> None:
    one = FIELDS["source"]
    assert one.read(slug) == (slug, "")
    assert isinstance(one, OneOf)
    assert slug in one.old.values()


def test_what_depends_on_a_change_starts_again() -> None:
    assert {name for names in FOLLOWERS.values() for name in names} | {*FOLLOWERS} <= set(FIELDS)
    state = State().changed({"D": 0.3, "S": "", "rounds": 7, "x": "a", "d": "absolute"})
    assert state.after({"source": "gaussian"}).query() == {
        "source": "gaussian",
        "x": "a",
        "rounds": "7",
    }
    assert state.after({"d": None, "Ds": 0.2}).query() == {
        "x": "a",
        "S": "",
        "Ds": "0.2",
        "rounds": "7",
    }
    assert state.after({"data": "f" * 32}).query() == {"data": "f" * 32, "rounds": "7"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"state": 1}',
        '{"version": 99, "state": {}}',
        '{"version": "1", "state": {}}',
    ],
)
def test_what_is_no_scenario_file_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="accepted"):
        State.from_json(text)


def test_a_scenario_file_with_hostile_values_is_read_as_far_as_possible() -> None:
    tree = {"version": VERSION, "state": {"D": [1], "m": 1e300, "every": "maybe", "Ds": 0.2}}
    state, notes = State.from_json(json.dumps(tree))
    assert state == State().changed({"m": 256, "Ds": 0.2})
    assert len(notes) == 3
