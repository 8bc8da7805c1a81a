"""The machine and the packages of a measurement."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("numpy", "scipy", "cvxpy", "clarabel", "scs", "dit")


def processor() -> str:
    """Return the name of the processor as the system reports it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [text.split(":", 1)[1].strip() for text in lines if text.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def packages() -> str:
    """Return the versions of the compared packages."""
    parts = []
    for name in _PACKAGES:
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            parts.append(f"{name} not installed")
    return ", ".join(parts)


def description() -> str:
    """Return machine, system, Python and packages in one line."""
    cores = os.cpu_count() or 1
    return (
        f"{processor()}, {cores} core{'s' if cores > 1 else ''}, {platform.system()}"
        f" {platform.machine()}; Python {platform.python_version()}; {packages()}"
    )
