"""Rounding of a channel to a deterministic encoder."""

from __future__ import annotations

import numpy as np

from rdcore.design.quantisers.designs import extended
from rdcore.design.quantisers.quantiser import Quantiser
from rdcore.solvers import Solution


def harden(solution: Solution) -> Quantiser:
    """Return the encoder that maps each atom to its most probable codeword.

    It may violate the levels; see ``Quantiser.meets``. Codewords that are not the most probable one
    of any atom are dropped.

    Parameters
    ----------
    solution : Solution
        The solution of a problem on a fixed codebook, or on the codewords found.

    Returns
    -------
    Quantiser
        The encoder.

    Examples
    --------
    >>> import rdcore as rd
    >>> source = rd.sources.three_modes()
    >>> best = rd.solve(rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.6)]))
    >>> q = harden(best)
    >>> q.m, q.meets(best.problem)
    (5, True)
    """
    problem = solution.problem
    labels = np.asarray(solution.channel).argmax(axis=1)
    labels = extended(problem.source.points, problem.source.pmf, labels)
    own = problem.fidelities[0].distortion
    measure = problem.distortion if own is None else own
    return Quantiser(problem.source, solution.codebook, labels, measure).trimmed()
