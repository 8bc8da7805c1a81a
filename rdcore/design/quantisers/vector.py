"""Vector quantisers by descent: Lloyd's algorithm and entropy-coded vector quantisation."""

from __future__ import annotations

import numpy as np

from rdcore._arrays import Array, count, points
from rdcore.design.quantisers import designs
from rdcore.design.quantisers._sums import Labels, totals
from rdcore.design.quantisers.designs import Design, Target, extended
from rdcore.design.quantisers.quantiser import Quantiser
from rdcore.errors import InputError
from rdcore.problem.distortions import absolute, squared_error

_MOST_ROUNDS = 2000
_STARTS = 8
# Change of the objective, in nats, that counts as rounding.
_ROUNDING = 1e-13
_CHUNK = 4_000_000
_TINY = float(np.finfo(np.float64).tiny)


def ecvq(
    target: Target,
    slopes: float | Array,
    *,
    start: Array | None = None,
    m: int = 64,
    starts: int = 4,
    seed: int = 0,
) -> Quantiser:
    r"""Design an entropy-coded vector quantiser at given prices by descent.

    .. math:: \min_a\ H(Y)+\sum_k\lambda_k\,E[w_k(X)\,d_k(X,Y)],\qquad Y=y_{a(X)}

    The descent alternates three steps: each atom is assigned to the codeword of least cost, which
    includes its code length -log P(Y=j); the code lengths are updated; and the codewords move to
    the priced centroids (medians for absolute error). Unused codewords are dropped. At a fixed
    point, pairs of cells are merged as long as that lowers the objective, and the descent starts
    again. The result is a local optimum, the best of several starts.

    Parameters
    ----------
    target : Source or Problem
        A source, for squared error; or a problem. With ``codebook=EVERY`` the codewords move. With
        a fixed codebook they do not, and any distortion is accepted.
    slopes : float or array, (K,)
        Price of each row of the problem's constraints, nats per unit of its level.
    start : array, (m,) or (m, d), optional
        Codewords to begin with, instead of random ones. The result is no worse than they are with
        each atom at the nearest.
    m, starts : int
        Number of codewords of the first start, and number of starts; each has half as many as the
        one before.
    seed : int
        Seed of the random starts.

    Returns
    -------
    Quantiser
        The best local optimum found.

    References
    ----------
    P. A. Chou, T. Lookabaugh and R. M. Gray, "Entropy-constrained vector quantization", IEEE
    Trans. Acoust., Speech, Signal Process. 37(1), 1989; W. H. Equitz, "A new vector quantization
    clustering algorithm", IEEE Trans. Acoust., Speech, Signal Process. 37(10), 1989; D. Arthur and
    S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007, for the starts.

    Examples
    --------
    >>> import rdcore as rd
    >>> q = ecvq(rd.sources.four_clusters(), 0.1)
    >>> q.m, round(q.rate_bits, 6), round(q.distortion, 4)
    (4, 2.0, 6.7599)
    """
    design = designs.priced(target, slopes)
    m, starts, seed = count(m, "m"), count(starts, "starts"), count(seed, "seed", 0)
    if not design.movable:
        return _fixed(design)
    if start is not None:
        return coded(design, _codewords(design, start))
    draw = np.random.default_rng(seed)
    tries = [coded(design, _seeded(design, max(1, m >> k), draw)) for k in range(starts)]
    return min(tries, key=lambda q: objective(design, q))


def coded(design: Design, codewords: Array) -> Quantiser:
    """Return the entropy-coded quantiser that descent and merging reach from codewords (m, d)."""
    nearest = _nearest(design, codewords, np.zeros(len(codewords)), priced=False)
    return improved(design, codewords, nearest)


def improved(design: Design, codewords: Array, labels: Labels) -> Quantiser:
    """Return the entropy-coded quantiser that descent and merging reach from cells (n,).

    Its objective is at most that of the cells.
    """
    return _merging(design, _descend(design, codewords, labels))


def lloyd(design: Design, m: int, start: Array | None, seed: int) -> Quantiser:
    """Return the quantiser of m levels at which Lloyd's descent ends, or the best of several."""
    if start is not None:
        codewords = _codewords(design, start)
        if len(codewords) > m:
            raise InputError(f"start must have at most m={m} codewords; got {len(codewords)}")
        return _lloyd(design, codewords, m)
    draw = np.random.default_rng(seed)
    tries = [_lloyd(design, _seeded(design, m, draw), m) for _ in range(_STARTS)]
    return min(tries, key=lambda q: _spent(design, q.codewords, q.assignment))


