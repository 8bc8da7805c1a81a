"""Limits that an operator sets by environment variables; docs/deploy.md lists them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from loky import cpu_count

from dashboard.errors import UserError

_MIB = 2**20


class SettingError(UserError):
    """An environment variable with a value that cannot be used."""


def whole(
    name: str, default: int, low: int, high: int, environment: Mapping[str, str] = os.environ
) -> int:
    """Return the whole number in an environment variable, or the default if it is not set.

    Raises
    ------
    SettingError
        If the value is not a whole number from ``low`` to ``high``.
    """
    text = environment.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SettingError(f"{name} is {text!r}; use a whole number from {low} to {high}.")
    return int(text)


def seconds_by_kind(
    name: str = "RD_JOB_SECONDS", environment: Mapping[str, str] = os.environ
) -> dict[str, float]:
    """Return the time limits in an environment variable such as ``600,train_codec=1800``.

    A number without a name holds for every kind of job, under the name "".

    Raises
    ------
    SettingError
        If a part is neither a number of seconds above 0 nor ``kind=seconds``.
    """
    found: dict[str, float] = {}
    for part in filter(None, (one.strip() for one in environment.get(name, "").split(","))):
        kind, _, text = part.rpartition("=")
        try:
            found[kind.strip()] = float(text)
        except ValueError:
            found[kind.strip()] = -1.0
        if not 0 < found[kind.strip()] < 1e7:
            raise SettingError(
                f"{name} has {part!r}; use seconds above 0, or kind=seconds, separated by commas."
            )
    return found


def address(name: str = "RD_SCHEDULER", environment: Mapping[str, str] = os.environ) -> str:
    """Return the address of Dask's scheduler in an environment variable; "": there is none.

    Raises
    ------
    SettingError
        If it is not an address such as ``tcp://127.0.0.1:8786``.
    """
    text = environment.get(name, "").strip()
    if text and not re.fullmatch(r"(tcp|tls)://[^\s/]+:\d{1,5}", text):
        raise SettingError(f"{name} is {text!r}; use an address such as tcp://127.0.0.1:8786.")
    return text


def _from(name: str, default: Callable[[], int], low: int, high: int) -> int:
    return field(default_factory=lambda: whole(name, default(), low, high))


@dataclass(frozen=True)
class StoreSettings:
    """Where uploaded files and results are kept, and for how long.

    Attributes
    ----------
    folder : str
        A folder that several servers may share; "": a temporary one that this server removes.
    mebibytes : int
        Largest total size of the uploaded files, and of the results.
    session_mebibytes : int
        Largest total size of the files that one session uploads.
    hours : int
        Hours after its last use that a file is removed.
    """

    folder: str = field(default_factory=lambda: os.environ.get("RD_STORE", "").strip())
    mebibytes: int = _from("RD_STORE_SIZE", lambda: 200, 1, 2**24)
    session_mebibytes: int = _from("RD_SESSION_STORE", lambda: 100, 1, 2**24)
    hours: int = _from("RD_STORE_HOURS", lambda: 24, 1, 24 * 365)


@dataclass(frozen=True)
class Settings:
    """What the scheduler may use.

    Attributes
    ----------
    workers : int
        Worker processes for long work; one more is kept free for quick work.
    worker_mebibytes : int
        Largest address space of a worker; 0: no limit.
    queue : int
        Jobs that may wait.
    jobs_a_session : int
        Jobs of a session that may run or wait.
    scripts : int
        Pages that are drawn at once; the others wait in line. Python draws them on one core, so
        more at once only make each later, and the answer to the health check.
    cache_mebibytes : int
        Largest total size of the cached results.
    scheduler : str
        Address of the scheduler of a Dask cluster that runs long jobs; "": this machine runs them.
    seconds : dict
        Limits of time by kind of job, "" for all; the others keep their own.
    """

    workers: int = _from("RD_WORKERS", lambda: max(1, cpu_count()), 1, 1024)
    worker_mebibytes: int = _from("RD_WORKER_MEMORY", lambda: 4096, 0, 2**24)
    queue: int = _from("RD_QUEUE", lambda: 200, 1, 10**6)
    jobs_a_session: int = _from("RD_SESSION_JOBS", lambda: 12, 1, 10**6)
    scripts: int = _from("RD_SCRIPTS", lambda: 2, 1, 1024)
    cache_mebibytes: int = _from("RD_CACHE_MEMORY", lambda: 128, 1, 2**20)
    scheduler: str = field(default_factory=address)
    seconds: Mapping[str, float] = field(default_factory=seconds_by_kind)

    @property
    def worker_bytes(self) -> int:
        """Largest address space of a worker in bytes."""
        return self.worker_mebibytes * _MIB

    @property
    def cache_bytes(self) -> int:
        """Largest total size of the cached results in bytes."""
        return self.cache_mebibytes * _MIB

    def limit(self, kind: str, seconds: float) -> float:
        """Return the time limit of a job whose own is ``seconds``.

        ``kind`` is ``module.function``; a limit for the function counts before one for its
        module, and that before one for all.
        """
        module = kind.partition(".")[0]
        for name in (kind, module, ""):
            if name in self.seconds:
                return self.seconds[name]
        return seconds
