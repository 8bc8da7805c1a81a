"""A Dask cluster that runs long jobs in place of this machine (``RD_SCHEDULER``).

Nothing of Dask is imported unless a cluster is set. A job on the cluster looks to the scheduler
like one in a pool of one process: its folder has the same files, which a thread keeps up to date.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from dashboard.jobs import journal, remote, worker
from dashboard.jobs.pools import ENVIRONMENT
from dashboard.jobs.worker import Limits, Outcome, Work

_LOG = logging.getLogger(__name__)
_CONNECT_SECONDS = 3
_ANSWER_SECONDS = 15
_LAST_SECONDS = 2.0
# Seconds that a job waits for a worker when the last one is gone.
_DESERTED_SECONDS = 10.0
_AGAIN_SECONDS = 2.0
_LOOK = 0.25
_RENEW_SECONDS = 5.0
AWAY = "the cluster is away, so this runs again on this server"


def connected(address: str) -> Cluster | None:
    """Return the cluster of a scheduler's address, or None without one."""
    return Cluster(address, ENVIRONMENT) if address else None


class LostError(RuntimeError):
    """The cluster went away with a job."""


class Cluster:
    """The connection to a cluster, which is made again whenever it is lost.

    Parameters
    ----------
    address : str
        That of Dask's scheduler, such as ``tcp://127.0.0.1:8786``.
    environment : mapping
        Environment variables of the processes that run jobs.
    """

    def __init__(self, address: str, environment: Mapping[str, str]) -> None:
        self.address, self.environment = address, dict(environment)
        self._client: Any = None
        self._workers = 0
        self._told: bool | None = None
        self._relays: set[threading.Thread] = set()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watch the cluster", daemon=True)
        self._thread.start()

    @property
    def settled(self) -> bool:
        """Whether the first try to connect is over."""
        return self._told is not None

    @property
    def workers(self) -> int:
        """How many jobs the cluster can run at once; 0 while it is away."""
        return self._workers if self._running() is not None else 0

    def pool(self) -> ClusterPool:
        """Return a place for one job."""
        return ClusterPool(self)

    def client(self) -> Any:
        """Return the client.

        Raises
        ------
        LostError
            If the cluster is away.
        """
        found = self._running()
        if found is None:
            raise LostError(AWAY)
        return found

    def close(self) -> None:
        """End the connection, after the last orders were given."""
        self._closed.set()
        for thread in list(self._relays):
            thread.join(timeout=_LAST_SECONDS)
        self._thread.join(timeout=5)
        self._drop()

    def relay(self, work: Callable[..., None], *arguments: Any) -> None:
        """Run a function in a thread that ``close`` waits for."""

        def body() -> None:
            try:
                work(*arguments)
            finally:
                self._relays.discard(threading.current_thread())

        thread = threading.Thread(target=body, name="relay a job", daemon=True)
        self._relays.add(thread)
        thread.start()

    def _running(self) -> Any:
        client = self._client
        return client if client is not None and client.status == "running" else None

    def _watch(self) -> None:
        """Connect, count the workers and connect again, until the server ends."""
        while not self._closed.is_set():
            try:
                self._look()
            except Exception:  # noqa: BLE001 whatever is wrong with the cluster, it is away
                _LOG.debug("no answer from %s", self.address, exc_info=True)
                self._drop()
            if bool(self.workers) != self._told:
                self._told = bool(self.workers)
                outcome = "connected" if self._told else "away"
                journal.entry("cluster", outcome=outcome, workers=self.workers)
            journal.gauge("rd_cluster_workers", self.workers)
            self._closed.wait(_AGAIN_SECONDS)

    def _look(self) -> None:
        import dask

        if self._running() is None:
            self._drop()
            # Pictures and tables are sent with their jobs.
            dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"})
            # Lost connections are said in one line of our own.
            for name in ("distributed", "distributed.client"):
                logging.getLogger(name).setLevel(logging.CRITICAL)
            client = remote.distributed().Client
            self._client = client(self.address, timeout=_CONNECT_SECONDS, set_as_default=False)
        told = self._client.scheduler_info(n_workers=-1)["workers"].values()
        self._workers = sum(int(one["nthreads"]) for one in told)

    def _drop(self) -> None:
        client, self._client, self._workers = self._client, None, 0
        if client is not None:
            try:
                client.close(timeout=1)
            except Exception:  # noqa: BLE001 a lost connection may not close well
                _LOG.debug("the connection did not close", exc_info=True)


class ClusterPool:
    """A place for one job at a time on a cluster, as ``Pool`` describes."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._kill = threading.Event()

    def send(
        self, work: Work, inputs: tuple[Any, ...], folder: Path, limits: Limits
    ) -> Future[Outcome]:
        """Start a job on the cluster, in a process of its own.

        Raises
        ------
        LostError
            If the cluster is away.
        """
        client = self._cluster.client()
        found: Future[Outcome] = Future()
        self._cluster.relay(self._relay, client, found, work, inputs, folder, limits)
        return found

    def kill(self) -> None:
        """Kill the process of the job."""
        self._kill.set()

    def _relay(self, client: Any, found: Future[Outcome], *job: Any) -> None:
        try:
            outcome = self._attended(client, *job)
        except Exception as error:  # noqa: BLE001 the scheduler has to receive every error
            lost = client.status != "running" or type(error).__name__ != "KilledWorker"
            found.set_exception(LostError(AWAY) if lost else RuntimeError(str(error)))
            _LOG.warning("a job was lost on the cluster: %s", error)
        else:
            if outcome is None:
                found.set_exception(RuntimeError("the process of the job died"))
            else:
                found.set_result(outcome)

    def _attended(
        self, client: Any, work: Work, inputs: tuple[Any, ...], folder: Path, limits: Limits
    ) -> Outcome | None:
        """Send a job, keep its files up to date until it ends, and return its outcome."""
        variable = remote.distributed().Variable
        name = f"rdcore-{uuid.uuid4().hex}"
        given, told = variable(remote.orders(name), client), variable(name, client)
        given.set([remote.GO, 0])
        told.set(b"")
        environment = self._cluster.environment
        future = client.submit(
            remote.attend, name, work, inputs, limits, environment, key=name, pure=False
        )
        order, count, latest = remote.GO, 0, b""
        renewed = seen = time.monotonic()
        try:
            while not future.done():
                now, before = time.monotonic(), order
                order = self._order(folder)
                if order != before or now - renewed > _RENEW_SECONDS:
                    count, renewed = count + 1, now
                    given.set([order, count])
                state = bytes(told.get(timeout=_ANSWER_SECONDS))
                if state not in (b"", latest):
                    latest = state
                    _write(folder / worker.STATE, state)
                time.sleep(_LOOK)
                seen = seen if not self._cluster.workers else time.monotonic()
                if client.status != "running" or time.monotonic() - seen > _DESERTED_SECONDS:
                    raise LostError(AWAY)
            outcome, result = future.result(timeout=_ANSWER_SECONDS)
        finally:
            if client.status == "running":
                given.delete()
                told.delete()
            future.release()
        if result:
            _write(folder / worker.RESULT, result)
        return outcome if outcome is None else (outcome[0], outcome[1], outcome[2])

    def _order(self, folder: Path) -> str:
        if self._kill.is_set():
            return remote.KILL
        # A job that nobody wants has no folder any more.
        wanted = folder.exists() and not (folder / worker.STOP).exists()
        return remote.GO if wanted else remote.STOP


def _write(path: Path, content: bytes) -> None:
    """Write a file completely or not at all."""
    draft = path.with_suffix(".draft")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except FileNotFoundError:  # the job ended in the meantime
        return
