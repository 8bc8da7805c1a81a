"""Components of similar size in padded arrays, so that one pass of NumPy serves them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array, Indices, Mask
from rdcore.parallel.components import Component

# Sizes are rounded up to a power of this, which trades padding for the number of batches.
_GROWTH = 1.4
# Pairs of an atom and a codeword that are processed at a time: what fits into the cache.
_BLOCK = 1 << 17


class Stack(NamedTuple):
    """Components padded to n atoms and m codewords.

    Attributes
    ----------
    which : array of int, (B,)
        Which component each entry is.
    x, p : arrays, (B, n, d) and (B, n)
        Atoms and their probabilities, 0 for padding.
    y : array, (B, m, d)
        Codewords.
    real : array of bool, (B, m)
        False for padding.
    """

    which: Indices
    x: Array
    p: Array
    y: Array
    real: Mask

    @property
    def sizes(self) -> Array:
        """Number of codewords of each component, (B,)."""
        return np.asarray(self.real.sum(axis=1), dtype=np.float64)

    def parts(self) -> Iterator[slice]:
        """Yield slices of components so few that arrays (components, n, m) stay small."""
        step = max(1, _BLOCK // (self.p.shape[1] * self.real.shape[1]))
        for first in range(0, len(self.which), step):
            yield slice(first, first + step)

    def squares(self, some: slice) -> tuple[Array, Array]:
        """Return squared errors above the floor of each atom, (b, n, m), and the floors (b, n).

        For padding the squared error is ∞.
        """
        x, y = self.x[some], self.y[some]
        d = (x[:, :, None, 0] - y[:, None, :, 0]) ** 2
        for axis in range(1, x.shape[2]):
            d += (x[:, :, None, axis] - y[:, None, :, axis]) ** 2
        if not self.real[some].all():
            d = np.where(self.real[some][:, None, :], d, np.inf)
        floor = d.min(axis=2)
        d -= floor[:, :, None]
        return d, floor

    def only(self, chosen: Indices) -> Stack:
        """Return the entries with the given positions."""
        x, p, y = self.x[chosen], self.p[chosen], self.y[chosen]
        return Stack(self.which[chosen], x, p, y, self.real[chosen])


def batches(
    components: Sequence[Component], codebooks: Sequence[Array], which: Indices
) -> list[Stack]:
    """Group the components with the given indices by size, on codebooks (m_i, d_i)."""
    groups: dict[tuple[int, int, int], list[int]] = {}
    for i in which:
        source = components[i].source
        sizes = (_rounded(source.n), _rounded(len(codebooks[i])), source.dim)
        groups.setdefault(sizes, []).append(int(i))
    return [_padded(components, codebooks, group) for group in groups.values()]


def _rounded(size: int) -> int:
    if size <= 4:
        return size
    return int(np.ceil(_GROWTH ** np.ceil(np.log(size) / np.log(_GROWTH) - 1e-9)))


def _padded(components: Sequence[Component], codebooks: Sequence[Array], group: list[int]) -> Stack:
    n = max(components[i].source.n for i in group)
    m = max(len(codebooks[i]) for i in group)
    d = components[group[0]].source.dim
    x, p = np.zeros((len(group), n, d)), np.zeros((len(group), n))
    y, real = np.zeros((len(group), m, d)), np.zeros((len(group), m), bool)
    for k, i in enumerate(group):
        source, codebook = components[i].source, codebooks[i]
        x[k], y[k] = source.points[0], codebook[0]
        x[k, : source.n], p[k, : source.n] = source.points, source.pmf
        y[k, : len(codebook)], real[k, : len(codebook)] = codebook, True
    return Stack(np.array(group, np.intp), x, p, y, real)
