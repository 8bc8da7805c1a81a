"""A run of the script keeps its page, whatever another run of the session does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.state import SafeSessionState, SessionState
from streamlit.source_util import PageInfo

from dashboard.ui.startup import ready

PAGES: dict[str, PageInfo] = {
    name: {"page_script_hash": name, "url_pathname": name, "script_path": f"{name}.py"}
    for name in ("explore", "reproduce")
}


def test_a_stopped_run_that_starts_again_does_not_change_the_page_of_the_next() -> None:
    ready()
    manager = PagesManager("app.py", ScriptCache())
    with ThreadPoolExecutor(1) as stopped, ThreadPoolExecutor(1) as clicked:

        def begin(run: ThreadPoolExecutor, page: str) -> None:
            run.submit(manager.set_script_intent, page, "").result()
            run.submit(manager.set_current_page_script_hash, page).result()

        begin(stopped, "reproduce")
        begin(clicked, "explore")
        begin(stopped, "reproduce")
        shown = clicked.submit(manager.set_pages_and_resolve, dict(PAGES)).result()
        now = clicked.submit(lambda: manager.current_page_script_hash).result()
    assert shown == PAGES["explore"]
    assert now == "explore"


def test_a_run_begins_with_the_page_that_the_one_before_it_ended_with() -> None:
    ready()
    manager = PagesManager("app.py", ScriptCache())
    with ThreadPoolExecutor(1) as before, ThreadPoolExecutor(1) as after:
        before.submit(manager.set_current_page_script_hash, "explore").result()
        assert after.submit(lambda: manager.current_page_script_hash).result() == "explore"
        before.submit(manager.set_script_intent, "", "reproduce").result()
        shown = before.submit(manager.set_pages_and_resolve, dict(PAGES)).result()
    assert shown == PAGES["reproduce"]


def test_two_runs_of_a_session_do_not_change_its_state_at_the_same_time() -> None:
    ready()
    shared = SessionState()
    one, two = (SafeSessionState(shared, lambda: None) for _ in range(2))
    with ThreadPoolExecutor(1) as other, one.query_params() as parameters:
        parameters.update({"D": "0.5"})
        late = other.submit(two.__setitem__, "key", 1)
        # Without the lock it would be set by the time that another thread has had a turn.
        assert not wait([late], timeout=0.2).done
        parameters.update({"source": "coin"})
        assert parameters.to_dict() == {"D": "0.5", "source": "coin"}
    assert late.result() is None
    assert one["key"] == 1
    assert SafeSessionState(SessionState(), lambda: None)._lock is not one._lock
