"""Descent of a trellis code at given prices: paths, code lengths and codewords in turn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rdcore._arrays import Array
from rdcore.design.trellis.letters import Letters
from rdcore.design.trellis.states import Numbers, Trellis
from rdcore.design.trellis.viterbi import cheapest
from rdcore.design.trellis.words import Words

# Segments of the sequence, for a single code and for several at once.
_ALONE, _TOGETHER = 64, 16


@dataclass(frozen=True, eq=False)
class Step:
    """The words after one step, and what the paths before it spent.

    Attributes
    ----------
    words : Words
        The words, moved and with new code lengths.
    used : array, (M,)
        How often each word occurred.
    rate : float
        Code length per sample, nats.
    reached : array, (K,)
        What each row came to.
    """

    words: Words
    used: Array
    rate: float
    reached: Array


def steps(
    trellis: Trellis,
    letters: Letters,
    several: list[Words],
    slopes: Array,
    draw: np.random.Generator,
    *,
    moving: bool = True,
) -> list[Step]:
    """Return one step of each of several codes, all on one shuffled sequence."""
    size, segments = len(letters.points), _ALONE if len(several) == 1 else _TOGETHER
    priced = [letters.branches(slopes, words) for words in several]
    count = len(letters.sequence) // segments * segments
    order = draw.permutation(letters.sequence)[:count].reshape(-1, segments)
    whole = (order[:, None, :] + size * np.arange(len(several))[:, None]).reshape(-1)
    table = np.concatenate([costs for costs, _ in priced], axis=1)
    branch = cheapest(trellis, table, whole, segments * len(several), free=True)
    counts = np.bincount(branch * np.int64(table.shape[1]) + whole, minlength=table.size)
    counts = counts.reshape(4, len(several), size)
    return [
        _step(letters, words, best, counts[:, k], slopes, moving)
        for k, (words, (_, best)) in enumerate(zip(several, priced, strict=True))
    ]


def _step(
    letters: Letters,
    words: Words,
    best: Numbers,
    counts: Numbers,
    slopes: Array,
    moving: bool,
) -> Step:
    size = letters.length * counts.sum()
    used = np.bincount(best.ravel(), counts.ravel(), len(words)).astype(np.float64)
    rate = float(used @ words.lengths) / size
    spent = np.where(counts > 0, letters.spent(words, best), 0.0)
    reached = spent.reshape(len(slopes), -1) @ counts.ravel() / size
    moved = _moved(letters, words, best, counts, slopes) if moving else words
    return Step(moved.counted(used), used, rate, reached)


def _moved(letters: Letters, words: Words, best: Numbers, counts: Numbers, slopes: Array) -> Words:
    """Return the words at their priced centroids, or at the best codewords of the codebook."""
    if letters.length > 1:
        return words
    branch, letter = np.nonzero(counts)
    owner, times = best[branch, letter], counts[branch, letter].astype(np.float64)
    if words.indices is not None:
        return _snapped(letters, words, owner, letter, times, slopes)
    worth = times * (slopes @ letters.weights[:, letters.atoms[letter, 0]])
    total = np.bincount(owner, worth, len(words))
    values = words.values.copy()
    absolute = letters.problem.distortions[0] == "absolute"
    for axis in range(values.shape[2]):
        points = letters.points[letter, 0, axis]
        if absolute:
            centre = _medians(points, worth, owner, len(words))
        else:
            shift = np.bincount(owner, worth * (points - values[owner, 0, axis]), len(words))
            centre = values[:, 0, axis] + shift / np.where(total > 0, total, 1.0)
        values[:, 0, axis] = np.where(total > 0, centre, values[:, 0, axis])
    return replace(words, values=values)


def _medians(points: Array, worth: Array, owner: Numbers, count: int) -> Array:
    """Return the weighted median of the points of each owner, (count,)."""
    order = np.lexsort((points, owner))
    running = np.cumsum(worth[order])
    ends = np.searchsorted(owner[order], np.arange(count), side="right")
    starts = np.searchsorted(owner[order], np.arange(count), side="left")
    before = np.append(0.0, running)[starts]
    half = before + (np.append(0.0, running)[ends] - before) / 2
    place = np.clip(np.searchsorted(running, half), starts, np.maximum(ends - 1, starts))
    return np.asarray(points[order][np.minimum(place, len(points) - 1)])


def _snapped(
    letters: Letters, words: Words, owner: Numbers, letter: Numbers, times: Array, slopes: Array
) -> Words:
    """Return the words at those codewords of a fixed codebook that cost their letters least."""
    every = of_codebook(letters)
    assert every.indices is not None
    indices = words.indices
    assert indices is not None
    size = len(letters.points)
    spent = np.bincount(owner * size + letter, times, len(words) * size).reshape(-1, size)
    price = letters.tilt(slopes, every, slice(None))
    finite = np.where(np.isinf(price), 1e30, price)
    found = (spent @ finite).argmin(axis=1)
    kept = np.where(spent.sum(axis=1) > 0, found, indices[:, 0])
    return replace(words, values=every.values[kept], indices=every.indices[kept])


def of_codebook(letters: Letters) -> Words:
    """Return the codewords of a fixed codebook as words of one codeword each."""
    codewords = letters.problem.codewords
    number = np.arange(len(codewords))
    return Words(codewords[:, None], number[:, None], np.zeros_like(number), np.zeros(len(number)))
