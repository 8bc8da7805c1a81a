"""Settings of an energy-based run."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

from rdcore._arrays import count, positive, real
from rdcore.errors import InputError
from rdcore.learned.energy import sources
from rdcore.learned.energy.errors import Error
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
Updates = Literal["adjusted", "published"]
LEAST_SAMPLES = 8192


@dataclass(frozen=True)
class EnergySettings:
    """Settings of energy-based Blahut–Arimoto.

    Parameters
    ----------
    source : str
        "gaussian", "laplace", "mixture", or an example source of Nasser (2025), project report:
        "three_modes", "trimodal", "spike_and_background", "four_clusters".
    variances : tuple of float, (d,)
        Variances of the components of a Gaussian, or the variance of a Laplace distribution; unused
        for other sources.
    components : tuple of (mean, standard deviation, weight)
        Components of a mixture on the line; unused for other sources.
    beta : float
        Slope β, nats per unit of distortion.
    error : str
        The distortion ρ, summed over the coordinates: "squared_error" or "absolute".
    steps : int
        Number of updates of the networks.
    chains : int
        Number of Langevin chains for the marginal, and for the channel.
    rounds : int
        Rounds of a jump and two Langevin steps between updates; of ten steps for "published".
    width : int
        Width of the two hidden layers of each network.
    samples : int
        Number of samples of the joint distribution to measure distortion and rate.
    seed : int
        Seed of all randomness.
    updates : str
        "adjusted" for chains with a Metropolis correction and a critic whose only unknown is a
        function of x; or "published" for the updates that Li et al. (2023) print.

    Raises
    ------
    InputError
        If a setting is invalid.

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
    error: Error = "squared_error"
    steps: int = 1500
    chains: int = 256
    rounds: int = 2
    width: int = 48
    samples: int = 1 << 18
    seed: int = 0
    updates: Updates = "adjusted"

    def __post_init__(self) -> None:
        for name, kinds in (("source", Name), ("error", Error), ("updates", Updates)):
            if getattr(self, name) not in get_args(kinds):
                known = ", ".join(get_args(kinds))
                raise InputError(f"{name} must be one of {known}; got {getattr(self, name)!r}")
        variances = tuple(positive(v, "variances") for v in self.variances)
        if not variances or (self.source == "laplace" and len(variances) > 1):
            raise InputError(
                f"variances must have 1 entry for a {self.source} source; got {len(variances)}"
            )
        if self.source == "mixture" and not self.components:
            raise InputError(
                "components must have at least one (mean, standard deviation, weight); got none"
            )
        object.__setattr__(self, "variances", variances)
        object.__setattr__(self, "components", tuple(_component(c) for c in self.components))
        object.__setattr__(self, "beta", positive(self.beta, "beta"))
        for name, least in (("steps", 1), ("chains", 8), ("rounds", 1), ("width", 1), ("seed", 0)):
            object.__setattr__(self, name, count(getattr(self, name), name, least))
        object.__setattr__(self, "samples", count(self.samples, "samples", LEAST_SAMPLES))

    def sampled(self) -> Sampled:
        """Return the source, with the closed forms for its distortion."""
        found = self._sampled()
        if self.error == "squared_error":
            return found
        if self.source == "laplace":
            return sources.with_absolute_error(found)
        return replace(found, closed_form=None, optimal_level=None)

    def _sampled(self) -> Sampled:
        if self.source == "gaussian":
            return sources.gaussian(self.variances)
        if self.source == "laplace":
            return sources.laplace(self.variances[0])
        if self.source == "mixture":
            return sources.mixture(self.components)
        return sources.named(self.source)


def from_dict(values: dict[str, Any]) -> EnergySettings:
    """Return the settings in a dict from ``dataclasses.asdict`` and JSON."""
    known = {field.name for field in fields(EnergySettings)}
    if set(values) - known:
        raise InputError(f"settings have unknown names: {', '.join(sorted(set(values) - known))}")
    values = dict(values)
    if "components" in values:
        values["components"] = tuple(tuple(part) for part in values["components"])
    if "variances" in values:
        values["variances"] = tuple(values["variances"])
    return EnergySettings(**values)


def _component(part: tuple[float, float, float]) -> tuple[float, float, float]:
    if len(part) != 3:
        raise InputError(f"components must be (mean, standard deviation, weight); got {part!r}")
    mean, width, weight = part
    return real(mean, "components"), positive(width, "components"), positive(weight, "components")
