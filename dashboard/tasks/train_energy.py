"""Energy-based models as jobs; no streamlit, and JAX is imported only in a worker."""

from __future__ import annotations

import importlib.util
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

import rdcore as rd
from dashboard.formatting import LN2
from dashboard.jobs.steps import Step
from dashboard.model.learning import EnergySpec, EnergyView, History
from dashboard.model.views import Floats

_CURVE = 13
_GRID = {1: 401, 2: 61}


def available() -> bool:
    """Return whether the packages of the learned systems are installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("jax", "optax"))


class Recorder:
    """Converts the progress of a training run into steps of a job with the history so far."""

    def __init__(self) -> None:
        self._steps: list[int] = []
        self._rows: list[Mapping[str, float]] = []

    def step(self, progress: Any, note: str, share: tuple[float, float] = (0.0, 1.0)) -> Step:
        """Record the progress and return its step."""
        if not self._steps or progress.step > self._steps[-1]:
            self._steps.append(progress.step)
            self._rows.append(dict(progress.metrics))
        low, high = share
        return Step(low + (high - low) * progress.share, note, self.history)

    def follow(
        self, training: Iterator[Any], share: tuple[float, float], *, last: str = "training"
    ) -> Generator[Step, None, Any]:
        """Yield the steps of a training run and return its result; ``last`` is the last note."""
        while True:
            try:
                progress = next(training)
            except StopIteration as end:
                return end.value
            yield self.step(progress, last if progress.share == 1 else "training", share)

    @property
    def history(self) -> History:
        """The recorded history."""
        names = self._rows[0] if self._rows else {}
        values = {name: np.array([row[name] for row in self._rows]) for name in names}
        return History(np.array(self._steps, dtype=np.float64), values)


def energy(spec: EnergySpec) -> Generator[Step, None, EnergyView]:
    """Train an energy and compare it with the exact solution, in a worker."""
    yield Step(0.0, "compiling")
    from rdcore.learned.energy import train_energy

    recorder, training = Recorder(), train_energy(spec.settings())
    run = yield from recorder.follow(training, (0.02, 0.8), last="measuring")
    yield Step(0.85, "solving for the exact optimum", recorder.history)
    return _energy_view(run, recorder.history)


def _energy_view(run: Any, history: History) -> EnergyView:
    from rdcore.learned.energy import certified, density

    judged = certified(run)
    dim = run.sampled.dim
    spread = np.sqrt(run.sampled.variances)
    ends = [(m - 4 * s, m + 4 * s) for m, s in zip(run.sampled.mean, spread, strict=True)]
    axes = [np.linspace(low, high, _GRID[dim]) for low, high in ends]
    mesh = np.stack([part.ravel() for part in np.meshgrid(*axes, indexing="ij")], axis=1)
    densities = density(run, mesh if dim > 1 else mesh[:, 0]).reshape([len(axis) for axis in axes])
    if dim > 1:
        densities = densities.sum(axis=1) * (axes[1][1] - axes[1][0])
    levels, bits = _curve(run, judged.problem)
    best = judged.best
    used = best.marginal > 1e-6
    codewords = best.codebook.reshape(len(used), -1)[used, 0]
    return EnergyView(
        history,
        run.rate_bits,
        run.rate_error_bits,
        run.distortion,
        run.distortion_error,
        np.nan if run.closed_form_bits is None else run.closed_form_bits,
        np.nan if run.optimal_distortion is None else run.optimal_distortion,
        judged.rate_bits,
        judged.distortion,
        (judged.excess_least_bits, judged.excess_bits),
        axes[0],
        densities,
        codewords,
        best.marginal[used],
        levels,
        bits,
    )


def _curve(run: Any, problem: rd.Problem) -> tuple[Floats, Floats]:
    """Return R(D) near the reached distortion: closed form, or for the free codebook."""
    levels = run.distortion * np.geomspace(0.25, 3.0, _CURVE)
    largest = float((problem.source.pmf @ problem.matrices[0]).min())
    levels = levels[levels < largest]
    closed = run.sampled.closed_form
    if closed is not None:
        return levels, np.array([closed(float(D)) for D in levels]) / LN2
    task = replace(problem, codebook=rd.EVERY).with_levels([float(levels[0])])
    solved = [rd.solve(task.with_levels([float(D)]), tol=1e-6).rate_bits for D in levels]
    return levels, np.array(solved)
