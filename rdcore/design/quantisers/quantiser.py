"""Quantisers: a codebook, and the codeword of each atom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rdcore._arrays import Array, frozen, points
from rdcore.design.quantisers._sums import Labels, totals
from rdcore.errors import InputError
from rdcore.problem import Problem
from rdcore.problem.distortions import Distortion, matrix
from rdcore.problem.fidelity import average
from rdcore.problem.sources import Source

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

_LN2 = float(np.log(2))
# Distances closer than this, relatively, are compared again by the sum of their squares.
_TIE = 1e-9


@dataclass(frozen=True, eq=False)
class Quantiser:
    """A deterministic encoder with its decoder.

    Parameters
    ----------
    source : Source
        The source for which it was designed, with n atoms.
    codebook : array, (m,) or (m, d)
        The codewords.
    assignment : array of int, (n,)
        Index of the codeword of each atom.
    distortion_measure : str, array (n, m) or callable
        The distortion measure of ``distortion``.

    Raises
    ------
    InputError
        If a shape does not fit, or an index in the assignment is out of range.

    Examples
    --------
    >>> import rdcore as rd
    >>> q = Quantiser(rd.sources.uniform_grid(4), [0.25, 0.75], [0, 0, 1, 1])
    >>> q.rate_bits, q.distortion, q.encode([0.1, 0.6]).tolist()
    (1.0, 0.015625, [0, 1])
    """

    source: Source
    codebook: Array
    assignment: Labels
    distortion_measure: Distortion = "squared_error"

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.source.n} atoms, {self.m} codewords,"
            f" {self.entropy_bits:.5g} bits)"
        )

    def __post_init__(self) -> None:
        codebook, labels = points(self.codebook, "codebook"), np.array(self.assignment)
        if (1 if codebook.ndim == 1 else codebook.shape[1]) != self.source.dim:
            raise InputError(
                f"codebook must have {self.source.dim} coordinates per codeword, like the"
                f" atoms; got shape {codebook.shape}"
            )
        if labels.shape != (self.source.n,) or labels.dtype.kind not in "iu":
            raise InputError(
                f"assignment must be {self.source.n} integers, one per atom; got shape"
                f" {labels.shape} of {labels.dtype}"
            )
        if labels.min() < 0 or labels.max() >= len(codebook):
            raise InputError(
                f"assignment must be indices from 0 to {len(codebook) - 1}; got {labels.min()}"
                f" to {labels.max()}"
            )
        object.__setattr__(self, "codebook", codebook)
        object.__setattr__(self, "assignment", frozen(labels.astype(np.intp)))

    @property
    def m(self) -> int:
        """Number of codewords."""
        return len(self.codebook)

    @property
    def codewords(self) -> Array:
        """The codewords as an (m, d) array."""
        return self.codebook.reshape(self.m, self.source.dim)

    @cached_property
    def pmf(self) -> Array:
        """Distribution of Y, (m,)."""
        return totals(self.assignment, self.source.pmf, self.m)

    @cached_property
    def entropy(self) -> float:
        """H(Y) in nats, which is also I(X;Y) because Y is a function of X."""
        mass = self.pmf[self.pmf > 0]
        return float(abs((mass * np.log(mass)).sum()))

    @property
    def entropy_bits(self) -> float:
        """H(Y) in bits."""
        return self.entropy / _LN2

    @property
    def rate(self) -> float:
        """Rate of the quantiser with an ideal entropy coder, H(Y), in nats."""
        return self.entropy

    @property
    def rate_bits(self) -> float:
        """Rate of the quantiser with an ideal entropy coder, H(Y), in bits."""
        return self.entropy_bits

    @cached_property
    def reproduction(self) -> Array:
        """The codeword of each atom, (n,) or (n, d)."""
        return self.codebook[self.assignment]

    @cached_property
    def distortion(self) -> float:
        """E[d(X, Y)] under ``distortion_measure``, in its unit."""
        return float(self.source.pmf @ self._errors(self.distortion_measure))

    def distortions(self, problem: Problem) -> Array:
        """Return the distortion of each fidelity of a problem, in the order given.

        The problem must have the same atoms. Its codebook is ignored, but a distortion array must
        belong to the codebook of this quantiser. For "each" it is the largest over the symbols.
        """
        reached = self._reached(problem)
        owner = problem.rows.fidelity
        return np.array(
            [reached[owner == k].max(initial=0.0) for k in range(len(problem.fidelities))]
        )

    def _errors(self, measure: Distortion) -> Array:
        """Return d(x, y_{a(x)}) for each atom, (n,)."""
        if isinstance(measure, str) and measure in ("squared_error", "absolute"):
            error = self.source.points - self.codewords[self.assignment]
            power = np.square(error) if measure == "squared_error" else np.abs(error)
            return np.asarray(power.sum(axis=1))
        values = matrix(measure, self.source.points, self.codewords)
        return np.asarray(values[np.arange(self.source.n), self.assignment])

    def _reached(self, problem: Problem) -> Array:
        if problem.source.n != self.source.n:
            raise InputError(
                f"problem must have the quantiser's {self.source.n} atoms; got {problem.source.n}"
            )
        rows = problem.rows
        own = [problem.fidelities[k] for k in rows.fidelity]
        measures = [problem.distortion if f.distortion is None else f.distortion for f in own]
        known = {int(which): m for which, m in zip(rows.matrix, measures, strict=True)}
        errors = {which: self._errors(measure) for which, measure in known.items()}
        values = np.stack([errors[int(which)] for which in rows.matrix])
        weights = rows.weights * problem.source.pmf
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(weights > 0, weights * values, 0.0).sum(axis=1))

    def meets(self, problem: Problem, rtol: float = 1e-9) -> bool:
        """Return whether every level of a problem is met up to rounding."""
        levels = problem.rows.levels
        return bool((self._reached(problem) <= levels + rtol * np.abs(levels)).all())

    def at_own_levels(self, problem: Problem | None = None) -> Problem:
        """Return the problem with the distortions of the quantiser as its levels.

        Its solution is the smallest rate of any code with these distortions. By default, it has
        only the average distortion, on the codebook of the quantiser.
        """
        if problem is not None:
            return problem.with_levels([float(D) for D in self.distortions(problem)])
        return Problem(
            self.source, self.codebook, self.distortion_measure, [average(self.distortion)]
        )

    @cached_property
    def channel(self) -> Array:
        """The encoder as a channel of zeros and ones, (n, m)."""
        table = np.zeros((self.source.n, self.m))
        table[np.arange(self.source.n), self.assignment] = 1.0
        return frozen(table)

    @cached_property
    def thresholds(self) -> Array:
        """Thresholds of the cells on a line, increasing, (t,): midpoints between atoms.

        Raises
        ------
        InputError
            If the atoms are vectors.
        """
        return self._intervals[0]

    @property
    def interval_labels(self) -> Labels:
        """Index of the codeword of each interval between thresholds on a line, (t + 1,)."""
        return self._intervals[1]

    @cached_property
    def _intervals(self) -> tuple[Array, Labels]:
        if self.source.dim != 1:
            raise InputError(f"thresholds need a source of one coordinate; got {self.source.dim}")
        atoms = self.source.points[:, 0]
        # Of equal atoms, the most probable one decides.
        order = np.lexsort((-self.source.pmf, atoms))
        order = order[np.append(True, np.diff(atoms[order]) > 0)]
        labels, values = self.assignment[order], atoms[order]
        change = np.flatnonzero(np.diff(labels))
        low, high = values[change], values[change + 1]
        middle = low + (high - low) / 2
        edges = np.where(middle < high, middle, low)
        return frozen(edges), frozen(labels[np.append(0, change + 1)])

    @cached_property
    def _tree(self) -> cKDTree:
        from scipy.spatial import cKDTree

        return cKDTree(self.source.points)

    def encode(self, samples: ArrayLike) -> NDArray[np.int32]:
        """Return the index of the codeword of each sample, (N,).

        A sample belongs to the cell of the nearest atom; halfway, on a line, to the lower one, and
        of vectors at one distance to the first.

        Parameters
        ----------
        samples : array, (N,) or (N, d)
            The samples, in the unit of the atoms.
        """
        values = points(samples, "samples")
        if (1 if values.ndim == 1 else values.shape[1]) != self.source.dim:
            raise InputError(
                f"samples must have {self.source.dim} coordinates each; got shape {values.shape}"
            )
        if self.source.dim == 1:
            found = self.interval_labels[np.searchsorted(self.thresholds, values, side="left")]
        else:
            found = self.assignment[self._nearest(values)]
        return np.asarray(found, dtype=np.int32)

    def _nearest(self, values: Array) -> Labels:
        """Return the index of the nearest atom of each vector (N, d), the first of several."""
        atoms, n = self.source.points, self.source.n
        found = np.empty(len(values), dtype=np.intp)
        ahead, count = np.arange(len(values)), min(2, n)
        while len(ahead):
            away, near = self._tree.query(values[ahead], k=list(range(1, count + 1)))
            # Further ones may be as near but for rounding: then more have to be looked at.
            close = away <= away[:, :1] * (1 + _TIE)
            settled = ~close[:, -1] | (count == n)
            mine, near = ahead[settled], np.where(close, near, n)[settled]
            near.sort(axis=1)
            error = values[mine, None, :] - atoms[np.minimum(near, n - 1)]
            apart = np.zeros(near.shape)
            for axis in range(atoms.shape[1]):
                apart += error[:, :, axis] ** 2
            best = np.where(near < n, apart, np.inf).argmin(axis=1)
            found[mine] = near[np.arange(len(mine)), best]
            ahead, count = ahead[~settled], min(4 * count, n)
        return found

    def decode(self, indices: ArrayLike) -> Array:
        """Return the codeword of each index, (N,) or (N, d)."""
        labels = np.asarray(indices)
        if labels.size == 0:
            return self.codebook[:0]
        if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= self.m:
            raise InputError(f"indices must be integers from 0 to {self.m - 1}")
        return np.asarray(self.codebook[labels])

    def trimmed(self) -> Quantiser:
        """Return the quantiser without unused codewords.

        It is unchanged if the distortion is an array, which belongs to the codebook.
        """
        if not isinstance(self.distortion_measure, str) and not callable(self.distortion_measure):
            return self
        used, labels = np.unique(self.assignment, return_inverse=True)
        return replace(self, codebook=self.codebook[used], assignment=labels)
