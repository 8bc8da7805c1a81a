"""The timed problems."""

from __future__ import annotations

import numpy as np

import rdcore as rd


def bernoulli() -> rd.Problem:
    source = rd.sources.bernoulli(0.3)
    return rd.Problem(source, source.atoms, "hamming", [rd.average(0.1)])


def three_modes(*, every: bool = False, level: float | None = None, n: int = 64) -> rd.Problem:
    """Return D = 0.6 on three_modes; a level adds a joint constraint on the subset |x| < 1."""
    source = rd.sources.three_modes()
    fidelities = [rd.average(0.6)]
    if level is not None:
        fidelities.append(rd.subset(np.abs(source.atoms) < 1, level, "joint"))
    codebook = rd.EVERY if every else np.linspace(-8, 8, n)
    return rd.Problem(source, codebook, fidelities=fidelities)


def each_on_three_modes() -> rd.Problem:
    source = rd.sources.three_modes()
    near = rd.subset(np.abs(source.atoms) < 1, 0.3, "each")
    codebook = np.linspace(-8, 8, 64)
    return rd.Problem(source, codebook, fidelities=[rd.average(0.6), near])


def four_clusters(D: float, level: float, *, every: bool) -> rd.Problem:
    """Return D and a joint level on the disc |x| < 2, with 6 × 6 codewords or a free codebook."""
    source = rd.sources.four_clusters()
    middle = (source.atoms**2).sum(axis=1) < 4
    codebook = rd.EVERY if every else rd.sources.codebook("four_clusters")
    fidelities = [rd.average(D), rd.subset(middle, level, "joint")]
    return rd.Problem(source, codebook, fidelities=fidelities)


def scattered(n: int, dim: int, share: float) -> rd.Problem:
    """Return n equally likely atoms in space and a free codebook, at a share of their variance."""
    atoms = np.random.default_rng(0).normal(size=(n, dim))
    source = rd.sources.from_pmf(atoms, np.ones(n))
    variance = float(np.square(atoms - atoms.mean(axis=0)).sum() / n)
    return rd.Problem(source, rd.EVERY, fidelities=[rd.average(share * variance)])


def uniform(cells: int, D: float) -> rd.Problem:
    source = rd.sources.uniform_grid(cells, -8, 8)
    return rd.Problem(source, source.atoms, fidelities=[rd.average(D)])


def tails(D: float) -> rd.Problem:
    """Return a Gaussian up to eight standard deviations, where probabilities are 1e-14."""
    atoms = np.linspace(-8, 8, 100)
    source = rd.sources.from_pmf(atoms, np.exp(-(atoms**2) / 2))
    return rd.Problem(source, atoms, fidelities=[rd.average(D)])


def sized(n: int, m: int, subsets: int = 0) -> rd.Problem:
    """Return three Gaussians on n atoms with m codewords and subsets of neighbouring atoms."""
    means, widths, masses = [-5, -1, 2.5], [0.3, 0.6, 0.4], [1, 1, 1]
    source = rd.sources.mixture(means, widths, masses, atoms=np.linspace(-8, 8, n))
    loose = rd.solve(
        rd.Problem(source, np.linspace(-8, 8, m), fidelities=[rd.average(0.3)]), tol=1e-6
    )
    fidelities = [rd.average(0.3)]
    spent = np.einsum("xj,xj->x", loose.channel, loose.problem.matrices[0]) * source.pmf
    for part in np.array_split(np.arange(n), subsets) if subsets else ():
        mask = np.isin(np.arange(n), part)
        # Every second subset has a level below what it attains without a constraint.
        share = 0.7 if len(fidelities) % 2 else 1.5
        fidelities.append(rd.subset(mask, share * float(spent[part].sum()) + 1e-4, "joint"))
    return rd.Problem(source, np.linspace(-8, 8, m), fidelities=fidelities)


def samples(n: int, m: int) -> rd.Problem:
    """Return n samples of a mixture in the plane as atoms, with m candidates."""
    draw = np.random.default_rng(0)
    centres = np.array([[-2.0, 0.0], [1.5, 1.5], [1.0, -2.0]])
    points = centres[draw.integers(3, size=n)] + 0.5 * draw.normal(size=(n, 2))
    source = rd.Source(points, np.full(n, 1.0 / n), name="samples")
    side = points[draw.choice(n, m, replace=False)]
    return rd.Problem(source, side, fidelities=[rd.average(0.5)])
