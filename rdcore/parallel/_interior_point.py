r"""Interior-point method for components side by side: one block each, coupled by the slopes only.

Component i has the masses :math:`r_i` and, at the effective slope :math:`s_i=\sum_k\lambda_k
w_{ik}`, the dual variables :math:`z_i = 1 - c_i \ge 0`. A Newton step eliminates the blocks,

.. math:: (H_i + \mathrm{diag}(z_i/u_i))\,\Delta r_i + B_i\,\Delta s_i = \sigma\mu_i/u_i - 1 + c_i,

which leaves K equations for the slopes. Codewords may be variables too: then :math:`r_j c'(y_j)=0`
joins the system of the block. The masses are held above a floor, :math:`u = r - l`, so
that atoms in the tails cannot make columns of almost no mass ill-conditioned. It costs less than
the sum of the floors in nats, because :math:`c \le 1` still holds at the optimum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array, exp_of
from rdcore.parallel._batches import Stack

# Reduction of the barrier parameter in a step, and the share of the way to the boundary.
_SIGMA, _TO_BOUNDARY = 0.05, 0.95
# Where the residuals exceed this multiple of the barrier's share of the gap, the barrier parameter
# falls only a little.
_NEAR, _PATIENCE = 10.0, 0.7
# The barrier parameter ends at this share of the floors of the masses.
_LEAST = 0.2
# Steps of Blahut and Arimoto's algorithm before the first Newton step.
_FIRST_STEPS = 4
# Smallest z at the start, as a share of the largest c.
_FIRST_Z = 0.1
_JITTER = 1e-15
# Least mass of a codeword that starts to move.
_FIRST_MASS = 1e-6
# Least curvature of c at a codeword, and how far one moves in a step, in units of 1 / √s.
_FLAT, _FARTHEST = 1e-9, 0.2
_FIRST_SLACK = 1e-3
# Relative change of the slopes over which a component follows its tangent: at most, and in units
# of the root of the tolerance for a copy, because masses in the tails bend.
_TANGENT, _BEND = 1e-4, 0.1
# … as long as what its equations are off by is less than this share of the tolerance.
_QUIET = 0.05
# A batch whose gap is below this share of its part of the tolerance is near its optimum.
_DONE = 0.3


@dataclass(eq=False)
class Block:
    """The state of a batch: u, floors and z, (B, m), and barrier parameters (B,).

    The codewords of a block that is ``moving`` are variables as well. One that is ``still`` is
    near its optimum, and follows the slopes along its tangent while they change only a little.
    """

    batch: Stack
    u: Array
    low: Array
    z: Array
    mu: Array
    moving: bool = False
    still: bool = False

    @property
    def r(self) -> Array:
        """The masses, (B, m), which add up to nearly 1."""
        return self.u + self.low


class Terms(NamedTuple):
    """What a pass over a batch yields, for each component.

    Attributes
    ----------
    error, floor : arrays, (B,)
        Squared error above the floors, and those floors.
    curvature : array, (B,)
        Minus the derivative of the squared error for s, the masses following.
    steps : array, (B, m, 3)
        Changes of r: by Newton's method without a barrier, by the barrier, and for s.
    moves : array, (B, m, d, 3)
        Those of the codewords.
    pulls : array, (B, 2)
        Changes of the squared error that the first two columns of the steps cause.
    target : array, (B,)
        The barrier parameter to aim for.
    residual : array, (B,)
        What Newton's equations are off by, weighted by mass: an estimate of what it costs, nats.
    excess : array, (B,)
        By how much the largest c of a codeword exceeds 1.
    """

    error: Array
    floor: Array
    curvature: Array
    steps: Array
    moves: Array
    pulls: Array
    target: Array
    residual: Array
    excess: Array


class State(NamedTuple):
    """Slopes and slacks (K,), blocks, and the estimate of the gap in nats."""

    slopes: Array
    slack: Array
    blocks: list[Block]
    gap: float


def begin(batch: Stack, s: Array, floor: float) -> Block:
    """Return a block with masses from a few steps of Blahut and Arimoto's algorithm."""
    low = np.where(batch.real, floor / batch.sizes[:, None], 0.0)
    r = batch.real / batch.sizes[:, None]
    c = np.empty_like(r)
    for some in batch.parts():
        kernel = _kernel(batch, some, s)[0]
        for step in range(_FIRST_STEPS + 1):
            Z = np.matmul(kernel, r[some][:, :, None])
            share = batch.p[some][:, None, :] / Z.transpose(0, 2, 1)
            c[some] = np.matmul(share, kernel)[:, 0]
            if step < _FIRST_STEPS:
                r[some] *= c[some]
    u = np.where(batch.real, 0.9 * r + 0.1 / batch.sizes[:, None], 0.0)
    least = _FIRST_Z * c.max(axis=1, keepdims=True)
    z = np.where(batch.real, np.maximum(1 - c, least), 1.0)
    block = Block(batch, u, low, z, np.empty(0))
    block.mu = _products(block)
    return block


