"""What the subcommands write, and the exit status of the process."""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

pytest.importorskip("jax")

from rdcore.learned import _screen
from rdcore.learned.training import Progress
from rdcore.learned.universal import commands

ROOT = Path(__file__).parents[3]
SHORT = ["--steps", "4", "--every", "2", "--hidden", "8", "--dimensions", "2", "--levels", "2"]


def training() -> Generator[Progress, None, str]:
    yield Progress(1, 2, {"mse": 0.5})
    yield Progress(2, 2, {"mse": 0.25})
    return "result"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_progress_is_for_a_terminal(
    monkeypatch: pytest.MonkeyPatch, kind: type[io.StringIO]
) -> None:
    screen = kind()
    monkeypatch.setattr(sys, "stderr", screen)
    found = _screen.watched(training(), lambda told: f"MSE {told.metrics['mse']}")
    assert found == "result"
    half = "#" * 15 + "." * 15
    whole = f"\r[{half}] 1/2  MSE 0.5 \r[{'#' * 30}] 2/2  MSE 0.25 \n"
    assert screen.getvalue() == (whole if kind is Terminal else "")


@pytest.mark.parametrize(
    ("words", "frozen"),
    [
        ([], (2, 4)),
        (["--classification", "0", "0.01", "0.02"], (2,)),
        (["--classification", "0", "0.01"], (1,)),
        (["--frozen-from", "0"], (0,)),
        (["--frozen-from"], ()),
    ],
)
def test_encoders_are_frozen_that_exist(words: list[str], frozen: tuple[int, ...]) -> None:
    parser = argparse.ArgumentParser()
    commands.add_arguments(parser)
    assert commands._frozen(parser.parse_args(words)) == frozen


def test_it_succeeds_and_prints_its_result_only_in_any_encoding() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rdcore.learned", "universal", *SHORT, "--classification", "0"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode("ascii").splitlines()
    assert len(lines) == 4
    assert "\\u03bb_c" in lines[0]
    assert [line.split()[0] for line in lines[1:3]] == ["end", "frozen"]
    assert lines[3].startswith("classifier on originals")
