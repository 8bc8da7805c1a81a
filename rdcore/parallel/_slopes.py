"""Newton steps on the slopes that couple the blocks of components."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array
from rdcore.parallel._grids import SIGMA, TO_BOUNDARY, FixedGrid, Terms
from rdcore.parallel._supports import MovingCodewords

_FIRST_SLACK = 1e-3
# Relative change of the slopes over which a component follows its tangent …
_TANGENT = 1e-4
# … as long as what its equations are off by is less than this share of the tolerance.
_QUIET = 0.05
# A batch whose gap is below this share of its part of the tolerance is near its optimum.
_DONE = 0.3

Block = FixedGrid | MovingCodewords


class State(NamedTuple):
    """Slopes and slacks (K,), blocks, and the estimate of the gap in nats."""

    slopes: Array
    slack: Array
    blocks: list[Block]
    gap: float


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
    for _ in range(limit):
        terms = []
        for k, block in enumerate(blocks):
            s = shared.weights[block.batch.which] @ slopes
            at, found = known.get(k, (s, None))
            fresh = found is None or not block.still or bool((np.abs(s - at) > _TANGENT * at).any())
            if found is not None and not fresh:
                fresh = float(shared.copies[block.batch.which] @ found.residual) > _QUIET * tol
            if found is None or fresh:
                known[k] = s, block.terms(s)
                terms.append(known[k][1])
                block.still = block.still or _done(block, known[k][1], shared, tol)
            else:
                terms.append(found.along(s - at, block.mu))
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
        if gap <= tol:
            # What was estimated along tangents is not so.
            known.clear()
        rise, fall = _slope_step(terms, shared, state, over, mu)
        length = _length(shared, state, rise, fall)
        _advance(state.blocks, terms, shared, rise, length)
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
        found = block.terms(s)
        block.still = _done(block, found, shared, tol)
        block.advance(found, np.zeros_like(s))
        yield


def _done(block: Block, found: Terms, shared: Shared, tol: float) -> bool:
    copies = shared.copies[block.batch.which]
    gap = float(copies @ (block.mu * block.batch.sizes + found.residual + found.excess))
    return gap <= _DONE * tol * float(copies.sum() / shared.copies.sum())


def _slope_step(
    terms: list[Terms], shared: Shared, state: State, over: Array, mu: float
) -> tuple[Array, Array]:
    """Return the Newton step of slopes and slacks, (K,) each."""
    slopes, slack = state.slopes, state.slack
    # Slacks that fell before the levels are met would leave the slopes no room.
    target = SIGMA * max(mu, float((slopes * np.abs(over - slack)).mean()))
    # In units of each slope, so that levels of any size give a well-scaled system.
    system = np.diag(slack * slopes)
    force = over * slopes - target
    for block, found in zip(state.blocks, terms, strict=True):
        w = shared.weights[block.batch.which] * slopes
        share = w * shared.copies[block.batch.which][:, None]
        system += share.T @ (found.curvature[:, None] * w)
        force -= share.T @ (found.pulls[:, 0] + found.target * found.pulls[:, 1])
    rise = -slopes * np.linalg.solve(system, force)
    return rise, target / slopes - slack - slack / slopes * rise


def _advance(
    blocks: list[Block], terms: list[Terms], shared: Shared, rise: Array, length: float
) -> None:
    """Move the blocks while the slopes go this share of the way: their barriers fall no further."""
    kept = 1 - length * (1 - SIGMA)
    for block, found in zip(blocks, terms, strict=True):
        held = found._replace(target=np.maximum(found.target, kept * block.mu))
        block.advance(held, shared.weights[block.batch.which] @ (length * rise))


def _length(shared: Shared, state: State, rise: Array, fall: Array) -> float:
    relative = np.concatenate([rise / state.slopes, fall / state.slack])
    shrink = float(np.max(-relative, initial=0.0))
    # Kernels change by the exponential of a component's slope: it may at most double in a step.
    s = shared.weights @ state.slopes
    growth = float(np.max((shared.weights @ rise)[s > 0] / s[s > 0], initial=0.0))
    return min(1.0, TO_BOUNDARY / max(shrink, 1e-300), 1.0 / max(growth, 1e-300))