def resume(batch: Stack, r: Array, floor: float, gap: Array) -> Block:
    """Return a block that starts near the optimum, with masses r (B, m), and moves codewords.

    ``gap`` (B,) is the barrier's share of the gap at the start, nats.
    """
    low = np.where(batch.real, floor / batch.sizes[:, None], 0.0)
    u = np.where(batch.real, np.maximum(r, _FIRST_MASS), 1.0)
    mu = gap / batch.sizes
    z = np.where(batch.real, mu[:, None] / u, 1.0)
    return Block(batch, np.where(batch.real, u, 0.0), low, z, mu, moving=True)


def _kernel(batch: Stack, some: slice, s: Array) -> tuple[Array, Array, Array]:
    above, floor = batch.squares(some)
    kernel = exp_of(-s[some, None, None] * above)
    if not batch.real[some].all():
        above = np.where(batch.real[some][:, None, :], above, 0.0)
        kernel *= batch.real[some][:, None, :]
    return kernel, above, floor


def _products(block: Block) -> Array:
    return np.asarray((block.u * block.z).sum(axis=1) / block.batch.sizes)


def _terms(block: Block, s: Array) -> Terms:
    batch = block.batch
    B, m = block.u.shape
    masses = block.r
    d = batch.x.shape[2] if block.moving else 0
    steps, moves = np.empty((B, m, 3)), np.empty((B, m, d, 3))
    error, floor, curvature, pulls = np.empty(B), np.empty(B), np.empty(B), np.empty((B, 2))
    away, excess = np.empty(B), np.empty(B)
    for some in batch.parts():
        kernel, above, least = _kernel(batch, some, s)
        p, r, real = batch.p[some], masses[some], batch.real[some]
        Z = np.matmul(kernel, r[:, :, None])[:, :, 0]
        share = p / Z
        costs = kernel * above
        mean = np.matmul(costs, r[:, :, None])[:, :, 0] / Z
        square = np.matmul(costs * above, r[:, :, None])[:, :, 0] / Z
        c = np.matmul(share[:, None, :], kernel)[:, 0]
        excess[some] = np.maximum(c.max(axis=1) - 1, 0.0)
        shared = np.matmul((share * mean)[:, None, :], kernel)
        bend = (np.matmul(share[:, None, :], costs) - shared)[:, 0]
        error[some] = (p * mean).sum(axis=1)
        floor[some] = (p * least).sum(axis=1)
        variance = (p * np.maximum(square - mean * mean, 0.0)).sum(axis=1)
        u = np.sqrt(np.where(real, block.u[some], 1.0))
        force = np.stack([u * (c - 1), real / u, u * bend], axis=-1)
        away[some] = (r * np.abs(1 - c - block.z[some]) * real).sum(axis=1)
        root = np.sqrt(p) / Z
        if d:
            system, force = _with_positions(block, some, s, (kernel, above, mean), force)
            size = np.sqrt(np.where(real, r, 1.0))
            pull = np.abs(force[:, m:, 0]).reshape(-1, d, m) * size[:, None, :]
            away[some] += pull.sum(axis=(1, 2)) / np.sqrt(np.maximum(s[some], 1e-300))
        else:
            kernel *= root[:, :, None]
            kernel *= u[:, None, :]
            system = np.matmul(kernel.transpose(0, 2, 1), kernel)
        diagonal = np.arange(m)
        system[:, diagonal, diagonal] += block.z[some] + _JITTER
        found = np.linalg.solve(system, force)
        curvature[some] = variance + (force[..., 2] * found[..., 2]).sum(axis=1)
        pulls[some] = (force[:, :, 2, None] * found[..., :2]).sum(axis=1)
        steps[some] = found[:, :m] * u[:, :, None]
        if d:
            moves[some] = (
                found[:, m:].reshape(-1, d, m, 3).transpose(0, 2, 1, 3) / size[:, :, None, None]
            )
    near = (away <= _NEAR * block.mu * batch.sizes) | (not block.moving)
    # Below the masses' floors the barrier counts no longer, and Newton's method only centres.
    least = _LEAST * block.low.max(axis=1)
    target = np.maximum(np.where(near, _SIGMA, _PATIENCE) * block.mu, least)
    return Terms(error, floor, curvature, steps, moves, pulls, target, away, excess)


