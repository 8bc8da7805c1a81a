"""How a problem is made from samples, levels and subsets that move with them included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rdcore._arrays import Array, Mask, positive, real
from rdcore.errors import InputError
from rdcore.problem import EVERY, Every, Problem, Source, average, subset
from rdcore.problem.distortions import Distortion
from rdcore.problem.fidelity import Fidelity, Measure


@dataclass(frozen=True)
class Share:
    """A level that is a share of the sample variance, summed over the coordinates.

    A level of -q dB relative to the variance is ``Share(10 ** (-q / 10))``.
    """

    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", positive(self.value, "value"))


@dataclass(frozen=True)
class Quantiles:
    """The subset between two quantiles of the samples on the line; 0 and 1 are no limits."""

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        low, high = real(self.low, "low"), real(self.high, "high")
        if not 0 <= low < high <= 1:
            raise InputError(f"low and high must satisfy 0 ≤ low < high ≤ 1; got {low:g}, {high:g}")

    def mask(self, atoms: Array, pmf: Array) -> Mask:
        """Return which atoms (n,) of the probabilities (n,) lie in it."""
        order = np.argsort(atoms, kind="stable")
        middle = np.empty(len(atoms))
        middle[order] = np.cumsum(pmf[order]) - pmf[order] / 2
        inside: Mask = (middle > self.low) & (middle <= self.high)
        return inside


@dataclass(frozen=True)
class SampleSubset:
    """A subset in a recipe, with the level of its distortion.

    Parameters
    ----------
    inside : Quantiles or callable
        A function returns which of the atoms, (n,) or (n, d), are in the subset.
    level : float or Share
    measure : {"joint", "conditional", "each"}
    """

    inside: Quantiles | Callable[[Array], Mask]
    level: float | Share
    measure: Measure = "conditional"


@dataclass(frozen=True)
class SampleRecipe:
    """How a problem is made from samples.

    Parameters
    ----------
    level : float or Share
        The average distortion.
    parts : sequence of SampleSubset
    codebook : array or EVERY
        Fixed codewords, or the free codebook.
    distortion : str or callable
    """

    level: float | Share
    parts: Sequence[SampleSubset] = ()
    codebook: Array | Every = EVERY
    distortion: Distortion = "squared_error"

    def problem(self, source: Source) -> Problem:
        """Return the problem of a source of samples."""
        fidelities: list[Fidelity] = [average(_level(self.level, source))]
        for part in self.parts:
            if isinstance(part.inside, Quantiles):
                if source.dim > 1:
                    raise InputError("Quantiles need samples on the line; got vectors")
                mask = part.inside.mask(source.atoms, source.pmf)
            else:
                mask = part.inside(source.atoms)
            fidelities.append(subset(mask, _level(part.level, source), part.measure))
        return Problem(source, self.codebook, self.distortion, fidelities)

    @property
    def shares(self) -> dict[int, float]:
        """The levels that move with the sample variance, by their fidelity."""
        levels = [self.level, *(part.level for part in self.parts)]
        return {k: one.value for k, one in enumerate(levels) if isinstance(one, Share)}

    @property
    def quantiles(self) -> tuple[int, ...]:
        """The fidelities whose subset lies between quantiles."""
        some = enumerate(self.parts, 1)
        return tuple(k for k, part in some if isinstance(part.inside, Quantiles))


@dataclass(frozen=True, eq=False)
class Standing:
    """A problem as a recipe: its levels, codebook and subsets stay when the samples change.

    Parameters
    ----------
    base : Problem
    moving : sequence of int
        The fidelities whose subset lies between quantiles: its probability stays, its ends move.
    """

    base: Problem
    moving: Sequence[int] = ()

    def problem(self, source: Source) -> Problem:
        """Return the problem with other probabilities of the same atoms."""
        fidelities = list(self.base.fidelities)
        for k in self.moving:
            mask = fidelities[k].mask
            if mask is not None:
                moved = _moved(mask, self.base.source, source.pmf)
                fidelities[k] = replace(fidelities[k], mask=moved)
        return replace(self.base, source=source, fidelities=fidelities)

    @property
    def shares(self) -> dict[int, float]:
        """The levels that move with the sample variance: none."""
        return {}

    @property
    def quantiles(self) -> tuple[int, ...]:
        """The fidelities whose subset lies between quantiles."""
        return tuple(self.moving)


def _moved(mask: Mask, source: Source, pmf: Array) -> Mask:
    """Return the atoms between the quantiles between which ``mask`` was, (n,)."""
    order = np.argsort(source.atoms, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(source.pmf[order])])
    now = np.cumsum(pmf[order]) - pmf[order] / 2
    ends = np.flatnonzero(np.diff(mask[order].astype(int), prepend=0, append=0))
    inside = np.zeros(len(mask), dtype=bool)
    for first, last in ends.reshape(-1, 2):
        low = before[first] if first else -1.0
        high = before[last] if last < len(mask) else 2.0
        inside[order] |= (now > low) & (now <= high)
    return inside


def _level(level: float | Share, source: Source) -> float:
    if not isinstance(level, Share):
        return real(level, "level")
    return level.value * float(source.pmf @ squares(source))


def squares(source: Source) -> Array:
    """Return the squared distance of each atom from the mean, (n,)."""
    away = source.points - source.pmf @ source.points
    return np.asarray((away**2).sum(axis=1))
