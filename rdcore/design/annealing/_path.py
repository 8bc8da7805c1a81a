"""The path below τ = 1, and the deterministic encoders found on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rdcore._arrays import Array
from rdcore.design.annealing._exact import exact
from rdcore.design.annealing._partition import Labels, Partition, Priced
from rdcore.design.annealing._search import descend
from rdcore.design.annealing._settle import Branch, Settled, Walker
from rdcore.design.annealing._sharing import Pool, completing, lone
from rdcore.design.annealing.encoders import Encoder, Mixture
from rdcore.design.annealing.results import Stage
from rdcore.design.codebook.moves import within_reach
from rdcore.problem import Problem
from rdcore.solvers import Solution

# Smallest mass of a codeword in use in the convex optimum.
_USED = 1e-7
# Decrease of the objective, in nats, for which the path is left.
_WORTH = 1e-7
# Probability above which a codeword counts as the only one of an atom.
_SURE = 1 - 1e-6


@dataclass
class Path:
    """Follows the stationary points of H(Y) - τ H(Y|X) as τ decreases.

    Attributes
    ----------
    walker : Walker
        Finds a stationary point at a temperature.
    pool : Pool
        Deterministic encoders found so far.
    relaxed : Solution
        The optimum at τ = 1, the start of the path.
    search : bool
        Whether to search for better paths and encoders.
    """

    walker: Walker
    pool: Pool
    relaxed: Solution
    search: bool
    cells: Partition | None = None
    encoder: Encoder | None = None
    mixture: Mixture | None = None

    def stages(self, taus: Array) -> Iterator[Stage]:
        """Yield a stage for each temperature; these are at most 1 and decreasing."""
        bound = self.relaxed.certificate.lower
        branch = self._start()
        before: Settled | None = None
        pmf = self.walker.problem.source.pmf
        for tau in taus:
            if tau == 1.0:
                at = self.relaxed
                yield Stage(1.0, at.problem, at.channel, at.slopes, bound)
                continue
            found = self.walker.settle(branch, float(tau))
            followed = found
            for other in self._others(found):
                rival = self.walker.settle(other, float(tau))
                if rival.objective < found.objective - _WORTH:
                    found = rival
            # The previous channel may still be better.
            again = None if before is None else before.at(pmf, float(tau))
            if again is not None and again.objective < found.objective - _WORTH:
                found = followed = again
            before, branch = found, found.branch
            self._harden(branch, found.channel)
            yield Stage(
                float(tau),
                self._on(branch),
                found.channel,
                branch.slopes,
                bound,
                found.rounds,
                found is not followed,
            )

    def searching(
        self, *, exactly: bool = False
    ) -> Iterator[tuple[Mixture | None, Encoder | None]]:
        """Yield the best mixture and the best single encoder known, as they get better.

        With ``exactly`` the best of few atoms, or of intervals on a line, comes last.
        """
        if not self.search:
            yield self.pool.mix(), self.pool.single()
            return
        for mixture in completing(self.pool):
            self.mixture = mixture
            yield mixture, self.pool.single()
        assert self.mixture is not None
        self.encoder = lone(self.pool, self.mixture)
        yield self.mixture, self.encoder
        if exactly:
            self.encoder = exact(self.pool, self.mixture.slopes)
            yield self.mixture, self.encoder

    def begin(self) -> None:
        """Harden the convex optimum."""
        branch = self._start()
        problem = self._on(branch)
        self._harden(branch, _nearest(self.relaxed.channel, self.relaxed.problem, problem))

    def _start(self) -> Branch:
        mass, codewords = self.relaxed.marginal, self.relaxed.problem.codewords
        if not self.walker.free:
            return Branch(codewords, mass, self.relaxed.slopes)
        used = mass > _USED
        if not within_reach(self.relaxed.problem.with_codebook(codewords[used])):
            used[:] = True
        return Branch(codewords[used], mass[used] / mass[used].sum(), self.relaxed.slopes)

    def _on(self, branch: Branch) -> Problem:
        problem = self.walker.problem
        return problem.with_codebook(branch.codewords) if self.walker.free else problem

    def _cells(self, labels: Labels, branch: Branch, priced: Priced) -> Partition:
        used, short = np.unique(labels, return_inverse=True)
        codewords = branch.codewords[used] if self.walker.free else used.astype(np.float64)[:, None]
        return priced.cells(short, codewords)

    def _harden(self, branch: Branch, channel: Array) -> None:
        """Assign each atom to its most probable codeword, or if it has several, to the cheapest."""
        priced = Priced(self._on(branch), branch.slopes, self.walker.free)
        likeliest = channel.argmax(axis=1)
        costs = np.where(channel > 1 - _SURE, priced.problem.tilt(branch.slopes), np.inf)
        cheapest = np.where(channel.max(axis=1) < _SURE, costs.argmin(axis=1), likeliest)
        for labels in (likeliest, cheapest):
            self.pool.add(self._cells(labels, branch, priced))

    def _others(self, found: Settled) -> Iterator[Branch]:
        """Yield other starting points: the best cells at these prices, and the best encoder."""
        if not self.search:
            return
        branch = found.branch
        priced = Priced(self._on(branch), branch.slopes, self.walker.free)
        if self.cells is None:
            start = self._cells(found.channel.argmax(axis=1), branch, priced)
        else:
            start = priced.cells(self.cells.labels, self.cells.codewords)
        self.cells = descend(priced, start, thorough=False)
        self.pool.add(self.cells)
        yield from self._branch(self.cells, branch)
        if self.encoder is not None:
            yield from self._branch(self.pool.cells(self.encoder, priced), branch)

    def _branch(self, cells: Partition, branch: Branch) -> Iterator[Branch]:
        """Yield the branch that starts from some cells, if their codewords can meet the levels."""
        if not self.walker.free:
            mass = np.zeros(self.walker.problem.m)
            mass[cells.codewords[:, 0].astype(np.intp)] = cells.mass
            yield Branch(branch.codewords, mass, branch.slopes)
        elif within_reach(self.walker.problem.with_codebook(cells.codewords)):
            yield Branch(cells.codewords, cells.mass, branch.slopes)


def _nearest(channel: Array, of: Problem, on: Problem) -> Array:
    """Return the columns of a channel for the codewords of another problem."""
    if on.m == of.m:
        return channel
    where = [int(np.abs(of.codewords - codeword).sum(axis=1).argmin()) for codeword in on.codewords]
    return np.asarray(channel[:, where])
