"""Sources: the examples of Nasser (2025) against their formulas, builders, and bad input."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd


def bell(x: np.ndarray, mean: float, width: float) -> np.ndarray:
    return np.exp(-(((x - mean) / width) ** 2) / 2)


def plane(n: int, half: float) -> np.ndarray:
    side = np.linspace(-half, half, n)
    return np.array([(a, b) for a in side for b in side])


def expected(kind: str) -> tuple[np.ndarray, np.ndarray]:
    if kind == "gaussian":
        x = np.linspace(-3, 3, 50)
        return x, np.exp(-(x**2) / 2)
    if kind == "trimodal":
        x = np.linspace(-3, 3, 200)
        return x, 0.3 * bell(x, -2, 0.2) + 0.4 * bell(x, 0, 1) + 0.3 * bell(x, 2, 0.5)
    if kind == "three_modes":
        x = np.linspace(-8, 8, 100)
        modes = bell(x, -5, 0.3) + bell(x, -1, 0.6) + bell(x, 2.5, 0.4)
        return x, 0.25 * modes + 0.25 / 16
    if kind == "spike_and_background":
        x = np.linspace(-10, 10, 200)
        return x, 0.2 * bell(x, 0, 0.2) + 0.8 * (bell(x, -4, 3) + bell(x, 5, 4))
    if kind == "gaussian_2d":
        x = plane(25, 3)
        return x, np.exp(-(x**2).sum(axis=1) / 2)
    x = plane(40, 8)
    pull = [np.exp(-((x - [a, b]) ** 2).sum(axis=1) / 2) for a in (4, -4) for b in (4, -4)]
    return x, np.sum(pull, axis=0) + 0.1


NAMES = (
    "gaussian",
    "trimodal",
    "three_modes",
    "spike_and_background",
    "gaussian_2d",
    "four_clusters",
)
SIZES = dict(zip(NAMES, (8, 16, 64, 32, 16, 36), strict=True))


@pytest.mark.parametrize("kind", NAMES)
def test_named_sources(kind: str) -> None:
    source = getattr(rd.sources, kind)()
    atoms, weights = expected(kind)
    assert source.name == kind
    assert source.atoms == pytest.approx(atoms, abs=1e-12)
    assert source.pmf == pytest.approx(weights / weights.sum(), rel=1e-12)
    assert len(rd.sources.codebook(kind)) == SIZES[kind]


def test_moments_and_entropy() -> None:
    source = rd.sources.from_pmf([[0.0, 0.0], [2.0, 0.0], [0.0, 4.0]], [2, 1, 1])
    assert source.dim == 2
    assert source.mean == pytest.approx([0.5, 1.0])
    assert source.variance == pytest.approx(0.75 + 3.0)
    assert source.entropy_bits == pytest.approx(1.5)


def test_builders() -> None:
    assert rd.sources.bernoulli(0.3).pmf == pytest.approx([0.7, 0.3])
    assert rd.sources.uniform_grid(4, -8, 8).atoms == pytest.approx([-6, -2, 2, 6])
    laplace = rd.sources.laplacian(n=2001, scale=2.0, span=30.0)
    assert laplace.variance == pytest.approx(2 * 2.0**2, rel=1e-3)
    mix = rd.sources.mixture([-1, 3], [0.5, 0.1], [0.25, 0.75], atoms=np.linspace(-4, 4, 4001))
    assert mix.mean == pytest.approx([2.0], abs=1e-6)
    assert mix.pmf[mix.atoms > 2].sum() == pytest.approx(0.75, abs=1e-6)


def test_samples() -> None:
    draw = np.random.default_rng(0)
    samples = draw.normal(size=(5000, 2))
    source = rd.sources.from_samples(samples, bins=(10, 20))
    assert source.n <= 200
    assert source.mean == pytest.approx(samples.mean(axis=0), abs=1e-12)
    assert source.variance < samples.var(axis=0).sum()
    exact = rd.sources.from_samples(samples[:50])
    assert exact.n == 50
    assert rd.sources.from_samples([3.0, 3.0]).pmf == pytest.approx([1.0])
    assert rd.sources.from_samples([3.0, 3.0], bins=7).atoms == pytest.approx([3.0])


def test_weights_of_any_size_are_normalised() -> None:
    assert rd.sources.from_pmf([0, 1], [1e308, 1e308]).pmf == pytest.approx([0.5, 0.5])
    assert rd.sources.from_pmf([0, 1], [1e-300, 3e-300]).pmf == pytest.approx([0.25, 0.75])


@pytest.mark.parametrize("seed", range(30))
def test_what_was_normalised_stays_as_it_is(seed: int) -> None:
    draw = np.random.default_rng(seed)
    pmf = draw.dirichlet(np.full(int(draw.integers(1, 3000)), draw.choice([0.02, 1.0, 50.0])))
    once = rd.Source(np.arange(len(pmf)), pmf * (1 + draw.uniform(-5e-10, 5e-10))).pmf
    assert (rd.Source(np.arange(len(pmf)), once).pmf == once).all()


def test_a_source_cannot_be_changed() -> None:
    source = rd.sources.gaussian()
    with pytest.raises(ValueError, match="read-only"):
        source.pmf[0] = 1.0


def test_grids_of_codewords() -> None:
    assert rd.sources.grid_codebook(rd.sources.gaussian(), 3) == pytest.approx([-3, 0, 3])
    assert rd.sources.grid_codebook(rd.sources.four_clusters(), 36).shape == (36, 2)
    assert rd.sources.grid_codebook(rd.sources.four_clusters(), 35).shape == (25, 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rd.Source([0, 1], [0.5, 0.4]), r"pmf must sum to 1; got 0\.9"),
        (lambda: rd.Source([0, 1], [1.0]), r"pmf must have shape \(2,\), one per atom; got \(1,\)"),
        (lambda: rd.Source([0, np.nan], [0.5, 0.5]), "atoms must be finite; got 1 values"),
        (lambda: rd.sources.from_pmf([0, 1], [0, 0]), "pmf must have at least one weight above 0"),
        (lambda: rd.sources.from_pmf([0, 1], [2, -1]), "pmf must be finite and non-negative"),
        (lambda: rd.sources.from_pmf([], []), "pmf"),
        (lambda: rd.sources.bernoulli(1.5), r"p must be in \[0, 1\]; got 1\.5"),
        (lambda: rd.sources.uniform_grid(0), "n must be an integer of at least 1; got 0"),
        (lambda: rd.sources.uniform_grid(3, 2, 1), "low must be below high; got low=2, high=1"),
        (lambda: rd.sources.laplacian(scale=0), "scale must be a positive finite number; got 0"),
        (lambda: rd.sources.from_samples([1.0, 2.0], bins=0), "bins"),
        (lambda: rd.sources.from_samples(["a"]), "a must be an array of numbers"),
        (lambda: rd.sources.mixture([0], [0], [1]), "widths above 0"),
        (lambda: rd.sources.mixture([0, 1], [1, 1, 1], 1), r"widths has shape \(3,\)"),
        (lambda: rd.sources.mixture([[0, 1]], [1], 1), r"means has shape \(1, 2\)"),
        (lambda: rd.sources.mixture([], 1, 1), r"means has shape \(0,\)"),
        (lambda: rd.sources.mixture([0], [np.inf], [1]), "finite"),
        (lambda: rd.sources.mixture([0], [1], [np.nan]), "finite"),
        (lambda: rd.sources.codebook("nobody"), "name must be one of .* got 'nobody'"),
    ],
)
def test_bad_input(make, message: str) -> None:
    with pytest.raises(rd.InputError, match=message):
        make()
