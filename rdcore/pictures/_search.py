"""The search of an encoder for the precisions at which a coded picture meets its levels.

The decoder needs the steps only. The encoder decides on each coefficient by squared error plus a
multiple of its bits, with the chances that the adaptive models gave in an earlier pass, and changes
the precisions until all levels are met on the picture's pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import constriction
import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.errors import InputError
from rdcore.pictures import _files
from rdcore.pictures._blocks import CELL, SIDES, Coefficients, Layout
from rdcore.pictures._files import FULL, FileHead, Tuning
from rdcore.pictures._pixels import (
    STEP_UNIT,
    UNIT,
    Means,
    alternating,
    dequantised,
    filtered,
    levels,
    with_means,
)
from rdcore.pictures._symbols import ONE, Flags, Ints, digits
from rdcore.pictures.picture import Picture

# The price of a bit in squared steps: at a high rate the optimal step Δ has D = Δ²/12 and a slope
# of 2 ln 2 D = .1155 Δ² a bit; smaller at low rates.
_PRICE = 0.08
_BITS_A_LEVEL = 1.2
_STRENGTHS = (0, 5, 7, 9, 11, 13)
_FIRST_STRENGTH = 12
# Mean squared error against precision, in logarithms.
_EXPONENT = 0.8
_FIRST_RATIO = 35.0
# How near to their levels errors are to be, and where the search aims.
_CLOSE, _NEARLY, _AIM = 0.997, 0.93, 0.9988
# What is enough after some trials: small pictures have few errors near their levels.
_ENOUGH = 0.985
_MOST_TRIALS = 8
_TURNS = 5
_DEAD = 0.55
# The chance of what the models have not coded: their smallest.
_UNSEEN = 24.0


@dataclass(frozen=True, eq=False)
class Target:
    """A region's pixels, and the level of their mean squared error if there is one."""

    mask: NDArray[np.bool_]
    level: float | None


@dataclass(frozen=True, eq=False)
class CodedPicture:
    """A coded picture, with the bits of each cell; see ``PictureFile``."""

    blob: bytes
    pixels: NDArray[np.uint8]
    errors: list[float]
    slopes: tuple[float, ...]
    bits: Array
    sides: Ints


class Chooser:
    """Decides on coefficients by squared error and bits, and keeps the models' chances."""

    def __init__(self, values: Array) -> None:
        self.values = values.reshape(CELL, CELL, -1)
        self.zero: Array = np.full(self.values.shape, _UNSEEN)
        self.one: Array = np.full(self.values.shape, ONE / 4)

    def bits(self, chance: Ints, wanted: Flags | None) -> Flags:
        """Return the decisions as they are wanted."""
        del chance
        assert wanted is not None
        return wanted

    def alive(self, u: int, v: int) -> bool:
        """Return whether a frequency has a coefficient that may not be 0."""
        return bool(np.abs(self.values[u, v]).max() > _DEAD)

    def choose(self, u: int, v: int, cells: Ints, zero: Ints, one: Ints) -> Ints:
        """Decide, and keep the chances."""
        self.zero[u, v, cells] = zero
        self.one[u, v, cells] = one
        return decided(self.values[u, v, cells], zero, one)


def decided(values: Array, zero: Array | Ints, one: Array | Ints) -> Ints:
    """Return the indices of least squared error plus price of bits, in steps."""
    size = np.abs(values)
    nearest = np.floor(size + 0.5)
    nonzero, above = zero / ONE, one / ONE
    none = -np.log2(1 - nonzero)
    first = 1 - np.log2(nonzero) - np.log2(1 - above)
    second = 1 - np.log2(nonzero) - np.log2(above)

    def cost(index: Array) -> Array:
        more = second + _BITS_A_LEVEL * np.maximum(index - 1, 1)
        bits = np.where(index == 0, none, np.where(index == 1, first, more))
        found: Array = (size - index) ** 2 + _PRICE * bits
        return found

    best, least = nearest, cost(nearest)
    for other in (np.maximum(nearest - 1, 0), np.zeros_like(nearest)):
        costs = cost(other)
        best = np.where(costs < least, other, best)
        least = np.minimum(least, costs)
    return np.where(values < 0, -best, best).astype(np.int64)


