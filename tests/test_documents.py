"""Every code block of the README and of the documentation runs, and states what it comes to.

The Python blocks of a page share one namespace and run in order, in an empty folder with the data
files of the documentation. An expression with a comment such as ``# 1.8688…``, ``# 12`` or
``# 'text'`` comes to that. What stands below a command of a console block is its output.
"""

from __future__ import annotations

import ast
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rdcore.command import main
from tests.test_readme import blocks

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    path
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
    if path.parent.name != "api"
    and any(name in ("python", "console") for name, _ in blocks(path.read_text(encoding="utf-8")))
)
_CUT = re.compile(r"^\(?(-?\d+\.\d+)…$")
_EXACT = re.compile(r"""^(-?\d+(\.\d+)?(e-?\d+)?|True|False|None|['"(\[].*['")\]])$""")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def statements(code: str, name: str) -> Iterator[tuple[ast.stmt, str]]:
    """Yield each statement with the comment at its end."""
    lines = code.splitlines()
    for node in ast.parse(code, name).body:
        rest = lines[(node.end_lineno or node.lineno) - 1].encode()[node.end_col_offset :].decode()
        yield node, rest.partition("#")[2].strip()


def execute(code: str, name: str, names: dict[str, Any]) -> int:
    """Run code, compare what it states with what it comes to, and return how often."""
    stated = 0
    for node, comment in statements(code, name):
        if not isinstance(node, ast.Expr):
            exec(compile(ast.Module([node], []), name, "exec"), names)
            continue
        kept = ast.Assign([ast.Name("_value", ast.Store())], node.value)
        exec(compile(ast.fix_missing_locations(ast.Module([kept], [])), name, "exec"), names)
        value = names["_value"]
        cut = _CUT.match(comment)
        if cut:
            assert str(float(value)).startswith(cut[1]), f"{ast.unparse(node)} is {value!r}"
        elif _EXACT.match(comment):
            assert comment in (repr(value), str(value)), f"{ast.unparse(node)} is {value!r}"
        stated += bool(cut or _EXACT.match(comment))
    return stated


def commands(block: str) -> Iterator[tuple[list[str], str]]:
    """Yield the words of each command of a console block, and the output below it."""
    for part in re.split(r"^\$ ", block.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        yield shlex.split(line), output.strip()


def same(found: str, stated: str) -> bool:
    """Return whether two outputs agree: the words exactly, the numbers to six digits."""
    words = [" ".join(_NUMBER.sub("#", text).split()) for text in (found, stated)]
    numbers = [[float(one) for one in _NUMBER.findall(text)] for text in (found, stated)]
    return words[0] == words[1] and numbers[0] == pytest.approx(numbers[1], rel=2e-6)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_blocks_of_a_page_run_and_come_to_what_they_state(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for data in (ROOT / "docs").rglob("*.csv"):
        shutil.copy(data, tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": page.stem}
    stated = 0
    for language, block in blocks(page.read_text(encoding="utf-8")):
        if language == "python":
            stated += execute(block, page.name, names)
        elif language == "console":
            for words, output in commands(block):
                assert words[:3] == ["python", "-m", "rdcore"], words
                capsys.readouterr()
                assert main(words[3:]) == 0
                found = capsys.readouterr().out
                assert same(found, output), f"{shlex.join(words)} printed:\n{found}"
                stated += 1
    assert stated, "the page states no result"


@pytest.mark.parametrize(
    "wrong", ["1 + 1  # 3", "1.5  # 1.6…", "'a'  # 'b'", "0.5 == 0.5  # False", "(1, 2)  # (1, 3)"]
)
def test_a_wrong_statement_is_noticed(wrong: str) -> None:
    with pytest.raises(AssertionError):
        execute(wrong, "page", {})


def test_outputs_agree_in_words_and_numbers() -> None:
    assert same("rate  2.0000001 bits\n", "rate 2 bits")
    assert not same("rate 2.1 bits", "rate 2 bits")
    assert not same("rate 2 bits", "rate 2 nats")
