"""Values as files: what goes in comes out, and nothing but values goes in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dashboard.jobs import serialisation
from dashboard.model.views import Reference, WhatIf

VALUES = [
    None,
    True,
    3,
    -0.1,
    float("inf"),
    "D′ = 0.05",
    [1, [2.5, "three"], ()],
    (1, (2, None)),
    {"a": {"array": 1}, "tuple": (1,), "class": "x"},
    WhatIf(1.0, 0.9, 0.1, 0.2, 1e-12),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_survive_the_journey(tmp_path: Path, value: object) -> None:
    path = tmp_path / "value.npz"
    serialisation.save(path, value, most_bytes=10_000)
    assert serialisation.load(path) == value
    assert [one.name for one in tmp_path.iterdir()] == ["value.npz"]


@pytest.mark.parametrize("kind", ["f8", "f4", "i8", "?", "U3", "c16"])
def test_arrays_survive_the_journey(tmp_path: Path, kind: str) -> None:
    value = np.array([[1, 0], [1, 1]]).astype(kind)[:, ::-1]
    serialisation.save(
        tmp_path / "value.npz", Reference("a", "closed", value, value), most_bytes=10_000
    )
    found = serialisation.load(tmp_path / "value.npz")
    assert isinstance(found, Reference)
    assert found.levels.dtype == value.dtype
    assert np.array_equal(found.levels, value)


@pytest.mark.parametrize(
    "value",
    [object(), {1: 2}, np.array([object()]), Path(), lambda: 0, {1, 2}, b"x"],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_value_is_refused(tmp_path: Path, value: object) -> None:
    with pytest.raises(TypeError, match="cannot be serialised"):
        serialisation.save(tmp_path / "value.npz", [value], most_bytes=10_000)
    assert not list(tmp_path.iterdir())


def test_a_file_that_names_other_classes_is_refused(tmp_path: Path) -> None:
    text = b'{"class": ["subprocess", "Popen"], "fields": {"args": ["true"]}}'
    np.savez(tmp_path / "value.npz", tree=np.frombuffer(text, np.uint8))
    with pytest.raises(TypeError, match="not a dataclass of this package"):
        serialisation.load(tmp_path / "value.npz")


def test_too_large_a_value_leaves_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "value.npz"
    serialisation.save(path, 1, most_bytes=1000)
    with pytest.raises(serialisation.TooLargeError, match=r"7\.6 MiB; at most 1\.0 MiB"):
        serialisation.save(path, np.zeros(10**6), most_bytes=2**20)
    assert serialisation.load(path) == 1
