"""Specs and views of learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from dashboard.model.views import Floats

SourceName = Literal["gaussian", "plane", "laplace", "three_modes"]
ErrorName = Literal["squared_error", "absolute"]
Updates = Literal["adjusted", "published"]


@dataclass(frozen=True, eq=False)
class History:
    """Metrics during a training: number of updates, (T,), and the values of each metric, (T,)."""

    steps: Floats
    values: dict[str, Floats]


@dataclass(frozen=True)
class EnergySpec:
    """A training run of an energy.

    Attributes
    ----------
    law : str
        The source.
    spread : float
        Variance of the source; in the plane that of the second component, the first has 1.
    beta : float
        Slope, nats per unit of distortion.
    steps, seed : int
    error : str
        The distortion: "squared_error" or "absolute".
    updates : str
        "adjusted", or "published": those of Li et al. (2023).
    """

    law: SourceName
    spread: float
    beta: float
    steps: int
    seed: int
    error: ErrorName = "squared_error"
    updates: Updates = "adjusted"

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of rdcore's settings."""
        return {
            "source": "gaussian" if self.law == "plane" else self.law,
            "variances": (1.0, self.spread) if self.law == "plane" else (self.spread,),
            "beta": self.beta,
            "error": self.error,
            "updates": self.updates,
            "steps": self.steps,
            "seed": self.seed,
        }

    def settings(self) -> Any:
        """Return the settings of rdcore's run."""
        from rdcore.learned.energy import EnergySettings

        return EnergySettings(**self.arguments())


@dataclass(frozen=True, eq=False)
class EnergyView:
    """The result of a training run of an energy, and the exact optimum.

    Attributes
    ----------
    history : History
    rate_bits, rate_error_bits, level, level_error : float
        The bound on the channel's rate and its distortion, from samples, with standard errors.
    closed_bits, optimal : float
        R(D) at that distortion in bits, and the optimal D at the slope; nan without a closed form.
    channel_bits, channel_level : float
        Rate and distortion of the channel on a grid, without sampling.
    excess_bits : (float, float)
        Certified lower and upper bound on the excess over R(D) of the discretised source, bits.
    grid, density : arrays, (G,)
        The learned density of the reproduction; along the first axis in the plane.
    codewords, masses : arrays, (m,)
        The optimal reproductions of the discretised source, and their probabilities.
    curve_levels, curve_bits : arrays, (L,)
        R(D).
    """

    history: History
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
    codewords: Floats
    masses: Floats
    curve_levels: Floats
    curve_bits: Floats
