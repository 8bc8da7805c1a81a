"""Uploaded files on the server: found by their content, removed when they should be."""

from __future__ import annotations

import pytest

from dashboard.uploads.store import Store
from rdcore.errors import TableError
from rdcore.tables import Reading

FILES = {f"{i}.csv": f"x\n{i}\n{i + 1}\n{i + 2}\n".encode() for i in range(4)}


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
    size = len(FILES["0.csv"])
    store = Store(max_bytes=3 * size, max_tables=1)
    keys = [store.put(name, data) for name, data in list(FILES.items())[:3]]
    assert store.get(keys[0]) is not None
    last = store.put("3.csv", FILES["3.csv"])
    assert store.get(keys[1]) is None
    assert [store.get(key) is not None for key in (keys[0], keys[2], last)] == [True] * 3


def test_a_bad_file_is_not_kept() -> None:
    store = Store()
    with pytest.raises(TableError):
        store.put("bad.csv", b"hello\nworld\n")
    assert not store._files


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
    assert list(store._files) == [other]


def test_a_file_that_is_not_used_is_removed() -> None:
    now = [0.0]
    store = Store(max_unused=10.0, clock=lambda: now[0])
    key, other = (store.put(name, FILES[name]) for name in ("0.csv", "1.csv"))
    now[0] = 8.0
    assert store.get(key) is not None
    now[0] = 11.0
    store.tidy()
    assert list(store._files) == [key]
    assert store.get(other) is None
