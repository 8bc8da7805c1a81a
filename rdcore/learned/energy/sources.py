"""Sources that are sampled, with closed forms of their rates where known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
from scipy.stats import norm

from rdcore import closed_forms
from rdcore._arrays import Array
from rdcore.errors import InputError
from rdcore.problem import sources
from rdcore.problem.cells import Cells
from rdcore.problem.sources import Source

NAMED = ("three_modes", "trimodal", "spike_and_background", "four_clusters")
# Range of discretised sources, in standard deviations (Gaussian) and scales (Laplace).
_SPAN, _LAPLACE_SPAN = 6.0, 16.0


@dataclass(frozen=True, eq=False)
class Sampled:
    """A source that can be sampled.

    Attributes
    ----------
    mean, variances : arrays, (d,)
        Moments of each component.
    draw : callable
        (key, count) → samples (count, d), in the unit of the source.
    discretised : callable
        Atoms per dimension → the discretised source.
    closed_form : callable or None
        Distortion, summed over the coordinates → R in nats.
    optimal_level : callable or None
        Slope β in nats per unit of distortion → the D at which -dR/dD = β.
    """

    mean: Array
    variances: Array
    draw: Callable[[jax.Array, int], jax.Array]
    discretised: Callable[[int], Source]
    closed_form: Callable[[float], float] | None = None
    optimal_level: Callable[[float], float] | None = None

    @property
    def dim(self) -> int:
        """Number of coordinates of a sample."""
        return len(self.mean)


def gaussian(variances: tuple[float, ...]) -> Sampled:
    """Return independent Gaussian components of mean 0 and these variances."""
    spread = np.array(variances)
    root = jnp.asarray(np.sqrt(spread), jnp.float32)

    def discretised(atoms: int) -> Source:
        parts = [sources.gaussian_density(atoms, scale=float(s), span=_SPAN) for s in root]
        return parts[0] if len(parts) == 1 else _product(parts)

    return Sampled(
        np.zeros(len(spread)),
        spread,
        lambda key, count: root * jax.random.normal(key, (count, len(spread))),
        discretised,
        lambda D: float(closed_forms.vector_gaussian(spread, D)),
        lambda slope: float(np.minimum(spread, 0.5 / slope).sum()),
    )


def laplace(variance: float) -> Sampled:
    """Return the Laplace distribution of mean 0 with this variance."""
    scale = float(np.sqrt(variance / 2))
    return Sampled(
        np.zeros(1),
        np.array([variance]),
        lambda key, count: scale * jax.random.laplace(key, (count, 1)),
        lambda atoms: sources.laplacian_density(atoms, scale=scale, span=_LAPLACE_SPAN),
    )


def with_absolute_error(source: Sampled) -> Sampled:
    """Return a Laplace source with its closed forms for absolute error."""
    scale = float(np.sqrt(source.variances[0] / 2))
    return replace(
        source,
        closed_form=lambda D: float(closed_forms.laplace_absolute(1 / scale, D)),
        optimal_level=lambda slope: min(1 / slope, scale),
    )


def mixture(components: tuple[tuple[float, float, float], ...]) -> Sampled:
    """Return a mixture of Gaussians on a line: (mean, standard deviation, weight) of each."""
    means, widths, weights = np.array(components).T
    masses = weights / weights.sum()
    mean = float(masses @ means)
    centres, roots = jnp.asarray(means, jnp.float32), jnp.asarray(widths, jnp.float32)
    logs = jnp.asarray(np.log(masses), jnp.float32)

    def draw(key: jax.Array, count: int) -> jax.Array:
        which, noise = jax.random.split(key)
        one = jax.random.categorical(which, logs, shape=(count,))
        return (centres[one] + roots[one] * jax.random.normal(noise, (count,)))[:, None]

    def density(x: Array) -> Array:
        components = norm.pdf(np.asarray(x)[..., None], means, widths)
        return np.asarray(components @ masses)

    def discretised(atoms: int) -> Source:
        low, high = (means - _SPAN * widths).min(), (means + _SPAN * widths).max()
        return sources.from_density(density, low, high, atoms, name="mixture")

    variance = float(masses @ (widths**2 + (means - mean) ** 2))
    return Sampled(np.array([mean]), np.array([variance]), draw, discretised)


def named(name: str) -> Sampled:
    """Return one of the discrete sources of ``rdcore.problem.sources``."""
    if name not in NAMED:
        raise InputError(f"source must be one of {', '.join(NAMED)}; got {name!r}")
    return from_source(getattr(sources, name)())


def from_source(source: Source) -> Sampled:
    """Return the sampler of a discrete source, whose discretisation is itself."""
    points = jnp.asarray(source.points, jnp.float32)
    logs = jnp.log(jnp.asarray(source.pmf, jnp.float32))
    variances = source.pmf @ (source.points - source.mean) ** 2
    return Sampled(
        source.mean,
        variances,
        lambda key, count: points[jax.random.categorical(key, logs, shape=(count,))],
        lambda _: source,
    )


def _product(parts: list[Source]) -> Source:
    """Return the joint distribution of independent components."""
    mesh = np.meshgrid(*(part.atoms for part in parts), indexing="ij")
    atoms = np.stack([axis.ravel() for axis in mesh], axis=1)
    pmf, variance, proxy = np.ones(1), np.zeros(1), np.zeros(1)
    for part in parts:
        assert part.cells is not None
        pmf = np.outer(pmf, part.pmf).ravel()
        variance = np.add.outer(variance, part.cells.variance).ravel()
        proxy = np.maximum.outer(proxy, part.cells.proxies).ravel()
    return Source(atoms, pmf, "gaussian", Cells(variance, proxy))
