"""Settings of a training: data, target, method, and the recipe of the optimisers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import Any, Literal, get_args

from rdcore._arrays import count, positive
from rdcore.errors import InputError

Data = Literal["photographs", "digits", "own"]
Method = Literal["dco", "beta", "hinge"]
CLIP = 1e3
LATENT_SIDE = 4
SIZES: Mapping[str, int] = MappingProxyType({"photographs": 16, "digits": 8, "own": 16})


@dataclass(frozen=True)
class Recipe:
    """Parameters of the optimisers of weights and multiplier.

    A rate that comes down too late or too early does not recover, because the networks then settle
    on too many or too few latents. The first values of λ therefore matter most.

    Attributes
    ----------
    learning_rate, prior_rate : float
        Learning rates of Adam for the autoencoder and for the prior.
    last_share : float
        Fraction of the learning rate that remains at the end of a cosine decay; 1 for no decay.
    second_moment : float
        β₂ of Adam. At 0.999 the gradients at λ = 10³ have an effect for thousands of updates.
    warm_up : int
        Number of updates over which the learning rate increases.
    first_multiplier : float, optional
        The initial λ relative to -∂R/∂log D of a Gaussian with the covariance of the patches, at
        D = c, or to a quarter of a nat per latent if that is more; None to start at the limit of
        10³.
    held, free : float
        λ keeps its initial value for the fraction ``held`` of the training. Its limit then
        increases, log λ linearly, to 10³ at the fraction ``free``.
    foreseen : bool
        Whether the multiplier follows the distortion expected at the end, from the present fall of
        D, rather than the present one; and, if there are few patches, that of all of them.
    unit : float, optional
        Distortion that the constraint D - c is divided by; None for c, the normalised constraint.
    largest_excess : float
        Limit of D/c - 1 of a minibatch, as the multiplier sees it.
    lowest_mean : float
        Lower limit of the running mean of D/c - 1, which bounds how fast λ falls.
    multiplier_rate : float
        Step length of log λ.
    damping, last_damping : float
        κ in the factor exp(κv) on λ, with the running mean v of D/c - 1, and its value at the end;
        van Rozendaal et al. (2020) have none, κ = 0.
    divided : bool
        Whether the loss is divided by 1 + λ, which keeps its scale while λ changes.
    even : bool
        Whether a minibatch has one patch from each interval of the patches sorted by difficulty, so
        that the multiplier follows the distortion and not the sampling noise.
    """

    learning_rate: float = 2e-3
    prior_rate: float = 2e-3
    last_share: float = 0.01
    second_moment: float = 0.95
    warm_up: int = 100
    first_multiplier: float | None = 1.5
    held: float = 0.25
    free: float = 0.5
    foreseen: bool = True
    unit: float | None = None
    largest_excess: float = 1.0
    lowest_mean: float = -0.2
    multiplier_rate: float = 0.012
    damping: float = 2.5
    last_damping: float = 5.0
    divided: bool = True
    even: bool = True


# "naive" has the values of van Rozendaal et al. (2020), which need at least 10⁵ updates.
# "unnormalised" has the same settings for all targets too, but does not divide the constraint by c.
RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "settled": Recipe(),
        "unnormalised": Recipe(unit=200.0),
        "naive": Recipe(
            prior_rate=1e-4,
            last_share=1.0,
            second_moment=0.999,
            warm_up=1,
            first_multiplier=None,
            held=0.0,
            free=0.0,
            foreseen=False,
            largest_excess=math.inf,
            lowest_mean=-math.inf,
            multiplier_rate=5e-3,
            damping=0.0,
            last_damping=0.0,
            divided=False,
            even=False,
        ),
    }
)
"""The recipes of the multiplier by their names."""


@dataclass(frozen=True)
class CodecSettings:
    r"""Settings of the training of a codec.

    The loss of a minibatch is, with rate R in bits per pixel and mean squared error D,

    .. math:: R + λ (D/c - 1), \qquad D + βR, \qquad R + λ \max(D/c - 1, 0)

    for ``dco`` (λ is adjusted by the training), ``beta`` and ``hinge`` (λ is fixed).

    Attributes
    ----------
    data : str
        ``photographs``, ``digits``, or ``own`` images.
    target : float
        The distortion target c, in squared grey levels of 0…255.
    method : str
        ``dco``, ``beta`` or ``hinge``.
    beta, hinge_weight : float
        β, and the fixed λ of the hinge.
    channels : int
        Latent channels C; the code of a patch has 4×4×C latents of eight levels.
    steps, batch : int
        Number of updates, and of patches in each.
    seed : int
        Seed of all randomness except the choice of patches.
    recipe : str
        ``settled``, ``unnormalised`` for the constraint D - c in units of 200, or ``naive`` for the
        values of van Rozendaal et al. (2020).
    patches : int
        Number of crops of the photographs.
    every : int
        Number of updates between reports.

    Raises
    ------
    InputError
        If a number or a name is invalid.

    Examples
    --------
    >>> CodecSettings(data="digits", target=150.0, seed=1).size
    8
    """

    data: Data = "photographs"
    target: float = 200.0
    method: Method = "dco"
    beta: float = 1000.0
    hinge_weight: float = 1.0
    channels: int = 4
    steps: int = 5000
    batch: int = 16
    seed: int = 0
    recipe: Literal["settled", "unnormalised", "naive"] = "settled"
    patches: int = 32_768
    every: int = 50

    def __post_init__(self) -> None:
        for name, allowed in (
            ("data", get_args(Data)),
            ("method", get_args(Method)),
            ("recipe", tuple(RECIPES)),
        ):
            if getattr(self, name) not in allowed:
                raise InputError(
                    f"{name} must be {' or '.join(allowed)}; got {getattr(self, name)!r}"
                )
        for name in ("target", "beta", "hinge_weight"):
            positive(getattr(self, name), name)
        for name in ("channels", "steps", "batch", "patches", "every"):
            count(getattr(self, name), name)
        count(self.seed, "seed", 0)
        if self.channels > 16:
            raise InputError(f"channels must be from 1 to 16; got {self.channels}")
        if self.data != "digits" and self.patches < self.batch:
            raise InputError(f"patches must be at least batch, {self.batch}; got {self.patches}")

    @property
    def size(self) -> int:
        """Side of a patch in pixels."""
        return SIZES[self.data]

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a dict of plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> CodecSettings:
        """Return the settings in a dict from ``to_dict``; unknown names raise InputError."""
        unknown = sorted(set(values) - {field.name for field in fields(cls)})
        if unknown:
            raise InputError(f"settings have unknown names: {', '.join(unknown)}")
        return cls(**values)
