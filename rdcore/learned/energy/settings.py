"""What an energy-based run is to do: scalars only, checked once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from rdcore._arrays import count, positive, real
from rdcore.errors import InputError
from rdcore.learned.energy import sources
from rdcore.learned.energy.sources import Sampled

Name = Literal[
    "gaussian",
    "laplace",
    "mixture",
    "three_modes",
    "trimodal",
    "spike_and_background",
    "four_clusters",
]
LEAST_SAMPLES = 8192


@dataclass(frozen=True)
class EnergySettings:
    """Settings of energy-based Blahut–Arimoto for squared error.

    Parameters
    ----------
    source : str
        "gaussian", "laplace", "mixture", or one of the report's: "three_modes", "trimodal",
        "spike_and_background", "four_clusters".
    variances : tuple of float, (d,)
        Of a Gaussian's components; of a Laplace law the one; for the other sources it is unused.
    components : tuple of (mean, standard deviation, weight)
        Of a mixture on the line; for the other sources it is unused.
    beta : float
        Slope β, nats per unit of squared error.
    steps : int
        Updates of the networks.
    chains : int
        Langevin chains for the marginal, and as many for the posteriors.
    rounds : int
        Rounds of a jump and two Langevin steps between updates.
    width : int
        Of the hidden layers, two in each network.
    samples : int
        Of the joint law, from which the distortion and the bound are taken at the end.
    seed : int
        Makes every random number.

    Raises
    ------
    InputError
        If a setting makes no sense.

    Examples
    --------
    >>> plane = EnergySettings(variances=(1.0, 0.25), beta=4.0)
    >>> plane.sampled().optimal_level(plane.beta)
    0.25
    """

    source: Name = "gaussian"
    variances: tuple[float, ...] = (1.0,)
    components: tuple[tuple[float, float, float], ...] = ()
    beta: float = 2.0
    steps: int = 1500
    chains: int = 256
    rounds: int = 2
    width: int = 48
    samples: int = 1 << 18
    seed: int = 0

    def __post_init__(self) -> None:
        if self.source not in get_args(Name):
            names = ", ".join(get_args(Name))
            raise InputError(f"source={self.source!r} is unknown; one of {names} would do")
        variances = tuple(positive(v, "variances") for v in self.variances)
        if not variances or (self.source == "laplace" and len(variances) > 1):
            raise InputError(f"variances has {len(variances)} entries; a {self.source} needs 1")
        if self.source == "mixture" and not self.components:
            raise InputError("components is empty; (mean, standard deviation, weight) would do")
        object.__setattr__(self, "variances", variances)
        object.__setattr__(self, "components", tuple(_component(c) for c in self.components))
        object.__setattr__(self, "beta", positive(self.beta, "beta"))
        for name, least in (("steps", 1), ("chains", 8), ("rounds", 1), ("width", 1), ("seed", 0)):
            object.__setattr__(self, name, count(getattr(self, name), name, least))
        object.__setattr__(self, "samples", count(self.samples, "samples", LEAST_SAMPLES))

    def sampled(self) -> Sampled:
        """Return the source itself."""
        if self.source == "gaussian":
            return sources.gaussian(self.variances)
        if self.source == "laplace":
            return sources.laplace(self.variances[0])
        if self.source == "mixture":
            return sources.mixture(self.components)
        return sources.named(self.source)


def from_dict(values: dict[str, Any]) -> EnergySettings:
    """Rebuild settings from what ``dataclasses.asdict`` and JSON made of them."""
    known = {field.name for field in fields(EnergySettings)}
    if set(values) - known:
        raise InputError(f"settings has {', '.join(sorted(set(values) - known))}, which is unknown")
    values = dict(values)
    if "components" in values:
        values["components"] = tuple(tuple(part) for part in values["components"])
    if "variances" in values:
        values["variances"] = tuple(values["variances"])
    return EnergySettings(**values)


def _component(part: tuple[float, float, float]) -> tuple[float, float, float]:
    if len(part) != 3:
        raise InputError(f"components has {part!r}; (mean, standard deviation, weight) would do")
    mean, width, weight = part
    return real(mean, "components"), positive(width, "components"), positive(weight, "components")
