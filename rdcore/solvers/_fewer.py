"""Fewer codewords for the same dual point.

The dual depends on the marginal r only through the n numbers Z_x, and the levels through the K
expectations. So some r with at most n + K codewords has the same bounds and the same slopes
(Carathéodory).
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import qr
from scipy.linalg.blas import dger
from scipy.linalg.lapack import dormqr

from rdcore._arrays import Array, Mask
from rdcore.problem import Problem

# Diagonal entries of a pivoted factor below this fraction of the largest are rounding noise.
_RANK = 1e-13
# Largest relative misfit of any Z_x.
_MISFIT = 1e-9
# A share of Z_x that an atom may lose with the codewords that are dropped.
_LOST = 0.5


def shares(problem: Problem, r: Array, slopes: Array) -> tuple[Array, Array]:
    """Return K_xj / Z_x and d-weighted sums of it for each row, (n, m) and (K, m)."""
    shares = np.empty((problem.n, problem.m))
    rows = np.zeros((len(slopes), problem.m))
    for some in problem.blocks():
        tilt = problem.tilt(slopes, some)
        kernel = np.exp(tilt.min(axis=1, keepdims=True) - tilt)
        kernel /= (kernel @ r)[:, None]
        shares[some] = kernel
        for index in range(len(problem.distortions)):
            mine = problem.rows.matrix == index
            weights = problem.rows.weights[mine][:, some] * problem.source.pmf[some]
            rows[mine] += weights @ (kernel * problem.over(index, some))
    return shares, rows


def fewer(problem: Problem, r: Array, slopes: Array) -> Array | None:
    """Return masses (m,), at most n + K above 0, with the same Z and expectations.

    None if rounding prevents it.
    """
    kernel, rows = shares(problem, r, slopes)
    reached = rows @ r
    rows /= np.where(reached > 0, reached, 1.0)[:, None]
    used = np.flatnonzero(r > 0)
    matrix = np.vstack([kernel[problem.source.pmf > 0], rows])[:, used] * r[used]
    factors = _vertex(matrix)
    misfit = np.abs(matrix @ factors - matrix.sum(axis=1)).max(initial=0.0)
    if not misfit <= _MISFIT:
        return None
    masses = np.zeros_like(r)
    masses[used] = r[used] * factors
    return masses


def _vertex(matrix: Array) -> Array:
    """Return f ≥ 0 (m,) with as many zeros as rank allows and matrix @ f = matrix @ 1.

    Along a null vector f moves until an entry is 0; the null vectors that are left keep it there.
    """
    null = _null_vectors(matrix)
    factors, left = np.ones(matrix.shape[1]), len(null)
    while left:
        step = null[left - 1]
        rate = np.divide(-step, factors, out=np.zeros_like(step), where=factors > 0)
        index = int(np.abs(rate).argmax())
        if rate[index] == 0:
            left -= 1
            continue
        factors = np.maximum(factors + step / rate[index], 0.0)
        factors[index] = 0.0
        pivot = int(np.abs(null[:left, index]).argmax())
        left -= 1
        if not left:
            break
        null[[pivot, left]] = null[[left, pivot]]
        line, others = null[left], null[:left]
        # In place: others -= others[:, index] / line[index] ⊗ line.
        dger(-1.0, line, others[:, index] / line[index], a=others.T, overwrite_a=1)
        others[:, index] = 0.0
    return factors


def _null_vectors(matrix: Array) -> Array:
    """Return orthogonal vectors (k, m) with matrix @ v = 0, from a pivoted QR factorisation."""
    (packed, scales), upper, _ = qr(matrix.T, mode="raw", pivoting=True)
    sizes = np.abs(np.diag(upper))
    rank = int((sizes > _RANK * sizes.max(initial=0.0)).sum())
    last = np.eye(matrix.shape[1])[:, rank:]
    if not last.size:
        return np.ascontiguousarray(last.T)
    packed = packed[:, : len(scales)]
    work = int(dormqr("L", "N", packed, scales, last, -1)[1][0])
    return np.ascontiguousarray(dormqr("L", "N", packed, scales, last, work)[0].T)


def needed(problem: Problem, r: Array, slopes: Array, used: Mask) -> Mask:
    """Add codewords to those in use, (m,), so that no atom loses most of its Z."""
    kernel, _ = shares(problem, r, slopes)
    kernel *= r
    lost = (kernel[:, ~used].sum(axis=1) > _LOST) & (problem.source.pmf > 0)
    found = used.copy()
    found[kernel[lost].argmax(axis=1)] = True
    return found
