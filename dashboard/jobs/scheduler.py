"""The scheduler: runs the jobs of all sessions in a few worker processes, first come, first served.

A session has at most one running job; its other jobs wait in the queue. Each worker is a pool of
one process, so that killing a worker does not affect other jobs. Results are cached by the work
and its spec, up to a total size.
"""

from __future__ import annotations

import itertools
import logging
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loky import ProcessPoolExecutor, cpu_count

from dashboard.jobs import serialisation, worker
from dashboard.jobs.worker import LIMITS, Limits, Outcome, Work

_LOG = logging.getLogger(__name__)
_ENVIRONMENT = {
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
_TICK = 0.1

CANCELLED = "Cancelled."
DIED = "The worker process ended unexpectedly; it may have run out of memory."
FAILED = "An unexpected error occurred; the server log has the details."


@dataclass(frozen=True, eq=False)
class Running:
    """A job in progress: position in the queue (0: running), share done, note, state, seconds."""

    position: int
    share: float = 0.0
    note: str = ""
    shown: Any = None
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Done:
    """A job's result."""

    result: Any


@dataclass(frozen=True)
class Ended:
    """A job that ended without a result, and the reason as a sentence."""

    sentence: str


@dataclass(frozen=True)
class Request:
    """A request of a session.

    Attributes
    ----------
    session, key : str
        The session and the place on its page; a newer request for the key replaces this one.
    spec : hashable
        Identifies the result together with the work.
    work : callable
        A generator function at the top of a module; see ``dashboard.jobs.steps.Step``.
    limits : Limits
        Limits of time and size.
    """

    session: str
    key: str
    spec: Hashable
    work: Work
    limits: Limits = LIMITS

    @property
    def owner(self) -> tuple[str, str]:
        """The session and the key."""
        return self.session, self.key

    @property
    def name(self) -> Hashable:
        """The cache key of the result."""
        return self.work.__module__, self.work.__qualname__, self.spec


@dataclass(eq=False)
class _Job:
    request: Request
    inputs: tuple[Any, ...]
    alive: Callable[[], bool]
    folder: Path
    seen: float
    slot: int | None = None
    started: float = 0.0
    tries: int = 0
    stop_asked: float | None = None
    why: str = CANCELLED
    state: tuple[int, Any] = (0, (0.0, "", None))


@dataclass(eq=False)
class Scheduler:
    """Accepts requests, assigns them to workers and caches the results.

    Parameters
    ----------
    slots : int
        Worker processes; by default the cores less one for the app, at least one.
    grace : float
        Seconds that a job has to stop by itself; then its worker is killed.
    absent : float
        Seconds after which the jobs of a closed session end.
    worker_timeout : int
        Seconds after which a worker without jobs ends and frees its memory.
    kept_bytes : int
        Largest total size of the cached results.
    """

    slots: int = field(default_factory=lambda: max(1, cpu_count() - 1))
    grace: float = 0.5
    absent: float = 10.0
    worker_timeout: int = 300
    kept_bytes: int = 128 * 2**20

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._wake = threading.Condition(self._lock)
        self._queue: list[_Job] = []
        self._busy: list[_Job | None] = [None] * self.slots
        self._pools: list[ProcessPoolExecutor | None] = [None] * self.slots
        self._ended: dict[tuple[str, str], tuple[Hashable, str]] = {}
        self._cache: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        self._count = itertools.count()
        self._root = Path(tempfile.mkdtemp(prefix="rdcore-jobs-"))
        self._closed = self._hooked = False
        self._thread = threading.Thread(target=self._loop, name="scheduler", daemon=True)
        self._thread.start()

    def ask(
        self,
        request: Request,
        inputs: Callable[[], tuple[Any, ...]],
        alive: Callable[[], bool] = lambda: True,
    ) -> Running | Done | Ended:
        """Return the state of a request; add it to the queue the first time.

        A request that ended without a result stays ended until ``forget`` is called. ``inputs``
        returns the arguments of the work; it is called only if the result is not cached. ``alive``
        returns whether the session still exists.
        """
        with self._lock:
            found = self._known(request)
            if found is not None:
                return found
        given = inputs()
        with self._wake:
            self._ended.pop(request.owner, None)
            folder = self._root / str(next(self._count))
            folder.mkdir()
            job = _Job(request, given, alive, folder, time.monotonic())
            self._replace(job)
            self._serve()
            self._wake.notify()
            return self._known(request) or Running(0)

    def look(self, session: str, key: str) -> Running | Done | Ended | None:
        """Return the state of the session's job with this key; None if there is none."""
        with self._lock:
            job = self._find((session, key))
            if job is not None:
                return self._progress(job)
            ended = self._ended.get((session, key))
            return Ended(ended[1]) if ended else None

    def cached(self, spec: Hashable, work: Work) -> Done | None:
        """Return the result of the work for a spec if it is cached; start nothing."""
        with self._lock:
            kept = self._cache.get((work.__module__, work.__qualname__, spec))
        return None if kept is None else Done(kept[1])

    def cancel(self, session: str, key: str) -> None:
        """End a job; its worker is free again within a second."""
        with self._wake:
            job = self._find((session, key))
            if job is not None:
                self._ended[job.request.owner] = (job.request.name, CANCELLED)
                self._drop(job)
                self._wake.notify()

    def forget(self, session: str, key: str) -> None:
        """Allow a request that ended without a result to be made again."""
        with self._lock:
            self._ended.pop((session, key), None)

    def keep_only(self, session: str, keys: Collection[str]) -> None:
        """End the session's jobs with other keys, and forget their earlier results."""
        with self._wake:
            for job in [*self._queue, *self._busy]:
                if job and job.request.session == session and job.request.key not in keys:
                    self._drop(job)
            for owner in [o for o in self._ended if o[0] == session and o[1] not in keys]:
                del self._ended[owner]
            self._wake.notify()

    def end_all(self, patience: float = 30.0) -> bool:
        """End the jobs of all sessions; return whether all workers are free in time."""
        until = time.monotonic() + patience
        with self._wake:
            for job in [*self._queue, *self._busy]:
                if job:
                    self._drop(job)
            while any(self._busy) and time.monotonic() < until:
                self._wake.wait(_TICK)
            return not any(self._busy)

    def close(self) -> None:
        """End all workers at once and remove the files."""
        with self._wake:
            if self._closed:
                return
            self._closed = True
            self._queue.clear()
            pools = [pool for pool in self._pools if pool is not None]
            self._wake.notify()
        for pool in pools:
            pool.shutdown(wait=False, kill_workers=True)
        self._thread.join(timeout=5)
        shutil.rmtree(self._root, ignore_errors=True)

    def _known(self, request: Request) -> Running | Done | Ended | None:
        if request.name in self._cache:
            self._cache.move_to_end(request.name)
            job = self._find(request.owner)
            if job is not None:
                self._drop(job)
            return Done(self._cache[request.name][1])
        ended = self._ended.get(request.owner)
        if ended is not None and ended[0] == request.name:
            return Ended(ended[1])
        job = self._find(request.owner)
        return self._progress(job) if job and job.request.name == request.name else None

    def _find(self, owner: tuple[str, str]) -> _Job | None:
        """Return the session's job with a key, unless it is stopping."""
        for job in [*self._queue, *self._busy]:
            if job and job.request.owner == owner and job.stop_asked is None:
                return job
        return None

    def _replace(self, job: _Job) -> None:
        """Add a job to the queue, at the position of the job it replaces if that was waiting."""
        old = self._find(job.request.owner)
        if old is not None and old in self._queue:
            self._queue[self._queue.index(old)] = job
            shutil.rmtree(old.folder, ignore_errors=True)
            return
        if old is not None:
            self._drop(old)
        self._queue.append(job)

    def _drop(self, job: _Job, why: str = CANCELLED) -> None:
        if job in self._queue:
            self._queue.remove(job)
            shutil.rmtree(job.folder, ignore_errors=True)
        elif job.stop_asked is None:
            job.stop_asked, job.why = time.monotonic(), why
            (job.folder / worker.STOP).touch()

    def _progress(self, job: _Job) -> Running:
        if job.slot is None:
            return Running(1 + self._queue.index(job))
        path = job.folder / worker.STATE
        try:
            stamp = path.stat().st_mtime_ns
            if stamp != job.state[0]:
                job.state = (stamp, serialisation.load(path))
        except FileNotFoundError:
            pass
        share, note, shown = job.state[1]
        return Running(0, share, note, shown, time.monotonic() - job.started)

    def _loop(self) -> None:
        """Run the scheduler's loop until it is closed."""
        while not self._closed:
            try:
                self._step()
            except Exception:  # noqa: BLE001 the loop has to continue for the other jobs
                _LOG.exception("a step of the scheduler failed")
                time.sleep(_TICK)

    def _step(self) -> None:
        """Start the next jobs, end those over their limits, drop those of closed sessions."""
        with self._wake:
            self._serve()
            nothing_to_do = not self._queue and not any(self._busy)
            if not self._closed:
                self._wake.wait(None if nothing_to_do else _TICK)
            late = [] if self._closed else self._overdue(time.monotonic())
        for slot, pool in late:
            pool.shutdown(wait=False, kill_workers=True)
            _LOG.warning("worker %d was killed: its job did not stop by itself", slot)

    def _overdue(self, now: float) -> list[tuple[int, ProcessPoolExecutor]]:
        """Ask jobs to stop where due; return the pools of jobs that did not stop."""
        for job in [*self._queue, *self._busy]:
            if job is None:
                continue
            if job.alive():
                job.seen = now
            elif now - job.seen > self.absent:
                self._drop(job)
        late = []
        for slot, job in enumerate(self._busy):
            if job is None:
                continue
            seconds = job.request.limits.seconds
            if job.stop_asked is None and now - job.started > seconds:
                self._drop(job, f"Stopped after {seconds:g} s, the time limit of a job.")
                self._ended[job.request.owner] = (job.request.name, job.why)
            pool = self._pools[slot]
            if job.stop_asked is not None and now - job.stop_asked > self.grace and pool:
                self._pools[slot] = None
                late.append((slot, pool))
                self._leave(job)
        return late

    def _serve(self) -> None:
        """Assign waiting jobs to free workers, one per session."""
        for slot in range(self.slots):
            if self._busy[slot] is not None:
                continue
            at_work = {job.request.session for job in self._busy if job and not job.stop_asked}
            job = next((one for one in self._queue if one.request.session not in at_work), None)
            if job is None:
                return
            self._queue.remove(job)
            if job.request.name in self._cache:
                shutil.rmtree(job.folder, ignore_errors=True)
                continue
            self._start(job, slot)

    def _start(self, job: _Job, slot: int) -> None:
        job.slot, job.started, job.tries = slot, time.monotonic(), job.tries + 1
        self._busy[slot] = job
        pool = self._pools[slot]
        if pool is None:
            kept = {"JAX_COMPILATION_CACHE_DIR": str(self._root / "compiled")}
            pool = ProcessPoolExecutor(1, timeout=self.worker_timeout, env={**_ENVIRONMENT, **kept})
            self._pools[slot] = pool
        request = job.request
        try:
            future = pool.submit(worker.drive, request.work, job.inputs, job.folder, request.limits)
        except RuntimeError:
            self._died(job)
            return
        self._close_at_exit()
        future.add_done_callback(lambda done: self._finished(job, done))

    def _died(self, job: _Job) -> None:
        """Replace a dead worker; a job that it had not started goes to the new one."""
        slot = job.slot
        if slot is None or self._busy[slot] is not job:
            return
        self._pools[slot] = None
        if job.tries == 1 and job.stop_asked is None and not (job.folder / worker.BEGUN).exists():
            self._start(job, slot)
            return
        if job.stop_asked is None:
            self._ended[job.request.owner] = (job.request.name, DIED)
        self._leave(job)

    def _finished(self, job: _Job, future: Future[Outcome]) -> None:
        """Record the outcome of a worker; called from the thread of its pool."""
        try:
            kind, text = future.result()
            path = job.folder / worker.RESULT
            kept = (path.stat().st_size, serialisation.load(path)) if kind == "done" else None
        except (RuntimeError, CancelledError, OSError):
            with self._wake:
                self._died(job)
                self._wake.notify()
            return
        if kind == "failed":
            _LOG.error("a job failed:\n%s", text)
            text = FAILED
        with self._wake:
            if kept is not None:
                self._keep(job.request.name, kept)
            elif job.stop_asked is None:
                self._ended[job.request.owner] = (job.request.name, text)
            self._leave(job)
            self._wake.notify()

    def _close_at_exit(self) -> None:
        """Close the scheduler when the interpreter exits.

        The pool registers its own hook at its first start, which waits for its jobs. A hook that is
        registered later is called first.
        """
        if not self._hooked:
            self._hooked = True
            threading._register_atexit(self.close)  # type: ignore[attr-defined]

    def _leave(self, job: _Job) -> None:
        if job.slot is not None and self._busy[job.slot] is job:
            self._busy[job.slot] = None
        shutil.rmtree(job.folder, ignore_errors=True)

    def _keep(self, name: Hashable, kept: tuple[int, Any]) -> None:
        self._cache[name] = kept
        self._cache.move_to_end(name)
        while len(self._cache) > 1 and sum(s for s, _ in self._cache.values()) > self.kept_bytes:
            self._cache.popitem(last=False)