def _with_positions(
    block: Block, some: slice, s: Array, known: tuple[Array, Array, Array], force: Array
) -> tuple[Array, Array]:
    """Return the system and the forces (b, m(1+d), 3) of masses and codewords together.

    Masses are in units of √u and codewords in units of 1/√r, which makes both well scaled. The
    mixed derivatives -c'(y_j), which are 0 at the optimum, are left out, and -c'' is replaced by
    its size: the system is then positive definite everywhere.
    """
    batch = block.batch
    kernel, above, mean = known
    p, r, real, s = batch.p[some], block.r[some], batch.real[some], s[some, None, None]
    Z = np.matmul(kernel, r[:, :, None])[:, :, 0]
    share, root = (p / Z)[:, :, None] * kernel, np.sqrt(p) / Z
    u = np.sqrt(np.where(real, block.u[some], 1.0))
    size = np.sqrt(np.where(real, r, 1.0))
    m, d = r.shape[1], batch.x.shape[2]
    away = batch.y[some][:, None, :, :] - batch.x[some][:, :, None, :]
    columns, forces = [kernel * root[:, :, None] * u[:, None, :]], [force]
    for a in range(d):
        slope = -2 * s * away[..., a]
        columns.append(kernel * slope * root[:, :, None] * size[:, None, :])
        first = (share * slope).sum(axis=1)
        # The derivative of r c' for s, but for a term that is 0 at the optimum.
        bend = (share * slope * (above - mean[:, :, None])).sum(axis=1)
        bend -= first / np.maximum(s[:, 0], 1e-300)
        forces.append(np.stack([size * first, 0 * first, size * bend], axis=-1))
    stacked = np.concatenate(columns, axis=2)
    system = np.matmul(stacked.transpose(0, 2, 1), stacked)
    i = np.arange(m)
    for a in range(d):
        at = m * (1 + a) + i
        for b in range(a + 1):
            second = (share * (4 * s**2 * away[..., a] * away[..., b])).sum(axis=1)
            if a == b:
                second -= 2 * (s * share).sum(axis=1)
                system[:, at, at] += np.where(real, np.maximum(np.abs(second), _FLAT), 1.0)
            else:
                other = m * (1 + b) + i
                system[:, at, other] -= second
                system[:, other, at] -= second
    return system, np.concatenate(forces, axis=1)


class Shared(NamedTuple):
    """What couples the components: copies (L,), weights (L, K) and bounds (K,)."""

    copies: Array
    weights: Array
    bounds: Array


def follow(  # noqa: PLR0913  (the last two are callbacks)
    blocks: list[Block],
    shared: Shared,
    start: tuple[Array, Array | None],
    *,
    tol: float,
    limit: int,
    enough: Callable[[State], bool],
    tell: Callable[[float], None],
) -> State:
    """Move blocks and slopes towards the optimum, until ``enough`` says so.

    ``start`` has the slopes (K,), and the slacks (K,) if they are known.
    ``enough`` is asked when the estimated gap is at most ``tol`` nats. ``tell`` is called in each
    step with the estimate.
    """
    slopes, slack = start
    mu = 0.0 if slack is None else float((slack * slopes).mean())
    known: dict[int, tuple[Array, Terms]] = {}
    state = State(slopes, slopes, blocks, np.inf)
    if slack is not None:
        # New blocks would move slopes that are nearly right.
        for block in blocks:
            for _ in _settling(block, shared, slopes, tol, limit):
                tell(np.inf)
    near = min(_TANGENT, _BEND * np.sqrt(tol / float(shared.copies.sum())))
    for _ in range(limit):
        terms = []
        for k, block in enumerate(blocks):
            s = shared.weights[block.batch.which] @ slopes
            at, found = known.get(k, (s, None))
            fresh = found is None or not block.still or bool((np.abs(s - at) > near * at).any())
            if found is not None and not fresh:
                fresh = float(shared.copies[block.batch.which] @ found.residual) > _QUIET * tol
            if found is None or fresh:
                known[k] = s, _terms(block, s)
                terms.append(known[k][1])
                block.still = block.still or _done(block, known[k][1], shared, tol)
            else:
                terms.append(_along(block, found, s - at))
        used = np.zeros(len(slopes))
        gap = 0.0
        for block, found in zip(blocks, terms, strict=True):
            share = shared.copies[block.batch.which]
            used += shared.weights[block.batch.which].T @ (share * (found.error + found.floor))
            gap += float(share @ (block.mu * block.batch.sizes + found.residual))
        over = shared.bounds - used
        if slack is None:
            slack = np.maximum(over, _FIRST_SLACK * shared.bounds)
            mu = float((slack * slopes).mean())
        gap += float(slopes @ np.abs(over))
        state = State(slopes, slack, blocks, gap)
        tell(gap)
        if gap <= tol and enough(state):
            break
        rise, fall = _slope_step(terms, shared, state, over, _SIGMA * mu)
        length = _length(slopes, slack, rise, fall)
        for block, found in zip(blocks, terms, strict=True):
            w = shared.weights[block.batch.which]
            _advance(block, found, w @ (length * rise), w @ slopes)
        slopes, slack = slopes + length * rise, slack + length * fall
        mu = float((slopes * slack).mean())
    return state


