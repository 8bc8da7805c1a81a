"""A predictor–corrector in plain NumPy on the program of ``InteriorPoint``, without its safeguards.

It says what the arithmetic costs by itself. It takes one distortion, squared error, and ends with
the same certificate.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

import rdcore as rd

_MOST = 50


def bare(problem: rd.Problem, tol: float) -> rd.proof.Certificate:
    """Return the certificate of the last iterate."""
    p, w, b = problem.source.pmf, problem.rows.weights, problem.rows.levels
    d = np.square(problem.source.points - problem.codewords[:, 0])
    unit, wp, rooted = float(d.mean()), w * p, np.sqrt(p)[:, None]
    d /= unit
    b = b / unit
    m, mass = d.shape[1], wp.sum(axis=1)
    share = np.append(np.ones(m), mass)
    total = m + mass.sum()
    x = np.append(np.full(m, 1.0 / m), 0.5 * mass / b)
    s = None
    for _ in range(_MOST):
        r, lam = x[:m], x[m:]
        tilt = (lam @ w)[:, None] * d
        least = tilt.min(axis=1)
        K = np.exp(least[:, None] - tilt)
        Z = K @ r
        K /= Z[:, None]
        c = p @ K
        mean = (K * d) @ r
        centred = (d - mean[:, None]) * K
        B = (wp @ centred).T
        S = (wp * ((centred * d) @ r)) @ w.T
        spare = b - wp @ mean
        gap = lam @ np.abs(spare) + np.log(c.max()) - (r * c) @ np.log(c)
        if gap <= tol:
            break
        if s is None:
            s = np.append(np.maximum(1 - c, 0.1), np.maximum(spare, 0.1 * b))
        K *= rooted
        root = np.sqrt(x)
        H = (K.T @ K) * np.multiply.outer(root[:m], root[:m])
        H.flat[:: m + 1] += s[:m]
        L, _ = dpotrf(H, lower=1, clean=0)
        cross = B * np.multiply.outer(root[:m], root[m:])
        solved, _ = dpotrs(L, cross, lower=1)
        second = S * np.multiply.outer(root[m:], root[m:]) + cross.T @ solved
        second.flat[:: len(lam) + 1] += s[m:]
        inverse = np.linalg.inv(second)
        force = root * np.append(1 - c, spare)
        mu = x @ s / total
        target = np.zeros_like(x)
        for corrector in (False, True):
            f = target / root - force
            u, _ = dpotrs(L, f[:m], lower=1)
            v = inverse @ (f[m:] + cross.T @ u)
            dx = root * np.append(u - solved @ v, v)
            ds = (target - s * dx) / x - s
            longest = 1 / max(-float((dx / x).min()), -float((ds / s).min()), 1e-10)
            if not corrector:
                near = min(1.0, longest)
                after = (x + near * dx) @ (s + near * ds) / total
                target = mu * (after / mu) ** 3 * share - dx * ds
        length = min(1.0, max(0.9, 1 - 10 * mu) * longest)
        x, s = x + length * dx, s + length * ds
    channel = K * r
    return rd.certify(problem, channel / channel.sum(axis=1, keepdims=True), lam / unit, r)
