"""The convex program of a source, a codebook, a distortion and fidelities.

R(b) = min_Q I(X;Y)   s.t.   Σ_x p_x w_k(x) Σ_j Q_xj d_k(x, y_j) ≤ b_k,   k = 1…K.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array, Index, Mask, frozen, points, shown
from rdcore._html import table
from rdcore.errors import InputError
from rdcore.problem.distortions import (
    Distortion,
    OffBy,
    Relative,
    check_name,
    free,
    matrix,
    same,
)
from rdcore.problem.exact_sums import dot_parts
from rdcore.problem.fidelity import Fidelity
from rdcore.problem.grids import coordinate_grid
from rdcore.problem.sources import Source


class Every(Enum):
    """The free codebook: the solver chooses the codewords."""

    EVERY = "every point of the space in which the atoms lie"


EVERY = Every.EVERY
"""The free codebook: the solver chooses the codewords."""
# Pairs of an atom and a codeword that are processed at a time, and that are stored at most.
_BLOCK = 1 << 18
_MOST_KEPT = 1 << 23
_ALL = slice(None)
# The largest values whose squares, and the sums and slopes made of them, are numbers; over free
# codewords second derivatives are too.
_SQUARED, _SQUARED_EVERY, _ABSOLUTE = 1e150, 1e75, 1e300


@dataclass(frozen=True, eq=False)
class Rows:
    """The linear constraints, one per row.

    Attributes
    ----------
    weights : array, (K, n)
        w_k(x).
    levels : array, (K,)
        b_k, in the unit of the fidelity's level.
    matrix : array of int, (K,)
        Index of the row's distortion in ``Problem.matrices``.
    fidelity : array of int, (K,)
        Index of the fidelity to which the row belongs.
    """

    weights: Array
    levels: Array
    matrix: NDArray[np.intp]
    fidelity: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Problem:
    """A rate–distortion problem with mixed fidelity, on a fixed or free codebook.

    Parameters
    ----------
    source : Source
        n atoms and their probabilities.
    codebook : array, (m,) or (m, d), or EVERY
        The codewords. With ``EVERY``, for "squared_error" and "absolute", every point of the space
        of the atoms may be a codeword; for "squared_error" in up to six dimensions. On the line
        also for ``OffBy`` and ``Relative``.
    distortion : str, array (n, m) or callable
        "squared_error", "absolute", "hamming", the values, or a function of atoms and codewords;
        see ``rdcore.distortions``.
    fidelities : sequence of Fidelity
        From ``average`` and ``subset``; at least one.

    Raises
    ------
    InputError
        If a shape does not fit; the message names the argument.
    """

    source: Source
    codebook: Array | Every
    distortion: Distortion = "squared_error"
    fidelities: Sequence[Fidelity] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.source, Source):
            raise InputError(f"source must be a Source; got {shown(self.source)}")
        fidelities = _demands(self.fidelities)
        codebook = self.codebook
        for distortion in (self.distortion, *(f.distortion for f in fidelities)):
            check_name(distortion)
        if isinstance(codebook, Every):
            used = [_own(self, f) for f in fidelities] or [self.distortion]
            if not all(free(d, self.source.dim) and same(d, used[0]) for d in used):
                raise InputError(
                    "codebook=EVERY needs distortion='squared_error' or 'absolute' throughout, or"
                    " on the line OffBy or Relative; other distortions need a fixed codebook"
                )
        else:
            codebook = points(codebook, "codebook")
            if (1 if codebook.ndim == 1 else codebook.shape[1]) != self.source.dim:
                raise InputError(
                    f"codebook must have {self.source.dim} coordinates per codeword, like the"
                    f" atoms; got shape {codebook.shape}"
                )
        if not fidelities:
            raise InputError("fidelities must have at least one, such as average(D); got none")
        for fidelity in fidelities:
            mask = fidelity.mask
            if mask is not None and mask.shape != (self.source.n,):
                raise InputError(
                    f"mask must have one entry per atom, {self.source.n}; got {mask.size}"
                )
        _check_scale(self, codebook, fidelities)
        object.__setattr__(self, "codebook", codebook)
        object.__setattr__(self, "fidelities", fidelities)

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        size = "every codeword" if self.every else f"{self.m} codewords"
        levels = [(f"{f.measure} distortion", f"at most {f.level:.6g}") for f in self.fidelities]
        return table(
            [("source", f"{self.source.name}, {self.n} atoms"), ("codebook", size), *levels]
        )

    @property
    def n(self) -> int:
        """Number of atoms."""
        return self.source.n

    @property
    def every(self) -> bool:
        """Whether the codebook is free."""
        return isinstance(self.codebook, Every)

    @property
    def sufficient(self) -> Array:
        """Codewords, (m, d), among which an optimal codebook is: for all but squared error.

        Raises
        ------
        InputError
            If there are too many.
        """
        distortion = self.distortions[0]
        if isinstance(distortion, OffBy | Relative):
            return distortion.sufficient(self.source.points[:, 0])[:, None]
        return coordinate_grid(self.source)

    @property
    def codewords(self) -> Array:
        """The codewords as an (m, d) array.

        Raises
        ------
        InputError
            If the codebook is ``EVERY``.
        """
        if isinstance(self.codebook, Every):
            raise InputError("codebook=EVERY has no codewords; solve with Exchange() to find them")
        return self.codebook.reshape(len(self.codebook), self.source.dim)

    @cached_property
    def m(self) -> int:
        """Number of codewords."""
        return len(self.codewords)

    @cached_property
    def matrices(self) -> tuple[Array, ...]:
        """Distinct distortion matrices, each (n, m), in [0, ∞]."""
        return tuple(matrix(d, self.source.points, self.codewords) for d in self.distortions)

    @property
    def dense(self) -> bool:
        """Whether arrays (n, m) are stored; larger problems compute their costs when needed."""
        return self.n * self.m <= _MOST_KEPT

    def cost(self, index: int, atoms: Index = _ALL, codewords: Index = _ALL) -> Array:
        """Return a block of a distortion matrix, (atoms, codewords)."""
        if self.dense:
            return self.matrices[index][atoms][:, codewords]
        distortion = self.distortions[index]
        if isinstance(distortion, np.ndarray):
            return distortion[atoms][:, codewords]
        return matrix(distortion, self.source.points[atoms], self.codewords[codewords])

    def over(self, index: int, atoms: Index = _ALL) -> Array:
        """Return the distortion minus the floor of each atom, (atoms, m); 0 where forbidden.

        Near the minimum levels, E[d] - level would suffer from cancellation without it.
        """
        if self.dense:
            return self.excess[index][atoms]
        forbidden = None if self.forbidden is None else self.forbidden[atoms]
        return _above_floor(self.cost(index, atoms), self.floors[index][atoms], forbidden)

    @cached_property
    def floors(self) -> tuple[Array, ...]:
        """Smallest distortion of each atom, (n,), in each matrix; 0 where all are infinite.

        Pairs that another matrix forbids do not count.
        """
        found = []
        for index in range(len(self.distortions)):
            least = np.concatenate([self._allowed(index, b).min(axis=1) for b in self.blocks()])
            found.append(np.where(np.isinf(least), 0.0, least))
        return tuple(found)

    def _allowed(self, index: int, atoms: slice) -> Array:
        cost = self.cost(index, atoms)
        if self.forbidden is None or len(self.distortions) == 1:
            return cost
        return np.where(self.forbidden[atoms], np.inf, cost)

    @cached_property
    def excess(self) -> tuple[Array, ...]:
        """Distortion matrices minus the floors, each (n, m); 0 where forbidden."""
        pairs = zip(self.matrices, self.floors, strict=True)
        return tuple(_above_floor(d, floor, self.forbidden) for d, floor in pairs)

    @cached_property
    def means(self) -> tuple[Array, ...]:
        """Mean over the codewords of the distortion minus the floor, (n,), for each matrix."""
        return tuple(
            np.concatenate([self.over(index, b).mean(axis=1) for b in self.blocks()])
            for index in range(len(self.distortions))
        )

    @cached_property
    def least_parts(self) -> Array:
        """``least``, and what rounding took from it, (2, K)."""
        rows, pmf = self.rows, self.source.pmf
        pairs = zip(rows.weights, rows.matrix, strict=True)
        found = [dot_parts(weights, pmf, self.floors[index]) for weights, index in pairs]
        return np.array(found).reshape(len(found), 2).T

    @property
    def least(self) -> Array:
        """What each row comes to when every atom has its smallest distortion, (K,)."""
        return np.asarray(self.least_parts[0])

    @property
    def headroom(self) -> Array:
        """Levels above ``least``, (K,), with a relative error of a few roundings.

        The difference is that of the exact sum: close to ``least`` its rounding would be all there
        is.
        """
        high, low = self.least_parts
        return np.asarray((self.rows.levels - high) - low)

    @cached_property
    def typical(self) -> Array:
        """What each row costs above ``least`` with a codeword drawn at random, (K,).

        The unit in which headroom is small or large, whatever the level.
        """
        mass = self.rows.weights * self.source.pmf
        return np.asarray((mass * np.stack(self.means)[self.rows.matrix]).sum(axis=1))

    @cached_property
    def distortions(self) -> list[Distortion]:
        """The distinct distortions of the rows."""
        found: list[Distortion] = []
        for fidelity in self.fidelities:
            own = self.distortion if fidelity.distortion is None else fidelity.distortion
            if not any(same(own, other) for other in found):
                found.append(own)
        return found

    def matrix_of(self, fidelity: Fidelity) -> int:
        """Return which of ``distortions`` a fidelity is about."""
        own = self.distortion if fidelity.distortion is None else fidelity.distortion
        return next(i for i, d in enumerate(self.distortions) if same(own, d))

    @cached_property
    def rows(self) -> Rows:
        """The constraints as rows of weights and levels."""
        pmf, weights, levels, which, owner = self.source.pmf, [], [], [], []
        for index, fidelity in enumerate(self.fidelities):
            block = fidelity.weights(pmf)
            weights.append(block)
            levels += [fidelity.level] * len(block)
            which += [self.matrix_of(fidelity)] * len(block)
            owner += [index] * len(block)
        return Rows(
            np.vstack(weights), np.array(levels), np.array(which, int), np.array(owner, int)
        )

    @cached_property
    def forbidden(self) -> Mask | None:
        """Pairs that an infinite distortion forbids, (n, m); None if there are none."""
        found: Mask | None = None
        for index, distortion in enumerate(self.distortions):
            if isinstance(distortion, str):
                continue
            infinite = np.vstack([np.isinf(self.cost(index, b)) for b in self.blocks()])
            if infinite.any():
                touched = (self.rows.weights[self.rows.matrix == index] > 0).any(axis=0)
                infinite &= (touched & (self.source.pmf > 0))[:, None]
                found = infinite if found is None else found | infinite
        return found if found is not None and found.any() else None

    def with_codebook(self, codewords: Array) -> Problem:
        """Return the same problem with the codewords (m, d)."""
        return replace(self, codebook=codewords[:, 0] if self.source.dim == 1 else codewords)

    def with_every(self) -> Problem:
        """Return the same problem with a free codebook."""
        return replace(self, codebook=EVERY)

    def with_levels(self, levels: Sequence[float]) -> Problem:
        """Return the same problem with other levels, one per fidelity.

        Cached values that do not depend on the levels are shared with this problem.
        """
        pairs = zip(self.fidelities, levels, strict=True)
        other = replace(self, fidelities=[replace(f, level=float(D)) for f, D in pairs])
        if self.every:
            return other
        per_row = np.array([other.fidelities[k].level for k in self.rows.fidelity])
        names = ["floors", "means", "least_parts", "typical", "forbidden"]
        names += ["matrices", "excess"] * self.dense
        shared = {name: getattr(self, name) for name in names}
        other.__dict__.update(shared, rows=replace(self.rows, levels=per_row))
        return other

    def above(self, channel: Array) -> Array:
        """Return the value of each row minus ``least``, (K,), under a channel (n, m)."""
        pmf, rows = self.source.pmf, self.rows
        values = np.zeros(len(rows.levels))
        for index in range(len(self.distortions)):
            mine = rows.matrix == index
            mean = np.concatenate(
                [np.einsum("xj,xj->x", channel[b], self.over(index, b)) for b in self.blocks()]
            )
            values[mine] = rows.weights[mine] @ (pmf * mean)
        return values

    def expected(self, channel: Array) -> Array:
        """Return Σ_x p_x w_k(x) E[d_k(x, Y)] for each row, (K,), under a channel (n, m)."""
        return self.least + self.above(channel)

    def tilt(self, slopes: Array, atoms: slice = _ALL) -> Array:
        """Return Σ_k λ_k w_k(x) (d_k(x, y_j) - floor), (n, m), for slopes (K,); ∞ if forbidden."""
        total: Array | None = None
        for index in range(len(self.distortions)):
            mine = self.rows.matrix == index
            scale = slopes[mine] @ self.rows.weights[mine, atoms]
            part = scale[:, None] * self.over(index, atoms)
            total = part if total is None else np.add(total, part, out=total)
        if total is None:
            total = np.zeros((self.n, self.m))[atoms]
        if self.forbidden is not None:
            total[self.forbidden[atoms]] = np.inf
        return total

    def blocks(self) -> Iterator[slice]:
        """Yield slices of atoms so short that temporary arrays (atoms, m) stay small."""
        size = max(self.m, _BLOCK // self.m)
        for first in range(0, self.n, size):
            yield _ALL if size >= self.n else slice(first, first + size)

    def candidates(self, chosen: Index) -> Problem:
        """Return the same problem on the codewords with the given indices."""
        other = replace(
            self,
            codebook=self.with_codebook(self.codewords[chosen]).codebook,
            **_taking(self, lambda values: values[:, chosen]),
        )
        other.__dict__["rows"] = self.rows
        return other

    def forbidding(self, pairs: Mask) -> Problem:
        """Return the same problem with pairs (n, m) ruled out by an infinite distortion."""
        values = [
            frozen(np.where(pairs, np.inf, self.cost(k))) for k in range(len(self.distortions))
        ]
        fidelities = [replace(f, distortion=values[self.matrix_of(f)]) for f in self.fidelities]
        other = replace(self, fidelities=fidelities)
        other.__dict__["rows"] = self.rows
        return other

    def some_atoms(self, chosen: NDArray[np.intp]) -> Problem:
        """Return the same problem on the atoms with the given indices."""
        source = self.source
        pmf = source.pmf[chosen]
        changed = _taking(self, lambda values: values[chosen])
        fidelities = [
            f if f.mask is None else replace(f, mask=frozen(f.mask[chosen]))
            for f in changed["fidelities"]
        ]
        return Problem(
            replace(source, atoms=source.atoms[chosen], pmf=pmf / pmf.sum()),
            self.codebook,
            changed["distortion"],
            fidelities,
        )


class _Changed(TypedDict):
    distortion: Distortion
    fidelities: Sequence[Fidelity]


def _taking(problem: Problem, part: Callable[[Array], Array]) -> _Changed:
    """Return the distortions of a problem, with ``part`` of those that are arrays."""
    taken: dict[int, Distortion] = {}

    def some(distortion: Distortion) -> Distortion:
        if not isinstance(distortion, np.ndarray):
            return distortion
        return taken.setdefault(id(distortion), part(distortion))

    fidelities = [
        f if f.distortion is None else replace(f, distortion=some(f.distortion))
        for f in problem.fidelities
    ]
    return _Changed(distortion=some(problem.distortion), fidelities=fidelities)


def _above_floor(cost: Array, floor: Array, forbidden: Mask | None) -> Array:
    over = cost - floor[:, None]
    if forbidden is not None:
        over[forbidden] = 0.0
    return over if np.isfinite(over).all() else np.where(np.isinf(cost), 0.0, over)


def _demands(fidelities: Sequence[Fidelity]) -> tuple[Fidelity, ...]:
    accepted = "a list of fidelities, such as [average(1.0)]"
    if isinstance(fidelities, Fidelity | str) or not isinstance(fidelities, Iterable):
        raise InputError(f"fidelities must be {accepted}; got {shown(fidelities)}")
    found = tuple(fidelities)
    for fidelity in found:
        if not isinstance(fidelity, Fidelity):
            raise InputError(f"fidelities must be {accepted}; got {shown(fidelity)} in it")
    return found


def _check_scale(problem: Problem, codebook: Array | Every, fidelities: Sequence[Fidelity]) -> None:
    """Refuse values whose distortions are beyond what a float can hold.

    Raises
    ------
    InputError
        If differences of atoms or codewords overflow, or their squares do or come to 0.
    """
    own = [problem.distortion if f.distortion is None else f.distortion for f in fidelities]
    names = [distortion for distortion in own if isinstance(distortion, str)]
    largest, least = problem.source.extent
    free = isinstance(codebook, Every)
    if not isinstance(codebook, Every):
        largest = max(largest, float(np.abs(codebook).max()))
    if "squared_error" in names:
        high = _SQUARED_EVERY if free else _SQUARED
        low = 1 / high
    elif "absolute" in names:
        high, low = _ABSOLUTE, 1 / _ABSOLUTE
    else:
        return
    if largest > high or least < low:
        value = largest if largest > high else least
        raise InputError(
            f"atoms and codewords must differ by {low:g} to {high:g}, or distortions overflow or"
            f" underflow; got {value:.3g}: choose another unit"
        )


def _own(problem: Problem, fidelity: Fidelity) -> Distortion:
    return problem.distortion if fidelity.distortion is None else fidelity.distortion
