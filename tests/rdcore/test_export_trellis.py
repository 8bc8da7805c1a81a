"""Exported trellis codes: reading back, and running the file alone."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import rdcore as rd
from rdcore.export import from_json, from_npz, to_json, to_npz, to_python

pytestmark = pytest.mark.usefixtures("quick_trellises")


def line() -> rd.Problem:
    source = rd.sources.three_modes()
    inside = np.abs(source.atoms) < 1
    levels = [rd.average(0.6), rd.subset(inside, 0.1, "conditional")]
    return rd.Problem(source, rd.EVERY, fidelities=levels)


def coin() -> rd.Problem:
    return rd.Problem(rd.sources.bernoulli(0.4), [0.0, 1.0], "hamming", [rd.average(0.15)])


@cache
def designed(problem: Callable[[], rd.Problem]) -> rd.TrellisCode:
    return rd.trellis(problem(), 4)


@pytest.fixture(scope="module", params=[line, coin])
def code(request: pytest.FixtureRequest, quick_trellises: None) -> rd.TrellisCode:
    return designed(request.param)


def samples_of(code: rd.TrellisCode, number: int = 4001) -> np.ndarray:
    source = code.problem.source
    return source.atoms[np.random.default_rng(5).choice(source.n, number, p=source.pmf)]


def load(text: str, folder: Path) -> ModuleType:
    file = folder / "alone.py"
    file.write_text(text)
    spec = importlib.util.spec_from_file_location("alone", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_json_and_npz_round_trips(code: rd.TrellisCode) -> None:
    samples = samples_of(code)
    blob = code.compress(samples)
    for other in (from_json(to_json(code)), from_npz(to_npz(code))):
        assert isinstance(other, rd.TrellisCode)
        assert other.rate_bits == code.rate_bits
        assert (other.distortions == code.distortions).all()
        assert other.compress(samples) == blob
        assert to_json(other) == to_json(code)
        assert to_npz(other) == to_npz(code)


def test_the_file_alone_codes_and_decodes(code: rd.TrellisCode, tmp_path: Path) -> None:
    alone = load(to_python(code), tmp_path)
    samples = samples_of(code)
    theirs = code.compress(samples)
    assert (alone.decompress(theirs) == code.decompress(theirs)).all()
    own = alone.compress(samples)
    found = rd.coding.decompress(own)
    assert (alone.decompress(own) == found).all()
    # At the prices of the design about the same is reached; at higher ones less distortion.
    assert len(own) == pytest.approx(len(theirs), rel=0.15)
    error = np.mean((samples - found) ** 2)
    finer = np.mean((samples - alone.decompress(alone.compress(samples, 3.0))) ** 2)
    assert finer <= error <= 1.15 * np.mean((samples - code.decompress(theirs)) ** 2)
    for wrong in (theirs[:-1], theirs[:50], b"", theirs[:40] + b"\0" + theirs[41:]):
        with pytest.raises(ValueError, match=r"file|checksum"):
            alone.decompress(wrong)


def test_the_command_line(tmp_path: Path) -> None:
    code = designed(line)
    place = tmp_path / "alone.py"
    place.write_text(to_python(code))
    np.save(tmp_path / "in.npy", samples_of(code, 500))
    for step in (["compress", "in.npy", "out.rdq"], ["decompress", "out.rdq", "back.npy"]):
        command = [sys.executable, "-I", str(place), *step]
        subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    back = np.load(tmp_path / "back.npy", allow_pickle=False)
    assert (back == rd.coding.decompress((tmp_path / "out.rdq").read_bytes())).all()


def test_damaged_fields_are_refused(code: rd.TrellisCode) -> None:
    good = json.loads(to_json(code))
    for key, value in (
        ("version", 2),
        ("parity_checks", [6, 2]),
        ("words", [[1.0]]),
        ("lengths", [-1.0]),
        ("branches", [0]),
        ("slopes", []),
        ("rate", -1.0),
        ("measures", ["most"]),
        ("distortion_measure", "cubic"),
        ("masks", [[True]]),
        ("levels", ["a"]),
    ):
        with pytest.raises(rd.InputError, match="text"):
            from_json(json.dumps({**good, key: value}))
    for key in good:
        if key != "format":
            fewer = {name: value for name, value in good.items() if name != key}
            with pytest.raises(rd.InputError, match="text"):
                from_json(json.dumps(fewer))


def test_unnamed_distortions_are_refused() -> None:
    values = np.array([[0.0, 1.0], [1.0, 0.0]])
    task = rd.Problem(rd.sources.bernoulli(0.4), [0.0, 1.0], values, [rd.average(0.15)])
    code = replace(designed(coin), problem=task)
    for write in (to_json, to_npz, to_python):
        with pytest.raises(rd.InputError, match="distortion"):
            write(code)
