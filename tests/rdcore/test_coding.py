"""Coded files: round trips, sizes, golden files, another process, and corrupt files."""

from __future__ import annotations

import contextlib
import hashlib
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rdcore as rd
from rdcore.coding import compress, decompress, frequencies, trial, unpack
from rdcore.design.quantisers import Quantiser, ecsq, ecvq, hull, lloyd_max

CODERS = ("ans", "range")


def draw(source: rd.Source, number: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return source.atoms[generator.choice(source.n, number, p=source.pmf)]


def signed(content: bytes) -> bytes:
    """Return content with its checksum."""
    return content + hashlib.blake2b(content, digest_size=16).digest()


@pytest.fixture(scope="module")
def small() -> bytes:
    source = rd.sources.three_modes()
    return compress(ecsq(source, 0.3), draw(source, 200))


@pytest.mark.parametrize("coder", CODERS)
@pytest.mark.parametrize(
    ("source", "slope"),
    [
        (rd.sources.three_modes(), 0.3),
        (rd.sources.gaussian(), 30.0),
        (rd.sources.three_modes(), 9.0),
    ],
    ids=["4 codewords", "18 codewords", "16 codewords"],
)
def test_a_million_symbols(source: rd.Source, slope: float, coder: str) -> None:
    q = ecsq(source, slope)
    samples = draw(source, 1_000_000)
    found, blob = trial(q, samples, coder=coder)
    indices = q.encode(samples)
    wanted = found.ideal_bits * found.symbols / 8
    assert found.equal
    assert found.symbols == 1_000_000
    assert found.size_bytes == len(blob) <= 1.001 * wanted + 64
    assert (decompress(blob) == q.codebook[indices]).all()
    # The mean of -log P over the samples deviates from H(Y) at random.
    spread = np.sqrt(q.pmf @ (np.log2(q.pmf) + q.entropy_bits) ** 2 / found.symbols)
    assert found.ideal_bits == pytest.approx(q.entropy_bits, abs=5 * spread + 1e-6)
    assert len(blob) <= 1.001 * found.symbols * (q.entropy_bits + 5 * spread) / 8 + 64


def test_vectors_time_sharing_and_one_codeword() -> None:
    plane = rd.sources.four_clusters()
    q = ecvq(plane, 0.2, starts=1)
    samples = draw(plane, 5000)
    assert (decompress(compress(q, samples)) == q.codebook[q.encode(samples)]).all()
    line = rd.sources.three_modes()
    shared = hull(line, span=(0.5, 0.7)).at(0.6)
    samples = draw(line, 200_000)
    found, blob = trial(shared, samples)
    assert found.equal
    assert found.bits_per_symbol == pytest.approx(shared.rate_bits, rel=0.01)
    assert [len(i) for i in unpack(blob).indices] == pytest.approx(2e5 * shared.shares, abs=1)
    assert np.mean((samples - decompress(blob)) ** 2) == pytest.approx(0.6, rel=0.02)
    single = lloyd_max(line, 1)
    blob = compress(single, samples)
    assert len(blob) < 80
    assert (decompress(blob) == single.codebook[0]).all()


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 300), st.integers(0, 400), st.integers(0, 2**32 - 1), st.sampled_from(CODERS))
def test_any_stream_survives_a_round_trip(m: int, number: int, seed: int, coder: str) -> None:
    generator = np.random.default_rng(seed)
    pmf = generator.dirichlet(np.full(m, generator.choice([0.01, 1.0])))
    source = rd.sources.from_pmf(np.arange(float(m)), pmf)
    q = Quantiser(source, generator.normal(size=m), np.arange(m))
    samples = generator.integers(0, m, number + 1).astype(float)
    assert (unpack(compress(q, samples, coder=coder)).indices[0] == samples).all()


@pytest.mark.parametrize("m", [1, 2, 3, 7, 1000])
def test_frequencies_are_integers_close_to_the_pmf(m: int) -> None:
    pmf = np.random.default_rng(m).dirichlet(np.ones(m))
    pmf[0] = 0.0 if m > 1 else 1.0
    pmf /= pmf.sum()
    counts = frequencies(pmf)
    assert counts.min() >= 1
    assert counts.sum() == 2**24
    assert np.abs(counts - 2**24 * pmf).max() <= 2 + m / 2
    used = pmf > 0
    assert pmf[used] @ np.log2(2**24 * pmf[used] / counts[used]) < 1e-5 * m