def _lloyd(design: Design, codewords: Array, m: int) -> Quantiser:
    """Return where Lloyd's descent ends; a codeword that no atom takes begins again elsewhere."""
    mass, atoms = design.source.pmf, design.source.points
    best, kept = np.inf, None
    for _ in range(_MOST_ROUNDS):
        nearest = _nearest(design, codewords, np.zeros(len(codewords)), priced=False)
        used, labels = np.unique(extended(atoms, mass, nearest), return_inverse=True)
        codewords = _centres(design, labels, codewords[used])
        cost = _spent(design, codewords, labels)
        if not cost < best:
            break
        best, kept = cost, (codewords, labels)
        codewords = np.vstack([codewords, _farthest(design, codewords, labels, m)])
    assert kept is not None
    return design.quantiser(*kept)


def _farthest(design: Design, codewords: Array, labels: Labels, m: int) -> Array:
    """Return the atoms that cost most, as many as codewords lack, (i, d)."""
    cost = design.source.pmf * design.importance * _errors(design, codewords, labels)
    atoms, inverse = np.unique(design.source.points, axis=0, return_inverse=True)
    cost = totals(inverse.ravel(), cost)
    order = np.argsort(-cost)[: m - len(codewords)]
    return np.asarray(atoms[order[cost[order] > 0]])


def _descend(design: Design, codewords: Array, labels: Labels) -> Quantiser:
    """Return the local optimum that alternating steps reach from cells, never worse than they."""
    mass, atoms = design.source.pmf, design.source.points
    best, kept = np.inf, None
    for _ in range(_MOST_ROUNDS):
        used, labels = np.unique(extended(atoms, mass, labels), return_inverse=True)
        codewords = _centres(design, labels, codewords[used])
        share = totals(labels, mass)
        length = -np.log(np.maximum(share, _TINY))
        cost = _spent(design, codewords, labels) + float(share @ length)
        if not cost < best:
            break
        best, kept = cost, (codewords, labels)
        labels = _nearest(design, codewords, length)
    assert kept is not None
    return design.quantiser(*kept)


def _merging(design: Design, quantiser: Quantiser) -> Quantiser:
    """Merge cells and descend in turn, as long as the objective falls."""
    cost = objective(design, quantiser)
    while quantiser.m > 1:
        other = _descend(design, *_merged(design, quantiser))
        new = objective(design, other)
        if not new < cost - _ROUNDING:
            break
        quantiser, cost = other, new
    return quantiser


def _merged(design: Design, quantiser: Quantiser) -> tuple[Array, Labels]:
    """Return the codewords (m, d) and cells (n,) after every merge that lowers the objective."""
    codewords, labels, share = (
        quantiser.codewords.copy(),
        quantiser.assignment.copy(),
        quantiser.pmf.copy(),
    )
    weight = totals(labels, design.source.pmf * design.importance, len(codewords))
    alive = np.ones(len(codewords), dtype=bool)
    while alive.sum() > 1:
        kept = np.flatnonzero(alive)
        gain = _merge_costs(design, codewords[kept], weight[kept], share[kept])
        low, high = np.unravel_index(int(gain.argmin()), gain.shape)
        if not gain[low, high] < -_ROUNDING:
            break
        i, j = (
            (kept[low], kept[high])
            if weight[kept[low]] >= weight[kept[high]]
            else (kept[high], kept[low])
        )
        both = weight[i] + weight[j]
        if not design.absolute and both > 0:
            codewords[i] += weight[j] / both * (codewords[j] - codewords[i])
        weight[i], share[i], alive[j] = both, share[i] + share[j], False
        labels[labels == j] = i
    return codewords, labels


def _merge_costs(design: Design, codewords: Array, weight: Array, share: Array) -> Array:
    """Return the change of the objective when two cells merge, (m, m); ∞ on the diagonal.

    It is exact for squared error. For absolute error it is an upper bound, at the codeword of the
    cell of larger mass.
    """
    pair = weight[:, None] + weight
    if design.absolute:
        spent = np.minimum(weight[:, None], weight) * absolute(codewords, codewords)
    else:
        shared = weight[:, None] * weight / np.where(pair > 0, pair, 1.0)
        spent = shared * squared_error(codewords, codewords)
    both, code = share[:, None] + share, _code(share)
    change = spent + _code(both) - code[:, None] - code
    np.fill_diagonal(change, np.inf)
    return np.asarray(change)


def _code(share: Array) -> Array:
    return np.asarray(-share * np.log(np.maximum(share, _TINY)))


def _nearest(design: Design, codewords: Array, length: Array, *, priced: bool = True) -> Labels:
    """Return the cheapest codeword of each atom, (n,), in blocks of bounded memory."""
    atoms, each = design.source.points, design.importance if priced else np.ones(design.source.n)
    distance = absolute if design.absolute else squared_error
    parts = 1 + len(atoms) * len(codewords) // _CHUNK
    found = [
        (scale[:, None] * distance(some, codewords) + length).argmin(axis=1)
        for some, scale in zip(
            np.array_split(atoms, parts), np.array_split(each, parts), strict=True
        )
    ]
    return np.concatenate(found)