def _settling(
    block: Block, shared: Shared, slopes: Array, tol: float, limit: int
) -> Iterator[None]:
    """Bring a block near its optimum at fixed slopes, step by step."""
    s = shared.weights[block.batch.which] @ slopes
    for _ in range(limit):
        if block.still:
            break
        found = _terms(block, s)
        block.still = _done(block, found, shared, tol)
        _advance(block, found, np.zeros_like(s), s)
        yield


def _done(block: Block, found: Terms, shared: Shared, tol: float) -> bool:
    copies = shared.copies[block.batch.which]
    gap = float(copies @ (block.mu * block.batch.sizes + found.residual + found.excess))
    return gap <= _DONE * tol * float(copies.sum() / shared.copies.sum())


def _along(block: Block, found: Terms, change: Array) -> Terms:
    """Return what a pass would yield to first order after s has changed by so much, (B,)."""
    steps, moves = found.steps.copy(), found.moves.copy()
    steps[..., :2], moves[..., :2] = 0.0, 0.0
    return found._replace(
        error=found.error - found.curvature * change,
        steps=steps,
        moves=moves,
        pulls=np.zeros_like(found.pulls),
        target=block.mu,
    )


def _slope_step(
    terms: list[Terms], shared: Shared, state: State, over: Array, target: float
) -> tuple[Array, Array]:
    """Return the Newton step of slopes and slacks, (K,) each."""
    slopes, slack = state.slopes, state.slack
    # In units of each slope, so that levels of any size give a well-scaled system.
    system = np.diag(slack * slopes)
    force = over * slopes - target
    for block, found in zip(state.blocks, terms, strict=True):
        w = shared.weights[block.batch.which] * slopes
        share = w * shared.copies[block.batch.which][:, None]
        system += share.T @ (found.curvature[:, None] * w)
        force -= share.T @ (found.pulls[:, 0] + found.target * found.pulls[:, 1])
    rise = -slopes * np.linalg.solve(system, force)
    if float(np.max(rise / slopes)) > 1.0:
        # Far from the optimum slopes double or halve at the most, and the slacks wait.
        return np.clip(rise, -0.5 * slopes, slopes), np.zeros_like(slack)
    return rise, target / slopes - slack - slack / slopes * rise


def _length(slopes: Array, slack: Array, rise: Array, fall: Array) -> float:
    relative = np.concatenate([rise / slopes, fall / slack])
    shrink = float(np.max(-relative, initial=0.0))
    # Kernels change by the exponential of a slope: it may at most double in a step.
    growth = float(np.max(rise / slopes, initial=0.0))
    return min(1.0, _TO_BOUNDARY / max(shrink, 1e-300), 1.0 / max(growth, 1e-300))


def _advance(block: Block, found: Terms, change: Array, s: Array) -> None:
    """Move the variables of a batch, each component as far as it can."""
    batch, target = block.batch, found.target[:, None]
    real = batch.real
    u = np.where(real, block.u, 1.0)
    step = found.steps[:, :, 0] + target * found.steps[:, :, 1]
    step = np.where(real, step - change[:, None] * found.steps[:, :, 2], 0.0)
    turn = np.where(real, target / u - block.z - block.z / u * step, 0.0)
    shrink = np.maximum(-step / u, -turn / block.z).max(axis=1)
    length = np.minimum(1.0, _TO_BOUNDARY / np.maximum(shrink, 1e-300))[:, None]
    if block.moving:
        move = found.moves[..., 0] + target[..., None] * found.moves[..., 1]
        move = np.where(real[..., None], move - change[:, None, None] * found.moves[..., 2], 0.0)
        far = np.sqrt(s) * np.abs(move).max(axis=(1, 2))
        length = np.minimum(length, (_FARTHEST / np.maximum(far, 1e-300))[:, None])
        block.batch = batch._replace(y=batch.y + length[..., None] * move)
    block.u = np.where(real, u + length * step, 0.0)
    block.z = block.z + length * turn
    block.mu = _products(block)
