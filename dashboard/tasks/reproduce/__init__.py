"""The ten experiments of Nasser (2025): published values, re-run values and our best.

Each runs as a job; no streamlit.

References
----------
M. Nasser, "Convex Rate-Distortion Formulation for Mixed-Fidelity Compression", project report,
December 2025, and "Convex Relaxations for Entropy-Constrained Compression", project milestone.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from dashboard.jobs.steps import Step
from dashboard.model.reproduction import Reproduced
from dashboard.tasks.reproduce.curves import (
    gaussian_curve,
    plane_curve,
    subset_prices,
    trimodal_curve,
)
from dashboard.tasks.reproduce.lloyd import (
    against_lloyd_clusters,
    against_lloyd_modes,
    against_lloyd_spike,
)
from dashboard.tasks.reproduce.refinements import collapse, refine_clusters, refine_modes


@dataclass(frozen=True)
class Experiment:
    """An experiment of Nasser (2025): its number, title and published figure."""

    key: str
    title: str
    shows: str
    run: Callable[[], Generator[Step, None, Reproduced]]


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment("E1", "Gaussian: curve", "figure 2", gaussian_curve),
    Experiment("E2", "Gaussian: prices", "figure 3", subset_prices),
    Experiment("E3", "Gaussian in the plane: curve", "figures 8 and 9", plane_curve),
    Experiment("E4", "Trimodal: level and achieved distortion", "milestone", trimodal_curve),
    Experiment("E5", "Three modes: refinement", "figures 4 and 5", refine_modes),
    Experiment("E6", "Four clusters: refinement", "figure 6", refine_clusters),
    Experiment("E7", "Three modes: comparison with Lloyd–Max", "figure 7", against_lloyd_modes),
    Experiment(
        "E8", "Spike and background: comparison with Lloyd–Max", "figure 12", against_lloyd_spike
    ),
    Experiment(
        "E9", "Four clusters: comparison with Lloyd–Max", "figure 12", against_lloyd_clusters
    ),
    Experiment("E10", "Spike and background: collapse", "figures 10 and 11", collapse),
)


def run(key: str) -> Generator[Step, None, Reproduced]:
    """Run an experiment by its number, in a worker."""
    one = next(one for one in EXPERIMENTS if one.key == key)
    found = yield from one.run()
    yield Step(1.0)
    return found
