"""Specs and views of learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from dashboard.model.views import Floats

Law = Literal["gaussian", "plane", "laplace", "three_modes"]


@dataclass(frozen=True, eq=False)
class Course:
    """Metrics along a training: updates made, (T,), and what each metric came to, (T,) each."""

    steps: Floats
    values: dict[str, Floats]


@dataclass(frozen=True)
class EnergySpec:
    """An energy-based run.

    Attributes
    ----------
    law : str
        The source.
    spread : float
        Variance of the source; in the plane that of the second component beside 1.
    beta : float
        Slope, nats per squared error.
    steps, seed : int
    """

    law: Law
    spread: float
    beta: float
    steps: int
    seed: int

    def settings(self) -> Any:
        """Return the settings of rdcore's run."""
        from rdcore.learned.energy import EnergySettings

        name = "gaussian" if self.law == "plane" else self.law
        variances = (1.0, self.spread) if self.law == "plane" else (self.spread,)
        return EnergySettings(
            source=name, variances=variances, beta=self.beta, steps=self.steps, seed=self.seed
        )


@dataclass(frozen=True, eq=False)
class EnergyView:
    """What an energy-based run came to, beside the exact optimum.

    Attributes
    ----------
    course : Course
    rate_bits, rate_error_bits, level, level_error : float
        The bound on the channel's rate and its distortion, from samples, with standard errors.
    closed_bits, optimal : float
        R(D) at that distortion and the optimal D at the slope; nan where no closed form is known.
    channel_bits, channel_level : float
        Rate and distortion of the channel on a grid: no sampling.
    excess_bits : (float, float)
        How far above R(D) of the discretised source that is: at least, at most; certified.
    grid, density : arrays, (G,)
        The learned density of the reproduction; along the first axis in the plane.
    words, masses : arrays, (m,)
        The optimal reproductions of the discretised source, and how likely they are.
    curve_levels, curve_bits : arrays, (L,)
        R(D).
    """

    course: Course
    rate_bits: float
    rate_error_bits: float
    level: float
    level_error: float
    closed_bits: float
    optimal: float
    channel_bits: float
    channel_level: float
    excess_bits: tuple[float, float]
    grid: Floats
    density: Floats
    words: Floats
    masses: Floats
    curve_levels: Floats
    curve_bits: Floats
