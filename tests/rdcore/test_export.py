"""Exported quantisers: reading back, and running the file alone."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import struct
import subprocess
import sys
from collections.abc import Callable
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
        assert (other.source.pmf == quantiser.source.pmf).all()
        assert other.distortion == quantiser.distortion
        assert to_json(other) == to_json(quantiser)
        assert to_npz(other) == to_npz(quantiser)
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


def refusal(call: Callable[[object], object], value: object) -> bool:
    try:
        call(value)
    except ValueError:
        return True
    return False


def test_the_file_alone_refuses_what_the_quantiser_refuses(
    quantiser: Quantiser, tmp_path: Path
) -> None:
    alone = load(to_python(quantiser), tmp_path)
    row = [0.5] * quantiser.source.dim
    for samples in (
        [row],
        [[*row, 0.5]],
        [row, row],
        row,
        [row * 2],
        [[row]],
        [],
        np.empty((0, 2)),
        0.5,
        [np.nan],
        [[np.inf, 0.0]],
        ["a"],
        [None],
        [object()],
        [10**400],
    ):
        refused = refusal(quantiser.encode, samples)
        for call in (alone.encode, alone.compress):
            assert refusal(call, samples) == refused
    for indices in ([], [0], [-1], [quantiser.m], [0.0], [True], [[0]], "a", 0, [2**70], None):
        refused = refusal(quantiser.decode, indices)
        assert refusal(alone.decode, indices) == refused
        if not refused:
            found, wanted = alone.decode(indices), quantiser.decode(indices)
            assert found.shape == wanted.shape
            assert (found == wanted).all()


def test_the_file_alone_breaks_ties_as_the_quantiser_does(tmp_path: Path) -> None:
    quantiser = QUANTISERS["plane"]()
    alone = load(to_python(quantiser), tmp_path)
    side = np.unique(quantiser.source.points[:, 0])
    middle = (side[1:] + side[:-1]) / 2
    for first, second in ((middle, middle), (side, middle), (middle, side)):
        samples = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
        assert (alone.encode(samples) == quantiser.encode(samples)).all()


def signed(content: bytes) -> bytes:
    return content + hashlib.blake2b(content, digest_size=16).digest()


def test_the_file_alone_refuses_forged_files(tmp_path: Path) -> None:
    """Whatever ``rdcore.coding`` refuses, though the check sum agrees."""
    quantiser = QUANTISERS["line"]()
    alone = load(to_python(quantiser), tmp_path)
    blob = rd.coding.compress(quantiser, samples_of(quantiser, 100))
    draw = np.random.default_rng(0)
    for _ in range(400):
        content = bytearray(blob[:-16])
        content[draw.integers(8, len(content))] = draw.integers(256)
        forged = signed(bytes(content))
        # It reads one coder of two.
        ours = refusal(rd.coding.decompress, forged) or forged[10] == 2
        assert refusal(alone.decompress, forged) == ours
    for wrong in ("text", None, b"", 7):
        assert refusal(alone.decompress, wrong)
    single = bytearray(rd.coding.compress(QUANTISERS["one codeword"](), [0.0])[:-16] + bytes(4))
    struct.pack_into("<I", single, 14, len(single) + 16)
    struct.pack_into("<I", single, 32, 1)
    for call in (rd.coding.decompress, alone.decompress):
        with pytest.raises(ValueError, match=r"single codeword|none are needed"):
            call(signed(bytes(single)))


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


def test_the_encoder_of_an_annealing_is_exported_as_a_quantiser() -> None:
    task = rd.Problem(rd.sources.three_modes(), rd.EVERY, fidelities=[rd.average(2.0)])
    found = rd.anneal(task, schedule=rd.schedules.Geometric(1, 1e-2, 3)).encoder
    assert found is not None
    back = rd.export.from_json(rd.export.to_json(found.quantiser))
    assert isinstance(back, rd.quantisers.Quantiser)
    assert back.entropy_bits == pytest.approx(found.entropy_bits)
    assert back.distortion == pytest.approx(found.distortions[0])
    for write in (rd.export.to_json, rd.export.to_npz, rd.export.to_python):
        with pytest.raises(rd.InputError, match=r"got Encoder.*\.quantiser"):
            write(found)  # type: ignore[arg-type]
    with pytest.raises(rd.InputError, match="got Encoder"):
        rd.coding.compress(found, [0.0])  # type: ignore[arg-type]
