"""A solve whose atoms are spread over workers: sums over atoms are all that they give back.

Each iteration is one round of map and reduce: the workers hold their atoms, get the masses r and
the slopes λ of the active codewords, and return c, H, B and S. All candidates are priced rarely,
once for each proof. The solve starts from the solution of a coarser problem.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from rdcore._arrays import Array, Index, Indices, count, positive
from rdcore._clock import Clock, clock
from rdcore.errors import InfeasibleError, InputError
from rdcore.problem import Problem
from rdcore.proof.certificates import Certificate
from rdcore.proof.dual import dual_at
from rdcore.proof.shards import (
    DualPoint,
    Each,
    Levels,
    Shard,
    ShardedProof,
    Sums,
    certify_shards,
    kernels,
    levels_on,
    total,
)
from rdcore.solvers._coarse import coarse
from rdcore.solvers._holders import held
from rdcore.solvers.interior_point import PrimalDualPoint, newton_step
from rdcore.solvers.newton import Model
from rdcore.solvers.screening import Screening
from rdcore.solvers.solution import Solution, Status

_CELLS = 20_000
_COARSE_GAP = 1e-6
# Candidates within so much of c = 1 at the coarser problem's solution start as active.
_NEAR = 2e-3
# Newton's method ends at this share of the tolerance; the rest is for candidates left out.
_INNER = 0.2
_ITERATIONS = 40
_STRAYED = 1e3
_LEAST_MASS = 1e-2
_FIRST_SLACK = 0.01
_LEAST_HEADROOM = 1e-9
_JOINING = 2
_FEW = 16


@dataclass(frozen=True, eq=False)
class ShardedSolution(Solution):
    """The solution of a sharded solve; its proof is over all candidates.

    ``channel`` has no rows where it would be large; ``channel_of`` computes those of some atoms.
    """

    _proof: ShardedProof | None = None

    @property
    def _proved(self) -> ShardedProof:
        assert self._proof is not None, "the solution of a sharded solve has its proof"
        return self._proof

    @cached_property
    def certificate(self) -> Certificate:
        """Certified bounds on the rate, over all candidates."""
        return self._proved.certificate

    @cached_property
    def marginal(self) -> Array:
        """Distribution of Y, (m,)."""
        return self._proved.marginal

    @cached_property
    def distortions(self) -> Array:
        """Distortion of each fidelity in the order given; for "each", the largest."""
        reached, owner = self._proved.reached, self.problem.rows.fidelity
        fidelities = range(len(self.problem.fidelities))
        return np.array([reached[owner == k].max(initial=0.0) for k in fidelities])

    @cached_property
    def conditional_entropy(self) -> float:
        """H(Y|X) in nats."""
        return self._proved.entropy

    def channel_of(self, atoms: Index) -> Array:
        """Return P(Y=j | X=x) of some atoms, (atoms, m).

        Parameters
        ----------
        atoms : slice or array of int
            Which atoms.

        Returns
        -------
        array, (atoms, m)
            Rows that sum to 1.
        """
        problem, channel = self.problem, self._proved.channel
        points, weights = problem.source.points[atoms], problem.rows.weights[:, atoms]
        part = Shard(
            points, np.ones(len(points)), weights, problem.codewords, problem.distortions[0]
        )
        channel = channel._replace(at=channel.at._replace(active=np.arange(problem.m)))
        return np.vstack([channel.of(block) for block in kernels(part, channel.at)])


@dataclass(frozen=True)
class Sharded:
    """Solve with the atoms spread over workers, with a proof over all candidates.

    For many atoms and up to thousands of candidates, under levels of one distortion, which is a
    function of an atom and a codeword. The solution's ``problem`` has the codewords that were kept.

    Parameters
    ----------
    executor : Executor or distributed.Client, optional
        Who holds the atoms: a pool of threads or processes, loky's, a Dask client or its
        executor; None: this process. It does not affect the result.
    shards : int, optional
        Number of parts; by default up to 16, or more so that each has at most a quarter of a
        million atoms.
    max_rounds : int
        Largest number of rounds, each with one pass over all candidates.

    Examples
    --------
    >>> import numpy as np
    >>> import rdcore as rd
    >>> source, candidates = rd.sources.gaussian(), np.linspace(-3, 3, 61)
    >>> task = rd.Problem(source, candidates, fidelities=[rd.average(0.25)])
    >>> found = rd.solve(task, tol=1e-6, solver=Sharded(shards=3))
    >>> found.certificate.scope, bool(found.certificate.gap < 1e-6)
    ('all 61 candidates', True)
    """

    executor: Any = None
    shards: int | None = None
    max_rounds: int = 20

    def solve(
        self,
        problem: Problem,
        tol: float = 1e-9,
        *,
        start: Solution | None = None,
        time_limit: float | None = None,
    ) -> ShardedSolution:
        """Solve to a certified gap of ``tol`` nats over all candidates.

        Raises
        ------
        InfeasibleError
            If no channel meets the levels.
        InputError
            If the codebook is free, distortions differ or are tables, or a level is the smallest
            that can be met.
        """
        _check(problem)
        tol, until = positive(tol, "tol"), clock(time_limit)
        shards = None if self.shards is None else count(self.shards, "shards")
        rounds = count(self.max_rounds, "max_rounds")
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            begun = _begun(problem, until) if start is None else _places(problem, start)
            with held(problem, self.executor, shards) as each:
                return _Search(problem, each, tol, until).run(begun, rounds)


def _check(problem: Problem) -> None:
    if problem.every:
        raise InputError("codebook must be fixed; got EVERY, which Exchange() solves")
    if len(problem.distortions) != 1 or isinstance(problem.distortions[0], np.ndarray):
        raise InputError(
            "fidelities must be of one distortion, a name or a function of atoms and codewords"
        )


class _Start(NamedTuple):
    """Active candidates, their masses and the slopes, to start from."""

    active: Indices
    r: Array
    slopes: Array


def _begun(problem: Problem, until: Clock) -> _Start:
    """Solve a coarser problem; take the candidates that are nearly active there."""
    merged = problem
    if problem.n > _CELLS:
        step = -(-problem.n // _CELLS)
        merged = coarse(problem, _CELLS) or problem.some_atoms(np.arange(0, problem.n, step))
    try:
        found = Screening().solve(merged, _COARSE_GAP, time_limit=until.left)
    except InfeasibleError:
        return _Start(np.arange(problem.m), np.ones(problem.m), np.zeros(0))
    start = _places(problem, found)
    dual = dual_at(found.problem, _prior(found), found.slopes)
    if dual is None:
        return start
    c = dual.constraint(merged)
    near = np.argsort(-c, kind="stable")[: max(_FEW, _JOINING * len(start.active))]
    return _joined(start, near[c[near] > 1 - _NEAR])


def _prior(found: Solution) -> Array:
    return found.marginal if found.prior is None else found.prior


def _places(problem: Problem, found: Solution) -> _Start:
    """Find the codewords of a solution among the candidates."""
    place = {codeword.tobytes(): index for index, codeword in enumerate(problem.codewords)}
    pairs = {
        place[codeword.tobytes()]: mass
        for codeword, mass in zip(found.problem.codewords, _prior(found), strict=True)
        if mass > 0 and codeword.tobytes() in place
    }
    if not pairs:
        return _Start(np.arange(problem.m), np.ones(problem.m), found.slopes)
    active = np.array(sorted(pairs), np.intp)
    return _Start(active, np.array([pairs[index] for index in active]), found.slopes)


def _joined(start: _Start, joining: Indices) -> _Start:
    active = np.union1d(start.active, joining)
    r = np.zeros(len(active))
    r[np.searchsorted(active, start.active)] = start.r
    return _Start(active, r, start.slopes)


def newton_sums(one: Shard, at: DualPoint) -> Sums:
    """Sum c, H, B, S and the rows' costs over the atoms of a shard."""
    m, rows = len(at.active), len(at.slopes)
    c, cost = np.zeros(m), np.zeros(rows)
    H, B, S = np.zeros((m, m)), np.zeros((m, rows)), np.zeros((rows, rows))
    for block in kernels(one, at):
        kernel, over = block.kernel, block.over
        weighted = block.weights * block.pmf
        c += block.pmf @ kernel
        times = kernel * over
        mean = times @ at.r
        cost += weighted @ mean
        B += times.T @ weighted.T - kernel.T @ (weighted * mean).T
        times *= over
        S += (weighted * (times @ at.r - mean * mean)) @ block.weights.T
        kernel[...] *= np.sqrt(block.pmf)[:, None]
        H += kernel.T @ kernel
    return Sums((c, H, B, S, cost))


