"""Quantisers and trellis codes, designed on one half of the rows and measured on the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rdcore._arrays import Array, shown
from rdcore.design.quantisers import Quantiser
from rdcore.design.trellis import TrellisQuantiser
from rdcore.errors import InputError
from rdcore.problem import Problem, Source
from rdcore.problem.distortions import Distortion

_LN2 = float(np.log(2))


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What a quantiser costs on rows that its design has not seen.

    Attributes
    ----------
    rate : float
        Nats per row of a code for the codewords' probabilities at the design; at least ``entropy``.
    entropy : float
        H(Y) on these rows, nats; of a trellis code, that of its words in each book.
    distortions : array, (F,)
        Distortion of each fidelity, in the unit of its level.
    """

    rate: float
    entropy: float
    distortions: Array

    @property
    def rate_bits(self) -> float:
        """The rate in bits per row."""
        return self.rate / _LN2

    @property
    def entropy_bits(self) -> float:
        """H(Y) on these rows, bits."""
        return self.entropy / _LN2


def halves(
    problem: Problem, labels: ArrayLike, *, ordered: bool = False, seed: int = 0
) -> tuple[Problem, Problem]:
    """Split the rows from which the source of a problem was made, and return both problems.

    Each has the atoms of its rows, with their shares of these rows; levels and subsets stay.

    Parameters
    ----------
    problem : Problem
        Its source has the atoms of all rows.
    labels : array of int, (N,)
        The atom of each row.
    ordered : bool
        The rows follow each other in time: the first half of them and the rest, because
        neighbours may depend on each other. Otherwise the halves are random.
    seed : int
        Of the random halves.

    Returns
    -------
    (Problem, Problem)
        For the design, and for the test.

    Raises
    ------
    InputError
        If the labels are no atoms, or a half has no row of a subset or fewer than two atoms.

    Examples
    --------
    >>> import numpy as np, rdcore as rd
    >>> rows = np.random.default_rng(0).normal(size=400).round(1)
    >>> source = rd.sources.from_samples(rows)
    >>> task = rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.1)])
    >>> design, test = halves(task, np.searchsorted(source.atoms, rows))
    >>> quantiser = rd.quantisers.lloyd_max(design, 8)
    >>> found = held_out(quantiser, test)
    >>> bool(found.rate > found.entropy), bool(found.distortions[0] > quantiser.distortion)
    (True, True)
    """
    atoms = np.asarray(labels)
    inside = atoms.ndim == 1 and atoms.dtype.kind in "iu" and len(atoms) >= 2
    if not inside or atoms.min() < 0 or atoms.max() >= problem.n:
        raise InputError(
            f"labels must be at least 2 indices of atoms, 0 to {problem.n - 1}; got {shown(labels)}"
        )
    order = np.arange(len(atoms))
    if not ordered:
        order = np.random.default_rng(seed).permutation(len(atoms))
    middle = (len(atoms) + 1) // 2
    first, second = atoms[order[:middle]], atoms[order[middle:]]
    return _of_rows(problem, first), _of_rows(problem, second)


def held_out(quantiser: Quantiser | TrellisQuantiser, problem: Problem) -> HeldOut:
    """Measure a quantiser on the problem of other rows.

    The encoder of a trellis code chooses its path for the rows: it meets the levels on a sequence
    of their type, and only its rate shows that the design has not seen them.

    Parameters
    ----------
    quantiser : Quantiser or TrellisQuantiser
        Designed on other rows; each new value belongs to the cell of the nearest atom.
    problem : Problem
        Of the rows to measure on, with the levels.

    Returns
    -------
    HeldOut
        The rate with the probabilities of the design, H(Y) and the distortions on these rows.

    Raises
    ------
    InputError
        If the distortion is an array, which says nothing about other atoms, or a trellis code
        cannot meet the levels.

    Examples
    --------
    >>> import rdcore as rd
    >>> source = rd.Source([0.0, 1.0, 2.0], [0.5, 0.25, 0.25])
    >>> quantiser = rd.quantisers.Quantiser(source, [0.0, 1.5], [0, 1, 1])
    >>> other = rd.Source([0.1, 1.0], [0.25, 0.75])
    >>> task = rd.Problem(other, rd.EVERY, fidelities=[rd.average(0.5)])
    >>> found = held_out(quantiser, task)
    >>> found.rate_bits, found.distortions.round(3).tolist()
    (1.0, [0.19])
    """
    if isinstance(quantiser, TrellisQuantiser):
        return _coded(quantiser, problem)
    if not (
        isinstance(quantiser.distortion_measure, str) or callable(quantiser.distortion_measure)
    ):
        raise InputError("quantiser must have a distortion by name or function; got an array")
    used = quantiser.trimmed()
    labels = used.encode(problem.source.atoms).astype(np.intp)
    here = Quantiser(problem.source, used.codebook, labels, used.distortion_measure)
    shares = here.pmf
    rate = -float(shares @ np.log(used.pmf))
    return HeldOut(max(rate, here.entropy), here.entropy, here.distortions(problem))


def _coded(code: TrellisQuantiser, problem: Problem) -> HeldOut:
    if isinstance(problem.distortion, np.ndarray):
        raise InputError("quantiser must have a distortion by name or function; got an array")
    found = code.on(problem)
    rows = len(found.words) * code.length
    used = found.used
    seen = used > 0
    own = float(used[seen] @ found.table.counted(used, 0.0).lengths[seen]) / rows
    distortions = replace(code, problem=problem, reached=found.reached).distortions
    return HeldOut(max(found.rate, own), own, distortions)


def _of_rows(problem: Problem, labels: NDArray[np.intp]) -> Problem:
    """Return the problem with the atoms of these rows alone."""
    times = np.bincount(labels, minlength=problem.n)
    kept = np.flatnonzero(times)
    if len(kept) < 2:
        raise InputError(f"labels must have at least 2 atoms in each half; got {len(kept)}")
    source = Source(problem.source.atoms[kept], times[kept] / len(labels), problem.source.name)
    fidelities = []
    for one in problem.fidelities:
        mask = None if one.mask is None else one.mask[kept]
        if mask is not None and not mask.any():
            raise InputError("labels must have rows of every subset in each half; got none")
        distortion = None if one.distortion is None else _rows(one.distortion, kept)
        fidelities.append(replace(one, mask=mask, distortion=distortion))
    return replace(
        problem,
        source=source,
        distortion=_rows(problem.distortion, kept),
        fidelities=fidelities,
    )


def _rows(distortion: Distortion, kept: NDArray[np.intp]) -> Distortion:
    if isinstance(distortion, np.ndarray):
        return np.asarray(distortion[kept])
    return distortion
