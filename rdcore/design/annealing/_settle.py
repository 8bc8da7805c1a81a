"""Stationary points of H(Y) - τ H(Y|X) at given levels, in all unknowns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array
from rdcore.design.annealing._partition import entropy
from rdcore.design.annealing._soft import priced
from rdcore.design.codebook import centres
from rdcore.design.codebook.moves import importance, shortened, within_reach
from rdcore.problem import Problem
from rdcore.proof.certificates import meet_levels
from rdcore.solvers.program import Program, program, spread
from rdcore.solvers.solution import conditional_entropy

# Mass below which a codeword is dropped, if the levels can be met without it.
_VANISHED = 1e-9
_LEAST = 1e-300


class Branch(NamedTuple):
    """Codewords (m, d), masses (m,), prices of the rows (K,)."""

    codewords: Array
    mass: Array
    slopes: Array


class Settled(NamedTuple):
    """A branch with its channel (n, m), H(Y) - τ H(Y|X) in nats, and the number of rounds."""

    branch: Branch
    channel: Array
    objective: float
    rounds: int

    def at(self, pmf: Array, tau: float) -> Settled:
        """Return the same branch and channel with the objective at another temperature."""
        noise = conditional_entropy(pmf, self.channel)
        return self._replace(objective=entropy(pmf @ self.channel) - tau * noise)


@dataclass(frozen=True, eq=False)
class Walker:
    """Finds stationary points of a problem.

    Attributes
    ----------
    problem : Problem
        A problem on a codebook that can meet the levels.
    free : bool
        Whether codewords move.
    rounds : int
        Largest number of updates of masses, prices and codewords.
    tolerance : float
        Decrease of the objective, in nats, at which to stop.
    merge_distance : float
        Distance below which codewords are merged.
    """

    problem: Problem
    free: bool
    rounds: int = 60
    tolerance: float = 1e-9
    merge_distance: float = 1e-3

    @cached_property
    def _fixed(self) -> Program:
        return program(self.problem)

    def settle(self, start: Branch, tau: float, *, free: bool | None = None) -> Settled:
        """Alternate the updates until the objective stops decreasing."""
        free = self.free if free is None else free
        here, best = start, None
        for turn in range(self.rounds):
            found = self._channel(here, tau, free)
            found = found._replace(rounds=turn + 1)
            fall = np.inf if best is None else best.objective - found.objective
            if best is None or fall > 0:
                best = found
            if fall <= self.tolerance:
                break
            here = self._next(found) if free else found.branch
        assert best is not None
        full = meet_levels(self._on(best.branch, free), best.channel)
        return best._replace(channel=full, rounds=turn + 1).at(self.problem.source.pmf, tau)

    def _on(self, branch: Branch, free: bool) -> Problem:
        return self.problem.with_codebook(branch.codewords) if free else self.problem

    def _channel(self, here: Branch, tau: float, free: bool) -> Settled:
        scaled = program(self._on(here, free)) if free else self._fixed
        start = here.slopes[scaled.kept] / scaled.scales
        with np.errstate(over="ignore", under="ignore"):
            found = priced(scaled, np.log(np.maximum(here.mass, _LEAST)), tau, start)
        mass = scaled.pmf @ found.channel
        logs = np.log(found.channel, out=np.zeros_like(found.channel), where=found.channel > 0)
        noise = -float(scaled.pmf @ (found.channel * logs).sum(axis=1))
        channel, slopes = spread(scaled, found.channel, found.slopes)
        # A level at its minimum is met by forbidding pairs, so its price is not determined. Keep
        # the previous one, which the search uses.
        slopes = np.where(scaled.pinned > 0, here.slopes, slopes)
        branch = Branch(here.codewords, mass, slopes)
        return Settled(branch, channel, entropy(mass) - tau * noise, 0)

    def _next(self, found: Settled) -> Branch:
        """Move the codewords to their priced centroids; drop and merge those no longer needed."""
        codewords, mass, slopes = found.branch
        problem = self.problem.with_codebook(codewords)
        target = centres(problem, found.channel, importance(problem, slopes))
        if not within_reach(problem.with_codebook(target)):
            target, _ = shortened(problem, target)
        keep = mass > _VANISHED
        if len(mass) > 1:
            away = np.abs(target[:, None, :] - target).max(axis=2)
            away[np.tril_indices(len(mass))] = np.inf
            for j, k in np.argwhere(away < self.merge_distance):
                if keep[j] and keep[k]:
                    mass = mass.copy()
                    mass[j] += mass[k]
                    keep[k] = False
        if not keep.all() and within_reach(problem.with_codebook(target[keep])):
            target, mass = target[keep], mass[keep]
        elif not keep.all():
            mass = found.branch.mass
        return Branch(target, mass / mass.sum(), slopes)
