"""Cells: the parts of a continuous source that the atoms of a discretised one represent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array, floats, frozen
from rdcore.errors import InputError

__all__ = [
    "Cells",
    "Density",
    "Law",
    "discretise",
]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
# Relative difference between a panel and its two halves above which the halves are split.
_PRECISION = 1e-12
_HALVINGS = 60
_MOST_PANELS = 200_000
# Rounding error of a difference of two probabilities.
_NOISE = 4e-16


@dataclass(frozen=True, eq=False)
class Cells:
    """Spread of a continuous source X around the atoms T = E[X | cell] that represent its cells.

    In one dimension the cells are intervals.

    Parameters
    ----------
    variance : array, (n,)
        E[|X - T|² | cell], in the square of the atoms' unit.
    proxy : array, (n,), optional
        Sub-Gaussian variance proxy: σ² with E[exp(u·(X - T)) | cell] ≤ exp(σ²|u|²/2) for every u,
        in the same unit; ∞ where none is known, as for an unbounded cell. A cell of diameter h has
        σ² = h²/4 (Hoeffding, 1963). None: ∞ everywhere.

    Raises
    ------
    InputError
        If the shapes differ, a variance is negative or infinite, or a proxy is negative.
    """

    variance: Array
    proxy: Array | None = None

    def __post_init__(self) -> None:
        variance = floats(self.variance, "variance")
        if variance.ndim != 1 or not (np.isfinite(variance).all() and (variance >= 0).all()):
            raise InputError("variance must have shape (n,) and be finite and non-negative")
        if self.proxy is not None:
            proxy = floats(self.proxy, "proxy")
            if proxy.shape != variance.shape or not (proxy >= 0).all():
                raise InputError(f"proxy must have shape {variance.shape} and be non-negative")
            object.__setattr__(self, "proxy", frozen(proxy))
        object.__setattr__(self, "variance", frozen(variance))

    @property
    def n(self) -> int:
        """Number of cells."""
        return len(self.variance)

    @property
    def proxies(self) -> Array:
        """Sub-Gaussian variance proxies, (n,); ∞ where none is known."""
        return np.full(self.n, np.inf) if self.proxy is None else self.proxy


@runtime_checkable
class Law(Protocol):
    """Distribution on the line, with the methods of a frozen distribution of scipy.stats."""

    def cdf(self, x: Array) -> Array:
        """P(X ≤ x)."""
        ...

    def sf(self, x: Array) -> Array:
        """P(X > x)."""
        ...

    def support(self) -> tuple[float, float]:
        """Return the ends of the smallest interval that has all the mass."""
        ...


Density = Law | Callable[[Array], Array]
"""The density of a source before it is cut into cells: a law, or its values at points."""
_Integrand = Callable[[Array, NDArray[np.intp]], Array]


class _Moments(NamedTuple):
    """Mass, E[X - a; cell] and E[(X - a)²; cell] about points a, and proxies, each (n,)."""

    a: Array
    mass: Array
    first: Array
    second: Array
    proxy: Array


def discretise(density: Density, edges: Array) -> tuple[Array, Array, Cells]:
    r"""Return the means (n,), the masses (n,) and the cells of a density between edges (n+1,).

    For a distribution, the first and the last cell extend to the ends of its support. With
    :math:`G(x) = P(x < X \le b)` its moments in a cell (a, b] are

    .. math:: E[X-a;\ cell] = \int_a^b G, \qquad E[(X-a)^2;\ cell] = 2 \int_a^b (x-a) G,

    so no density has to exist. A function is integrated between the edges and is 0 outside them; it
    need not integrate to 1.

    Integrals are computed by 16-point Gauss–Legendre quadrature. A panel is halved until its
    integral agrees with that of its halves to 1e-12 of the integral over the cell, or to the
    rounding error of the mass. Cells without mass are dropped.

    Parameters
    ----------
    density : distribution or callable
        A distribution with ``cdf`` and ``sf``, like those of SciPy, or a density as a function.
    edges : array, (n+1,)
        The ends of the cells, increasing.

    Returns
    -------
    means : array, (n,)
        The mean of each cell.
    masses : array, (n,)
        The probability of each cell.
    cells : Cells
        Their variances and proxies.

    Raises
    ------
    InputError
        If a value is negative or not finite, an integral does not converge, a tail has no finite
        variance, or there is no mass.

    Examples
    --------
    >>> import numpy as np
    >>> means, masses, cells = discretise(lambda x: np.ones_like(x), np.array([0.0, 0.5, 1.0]))
    >>> means.round(12).tolist(), masses.round(12).tolist()
    ([0.25, 0.75], [0.5, 0.5])
    """
    found = _of_law(density, edges) if isinstance(density, Law) else _of_function(density, edges)
    kept = found.mass > 0
    if not kept.any():
        raise InputError(f"density has no mass between low={edges[0]:g} and high={edges[-1]:g}")
    a, mass, first, second, proxy = (values[kept] for values in found)
    offset = first / mass
    cells = Cells(np.maximum(second / mass - offset**2, 0.0), proxy)
    return a + offset, mass / mass.sum(), cells


def _of_function(density: Callable[[Array], Array], edges: Array) -> _Moments:
    a, width = edges[:-1], np.diff(edges)

    def integrand(x: Array, cell: NDArray[np.intp]) -> Array:
        values = floats(density(x), "density")
        if values.shape != x.shape or not np.isfinite(values).all() or (values < 0).any():
            raise InputError(
                "density must return a finite value of at least 0 for each x between low and high"
            )
        u = (x - a[cell][:, None]) / width[cell][:, None]
        return np.stack([values, u * values, u**2 * values])

    mass, first, second = _integrals(integrand, edges, 0.0)
    return _Moments(a, mass, first * width, second * width**2, (width / 2) ** 2)


def _of_law(law: Law, edges: Array) -> _Moments:
    low, high = (float(end) for end in law.support())
    edges = edges.copy()
    edges[0] = min(edges[0], low) if np.isfinite(low) else edges[0]
    edges[-1] = max(edges[-1], high) if np.isfinite(high) else edges[-1]
    below, above = np.array(law.cdf(edges)), np.array(law.sf(edges))
    # Mass at the lowest edge belongs to the lowest cell.
    below[0], above[0] = 0.0, 1.0
    # Subtract the smaller of cdf and sf, so that tails keep their relative precision.
    upper = (below[:-1] > 0.5)[:, None]
    width = np.diff(edges)

    def integrand(x: Array, cell: NDArray[np.intp]) -> Array:
        rise = below[1:][cell][:, None] - law.cdf(x)
        fall = law.sf(x) - above[1:][cell][:, None]
        G = np.maximum(np.where(upper[cell], fall, rise), 0.0)
        return np.stack([G, 2 * (x - edges[:-1][cell][:, None]) / width[cell][:, None] * G])

    mass = np.where(upper[:, 0], above[:-1] - above[1:], below[1:] - below[:-1])
    first, second = _integrals(integrand, edges, _NOISE)
    found = _Moments(edges[:-1].copy(), mass, first, second * width, (width / 2) ** 2)
    if not np.isfinite(low):
        _put(found, 0, edges[1], float(below[1]), *_tail(lambda t: law.cdf(edges[1] - t), -1))
    if not np.isfinite(high):
        _put(found, -1, edges[-2], float(above[-2]), *_tail(lambda t: law.sf(edges[-2] + t), 1))
    return found


def _put(found: _Moments, k: int, a: float, mass: float, first: float, second: float) -> None:
    for values, value in zip(found, (a, mass, first, second, np.inf), strict=True):
        values[k] = value


def _tail(beyond: Callable[[Any], Any], sign: int) -> tuple[float, float]:
    """Return E[T; T > 0] with a sign and E[T²; T > 0] for P(T > t), t > 0."""
    from scipy.integrate import quad  # slow to import, and seldom needed

    scale = float(beyond(0.0))
    if scale == 0:
        return 0.0, 0.0
    sums = [
        quad(
            lambda t, k=k: (2 * t) ** k * float(beyond(t)) / scale,
            0,
            np.inf,
            epsrel=1e-11,
            epsabs=0,
            limit=500,
            full_output=1,
        )
        for k in (0, 1)
    ]
    if not all(value >= 0 and error <= 1e-6 * value for value, error, *_ in sums):
        raise InputError("density must have tails of finite variance; truncate it")
    return sign * scale * float(sums[0][0]), scale * float(sums[1][0])


def _integrals(integrand: _Integrand, edges: Array, noise: float) -> Array:
    """Integrate functions of (x, cell) over every cell, (functions, n)."""
    a, b, cell = edges[:-1], edges[1:], np.arange(len(edges) - 1)
    whole = _panels(integrand, a, b, cell)
    total = np.zeros_like(whole)
    for _ in range(_HALVINGS):
        middle = (a + b) / 2
        left, right = _panels(integrand, a, middle, cell), _panels(integrand, middle, b, cell)
        both = left + right
        size = np.maximum(total[:, cell] + both, whole)
        far = (np.abs(both - whole) > _PRECISION * size + noise * (b - a)).any(axis=0)
        for sums, parts in zip(total, both, strict=True):
            sums += np.bincount(cell[~far], parts[~far], len(sums))
        if not far.any() or len(cell) > _MOST_PANELS:
            break
        a, b = np.concatenate([a[far], middle[far]]), np.concatenate([middle[far], b[far]])
        cell = np.tile(cell[far], 2)
        whole = np.concatenate([left[:, far], right[:, far]], axis=1)
    if far.any():
        raise InputError(
            f"density cannot be integrated between {a[far].min():g} and {b[far].max():g};"
            " pass a distribution with cdf, sf and support, such as one of scipy.stats"
        )
    return total


def _panels(integrand: _Integrand, a: Array, b: Array, cell: NDArray[np.intp]) -> Array:
    half = ((b - a) / 2)[:, None]
    return np.asarray(integrand(a[:, None] + half * (1 + _NODES), cell) @ _WEIGHTS * half[:, 0])
