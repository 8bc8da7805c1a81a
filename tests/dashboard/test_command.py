"""The command line prints the numbers of the app."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import rdcore as rd
from dashboard.model.codebooks import CodebookSpec
from dashboard.model.presets import OWN
from dashboard.model.specs import Setting, SourceSpec
from dashboard.tasks.solve import timed
from dashboard.uploads import store
from rdcore.command import main
from rdcore.tables import Choice, Reading, propose

DRAW = np.random.default_rng(3)
FILES = {
    "samples": "temp [°C]\n" + "\n".join(f"{x:.1f}" for x in DRAW.normal(20, 2, 150)),
    "binned": "x\n" + "\n".join(f"{x:.6f}" for x in DRAW.normal(size=400)),
    "weighted": "x,count\n" + "\n".join(f"{x},{1 + x * x}" for x in range(-9, 10)),
    "in the plane": "x,y\n" + "\n".join(f"{x},{y}" for x, y in DRAW.integers(0, 5, (60, 2))),
    "continental": "x;n\n"
    + "\n".join(f"{x:.1f};3".replace(".", ",") for x in DRAW.normal(size=40)),
}


def asked(path: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main([str(path), *arguments, "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def source(name: str, text: str, reading: Reading, choice: Choice | None = None) -> SourceSpec:
    digest = store.put(name, text.encode())
    table = store.table(digest, reading)
    assert table is not None
    return SourceSpec(OWN, digest=digest, choice=choice or propose(table), reading=reading)


@pytest.mark.parametrize("kind", FILES)
def test_chosen_codewords(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text(FILES[kind], encoding="utf-8")
    spec = source("a.csv", FILES[kind], Reading())
    level = 0.4 * spec.source().variance
    setting = Setting(spec, CodebookSpec("grid", count=36))
    point = timed(setting.problem(level))
    found = asked(path, capsys, "--D", repr(level), "--codewords", "36")
    assert found["rate_bits"] == pytest.approx(point.rate_bits, abs=1e-9)
    (constraint,) = found["constraints"]  # type: ignore[misc]
    assert constraint["price_bits"] == pytest.approx(point.price_bits, rel=1e-6)
    assert constraint["unit"] == setting.unit


def test_the_free_codebook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text(FILES["samples"], encoding="utf-8")
    spec = source("a.csv", FILES["samples"], Reading())
    free = rd.solve(Setting(spec).problem(0.25).with_every())
    found = asked(path, capsys, "--distortion", "rms", "--D", "0.5")
    assert found["rate_bits"] == pytest.approx(free.rate_bits, abs=1e-8)


def test_how_the_file_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'x\n"1,250"\n"2,480"\n"3,100"\n"9,000"\n'
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    spec = source("a.csv", text, Reading(decimal=","))
    free = rd.solve(Setting(spec).problem(0.5).with_every())
    found = asked(path, capsys, "--decimal", ",", "--D", "0.5")
    assert found["rate_bits"] == pytest.approx(free.rate_bits, abs=1e-8)
