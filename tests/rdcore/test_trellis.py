"""Trellis codes: shortest paths, exact levels, files, and the distance from the bound."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import rdcore as rd
from rdcore.coding.trellis_files import BOOK, TRELLIS
from rdcore.design.trellis import Trellis
from rdcore.design.trellis.states import PARITY_CHECKS, VECTOR_PARITY_CHECKS
from rdcore.design.trellis.viterbi import cheapest

ROOT = Path(__file__).parents[2]


def draw(source: rd.Source, number: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return source.atoms[generator.choice(source.n, number, p=source.pmf)]


def gaussian() -> rd.Source:
    atoms = np.linspace(-5, 5, 201)
    return rd.sources.from_pmf(atoms, np.exp(-(atoms**2) / 2))


def held() -> rd.Problem:
    """Return three_modes with an average and a conditional level, both of which bind."""
    source = rd.sources.three_modes()
    inside = np.abs(source.atoms) < 1
    levels = [rd.average(0.6), rd.subset(inside, 0.05, "conditional")]
    return rd.Problem(source, rd.EVERY, fidelities=levels)


@pytest.fixture(scope="module")
def code() -> rd.TrellisCode:
    return rd.trellis(held(), 8)


@pytest.fixture(scope="module")
def small(code: rd.TrellisCode) -> bytes:
    return code.compress(draw(code.problem.source, 400, 5))


@pytest.mark.parametrize("states", [4, 8])
@pytest.mark.parametrize("free", [False, True])
def test_the_path_is_the_cheapest_of_all(states: int, free: bool) -> None:
    """Brute force over all labels, with a branch that is forbidden and a short last step."""
    generator = np.random.default_rng(states)
    trellis = Trellis.of(states)
    costs = generator.random((4, 5)).astype(np.float32)
    costs[1, 2] = np.inf
    letters = generator.integers(0, 5, 17)
    found = cheapest(trellis, costs, letters, 2, free=free)
    for segment in (0, 1):
        mine, path = letters[segment::2], found[segment::2]
        best = np.inf
        for start in range(states if free else 1):
            for labels in itertools.product((0, 1), repeat=len(mine)):
                state, total = start, 0.0
                for label, letter in zip(labels, mine, strict=True):
                    total += costs[2 * (state & 1) + label, letter]
                    state = int(trellis.following[label, state])
                best = min(best, total)
        assert costs[path, mine].sum() == pytest.approx(best, rel=1e-6)
        state = 0
        for branch in path if not free else ():
            assert branch >> 1 == state & 1
            state = int(trellis.following[branch & 1, state])


def test_batches_do_not_change_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(0)
    costs = generator.random((4, 9)).astype(np.float32)
    letters = generator.integers(0, 9, 1003)
    whole = cheapest(Trellis.of(16), costs, letters, 10)
    monkeypatch.setattr("rdcore.design.trellis.viterbi._WIDTH", 16 * 3)
    assert (cheapest(Trellis.of(16), costs, letters, 10) == whole).all()


@pytest.mark.parametrize(
    ("checks", "weights", "distances"),
    [
        (PARITY_CHECKS, (1, 4, 1), [9, 10, 11, 12, 12, 14, 15, 18, 17, 20, 22]),
        (VECTOR_PARITY_CHECKS, (1, 2, 1), [5, 6, 7, 8, 9, 10, 11, 12, 14, 14, 16]),
    ],
    ids=["line", "vectors"],
)
def test_free_distances(
    checks: dict[int, tuple[int, int]], weights: tuple[float, ...], distances: list[float]
) -> None:
    """With 4 and 8 states those that Ungerboeck (1987) states, and of the convolutional codes."""
    assert [Trellis(*pair).free_distance(weights) for pair in checks.values()] == distances
    assert [Trellis(*pair).states for pair in checks.values()] == [4 << k for k in range(11)]


def test_levels_are_met_on_the_samples_and_tightly(code: rd.TrellisCode) -> None:
    samples = draw(code.problem.source, 60_000, 1)
    coding = code.encode(samples)
    found = rd.coding.decompress(code.compress(samples))
    error = (samples - found) ** 2
    reached = np.array([error.mean(), error[np.abs(samples) < 1].mean()])
    levels = code.problem.rows.levels
    assert (reached <= levels).all()
    assert (reached >= 0.997 * levels).all()
    assert reached == pytest.approx(coding.reached, rel=1e-9)
    assert coding.passes <= 10
    assert (code.distortions <= levels).all()


def test_the_rate_is_that_of_the_file(code: rd.TrellisCode) -> None:
    samples = draw(code.problem.source, 60_000, 1)
    blob = code.compress(samples)
    ideal = code.encode(samples).rate / np.log(2) * len(samples) / 8
    header = 20 + 16 + TRELLIS.size + 2 * BOOK.size + len(code.words) * 5 - 6
    assert 0 <= len(blob) - ideal <= header + 16
    assert 8 * len(blob) / len(samples) == pytest.approx(code.rate_bits, abs=0.05)
    assert rd.coding.compress(code, samples) == blob
    found, again = rd.coding.trial(code, samples)
    assert again == blob
    assert found.equal
    assert found.header_bytes == header
    assert found.ideal_bits == pytest.approx(8 * ideal / len(samples))


def test_a_code_is_determined_by_its_seed(code: rd.TrellisCode) -> None:
    samples = draw(code.problem.source, 1000, 2)
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


@pytest.mark.slow
def test_vectors() -> None:
    plane = rd.sources.gaussian_2d()
    code = rd.trellis(rd.Problem(plane, rd.EVERY, fidelities=[rd.average(0.5)]), 4)
    samples = draw(plane, 6001, 6)
    found = code.decompress(code.compress(samples))
    assert found.shape == samples.shape
    assert ((samples - found) ** 2).sum(axis=1).mean() <= 0.5


def test_a_coin_in_pairs() -> None:
    """The fair coin at rate 1/2, where codewords of one symbol would need D = 0.25."""
    coin = rd.Problem(rd.sources.bernoulli(0.5), [0.0, 1.0], "hamming", [rd.average(0.14)])
    code = rd.trellis(coin, 8)
    tosses = draw(coin.source, 9001, 7)
    found = code.decompress(code.compress(tosses))
    assert len(found) == 9001
    assert (tosses != found).mean() <= 0.14
    assert code.rate_bits <= 0.51


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


@pytest.mark.slow
def test_a_gaussian_at_one_bit_with_8_states() -> None:
    task = rd.Problem(gaussian(), rd.EVERY, fidelities=[rd.average(0.25)])
    code = rd.trellis(task, 8)
    samples = draw(task.source, 200_000, 8)
    blob = code.compress(samples)
    found = rd.coding.decompress(blob)
    reached = float(np.mean((samples - found) ** 2))
    assert reached <= 0.25
    bound = rd.solve(task.with_levels([reached])).certificate.lower / np.log(2)
    assert bound <= 8 * len(blob) / len(samples) <= bound + 0.1
