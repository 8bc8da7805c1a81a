"""The layout of blocks of 8, 16 and 32 pixels, and the coding of their coefficients.

All coefficients lie in cells of 8 × 8 pixels: a block of side 8 s has s × s cells, and its
coefficient of frequencies (s u + a, s v + b) is coefficient (u, v) of its cell (a, b). Coefficients
of all cells are coded frequency by frequency, in batches whose contexts are coefficients coded
before: neighbours in frequency within the block, and the same frequency in the blocks around.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rdcore.pictures._symbols import Flags, Ints, Mixer, Symbols, even, graded, large

CELL = 8
SIDES = (8, 16, 32)
ORDER = sorted(
    ((u, v) for u in range(CELL) for v in range(CELL)), key=lambda one: (one[0] + one[1], one[0])
)
_NEAR = ((-1, 0), (0, -1))
_FAR = ((-1, -1), (-2, 0), (0, -2), (-1, 1), (1, -1), (-2, 1), (1, -2), (-2, 2), (2, -2))
AROUND = ((0, -1), (0, 1), (-1, 0), (1, 0), (-1, -1), (1, 1), (-1, 1), (1, -1))
_PAD_FREQUENCY, _PAD = 2, 4
# The weights of the blocks beside, of those at the corners, and of the frequencies before, for
# what is known of a batch's neighbours: neither, corners, both, those beside.
_KNOWN = np.array(((0, 0, 4), (0, 4, 2), (6, 2, 1), (6, 0, 1)))
_MOST_BATCHES = 8
_UNARY = 15
_LARGEST_INDEX = 1 << 20
# Classes of the sum of both frequencies.
_POSITION = np.array([*range(8), 8, 8, 9, 9, 9, 10, 10, 10, *[11] * 6, *[12] * 7, *[13] * 35])
_POSITIONS = 14
_KINDS = 4


@dataclass(frozen=True, eq=False)
class CellBatch:
    """Cells whose coefficients of one frequency are coded at once, and where their contexts are."""

    cells: Ints
    side: Ints
    shift: Ints
    leads: Flags
    kind: Ints
    known: Ints
    base: Ints
    own: list[Ints]
    around: list[Ints]
    beside: list[Ints]


class Layout:
    """Blocks of several sizes.

    Parameters
    ----------
    sides : array of int, (rows, columns)
        The side in pixels of the block of each cell; blocks are aligned to their sides.
    """

    def __init__(self, sides: Ints) -> None:
        rows, columns = sides.shape
        self.sides = sides
        self.columns = columns + 2 * _PAD
        self.plane = (rows + 2 * _PAD) * self.columns
        self.row = (CELL + 2 * _PAD_FREQUENCY) * self.plane
        self.total = (CELL + 2 * _PAD_FREQUENCY) * self.row
        y, x = np.mgrid[:rows, :columns]
        s = sides // CELL
        a, b = y % s, x % s
        self.leads: Flags = (a == 0) & (b == 0)
        self.kind: Ints = np.where(s == 4, 3, s)
        odd = (y // s + x // s) & 1
        turn = np.where(s == 2, 4 * a + 2 * b + odd, (4 * a + b) // 2)
        turn = np.where(s == 1, 4 * odd + 2 * (y & 1), turn)
        known = np.where(s == 1, np.where(odd == 1, 2, y & 1), np.where(s == 2, 3 * odd, 0))
        fields = [one.ravel() for one in (y, x, s, a, b, known)]
        self.batches = [
            self._batch(cells, *(one[cells] for one in fields))
            for cells in (np.flatnonzero(turn.ravel() == k) for k in range(_MOST_BATCHES))
            if len(cells)
        ]

    def _batch(self, cells: Ints, y: Ints, x: Ints, s: Ints, *more: Ints) -> CellBatch:
        a, b, known = more
        base = self._at(0, 0, y, x)
        own = []
        for df, dg in _NEAR + _FAR:
            du, dv = (a + df) // s, (b + dg) // s
            own.append(self._at(du, dv, y + df - du * s, x + dg - dv * s))
        steps = [dy * self.columns + dx for dy, dx in AROUND]
        return CellBatch(
            cells,
            s,
            a + b,
            self.leads.ravel()[cells],
            self.kind.ravel()[cells],
            known,
            base,
            own,
            [base + step * s for step in steps],
            [base + step for step in steps[:4]],
        )

    def _at(self, u: Ints | int, v: Ints | int, y: Ints, x: Ints) -> Ints:
        cell = (y + _PAD) * self.columns + x + _PAD
        found: Ints = (u + _PAD_FREQUENCY) * self.row + (v + _PAD_FREQUENCY) * self.plane + cell
        return found


class Choices(Symbols, Protocol):
    """What codes coefficients."""

    def alive(self, u: int, v: int) -> bool | None:
        """Return whether a frequency has coefficients that are not 0; a decoder does not know."""
        ...

    def choose(self, u: int, v: int, cells: Ints, zero: Ints, one: Ints) -> Ints | None:
        """Return the coefficients to code, given the chances of ``≠ 0`` and ``> 1``."""
        ...


class Coefficients:
    """The models of the coefficients of one component."""

    def __init__(self) -> None:
        places = _POSITIONS * _KINDS
        pairs, trio = 32 * 32, 12**3
        self.zero = Mixer(
            [pairs, 32 * places, pairs, 64 * 10 * 4, 625 * 4, pairs, trio, 32 * 16], 8
        )
        self.one = Mixer([pairs, 32 * places, 32 * 3 * 4, 32 * 4, trio, 32 * 16], 2)
        self.more = Mixer([_UNARY * places, _UNARY * 32, 32 * 4, _UNARY * 32, places * 32], 3)

    def code(
        self, source: Choices, layout: Layout, steps: Ints, other: Ints | None
    ) -> tuple[Ints, Ints]:
        """Code the coefficients of all cells but the means of blocks.

        Parameters
        ----------
        source : Choices
            What codes them.
        layout : Layout
            The blocks.
        steps : array of int, (rows, columns)
            The step of the quantiser of each cell.
        other : array of int, optional
            The magnitudes of another component, as returned.

        Returns
        -------
        coefficients : array of int, (8, 8, rows, columns)
            The indices of the quantisers.
        magnitudes : array of int
            Their magnitudes times their steps, in the order of the layout.
        """
        magnitudes = np.zeros(layout.total, dtype=np.int64)
        found = np.zeros((CELL, CELL, steps.size), dtype=np.int64)
        flat = steps.ravel()
        for u, v in ORDER:
            aim = source.alive(u, v)
            if not even(source, 1, None if aim is None else np.array([aim]))[0]:
                continue
            shift = u * layout.row + v * layout.plane
            for batch in layout.batches:
                around = _Around(layout, batch, (u, v), magnitudes, flat[batch.cells], other)
                which = np.flatnonzero(~around.lead)
                values = self._values(source, batch, around, which)
                found[u, v, batch.cells] = values
                magnitudes[batch.base + shift] = np.abs(values) * flat[batch.cells]
        return found.reshape(CELL, CELL, *steps.shape), magnitudes

    def _values(self, source: Choices, batch: CellBatch, around: _Around, which: Ints) -> Ints:
        """Code the coefficients of one frequency in one batch."""
        found = np.zeros(len(batch.cells), dtype=np.int64)
        if not len(which):
            return found
        for_zero = [one[which] for one in around.for_zero()]
        for_one = [one[which] for one in around.for_one()]
        full = (batch.known >= 2)[which]
        sets = full * 4 + batch.kind[which]
        zero, zero_inputs = self.zero.predict(for_zero, sets)
        one, one_inputs = self.one.predict(for_one, full * 1)
        wanted = source.choose(*around.frequency, batch.cells[which], zero, one)
        bits = source.bits(zero, None if wanted is None else wanted != 0)
        self.zero.learn(for_zero, sets, zero_inputs, zero, bits)
        some = np.flatnonzero(bits)
        if not len(some):
            return found
        size = None if wanted is None else np.abs(wanted[some])
        bits = source.bits(one[some], None if size is None else size > 1)
        self.one.learn(
            [c[some] for c in for_one],
            full[some] * 1,
            [i[some] for i in one_inputs],
            one[some],
            bits,
        )
        sizes = self._sizes(source, around, which[some], bits, size)
        negative = even(source, len(some), None if wanted is None else wanted[some] < 0)
        found[which[some]] = np.where(negative, -sizes, sizes)
        return found

    def _sizes(
        self, source: Choices, around: _Around, which: Ints, above: Flags, wanted: Ints | None
    ) -> Ints:
        """Code magnitudes, given which are above 1."""
        found = np.where(above, 2, 1)
        live = np.flatnonzero(above)
        for level in range(_UNARY):
            if not len(live):
                break
            contexts = around.for_more(which[live], level)
            aim = None if wanted is None else wanted[live] > level + 2
            sets = np.full(len(live), min(level, 2))
            live = live[self.more.code(source, contexts, sets, aim)]
            found[live] += 1
        if len(live):
            aim_large = None if wanted is None else wanted[live] - _UNARY - 2
            found[live] += large(source, len(live), aim_large)
        if found.max() > _LARGEST_INDEX:
            raise ValueError("a coefficient is too large")
        return found


class _Around:
    """The contexts of the coefficients of one frequency in one batch."""

    def __init__(
        self,
        layout: Layout,
        batch: CellBatch,
        frequency: tuple[int, int],
        magnitudes: Ints,
        steps: Ints,
        other: Ints | None,
    ) -> None:
        u, v = self.frequency = frequency
        self.batch = batch
        self.lead: Flags = batch.leads if u + v == 0 else np.zeros(len(steps), dtype=bool)
        shift = u * layout.row + v * layout.plane

        def total(places: list[Ints], before: int = 0) -> Ints:
            found: Ints = magnitudes[places[0] + (shift - before)]
            for one in places[1:]:
                found = found + magnitudes[one + (shift - before)]
            return found

        def scaled(values: Ints) -> Ints:
            found: Ints = (values + (steps >> 1)) // steps
            return found

        self.up, self.left = scaled(total(batch.own[:1])), scaled(total(batch.own[1:2]))
        self.near = self.up + self.left
        self.far = scaled(total(batch.own[2:]))
        self.across = scaled(total(batch.around[:2]))
        self.along = scaled(total(batch.around[2:4]))
        self.corners = scaled(total(batch.around[4:]))
        self.before = scaled(
            total(batch.around[:4], layout.row) + total(batch.around[:4], layout.plane)
        )
        self.beside = scaled(total(batch.beside))
        weights = _KNOWN[batch.known]
        sides = self.across + self.along
        inside = 8 * self.near + 3 * self.far
        outside = weights[:, 0] * sides + weights[:, 1] * self.corners
        outside += weights[:, 2] * self.before + 2 * self.beside
        self.inside, self.outside = graded(inside), graded(outside)
        self.both = graded(2 * inside + outside)
        self.sides = 4 * sides + 4 * self.corners
        self.position = batch.kind * _POSITIONS
        self.position += _POSITION[batch.side * (u + v) + batch.shift]
        coarse = graded(8 * self.near) >> 1, graded(4 * self.far) >> 1
        coarse_sides = np.minimum(graded(self.sides + 2 * self.before) >> 1, 11)
        self.trio = np.minimum(coarse[0], 11) * 12 + np.minimum(coarse[1], 11)
        self.trio = self.trio * 12 + coarse_sides
        self.other = np.zeros(len(steps), dtype=np.int64)
        if other is not None:
            self.other = graded(scaled(8 * other[batch.base + shift])) >> 1

    def for_zero(self) -> list[Ints]:
        """Return the contexts of whether coefficients are 0."""
        u, v = self.frequency
        kind, known = self.batch.kind, self.batch.known
        full = known >= 2
        pattern = np.minimum(self.up, 4) * 5 + np.minimum(self.left, 4)
        pattern = pattern * 5 + np.minimum(np.where(full, self.across, self.before), 4)
        pattern = pattern * 5 + np.minimum(np.where(full, self.along, self.corners), 4)
        return [
            self.inside * 32 + self.outside,
            self.position * 32 + self.both,
            graded(16 * self.near) * 32 + graded(6 * self.far),
            ((u * CELL + v) * 10 + np.minimum(self.both // 3, 9)) * 4 + kind,
            pattern * 4 + known,
            graded(4 * self.before) * 32 + graded(self.sides + 4 * self.beside),
            self.trio,
            self.both * 16 + self.other,
        ]

    def for_one(self) -> list[Ints]:
        """Return the contexts of whether magnitudes exceed 1."""
        return [
            self.inside * 32 + self.outside,
            self.position * 32 + self.both,
            (np.minimum(self.near, 2) * 32 + self.outside) * 4 + self.batch.known,
            self.both * 4 + self.batch.kind,
            self.trio,
            self.both * 16 + self.other,
        ]

    def for_more(self, which: Ints, level: int) -> list[Ints]:
        """Return the contexts of whether magnitudes exceed ``level`` + 2."""
        position, both = self.position[which], self.both[which]
        return [
            level * (_POSITIONS * _KINDS) + position,
            level * 32 + both,
            self.outside[which] * 4 + self.batch.kind[which],
            level * 32 + self.inside[which],
            position * 32 + both,
        ]