def _centres(design: Design, labels: Labels, codewords: Array) -> Array:
    """Return the best codeword of each cell, (m, d); unchanged where distortion has price 0."""
    weight = design.source.pmf * design.importance
    total = totals(labels, weight, len(codewords))
    moved = codewords.copy()
    for axis, values in enumerate(design.source.points.T):
        if design.absolute:
            best = _medians(values, weight, labels, total)
        else:
            # Moments about the old codeword avoid cancellation in small cells.
            shift = totals(labels, weight * (values - codewords[labels, axis]), len(codewords))
            best = codewords[:, axis] + shift / np.maximum(total, _TINY)
        moved[:, axis] = np.where(total > _TINY, best, codewords[:, axis])
    return moved


def centred(design: Design, labels: Labels) -> Array:
    """Return the best codeword of each non-empty cell, (m, d)."""
    first = np.unique(labels, return_index=True)[1]
    return _centres(design, labels, design.source.points[first])


def _medians(values: Array, weight: Array, labels: Labels, total: Array) -> Array:
    order = np.lexsort((values, labels))
    running = np.cumsum(weight[order])
    before = np.append(0.0, np.cumsum(total))[:-1]
    sizes = np.cumsum(np.bincount(labels, minlength=len(total)))
    place = np.searchsorted(running, before + total / 2)
    first = np.append(0, sizes)[:-1]
    return np.asarray(values[order][np.clip(place, first, sizes - 1)])


def _spent(design: Design, codewords: Array, labels: Labels) -> float:
    """Return Σ_x p_x s_x d(x, y_{a(x)})."""
    return float((design.source.pmf * design.importance) @ _errors(design, codewords, labels))


def _errors(design: Design, codewords: Array, labels: Labels) -> Array:
    """Return d(x, y_{a(x)}), (n,)."""
    error = design.source.points - codewords[labels]
    return np.asarray(np.abs(error).sum(axis=1) if design.absolute else (error**2).sum(axis=1))


def objective(design: Design, quantiser: Quantiser) -> float:
    """Return H(Y) + Σ_x p_x s_x d(x, y_{a(x)}), nats."""
    return quantiser.entropy + _spent(design, quantiser.codewords, quantiser.assignment)


def _fixed(design: Design) -> Quantiser:
    """Return the local optimum on a fixed codebook, starting from all its codewords."""
    problem, mass = design.problem, design.source.pmf
    table = problem.tilt(design.slopes)
    length, best, labels = np.zeros(problem.m), np.inf, np.zeros(problem.n, dtype=np.intp)
    for _ in range(_MOST_ROUNDS):
        new = extended(design.source.points, mass, (table + length).argmin(axis=1))
        share = totals(new, mass, problem.m)
        with np.errstate(divide="ignore"):
            length = -np.log(share)
        spent = mass * np.where(mass > 0, table[np.arange(problem.n), new], 0.0)
        cost = float(spent.sum() + share[share > 0] @ length[share > 0])
        if not cost < best:
            break
        best, labels = cost, new
    return design.quantiser(problem.codewords, labels)


def _codewords(design: Design, start: Array) -> Array:
    codewords = points(start, "start")
    if codewords.size // len(codewords) != design.source.dim:
        raise InputError(
            f"start must have {design.source.dim} coordinates per codeword; got {codewords.shape}"
        )
    return codewords.reshape(len(codewords), design.source.dim).copy()


def _seeded(design: Design, m: int, draw: np.random.Generator) -> Array:
    """Return at most m distinct atoms, far from one another, (m', d), by greedy k-means++."""
    from scipy.spatial.distance import cdist

    weight = design.source.pmf * design.importance
    atoms, inverse = np.unique(design.source.points[weight > 0], axis=0, return_inverse=True)
    weight = totals(inverse.ravel(), weight[weight > 0])
    if m >= len(atoms):
        return np.asarray(atoms, dtype=np.float64)
    chosen = [int(draw.choice(len(atoms), p=weight / weight.sum()))]
    nearest = cdist(atoms[chosen], atoms, "sqeuclidean")[0]
    for _ in range(1, m):
        pull = weight * nearest
        if not pull.sum() > 0:
            break  # all that is left is so near that its squared distance underflows
        tried = draw.choice(len(atoms), 2 + int(np.log(m)), p=pull / pull.sum())
        reached = np.minimum(nearest, cdist(atoms[tried], atoms, "sqeuclidean"))
        best = int((reached @ weight).argmin())
        chosen.append(int(tried[best]))
        nearest = reached[best]
    return np.asarray(atoms[chosen], dtype=np.float64)
