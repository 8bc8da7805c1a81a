"""Folders in the temporary directory that end with their server, however it ends.

Each has a lock that the system releases when its process is gone; a server removes the folders of
others whose lock is free, and those that are a day old and have none. Where the system has no such
locks (Windows), a folder ends with a server that is not killed.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from pathlib import Path
from typing import IO, Literal

_KINDS = ("jobs", "store")
_LOCK = ".in-use"
_DAY = 86_400.0
_held: dict[Path, IO[bytes]] = {}


def make(kind: Literal["jobs", "store"]) -> Path:
    """Return a new folder that is kept while this process lives."""
    folder = Path(tempfile.mkdtemp(prefix=f"rdcore-{kind}-"))
    # Renamed once it is held, so that nobody finds it free.
    draft = folder / f"{_LOCK}.draft"
    lock = draft.open("wb")
    _take(lock)
    draft.replace(folder / _LOCK)
    _held[folder] = lock
    return folder


def remove(folder: Path) -> None:
    """Remove a folder of this process."""
    lock = _held.pop(folder, None)
    if lock is not None:
        lock.close()
    shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Remove the folders that servers left behind."""
    temporary = Path(tempfile.gettempdir())
    for folder in [one for kind in _KINDS for one in temporary.glob(f"rdcore-{kind}-*")]:
        with contextlib.suppress(OSError):
            if folder not in _held and _left_behind(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _left_behind(folder: Path) -> bool:
    """Return whether no process holds the folder's lock; without one, whether it is a day old."""
    lock = folder / _LOCK
    if not lock.exists():
        return time.time() - folder.stat().st_mtime > _DAY
    with lock.open("rb") as held:
        return _take(held)


def _take(lock: IO[bytes]) -> bool:
    """Take a lock until its file is closed; return whether it was free."""
    try:
        import fcntl
    except ImportError:  # Windows
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
