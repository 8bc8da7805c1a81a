"""Results of jobs as files in a folder that several servers share (``RD_STORE``)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rdcore as rd
from dashboard.jobs import serialisation

_TOUCH_SECONDS = 60.0


@dataclass(frozen=True)
class Results:
    """A bounded folder of results by their name: the work, its spec and the version of rdcore.

    The text of a spec identifies it. The time of modification of a file is that of its last use.
    """

    folder: Path
    max_bytes: int
    max_unused: float

    def get(self, name: Hashable) -> tuple[int, Any] | None:
        """Return the size and the value of a result, or None if it is not there."""
        path = self._path(name)
        try:
            stat = path.stat()
            found = stat.st_size, serialisation.load(path)
            if time.time() - stat.st_mtime > _TOUCH_SECONDS:
                os.utime(path)
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return found

    def put(self, name: Hashable, source: Path) -> None:
        """Keep a copy of a result's file; nothing happens if it cannot be written."""
        path = self._path(name)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.draft")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, draft)
            draft.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
        self.tidy()

    def tidy(self) -> None:
        """Remove what was not used for too long, and the oldest of what is too much."""
        files = []
        for path in self.folder.glob("*.result"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                files.append((stat.st_mtime, stat.st_size, path))
        total, now = sum(size for _, size, _ in files), time.time()
        for used, size, path in sorted(files):
            if total <= self.max_bytes and now - used <= self.max_unused:
                return
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size

    def _path(self, name: Hashable) -> Path:
        text = repr((rd.__version__, name))
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()}.result"
