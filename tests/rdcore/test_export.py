"""Exported quantisers: reading back, and running the file alone."""

from __future__ import annotations

import importlib.util
import io
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rdcore as rd
from rdcore.design.quantisers import Quantiser, ecsq, ecvq, hull, lloyd_max
from rdcore.export import from_json, from_npz, to_json, to_npz, to_python

QUANTISERS = {
    "line": lambda: ecsq(rd.sources.three_modes(), 0.3),
    "one codeword": lambda: lloyd_max(rd.sources.trimodal(), 1),
    "plane": lambda: ecvq(rd.sources.four_clusters(), 0.2, starts=1),
    "absolute": lambda: ecsq(
        rd.Problem(rd.sources.laplacian(), rd.EVERY, "absolute", [rd.average(1.0)]), 2.0
    ),
}


@pytest.fixture(params=QUANTISERS)
def quantiser(request: pytest.FixtureRequest) -> Quantiser:
    return QUANTISERS[request.param]()


def samples_of(quantiser: Quantiser, number: int = 2000) -> np.ndarray:
    draw = np.random.default_rng(5)
    source = quantiser.source
    atoms = source.atoms[draw.choice(source.n, number, p=source.pmf)]
    return atoms + 0.3 * draw.normal(size=atoms.shape)


def load(text: str, folder: Path) -> ModuleType:
    file = folder / "alone.py"
    file.write_text(text)
    spec = importlib.util.spec_from_file_location("alone", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_json_and_npz_round_trips(quantiser: Quantiser) -> None:
    for other in (from_json(to_json(quantiser)), from_npz(to_npz(quantiser))):
        assert (other.codebook == quantiser.codebook).all()
        assert (other.assignment == quantiser.assignment).all()
        assert (other.source.atoms == quantiser.source.atoms).all()
        # A source normalises its pmf, which may move the last digit.
        assert other.source.pmf == pytest.approx(quantiser.source.pmf, rel=1e-15)
        assert other.distortion == pytest.approx(quantiser.distortion, rel=1e-12)
        assert other.source.name == quantiser.source.name
        values = samples_of(quantiser)
        assert (other.encode(values) == quantiser.encode(values)).all()
    told = json.loads(to_json(quantiser))
    assert told["entropy_bits"] == quantiser.entropy_bits
    assert told["codeword_pmf"] == quantiser.pmf.tolist()


def test_the_file_agrees_with_the_quantiser(quantiser: Quantiser, tmp_path: Path) -> None:
    alone = load(to_python(quantiser), tmp_path)
    values = samples_of(quantiser)
    indices = quantiser.encode(values)
    assert (alone.encode(values) == indices).all()
    assert (alone.decode(indices) == quantiser.codebook[indices]).all()
    assert alone.compress(values) == rd.coding.compress(quantiser, values)
    assert (alone.decompress(rd.coding.compress(quantiser, values)) == alone.decode(indices)).all()


def test_the_file_runs_in_a_process_that_has_only_numpy(tmp_path: Path) -> None:
    """-I excludes the working tree, and None in sys.modules excludes installed packages."""
    quantiser = QUANTISERS["line"]()
    values = samples_of(quantiser)
    (tmp_path / "alone.py").write_text(to_python(quantiser))
    np.save(tmp_path / "samples.npy", values)
    for line in ("compress samples.npy out.rdq", "decompress out.rdq back.npy"):
        guard = (
            "import sys, runpy; sys.modules.update(dict.fromkeys("
            "['rdcore', 'constriction', 'scipy', 'pandas', 'sklearn']));"
            "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
        )
        subprocess.run(
            [sys.executable, "-I", "-W", "error", "-c", guard, "alone.py", *line.split()],
            cwd=tmp_path,
            check=True,
            timeout=60,
        )
    assert (np.load(tmp_path / "back.npy") == quantiser.codebook[quantiser.encode(values)]).all()
    blob = (tmp_path / "out.rdq").read_bytes()
    assert (rd.coding.decompress(blob) == np.load(tmp_path / "back.npy")).all()


def test_the_file_reads_time_sharing_and_detects_corruption(tmp_path: Path) -> None:
    source = rd.sources.three_modes()
    shared = hull(source, span=(0.5, 0.7)).at(0.6)
    alone = load(to_python(shared.quantisers[0]), tmp_path)
    values = samples_of(shared.quantisers[0], 300)
    blob = rd.coding.compress(shared, values)
    assert (alone.decompress(blob) == rd.coding.decompress(blob)).all()
    for place in range(len(blob)):
        wrong = bytearray(blob)
        wrong[place] ^= 0x40
        for bad in (bytes(wrong), blob[:place]):
            with pytest.raises(ValueError, match=r"\w"):
                alone.decompress(bad)


def test_a_long_sample_survives_a_round_trip(tmp_path: Path) -> None:
    quantiser = QUANTISERS["line"]()
    alone = load(to_python(quantiser), tmp_path)
    values = samples_of(quantiser, 100_000)
    blob = alone.compress(values)
    back = rd.coding.decompress(blob)
    assert (back == quantiser.codebook[quantiser.encode(values)]).all()
    assert (alone.decompress(blob) == back).all()


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_corrupt_files_are_refused_or_read(data: st.DataObject) -> None:
    quantiser = Quantiser(
        rd.sources.from_pmf([0.0, 1.0, 2.0], [0.5, 0.25, 0.25]), [0.0, 1.5], [0, 1, 1]
    )
    for written, read in ((to_json(quantiser).encode(), from_json), (to_npz(quantiser), from_npz)):
        wrong = bytearray(written)
        for _ in range(data.draw(st.integers(1, 4))):
            wrong[data.draw(st.integers(0, len(wrong) - 1))] = data.draw(st.integers(0, 255))
        try:
            found = read(bytes(wrong[: data.draw(st.integers(0, len(wrong)))]))
        except rd.InputError:
            continue
        assert isinstance(found, Quantiser)


def test_invalid_contents_are_refused() -> None:
    quantiser = QUANTISERS["line"]()
    fields = json.loads(to_json(quantiser))
    for key, value in (
        ("format", "else"),
        ("version", 2),
        ("distortion_measure", "taste"),
        ("distortion_measure", ["squared_error"]),
        ("atoms", []),
        ("atoms", {"a": 1}),
        ("pmf", [1.0]),
        ("codebook", [[1.0, 2.0]]),
        ("codebook", "text"),
        ("assignment", [0.5] * 100),
        ("assignment", [99] * 100),
    ):
        with pytest.raises(rd.InputError):
            from_json(json.dumps({**fields, key: value}))
    del fields["pmf"]
    for call in (
        lambda: from_json(json.dumps(fields)),
        lambda: from_json("[1, 2]"),
        lambda: from_json("{"),
        lambda: from_json("[" * 100_000),
        lambda: from_npz(b""),
        lambda: from_npz(b"PK\3\4 no"),
        lambda: to_json(
            Quantiser(
                quantiser.source,
                quantiser.codebook,
                quantiser.assignment,
                lambda x, y: np.abs(x - y),
            )
        ),
    ):
        with pytest.raises(rd.InputError):
            call()
    buffer = io.BytesIO()
    np.savez_compressed(buffer, atoms=np.zeros(40_000_000))
    with pytest.raises(rd.InputError, match="must unpack to at most"):
        from_npz(buffer.getvalue())
