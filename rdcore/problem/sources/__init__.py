"""Sources with finitely many atoms, and the example sources of Nasser (2025), project report."""

from __future__ import annotations

from rdcore.problem.sources.candidates import k_means
from rdcore.problem.sources.examples import (
    codebook,
    four_clusters,
    gaussian,
    gaussian_2d,
    grid_codebook,
    laplacian,
    mixture,
    spike_and_background,
    three_modes,
    trimodal,
)
from rdcore.problem.sources.source import (
    Source,
    bernoulli,
    from_density,
    from_pmf,
    from_samples,
    gaussian_density,
    laplacian_density,
    uniform_grid,
)

__all__ = [
    "Source",
    "bernoulli",
    "codebook",
    "four_clusters",
    "from_density",
    "from_pmf",
    "from_samples",
    "gaussian",
    "gaussian_2d",
    "gaussian_density",
    "grid_codebook",
    "k_means",
    "laplacian",
    "laplacian_density",
    "mixture",
    "spike_and_background",
    "three_modes",
    "trimodal",
    "uniform_grid",
]
