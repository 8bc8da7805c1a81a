"""An operator's limits: each is documented, and a bad one is a sentence on the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import streamlit as st
import yaml
from streamlit.testing.v1 import AppTest

from dashboard.ui import jobs, startup

ROOT = Path(__file__).resolve().parents[2]


def test_every_variable_is_documented_and_can_be_set_for_the_container() -> None:
    code = "".join(path.read_text() for path in (ROOT / "dashboard").rglob("*.py"))
    named = set(re.findall(r"\bRD_[A-Z_]+", code))
    text = (ROOT / "docs/deploy.md").read_text()
    told = set(re.findall(r"^\| `(RD_[A-Z_]+)`", text, re.MULTILINE))
    assert named == told
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert set(services["app"]["environment"]) | {"RD_STORE"} == told
    assert set(services["replica"]["environment"]) == told


def test_a_bad_setting_is_said_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RD_QUEUE", "-3")
    for cached in (startup.settle_down, jobs.scheduler):
        cached.cache_clear()
    try:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
        (said,) = app.error
        assert "RD_QUEUE is '-3'; use a whole number from 1 to 1000000." in said.value.replace(
            "\\", ""
        )
        assert not app.exception
        assert not app.metric
    finally:
        for cached in (startup.settle_down, jobs.scheduler):
            cached.cache_clear()
        st.cache_data.clear()


def test_as_many_pages_are_drawn_at_once_as_the_operator_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RD_SCRIPTS", "2")
    for cached in (jobs.turnstile, jobs.scheduler):
        cached.cache_clear()
    try:
        assert jobs.turnstile().most == 2
    finally:
        for cached in (jobs.turnstile, jobs.scheduler):
            cached.cache_clear()
