"""The scheduler: runs the jobs of all sessions in a few worker processes, in fair turns.

Sessions that ask for the same result watch the same job. A session has at most one running job of
each kind, long and quick; its other jobs wait. The queue is served in turns: the first waiting job
of every session before anybody's second. Each worker is a pool of one process, so that killing a
worker does not affect other jobs. Among them, those go first that have waited longest for their
length. Two workers are kept free, for quick and for short jobs. If the operator names a cluster, it
runs all jobs but the quick ones for as long as it can be reached. Results are cached by the work
and its spec, up to a total size.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace
from typing import Any

from dashboard import scratch
from dashboard.jobs import journal, serialisation, worker
from dashboard.jobs.cluster import AWAY, LostError, connected
from dashboard.jobs.lanes import Lane, Lanes, Usual
from dashboard.jobs.pools import LocalPool, Pool, at_exit
from dashboard.jobs.requests import CANCELLED, DIED, FAILED, Done, Ended, Owner, Request, Running
from dashboard.jobs.results import Results
from dashboard.jobs.watched import Job, Watcher, in_turn, record, refusal, trouble
from dashboard.jobs.worker import Outcome, Work
from dashboard.settings import Settings

_LOG = logging.getLogger(__name__)
_TICK = 0.1
# A stopping job is killed after this many times ``grace`` even if nobody waits for its worker.
_LENIENT = 10
# The loop wakes up this often when there is nothing to do.
_IDLE = 5.0
# Seconds that orders to a cluster and its answer take at the most.
_WAY = 3.0


@dataclass(eq=False)
class Scheduler:
    """Accepts requests, assigns them to workers and caches the results.

    Parameters
    ----------
    slots : int, optional
        Worker processes for long jobs; by default ``settings.workers``.
    kept : sequence of {"quick", "short"}
        For what jobs one more worker process each is kept.
    grace : float
        Seconds that a job has to stop by itself if others wait for its worker; then the worker is
        killed. If nobody waits it has ten times as long.
    absent : float
        Seconds after which the jobs of a closed session end.
    worker_timeout : int
        Seconds after which a worker without jobs ends and frees its memory.
    kept_bytes : int, optional
        Largest total size of the cached results; by default ``settings.cache_bytes``.
    settings : Settings
        The operator's limits.
    results : Results, optional
        A folder of results that several servers share.
    """

    slots: int | None = None
    kept: Sequence[Lane] = ("quick", "short")
    grace: float = 0.5
    absent: float = 10.0
    worker_timeout: int = 300
    kept_bytes: int | None = None
    settings: Settings = field(default_factory=Settings)
    results: Results | None = None

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._wake = threading.Condition(self._lock)
        self._queue: list[Job] = []
        self._kept_bytes = self.kept_bytes or self.settings.cache_bytes
        self._busy: list[Job | None] = []
        self._lanes = Lanes(self.slots or self.settings.workers, self.kept, self._busy)
        self._busy += [None] * self._lanes.count
        # Places on the cluster follow those of this machine, as many as were ever taken at once.
        self._pools: list[Pool | None] = [None] * self._lanes.count
        self._here = self._lanes.count
        self._cluster = connected(self.settings.scheduler)
        self._owned: dict[Owner, Job] = {}
        self._ended: dict[Owner, tuple[Hashable, str]] = {}
        self._cache: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        self._typical: dict[str, float] = {}
        self._usual = Usual()
        self._count, self._stale = itertools.count(), list[Pool]()
        self._stepped, self._deaths = time.monotonic(), 0
        scratch.sweep()
        self._root = scratch.make("jobs")
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
        returns the arguments of the work; it is called only if no session has the result or waits
        for it. ``alive`` returns whether the session still exists.
        """
        watcher = Watcher(alive, time.monotonic())
        with self._lock:
            found = self._known(request, watcher) or self._shared(request)
            found = found or self._refused(request)
            if found is not None:
                return found
        given = inputs()
        with self._wake:
            found = self._known(request, watcher)
            if found is not None:
                return found
            self._ended.pop(request.owner, None)
            folder = self._root / str(next(self._count))
            try:
                folder.mkdir()
            except OSError:
                return Ended(worker.FULL)
            self._enter(
                Job(request.within(self.settings), given, folder, {}, watcher.seen), watcher
            )
            self._serve()
            self._wake.notify()
            return self._known(request, watcher) or Running(0)

    def look(self, session: str, key: str) -> Running | Done | Ended | None:
        """Return the state of the session's job with this key; None if there is none."""
        with self._lock:
            job = self._owned.get((session, key))
            if job is not None:
                return self._progress(job)
            ended = self._ended.get((session, key))
            return Ended(ended[1]) if ended else None

    def typical_seconds(self, session: str, key: str) -> float | None:
        """Return how long the last jobs took that are of the kind of this one; None if unknown."""
        with self._lock:
            job = self._owned.get((session, key))
            return self._typical.get(job.request.kind) if job else None

    def cached(self, spec: Hashable, work: Work) -> Done | None:
        """Return the result of the work for a spec if it is cached; start nothing."""
        with self._lock:
            kept = self._cache.get((work.__module__, work.__qualname__, spec))
        return None if kept is None else Done(kept[1])

    def cancel(self, session: str, key: str) -> None:
        """End a session's interest in a job; without others, the job ends and its worker is free.

        The worker is free within a second if other jobs wait for it.
        """
        with self._wake:
            job = self._owned.get((session, key))
            if job is not None:
                self._ended[session, key] = (job.request.name, CANCELLED)
                self._part((session, key))
                self._wake.notify()

    def forget(self, session: str, key: str) -> None:
        """Allow a request that ended without a result to be made again."""
        with self._lock:
            self._ended.pop((session, key), None)

    def keep_only(self, session: str, keys: Collection[str]) -> None:
        """End the session's jobs with other keys, and forget their earlier results."""
        with self._wake:
            for owner in [o for o in self._owned if o[0] == session and o[1] not in keys]:
                self._part(owner)
                self._wake.notify()
            for owner in [o for o in self._ended if o[0] == session and o[1] not in keys]:
                del self._ended[owner]

    def end_all(self, patience: float = 30.0) -> bool:
        """End the jobs of all sessions; return whether all workers are free in time."""
        until = time.monotonic() + patience
        with self._wake:
            for owner in list(self._owned):
                self._part(owner)
            while any(self._busy) and time.monotonic() < until:
                self._wake.wait(_TICK)
            return not any(self._busy)

    def trouble(self) -> str:
        """Return why jobs cannot be done, "" if they can; it waits for no lock."""
        ended = self._closed or not self._thread.is_alive()
        return trouble(ended=ended, still=time.monotonic() - self._stepped, deaths=self._deaths)

    def close(self) -> None:
        """End all workers at once and remove the files."""
        with self._wake:
            if self._closed:
                return
            self._closed = True
            self._queue.clear()
            pools = [*filter(None, self._pools), *self._stale]
            self._wake.notify()
        for pool in pools:
            pool.kill()
        if self._cluster is not None:
            self._cluster.close()
        self._thread.join(timeout=5)
        scratch.remove(self._root)

    def _known(self, request: Request, watcher: Watcher) -> Running | Done | Ended | None:
        """Return the state of a request that needs no new job; join the job of another session."""
        owner, name = request.owner, request.name
        if name in self._cache:
            self._cache.move_to_end(name)
            self._part(owner)
            journal.count("rd_cache_hits_total")
            return Done(self._cache[name][1])
        ended = self._ended.get(owner)
        if ended is not None and ended[0] == name:
            return Ended(ended[1])
        mine = self._owned.get(owner)
        if mine is not None and mine.request.name == name:
            return self._progress(mine)
        for job in [*self._queue, *self._busy]:
            if job and job.request.name == name and job.stop_asked is None:
                self._part(owner)
                self._join(job, owner, watcher)
                journal.count("rd_jobs_shared_total")
                return self._progress(job)
        return None

    def _shared(self, request: Request) -> Done | None:
        """Return a result that another server has computed."""
        kept = self.results.get(request.name) if self.results else None
        if kept is None:
            return None
        self._part(request.owner)
        self._keep(request.name, kept)
        return Done(kept[1])

    def _refused(self, request: Request) -> Ended | None:
        """Return why a new job cannot wait; the session can ask again at once."""
        if request.owner in self._owned:
            return None
        mine = sum(owner[0] == request.session for owner in self._owned)
        if not (sentence := refusal(len(self._queue), mine, self.settings)):
            return None
        journal.count("rd_jobs_refused_total")
        self._ended[request.owner] = (request.name, sentence)
        return Ended(sentence)

    def _join(self, job: Job, owner: Owner, watcher: Watcher) -> None:
        self._ended.pop(owner, None)
        job.watchers[owner], self._owned[owner] = watcher, job

    def _enter(self, job: Job, watcher: Watcher) -> None:
        """Add a job to the queue, at the position of the job it replaces if that was waiting."""
        owner = job.request.owner
        old = self._owned.get(owner)
        place = self._queue.index(old) if old in self._queue else None
        alone = old is not None and len(old.watchers) == 1
        if old is not None and place is not None:
            job.since = old.since
        self._part(owner)
        if place is None:
            self._queue.append(job)
        else:
            self._queue.insert(place if alone else place + 1, job)
        self._join(job, owner, watcher)

    def _part(self, owner: Owner) -> None:
        """End a session's interest in its job; end the job if nobody else watches it."""
        job = self._owned.pop(owner, None)
        if job is None:
            return
        job.watchers.pop(owner, None)
        if not job.watchers:
            self._drop(job)

    def _drop(self, job: Job) -> None:
        if job in self._queue:
            self._queue.remove(job)
            shutil.rmtree(job.folder, ignore_errors=True)
        elif job.stop_asked is None:
            job.stop_asked = time.monotonic()
            # On a full disk the worker is killed instead.
            with contextlib.suppress(OSError):
                (job.folder / worker.STOP).touch()

    def _dismiss(self, job: Job, sentence: str | None = None) -> None:
        """Part all sessions from a job that ends, with the reason if it has no result."""
        for owner in list(job.watchers):
            if sentence is not None:
                self._ended[owner] = (job.request.name, sentence)
            self._owned.pop(owner, None)
        job.watchers.clear()

    def _progress(self, job: Job) -> Running:
        if job.slot is not None:
            return job.progress()
        return Running(1 + in_turn(self._queue, self._busy, self._usual.urgency).index(job))

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
            self._stepped = time.monotonic()
            self._serve()
            nothing_to_do = not self._queue and not any(self._busy)
            journal.gauge("rd_jobs_running", sum(job is not None for job in self._busy))
            journal.gauge("rd_jobs_waiting", len(self._queue))
            if not self._closed:
                self._wake.wait(_IDLE if nothing_to_do else _TICK)
            late = [] if self._closed else self._overdue(time.monotonic())
            stale, self._stale = self._stale, []
        for pool in stale:
            pool.kill()
        for slot, pool in late:
            pool.kill()
            journal.count("rd_workers_lost_total")
            _LOG.warning("worker %d was killed: its job did not stop by itself", slot)

    def _overdue(self, now: float) -> list[tuple[int, Pool]]:
        """Ask jobs to stop where due; return the pools of jobs that did not stop."""
        for job in [*self._queue, *self._busy]:
            for owner, watcher in list(job.watchers.items()) if job else []:
                if watcher.alive():
                    watcher.seen = now
                elif now - watcher.seen > self.absent:
                    self._part(owner)
        late = []
        grace = self.grace if self._queue else _LENIENT * self.grace
        for slot, job in enumerate(self._busy):
            if job is None:
                continue
            seconds = job.request.limits.seconds
            if job.stop_asked is None and now - job.started > seconds:
                self._drop(job)
                why = f"Stopped after {seconds:g} s, the time limit of a job."
                self._dismiss(job, why)
                job.outcome = "over time"
            pool, longest = self._pools[slot], grace + _WAY * (slot >= self._here)
            if job.stop_asked is not None and now - job.stop_asked > longest and pool:
                self._pools[slot] = None
                late.append((slot, pool))
                self._leave(job, "cancelled")
        return late

    def _serve(self) -> None:
        """Assign waiting jobs to free workers: one running job a session, of each kind."""
        self._renew(self._lanes.spare())
        for job in in_turn(self._queue, self._busy, self._usual.urgency):
            taken = {one.turn for one in self._busy if one and one.stop_asked is None}
            if job.turn in taken:
                continue
            slot = self._free_slot(self._usual.lane(job.request))
            if slot is not None:
                self._queue.remove(job)
                self._start(job, slot)

    def _free_slot(self, lane: Lane) -> int | None:
        """Return a place on the cluster if there is one, for quick work one here."""
        there = self._cluster
        if lane == "quick" or there is None or (there.settled and not there.workers):
            return self._lanes.free(lane)
        return self._free_there(there.workers)

    def _free_there(self, workers: int) -> int | None:
        there = self._busy[self._here :]
        if None in there:
            return (
                self._here + there.index(None) if there.count(None) > len(there) - workers else None
            )
        if len(there) >= workers:
            return None
        self._busy.append(None)
        self._pools.append(None)
        return len(self._busy) - 1

    def _start(self, job: Job, slot: int) -> None:
        job.slot, job.started, job.tries = slot, time.monotonic(), job.tries + 1
        self._busy[slot] = job
        pool = self._pools[slot] or self._pool(slot)
        self._pools[slot], request = pool, job.request
        try:
            limits = replace(request.limits, ahead=self._lanes.is_kept(slot))
            future = pool.send(request.work, job.inputs, job.folder, limits)
        except LostError:
            self._again(job)
            return
        except RuntimeError:
            self._died(job)
            return
        self._close_at_exit()
        future.add_done_callback(lambda done: self._finished(job, done))

    def _renew(self, slots: Sequence[int]) -> None:
        """End the processes of free workers whose jobs shall go before others from now on."""
        for slot in slots if worker.lowers() else ():
            self._stale += filter(None, [self._pools[slot]])
            self._pools[slot] = None

    def _pool(self, slot: int) -> Pool:
        if self._cluster is not None and slot >= self._here:
            return self._cluster.pool()
        return LocalPool(self.worker_timeout, self._root / "compiled")

    def _again(self, job: Job) -> None:
        """Put a job that the cluster has lost first in the queue."""
        if (slot := job.slot) is None or self._busy[slot] is not job:
            return
        self._pools[slot] = self._busy[slot] = None
        if job.stop_asked is not None:
            self._leave(job, "cancelled")
            return
        journal.count("rd_jobs_again_total")
        job.forget_progress(AWAY)
        self._queue.insert(0, job)

    def _died(self, job: Job) -> None:
        """Replace a dead worker; a job that it had not started goes to the new one."""
        if (slot := job.slot) is None or self._busy[slot] is not job:
            return
        self._pools[slot] = None
        if job.tries == 1 and job.stop_asked is None and not (job.folder / worker.BEGUN).exists():
            self._start(job, slot)
            return
        if job.stop_asked is None:
            self._deaths += 1
            self._dismiss(job, DIED)
        journal.count("rd_workers_lost_total")
        self._leave(job, "died")

    def _finished(self, job: Job, future: Future[Outcome]) -> None:
        """Record the outcome of a worker; called from the thread of its pool."""
        try:
            kind, text, spent = future.result()
            path = job.folder / worker.RESULT
            kept = (path.stat().st_size, serialisation.load(path)) if kind == "done" else None
            if kept is not None and self.results is not None:
                self.results.put(job.request.name, path)
        except (RuntimeError, CancelledError, OSError) as error:
            with self._wake:
                self._again(job) if isinstance(error, LostError) else self._died(job)
                self._wake.notify()
            return
        if kind == "failed" and job.stop_asked is None:
            _LOG.error("a job failed: %s %s\n%s", job.request.kind, job.request.spec, text)
            text = FAILED
        job.spent = spent
        with self._wake:
            self._deaths = 0
            if kept is not None:
                self._keep(job.request.name, kept)
                self._usual.note(job.request, spent)
                took, known = time.monotonic() - job.started, self._typical.get(job.request.kind)
                self._typical[job.request.kind] = took if known is None else (took + known) / 2
                self._dismiss(job)
            elif job.stop_asked is None:
                self._dismiss(job, text)
            self._leave(job, "cancelled" if kind == "stopped" else kind, text)
            if spent > worker.AHEAD_SECONDS:
                self._renew([slot for slot in self._lanes.kept.values() if slot == job.slot])
            self._serve()
            self._wake.notify()

    def _close_at_exit(self) -> None:
        if not self._hooked:
            self._hooked = True
            at_exit(self.close)

    def _leave(self, job: Job, outcome: str, text: str = "") -> None:
        if job.slot is not None and self._busy[job.slot] is job:
            self._busy[job.slot] = None
        shutil.rmtree(job.folder, ignore_errors=True)
        record(job, job.outcome or outcome, text)

    def _keep(self, name: Hashable, kept: tuple[int, Any]) -> None:
        self._cache[name] = kept
        self._cache.move_to_end(name)
        while len(self._cache) > 1 and sum(s for s, _ in self._cache.values()) > self._kept_bytes:
            self._cache.popitem(last=False)
