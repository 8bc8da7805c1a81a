"""What the README names exists; ``test_documents`` runs its code."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
_FENCE = re.compile(r"^```(?:\{code-cell\} )?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(text: str) -> list[tuple[str, str]]:
    """Return the language and the content of each code block or notebook cell of a document."""
    return _FENCE.findall(text)


def test_every_target_of_make_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    told = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    plain = [code for language, code in blocks(README) if not language]
    named = {name for code in plain for name in re.findall(r"^make ([a-z]+)", code, re.MULTILINE)}
    named |= set(re.findall(r"`make ([a-z]+)", told))
    assert {"run", "test"} <= named <= targets
