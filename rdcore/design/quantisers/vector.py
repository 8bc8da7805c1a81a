"""Quantisers in any dimension, by descent: Lloyd's, and Chou, Lookabaugh and Gray's."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from rdcore._arrays import Array, count, points
from rdcore.design.quantisers._design import Design, Target, extended, priced
from rdcore.design.quantisers._sums import Labels, totals
from rdcore.design.quantisers.quantiser import Quantiser
from rdcore.errors import InputError
from rdcore.problem.distortions import absolute, squared_error

_MOST_ROUNDS = 2000
_STARTS = 8
# A change of the objective below this is rounding, nats.
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
    r"""Design an entropy-coded quantiser at given prices, in any dimension, by descent.

    .. math:: \min_a\ H(Y)+\sum_k\lambda_k\,E[w_k(X)\,d_k(X,Y)],\qquad Y=y_{a(X)}

    In turn each atom takes the codeword that costs it least, its length -log P(Y=j) included;
    the lengths follow; the codewords move to the priced centroids (medians for absolute error),
    until nothing changes. Codewords that no atom takes are dropped. Then cells are merged, pair
    by pair, as long as that lowers the objective, and all begins anew. The result is a local
    optimum, the best of several starts.

    Parameters
    ----------
    target : Source or Problem
        A source, for squared error; or a problem. On ``codebook=EVERY`` the codewords move, on a
        codebook of its own they stay and any distortions will do.
    slopes : float or array, (K,)
        Price of each row of the problem's constraints, nats per unit of its level.
    start : array, (m,) or (m, d), optional
        Codewords to begin with, instead of random ones.
    m, starts : int
        How many codewords to begin with, and how often; each start has half as many as the last.
    seed : int
        Of the random starts.

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
    design = priced(target, slopes)
    if not design.movable:
        return _fixed(design)
    if start is not None:
        return descend(design, _codewords(design, start))
    draw, m = np.random.default_rng(seed), count(m, "m")
    tries = [
        _merging(design, descend(design, _seeded(design, max(1, m >> k), draw)))
        for k in range(count(starts, "starts"))
    ]
    return min(tries, key=lambda q: _objective(design, q))


def lloyd(design: Design, m: int, start: Array | None, seed: int) -> Quantiser:
    """Return the quantiser at which Lloyd's descent ends, or the best of several."""
    if start is not None:
        return descend(design, _codewords(design, start), coded=False)
    draw = np.random.default_rng(seed)
    tries = [descend(design, _seeded(design, m, draw), coded=False) for _ in range(_STARTS)]
    return min(tries, key=lambda q: _spent(design, q.codewords, q.assignment))


def descend(design: Design, codewords: Array, *, coded: bool = True) -> Quantiser:
    """Return the local optimum that alternating steps reach from codewords (m, d)."""
    mass, atoms = design.source.pmf, design.source.points
    length, best, kept = np.zeros(len(codewords)), np.inf, None
    for _ in range(_MOST_ROUNDS):
        labels = extended(atoms, mass, _nearest(design, codewords, length, coded=coded))
        used, labels = np.unique(labels, return_inverse=True)
        codewords = _centres(design, labels, codewords[used])
        share = totals(labels, mass)
        length = -np.log(np.maximum(share, _TINY)) if coded else np.zeros(len(codewords))
        cost = _spent(design, codewords, labels) + float(share @ length)
        if kept is not None and not cost < best:
            break
        best, kept = cost, (codewords, labels)
    assert kept is not None
    return design.quantiser(*kept)


def _merging(design: Design, quantiser: Quantiser) -> Quantiser:
    """Merge cells and descend in turn, as long as the objective falls."""
    cost = _objective(design, quantiser)
    while quantiser.m > 1:
        other = descend(design, _merged(design, quantiser))
        new = _objective(design, other)
        if not new < cost - _ROUNDING:
            break
        quantiser, cost = other, new
    return quantiser


def _merged(design: Design, quantiser: Quantiser) -> Array:
    """Return the codewords after every merge of two cells that lowers the objective, (m', d)."""
    codewords, labels, share = (
        quantiser.codewords.copy(),
        quantiser.assignment,
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
    return codewords[alive]


def _merge_costs(design: Design, codewords: Array, weight: Array, share: Array) -> Array:
    """Return by how much the objective changes if two cells merge, (m, m); ∞ on the diagonal.

    For squared error exactly; for absolute error at most, the lighter going to the other.
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


def _nearest(design: Design, codewords: Array, length: Array, *, coded: bool) -> Labels:
    """Return the cheapest codeword of each atom, (n,), in blocks of bounded memory."""
    atoms, each = design.source.points, design.importance if coded else np.ones(design.source.n)
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
    """Return the best codeword of each cell, (m, d); where errors cost nothing it stays."""
    weight = design.source.pmf * design.importance
    total = totals(labels, weight, len(codewords))
    moved = codewords.copy()
    for axis, values in enumerate(design.source.points.T):
        if design.absolute:
            best = _medians(values, weight, labels, total)
        else:
            # Moments about the old codeword do not cancel in small cells.
            shift = totals(labels, weight * (values - codewords[labels, axis]), len(codewords))
            best = codewords[:, axis] + shift / np.maximum(total, _TINY)
        moved[:, axis] = np.where(total > _TINY, best, codewords[:, axis])
    return moved


def centred(design: Design, labels: Labels) -> Array:
    """Return the best codeword of each cell that some atom is in, (m, d)."""
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
    error = design.source.points - codewords[labels]
    values = np.abs(error).sum(axis=1) if design.absolute else (error**2).sum(axis=1)
    return float((design.source.pmf * design.importance) @ values)


def _objective(design: Design, quantiser: Quantiser) -> float:
    return quantiser.entropy + _spent(design, quantiser.codewords, quantiser.assignment)


def _fixed(design: Design) -> Quantiser:
    """Return the local optimum on the problem's own codebook, all of which is there to begin."""
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
            f"start has shape {codewords.shape}; codewords need {design.source.dim} coordinates"
        )
    return codewords.reshape(len(codewords), design.source.dim).copy()


def _seeded(design: Design, m: int, draw: np.random.Generator) -> Array:
    """Return at most m distinct atoms, far from one another, (m', d), by greedy k-means++."""
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
