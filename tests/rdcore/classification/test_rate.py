"""R(D, C): known values, independent programs, infeasible levels and certificates."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

import rdcore as rd
from rdcore import classification
from rdcore.classification import Pairs, labels
from tests.conftest import sampled

LN2 = float(np.log(2))


def grid_of_laws(steps: int) -> np.ndarray:
    u = np.linspace(0, 1, steps)
    return np.stack([u, 1 - u], axis=1)


def on_grid(task: classification.Task, words: np.ndarray, laws: list[np.ndarray]) -> rd.Problem:
    """Return the program on all pairs of given codewords and label distributions."""
    index = np.arange(len(words))
    rows = np.array(list(itertools.product(index, *(range(len(law)) for law in laws))))
    parts = tuple(law[rows[:, k + 1]] for k, law in enumerate(laws))
    own = None if task.problem.every else rows[:, 0]
    return task.on(Pairs(words[rows[:, 0]], own, parts))


@pytest.mark.parametrize(
    ("p", "e", "D", "C", "bits"),
    [
        (0.3, 0.1, 0.2, 0.7, 0.376501407385),
        (0.3, 0.1, 0.05, 0.8, 0.594893942115),
        (0.5, 0.1, 0.3, 0.6, 0.682043883768),
    ],
)
def test_binary_closed_forms(p: float, e: float, D: float, C: float, bits: float) -> None:
    coin = labels.binary_symmetric(p, e)
    found = classification.rate(
        coin.source, coin.posterior, D, C * LN2, "hamming", coin.source.atoms
    )
    assert found.status.converged
    assert found.certificate.lower_bits - 1e-12 <= bits <= found.certificate.upper_bits + 1e-12
    assert found.certificate.gap <= 1e-7
    assert found.uncertainties_bits[0] <= C + 1e-9
    assert found.distortions[0] <= D + 1e-12


@pytest.mark.parametrize("seed", range(6))
def test_a_fine_grid_of_pairs_agrees(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 6
    source = rd.sources.from_pmf(np.sort(rng.normal(size=n)), rng.dirichlet(np.ones(n)))
    right = rng.uniform(size=n)
    posterior = np.stack([right, 1 - right], axis=1)
    task = classification.task(source, posterior, 1.0, 1.0, "squared_error", source.atoms)
    D = float(rng.uniform(0.1, 0.9)) * source.variance
    C = task.least[0] + float(rng.uniform(0.1, 0.9)) * (task.most[0] - task.least[0])
    found = classification.rate(source, posterior, D, C, "squared_error", source.atoms)
    program = on_grid(found.task, source.points, [grid_of_laws(61)])
    other = rd.solve(program, solver=rd.solvers.Reference())
    assert found.certificate.gap <= 1e-7
    assert other.certificate.upper >= found.certificate.lower
    # A grid error of 1/120 costs at most its divergence at the price of the label.
    assert other.certificate.lower <= found.certificate.upper + 4e-3 * found.label_prices[0] + 1e-6


def test_a_free_codebook_is_at_least_as_good_as_a_fine_grid() -> None:
    source = rd.sources.from_pmf([0.0, 1.0, 2.5, 4.0], [0.3, 0.2, 0.3, 0.2])
    posterior = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.1, 0.9]])
    found = classification.rate(source, posterior, 0.4, 0.5)
    grid = np.linspace(0, 4, 33)
    task = classification.task(source, posterior, 0.4, 0.5, "squared_error", grid)
    other = rd.solve(on_grid(task, grid[:, None], [grid_of_laws(31)]), tol=1e-8)
    assert found.certificate.lower <= other.certificate.upper
    assert found.rate >= other.certificate.lower - 0.01
    assert "any label distribution" in found.certificate.scope


def test_two_labels_and_a_subset_fidelity_agree_with_a_grid() -> None:
    source = rd.sources.from_pmf([0.0, 1.0, 2.0, 3.0], [0.4, 0.3, 0.2, 0.1])
    first = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.1, 0.9]])
    second = np.array([[0.9, 0.1], [0.2, 0.8], [0.9, 0.1], [0.2, 0.8]])
    near = rd.subset(source.atoms > 1.5, 0.3, "conditional")
    found = classification.rate(
        source, [first, second], 0.8, [0.5, 0.55], "squared_error", source.atoms, fidelities=[near]
    )
    assert found.certificate.gap <= 1e-7
    assert found.distortions[1] <= 0.3 + 1e-9
    laws = [grid_of_laws(17), grid_of_laws(17)]
    other = rd.solve(on_grid(found.task, source.points, laws), tol=1e-8)
    assert found.certificate.lower <= other.certificate.upper
    assert other.certificate.lower <= found.certificate.upper + 0.02


def test_a_deterministic_label_has_its_known_rate() -> None:
    die = labels.parity(4)
    for C in (0.0, 0.2, 0.5):
        found = classification.rate(die.source, die.posterior, None, C)
        assert found.certificate.lower <= LN2 - C <= found.certificate.upper + 1e-12
        assert found.certificate.gap <= 1e-7


def test_three_labels_are_certified() -> None:
    source = rd.sources.gaussian_density(31, span=4.0)
    x = source.points[:, 0]
    logits = -3 * np.stack([(x + 1) ** 2, x**2, (x - 1.2) ** 2], axis=1)
    posterior = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found = classification.rate(
        source, posterior, 0.3, 0.7, "squared_error", source.atoms, tol=1e-5
    )
    assert found.status.converged
    assert found.label_prices[0] > 0.05
    assert found.prices[0] > 0.5


def test_prices_are_slopes() -> None:
    source = rd.sources.from_pmf([0.0, 1.0, 2.0, 3.0], [0.4, 0.3, 0.2, 0.1])
    posterior = np.array([[0.9, 0.1], [0.2, 0.8], [0.9, 0.1], [0.2, 0.8]])

    def at(D: float, C: float) -> classification.Classified:
        return classification.rate(source, posterior, D, C, "squared_error", source.atoms, tol=1e-9)

    here, h = at(0.3, 0.5), 1e-3
    by_D = (at(0.3 - h, 0.5).rate - at(0.3 + h, 0.5).rate) / (2 * h)
    by_C = (at(0.3, 0.5 - h).rate - at(0.3, 0.5 + h).rate) / (2 * h)
    assert here.prices[0] == pytest.approx(by_D, rel=1e-3)
    assert here.label_prices[0] == pytest.approx(by_C, rel=1e-3)
    assert here.prices[0] > 0.1
    assert here.label_prices[0] > 0.1


def test_the_minimum_uncertainty_is_in_the_message() -> None:
    coin = labels.binary_symmetric(0.3, 0.1)
    least = -(0.1 * np.log(0.1) + 0.9 * np.log(0.9))
    with pytest.raises(rd.InfeasibleError, match=r"C=0\.2 is below the minimum level 0\.325083"):
        classification.rate(coin.source, coin.posterior, 0.2, 0.2, "hamming", coin.source.atoms)
    with pytest.raises(rd.InfeasibleError) as error:
        classification.rate(coin.source, coin.posterior, 0.2, 0.2, "hamming", coin.source.atoms)
    assert error.value.smallest == pytest.approx((0.0, least))
    assert error.value.nearest == pytest.approx((0.2, least))
    again = classification.rate(
        coin.source, coin.posterior, *error.value.nearest, "hamming", coin.source.atoms
    )
    assert np.isfinite(again.rate)


def test_a_slack_level_costs_nothing() -> None:
    coin = labels.binary_symmetric(0.3, 0.1)
    free = classification.rate(coin.source, coin.posterior, 0.3, 0.7, "hamming", [0.0, 1.0])
    assert free.rate == pytest.approx(0, abs=1e-9)
    alone = rd.Problem(coin.source, coin.source.atoms, "hamming", [rd.average(0.1)])
    slack = classification.rate(coin.source, coin.posterior, 0.1, 0.69, "hamming", [0.0, 1.0])
    assert slack.rate == pytest.approx(rd.solve(alone).rate, abs=1e-7)
    assert slack.label_prices[0] == 0


def test_insufficient_pairs_are_not_certified() -> None:
    source = labels.thresholded(rd.sources.gaussian_density(41, span=4.0), 3.0)
    found = classification.rate(
        source.source, source.posterior, 0.5, 0.5, "squared_error", source.source.atoms
    )
    coarse = np.round(found.pairs.laws[0][:, :1], 1)
    few = Pairs(found.pairs.codewords, found.pairs.index, (np.hstack([coarse, 1 - coarse]),))
    worse = rd.solve(found.task.on(few), tol=1e-9)
    proof = replace(worse, among=found.solution.among).certificate
    assert proof.lower <= found.certificate.upper
    assert proof.gap > 100 * found.certificate.gap


def test_the_gaussian_is_approached_as_cells_shrink() -> None:
    exact, errors = 0.869588, []
    for n in (50, 100, 200, 400):
        both = labels.jointly_gaussian(0.9, n, n // 2)
        task = classification.task(
            both.source,
            both.posterior,
            0.9,
            1.0 - np.log(both.label_cell),
            "squared_error",
            np.linspace(-3, 3, 40),
        )
        errors.append(abs(classification.on_alphabet(task, tol=1e-7).upper_bits - exact))
    assert errors[0] > 2 * errors[1] > 4 * errors[2]
    assert errors[3] < 1e-3
    by_distortion = classification.rate(
        both.source, both.posterior, 0.2, 1.3 - np.log(both.label_cell)
    )
    assert by_distortion.rate_bits == pytest.approx(1.160964, abs=1e-3)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.function is test_random_sources_and_labels_are_certified:
        metafunc.parametrize("seed", sampled(metafunc.config, list(range(40)), 14))


def test_random_sources_and_labels_are_certified(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, labels_, d = int(rng.integers(2, 40)), int(rng.integers(2, 4)), 1 + (rng.random() < 0.2)
    points = rng.normal(size=(n, d)) if d > 1 else np.sort(rng.normal(size=n))
    source = rd.sources.from_pmf(points, rng.dirichlet(np.ones(n) * rng.choice([0.3, 1, 3])))
    posterior = rng.dirichlet(np.ones(labels_) * rng.choice([0.1, 0.5, 2]), n)
    words = rd.EVERY if rng.random() < 0.4 and d == 1 else source.atoms
    task = classification.task(source, posterior, 1.0, 1.0, "squared_error", words)
    D = float(rng.uniform(0.02, 1)) * source.variance
    share = float(rng.choice([0.02, 0.3, 0.6, 0.95]))
    C = task.least[0] + share * (task.most[0] - task.least[0])
    found = classification.rate(source, posterior, D, C, "squared_error", words, tol=1e-6)
    assert found.status.converged
    assert found.certificate.gap <= 1e-6
    assert found.distortions[0] <= D * (1 + 1e-9)
    assert found.uncertainties[0] <= C + 1e-9


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"posterior": [[1, 0]]}, r"posterior must have shape .* got \(1, 2\)"),
        ({"posterior": [[0.7, 0.7], [0.5, 0.5]]}, "sum to 1"),
        ({"C": -0.1}, "C must be at least 0 nats; got -0.1"),
        ({"C": [0.1, 0.2]}, "C must have one level per label, 1 for 2 atoms; got 2"),
        ({"D": -1.0}, "D must be at least 0; got -1"),
    ],
)
def test_bad_input_is_named(changed: dict[str, object], match: str) -> None:
    coin = rd.sources.bernoulli(0.3)
    given = {"posterior": [[0.9, 0.1], [0.1, 0.9]], "D": 0.1, "C": 0.5} | changed
    with pytest.raises(rd.InputError, match=match):
        classification.rate(coin, given["posterior"], given["D"], given["C"])  # type: ignore[arg-type]


def test_fewer_rivals_are_bounded_from_higher_up() -> None:
    four = labels.parity(4)
    found = classification.rate(
        four.source, four.posterior, 0.6, 0.25 * LN2, "squared_error", four.source.atoms
    )
    own, every = found.among_pairs, found.certificate
    assert own.upper == every.upper
    assert every.lower <= own.lower <= own.upper
    # Among its own pairs the rate is that of a program with a fixed codebook.
    program = found.task.on(found.pairs)
    assert own.lower <= rd.solve(program, tol=1e-10).rate <= own.upper + 1e-10


@pytest.mark.parametrize("D", [None, 0.05])
def test_the_least_uncertainty_of_a_noisy_label(D: float | None) -> None:
    """At C = H(S|X) atoms with different posteriors must be told apart, and no others."""
    source = rd.sources.from_pmf(np.linspace(-2, 2, 20), np.exp(-(np.linspace(-2, 2, 20) ** 2) / 2))
    one = 1 / (1 + np.exp(-3 * source.atoms))
    posterior = np.column_stack([1 - one, one])
    least = -float(source.pmf @ (posterior * np.log(posterior)).sum(axis=1))
    found = rd.classification.rate(source, posterior, D, least)
    assert found.status.converged
    assert found.certificate.gap <= 1e-7
    assert found.rate == pytest.approx(-float(source.pmf @ np.log(source.pmf)), abs=2e-7)


def test_the_least_uncertainty_of_a_noisy_bit() -> None:
    source = rd.sources.from_pmf([0.0, 1.0, 2.0], [0.25, 0.25, 0.5])
    posterior = [[0.9, 0.1], [0.9, 0.1], [0.1, 0.9]]
    least = -(0.9 * np.log(0.9) + 0.1 * np.log(0.1))
    found = rd.classification.rate(source, posterior, None, least, "hamming", source.atoms)
    assert found.status.converged
    assert found.rate_bits == pytest.approx(1.0, abs=1e-7)
