"""Uploaded files on the server: found by their content, removed when they should be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dashboard.uploads.store import Store, StoreError
from rdcore.errors import TableError
from rdcore.tables import Reading

FILES = {f"{i}.csv": f"x\n{i}\n{i + 1}\n{i + 2}\n".encode() for i in range(4)}


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.seconds = 1e9

    def __call__(self) -> float:
        return self.seconds


def test_what_is_put_is_found_by_its_content() -> None:
    store = Store()
    keys = [store.put(name, data) for name, data in FILES.items()]
    assert len(set(keys)) == len(FILES)
    assert store.put("other name.csv", FILES["0.csv"]) == keys[0]
    table = store.get(keys[2])
    assert table is not None
    assert table.columns[0].values.tolist() == [2, 3, 4]
    assert store.get("0" * 32) is None


def test_what_was_used_longest_ago_goes_first() -> None:
    now, size = Clock(), 30
    store = Store(max_bytes=3 * size, max_tables=1, clock=now)
    keys = []
    for name, data in list(FILES.items())[:3]:
        keys.append(store.put(name, data))
        now.seconds += 3600
    assert store.get(keys[0]) is not None
    last = store.put("3.csv", FILES["3.csv"])
    assert store.get(keys[1]) is None
    assert [store.get(key) is not None for key in (keys[0], keys[2], last)] == [True] * 3


def test_a_bad_file_is_not_kept() -> None:
    store = Store()
    with pytest.raises(TableError):
        store.put("bad.csv", b"hello\nworld\n")
    assert not store.keys()


def test_a_table_as_it_is_read() -> None:
    store = Store()
    key = store.put("a.csv", b'x\n"1,250"\n"2,480"\n')
    first, second = store.get(key), store.get(key, Reading(decimal=","))
    assert first is not None
    assert second is not None
    assert first.columns[0].values.tolist() == [1250, 2480]
    assert second.columns[0].values.tolist() == [1.25, 2.48]
    assert store.get(key, Reading(decimal=",")) is second


def test_deleted_data_is_gone_at_once() -> None:
    store = Store()
    key, other = (store.put(name, FILES[name]) for name in ("0.csv", "1.csv"))
    store.get(key, Reading(header="no"))
    store.delete(key)
    store.delete("0" * 32)
    assert store.get(key) is None
    assert {known for known, _ in store._tables} == {other}
    assert store.keys() == [other]


def test_a_file_that_is_not_used_is_removed() -> None:
    now = Clock()
    store = Store(max_unused=10.0, clock=now)
    key, other = (store.put(name, FILES[name]) for name in ("0.csv", "1.csv"))
    now.seconds += 8
    assert store.get(key) is not None
    now.seconds += 3
    store.tidy()
    assert store.keys() == [key]
    assert store.get(other) is None


def test_two_servers_share_a_folder(tmp_path: Path) -> None:
    here, there = Store(tmp_path / "store"), Store(tmp_path / "store")
    key = here.put("0.csv", FILES["0.csv"])
    table = there.get(key)
    assert table is not None
    assert table.columns[0].values.tolist() == [0, 1, 2]
    assert there.file(key) == ("0.csv", FILES["0.csv"])
    assert here.get(key) is not None
    there.delete(key)
    assert here.get(key) is None
    assert not here._tables


def test_a_file_in_use_is_not_pushed_out() -> None:
    now = Clock()
    store = Store(max_bytes=90, clock=now)
    keys = [store.put(name, data, name) for name, data in list(FILES.items())[:3]]
    with pytest.raises(StoreError, match="those that it has are in use"):
        store.put("3.csv", FILES["3.csv"])
    assert sorted(store.keys()) == sorted(keys)
    now.seconds += 3600
    store.get(keys[0])
    last = store.put("3.csv", FILES["3.csv"])
    assert {keys[0], last} <= set(store.keys())


def test_a_session_has_a_share() -> None:
    store = Store(max_session_bytes=60)
    key = store.put("0.csv", FILES["0.csv"], "me")
    store.put("1.csv", FILES["1.csv"], "me")
    with pytest.raises(StoreError, match="its share of the server"):
        store.put("2.csv", FILES["2.csv"], "me")
    store.put("2.csv", FILES["2.csv"], "you")
    store.put("2.csv", FILES["2.csv"], "me")
    store.delete(key)
    store.put("3.csv", FILES["3.csv"], "me")


def test_a_disk_that_is_full_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreError, match="disk is full"):
        store.put("0.csv", FILES["0.csv"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("key", ["../secret", "", "0" * 200, "a/b", "é" * 32])
def test_a_key_that_is_no_digest_opens_nothing(key: str, tmp_path: Path) -> None:
    (tmp_path / "secret.upload").write_bytes(b'{"name": "x"}\nx\n1\n')
    store = Store(tmp_path / "store")
    assert store.get(key) is None
    assert store.file(key) is None
    store.delete(key)
    assert (tmp_path / "secret.upload").exists()


def test_what_was_never_finished_is_removed(tmp_path: Path) -> None:
    draft, damaged = tmp_path / ".0.1.2.draft", tmp_path / f"{'a' * 32}.upload"
    draft.write_bytes(b"x")
    os.utime(draft, (0, 0))
    damaged.write_bytes(b"no name")
    store = Store(tmp_path)
    store.tidy()
    assert not draft.exists()
    assert store.get("a" * 32) is None
