"""From coefficients to pixels: the inverse transform, the means of blocks, the filter, colours.

Pixels are whole numbers of 64ths of a grey level. Products of matrices are products of whole
numbers whose sums stay below 2⁵³, so they are exact in any order of summation.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from rdcore.pictures._blocks import AROUND, CELL, SIDES, Layout
from rdcore.pictures._symbols import (
    Floats,
    Ints,
    Mixer,
    Symbols,
    digits,
    even,
    graded,
    tail,
)

UNIT = 64
STEP_UNIT = 64
_SCALE = 4096.0
_ROUGHNESS = 2 * (2 * UNIT) ** 2
# The shifts of the grid of blocks in the filter.
SHIFTS = tuple((i, j) for i in range(CELL) for j in range(CELL) if (i + 2 * j) % 5 == 0)
FILTER_UNIT = 32
_LENGTHS = 24
_EDGE = 16


@cache
def _basis(side: int) -> Floats:
    """Return the orthonormal cosines of a block in 4096ths, (frequency, place)."""
    k = np.arange(side)
    cosines = np.cos(np.pi * (2 * k + 1) * k[:, None] / (2 * side)) * np.sqrt(2 / side)
    cosines[0] /= np.sqrt(2)
    found: Floats = np.rint(_SCALE * cosines)
    return found


def blocks_of(cells: Floats, layout: Layout, side: int) -> Floats:
    """Return the blocks of one side from coefficients (8, 8, rows, columns), (n, side, side)."""
    s = side // CELL
    rows, columns = cells.shape[2] // s, cells.shape[3] // s
    parts = cells.reshape(CELL, CELL, rows, s, columns, s).transpose(2, 4, 0, 3, 1, 5)
    chosen = layout.sides[::s, ::s] == side
    found: Floats = parts[chosen].reshape(-1, side, side)
    return found


def alternating(coefficients: Floats, layout: Layout) -> Ints:
    """Return the pixels of blocks without their means, from coefficients in 64ths."""
    height, width = (CELL * one for one in layout.sides.shape)
    found = np.zeros((height, width), dtype=np.int64)
    for side in SIDES:
        s = side // CELL
        chosen = layout.sides[::s, ::s] == side
        if not chosen.any():
            continue
        basis = _basis(side)
        half = np.rint(basis.T @ blocks_of(coefficients, layout, side) / _SCALE)
        pixels = np.rint(half @ basis / _SCALE)
        view = found.reshape(height // side, side, width // side, side).transpose(0, 2, 1, 3)
        view[chosen] = pixels.astype(np.int64)
    return found


def dequantised(indices: Ints, steps: Ints, shifts: tuple[int, int]) -> Floats:
    """Return coefficients in 64ths; magnitudes of 1, and larger ones, move by 256ths."""
    size = np.abs(indices)
    more = np.where(size == 1, shifts[0], shifts[1]) * (size > 0)
    found = ((256 * size + more) * (steps * (UNIT // STEP_UNIT)) + 128) >> 8
    signed: Floats = (np.sign(indices) * found).astype(np.float64)
    return signed


class Means:
    """The model of the means of blocks.

    The mean of a block is predicted by the continuity of the pixels across its left and upper
    sides; the index of its difference is coded after the other coefficients.
    """

    def __init__(self) -> None:
        edges = _LENGTHS * _EDGE
        self.lengths = Mixer([3 * edges, edges, edges, 3 * _LENGTHS, 144 * _LENGTHS], 1)
        self.lengths.weights[:] = 0.3

    def code(
        self, source: Symbols, layout: Layout, steps: Ints, indices: Ints, wanted: Ints | None
    ) -> Ints:
        """Code the differences, (rows, columns); they are 0 except in the first cell of a block."""
        activity = _summed(np.abs(indices).sum(axis=(0, 1)), layout)
        low = np.abs(indices[0, 1]) + np.abs(indices[1, 0]) + np.abs(indices[1, 1])
        low = _summed(low + np.abs(indices[0, 0]), layout)
        framed = np.pad(activity, 1, mode="edge")
        beside = framed[1:-1, :-2] + framed[1:-1, 2:] + framed[:-2, 1:-1] + framed[2:, 1:-1]
        rows, columns = layout.sides.shape
        y, x = np.mgrid[:rows, :columns]
        side = layout.sides // CELL
        turn = ((y // side) & 1) * 2 + ((x // side) & 1)
        known = np.zeros((rows + 8, columns + 8), dtype=np.int64)
        found = np.zeros((rows, columns), dtype=np.int64)
        for k in (0, 3, 1, 2):
            place = np.nonzero(layout.leads & (turn == k))
            if not len(place[0]):
                continue
            s, step = side[place], steps[place]
            mean = _mean_around(known, place, s) // step
            contexts = [
                np.minimum(graded(2 * mean), _EDGE - 1),
                np.minimum(graded(4 * activity[place]), _EDGE - 1),
                graded(2 * beside[place]) >> 1,
                np.minimum(graded(4 * low[place]) >> 1, 11),
                layout.kind[place] - 1,
            ]
            aim = None if wanted is None else wanted[place]
            found[place] = self._batch(source, contexts, aim)
            for a in range(4):
                for b in range(4):
                    some = np.maximum(a, b) < s
                    at = place[0][some] + a + 4, place[1][some] + b + 4
                    known[at] = (np.abs(found[place]) * step)[some] + 1
        return found

    def _batch(self, source: Symbols, contexts: list[Ints], wanted: Ints | None) -> Ints:
        """Code whole numbers: the length of the magnitude, its digits, and the sign."""
        around, activity, beside, low, kind = contexts
        number = len(around)
        size = None if wanted is None else np.abs(wanted)
        aim = None if size is None else digits(size)
        lengths = np.zeros(number, dtype=np.int64)
        live = np.arange(number)
        for level in range(_LENGTHS):
            if not len(live):
                break
            mine = [
                (level * _EDGE + around[live]) * 3 + kind[live],
                level * _EDGE + activity[live],
                level * _EDGE + beside[live],
                level * 3 + kind[live],
                (level * 12 + np.minimum(around[live], 11)) * 12 + low[live],
            ]
            more = None if aim is None else aim[live] > level
            live = live[self.lengths.code(source, mine, np.zeros(len(live), np.int64), more)]
            lengths[live] += 1
        found = np.minimum(lengths, 1)
        tail(source, found, np.maximum(lengths - 1, 0), size)
        some = np.flatnonzero(found)
        negative = even(source, len(some), None if wanted is None else wanted[some] < 0)
        found[some] = np.where(negative, -found[some], found[some])
        return found


def _summed(values: Ints, layout: Layout) -> Ints:
    """Return the sum of each block in all its cells."""
    found = values
    for side in SIDES[1:]:
        s = side // CELL
        rows, columns = values.shape[0] // s, values.shape[1] // s
        total = values.reshape(rows, s, columns, s).sum(axis=(1, 3))
        spread = total.repeat(s, axis=0).repeat(s, axis=1)
        found = np.where(layout.sides == side, spread, found)
    return found


def _mean_around(known: Ints, place: tuple[Ints, ...], s: Ints) -> Ints:
    """Return twice the mean of what is known around blocks."""
    total = np.zeros(len(s), dtype=np.int64)
    number = np.zeros(len(s), dtype=np.int64)
    for dy, dx in AROUND:
        at = place[0] + 4 + np.where(dy > 0, s, dy), place[1] + 4 + np.where(dx > 0, s, dx)
        total += known[at]
        number += known[at] > 0
    return 2 * total // np.maximum(number, 1)


def with_means(
    pixels: Ints, layout: Layout, steps: Ints, indices: Ints | None, aims: Floats | None
) -> tuple[Ints, Ints]:
    """Add the means to the pixels of blocks.

    Parameters
    ----------
    pixels : array of int, (height, width)
        The pixels of blocks without their means.
    layout : Layout
        The blocks.
    steps : array of int, (rows, columns)
        The steps of the quantisers.
    indices : array of int, (rows, columns), optional
        The indices of the differences from the predicted means.
    aims : array, (rows, columns), optional
        The means to reach in 64ths, if there are no indices.

    Returns
    -------
    pixels : array of int, (height, width)
        The pixels.
    indices : array of int, (rows, columns)
        The indices of the differences.
    """
    found = pixels.copy()
    used = np.zeros(layout.sides.shape, dtype=np.int64)
    for i, j in zip(*(one.tolist() for one in np.nonzero(layout.leads)), strict=True):
        side = int(layout.sides[i, j])
        y, x = CELL * i, CELL * j
        block = found[y : y + side, x : x + side]
        sums = []
        if j:
            beside = found[y : y + side, x - 2 : x]
            sums.append(_jump(3 * (beside[:, 1] - block[:, 0]) - beside[:, 0] + block[:, 1]))
        if i:
            above = found[y - 2 : y, x : x + side]
            sums.append(_jump(3 * (above[1] - block[0]) - above[0] + block[1]))
        mean = _combined(sums, side)
        scale = int(steps[i, j]) * UNIT // STEP_UNIT
        if indices is None:
            assert aims is not None
            used[i, j] = index = round((float(aims[i, j]) - mean) * side / scale)
        else:
            used[i, j] = index = int(indices[i, j])
        block += mean + index * scale // side
    return found, used


def _jump(differences: Ints) -> tuple[int, int]:
    """Return the sum of differences across a side, and a measure of their variance."""
    number = len(differences)
    total = int(differences.sum())
    return total, number * int(differences @ differences) - total**2 + _ROUGHNESS * number**2


def _combined(sums: list[tuple[int, int]], side: int) -> int:
    if not sums:
        return 128 * UNIT
    if len(sums) == 1:
        return sums[0][0] // (2 * side)
    (a, rough_a), (b, rough_b) = sums
    return (a * rough_b + b * rough_a) // (2 * side * (rough_a + rough_b))


def filtered(pixels: Ints, steps: Ints, strength: int) -> Floats:
    """Return the mean of pixels over shifted grids of blocks whose small coefficients are removed.

    Coefficients up to ``strength`` 32ths of the step are removed. Blocks with fewer coefficients
    left have more weight (Nosratinia 2001; Guleryuz 2007).
    """
    if not strength:
        return pixels.astype(np.float64)
    basis = _basis(CELL)
    height, width = pixels.shape
    framed = np.pad(pixels, CELL, mode="symmetric").astype(np.float64)
    cells = np.pad(steps, 1, mode="edge")
    total = np.zeros_like(framed)
    weights = np.zeros_like(framed)
    shares = np.rint(_SCALE / np.maximum(np.arange(CELL * CELL + 1), 1))
    for i, j in SHIFTS:
        rows, columns = height // CELL + 1, width // CELL + 1
        step = np.minimum(cells[:rows, :columns], cells[i > 0 :, :][:rows, :columns])
        right = cells[:, j > 0 :][:, :columns]
        step = np.minimum(step, np.minimum(right[:rows], right[i > 0 :][:rows]))
        area = slice(i, i + rows * CELL), slice(j, j + columns * CELL)
        some = np.rint(basis @ framed[area].reshape(rows, CELL, -1) / _SCALE)
        some = np.rint(some.reshape(rows, CELL, columns, CELL) @ basis.T / _SCALE)
        least = step * strength * (UNIT // STEP_UNIT) / FILTER_UNIT
        kept = np.abs(some) > least[:, None, :, None]
        kept[:, 0, :, 0] = True
        share = shares[kept.sum(axis=(1, 3))][:, None, :, None]
        some = np.rint((some * kept) @ basis / _SCALE).reshape(rows, CELL, -1)
        some = np.rint(basis.T @ some / _SCALE).reshape(rows, CELL, columns, CELL)
        total[area] += (some * share).reshape(rows * CELL, -1)
        weights[area] += np.broadcast_to(share, some.shape).reshape(rows * CELL, -1)
    inner = slice(CELL, CELL + height), slice(CELL, CELL + width)
    found: Floats = total[inner] / weights[inner]
    return found


def levels(planes: list[Floats]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return grey levels or colours from planes in 64ths, (height, width) or (height, width, 3)."""
    luma = planes[0] / UNIT
    if len(planes) == 1:
        return np.clip(np.rint(luma), 0, 255).astype(np.uint8)
    blue, red = (one / UNIT - 128 for one in planes[1:])
    green = luma - 0.344136 * blue
    colours = [luma + 1.402 * red, green - 0.714136 * red, luma + 1.772 * blue]
    return np.clip(np.rint(np.stack(colours, axis=-1)), 0, 255).astype(np.uint8)
