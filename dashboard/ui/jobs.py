"""Long work outside the script's thread, with progress and Cancel; work under 50 ms needs no job.

A page makes two calls. The work is a generator function at the top of a module that does
not import streamlit; it yields ``jobs.Step(share, note, shown)`` at least every half second and
returns its result:

    def halves(count):
        values = np.empty(count)
        for k in range(count):
            values[k] = 0.5**k
            yield jobs.Step((k + 1) / count, f"half {k + 1} of {count}")
        return Halves(values)

    found = jobs.run("halves", spec, halves, inputs=lambda: (spec.count,))
    jobs.show("halves", found, draw)

(The module of the work imports ``Step`` from ``dashboard.jobs.steps``, where ``stepwise`` makes
steps of a function that reports its progress by a callback.)

- ``spec`` is small, frozen and hashable. The work and the spec identify the result: a second
  request for it is answered at once, until newer results replace it in the cache.
- ``inputs`` builds the arguments of the work, which may be large. It is called in the script and
  only if the result is not cached. Without it the work is called with the spec.
- Results and states are made of numbers, strings, arrays, lists, tuples, dictionaries and
  dataclasses of this package; see ``dashboard.jobs.serialisation``. They are passed as files,
  without pickle.
- ``key`` identifies the place on the page. A new spec for the same key replaces the earlier job.
  A session has one running job at a time, and one that is ``quick``; the jobs of its other keys
  wait in the queue. Sessions that ask for the same result watch the same job.
- ``show`` draws the result. Until then it draws progress, position in the queue, seconds and
  Cancel, updates them and reruns the page when the job has ended. After a failure it draws the
  message and Try again. With ``so_far`` it also draws each intermediate state. ``follow`` is the
  part without the result, for a page that goes on with it.
- A job ends within a second after Cancel, after a newer spec, when the user leaves the page or
  when the page no longer asks for the key, unless another session watches it: it stops at its next
  step, or its worker is killed if others wait for it.
  After the browser window closes it ends in ten seconds, so that a lost connection can return.
- ``Limits`` caps the running time in seconds and the size of the result in bytes. ``QUICK`` is for
  work that is expected to take less than a second; it never waits behind long work. If the work
  usually takes some seconds, ``expected`` says how many, until the scheduler has seen it.
- ``patience`` is for work that usually takes about 10 ms and sometimes takes seconds.

The frame calls ``tidy`` after each page.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.formatting import ordinal
from dashboard.jobs.requests import CANCELLED, Done, Ended, Request, Running
from dashboard.jobs.results import Results
from dashboard.jobs.scheduler import Scheduler
from dashboard.jobs.steps import Step, stepwise
from dashboard.jobs.worker import LIMITS, QUICK, Limits, Work
from dashboard.model.views import Trouble
from dashboard.ui import delivery, state
from dashboard.ui.turnstile import Turnstile
from dashboard.uploads import store

__all__ = [
    "QUICK",
    "Done",
    "Limits",
    "Running",
    "Step",
    "Trouble",
    "cached",
    "follow",
    "run",
    "show",
    "stepwise",
    "tidy",
    "turnstile",
    "wait",
]

SELDOM, OFTEN, SHARE = 1.0, 0.25, 0.15
"""A window asks for its job once a second; for work that usually takes less than seven seconds
after this share of its time, at most four times a second."""

PATIENCE = 0.12
"""Seconds that a page waits for a job that may be quick; other sessions are not affected."""

_GLANCE = 0.005


@functools.cache
def scheduler() -> Scheduler:
    """Return the scheduler of this server."""
    kept = store.settings()
    if not kept.folder:
        return Scheduler()
    results = Results(Path(kept.folder) / "results", kept.mebibytes * 2**20, 3600.0 * kept.hours)
    return Scheduler(results=results)


@functools.cache
def turnstile() -> Turnstile:
    """Return what lets so many scripts draw at once as the operator allows."""
    return Turnstile(scheduler().settings.scripts)


def run(
    key: str,
    spec: Hashable,
    work: Work,
    inputs: Callable[[], tuple[Any, ...]] | None = None,
    *,
    limits: Limits = LIMITS,
    patience: float = 0.0,
) -> Running | Done | Trouble:
    """Return the result of the work if it is cached; otherwise start the job and return its state.

    With ``patience`` the page waits that many seconds for work that is usually quick, so that a
    moved slider does not show a progress bar for an instant. It does not wait in the queue.
    """
    state.note_job(key)
    request = Request(state.session(), key, spec, work, limits)
    until = time.monotonic() + patience
    while True:
        found = scheduler().ask(request, inputs or (lambda: (spec,)), _alive())
        if not (isinstance(found, Running) and found.position == 0 and time.monotonic() < until):
            break
        turnstile().pause(_GLANCE)
    return Trouble(found.sentence) if isinstance(found, Ended) else found


def cached(spec: Hashable, work: Work) -> Any | None:
    """Return the result of the work if it is cached; start nothing."""
    found = scheduler().cached(spec, work)
    return None if found is None else found.result


def show(
    key: str,
    found: Running | Done | Trouble,
    draw: Callable[[Any], None],
    *,
    what: str = "Computing",
    so_far: Callable[[Any], None] | None = None,
) -> None:
    """Draw the result of a job, or its progress until there is one.

    ``so_far`` is called with each state that the work yields as ``shown``.
    """
    if isinstance(found, Done):
        draw(found.result)
    else:
        follow(key, found, what=what, so_far=so_far)


def follow(
    key: str,
    found: Running | Trouble,
    *,
    what: str = "Computing",
    so_far: Callable[[Any], None] | None = None,
) -> None:
    """Draw the progress of a job until it ends, then rerun the page.

    ``so_far`` is called with each state that the work yields as ``shown``.
    """
    session = state.session()
    if isinstance(found, Trouble):
        with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_ended"):
            mark = ":material/cancel:" if found.sentence == CANCELLED else ":material/error:"
            st.markdown(f"{mark} {what}: {found.markdown}", width="content")
            again = "Start again" if found.sentence == CANCELLED else "Try again"
            st.button(again, key=f"{key}_again", on_click=scheduler().forget, args=(session, key))
        return

    @st.fragment(run_every=_interval(session, key))
    def poll() -> None:
        delivery.arrived()
        with turnstile():
            now = scheduler().look(session, key)
            if not isinstance(now, Running):
                st.rerun()
            _draw(key, session, what, now)
            if so_far is not None and now.shown is not None:
                so_far(now.shown)

    poll()


def _interval(session: str, key: str) -> float:
    """Return the seconds between two looks at a job, by how long its kind of work takes."""
    typical = scheduler().typical_seconds(session, key)
    return SELDOM if typical is None else min(SELDOM, max(OFTEN, SHARE * typical))


def wait(key: str) -> None:
    """Rerun the page when a job ends; nothing is drawn until then."""
    session = state.session()

    @st.fragment(run_every=SELDOM)
    def poll() -> None:
        delivery.arrived()
        if not isinstance(scheduler().look(session, key), Running):
            st.rerun()

    poll()


def tidy() -> None:
    """End the jobs that this run of the page did not request; called at the end of the run."""
    scheduler().keep_only(state.session(), state.take_jobs())


def _draw(key: str, session: str, what: str, now: Running) -> None:
    known = bool(now.position or now.share)
    place = f"{key}_progress" if known else f"{key}_underway"
    with st.container(horizontal=True, vertical_alignment="center", key=place):
        if now.position:
            st.progress(0.0, f"{what}: {ordinal(now.position)} in the queue")
        else:
            done = f"{100 * now.share:.0f} %" if known else ""
            parts = [done, now.note, f"{now.seconds:.0f} s"]
            st.progress(now.share, f"{what}: {' · '.join(filter(None, parts))}")
        st.button("Cancel", key=f"{key}_cancel", on_click=scheduler().cancel, args=(session, key))


def _alive() -> Callable[[], bool]:
    """Return a function that tells whether the window of this session is still open."""
    context = get_script_run_ctx()
    return functools.partial(_is_open, context.session_id) if context else lambda: True


def _is_open(name: str) -> bool:
    try:
        return bool(runtime.get_instance().is_active_session(name))
    except RuntimeError:  # no server is running, so no window can be closed
        return True