class Writer:
    """Codes given indices to words, and counts the bits of each cell."""

    def __init__(self, cells: int) -> None:
        self.indices = np.zeros((CELL, CELL, cells), dtype=np.int64)
        self.spent = np.zeros(cells)
        self._encoder = constriction.stream.queue.RangeEncoder()
        self._model = constriction.stream.model.Bernoulli(perfect=False)
        self._cost = 0.0
        self._shares = np.full(cells, 1 / cells)
        self._among: Ints | slice = slice(None)

    def bits(self, chance: Ints, wanted: Flags | None) -> Flags:
        """Code decisions."""
        assert wanted is not None
        share = chance / float(ONE)
        if len(share):
            self._encoder.encode(wanted.astype(np.int32), self._model, share)
            self._cost -= float(np.log2(np.where(wanted, share, 1 - share)).sum())
        return wanted

    def charge(self, shares: Array, among: Ints | slice = slice(None)) -> None:
        """Add the bits since the last call to the cells then named, and name the next ones."""
        self.spent[self._among] += self._cost * self._shares
        self._cost = 0.0
        self._among, self._shares = among, shares / max(float(shares.sum()), 1e-300)

    def alive(self, u: int, v: int) -> bool:
        """Return whether a frequency has an index that is not 0."""
        return bool(self.indices[u, v].any())

    def choose(self, u: int, v: int, cells: Ints, zero: Ints, one: Ints) -> Ints:
        """Return the indices, and charge their bits in proportion to the likely ones."""
        found: Ints = self.indices[u, v, cells]
        size = np.abs(found)
        nonzero, above = zero / ONE, one / ONE
        bits = np.where(
            size == 0,
            -np.log2(1 - nonzero),
            1 - np.log2(nonzero) - np.log2(np.where(size == 1, 1 - above, above)),
        )
        self.charge(bits + _BITS_A_LEVEL * np.maximum(size - 1, 0), cells)
        return found

    def words(self) -> NDArray[np.uint32]:
        """Return the code."""
        return np.asarray(self._encoder.get_compressed(), dtype=np.uint32)


@dataclass(eq=False)
class _Component:
    """A component's transforms for each side of blocks, and what an earlier pass gave."""

    pixels: Array
    spectra: dict[int, Array]
    aims: dict[int, Array]
    zero: Array = field(default_factory=lambda: np.zeros(0))
    one: Array = field(default_factory=lambda: np.zeros(0))
    tuning: Tuning = field(default_factory=lambda: Tuning((0, 0), _FIRST_STRENGTH))


@dataclass(eq=False)
class _Trial:
    """Indices of all components, and the errors of the picture."""

    precisions: tuple[float, ...]
    steps: list[Ints]
    indices: list[Ints]
    means: list[Ints]
    tunings: list[Tuning]
    pixels: NDArray[np.uint8]
    errors: list[float]


