"""Scenario files: written, read on another server, and damaged in every way."""

from __future__ import annotations

import base64
import contextlib
import json
import random
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard.errors import UserError
from dashboard.model.pins import Pin
from dashboard.model.scenario import (
    MOST_BYTES,
    MOST_UPLOADED,
    File,
    Scenario,
    pictures_of,
    uses_file,
)
from dashboard.model.state import VERSION, State
from dashboard.uploads.pictures import as_png, read_picture
from dashboard.uploads.store import Store
from rdcore.tables import MAX_BYTES, digest
from tests.dashboard.test_pins import PINS

CSV = b"length;status\n1,5;ok\n2,5;alarm\n9,25;ok\n"


def with_data() -> Scenario:
    state = State().changed({"source": "own", "data": digest(CSV), "D": 0.25, "x": "length"})
    return Scenario("prices", state, File("rows.csv", CSV))


def test_a_shared_scenario_leaves_out_an_upload_that_it_does_not_show() -> None:
    mine = with_data()
    pins = (Pin("mine", PINS[1].spec, "prices", mine.state.query()),)
    assert replace(mine, pins=pins).shared() == replace(mine, pins=pins)
    left = State(
        mine.state.values
        | {"source": "gaussian", "photo_data": "b", "bins": 9, "xs": "w", "bernoulli_p": 0.2}
    )
    pins = (Pin("left", PINS[0].spec, "prices", left.query()),)
    found = Scenario("prices", left, pins=pins).shared()
    assert dict(found.state.values) == {"source": "gaussian", "D": 0.25}
    assert dict(found.pins[0].query) == {"source": "gaussian", "D": "0.25"}
    own = left.changed({"photo": "own"})
    assert Scenario("pictures", own).shared().state.get("photo_data") == "b"


def test_a_scenario_opens_as_it_was_saved() -> None:
    pins = tuple(PINS)
    for one in (
        Scenario("prices", State(), pins=pins),
        Scenario("", State()),
        Scenario("codebook", State().changed({"D": 0.3})),
        with_data(),
    ):
        assert Scenario.from_json(one.as_json().encode()) == one


def png(shade: int) -> bytes:
    return as_png(np.full((80, 80), shade, np.uint8))


def with_pictures() -> Scenario:
    one, two = png(10), png(200)
    state = State().changed(
        {
            "photo": "own",
            "photo_data": digest(one),
            "pictures": "own",
            "pictures_data": f"{digest(one)},{digest(two)}",
        }
    )
    return Scenario("pictures", state, pictures=(File("a.png", one), File("b.png", two)))


def test_own_pictures_open_on_another_server_under_the_same_keys() -> None:
    saved = with_pictures()
    found = Scenario.from_json(saved.as_json().encode())
    assert found == saved
    assert pictures_of(found.state) == tuple(digest(one.data) for one in saved.pictures)
    assert pictures_of(found.state.changed({"pictures": "digits"})) == (digest(png(10)),)
    assert pictures_of(found.state.changed({"pictures": "digits", "photo": None})) == ()
    other = Store()
    keys = [other.put_picture(one.name, one.data) for one in found.pictures]
    assert tuple(keys) == pictures_of(found.state)
    assert read_picture(*(other.picture(keys[1]) or ("", b""))).max() == 200


def test_files_of_the_first_version_still_open() -> None:
    for one in (with_data(), Scenario("", State().changed({"D": 0.3}))):
        tree = {**json.loads(one.as_json()), "version": 1}
        assert Scenario.from_json(json.dumps(tree).encode()) == one
    assert json.loads(with_data().as_json())["version"] == VERSION == 2


def test_a_scenario_that_is_too_large_says_so_instead_of_being_saved() -> None:
    assert with_pictures().too_large == ""
    large = (File("a.png", bytes(MOST_UPLOADED)), File("b.png", b"x"))
    said = Scenario("", State(), pictures=large).too_large
    assert said.startswith("Your files have 30 MB; a scenario file holds at most 30 MB")
    with pytest.raises(UserError, match="scenario files of at most 45 MB are accepted"):
        Scenario.from_json(bytes(MOST_BYTES + 1))


