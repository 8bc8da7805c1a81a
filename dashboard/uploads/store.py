"""Uploaded bytes, stored on the server by their digest, so that a link or a reload finds them.

The digest depends on the content and cannot be guessed; a link with it gives access. A file is
removed when its owner deletes it, when it was not used for a day, or when newer files need its
place; a file that was used within the last half hour is not removed for another one. The files lie
in a folder that several servers may share (``RD_STORE``).
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import shutil
import threading
import time
import weakref
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from dashboard import scratch
from dashboard.errors import UserError
from dashboard.settings import SettingError, StoreSettings
from rdcore.tables import AUTOMATIC, MAX_BYTES, Reading, Table, digest, read_table

MAX_TABLES = 8
IN_USE_SECONDS = 1800.0
_KEY = re.compile(r"[0-9a-f]{8,128}")
_MIB = 2**20
_TOUCH_SECONDS = 5.0
_ABANDONED_SECONDS = 3600.0


@functools.cache
def settings() -> StoreSettings:
    """Return what the operator allows; an error if a value cannot be used."""
    return StoreSettings()


class StoreError(UserError):
    """A file cannot be kept: the store is full, or cannot be written."""


@dataclass
class Store:
    """A bounded folder of files by their digest, safe to share between threads and processes.

    Each file holds its name as a line of JSON and then its bytes; its time of modification is the
    time of its last use. It is written under another name and renamed, so that nobody reads half a
    file.
    """

    folder: Path | None = None
    max_bytes: int = field(default_factory=lambda: settings().mebibytes * _MIB)
    max_session_bytes: int = field(default_factory=lambda: settings().session_mebibytes * _MIB)
    max_tables: int = MAX_TABLES
    max_unused: float = field(default_factory=lambda: 3600.0 * settings().hours)
    clock: Callable[[], float] = time.time
    _tables: OrderedDict[tuple[str, Reading], Table] = field(default_factory=OrderedDict)
    _shares: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.folder is None:
            self.folder = scratch.make("store")
            weakref.finalize(self, scratch.remove, self.folder)
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
        self._folder: Path = self.folder

    def put(self, name: str, data: bytes, session: str = "") -> str:
        """Read and store the file; return its digest.

        Raises
        ------
        TableError
            If the file cannot be used; nothing is stored.
        StoreError
            If the session has used up its share, if the store is full of files in use, or if it
            cannot be written.
        """
        table = read_table(name, data)
        key = digest(data)
        with self._lock:
            self._keep(key, name, data, session)
            self._remember(key, AUTOMATIC, table)
        return key

    def put_picture(self, name: str, data: bytes, session: str = "") -> str:
        """Store a picture that has been read; return its digest.

        Raises
        ------
        StoreError
            As ``put`` does.
        """
        key = digest(data)
        with self._lock:
            self._keep(key, name, data, session)
        return key

    def picture(self, key: str) -> tuple[str, bytes] | None:
        """Return the name and the bytes of a picture and record its use, or None."""
        with self._lock:
            if not self._use(key):
                return None
        return self.file(key)

    def _keep(self, key: str, name: str, data: bytes, session: str) -> None:
        whole = json.dumps({"name": name}).encode() + b"\n" + data
        if not self._path(key).exists():
            self._tidy()
            self._make_room(len(whole), session)
            self._shares[session][key] = len(whole)
        self._write(key, whole)

    def get(self, key: str, reading: Reading = AUTOMATIC) -> Table | None:
        """Return the table of a digest as it is read, or None if it is not stored.

        Raises
        ------
        TableError
            If the file cannot be read in this way.
        """
        with self._lock:
            if not self._use(key):
                self._forget(key)
                return None
            if (key, reading) in self._tables:
                self._tables.move_to_end((key, reading))
                return self._tables[key, reading]
        found = self.file(key)
        if found is None:
            return None
        table = read_table(*found, reading)
        with self._lock:
            self._remember(key, reading, table)
        return table

    def file(self, key: str) -> tuple[str, bytes] | None:
        """Return the name and the bytes of a digest, or None if it is not stored."""
        if not _KEY.fullmatch(key):
            return None
        try:
            head, _, data = self._path(key).read_bytes().partition(b"\n")
            return str(json.loads(head)["name"]), data
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def delete(self, key: str) -> None:
        """Remove a file and its tables; nothing happens if it is not stored."""
        with self._lock:
            self._remove(key)

    def tidy(self) -> None:
        """Remove the files that were not used for too long, and what was never finished."""
        with self._lock:
            self._tidy()

    def trouble(self) -> str:
        """Return why no file could be kept, "" if one could: a byte is written and removed."""
        probe = self._folder / f".health.{os.getpid()}.draft"
        try:
            probe.write_bytes(b"1")
            probe.unlink()
            free = shutil.disk_usage(self._folder).free
        except OSError as error:
            return f"cannot be written: {error.strerror}"
        if free < MAX_BYTES:
            return f"{free / _MIB:.0f} MiB of the disk are free, less than the largest upload"
        return ""

    def keys(self) -> list[str]:
        """Return the digests of the stored files, the one that was used longest ago first."""
        return [key for _, _, key in self._files()]

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.upload"

    def _files(self) -> list[tuple[float, int, str]]:
        """Return last use, size and digest of each file, in the order of their last use."""
        found = []
        for path in self._folder.glob("*.upload"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                found.append((stat.st_mtime, stat.st_size, path.stem))
        return sorted(found)

    def _use(self, key: str) -> bool:
        """Record a use of a file; return whether it is stored and not too old."""
        if not _KEY.fullmatch(key):
            return False
        try:
            used, now = self._path(key).stat().st_mtime, self.clock()
            if now - used > self.max_unused:
                self._remove(key)
                return False
            if abs(now - used) > _TOUCH_SECONDS:
                os.utime(self._path(key), (now, now))
        except OSError:
            return False
        return True

    def _make_room(self, size: int, session: str) -> None:
        mine = sum(self._shares[session].values()) if session else 0
        if mine + size > self.max_session_bytes:
            raise StoreError(
                f"This window has uploaded {mine / _MIB:.0f} MB; together with this file that is"
                f" over {self.max_session_bytes / _MIB:.0f} MB, its share of the server. Delete"
                " data that you no longer need."
            )
        files, now = self._files(), self.clock()
        total = sum(kept for _, kept, _ in files)
        for used, kept, other in files:
            if total + size <= self.max_bytes:
                return
            if now - used < IN_USE_SECONDS and len(files) > 1:
                break
            self._remove(other)
            total -= kept
        if total + size > self.max_bytes:
            raise StoreError(
                f"The server keeps at most {self.max_bytes / _MIB:.0f} MB of files, and those that"
                " it has are in use. Try again in half an hour."
            )

    def _write(self, key: str, whole: bytes) -> None:
        now = self.clock()
        draft = self._folder / f".{key}.{os.getpid()}.{threading.get_ident()}.draft"
        try:
            draft.write_bytes(whole)
            os.utime(draft, (now, now))
            draft.replace(self._path(key))
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise StoreError(
                "The file cannot be kept on the server, whose disk is full or cannot be written."
            ) from error

    def _tidy(self) -> None:
        now = self.clock()
        for used, _, key in self._files():
            if now - used > self.max_unused:
                self._remove(key)
        for draft in self._folder.glob(".*.draft"):
            with contextlib.suppress(OSError):
                if now - draft.stat().st_mtime > _ABANDONED_SECONDS:
                    draft.unlink()

    def _remove(self, key: str) -> None:
        if _KEY.fullmatch(key):
            with contextlib.suppress(OSError):
                self._path(key).unlink(missing_ok=True)
        self._forget(key)

    def _forget(self, key: str) -> None:
        for known in [known for known in self._tables if known[0] == key]:
            del self._tables[known]
        for share in self._shares.values():
            share.pop(key, None)

    def _remember(self, key: str, reading: Reading, table: Table) -> None:
        self._tables[key, reading] = table
        while len(self._tables) > self.max_tables:
            self._tables.popitem(last=False)


@functools.cache
def shared() -> Store:
    """Return the store of this server.

    Raises
    ------
    SettingError
        If there is no such folder and it cannot be made.
    """
    folder = settings().folder
    try:
        return Store(Path(folder) if folder else None)
    except OSError as error:
        raise SettingError(
            f"RD_STORE is {folder!r}, a folder that cannot be made ({error.strerror})."
        ) from error


def put(name: str, data: bytes, session: str = "") -> str:
    """Store a file in the store of the server; see ``Store.put``."""
    return shared().put(name, data, session)


def put_picture(name: str, data: bytes, session: str = "") -> str:
    """Store a picture in the store of the server; see ``Store.put_picture``."""
    return shared().put_picture(name, data, session)


def picture(key: str) -> tuple[str, bytes] | None:
    """Return a picture from the store of the server; see ``Store.picture``."""
    return shared().picture(key)


def file(key: str) -> tuple[str, bytes] | None:
    """Return a file from the store of the server; see ``Store.file``."""
    return shared().file(key)


def table(key: str, reading: Reading = AUTOMATIC) -> Table | None:
    """Return a table from the store of the server; see ``Store.get``."""
    return shared().get(key, reading)


def delete(key: str) -> None:
    """Remove a file from the store of the server; see ``Store.delete``."""
    shared().delete(key)


def tidy_regularly() -> None:
    """Remove files that were not used for too long, once an hour, until the server stops."""

    def work() -> None:
        while True:
            shared().tidy()
            time.sleep(3600)

    threading.Thread(target=work, name="tidy uploads", daemon=True).start()