class PictureSearch:
    """The search for one picture.

    Parameters
    ----------
    picture : Picture
        The picture.
    targets : list of Target
        The whole picture first, then its regions.
    tell : callable
        Called with the completed fraction.
    """

    def __init__(
        self, picture: Picture, targets: list[Target], tell: Callable[[float], None]
    ) -> None:
        self.picture, self.targets, self.tell = picture, targets, tell
        height, width = picture.shape
        self.extra = ((0, -height % SIDES[-1]), (0, -width % SIDES[-1]))
        self.parts = [self._component(plane) for plane in picture.components()]
        self.shares = [self._share(target.mask) for target in targets[1:]]
        self.cells = self.parts[0].spectra[CELL].shape[2:]
        self.complements = tuple(self._complement(k) for k in range(1, len(targets)))
        self.sides: Ints = np.full(self.cells, CELL, dtype=np.int64)
        self.layout = Layout(self.sides)
        self.share = 0.0

    def _component(self, plane: Array) -> _Component:
        pixels = np.pad(plane, self.extra, mode="edge")
        spectra, aims = {}, {}
        for side in SIDES:
            spectra[side] = _spectrum(pixels, side)
            s = side // CELL
            aims[side] = spectra[side][0, 0] * (UNIT / side)
            aims[side] = aims[side][::s, ::s].repeat(s, axis=0).repeat(s, axis=1)
        return _Component(pixels, spectra, aims)

    def _share(self, mask: NDArray[np.bool_]) -> Ints:
        padded = np.pad(mask, self.extra, mode="edge")
        rows, columns = (one // CELL for one in padded.shape)
        count = padded.reshape(rows, CELL, columns, CELL).sum(axis=(1, 3))
        # A cell with few pixels of a region still serves it, and one with few others serves these.
        partly = np.clip(np.rint(count / CELL), 1, FULL - 1)
        found = np.where(count == CELL**2, FULL, np.where(count > 0, partly, 0))
        return found.astype(np.int64)

    def _complement(self, k: int) -> int:
        for j in range(1, k):
            if (self.shares[j - 1] + self.shares[k - 1] == FULL).all():
                return j
        return 0

    def run(self) -> CodedPicture:
        """Search, and code the picture."""
        precisions = self._first()
        for turn in range(_TURNS):
            self._divide(precisions)
            self._learn(precisions)
            self.share = min(0.3 + 0.4 * turn, 0.8)
            trial = self._meet(precisions, exact=turn > 0)
            if turn == 0:
                self._tune(trial)
            elif self._ratios(trial).max() <= 1:
                return self._coded(trial)
            precisions = trial.precisions
        raise InputError("a level is too small to be met by this code")

    def _first(self) -> tuple[float, ...]:
        """Return precisions to begin with."""
        wanted = [0.0 if t.level is None else 1 / (_FIRST_RATIO * t.level) for t in self.targets]
        whole = wanted[0]
        return (whole, *(max(one - whole, 0.0) for one in wanted[1:]))

    def _steps(self, precisions: tuple[float, ...]) -> list[Ints]:
        return [
            _files.steps_of(precisions, self.shares, self.sides, k) for k in range(len(self.parts))
        ]

    def _divide(self, precisions: tuple[float, ...]) -> None:
        """Choose the sides of blocks by an estimate of squared error and bits."""
        best: Array | None = None
        sides = np.full(self.cells, CELL, dtype=np.int64)
        for side in SIDES:
            self.sides = np.full(self.cells, side, dtype=np.int64)
            cost = np.zeros(self.cells)
            for part, steps in zip(self.parts, self._steps(precisions), strict=True):
                values = part.spectra[side] / (steps / STEP_UNIT)
                values[0, 0, :: side // CELL, :: side // CELL] = 0
                cost += _estimate(values)
            s = side // CELL
            rows, columns = self.cells[0] // s, self.cells[1] // s
            total = cost.reshape(rows, s, columns, s).sum(axis=(1, 3)) + 4
            if best is None:
                best = total
                continue
            finer = best.reshape(rows, 2, columns, 2).sum(axis=(1, 3))
            better = (total <= finer).repeat(s, axis=0).repeat(s, axis=1)
            sides = np.where(better, side, sides)
            best = np.minimum(total, finer)
        self.sides = sides
        self.layout = Layout(sides)

    def _values(self, part: _Component, steps: Ints) -> Array:
        """Return the coefficients in steps; the means of blocks are 0."""
        values = part.spectra[CELL]
        for side in SIDES[1:]:
            values = np.where(self.sides == side, part.spectra[side], values)
        values = values / (steps / STEP_UNIT)
        values[0, 0][self.layout.leads] = 0
        return values

    def _learn(self, precisions: tuple[float, ...]) -> None:
        """Keep the chances that the models give while the coefficients are decided on."""
        luma = None
        for k, (part, steps) in enumerate(zip(self.parts, self._steps(precisions), strict=True)):
            values = self._values(part, steps)
            chooser = Chooser(values)
            indices, magnitudes = Coefficients().code(chooser, self.layout, steps, luma)
            luma = magnitudes if k == 0 else luma
            part.zero = chooser.zero.reshape(values.shape)
            part.one = chooser.one.reshape(values.shape)
            part.tuning = Tuning(_shifts(values, indices), part.tuning.strength)

    def _trial(self, precisions: tuple[float, ...]) -> _Trial:
        """Decide on all coefficients by the chances of an earlier pass."""
        precisions = tuple(float(np.float32(one)) for one in precisions)
        all_steps = self._steps(precisions)
        indices, means, planes, tunings = [], [], [], []
        for part, steps in zip(self.parts, all_steps, strict=True):
            values = self._values(part, steps)
            found = decided(values, part.zero, part.one)
            tuning = Tuning(_shifts(values, found), part.tuning.strength)
            pixels = alternating(dequantised(found, steps, tuning.shifts), self.layout)
            aims = part.aims[CELL]
            for side in SIDES[1:]:
                aims = np.where(self.sides == side, part.aims[side], aims)
            pixels, mine = with_means(pixels, self.layout, steps, None, aims)
            planes.append(filtered(pixels, steps, tuning.strength))
            indices.append(found)
            means.append(mine)
            tunings.append(tuning)
        height, width = self.picture.shape
        result = levels([one[:height, :width] for one in planes])
        squares = self.picture.errors(result)
        errors = [float(squares[target.mask].mean()) for target in self.targets]
        return _Trial(precisions, all_steps, indices, means, tunings, result, errors)

    def _tune(self, trial: _Trial) -> None:
        """Choose the strength of each component's filter by its squared error in squared steps."""
        height, width = self.picture.shape
        for k, (part, steps) in enumerate(zip(self.parts, trial.steps, strict=True)):
            shifts = trial.tunings[k].shifts
            pixels = alternating(dequantised(trial.indices[k], steps, shifts), self.layout)
            pixels, _ = with_means(pixels, self.layout, steps, trial.means[k], None)
            scale = steps.repeat(CELL, axis=0).repeat(CELL, axis=1)
            costs = []
            for strength in _STRENGTHS:
                error = filtered(pixels, steps, strength) / UNIT - part.pixels
                costs.append(float(((error / scale)[:height, :width] ** 2).sum()))
            part.tuning = Tuning(shifts, _STRENGTHS[int(np.argmin(costs))])

    def _meet(self, precisions: tuple[float, ...], exact: bool) -> _Trial:
        """Change the precisions until the levels are met, closely if ``exact``."""
        best: _Trial | None = None
        exponents = np.full(len(self.targets), _EXPONENT)
        last: tuple[Array, Array] | None = None
        trial = self._trial(precisions)
        for number in range(_MOST_TRIALS if exact else 4):
            self.tell(self.share)
            ratios = self._ratios(trial)
            met = bool(ratios.max() <= 1)
            if met and (best is None or sum(trial.precisions) < sum(best.precisions)):
                best = trial
            binding = ratios[np.array(trial.precisions) > 0]
            near = _CLOSE if exact else _NEARLY
            if best is not None and number > 3 and self._ratios(best).max() > _ENOUGH:
                return best
            if binding.min() > near and ratios.max() <= (1 if exact else 1 / near):
                return trial
            effective = self._effective(trial.precisions)
            here = np.log(effective), np.log(np.maximum(ratios, 1e-9))
            if last is not None:
                moved = here[0] - last[0]
                fitted = (last[1] - here[1]) / np.where(np.abs(moved) > 1e-3, moved, 1.0)
                fitted = np.clip(fitted, 0.5, 1.2)
                exponents = np.where(np.abs(moved) > 1e-2, fitted, exponents)
            last = here
            aim = _AIM if exact else 1.0
            factors = np.clip((ratios / aim) ** (1 / exponents), 0.3, 3.0)
            trial = self._trial(self._changed(trial.precisions, effective, factors))
        for _ in range(_MOST_TRIALS):
            if best is not None or not exact or self._ratios(trial).max() <= 1:
                break
            trial = self._trial(tuple(1.01 * one for one in trial.precisions))
        return trial if best is None else best

    def _ratios(self, trial: _Trial) -> Array:
        """Return the mean squared errors over their levels; 0 where there is none."""
        pairs = zip(trial.errors, self.targets, strict=True)
        return np.array([0.0 if t.level is None else error / t.level for error, t in pairs])

    def _effective(self, precisions: tuple[float, ...]) -> Array:
        """Return the harmonic mean of the cells' precisions over each region."""
        total = np.full(self.cells, precisions[0])
        for precision, share in zip(precisions[1:], self.shares, strict=True):
            total = total + precision * (share / FULL)
        total = np.maximum(total, 1e-9)
        weights = [np.ones(self.cells), *(share / FULL for share in self.shares)]
        return np.array([float(one.sum() / (one / total).sum()) for one in weights])

    def _changed(
        self, precisions: tuple[float, ...], effective: Array, factors: Array
    ) -> tuple[float, ...]:
        """Return precisions that multiply the effective ones by factors, about."""
        changed = np.maximum(np.array(precisions) + effective * (factors - 1), 0.0)
        changed[changed < 1e-3 * effective] = 0.0
        changed[[target.level is None for target in self.targets]] = 0.0
        if not changed.any():
            changed = 0.5 * np.array(precisions)
        return tuple(float(one) for one in changed)

    def _coded(self, trial: _Trial) -> CodedPicture:
        """Code the indices of a trial."""
        header = FileHead(
            self.picture.shape, self.complements, trial.precisions, tuple(trial.tunings)
        )
        count = int(np.prod(self.cells))
        writer = Writer(count)
        for share, complement in zip(self.shares, self.complements, strict=True):
            if not complement:
                _files.code_shares(writer, self.cells, share)
        _files.code_sides(writer, self.cells, self.sides)
        luma = None
        leads = self.layout.leads.ravel()
        for k, steps in enumerate(trial.steps):
            writer.indices = trial.indices[k].reshape(CELL, CELL, -1)
            _, magnitudes = Coefficients().code(writer, self.layout, steps, luma)
            luma = magnitudes if k == 0 else luma
            lengths = digits(np.abs(trial.means[k]).ravel()).astype(np.float64)
            writer.charge((lengths + 1) * leads)
            Means().code(writer, self.layout, steps, trial.indices[k], trial.means[k])
        writer.charge(np.ones(count))
        blob = _files.closed(header, writer.words())
        spent = writer.spent.reshape(self.cells)
        slopes = _slopes(trial, self.targets)
        return CodedPicture(blob, trial.pixels, trial.errors, slopes, spent, self.sides)


def _spectrum(pixels: Array, side: int) -> Array:
    """Return the coefficients of blocks of one side, in cells, (8, 8, rows, columns)."""
    from scipy.fft import dctn

    rows, columns = (one // side for one in pixels.shape)
    s = side // CELL
    blocks = pixels.reshape(rows, side, columns, side).transpose(0, 2, 1, 3)
    found = dctn(blocks, axes=(2, 3), norm="ortho").reshape(rows, columns, CELL, s, CELL, s)
    cells: Array = found.transpose(2, 4, 0, 3, 1, 5).reshape(CELL, CELL, rows * s, columns * s)
    return cells


def _estimate(values: Array) -> Array:
    """Estimate squared error over price plus bits, for each cell."""
    size = np.abs(values)
    bits = 4.5 + 1.5 * np.log2(np.maximum(size, 0.5) / 0.5)
    found: Array = np.minimum(size**2 / _PRICE, bits).sum(axis=(0, 1))
    return found


def _shifts(values: Array, indices: Ints) -> tuple[int, int]:
    """Return by how much magnitudes are larger than their indices, in 256ths."""
    size = np.abs(indices)
    found = []
    for some in (size == 1, size > 1):
        mean = float((np.abs(values[some]) - size[some]).mean()) if some.any() else 0.0
        found.append(int(np.clip(round(256 * mean), -128, 127)))
    return found[0], found[1]


def _slopes(trial: _Trial, targets: list[Target]) -> tuple[float, ...]:
    """Return the slopes in nats a pixel for one unit of each mean squared error.

    One bit costs ``_PRICE`` squared steps of error.
    """
    nats = np.log(2) / _PRICE
    pixels = targets[0].mask.size
    return tuple(
        float(nats * precision * target.mask.sum() / pixels)
        for precision, target in zip(trial.precisions, targets, strict=True)
    )
