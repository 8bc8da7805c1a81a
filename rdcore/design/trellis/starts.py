"""The words with which the descent of a trellis code begins."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from rdcore._arrays import Array
from rdcore.design.trellis.states import Numbers
from rdcore.design.trellis.words import Words, in_order
from rdcore.problem import Problem
from rdcore.solvers import Solution

_STEPS = (0.8, 1.1, 1.5)
_OFFSETS = (0.0, 0.25, 0.5, 0.75)
_JITTERS = (0.2, 0.4, 0.7, 1.0)
_DRAWS = 5
_MOST_POINTS = 1200
# Words of blocks that are tried all.
MOST_WORDS = 64
# The branches of neighbours on a line, and of the points of a square.
_LINE = np.array([0, 2, 1, 3])
_SQUARE = np.array([[0, 2], [3, 1]])


def starts(problem: Problem, solution: Solution, length: int, seed: int) -> Iterator[Words]:
    """Yield words of ``length`` codewords to begin with."""
    draw = np.random.default_rng(seed)
    if length > 1 or (not problem.every and problem.m <= MOST_WORDS // 4):
        yield from _of_blocks(problem, solution, length, draw)
        return
    if problem.source.dim <= 2:
        for factor, offset in product(_STEPS, _OFFSETS):
            found = _grid(problem, _spacing(problem, solution) * factor, offset)
            if found is not None:
                yield found
    for scale in _JITTERS:
        for _ in range(_DRAWS):
            yield _jittered(problem, solution, scale, draw)


def _spacing(problem: Problem, solution: Solution) -> float:
    """Return the distance of codewords in the union of both books."""
    dim = problem.source.dim
    error = np.sqrt(max(_mean_error(solution), 1e-12 * problem.source.variance) / dim)
    return float(np.sqrt(12) * error / 2)


def _mean_error(solution: Solution) -> float:
    """Return E|X - Y|² of a solution."""
    points, codewords = solution.problem.source.points, solution.problem.codewords
    total = 0.0
    for axis in range(points.shape[1]):
        apart = (points[:, None, axis] - codewords[None, :, axis]) ** 2
        total += float(solution.problem.source.pmf @ (solution.channel * apart).sum(axis=1))
    return total


def _grid(problem: Problem, step: float, offset: float) -> Words | None:
    """Return a grid of words over the atoms; None if it has too many."""
    from scipy.spatial import cKDTree

    points, mass = problem.source.points, problem.source.pmf
    inside = points[mass > 0]
    low, high = inside.min(axis=0), inside.max(axis=0)
    centre = problem.source.mean
    if not step > 0 or np.prod((high - low) / step + 2) > 8 * _MOST_POINTS:
        return None
    axes = [
        np.arange(np.floor((a - c) / step) - 1, np.ceil((b - c) / step) + 2)
        for a, b, c in zip(low, high, centre, strict=True)
    ]
    cells = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
    values = centre + (cells + offset) * step
    near = cKDTree(inside).query(values)[0] < 2 * step
    cells, values = cells[near].astype(np.int64), values[near]
    if not 4 <= len(cells) <= _MOST_POINTS:
        return None
    last = cells[:, -1]
    branch = _LINE[last % 4] if len(axes) == 1 else _SQUARE[cells[:, 0] % 2, last % 2]
    weights = np.bincount(cKDTree(values).query(points)[1], mass, len(values)) + 1e-4
    return _built(problem, values, branch, np.asarray(weights, dtype=np.float64))


def _jittered(
    problem: Problem, solution: Solution, scale: float, draw: np.random.Generator
) -> Words:
    """Return the codewords of a solution in each branch, moved at random."""
    used = np.flatnonzero(solution.marginal > 1e-6)
    used = used[np.argsort(-solution.marginal[used])][: _MOST_POINTS // 4]
    codewords, weight = solution.problem.codewords[used], solution.marginal[used]
    spread = np.sqrt(_mean_error(solution) / problem.source.dim) * scale
    values = np.tile(codewords, (4, 1))
    values = values + spread * draw.standard_normal(values.shape)
    branch = np.repeat(np.arange(4), len(used))
    return _built(problem, values, branch, np.tile(weight, 4) * draw.uniform(0.5, 1.5, len(branch)))


def _built(problem: Problem, values: Array, branch: Numbers, weights: Array) -> Words:
    """Return words, on a fixed codebook the nearest codewords, each once in a branch."""
    from scipy.spatial import cKDTree

    if problem.every:
        return in_order(values[:, None], None, branch, weights)
    near = cKDTree(problem.codewords).query(values)[1]
    keys, inverse = np.unique(branch * problem.m + near, return_inverse=True)
    mass = np.bincount(inverse, weights).astype(np.float64)
    number = keys % problem.m
    return in_order(problem.codewords[number][:, None], number[:, None], keys // problem.m, mass)


def with_exact_words(problem: Problem, words: Words) -> Words:
    """Return words with the best codeword of each atom added to each branch.

    Where there are too many atoms, some at equal steps of probability are taken.
    """
    length = words.values.shape[1]
    values: Array
    number: Numbers | None
    if length > 1:
        blocks = _blocks(problem, length)
        values, number = problem.codewords[blocks], blocks
    else:
        values, number = _exact(problem)
    count = len(values)
    both = np.concatenate([words.values, np.tile(values, (4, 1, 1))])
    indices = None
    if words.indices is not None and number is not None:
        indices = np.concatenate([words.indices, np.tile(number, (4, 1))])
    branch = np.concatenate([words.branch, np.repeat(np.arange(4), count)])
    weights = np.concatenate([words.pmf, np.full(4 * count, 0.1 / count)])
    return in_order(both, indices, branch, weights)


def _exact(problem: Problem) -> tuple[Array, Numbers | None]:
    """Return the best codewords of the atoms, (m', 1, d), and their indices, (m', 1)."""
    source = problem.source
    kept = np.flatnonzero(source.pmf > 0)
    if len(kept) > _MOST_POINTS:
        order = kept[np.lexsort(source.points[kept].T[::-1])]
        share = np.cumsum(source.pmf[order])
        wanted = (np.arange(_MOST_POINTS) + 0.5) / _MOST_POINTS
        kept = np.unique(order[np.minimum(np.searchsorted(share, wanted), len(order) - 1)])
    if problem.every:
        return np.unique(source.points[kept], axis=0)[:, None], None
    found = [problem.cost(k)[kept].argmin(axis=1) for k in range(len(problem.distortions))]
    number = np.unique(np.concatenate(found))[:, None]
    return problem.codewords[number], number


def _blocks(problem: Problem, length: int) -> Numbers:
    """Return all blocks of indices of codewords, (m^length, length)."""
    return np.array(list(product(range(problem.m), repeat=length)))


def _of_blocks(
    problem: Problem, solution: Solution, length: int, draw: np.random.Generator
) -> Iterator[Words]:
    """Yield words of a small codebook: every block in each branch, or divided among them."""
    from scipy.spatial import cKDTree

    codewords = problem.codewords
    blocks = _blocks(problem, length)
    mass = np.zeros(problem.m)
    mass[cKDTree(codewords).query(solution.problem.codewords)[1]] += 1e-9
    np.add.at(mass, cKDTree(codewords).query(solution.problem.codewords)[1], solution.marginal)
    chance = mass[blocks].prod(axis=1) + 1e-6
    # Words in one book differ in at least two places.
    divided = 2 * (blocks.sum(axis=1) % 2) + blocks[:, 0] % 2
    if len(np.unique(divided)) == 4:
        yield in_order(codewords[blocks], blocks, divided, chance)
    every, branch = np.tile(blocks, (4, 1)), np.repeat(np.arange(4), len(blocks))
    for power in (0.5, 1.0, 2.0, 4.0):
        for _ in range(_DRAWS):
            weights = np.tile(chance, 4) * draw.exponential(size=len(every)) ** power
            yield in_order(codewords[every], every, branch, weights)
