from __future__ import annotations

import pytest

from dashboard.uploads import UploadError
from dashboard.uploads.store import Store

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
    with pytest.raises(UploadError):
        store.put("bad.csv", b"hello\nworld\n")
    assert not store._files