@pytest.mark.parametrize(
    ("pictures", "says"),
    [
        ({"name": "a.png"}, "cannot be read"),
        ([3], "cannot be read"),
        ([File("a.png", png(10)[:-1]).as_tree()], "damaged"),
        ([File("c.png", png(11)).as_tree()], "damaged"),
        ([None], "damaged"),
        ([File("a.png", png(10)).as_tree()] * 3, "cannot be read"),
        ([File("a.png", bytes(10 * 2**20 + 1)).as_tree()], "exceed 10 MB"),
    ],
)
def test_damaged_pictures_are_refused(pictures: object, says: str) -> None:
    tree = {**json.loads(with_pictures().as_json()), "pictures": pictures}
    with pytest.raises(UserError, match=says):
        Scenario.from_json(json.dumps(tree).encode())


def test_another_server_finds_the_file_under_the_same_key() -> None:
    found = Scenario.from_json(with_data().as_json().encode())
    assert uses_file(found.state)
    assert found.file is not None
    other = Store()
    assert other.put(found.file.name, found.file.data) == found.state.get("data")
    table = other.get(digest(CSV))
    assert table is not None
    assert table.column("length").values.tolist() == [1.5, 2.5, 9.25]


def test_a_lesson_is_a_scenario_with_a_title_a_question_and_a_text() -> None:
    texts = {"own_title": "Bits", "own_question": "How many?", "own_text": "Drag $D$."}
    state = State().changed({"D": 0.3, **texts})
    written = Scenario("prices", state).as_json()
    tree = json.loads(written)
    assert tree["lesson"] == {"title": "Bits", "question": "How many?", "text": "Drag $D$."}
    assert tree["state"] == {"D": 0.3}
    assert Scenario.from_json(written.encode()).state == state
    tree["lesson"] = {"title": "x" * 81, "question": 3, "text": "kept", "other": "left out"}
    found = Scenario.from_json(json.dumps(tree).encode())
    assert found.state == State().changed({"D": 0.3, "own_text": "kept"})
    assert len(found.notes) == 1
    tree["lesson"] = ["no lesson"]
    assert Scenario.from_json(json.dumps(tree).encode()).state == State().changed({"D": 0.3})


def changed(**parts: object) -> bytes:
    return json.dumps({**json.loads(with_data().as_json()), **parts}).encode()


def packed(data: bytes) -> dict[str, str]:
    return {"name": "x.csv", "zlib_base64": base64.b64encode(data).decode()}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xff\xfe\x00", "not text"),
        (b"{}", "scenario file"),
        (changed(version=99), "version 99"),
        (changed(file=3), "cannot be read"),
        (changed(file={"name": "x.csv"}), "cannot be read"),
        (changed(file={"name": "x.csv", "zlib_base64": "%%%"}), "cannot be read"),
        (changed(file=packed(b"plain")), "cannot be read"),
        (changed(file=packed(zlib.compress(CSV)[:-9])), "truncated"),
        (changed(file=packed(zlib.compress(b"another"))), "damaged"),
        (
            changed(file=packed(zlib.compress(bytes(MAX_BYTES + 1)))),
            f"exceed {MAX_BYTES // 2**20} MB",
        ),
        (changed(state={"data": "0" * 32}), "damaged"),
        (changed(pins=[{"name": 3}]), "A pinned scenario"),
    ],
)
def test_what_cannot_be_opened_is_refused_with_a_sentence(data: bytes, says: str) -> None:
    with pytest.raises(UserError, match=says):
        Scenario.from_json(data)


def test_no_change_of_a_byte_escapes_as_another_error() -> None:
    text, draw = bytearray(with_data().as_json().encode()), random.Random(3)
    for _ in range(500):
        hurt = bytearray(text)
        for _ in range(draw.randint(1, 4)):
            hurt[draw.randrange(len(hurt))] = draw.randrange(256)
        found: Scenario | None = None
        with contextlib.suppress(UserError):
            found = Scenario.from_json(bytes(hurt))
        if found is not None and found.file is not None:
            assert digest(found.file.data) == found.state.get("data")


def test_a_hostile_page_or_state_is_no_error() -> None:
    found = Scenario.from_json(changed(page=["x"], file=None, state={"D": "x", "zz": 1}))
    assert found.page == ""
    assert len(found.notes) == 2


def test_the_lesson_file_of_the_documents_opens() -> None:
    text = (Path(__file__).parents[2] / "docs" / "teaching.md").read_text(encoding="utf-8")
    example = text.partition("```json\n")[2].partition("```")[0]
    found = Scenario.from_json(example.encode())
    assert found.page == "prices"
    assert not found.notes
    assert found.state.get("own_title") == "The price of a bit"
