"""The convex program: a source, a codebook, a distortion and the fidelities asked for.

R(b) = min_Q I(X;Y)   s.t.   Σ_x p_x w_k(x) Σ_j Q_xj d_k(x, y_j) ≤ b_k,   k = 1…K.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array, Mask, points
from rdcore.distortions import Distortion, matrix
from rdcore.errors import InputError
from rdcore.fidelity import Fidelity
from rdcore.sources import Source


@dataclass(frozen=True, eq=False)
class Rows:
    """The linear constraints, one a row.

    Attributes
    ----------
    weights : array, (K, n)
        w_k(x).
    levels : array, (K,)
        b_k, in the unit of the fidelity's level.
    matrix : array of int, (K,)
        Which of the problem's distortion matrices the row is about.
    fidelity : array of int, (K,)
        Which fidelity the row comes from.
    """

    weights: Array
    levels: Array
    matrix: NDArray[np.intp]
    fidelity: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Problem:
    """A rate–distortion problem with mixed fidelity on a fixed codebook.

    Parameters
    ----------
    source : Source
        n atoms and their probabilities.
    codebook : array, (m,) or (m, d)
        The codewords.
    distortion : str, array (n, m) or callable
        "squared_error", "absolute", "hamming", the values, or a function of atoms and codewords.
    fidelities : sequence of Fidelity
        From ``average`` and ``subset``; at least one.

    Raises
    ------
    InputError
        If a shape does not fit; the message names the argument.
    """

    source: Source
    codebook: Array
    distortion: Distortion = "squared_error"
    fidelities: Sequence[Fidelity] = ()

    def __post_init__(self) -> None:
        codebook = points(self.codebook, "codebook")
        if (1 if codebook.ndim == 1 else codebook.shape[1]) != self.source.dim:
            raise InputError(
                f"codebook has shape {codebook.shape}; codewords need {self.source.dim} coordinates"
                " as the atoms have"
            )
        fidelities = tuple(self.fidelities)
        if not fidelities:
            raise InputError("fidelities is empty; at least one, such as average(D), is needed")
        for fidelity in fidelities:
            mask = fidelity.mask
            if mask is not None and mask.shape != (self.source.n,):
                raise InputError(
                    f"mask has {mask.size} entries; the source has {self.source.n} atoms"
                )
        object.__setattr__(self, "codebook", codebook)
        object.__setattr__(self, "fidelities", fidelities)

    @property
    def n(self) -> int:
        """Number of atoms."""
        return self.source.n

    @property
    def m(self) -> int:
        """Number of codewords."""
        return len(self.codebook)

    @cached_property
    def matrices(self) -> tuple[Array, ...]:
        """Distinct distortion matrices, each (n, m), in [0, ∞]."""
        codewords = self.codebook.reshape(self.m, -1)
        return tuple(matrix(d, self.source.points, codewords) for d in self._distortions)

    @cached_property
    def floors(self) -> tuple[Array, ...]:
        """Smallest distortion of each atom, (n,), in each matrix; 0 where all are infinite."""
        least = (d.min(axis=1) for d in self.matrices)
        return tuple(np.where(np.isinf(v), 0.0, v) for v in least)

    @cached_property
    def excess(self) -> tuple[Array, ...]:
        """Distortion above the floors, each (n, m), 0 for ∞; ``forbidden`` says where that is.

        Levels close to the smallest reachable ones need it: E[d] - level would cancel there.
        """
        pairs = zip(self.matrices, self.floors, strict=True)
        over = (d - floor[:, None] for d, floor in pairs)
        return tuple(v if np.isfinite(v).all() else np.where(np.isinf(v), 0.0, v) for v in over)

    @cached_property
    def least(self) -> Array:
        """What each row comes to when every atom has its smallest distortion, (K,)."""
        mass = self.rows.weights * self.source.pmf
        floors = np.stack(self.floors)[self.rows.matrix]
        return np.array([math.fsum(w * f) for w, f in zip(mass, floors, strict=True)])

    @property
    def headroom(self) -> Array:
        """Levels above ``least``, (K,)."""
        return self.rows.levels - self.least

    @cached_property
    def _distortions(self) -> list[Distortion]:
        found: list[Distortion] = []
        for fidelity in self.fidelities:
            own = self.distortion if fidelity.distortion is None else fidelity.distortion
            if not any(_same(own, other) for other in found):
                found.append(own)
        return found

    @cached_property
    def rows(self) -> Rows:
        """The constraints as rows of weights and levels."""
        pmf, weights, levels, which, owner = self.source.pmf, [], [], [], []
        for index, fidelity in enumerate(self.fidelities):
            own = self.distortion if fidelity.distortion is None else fidelity.distortion
            block = fidelity.weights(pmf)
            weights.append(block)
            levels += [fidelity.level] * len(block)
            which += [next(i for i, d in enumerate(self._distortions) if _same(own, d))] * len(
                block
            )
            owner += [index] * len(block)
        return Rows(
            np.vstack(weights), np.array(levels), np.array(which, int), np.array(owner, int)
        )

    @cached_property
    def forbidden(self) -> Mask | None:
        """Pairs that a constraint rules out by an infinite distortion, (n, m); None if none is."""
        found: Mask | None = None
        for index, values in enumerate(self.matrices):
            infinite = np.isinf(values)
            if infinite.any():
                touched = (self.rows.weights[self.rows.matrix == index] > 0).any(axis=0)
                infinite &= (touched & (self.source.pmf > 0))[:, None]
                found = infinite if found is None else found | infinite
        return found if found is not None and found.any() else None

    def with_levels(self, levels: Sequence[float]) -> Problem:
        """Return the same problem with other levels, one a fidelity.

        What does not depend on the levels is shared with this problem rather than built again.
        """
        pairs = zip(self.fidelities, levels, strict=True)
        other = replace(self, fidelities=[replace(f, level=float(D)) for f, D in pairs])
        per_row = np.array([other.fidelities[k].level for k in self.rows.fidelity])
        names = ("matrices", "floors", "excess", "least", "forbidden")
        shared = {name: getattr(self, name) for name in names}
        other.__dict__.update(shared, rows=replace(self.rows, levels=per_row))
        return other

    def above(self, channel: Array) -> Array:
        """Return by how much each row exceeds ``least``, (K,), under a channel (n, m)."""
        pmf, rows = self.source.pmf, self.rows
        values = np.empty(len(rows.levels))
        for index, distortion in enumerate(self.excess):
            mine = rows.matrix == index
            mean = np.einsum("xj,xj->x", channel, distortion)
            values[mine] = rows.weights[mine] @ (pmf * mean)
        return values

    def expected(self, channel: Array) -> Array:
        """Return Σ_x p_x w_k(x) E[d_k(x, Y)] for each row, (K,), under a channel (n, m)."""
        return self.least + self.above(channel)

    def tilt(self, slopes: Array) -> Array:
        """Return Σ_k λ_k w_k(x) (d_k(x, y_j) - floor), (n, m), for slopes (K,); ∞ if forbidden."""
        total = np.zeros((self.n, self.m))
        for index, distortion in enumerate(self.excess):
            mine = self.rows.matrix == index
            scale = slopes[mine] @ self.rows.weights[mine]
            total += scale[:, None] * distortion
        if self.forbidden is not None:
            total[self.forbidden] = np.inf
        return total


def _same(a: Distortion, b: Distortion) -> bool:
    return a is b or (isinstance(a, str) and isinstance(b, str) and a == b)
