r"""Tasks: rate–distortion problems with limits on the uncertainty about labels.

.. math::

    R(D, C) = \min I(X; \hat X)  \quad\text{s.t.}\quad  E\,d(X, \hat X) \le D,\;
    H(S_k | \hat X) \le C_k, \quad  S_k - X - \hat X.

H(S|X̂) is concave in the channel, but it is also the smallest log loss of any classifier u: H(S|X̂)
= min_u E[-log u_X̂(S)]. With pairs (y, u) of a reproduction and a label distribution as codewords,
log loss is another distortion, and the program is convex.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rdcore._arrays import Array, floats, frozen, real
from rdcore.errors import InfeasibleError, InputError
from rdcore.problem import Problem, coordinate_grid
from rdcore.problem.fidelity import average
from rdcore.problem.sources import Source
from rdcore.proof.feasibility import rounded_up, smallest_levels

# Smallest probability of a label in a log loss, so that it stays finite.
LEAST = 1e-16
# Relative distance below a minimum level that counts as met.
_MET = 1e-12
_LN2 = math.log(2)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Codewords that are pairs of a reproduction and a distribution of each label.

    Attributes
    ----------
    codewords : array, (m, d)
        The reproductions.
    index : array of int, (m,), or None
        Index of each reproduction in the codebook; None for a free codebook.
    laws : tuple of arrays, (m, |S_k|)
        The distribution of each label.
    """

    codewords: Array
    index: NDArray[np.intp] | None
    laws: tuple[Array, ...]

    def __len__(self) -> int:
        return len(self.codewords)

    def some(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> Pairs:
        """Return the chosen pairs."""
        index = None if self.index is None else self.index[chosen]
        return Pairs(self.codewords[chosen], index, tuple(law[chosen] for law in self.laws))

    def joined(self, other: Pairs) -> Pairs:
        """Return these pairs followed by others."""
        index = None
        if self.index is not None and other.index is not None:
            index = np.concatenate([self.index, other.index])
        laws = tuple(np.vstack(both) for both in zip(self.laws, other.laws, strict=True))
        return Pairs(np.vstack([self.codewords, other.codewords]), index, laws)


@dataclass(frozen=True, eq=False)
class Task:
    """A problem with limits on the uncertainty about labels.

    Parameters
    ----------
    problem : Problem
        Source, codebook and fidelities.
    posteriors : sequence of arrays, (n, |S_k|)
        P(S_k = s | X = x); rows sum to 1.
    levels : sequence of float
        C_k, the levels of H(S_k|X̂), nats.
    unit : {"nats", "bits"}
        The unit in which messages give C.

    Raises
    ------
    InputError
        If a shape does not fit or a row is not a distribution; the message names the argument.
    """

    problem: Problem
    posteriors: Sequence[Array]
    levels: Sequence[float]
    unit: Literal["nats", "bits"] = "nats"

    def __post_init__(self) -> None:
        posteriors, n = tuple(_laws(p, self.problem.n) for p in self.posteriors), self.problem.n
        if not posteriors:
            raise InputError("posterior must have at least one array (n, |S|); got none")
        levels = tuple(real(level, "C") for level in self.levels)
        if len(levels) != len(posteriors):
            raise InputError(
                f"C must have one level per label, {len(posteriors)} for {n} atoms;"
                f" got {len(levels)}"
            )
        for level in levels:
            if level < 0:
                raise InputError(f"C must be at least 0 nats; got {level:g}")
        problem = self.problem
        if problem.every and problem.distortion == "absolute":
            problem = problem.with_codebook(coordinate_grid(problem.source))
        object.__setattr__(self, "problem", problem)
        object.__setattr__(self, "posteriors", posteriors)
        object.__setattr__(self, "levels", levels)

    @property
    def source(self) -> Source:
        """The source."""
        return self.problem.source

    @cached_property
    def joint(self) -> Array:
        """The concatenated posteriors, (n, Σ|S_k|)."""
        return np.hstack(list(self.posteriors))

    @cached_property
    def sides(self) -> list[slice]:
        """The columns of each label in ``joint``."""
        ends = np.cumsum([p.shape[1] for p in self.posteriors])
        return [
            slice(int(e) - p.shape[1], int(e)) for e, p in zip(ends, self.posteriors, strict=True)
        ]

    @cached_property
    def least(self) -> tuple[float, ...]:
        """H(S_k|X), the smallest possible H(S_k|X̂), nats."""
        pmf = self.source.pmf
        return tuple(math.fsum(pmf * entropies(p)) for p in self.posteriors)

    @cached_property
    def most(self) -> tuple[float, ...]:
        """H(S_k), the largest H(S_k|X̂), for an independent reproduction, nats."""
        return tuple(float(entropies((self.source.pmf @ p)[None])[0]) for p in self.posteriors)

    @cached_property
    def neighbours(self) -> NDArray[np.intp]:
        """The codewords nearest to each codeword, (M, 2 d) or fewer."""
        from scipy.spatial import KDTree

        codewords = self.problem.codewords
        count = min(2 * codewords.shape[1], len(codewords) - 1)
        if not count:
            return np.zeros((len(codewords), 1), np.intp)
        return np.asarray(KDTree(codewords).query(codewords, k=count + 1)[1][:, 1:], dtype=np.intp)

    def require_feasible(self) -> None:
        """Raise if a level is below its minimum.

        Reproductions carry label distributions, so the minimum distortions and the minimum
        uncertainties can be reached together.

        Raises
        ------
        InfeasibleError
            The message has the minimum levels; ``smallest`` has them in nats.
        """
        floors = (*smallest_levels(self.problem), *self.least)
        asked = (*(f.level for f in self.problem.fidelities), *self.levels)
        if all(a >= f * (1 - _MET) for a, f in zip(asked, floors, strict=True)):
            return
        nearest = tuple(max(a, f) for a, f in zip(asked, floors, strict=True))
        names = [f"D{k + 1}" if k else "D" for k in range(len(self.problem.fidelities))]
        many = len(self.levels) > 1
        names += [f"C{k + 1}" if many else "C" for k in range(len(self.levels))]
        size = _LN2 if self.unit == "bits" else 1.0
        units = [1.0] * len(self.problem.fidelities) + [size] * len(self.levels)
        told = [
            f"{name}={a / unit:.6g} is below the minimum level {rounded_up(f / unit)}"
            for name, a, f, unit in zip(names, asked, floors, units, strict=True)
            if a < f * (1 - _MET)
        ]
        raise InfeasibleError("; ".join(told) + f" (C in {self.unit})", floors, nearest)

    def with_levels(self, fidelities: Sequence[float], levels: Sequence[float]) -> Task:
        """Return the same task at other levels of the fidelities and of the labels."""
        return replace(self, problem=self.problem.with_levels(fidelities), levels=levels)

    def on(self, pairs: Pairs) -> Problem:
        """Return the convex program on some pairs; the rows of the labels are last."""
        if pairs.index is not None:
            base = self.problem.candidates(pairs.index)
        else:
            base = self.problem.with_codebook(pairs.codewords)
        losses = [
            average(level, distortion=frozen(log_loss(p, law)))
            for p, law, level in zip(self.posteriors, pairs.laws, self.levels, strict=True)
        ]
        return replace(base, fidelities=[*base.fidelities, *losses])


def log_loss(posterior: Array, laws: Array) -> Array:
    """Return E[-log u(S) | X = x], nats, for posteriors (n, |S|) and laws (m, |S|), as (n, m)."""
    return np.maximum(-(posterior @ np.log(np.maximum(laws, LEAST)).T), 0.0)


def entropies(laws: Array) -> Array:
    """Return the entropy of each row, nats."""
    return np.asarray(-(laws * np.log(np.where(laws > 0, laws, 1.0))).sum(axis=1))


def several(posterior: ArrayLike | Sequence[ArrayLike]) -> list[Array]:
    """Return the posteriors of one label or of several as a list."""
    if isinstance(posterior, list | tuple) and all(np.ndim(part) == 2 for part in posterior):
        return [floats(part, "posterior") for part in posterior]
    return [floats(posterior, "posterior")]  # type: ignore[arg-type]


def _laws(posterior: ArrayLike, n: int) -> Array:
    laws = floats(posterior, "posterior")
    if laws.ndim != 2 or len(laws) != n or not laws.size:
        raise InputError(f"posterior must have shape ({n}, |S|), a row per atom; got {laws.shape}")
    totals = laws.sum(axis=1)
    if not (np.isfinite(laws).all() and (laws >= 0).all() and (np.abs(totals - 1) < 1e-9).all()):
        raise InputError("posterior must have rows of probabilities that sum to 1")
    return frozen(laws / totals[:, None])


def without_average(problem: Problem) -> float:
    """Return a level of the average that is slack for every optimal channel."""
    if problem.every:
        return problem.source.variance
    return float(problem.source.pmf @ np.where(np.isinf(d := problem.cost(0)), 0.0, d).max(axis=1))
