"""Rates of components side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rdcore._arrays import Array, Indices, positive
from rdcore._clock import clock
from rdcore._parallel import Cancel, How
from rdcore.parallel._batches import Stack, batches
from rdcore.parallel._rounds import Search, searched
from rdcore.parallel._start import gaussian_slopes
from rdcore.parallel.certificates import Bounds, Parts, combined, measured
from rdcore.parallel.components import Component, Level, ParallelTask, refuse_infeasible, task
from rdcore.parallel.solution import ParallelSolution
from rdcore.solvers import Status

# A component whose rate is below this, nats, may be one that needs no bits at all.
_QUIET = 1e-2
_ONE = np.ones(1)


@np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore")
def rate(
    components: Sequence[Component],
    levels: Sequence[Level],
    *,
    tol: float = 1e-6,
    time_limit: float | None = None,
    progress: Callable[[float], None] | None = None,
    cancel: Cancel | None = None,
) -> ParallelSolution:
    r"""Smallest total rate of independent components under common levels of squared error.

    .. math::

        R(b) = \min \sum_i m_i I(X_i;Y_i) \quad \text{subject to} \quad
        \sum_i m_i w_{ik}\, E|X_i-Y_i|^2 \le b_k, \quad k = 1 \dots K.

    Components that need no bits at the common slopes get none: their rate is exactly 0.

    Parameters
    ----------
    components : sequence of Component
        The L sources, in one or two dimensions, with their codebooks and numbers of copies m_i.
    levels : sequence of Level
        The K levels, each with a weight w_ik for each component.
    tol : float
        Certified gap to reach, nats for all copies together; above 0.
    time_limit : float, optional
        Seconds after which the solver stops at its next round, with the best bounds so far.
    progress : callable, optional
        Called in each step with the completed fraction, of the logarithm of the gap.
    cancel : callable or threading.Event, optional
        When it is true or set, ``CancelledError`` is raised at the next step.

    Returns
    -------
    ParallelSolution
        Its ``status`` says whether the gap was reached; ``require()`` raises if not.

    Raises
    ------
    InfeasibleError
        If a level is not above its minimum with these codebooks; it has levels that can be met.
    InputError
        If an argument is invalid; the message names it.
    CancelledError
        If it was cancelled.

    References
    ----------
    T. M. Cover and J. A. Thomas, Elements of Information Theory, 2nd ed., section 10.3.3, for
    independent Gaussians; T. Berger, Rate Distortion Theory, 1971, section 2.8, for sums.

    Examples
    --------
    >>> import rdcore as rd
    >>> wide = rd.sources.gaussian()
    >>> narrow = rd.Source(0.5 * wide.atoms, wide.pmf)
    >>> found = rd.parallel.rate(
    ...     [rd.parallel.Component(wide), rd.parallel.Component(narrow)],
    ...     [rd.parallel.Level(0.5, measure="sum")])
    >>> exact = rd.parallel.water_filling([wide.variance, narrow.variance], 0.5)
    >>> bool(abs(found.rate - exact.rate) < 2e-3), exact.active
    (True, array([ True, False]))
    """
    whole, tol, until = task(components, levels), positive(tol, "tol"), clock(time_limit)
    how = How(progress=progress, cancel=cancel)
    how.check()
    free = _without_bits(whole, tol)
    if free is not None:
        how.tell(1.0)
        return free
    refuse_infeasible(whole)
    search = searched(whole, gaussian_slopes(whole), tol, until, how)
    found = _finished(search)
    how.tell(1.0)
    return found


def _single(component: Component) -> Array:
    """Return the one codeword, (1, d), of the smallest squared error."""
    if component.every:
        return component.source.mean[None, :]
    return component.candidates[[_nearest_to_mean(component)]]


def _nearest_to_mean(component: Component) -> int:
    """Return which codeword of a fixed codebook has the smallest squared error alone."""
    away = component.candidates - component.source.mean
    return int((away**2).sum(axis=1).argmin())


def _alone(whole: ParallelTask, which: Indices, slopes: Array, precision: float) -> Parts:
    """Evaluate the single codewords of components, and bound c over all that are admitted."""
    parts = measured(whole, _silent(whole, which), slopes, precision)
    fixed = np.array([not part.every for part in whole.components])
    chosen = np.flatnonzero(fixed & np.isin(np.arange(len(fixed)), which))
    if not len(chosen):
        return parts
    # A batch of one codeword says nothing of the others that a fixed codebook has.
    books = [part.candidates for part in whole.components]
    masses = []
    for batch in batches(whole.components, books, chosen):
        r = np.zeros(batch.real.shape)
        for k, i in enumerate(batch.which):
            r[k, _nearest_to_mean(whole.components[i])] = 1.0
        masses.append((batch, r))
    every = measured(whole, masses, slopes, precision)
    return parts._replace(
        excess=np.where(fixed, every.excess, parts.excess),
        margins=np.maximum(parts.margins, np.where(fixed[:, None], every.margins, 0.0)),
    )


def _silent(whole: ParallelTask, which: Indices) -> list[tuple[Stack, Array]]:
    singles = [_single(part) for part in whole.components]
    made = batches(whole.components, singles, which)
    return [(batch, np.ones(batch.real.shape)) for batch in made]


def _without_bits(whole: ParallelTask, tol: float) -> ParallelSolution | None:
    """Return the solution of rate 0 if one codeword each meets the levels."""
    everyone = np.arange(len(whole.copies))
    masses, slopes = _silent(whole, everyone), np.zeros(len(whole.bounds))
    parts = measured(whole, masses, slopes, tol / float(whole.copies.sum()))
    bounds = combined(whole, parts, slopes)
    if (whole.total(parts.floors + parts.errors) > whole.bounds).any():
        return None
    silent = np.zeros(len(whole.copies))
    books = tuple(_single(part) for part in whole.components)
    return ParallelSolution(
        whole, 0.0, 0.0, slopes, silent, parts.floors + parts.errors, books,
        tuple(_ONE for _ in books), bounds.mixed, Status.CONVERGED, (0.0,),
    )  # fmt: skip


def _finished(search: Search) -> ParallelSolution:
    assert search.best is not None
    whole, tol = search.task, search.tol
    bounds, _, slopes, masses = search.best
    masses, bounds, quiet = _quieted(search, masses, bounds)
    count = len(whole.copies)
    books: list[Array] = [_ONE] * count
    marginals: list[Array] = [_ONE] * count
    for batch, r in masses:
        for k, i in enumerate(batch.which):
            real = batch.real[k]
            books[i], marginals[i] = batch.y[k][real], r[k][real] / r[k][real].sum()
    gap = bounds.upper - bounds.lower
    status = Status.CONVERGED if gap <= tol else Status.ITERATION_LIMIT
    if gap > tol and search.until.over:
        status = Status.TIME_LIMIT
    rates = np.where(quiet, 0.0, bounds.rates)
    return ParallelSolution(
        whole, bounds.lower, bounds.upper, slopes, rates, bounds.errors, tuple(books),
        tuple(marginals), bounds.mixed, status, tuple(search.trace),
    )  # fmt: skip


def _quieted(
    search: Search, masses: list[tuple[Stack, Array]], bounds: Bounds
) -> tuple[list[tuple[Stack, Array]], Bounds, Array]:
    """Give no bits to the components for which one codeword is optimal, if that is as good."""
    whole = search.task
    assert search.best is not None
    _, parts, slopes, _ = search.best
    quiet = np.zeros(len(whole.copies), bool)
    low = np.flatnonzero(bounds.rates < _QUIET)
    if not len(low):
        return masses, bounds, quiet
    silent = _silent(whole, low)
    alone = _alone(whole, low, slopes, 0.1 * search.each)
    quiet[low] = alone.excess[low] <= 0.2 * search.each
    if not quiet.any():
        return masses, bounds, quiet
    kept = [(batch, r) for batch, r in masses]
    changed: list[tuple[Stack, Array]] = []
    for batch, r in [*kept, *silent]:
        is_silent = batch.real.shape[1] == 1 and any(batch is one for one, _ in silent)
        chosen = np.flatnonzero(quiet[batch.which] == is_silent)
        if len(chosen):
            changed.append((batch.only(chosen), r[chosen]))
    other = combined(whole, parts.replaced(quiet, alone), slopes)
    if other.upper - other.lower <= max(search.tol, bounds.upper - bounds.lower):
        return changed, other, quiet
    return masses, bounds, np.zeros_like(quiet)
