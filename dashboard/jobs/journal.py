"""One line in the server log for each solve and job, and the counters behind it.

``RD_LOG=json`` writes each line as one JSON object; otherwise it is text, ``name=value``. Lines go
to the standard error stream. ``prometheus`` returns the counters in Prometheus' text format.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
import threading
import time
from collections import defaultdict

LOG = "RD_LOG"
_LOG = logging.getLogger("rdcore.dashboard")
_lock = threading.Lock()
_counts: dict[tuple[str, tuple[tuple[str, str], ...]], float] = defaultdict(float)
_gauges: dict[str, float] = {}
_HELP = {
    "rd_solves_total": "Solves by page and outcome.",
    "rd_jobs_total": "Jobs by kind and outcome.",
    "rd_job_seconds_total": "Seconds that jobs ran, by kind.",
    "rd_cache_hits_total": "Requests answered from the cache of results.",
    "rd_jobs_shared_total": "Requests that joined a job of another session.",
    "rd_jobs_again_total": "Jobs that went to this server when the cluster was lost.",
    "rd_jobs_refused_total": "Requests refused because too many jobs waited.",
    "rd_workers_lost_total": "Worker processes that ended or were killed.",
    "rd_healthy": "Whether the last look found workers and store in order.",
    "rd_cluster_workers": "Jobs that the cluster can run at once; 0 while it is away.",
    "rd_jobs_running": "Jobs that run now.",
    "rd_jobs_waiting": "Jobs that wait now.",
}
_LONGEST = 400


def begin() -> None:
    """Send the lines to the standard error stream; called once when the server starts."""
    if not _LOG.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        _LOG.addHandler(handler)
    _LOG.setLevel(logging.INFO)


def entry(event: str, **facts: object) -> None:
    """Write one line. Numbers are shortened, texts cut to 400 characters."""
    if not _LOG.isEnabledFor(logging.INFO):
        return
    shown = {name: _plain(value) for name, value in facts.items() if value is not None}
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    if os.environ.get(LOG, "").lower() == "json":
        _LOG.info(json.dumps({"time": stamp, "event": event, **shown}, ensure_ascii=False))
    else:
        _LOG.info(" ".join([stamp, event, *(f"{name}={_text(v)}" for name, v in shown.items())]))


def count(name: str, amount: float = 1.0, **labels: str) -> None:
    """Add to a counter."""
    with _lock:
        _counts[name, tuple(sorted(labels.items()))] += amount


def gauge(name: str, value: float) -> None:
    """Set a number that can fall."""
    with _lock:
        _gauges[name] = value


def short_id(session: str) -> str:
    """Return eight characters that name a session without giving access to it."""
    return hashlib.sha256(session.encode()).hexdigest()[:8]


def prometheus() -> str:
    """Return all counters in Prometheus' text format."""
    with _lock:
        counts, gauges = sorted(_counts.items()), sorted(_gauges.items())
    lines: list[str] = []
    told = ""
    for (name, labels), value in counts:
        if name != told:
            lines += [f"# HELP {name} {_HELP.get(name, name)}", f"# TYPE {name} counter"]
            told = name
        inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
        lines.append(f"{name}{{{inner}}} {value:g}" if inner else f"{name} {value:g}")
    for name, value in gauges:
        lines += [f"# HELP {name} {_HELP.get(name, name)}", f"# TYPE {name} gauge"]
        lines.append(f"{name} {value:g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _plain(value: object) -> str | int | float | bool:
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return float(f"{value:.6g}")
    text = str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _text(value: str | float) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if set(text) & set(' "=\n') or not text else text
