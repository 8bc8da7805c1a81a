"""Uploaded bytes, stored on the server by their digest, so that a link or a reload finds them.

The digest depends on the content and cannot be guessed; a link with it gives access. The least
recently used files are removed when the size limit is reached.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from dashboard.uploads import Table, UploadError, digest, read_table

MAX_TOTAL_BYTES = 100 * 2**20
MAX_TABLES = 8


@dataclass
class Store:
    """A bounded map from digest to file name and bytes, safe to share between threads."""

    max_bytes: int = MAX_TOTAL_BYTES
    max_tables: int = MAX_TABLES
    _files: OrderedDict[str, tuple[str, bytes]] = field(default_factory=OrderedDict)
    _tables: OrderedDict[str, Table] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, name: str, data: bytes) -> str:
        """Read and store the file; return its digest.

        Raises
        ------
        UploadError
            If the file cannot be used; nothing is stored.
        """
        table = read_table(name, data)
        key = digest(data)
        with self._lock:
            self._files[key] = (name, data)
            self._files.move_to_end(key)
            while sum(len(kept) for _, kept in self._files.values()) > self.max_bytes:
                dropped, _ = self._files.popitem(last=False)
                self._tables.pop(dropped, None)
            self._remember(key, table)
        return key

    def get(self, key: str) -> Table | None:
        """Return the table of a digest, or None if it is not stored."""
        with self._lock:
            if key not in self._files:
                return None
            self._files.move_to_end(key)
            if key in self._tables:
                self._tables.move_to_end(key)
                return self._tables[key]
            name, data = self._files[key]
        try:
            table = read_table(name, data)
        except UploadError:
            return None
        with self._lock:
            self._remember(key, table)
        return table

    def file(self, key: str) -> tuple[str, bytes] | None:
        """Return the name and the bytes of a digest, or None if it is not stored."""
        with self._lock:
            return self._files.get(key)

    def _remember(self, key: str, table: Table) -> None:
        self._tables[key] = table
        while len(self._tables) > self.max_tables:
            self._tables.popitem(last=False)


_SHARED = Store()


def put(name: str, data: bytes) -> str:
    """Store a file in the store of the server; see ``Store.put``."""
    return _SHARED.put(name, data)


def file(key: str) -> tuple[str, bytes] | None:
    """Return a file from the store of the server; see ``Store.file``."""
    return _SHARED.file(key)


def table(key: str) -> Table | None:
    """Return a table from the store of the server; see ``Store.get``."""
    return _SHARED.get(key)
