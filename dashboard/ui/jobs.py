"""Long work off the script's thread, with progress and Cancel; what takes under 50 ms needs none.

For a page there are two calls. The work is a generator function at the top of a module that does
not import streamlit; it yields ``jobs.Step(share, note, shown)`` at least every half second and
returns its result:

    def halves(count):
        values = np.empty(count)
        for k in range(count):
            values[k] = 0.5**k
            yield jobs.Step((k + 1) / count, f"half {k + 1} of {count}")
        return Halves(values)

    found = jobs.run("halves", spec, halves, inputs=lambda: (spec.count,))
    if isinstance(found, jobs.Done):
        draw(found.result)
    else:
        jobs.follow("halves", found)

(The module of the work imports ``Step`` from ``dashboard.jobs.steps``, where ``stepwise`` makes
steps of a function that reports its progress by a callback.)

- ``spec`` is small, frozen and hashable, and names the result together with the work: whoever
  asks for the same again gets it at once, until it makes room for newer ones.
- ``inputs`` builds the arguments of the work, which may be large; it is called in the script,
  and only if there is work to do. Without it the work is called with the spec.
- Results and states are made of numbers, strings, arrays, lists, tuples, dictionaries and
  dataclasses of this package, as ``dashboard.jobs.serialisation`` says; they travel as files,
  without pickle.
- ``key`` names the place on the page. A new spec under the same key ends the job before it: the
  newest wins. A session has one job at work at a time; those of its other keys wait in line.
- ``follow`` draws progress, place in the line, seconds and Cancel, redraws them by itself and
  runs the page again when the job has ended. Where something went wrong it draws the sentence
  and Try again. With ``draw`` it draws each state as well.
- Cancel, a newer spec, leaving the page or not asking for the key any more end a job within a
  second: it stops at its next step, and a worker that does not is ended. Closing the window does
  so after ten seconds, in which a lost connection may come back.
- ``Limits`` cap the seconds of running and the bytes of the result.
- ``patience`` is for work that mostly takes some 10 ms, and now and then seconds.

app.py calls ``tidy`` after each page.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Hashable
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.formatting import ordinal
from dashboard.jobs.scheduler import CANCELLED, Desk, Done, Ended, Request, Running
from dashboard.jobs.steps import Step, stepwise
from dashboard.jobs.worker import LIMITS, Limits, Work
from dashboard.model.views import Trouble
from dashboard.ui import state

__all__ = ["Done", "Limits", "Running", "Step", "Trouble", "follow", "run", "stepwise", "tidy"]

POLL = 0.25
PATIENCE = 0.12
"""Seconds that a page waits for a job that may be quick; the wait costs nobody else anything."""

_GLANCE = 0.005


@functools.cache
def desk() -> Desk:
    """Return the desk of this server."""
    return Desk()


def run(
    key: str,
    spec: Hashable,
    work: Work,
    inputs: Callable[[], tuple[Any, ...]] | None = None,
    *,
    limits: Limits = LIMITS,
    patience: float = 0.0,
) -> Running | Done | Trouble:
    """Return the result of the work if it is there; else see to it that it is on its way.

    With ``patience`` the page waits so many seconds for work that is mostly quick, so that a
    moved slider does not make a bar of progress flash up. It does not wait in a line.
    """
    state.note_job(key)
    request = Request(state.session(), key, spec, work, limits)
    until = time.monotonic() + patience
    while True:
        found = desk().ask(request, inputs or (lambda: (spec,)), _alive())
        if not (isinstance(found, Running) and found.position == 0 and time.monotonic() < until):
            break
        time.sleep(_GLANCE)
    return Trouble(found.sentence) if isinstance(found, Ended) else found


def follow(
    key: str,
    found: Running | Trouble,
    *,
    what: str = "Computing",
    draw: Callable[[Any], None] | None = None,
) -> None:
    """Draw how a job stands until it has ended, then run the page again.

    ``draw`` is called with each state that the work yields as ``shown``.
    """
    session = state.session()
    if isinstance(found, Trouble):
        with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_ended"):
            mark = ":material/cancel:" if found.sentence == CANCELLED else ":material/error:"
            st.markdown(f"{mark} {what}: {found.markdown}", width="content")
            again = "Start again" if found.sentence == CANCELLED else "Try again"
            st.button(again, key=f"{key}_again", on_click=desk().forget, args=(session, key))
        return

    @st.fragment(run_every=POLL)
    def poll() -> None:
        now = desk().look(session, key)
        if not isinstance(now, Running):
            state.rerun()
        _draw(key, session, what, now)
        if draw is not None and now.shown is not None:
            draw(now.shown)

    poll()


def tidy() -> None:
    """End the jobs that this run of the page has not asked for; called when it is complete."""
    desk().keep_only(state.session(), state.take_jobs())


def _draw(key: str, session: str, what: str, now: Running) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_progress"):
        if now.position:
            st.progress(0.0, f"{what}: {ordinal(now.position)} in line")
        else:
            about = f" · {now.note}" if now.note else ""
            shown = f"{what}: {100 * now.share:.0f} %{about} · {now.seconds:.0f} s"
            st.progress(now.share, shown)
        st.button("Cancel", key=f"{key}_cancel", on_click=desk().cancel, args=(session, key))


def _alive() -> Callable[[], bool]:
    """Return what says whether the window of this session is still open."""
    context = get_script_run_ctx()
    return functools.partial(_is_open, context.session_id) if context else lambda: True


def _is_open(name: str) -> bool:
    try:
        return bool(runtime.get_instance().is_active_session(name))
    except RuntimeError:  # there is no server whose windows could be closed
        return True
