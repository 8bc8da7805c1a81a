"""The Viterbi algorithm over interleaved segments, in bounded memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rdcore.design.trellis.states import Numbers, Trellis

Costs = NDArray[np.float32]
Branches = NDArray[np.uint8]
# States times segments that are processed at a time, and decisions that are stored at most.
_WIDTH = 1 << 14
_MOST_DECISIONS = 1 << 27
# Steps after which the costs of the paths are reduced by the least one.
_RESCALED = 64


def cheapest(
    trellis: Trellis, costs: Costs, letters: Numbers, segments: int, *, free: bool = False
) -> Branches:
    """Return the cheapest path of each segment as its branches, (N,): 2 · book + label.

    Parameters
    ----------
    trellis : Trellis
        The trellis.
    costs : array of float32, (4, u)
        Cost of each branch for each letter; ∞ forbids it.
    letters : array of int, (N,)
        The sequence. Its letters go to the segments in turn: letter n to segment n mod B.
    segments : int
        Number of segments B.
    free : bool
        Whether a segment may begin in any state, instead of state 0.
    """
    number = len(letters)
    steps = -(-number // segments)
    # What is missing in the last step costs nothing on any branch.
    padded = np.full(steps * segments, costs.shape[1])
    padded[:number] = letters
    grid = padded.reshape(steps, segments)
    priced = np.concatenate([costs, np.zeros((4, 1), np.float32)], axis=1)
    found = np.empty((steps, segments), np.uint8)
    wide = min(_WIDTH // trellis.states, _MOST_DECISIONS // (trellis.states * steps))
    for columns in np.array_split(np.arange(segments), -(-segments // max(1, wide))):
        part = slice(int(columns[0]), int(columns[-1]) + 1)
        found[:, part] = _batch(trellis, np.take(priced, grid[:, part], axis=1), free)
    return found.ravel()[:number]


def _batch(trellis: Trellis, costs: Costs, free: bool) -> Branches:
    """Return the branches of all segments of a batch, (L, B), from their costs (4, L, B)."""
    _, steps, width = costs.shape
    states = trellis.states
    # A state's highest bit is the book of the branches that lead to it.
    plain, turned = costs[0::2], costs[1::2]
    straight, crossed = trellis.preceding
    total = np.full((states, width), 0 if free else np.inf, np.float32)
    total[0] = 0
    one, two = np.empty_like(total), np.empty_like(total)
    halves_one, halves_two = one.reshape(2, -1, width), two.reshape(2, -1, width)
    decisions = np.empty((steps, states, width), np.bool_)
    for t in range(steps):
        np.take(total, straight, axis=0, out=one, mode="clip")
        np.take(total, crossed, axis=0, out=two, mode="clip")
        halves_one += plain[:, t, None]
        halves_two += turned[:, t, None]
        np.less(two, one, out=decisions[t])
        np.minimum(one, two, out=total)
        if t % _RESCALED == 0:
            total -= total.min(axis=0)
    return _traced(trellis, decisions, total.argmin(axis=0))


def _traced(trellis: Trellis, decisions: NDArray[np.bool_], state: Numbers) -> Branches:
    """Return the branches that lead to the last states, (L, B)."""
    steps, states, width = decisions.shape
    before = trellis.preceding.ravel()
    flat, column = decisions.reshape(steps, -1).view(np.uint8), np.arange(width)
    visited = np.empty((steps, width), np.int64)
    labels = np.empty((steps, width), np.uint8)
    for t in range(steps - 1, -1, -1):
        visited[t] = state
        label = flat[t].take(state * width + column)
        labels[t] = label
        state = before.take(state + label * np.int64(states))
    return ((visited >> trellis.memory - 1 << 1).astype(np.uint8) | labels).astype(np.uint8)
