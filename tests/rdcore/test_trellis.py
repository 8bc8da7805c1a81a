"""Trellis codes: shortest paths, exact levels, files, and the distance from the bound."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import rdcore as rd
from rdcore.coding.trellis_files import BOOK, TRELLIS
from rdcore.design.trellis import Trellis
from rdcore.design.trellis.states import PARITY_CHECKS, VECTOR_PARITY_CHECKS
from rdcore.design.trellis.viterbi import cheapest
from tests.rdcore.trellis_problems import draw, gaussian, held

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def code() -> rd.TrellisCode:
    return rd.trellis(held(), 8)


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


def test_a_coin_in_pairs() -> None:
    """The fair coin at rate 1/2, where codewords of one symbol would need D = 0.25."""
    coin = rd.Problem(rd.sources.bernoulli(0.5), [0.0, 1.0], "hamming", [rd.average(0.14)])
    code = rd.trellis(coin, 8)
    tosses = draw(coin.source, 9001, 7)
    found = code.decompress(code.compress(tosses))
    assert len(found) == 9001
    assert (tosses != found).mean() <= 0.14
    assert code.rate_bits <= 0.51


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
