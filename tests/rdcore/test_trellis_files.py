"""Trellis codes of other problems, and their files: damage, forgery, another process."""

from __future__ import annotations

import contextlib
import hashlib
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import rdcore as rd
from rdcore.design.trellis import Trellis
from tests.rdcore.trellis_problems import draw, gaussian, held

pytestmark = pytest.mark.usefixtures("quick_trellises")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def code(quick_trellises: None) -> rd.TrellisCode:
    return rd.trellis(held(), 8)


@pytest.fixture(scope="module")
def small(code: rd.TrellisCode) -> bytes:
    return code.compress(draw(code.problem.source, 400, 5))


def test_a_code_is_determined_by_its_seed(code: rd.TrellisCode) -> None:
    samples = draw(code.problem.source, 400, 5)
    again = rd.trellis(held(), 8)
    assert again.compress(samples) == code.compress(samples)
    assert again.rate == code.rate


def test_samples_between_atoms_and_other_measures() -> None:
    source = gaussian()
    samples = np.random.default_rng(3).normal(size=9000)
    absolute = rd.trellis(rd.Problem(source, rd.EVERY, "absolute", [rd.average(0.4)]), 4)
    found = absolute.decompress(absolute.compress(samples))
    assert 0.38 <= np.abs(samples - found).mean() <= 0.4
    inside = source.atoms > 1
    fixed = rd.Problem(
        source,
        np.linspace(-3, 3, 40),
        fidelities=[rd.average(0.3), rd.subset(inside, 0.02, "joint")],
    )
    joint = rd.trellis(fixed, 4)
    found = joint.decompress(joint.compress(samples))
    assert set(found) <= set(fixed.codebook)
    assert np.mean((samples - found) ** 2) <= 0.3


def test_each_atom_of_a_subset() -> None:
    source = rd.sources.three_modes()
    inside = np.abs(source.atoms) < 0.5
    levels = [rd.average(0.6), rd.subset(inside, 0.3, "each")]
    code = rd.trellis(rd.Problem(source, rd.EVERY, fidelities=levels), 4)
    samples = draw(source, 20_000, 4)
    error = (samples - code.decompress(code.compress(samples))) ** 2
    assert error.mean() <= 0.6
    assert max(error[samples == x].mean() for x in source.atoms[inside]) <= 0.3


def test_vectors() -> None:
    plane = rd.sources.gaussian_2d()
    code = rd.trellis(rd.Problem(plane, rd.EVERY, fidelities=[rd.average(0.5)]), 4)
    samples = draw(plane, 6001, 6)
    found = code.decompress(code.compress(samples))
    assert found.shape == samples.shape
    assert ((samples - found) ** 2).sum(axis=1).mean() <= 0.5


def test_forbidden_pairs_are_never_used() -> None:
    """Erasures: a symbol may be reproduced as itself or as nothing."""
    values = np.array([[0.0, np.inf, 1.0], [np.inf, 0.0, 1.0]])
    task = rd.Problem(rd.sources.bernoulli(0.3), [0.0, 1.0, 2.0], values, [rd.average(0.4)])
    code = rd.trellis(task, 4)
    symbols = draw(task.source, 9000)
    found = code.decompress(code.compress(symbols))
    assert ((found == symbols) | (found == 2)).all()
    assert (found == 2).mean() <= 0.4


def test_rate_zero_and_refusals(code: rd.TrellisCode) -> None:
    source = gaussian()
    none = rd.trellis(rd.Problem(source, rd.EVERY, fidelities=[rd.average(2.0)]), 4)
    blob = none.compress(draw(source, 500))
    assert none.rate_bits == 0
    assert len(blob) < 160
    assert np.unique(rd.coding.decompress(blob)).size == 1
    assert repr(none) == "TrellisCode(4 states, 0 bits, 2 words)"
    # At the largest level that counts the samples need more than the constant.
    edge = rd.trellis(rd.Problem(source, rd.EVERY, fidelities=[rd.average(source.variance)]), 4)
    samples = 1.2 * draw(source, 500)
    assert ((samples - edge.decompress(edge.compress(samples))) ** 2).mean() <= source.variance
    for call, word in (
        (lambda: rd.trellis(held(), 6), "states"),
        (lambda: rd.trellis(source), "problem"),
        (lambda: rd.trellis(held(), 8, seed=-1), "seed"),
        (lambda: code.compress([np.inf]), "samples"),
        (lambda: code.compress(np.zeros((3, 2))), "samples"),
        (lambda: code.compress([900.0] * 50), "samples"),
        (lambda: rd.coding.compress(code, [0.0], coder="range"), "coder"),
        (lambda: Trellis(6, 2), "h0"),
    ):
        with pytest.raises(rd.InputError, match=word):
            call()


def test_another_process_decodes(small: bytes, tmp_path: Path) -> None:
    file = tmp_path / "small.rdq"
    file.write_bytes(small)
    program = (
        "import sys, pathlib, rdcore\n"
        "found = rdcore.coding.decompress(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "sys.stdout.write(found.tobytes().hex())"
    )
    command = [sys.executable, "-c", program, str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == rd.coding.decompress(small).tobytes().hex()


def test_every_flipped_byte_and_truncation_is_detected(small: bytes) -> None:
    for place in range(len(small)):
        for change in (0x01, 0x80, 0xFF):
            wrong = bytearray(small)
            wrong[place] ^= change
            with pytest.raises(rd.InputError, match="blob"):
                rd.coding.decompress(bytes(wrong))
        with pytest.raises(rd.InputError, match="blob"):
            rd.coding.decompress(small[:place])


def test_forgeries_are_refused_or_decoded(small: bytes) -> None:
    """Files with changed bytes and a matching checksum never crash."""
    generator = np.random.default_rng(0)
    for _ in range(1500):
        content = bytearray(small[:-16])
        for place in generator.integers(8, min(len(content), 160), generator.integers(1, 4)):
            content[place] = generator.integers(256)
        signed = bytes(content) + hashlib.blake2b(bytes(content), digest_size=16).digest()
        with contextlib.suppress(rd.InputError):
            assert len(rd.coding.decompress(signed, most=10_000)) <= 10_000


@pytest.mark.parametrize(
    ("place", "form", "number", "word"),
    [
        (8, "<H", 3, "version"),
        (10, "<B", 2, "two parts"),
        (20, "<H", 0xFFFF, "states"),
        (20, "<H", 6, "parity"),
        (24, "<I", 0, "sizes"),
        (28, "<Q", 2**60, "most"),
        (28, "<Q", 10**8, "sizes"),
        (36, "<B", 0, "sizes"),
        (37, "<B", 5, "sizes"),
        (38, "<H", 0, "sizes"),
    ],
)
def test_sizes_are_checked_first(
    small: bytes, place: int, form: str, number: int, word: str
) -> None:
    content = bytearray(small[:-16])
    struct.pack_into(form, content, place, number)
    signed = bytes(content) + hashlib.blake2b(bytes(content), digest_size=16).digest()
    with pytest.raises(rd.InputError, match=word):
        rd.coding.decompress(signed)
