"""Optimal scalar quantisers by dynamic programming."""

from __future__ import annotations

from rdcore._arrays import Array, count
from rdcore.design.quantisers.designs import Design, Target, plain, priced
from rdcore.design.quantisers.interval_program import cheapest_by_count, optimal
from rdcore.design.quantisers.ordered_atoms import MOST_ATOMS, ordered
from rdcore.design.quantisers.quantiser import Quantiser
from rdcore.design.quantisers.vector import coded, improved, lloyd, objective


def lloyd_max_family(
    target: Target, most: int, *, slopes: float | Array | None = None
) -> tuple[Quantiser, ...]:
    """Return the optimal quantisers on a line with 1 … ``most`` codewords; see ``lloyd_max``.

    With few atoms, one run of the dynamic program gives all of them.

    Parameters
    ----------
    target : Source or Problem
        As for ``lloyd_max``, on a line.
    most : int
        The largest number of codewords.
    slopes : float or array, (K,), optional
        As for ``lloyd_max``.

    Returns
    -------
    tuple of Quantiser
        In the order of their number of codewords.

    Examples
    --------
    >>> import rdcore as rd
    >>> [q.distortion for q in lloyd_max_family(rd.sources.uniform_grid(4), 2)]
    [0.078125, 0.015625]
    """
    atoms = ordered(_design(target, slopes))
    most = min(count(most, "most"), atoms.n)
    if atoms.n > MOST_ATOMS:
        return tuple(atoms.quantiser(optimal(atoms, m)) for m in range(1, most + 1))
    return tuple(atoms.quantiser(edges) for edges in cheapest_by_count(atoms.costs, most))


def lloyd_max(
    target: Target,
    m: int,
    *,
    slopes: float | Array | None = None,
    start: Array | None = None,
    seed: int = 0,
) -> Quantiser:
    r"""Design a quantiser of least distortion with at most m codewords.

    .. math:: \min\ \sum_x p_x s_x\, d(x, y_{a(x)}),\qquad a:\{x\}\to\{1,\dots,m\}

    On a line this is the global optimum, by dynamic programming over intervals, because for squared
    and absolute error every atom takes the nearest codeword for any s_x. With more than 2500
    distinct atoms, the edges of cells are first chosen from 1250 quantiles, and then from
    successively finer grids around the edges found. In several dimensions it is the best of several
    descents from k-means++.

    Parameters
    ----------
    target : Source or Problem
        A source, for squared error; or a problem on ``codebook=EVERY``.
    m : int
        Number of codewords.
    slopes : float or array, (K,), optional
        Price of each row of the problem's constraints, which gives the price of distortion at each
        atom, s_x = Σ_k λ_k w_k(x); by default 1 for all atoms.
    start : array, (m,) or (m, d), optional
        At most m codewords from which to descend instead. One that no atom takes, or that is not
        there, begins at the atom that costs most, so that m remain where there are m atoms.
    seed : int
        Seed of the random starts in several dimensions.

    Returns
    -------
    Quantiser
        With at most m codewords.

    References
    ----------
    S. P. Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28(2), 1982;
    X. Wu, "Optimal quantization by matrix searching", J. Algorithms 12, 1991.

    Examples
    --------
    >>> import rdcore as rd
    >>> q = lloyd_max(rd.sources.uniform_grid(8), 2)
    >>> q.codebook, q.rate_bits
    (array([0.25, 0.75]), 1.0)
    """
    design = _design(target, slopes)
    m, seed = count(m, "m"), count(seed, "seed", 0)
    if start is None and design.source.dim == 1:
        atoms = ordered(design)
        return atoms.quantiser(optimal(atoms, m))
    return lloyd(design, m, start, seed)


def ecsq(target: Target, slopes: float | Array) -> Quantiser:
    r"""Design the entropy-coded scalar quantiser at given prices.

    .. math:: \min_a\ H(Y)+\sum_k\lambda_k\,E[w_k(X)\,d(X,Y)],\qquad Y=y_{a(X)}

    Where an error costs the same at every atom (an average) this is the global optimum, by
    dynamic programming over intervals. Where it does not, cells of the optimum need not be
    intervals; the best intervals are then the start of a descent over all assignments, which
    ends at no more than they cost.

    Parameters
    ----------
    target : Source or Problem
        A source, for squared error; or a problem on ``codebook=EVERY``.
    slopes : float or array, (K,)
        Price of each row of the problem's constraints, nats per unit of its level.

    Returns
    -------
    Quantiser
        With the least sum of entropy and priced distortion.

    References
    ----------
    P. A. Chou, T. Lookabaugh and R. M. Gray, "Entropy-constrained vector quantization", IEEE
    Trans. Acoust., Speech, Signal Process. 37(1), 1989; D. Muresan and M. Effros, "Quantization
    as histogram segmentation", IEEE Trans. Inf. Theory 54(1), 2008.

    Examples
    --------
    >>> import rdcore as rd
    >>> q = ecsq(rd.sources.three_modes(), 0.3)
    >>> q.m, round(q.rate_bits, 4), round(q.distortion, 4)
    (4, 1.7165, 0.6137)
    """
    design = priced(target, slopes)
    design.require_movable()
    atoms = ordered(design)
    best = atoms.quantiser(optimal(atoms))
    if atoms.uniform:
        return best
    # From the intervals as they are coded, and from their codewords alone.
    tries = improved(design, best.codewords, best.assignment), coded(design, best.codewords)
    return min(tries, key=lambda q: objective(design, q))


def _design(target: Target, slopes: float | Array | None) -> Design:
    design = plain(target) if slopes is None else priced(target, slopes)
    design.require_movable()
    return design