class _Search:
    """Newton's method on the active candidates, and rounds that add those with c > 1."""

    def __init__(self, problem: Problem, each: Each, tol: float, until: Clock) -> None:
        self.problem, self.each, self.tol, self.until = problem, each, tol, until
        self.trace: list[float] = []

    def run(self, start: _Start, rounds: int) -> ShardedSolution:
        """Add candidates and solve until the proof is within the tolerance."""
        best: ShardedProof | None = None
        asked, stuck = _INNER * self.tol, False
        status = Status.STALLED
        for _ in range(rounds):
            start, known = self._feasible(start)
            at = self._solved(start, known, asked)
            proof = certify_shards(self.each, self.problem.n, at, known)
            if best is None or proof.certificate.gap < best.certificate.gap:
                best, stuck = proof, False
            if best.certificate.gap <= self.tol:
                status = Status.CONVERGED
                break
            if self.until.over:
                status = Status.TIME_LIMIT
                break
            joining = _joining(proof, at, self.tol)
            if not len(joining):
                if stuck:
                    break
                asked, stuck = 0.1 * asked, True
            stays = (at.r > 0.1 * _LEAST_MASS / len(at.r)) | (proof.c[at.active] > 1 - _NEAR)
            start = _joined(_Start(at.active[stays], at.r[stays], at.slopes), joining)
        assert best is not None, "there is at least one round"
        return self._finished(best, status)

    def _feasible(self, start: _Start) -> tuple[_Start, Levels]:
        """Return what the levels leave, on all candidates if the active ones do not meet them."""
        levels = self.problem.rows.levels
        known = levels_on(self.each, levels, start.active)
        if (known.headroom <= _LEAST_HEADROOM * known.typical).any():
            start = _joined(start, np.arange(self.problem.m))
            known = levels_on(self.each, levels, start.active)
        if not np.isfinite(known.typical).all():
            raise InputError("distortion must be finite between all atoms and codewords")
        low = known.headroom < 0
        tight = (known.headroom <= _LEAST_HEADROOM * known.typical) & (known.typical > 0)
        if low.any() or tight.any():
            least = "; ".join(f"{value:.6g}" for value in known.least)
            text = f"levels must be above the smallest that this codebook can meet: {least}"
            if low.any():
                raise InfeasibleError(text, tuple(float(value) for value in known.least))
            raise InputError(text)
        return start, known

    def _solved(self, start: _Start, known: Levels, asked: float) -> DualPoint:
        """Take Newton steps on the active candidates to a gap of ``asked`` nats."""
        scale = 1.0 / (known.largest * (known.spread or 1.0))
        scale[~np.isfinite(scale)] = 1.0
        mass = np.maximum(known.mass / np.where(known.largest > 0, known.largest, 1.0), 1e-300)
        for r, slopes in self._starts(start, known, scale):
            best = (np.inf, r, slopes)
            point: PrimalDualPoint | None = None
            for _ in range(_ITERATIONS):
                at = DualPoint(start.active, r, slopes * scale)
                model = self._model(at, known, scale)
                self.trace.append(model.gap)
                if model.gap < best[0]:
                    best = (model.gap, r, slopes)
                if model.gap <= asked or self.until.over:
                    return at
                if point is None:
                    z = np.maximum(1 - model.c, _FIRST_SLACK)
                    t = np.maximum(model.spare, _FIRST_SLACK * known.headroom * scale)
                    point = PrimalDualPoint(np.append(r, slopes), np.append(z, t), len(r))
                moved = newton_step(point, model, mass) if model.gap < _STRAYED else None
                if moved is None or not moved.inside:
                    break
                point = moved
                r, slopes = point.r, point.slopes
            if best[0] < 10 * asked:
                break
        return DualPoint(start.active, best[1], best[2] * scale)

    def _starts(self, start: _Start, known: Levels, scale: Array) -> list[tuple[Array, Array]]:
        m = len(start.active)
        cold = (np.full(m, 1.0 / m), 0.5 / np.maximum(known.headroom * scale, 1e-3))
        if len(start.slopes) != len(scale) or not (start.slopes > 0).any():
            return [cold]
        r = np.maximum(start.r / start.r.sum(), _LEAST_MASS / m)
        return [(r / r.sum(), np.maximum(start.slopes / scale, 1e-3)), cold]

    def _model(self, at: DualPoint, known: Levels, scale: Array) -> Model:
        c, H, B, S, cost = total(self.each(newton_sums, at)).added
        spare = (known.headroom - cost) * scale
        q, slopes = at.r * c, at.slopes / scale
        gap = float(slopes @ np.abs(spare) + np.log(c.max()) - q[q > 0] @ np.log(c[q > 0]))
        return Model(c, spare, gap, H, B * scale, S * np.multiply.outer(scale, scale))

    def _finished(self, proof: ShardedProof, status: Status) -> ShardedSolution:
        at = proof.channel.at
        some = self.problem.candidates(at.active)
        found = ShardedSolution(
            problem=some,
            channel=np.empty((0, some.m)),
            slopes=at.slopes,
            status=status,
            trace=tuple(self.trace),
            prior=at.r,
            among=self.problem,
            _proof=proof,
        )
        return replace(found, channel=found.channel_of(slice(None))) if some.dense else found


def _joining(proof: ShardedProof, at: DualPoint, tol: float) -> Indices:
    """Return the candidates with the largest c, of those at which it is too large."""
    c = proof.c.copy()
    c[at.active] = 0.0
    high = np.flatnonzero(c > 1 + 0.05 * tol)
    high = high[np.argsort(-c[high], kind="stable")]
    return high[: max(_FEW, _JOINING * len(at.active))]
