"""How long test files take: the CPU of a run, the longest files of it, and those known from before.

``make test ARGS=--lengths=30`` prints the seconds of the thirty longest files, waiting included.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest

LENGTHS: dict[str, float] = {
    "container/test_rehearsal.py": 118,
    "browser/test_accessibility.py": 60,
    "browser/test_explore.py": 60,
    "browser/test_links.py": 60,
    "browser/test_dragging.py": 60,
    "pages/test_learned.py": 60,
    "browser/test_prices.py": 50,
    "rdcore/test_quantisers.py": 40,
    "test_wheel.py": 40,
    "browser/test_jobs.py": 35,
    "browser/test_own_data.py": 35,
    "browser/test_learned.py": 35,
    "rdcore/test_trellis.py": 35,
    "browser/test_share.py": 30,
    "browser/test_compressor.py": 30,
    "browser/test_replicas.py": 30,
    "rdcore/test_annealing.py": 30,
    "rdcore/test_export_trellis.py": 30,
    "rdcore/learned/test_energy.py": 30,
    "dashboard/test_scripts.py": 30,
    "test_documents.py": 30,
    "rdcore/learned/test_universal.py": 28,
    "pages/test_subsets.py": 25,
    "rdcore/test_pictures.py": 25,
    "rdcore/test_solvers.py": 24,
    "rdcore/learned/test_codec.py": 23,
    "pages/test_guide.py": 22,
    "browser/test_guide.py": 20,
    "pages/test_links.py": 20,
    "dashboard/test_cluster.py": 20,
    "dashboard/test_scheduler.py": 20,
    "rdcore/test_sensitivity.py": 18,
    "dashboard/test_experiments.py": 17,
    "rdcore/classification/test_rate.py": 16,
    "rdcore/test_continuous.py": 16,
    "browser/test_look.py": 15,
    "browser/test_subsets.py": 15,
    "browser/test_pictures.py": 15,
    "rdcore/test_certificates.py": 15,
    "pages/test_quantisers.py": 15,
    "dashboard/test_quantise.py": 15,
    "rdcore/test_annealing_single.py": 11,
    "rdcore/test_exchange.py": 11,
    "browser/test_classification.py": 10,
    "browser/test_wording.py": 10,
    "rdcore/tables/test_binary.py": 10,
    "pages/test_prices.py": 10,
    "pages/test_reproduce.py": 10,
    "dashboard/test_turns.py": 10,
    "rdcore/tables/test_text.py": 7,
}
"""Seconds of CPU of the longest files, children included, by which their order is settled.

They need not be exact: a file that is not named counts by its number of tests.
"""


class Lengths:
    """Adds up the durations of each file, and the CPU of all processes that run tests."""

    def __init__(self, shown: int) -> None:
        self.shown = shown
        self.files: Counter[str] = Counter()
        self.cpu = 0.0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.files[report.nodeid.partition("::")[0]] += report.duration

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        used = sum(os.times()[:4])
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["cpu"] = used
        self.cpu += used

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.cpu += getattr(node, "workeroutput", {}).get("cpu", 0.0)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name, seconds in self.files.most_common(self.shown):
            terminalreporter.write_line(f"{seconds:7.1f} s {name}")
        terminalreporter.write_line(f"{self.cpu:.0f} s of CPU")
