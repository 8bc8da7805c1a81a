"""Uploaded bytes, stored on the server by their digest, so that a link or a reload finds them.

The digest depends on the content and cannot be guessed; a link with it gives access. A file is
removed when its owner deletes it, when it was not used for a day, or when newer files need its
place.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from rdcore.tables import AUTOMATIC, Reading, Table, digest, read_table

MAX_TOTAL_BYTES = 100 * 2**20
MAX_TABLES = 8
UNUSED_HOURS = 24


@dataclass
class _File:
    """A file with the time of its last use, in seconds."""

    name: str
    data: bytes
    used: float


@dataclass
class Store:
    """A bounded map from digest to file name and bytes, safe to share between threads."""

    max_bytes: int = MAX_TOTAL_BYTES
    max_tables: int = MAX_TABLES
    max_unused: float = 3600 * UNUSED_HOURS
    clock: Callable[[], float] = time.monotonic
    _files: OrderedDict[str, _File] = field(default_factory=OrderedDict)
    _tables: OrderedDict[tuple[str, Reading], Table] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, name: str, data: bytes) -> str:
        """Read and store the file; return its digest.

        Raises
        ------
        TableError
            If the file cannot be used; nothing is stored.
        """
        table = read_table(name, data)
        key = digest(data)
        with self._lock:
            self._tidy()
            self._files[key] = _File(name, data, self.clock())
            self._files.move_to_end(key)
            while sum(len(kept.data) for kept in self._files.values()) > self.max_bytes:
                self._remove(next(iter(self._files)))
            self._remember(key, AUTOMATIC, table)
        return key

    def get(self, key: str, reading: Reading = AUTOMATIC) -> Table | None:
        """Return the table of a digest as it is read, or None if it is not stored.

        Raises
        ------
        TableError
            If the file cannot be read in this way.
        """
        with self._lock:
            self._tidy()
            file = self._files.get(key)
            if file is None:
                return None
            file.used = self.clock()
            self._files.move_to_end(key)
            if (key, reading) in self._tables:
                self._tables.move_to_end((key, reading))
                return self._tables[key, reading]
        table = read_table(file.name, file.data, reading)
        with self._lock:
            if key in self._files:
                self._remember(key, reading, table)
        return table

    def file(self, key: str) -> tuple[str, bytes] | None:
        """Return the name and the bytes of a digest, or None if it is not stored."""
        with self._lock:
            found = self._files.get(key)
            return (found.name, found.data) if found else None

    def delete(self, key: str) -> None:
        """Remove a file and its tables; nothing happens if it is not stored."""
        with self._lock:
            self._remove(key)

    def tidy(self) -> None:
        """Remove the files that were not used for too long."""
        with self._lock:
            self._tidy()

    def _tidy(self) -> None:
        oldest = self.clock() - self.max_unused
        for key in [key for key, file in self._files.items() if file.used < oldest]:
            self._remove(key)

    def _remove(self, key: str) -> None:
        self._files.pop(key, None)
        for known in [known for known in self._tables if known[0] == key]:
            del self._tables[known]

    def _remember(self, key: str, reading: Reading, table: Table) -> None:
        self._tables[key, reading] = table
        while len(self._tables) > self.max_tables:
            self._tables.popitem(last=False)


_SHARED = Store()


def put(name: str, data: bytes) -> str:
    """Store a file in the store of the server; see ``Store.put``."""
    return _SHARED.put(name, data)


def file(key: str) -> tuple[str, bytes] | None:
    """Return a file from the store of the server; see ``Store.file``."""
    return _SHARED.file(key)


def table(key: str, reading: Reading = AUTOMATIC) -> Table | None:
    """Return a table from the store of the server; see ``Store.get``."""
    return _SHARED.get(key, reading)


def delete(key: str) -> None:
    """Remove a file from the store of the server; see ``Store.delete``."""
    _SHARED.delete(key)


def tidy_regularly() -> None:
    """Remove files that were not used for too long, once an hour, until the server stops."""

    def work() -> None:
        while True:
            time.sleep(3600)
            _SHARED.tidy()

    threading.Thread(target=work, name="tidy uploads", daemon=True).start()
