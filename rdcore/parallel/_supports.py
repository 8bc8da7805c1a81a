"""Blocks of few codewords that move: masses and positions are stationary at each slope.

At an optimum c(y_j) = 1 and c'(y_j) = 0 for all codewords with mass. These are the stationarity
conditions of F(log r, y) = Φ + Σ r, which Newton steps minimise. The Hessian is a Gram matrix plus
a diagonal that is not negative at the optimum; elsewhere its size is taken, so that each step
descends. A fixed grid of codewords with the floor's mass in all covers the tails: it costs less
than the floor in nats, because c ≤ 1 still holds at the optimum, and no codeword of almost no mass
has to move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array, Indices, Mask
from rdcore.parallel._batches import Stack
from rdcore.parallel._grids import Terms

_STEPS = 20
# Largest change of log r, and of y in units of 1 / √(2s).
_FARTHEST = 1.0, 0.3
# Codewords whose log r would fall by more vanish soon: theirs falls by so much at once.
_VANISHING, _FALL = 0.8, 6.0
# Shortest step, as a share of Newton's, before a component is left as it is.
_SHORTEST = 1e-3
_NOISE = 1e-14
# Least curvature, which keeps the steps finite where c is flat.
_FLAT = 1e-13
# The decrement, in nats, at which a component is stationary.
_STATIONARY = 1e-16
_LEAST_MASS = 1e-14


@dataclass(eq=False)
class MovingCodewords:
    """The state of a batch: codewords in ``batch``, the logarithms of their masses (B, m).

    ``cover`` (B, G, d) are the fixed codewords, of mass ``low`` (B, G) each, which is 0 for
    padding. A block that is ``still`` follows the slopes along its tangent while they change only
    a little.
    """

    batch: Stack
    logs: Array
    cover: Array
    low: Array
    still: bool = False

    @property
    def mu(self) -> Array:
        """The barrier parameters, which are 0."""
        return np.zeros(len(self.logs))

    def whole(self) -> tuple[Stack, Array]:
        """Return the batch on all codewords, and their masses (B, m + G)."""
        batch = self.batch
        y = np.concatenate([batch.y, self.cover], axis=1)
        real = np.concatenate([batch.real, self.low > 0], axis=1)
        masses = np.where(batch.real, np.exp(self.logs), 0.0)
        return batch._replace(y=y, real=real), np.concatenate([masses, self.low], axis=1)

    def own(self, k: int) -> tuple[Array, Array]:
        """Return the codewords (m, d) of an entry, and their masses (m,)."""
        real = self.batch.real[k]
        return self.batch.y[k][real], np.exp(self.logs[k][real])

    def only(self, chosen: Indices) -> MovingCodewords:
        """Return a copy of the entries with the given positions."""
        batch = self.batch.only(chosen)
        return MovingCodewords(
            batch, self.logs[chosen], self.cover[chosen], self.low[chosen], self.still
        )

    def terms(self, s: Array) -> Terms:
        """Make the block stationary at s (B,), and return what follows from it."""
        B, m, d = self.batch.y.shape
        error, curvature, left = np.empty(B), np.empty(B), np.empty(B)
        steps, moves = np.zeros((B, m, 3)), np.zeros((B, m, d))
        y = self.batch.y.copy()
        for some in self.batch.parts():
            part = self.only(np.arange(B)[some])
            kept = _kept(part, s[some])
            y[some], self.logs[some] = _descended(part, kept, s[some])
            found = _newton(part.batch, y[some], self.logs[some], kept, s[some])
            error[some], curvature[some] = found.error, found.curvature
            left[some] = found.decrement
            steps[some, :, 2], moves[some] = found.tangent_logs, found.tangent_y
        self.batch = self.batch._replace(y=y)
        zero = np.zeros(B)
        return Terms(error, zero, curvature, np.zeros((B, 2)), zero, left, zero, steps, moves)

    def advance(self, found: Terms, change: Array) -> None:
        """Follow the tangent while s changes by ``change`` (B,)."""
        step_logs = change[:, None] * found.steps[..., 2]
        step_y = change[:, None, None] * found.moves
        self.logs = self.logs - np.clip(step_logs, -_FARTHEST[0], _FARTHEST[0])
        self.batch = self.batch._replace(y=self.batch.y - step_y)


class _FromCover(NamedTuple):
    """What the fixed codewords contribute to Z and to Z times the mean error, (B, n) each."""

    Z: Array
    costs: Array


class _Newton(NamedTuple):
    """F, a Newton step, and the tangent in s, for each component of a part."""

    value: Array
    step_logs: Array
    step_y: Array
    decrement: Array
    error: Array
    curvature: Array
    tangent_logs: Array
    tangent_y: Array


def _kept(block: MovingCodewords, s: Array) -> _FromCover:
    square = _squares(block.batch.x, block.cover)
    kernel = np.exp(-s[:, None, None] * square)
    Z = np.matmul(kernel, block.low[:, :, None])[:, :, 0]
    kernel *= square
    return _FromCover(Z, np.matmul(kernel, block.low[:, :, None])[:, :, 0])


def _squares(x: Array, y: Array) -> Array:
    square = (x[:, :, None, 0] - y[:, None, :, 0]) ** 2
    for axis in range(1, x.shape[2]):
        square += (x[:, :, None, axis] - y[:, None, :, axis]) ** 2
    return np.asarray(square)


def _descended(block: MovingCodewords, kept: _FromCover, s: Array) -> tuple[Array, Array]:
    """Return stationary codewords and logarithms of masses."""
    y, logs = block.batch.y.copy(), block.logs.copy()
    count = len(s)
    open_: Indices = np.arange(count)
    goal = np.full(count, np.inf)
    old_y, old_logs = y.copy(), logs.copy()
    step_y, step_logs = np.zeros_like(y), np.zeros_like(logs)
    slope, length = np.zeros(count), np.ones(count)
    for _ in range(_STEPS):
        part = block.batch.only(open_)
        some = _FromCover(kept.Z[open_], kept.costs[open_])
        found = _newton(part, y[open_], logs[open_], some, s[open_])
        good: Mask = found.value <= goal[open_]
        taken, back = open_[good], open_[~good]
        old_y[taken], old_logs[taken] = y[taken], logs[taken]
        step_y[taken], step_logs[taken] = found.step_y[good], found.step_logs[good]
        slope[taken] = found.decrement[good]
        length[taken] = 1.0
        length[back] /= 2
        value = found.value[good]
        finished = found.decrement[good] <= _STATIONARY
        goal[taken] = value - 1e-4 * slope[taken] + _NOISE
        short = back[length[back] < _SHORTEST]
        y[back], logs[back] = old_y[back], old_logs[back]
        open_ = np.concatenate([taken[~finished], np.setdiff1d(back, short)])
        if not len(open_):
            break
        y[open_] = old_y[open_] + length[open_, None, None] * step_y[open_]
        logs[open_] = old_logs[open_] + length[open_, None] * step_logs[open_]
    return y, logs


def _newton(batch: Stack, y: Array, logs: Array, kept: _FromCover, s: Array) -> _Newton:
    p, real, (_, m, d) = batch.p, batch.real, y.shape
    square = _squares(batch.x, y)
    Q = np.exp(np.where(real, logs, -np.inf)[:, None, :] - s[:, None, None] * square)
    # Atoms of probability 0 may lie far from all codewords.
    Z = np.maximum(Q.sum(axis=2) + kept.Z, 1e-300)
    Q /= Z[:, :, None]
    r = np.where(real, np.exp(logs), 0.0)
    value = r.sum(axis=1) - (p * np.log(Z)).sum(axis=1)
    q = np.matmul(p[:, None, :], Q)[:, 0]
    unit = np.sqrt(2 * np.maximum(s, 1e-300))
    size = np.where(real, 1 / np.sqrt(np.maximum(r, _LEAST_MASS)), 0.0)
    costs = Q * square
    mean = costs.sum(axis=2) + kept.costs / Z
    costs -= Q * mean[:, :, None]
    columns, forces = [Q], [r - q]
    bends = [np.matmul(p[:, None, :], costs)[:, 0]]
    diagonal, directions = [np.abs(r - q)], []
    for a in range(d):
        away = (batch.x[:, :, None, a] - y[:, None, :, a]) * unit[:, None, None]
        slope = Q * away
        columns.append(slope)
        forces.append(-np.matmul(p[:, None, :], slope)[:, 0])
        bends.append(np.matmul(p[:, None, :], costs * away)[:, 0])
        directions.append(away)
        slope = slope * away
        diagonal.append(np.abs(q - np.matmul(p[:, None, :], slope)[:, 0]))
    scale = np.tile(size, (1, 1 + d))
    stacked = np.concatenate(columns, axis=2) * np.sqrt(p)[:, :, None] * scale[:, None, :]
    system = np.matmul(stacked.transpose(0, 2, 1), stacked)
    i = np.arange(m * (1 + d))
    inside = np.tile(real, (1, 1 + d))
    system[:, i, i] += np.where(inside, np.concatenate(diagonal, axis=1) * scale**2, 1.0) + _FLAT
    if d > 1:
        mixed = -np.matmul(p[:, None, :], Q * directions[0] * directions[1])[:, 0]
        bound = np.sqrt(diagonal[1] * diagonal[2])
        mixed = np.clip(mixed, -bound, bound) * size**2
        system[:, i[m : 2 * m], i[2 * m :]] += mixed
        system[:, i[2 * m :], i[m : 2 * m]] += mixed
    force = np.stack([np.concatenate(forces, axis=1), np.concatenate(bends, axis=1)], axis=2)
    force *= scale[:, :, None]
    along = np.linalg.solve(system, force)
    decrement = (along[..., 0] * force[..., 0]).sum(axis=1)
    bend = (along[..., 1] * force[..., 1]).sum(axis=1)
    along *= scale[:, :, None]
    places = along[:, m:].reshape(-1, d, m, 2).transpose(0, 2, 1, 3) / unit[:, None, None, None]
    vanishing = along[:, :m, 0] > _VANISHING
    logs_step = np.where(vanishing, 0.0, along[:, :m, 0])
    longest = np.maximum(
        np.abs(logs_step).max(axis=1) / _FARTHEST[0],
        np.abs(places[..., 0] * unit[:, None, None]).max(axis=(1, 2)) / _FARTHEST[1],
    )
    short = 1 / np.maximum(longest, 1.0)
    # The variance of the error given each atom, the fixed codewords left out.
    spread = (p * (costs * square).sum(axis=2)).sum(axis=1)
    return _Newton(
        value,
        np.where(vanishing, -_FALL, -logs_step * short[:, None]),
        -places[..., 0] * short[:, None, None],
        decrement * short,
        (p * mean).sum(axis=1),
        np.maximum(spread + bend, 0.0),
        along[:, :m, 1],
        places[..., 1],
    )
