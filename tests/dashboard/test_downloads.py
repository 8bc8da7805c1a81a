"""Files made when asked for: the browser can fetch them, also from a busy server."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit import runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from dashboard.ui import downloads

Files = tuple[MediaFileManager, MemoryMediaFileStorage]


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Files:
    storage = MemoryMediaFileStorage("/media")
    manager = MediaFileManager(storage)
    server = SimpleNamespace(media_file_mgr=manager)
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: server)
    return manager, storage


def asked_for(manager: MediaFileManager, text: str) -> str:
    """Make a file as a click on its button does, and return its address."""
    made = downloads.kept(lambda: text, "page.py", "text/x-python")
    place = manager.add_deferred(made, "text/x-python", f"button {text}", file_name="page.py")
    return manager.execute_deferred(place)


def content(storage: MemoryMediaFileStorage, address: str) -> bytes | None:
    try:
        return storage.get_file(address.rpartition("/")[2]).content
    except Exception:  # noqa: BLE001 the kind differs between versions
        return None


def test_a_file_outlasts_the_runs_of_other_windows(files: Files) -> None:
    manager, storage = files
    address = asked_for(manager, "one")
    for _ in range(5):
        manager.remove_orphaned_files()  # as a run of any window does at its end
    assert content(storage, address) == b"one"


def test_only_the_last_files_are_kept(files: Files) -> None:
    manager, storage = files
    first = asked_for(manager, "first")
    last = [asked_for(manager, str(k)) for k in range(16)]
    for _ in range(2):
        manager.remove_orphaned_files()
    assert content(storage, first) is None
    assert [content(storage, one) for one in last] == [str(k).encode() for k in range(16)]


def test_without_a_server_the_file_is_made_all_the_same() -> None:
    assert downloads.kept(lambda: "text", "a.txt", "text/plain")() == b"text"
    assert downloads.kept(lambda: b"\x00", "a.bin", "application/octet-stream")() == b"\x00"
