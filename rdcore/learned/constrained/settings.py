"""What a training is told: data, target, method, and the recipe by which its weights move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import Any, Literal, get_args

from rdcore._arrays import count, positive
from rdcore.errors import InputError

Data = Literal["photographs", "digits", "own"]
Method = Literal["dco", "beta", "hinge"]
CLIP = 1e3
SIZES: Mapping[str, int] = MappingProxyType({"photographs": 16, "digits": 8, "own": 16})


@dataclass(frozen=True)
class Recipe:
    """How weights and multiplier move.

    Attributes
    ----------
    learning_rate, prior_rate : float
        Adam's, of the autoencoder and of the prior.
    last_share : float
        To what share of it the learning rate falls, along a cosine; 1 keeps it.
    second_moment : float
        Adam's β₂. At .999 it remembers the gradients of λ = 10³ for thousands of updates.
    warm_up : int
        Updates over which the learning rate rises.
    multiplier_rate, multiplier_last_share : float
        Step of log λ, and to what share it falls towards the end.
    damping : float
        κ in the factor exp(κv) upon λ, v the running mean of D/c - 1; 0 as in the text.
    divided : bool
        Whether the loss is divided by 1 + λ, so that it keeps its size while λ falls.
    even : bool
        Whether a minibatch has one patch from each stretch of the order of difficulty; the
        multiplier then follows the distortion, not the luck of the draw.
    """

    learning_rate: float = 2e-3
    prior_rate: float = 2e-3
    last_share: float = 0.01
    second_moment: float = 0.95
    warm_up: int = 100
    multiplier_rate: float = 0.03
    multiplier_last_share: float = 0.25
    damping: float = 4.0
    divided: bool = True
    even: bool = True


# The text's own figures, made for runs of 10⁵ updates and more: a short run misses its target.
RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "settled": Recipe(),
        "naive": Recipe(
            prior_rate=1e-4,
            last_share=1.0,
            second_moment=0.999,
            warm_up=1,
            multiplier_rate=5e-3,
            multiplier_last_share=1.0,
            damping=0.0,
            divided=False,
            even=False,
        ),
    }
)


@dataclass(frozen=True)
class CodecSettings:
    r"""A training of a codec.

    The loss of a minibatch is, with rate R in bits per pixel and mean squared error D,

    .. math:: R + λ (D/c - 1), \qquad D + βR, \qquad R + λ \max(D/c - 1, 0)

    for ``dco`` (λ finds its value by itself), ``beta`` and ``hinge`` (λ is given).

    Attributes
    ----------
    data : str
        ``photographs``, ``digits``, or ``own`` images.
    target : float
        The distortion c, in squared grey levels of 0…255.
    method : str
        ``dco``, ``beta`` or ``hinge``.
    beta, hinge_weight : float
        β and the fixed λ.
    channels : int
        Latent channels C; a patch becomes 4×4×C levels out of eight.
    steps, batch : int
        Updates, and patches in each.
    seed : int
        Makes all chance but the choice of patches.
    recipe : str
        ``settled``, or ``naive``: the text's figures as they stand.
    patches : int
        How many crops of photographs to draw from.
    every : int
        Updates between reports.

    Raises
    ------
    InputError
        If a number or a name will not do.

    Examples
    --------
    >>> CodecSettings(target=150.0, seed=1).multiplier_start
    1000.0
    >>> CodecSettings(target=400.0, method="beta", beta=1000.0).multiplier_start
    0.4
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
    recipe: Literal["settled", "naive"] = "settled"
    patches: int = 32_768
    every: int = 50

    def __post_init__(self) -> None:
        for name, allowed in (
            ("data", get_args(Data)),
            ("method", get_args(Method)),
            ("recipe", tuple(RECIPES)),
        ):
            if getattr(self, name) not in allowed:
                raise InputError(f"{name}={getattr(self, name)!r} must be {' or '.join(allowed)}")
        for name in ("target", "beta", "hinge_weight"):
            positive(getattr(self, name), name)
        for name in ("channels", "steps", "batch", "patches", "every"):
            count(getattr(self, name), name)
        count(self.seed, "seed", 0)
        if self.channels > 16:
            raise InputError(f"channels={self.channels}; 1 to 16 would do")
        if self.data != "digits" and self.patches < self.batch:
            raise InputError(f"patches={self.patches} must be at least batch={self.batch}")

    @property
    def size(self) -> int:
        """Side of a patch in pixels."""
        return SIZES[self.data]

    @property
    def multiplier_start(self) -> float:
        """The multiplier λ to start with; that of β-VAE is c/β, which makes the losses alike."""
        if self.method == "dco":
            return CLIP
        return self.target / self.beta if self.method == "beta" else self.hinge_weight

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> CodecSettings:
        """Return the settings that ``to_dict`` wrote; names of later versions are refused."""
        unknown = sorted(set(values) - {field.name for field in fields(cls)})
        if unknown:
            raise InputError(f"settings know no {', '.join(unknown)}")
        return cls(**values)
