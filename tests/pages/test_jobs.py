"""Jobs as a page uses them: asking, following, cancelling, trying again."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from dashboard.jobs.requests import CANCELLED
from tests.pages.app import PATIENCE, until


def page() -> None:
    import streamlit as st

    from dashboard.ui import jobs
    from tests.dashboard import chores

    to = int(st.number_input("to", value=10**6, key="to"))
    found = jobs.run("count", to, chores.count)
    jobs.show(
        "count",
        found,
        lambda done: st.metric("Counted", done),
        what="Counting",
        so_far=lambda shown: st.code(str(shown["k"][0])),
    )
    if st.toggle("more", key="more"):
        other = jobs.run("refuses", "use 1", chores.refuses)
        if not isinstance(other, jobs.Done):
            jobs.follow("refuses", other, what="Asking")
    jobs.tidy()


def said(app: AppTest) -> str:
    return " ".join(one.value for one in app.markdown).replace("\\", "")


def progress(app: AppTest) -> str:
    (bar,) = app.get("progress")
    return str(bar.proto.text)


def test_a_page_follows_its_job_and_shows_the_result() -> None:
    app = AppTest.from_function(page, default_timeout=PATIENCE).run()
    until(app, lambda: app.code)
    assert progress(app).startswith("Counting: ")
    assert " of 1000000 · " in progress(app)
    assert int(app.code[0].value) >= 0
    app.button(key="count_cancel").click().run()
    assert CANCELLED in said(app)
    assert not app.get("progress")
    app.run()
    assert CANCELLED in said(app)
    app.button(key="count_again").click().run()
    assert app.get("progress")
    app.number_input(key="to").set_value(5).run()
    until(app, lambda: app.metric)
    assert app.metric[0].value == "5"
    app.number_input(key="to").set_value(10**6 + 1).run()
    assert app.get("progress")
    app.number_input(key="to").set_value(5).run()
    assert app.metric[0].value == "5"


def quick() -> None:
    import streamlit as st

    from dashboard.ui import jobs
    from tests.dashboard import chores

    to = int(st.number_input("to", value=1, key="to"))
    found = jobs.run("quick", to, chores.count, patience=120.0 if to < 100 else 0.05)
    jobs.show("quick", found, lambda done: st.metric("Counted", done))
    jobs.tidy()


def test_a_page_waits_a_little_for_what_may_be_quick() -> None:
    app = AppTest.from_function(quick, default_timeout=PATIENCE).run()
    assert app.metric[0].value == "1"
    assert not app.get("progress")
    app.number_input(key="to").set_value(10**6).run()
    assert app.get("progress")
    app.button(key="quick_cancel").click().run()


def test_jobs_of_one_session_wait_for_each_other() -> None:
    app = AppTest.from_function(page, default_timeout=PATIENCE).run()
    app.toggle(key="more").set_value(True).run()
    assert "1st in the queue" in app.get("progress")[1].proto.text
    app.number_input(key="to").set_value(6).run()
    until(app, lambda: app.metric and not app.get("progress"))
    assert "Asking: use 1" in said(app)
    app.toggle(key="more").set_value(False).run()
    assert "Asking" not in said(app)


def test_sessions_do_not_see_each_other() -> None:
    one = AppTest.from_function(page, default_timeout=PATIENCE).run()
    until(one, lambda: one.code)
    two = AppTest.from_function(page, default_timeout=PATIENCE)
    two.run()
    assert "in the queue" in progress(two) or "%" in progress(two)
    one.button(key="count_cancel").click().run()
    assert CANCELLED in said(one)
    assert two.run().get("progress")
    two.button(key="count_cancel").click().run()
