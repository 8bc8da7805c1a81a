"""What the README tells people to run does run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STATED = re.compile(r"^(?P<code>[^#\n]+?)  # (?P<digits>\d+\.\d+)…$", re.MULTILINE)


def blocks(language: str) -> list[str]:
    return [code for name, code in FENCE.findall(README) if name == language]


def test_python_runs_and_comes_to_the_numbers_beside_it() -> None:
    stated = 0
    for code in blocks("python"):
        names: dict[str, Any] = {}
        exec(compile(code, "README.md", "exec"), names)
        for line in STATED.finditer(code):
            exec(f"shown = str({line['code']})", names)
            assert names["shown"].startswith(line["digits"]), line[0]
            stated += 1
        assert names["solution"].certificate.gap_bits < 1e-9 / 0.693
    assert stated


def test_every_target_of_make_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    told = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = {
        name for code in blocks("") for name in re.findall(r"^make ([a-z]+)", code, re.MULTILINE)
    }
    named |= set(re.findall(r"`make ([a-z]+)", told))
    assert {"run", "test"} <= named <= targets
