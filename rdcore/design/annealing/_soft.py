r"""The optimal channel at a temperature, for fixed masses, with prices that meet the levels.

For masses q the channel that minimises :math:`H(Y) - \tau H(Y|X)`, with H(Y) replaced by its
tangent -Σ_j log q_j (pQ)_j from above, is Q_xj ∝ q_j^{1/τ} exp(-Σ_k λ_k C_k(x, j) / τ). The prices
maximise a concave function, whose gradient is E[C] - b.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array
from rdcore.solvers.program import Program

_NEWTON = 40
_BRACKETS = 200
_EXACT = 1e-11
_CLOSE = 1e-7
_CYCLES = 12
_FEW = 5


class Soft(NamedTuple):
    """A channel Q (n', m), its prices λ (K',) scaled, E[C] - b (K',), S (K', K'), the value."""

    channel: Array
    slopes: Array
    over: Array
    S: Array
    value: float


def soft(scaled: Program, logs: Array, tau: float, slopes: Array) -> Soft:
    """Evaluate the channel at log masses (m,), a temperature and prices (K',)."""
    score = scaled.tilt(slopes)
    np.subtract(logs, score, out=score)
    score /= tau
    top = score.max(axis=1)
    score -= top[:, None]
    channel = np.exp(score, out=score)
    Z = channel @ np.ones(scaled.m)
    channel /= Z[:, None]
    expected, S = _moments(scaled, channel)
    value = -tau * float(scaled.pmf @ (np.log(Z) + top)) - float(slopes @ scaled.levels)
    return Soft(channel, slopes, expected - scaled.levels, S / tau, value)


def _moments(scaled: Program, channel: Array) -> tuple[Array, Array]:
    if len(scaled.matrices) > 1:
        return scaled.moments(channel, np.ones(scaled.m))[:2]
    d = scaled.matrices[0]
    mean = np.einsum("xj,xj->x", channel, d)
    spread = np.einsum("xj,xj,xj->x", channel, d, d) - mean * mean
    mass = scaled.weights * scaled.pmf
    return mass @ mean, (mass * np.maximum(spread, 0.0)) @ scaled.weights.T


def priced(scaled: Program, logs: Array, tau: float, slopes: Array) -> Soft:
    """Return the channel that meets the levels, with price 0 for slack levels."""
    binding = np.flatnonzero(slopes > 0)
    if len(binding) == 1 or len(slopes) == 1:
        found = _one_price(scaled, logs, tau, slopes, int(binding[0]) if len(binding) else 0)
        if (found.over <= _EXACT * scaled.levels).all():
            return found
        slopes = found.slopes
    found = _prices(scaled, logs, tau, slopes)
    # At low temperatures the dual is almost piecewise linear, so rows are solved one at a time.
    for turn in range(_CYCLES * len(slopes)):
        off = np.where(found.slopes > 0, np.abs(found.over), np.maximum(found.over, 0))
        if (off <= _CLOSE * scaled.levels).all():
            break
        row = turn % len(slopes) if len(slopes) < _FEW else int((off / scaled.levels).argmax())
        found = _one_price(scaled, logs, tau, found.slopes, row)
    return found


def _one_price(scaled: Program, logs: Array, tau: float, slopes: Array, row: int) -> Soft:
    """Solve E[C] = b for one row by Newton's method, safeguarded by a bracket."""
    others, unit = slopes.copy(), np.zeros_like(slopes)
    others[row], unit[row] = 0.0, 1.0
    level = float(scaled.levels[row])
    low, high, at = -1.0, np.inf, max(float(slopes[row]), 0.0)
    best: Soft | None = None
    for _ in range(_BRACKETS):
        here = soft(scaled, logs, tau, others + at * unit)
        over = float(here.over[row])
        if over > 0:
            low = at
        else:
            high, best = at, here
            if over >= -_EXACT * level or at == 0:
                return here
        # Overshoot the root slightly, to reach the side on which the level is met.
        step = at + (over + 0.5 * _EXACT * level) / max(float(here.S[row, row]), 1e-300)
        if np.isinf(high):
            at = min(step, 4 * at + 1.0) if step > low else 2 * low + 1e-3
        elif low < 0:
            at = step if 0 < step < high else 0.0
        else:
            at = step if low < step < high else (low + high) / 2
            if high - low <= 4e-16 * high:
                break
    return here if best is None else best


def _prices(scaled: Program, logs: Array, tau: float, slopes: Array) -> Soft:
    """Maximise the concave dual by projected Newton steps with a line search."""
    here = soft(scaled, logs, tau, slopes)
    for _ in range(_NEWTON):
        off = np.where(here.slopes > 0, np.abs(here.over), np.maximum(here.over, 0))
        if (off <= _EXACT * scaled.levels).all():
            break
        free = (here.slopes > 0) | (here.over > 0)
        S = here.S[np.ix_(free, free)]
        S.flat[:: len(S) + 1] += 1e-12 * np.trace(S) + 1e-12
        step = np.zeros_like(slopes)
        step[free] = np.linalg.solve(S, here.over[free])
        # A smaller increase is below the rounding of the value.
        if float(here.over @ step) <= 1e-14 * (1 + abs(here.value)):
            break
        longest = 2.0 + 4.0 * here.slopes
        step = np.clip(step, -longest, longest)
        length, moved = 1.0, None
        while length > 1e-6 and moved is None:
            trial = np.maximum(here.slopes + length * step, 0.0)
            there = soft(scaled, logs, tau, trial)
            gain = float(here.over @ (trial - here.slopes))
            moved = there if there.value >= here.value + 1e-4 * gain else None
            length /= 4
        if moved is None:
            break
        here = moved
    return here
