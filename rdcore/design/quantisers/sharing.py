"""Time sharing of deterministic encoders: their lower convex hull."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rdcore._arrays import Array, floats, frozen, real
from rdcore.design.quantisers._sums import Labels
from rdcore.design.quantisers.designs import Target, as_problem, priced
from rdcore.design.quantisers.interval_program import cheapest
from rdcore.design.quantisers.ordered_atoms import MOST_ATOMS, OrderedAtoms, ordered
from rdcore.design.quantisers.quantiser import Quantiser
from rdcore.errors import InputError
from rdcore.problem import Problem

_LN2 = float(np.log(2))
# Distance below the chord, in nats, from which a point is a vertex.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class TimeSharing:
    """Quantisers that are used for fixed shares of the symbols.

    Parameters
    ----------
    quantisers : tuple of Quantiser
        All for the same source.
    shares : array, (T,)
        Share of the symbols of each; they sum to 1.
    """

    quantisers: tuple[Quantiser, ...]
    shares: Array

    def __post_init__(self) -> None:
        shares = floats(self.shares, "shares")
        if shares.shape != (len(self.quantisers),) or not len(shares):
            raise InputError(f"shares must have one entry per quantiser; got shape {shares.shape}")
        if not ((shares >= 0).all() and abs(shares.sum() - 1) <= 1e-9):
            raise InputError(f"shares must be at least 0 and sum to 1; got {shares}")
        object.__setattr__(self, "quantisers", tuple(self.quantisers))
        object.__setattr__(self, "shares", frozen(shares / shares.sum()))

    @property
    def rate(self) -> float:
        """Mean H(Y) in nats."""
        return float(self.shares @ [q.entropy for q in self.quantisers])

    @property
    def rate_bits(self) -> float:
        """Mean H(Y) in bits."""
        return self.rate / _LN2

    @property
    def distortion(self) -> float:
        """Mean distortion."""
        return float(self.shares @ [q.distortion for q in self.quantisers])

    def distortions(self, problem: Problem) -> Array:
        """Return the mean distortion of each fidelity of a problem, in the order given."""
        return np.asarray(self.shares @ np.stack([q.distortions(problem) for q in self.quantisers]))


@dataclass(frozen=True, eq=False)
class Hull:
    """The least rate of deterministic encoders on a line with time sharing.

    Attributes
    ----------
    distortions, entropies : arrays, (V,)
        The vertices: distortion, rising, and H(Y) in nats, falling.
    span : tuple of float
        Distortions between which all vertices are there; ``rate`` answers between these.
    slopes : array, (V - 1,)
        -dH/dD of the edges between vertices, nats per unit of distortion, decreasing.
    """

    distortions: Array
    entropies: Array
    _atoms: OrderedAtoms
    _edges: tuple[Labels, ...]
    span: tuple[float, float] = (0.0, np.inf)

    @property
    def entropies_bits(self) -> Array:
        """H(Y) at the vertices, in bits."""
        return self.entropies / _LN2

    @property
    def slopes(self) -> Array:
        """-dH/dD of the edges, nats per unit of distortion, (V - 1,)."""
        return np.asarray(-np.diff(self.entropies) / np.diff(self.distortions))

    def __len__(self) -> int:
        """Return the number of vertices."""
        return len(self.distortions)

    def quantiser(self, index: int) -> Quantiser:
        """Return the quantiser at a vertex."""
        return self._atoms.quantiser(self._edges[index])

    @cached_property
    def quantisers(self) -> tuple[Quantiser, ...]:
        """The quantisers at the vertices, in order of increasing distortion."""
        return tuple(self.quantiser(k) for k in range(len(self)))

    def rate(self, D: float) -> float:
        """Return the least rate at distortion D, nats; infinite below the first vertex.

        Raises
        ------
        InputError
            If D lies outside the span, where vertices are missing.
        """
        D = self._covered(D)
        return float(np.interp(D, self.distortions, self.entropies, left=np.inf))

    def rate_bits(self, D: float) -> float:
        """Return the least rate at distortion D, bits; as ``rate`` does."""
        return self.rate(D) / _LN2

    def _covered(self, D: float) -> float:
        D = real(D, "D")
        low, high = self.span
        # Vertices are exact at either end: below the first nothing is, above the last rate 0.
        if self.distortions[0] <= D < low or high < D < self.distortions[-1]:
            raise InputError(f"D must lie in the span of the hull, {low:g} to {high:g}; got {D:g}")
        return D

    def at(self, D: float) -> TimeSharing:
        """Return the time sharing of one or two quantisers that is on the hull at distortion D.

        Raises
        ------
        InputError
            If D is below the first vertex, or outside the span.
        """
        D = self._covered(D)
        if self.distortions[0] > D:
            raise InputError(f"D must be at least {self.distortions[0]:g}; got {D:g}")
        k = int(np.searchsorted(self.distortions, D, side="right")) - 1
        if k == len(self) - 1 or self.distortions[k] == D:
            return TimeSharing((self.quantiser(k),), np.ones(1))
        low, high = self.distortions[k], self.distortions[k + 1]
        share = (D - low) / (high - low)
        pair = (self.quantiser(k), self.quantiser(k + 1))
        return TimeSharing(pair, np.array([1 - share, share]))


def hull(
    target: Target,
    *,
    span: tuple[float, float] = (0.0, np.inf),
    progress: Callable[[int], None] | None = None,
) -> Hull:
    r"""Find all vertices of the lower convex hull of (E[d], H(Y)) over deterministic encoders.

    Each vertex minimises :math:`H(Y)+\lambda E[d]` for some λ, which ``ecsq`` solves exactly. For
    two vertices, λ is set to the slope of the chord between them. Either the program finds a point
    below the chord, which is another vertex, or the chord is an edge of the hull. Between vertices,
    time sharing attains the rate.

    Parameters
    ----------
    target : Source or Problem
        A source on a line, for squared error; or a problem on ``codebook=EVERY`` with one average.
    span : tuple of float
        Distortions between which all vertices are wanted, the lower first; ∞ has no upper end.
        Outside of it ``Hull.rate`` refuses to answer.
    progress : callable, optional
        Called with the number of vertices found so far.

    Returns
    -------
    Hull
        The vertices, and the rate by time sharing between them.

    Examples
    --------
    >>> import rdcore as rd
    >>> found = hull(rd.sources.three_modes(), span=(0.5, 0.7))
    >>> round(found.rate_bits(0.6), 4)
    1.7226
    """
    low, high = _checked(span)
    atoms = _uniform_line(target)
    start, end = np.arange(atoms.n + 1), np.array([0, atoms.n])
    done, ahead = [_Vertex.of(atoms, start)], [_Vertex.of(atoms, end)] if atoms.n > 1 else []
    while ahead:
        left, right = done[-1], ahead[-1]
        new = None
        if right.distortion > low and left.distortion < high:
            new = _below(atoms, left, right)
        if new is None:
            done.append(ahead.pop())
        else:
            ahead.append(new)
            if progress is not None:
                progress(len(done) + len(ahead))
    return Hull(
        frozen(np.array([v.distortion for v in done])),
        frozen(np.array([v.entropy for v in done])),
        atoms,
        tuple(v.edges for v in done),
        (low, high),
    )


def _checked(span: tuple[float, float]) -> tuple[float, float]:
    ends = floats(span, "span")
    if ends.shape != (2,) or not 0 <= ends[0] <= ends[1] or np.isinf(ends[0]):
        raise InputError(f"span must be two distortions, 0 <= lower <= upper; got {span}")
    return float(ends[0]), float(ends[1])


@dataclass(frozen=True, eq=False)
class _Vertex:
    edges: Labels
    distortion: float
    entropy: float

    @classmethod
    def of(cls, atoms: OrderedAtoms, edges: Labels) -> _Vertex:
        found = atoms.quantiser(edges)
        return cls(edges, found.distortion, found.entropy)


def _below(atoms: OrderedAtoms, left: _Vertex, right: _Vertex) -> _Vertex | None:
    """Return the encoder farthest below the chord between two; None if there is none."""
    apart = right.distortion - left.distortion
    if apart <= 0:
        return None
    slope = (left.entropy - right.entropy) / apart
    edges, _ = cheapest(atoms.lengths + slope * atoms.costs)
    new = _Vertex.of(atoms, edges)
    chord = left.entropy + slope * left.distortion
    inside = left.distortion < new.distortion < right.distortion
    deeper = new.entropy + slope * new.distortion < chord - _ROUNDING
    return new if inside and deeper else None


def _uniform_line(target: Target) -> OrderedAtoms:
    """Return the atoms in order, with priced distortion at price 1."""
    problem = as_problem(target)
    if [fidelity.measure for fidelity in problem.fidelities] != ["average"]:
        raise InputError("fidelities must be a single average for a hull")
    design = priced(problem, 1.0)
    design.require_movable()
    atoms = ordered(design)
    if atoms.n > MOST_ATOMS:
        raise InputError(
            f"source must have at most {MOST_ATOMS} distinct atoms; got {atoms.n}"
            " (merge them by sources.from_samples(..., bins=1000))"
        )
    return atoms