@pytest.mark.parametrize(
    "pmf",
    [
        np.array([1e308, 1e308]),
        np.array([5e-324, 5e-324, 1e-323]),
        np.eye(1, 65_536)[0],
        np.append(np.full(32_768, 1e-300), np.ones(32_768)),
        np.append(np.full(65_533, 1e-9), [1.0, 2.0, 1e308]),
        np.geomspace(1e-300, 1e300, 65_536),
    ],
    ids=["huge", "tiny", "one", "half", "three", "geometric"],
)
def test_frequencies_of_extreme_laws(pmf: np.ndarray) -> None:
    """They add up, and what they cost beyond the entropy is what the floor costs."""
    counts = frequencies(pmf)
    assert counts.min() >= 1
    assert counts.sum() == 2**24
    share = pmf / pmf.max() / (pmf / pmf.max()).sum()
    used = share > 0
    # Nothing can do better than to give the likely ones what the others leave, 1 each.
    assert share[used] @ np.log2(2**24 * share[used] / counts[used]) < 1.5 * len(pmf) / 2**24


def test_the_format_stays_what_it_is() -> None:
    """A file written by this version of the format; what wrote it must go on reading it."""
    source = rd.sources.from_pmf([0.0, 1.0, 2.0], [0.5, 0.25, 0.25])
    q = Quantiser(source, [0.0, 1.5, 2.5], [0, 1, 2])
    samples = [0, 1, 2, 0, 0, 2, 1, 0, 0, 0, 1, 2, 2, 0, 1, 0]
    for coder, written in GOLDEN.items():
        assert compress(q, samples, coder=coder).hex() == written
        assert decompress(bytes.fromhex(written)).tolist() == [q.codebook[i] for i in samples]


GOLDEN = {
    "ans": (
        "895244510d0a1a0a0100010100005a00000000000300000010000000000000000200000000000000"
        "00000000000000000000f83f0000000000000440ffff7fffff3f0000004fe1130000ab67e4124945"
        "88365cf474084febc476"
    ),
    "range": (
        "895244510d0a1a0a0100020100005600000000000300000010000000000000000100000000000000"
        "00000000000000000000f83f0000000000000440ffff7fffff3f00f4c2592443c1f17e3fcb9bf414"
        "c4f96fb334e9"
    ),
}


def test_another_process_decodes(small: bytes, tmp_path: Path) -> None:
    file = tmp_path / "small.rdq"
    file.write_bytes(small)
    program = (
        "import sys, pathlib, rdcore\n"
        "found = rdcore.coding.decompress(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "sys.stdout.write(found.tobytes().hex())"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == decompress(small).tobytes().hex()


def test_every_flipped_byte_is_detected(small: bytes) -> None:
    for place in range(len(small)):
        for change in (0x01, 0x80, 0xFF):
            wrong = bytearray(small)
            wrong[place] ^= change
            with pytest.raises(rd.InputError, match="blob"):
                decompress(bytes(wrong))


def test_every_truncation_and_extension_is_detected(small: bytes) -> None:
    for length in range(len(small)):
        with pytest.raises(rd.InputError, match="blob"):
            decompress(small[:length])
    for more in (b"\0", b"\0" * 16, small):
        with pytest.raises(rd.InputError, match="blob"):
            decompress(small + more)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300))
def test_other_formats_are_refused(blob: bytes) -> None:
    with pytest.raises(rd.InputError, match="blob"):
        decompress(blob)


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_forgeries_never_crash(small: bytes, data: st.DataObject) -> None:
    """Files with changed bytes and a matching checksum are rejected or decoded."""
    content = bytearray(small[:-16])
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(rd.InputError):
        assert len(decompress(signed(bytes(content)), most=10_000)) <= 10_000


@pytest.mark.parametrize(
    ("place", "form", "number", "word"),
    [
        (8, "<H", 2, "version"),
        (10, "<B", 7, "coder"),
        (11, "<B", 0, "parts"),
        (11, "<B", 200, "parts"),
        (12, "<H", 60000, "sizes"),
        (20, "<I", 2**32 - 1, "sizes"),
        (20, "<I", 0, "sizes"),
        (24, "<Q", 2**63, "most"),
        (24, "<Q", 100_000_000, "too short"),
        (32, "<I", 2**32 - 1, "sizes"),
        (36, "<d", np.nan, "finite"),
    ],
)
def test_sizes_are_checked_before_anything_is_allocated(
    small: bytes, place: int, form: str, number: float, word: str
) -> None:
    content = bytearray(small[:-16])
    struct.pack_into(form, content, place, number)
    with pytest.raises(rd.InputError, match=word):
        decompress(signed(bytes(content)))


def test_bad_arguments_are_named(small: bytes) -> None:
    q = lloyd_max(rd.sources.three_modes(), 3)
    for call, word in (
        (lambda: compress(q, [np.inf]), "samples"),
        (lambda: compress(q, []), "samples"),
        (lambda: compress(q, [0.0], coder="zip"), "coder"),
        (lambda: decompress("text"), "blob"),
        (lambda: decompress(small, most=10), "most"),
        (lambda: frequencies([0.0, 0.0]), "pmf"),
        (lambda: frequencies([[0.5, 0.5]]), "pmf"),
        (lambda: frequencies([0.5, -0.5]), "pmf"),
    ):
        with pytest.raises(rd.InputError, match=word):
            call()
