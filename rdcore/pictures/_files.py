"""The format of coded pictures, and their decoder.

All numbers are little-endian.

=====  =======  ==================================================================
bytes  type     meaning
=====  =======  ==================================================================
8      bytes    89 52 44 50 0D 0A 1A 0A
1      uint8    version, 1
1      uint8    components: 1 for grey, 3 for colour
2, 2   uint16   height and width in pixels
4      uint32   size of the file in bytes
1      uint8    regions K
=====  =======  ==================================================================

Then follow K bytes, 0 for a region whose shares are coded and k for the complement of region k
(counted from 1); K + 1 float32, the precisions 1/Δ² of the whole picture and of the regions; for
each X of the filter in 32ths; 32-bit words of a range code; and 8 bytes of BLAKE2b of all
preceding bytes. The words hold the shares of the regions, the sides of blocks, and for each
component its coefficients and its means.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore.pictures._blocks import CELL, SIDES, Coefficients, Layout
from rdcore.pictures._pixels import (
    STEP_UNIT,
    Means,
    alternating,
    dequantised,
    filtered,
    levels,
    with_means,
)
from rdcore.pictures._symbols import Floats, Ints, Mixer, Reader, Symbols

MAGIC = b"\x89RDP\r\n\x1a\n"
VERSION = 1
MOST_PIXELS = 4_000_000
MOST_REGIONS = 6
FULL = 8
_LARGEST_SIDE = SIDES[-1]
_LEAST_STEP, _MOST_STEP = 16, 1 << 17
# Steps relative to the luma's, so that all components have the same slope of the error in RGB.
_RELATIVE = (1.0, 0.959529, 1.100832)
_HEAD = struct.Struct("<8sBBHHIB")
_COMPONENT = struct.Struct("<2bB")
_DIGEST = 8
# The places to the left, above, and above to the left and to the right, in a frame of one.
_BEFORE = ((0, 1), (1, 0), (0, 0), (0, 2))


@dataclass(frozen=True)
class Tuning:
    """Of one component: by how much magnitudes grow, and the strength of the filter."""

    shifts: tuple[int, int] = (0, 0)
    strength: int = 0


@dataclass(frozen=True, eq=False)
class FileHead:
    """What a file says before its code."""

    shape: tuple[int, int]
    complements: tuple[int, ...]
    precisions: tuple[float, ...]
    tunings: tuple[Tuning, ...]

    @property
    def cells(self) -> tuple[int, int]:
        """The number of rows and columns of cells."""
        high, wide = (-(-one // _LARGEST_SIDE) * (_LARGEST_SIDE // CELL) for one in self.shape)
        return high, wide


def opened(blob: bytes) -> tuple[FileHead, NDArray[np.uint32]]:
    """Return the header and the words of a file.

    Raises
    ------
    ValueError
        With what is wrong with the file.
    """
    blob = bytes(blob)
    if not blob or blob[: len(MAGIC)] != MAGIC[: len(blob)]:
        raise ValueError("it has another format")
    if len(blob) < _HEAD.size + _DIGEST:
        raise ValueError("it is truncated")
    _, version, components, height, width, size, regions = _HEAD.unpack_from(blob)
    if version != VERSION:
        raise ValueError(f"it has version {version}, not {VERSION}")
    if size != len(blob):
        raise ValueError(f"it has {len(blob)} of {size} bytes")
    content = blob[:-_DIGEST]
    if digest(content) != blob[-_DIGEST:]:
        raise ValueError("its checksum does not match")
    if components not in (1, 3) or not 1 <= height * width <= MOST_PIXELS:
        raise ValueError("it has another number of components or pixels than is possible")
    at = _HEAD.size + 5 * regions + 4 + _COMPONENT.size * components
    if regions > MOST_REGIONS or at > len(content) or (len(content) - at) % 4:
        raise ValueError("its sizes do not match")
    complements = tuple(content[_HEAD.size : _HEAD.size + regions])
    if any(one > k for k, one in enumerate(complements)):
        raise ValueError("a region is the complement of a later one")
    start = _HEAD.size + regions
    precisions = struct.unpack_from(f"<{regions + 1}f", content, start)
    if not all(0 <= one < 1e9 for one in precisions):
        raise ValueError("a precision is out of range")
    start += 4 * (regions + 1)
    tunings = []
    for k in range(components):
        first, later, strength = _COMPONENT.unpack_from(content, start + k * _COMPONENT.size)
        tunings.append(Tuning((first, later), strength))
    words = np.frombuffer(content, "<u4", offset=at).astype(np.uint32)
    return FileHead((height, width), complements, precisions, tuple(tunings)), words


def closed(header: FileHead, words: NDArray[np.uint32]) -> bytes:
    """Return a file."""
    body = bytes(header.complements)
    body += struct.pack(f"<{len(header.precisions)}f", *header.precisions)
    body += b"".join(_COMPONENT.pack(*one.shifts, one.strength) for one in header.tunings)
    body += words.astype("<u4").tobytes()
    size = _HEAD.size + len(body) + _DIGEST
    head = (MAGIC, VERSION, len(header.tunings), *header.shape, size, len(header.complements))
    content = _HEAD.pack(*head) + body
    return content + digest(content)


def digest(content: bytes) -> bytes:
    """Return the checksum of a file."""
    return hashlib.blake2b(content, digest_size=_DIGEST).digest()


def code_shares(symbols: Symbols, cells: tuple[int, int], wanted: Ints | None) -> Ints:
    """Code the share of a region in each cell, in eighths.

    Squares of four by four cells are empty, full or mixed; in mixed ones each cell is.
    """
    rows, columns = cells
    coarse = None if wanted is None else _coarse(wanted)
    kinds = np.full((rows // 4 + 2, columns // 4 + 2), 3, dtype=np.int64)
    models = [Mixer([256], 1) for _ in range(4)]
    for y in range(rows // 4):
        for x in range(columns // 4):
            aim = None if coarse is None else coarse[y : y + 1, x]
            near = [kinds[y, x + 1], kinds[y + 1, x], kinds[y, x], kinds[y, x + 2]]
            kinds[y + 1, x + 1] = _ternary(symbols, models[:2], near, aim)[0]
    known = kinds[1:-1, 1:-1].repeat(4, axis=0).repeat(4, axis=1)
    found = np.pad(np.where(known == 1, FULL, 0), 1, mode="edge")
    place = np.nonzero(kinds[1:-1, 1:-1] == 2)
    fine = Mixer([512], 1)
    for i in range(4):
        for j in range(4):
            row, column = 4 * place[0] + i, 4 * place[1] + j
            if not len(row):
                break
            aims = None if wanted is None else wanted[row, column]
            near_cells = [found[row + di, column + dj] for di, dj in _BEFORE]
            kind = _ternary(
                symbols,
                models[2:],
                [np.sign(one) + (one == FULL) for one in near_cells],
                None if aims is None else np.where(aims == FULL, 1, 2 * np.sign(aims)),
            )
            value = np.where(kind == 1, FULL, 0)
            mixed = np.flatnonzero(kind == 2)
            value[mixed] = _seven(symbols, fine, near_cells, mixed, aims)
            found[row + 1, column + 1] = value
    return found[1:-1, 1:-1]


def _coarse(wanted: Ints) -> Ints:
    rows, columns = wanted.shape
    parts = wanted.reshape(rows // 4, 4, columns // 4, 4)
    least, most = parts.min(axis=(1, 3)), parts.max(axis=(1, 3))
    return np.where(most == 0, 0, np.where(least == FULL, 1, 2))


def _ternary(symbols: Symbols, models: list[Mixer], near: list[Ints], wanted: Ints | None) -> Ints:
    """Code whether shares are 0, full (1) or mixed (2)."""
    context = np.atleast_1d(((near[0] * 4 + near[1]) * 4 + near[2]) * 4 + near[3])
    none = np.zeros(len(context), dtype=np.int64)
    found = none.copy()
    aim = None if wanted is None else wanted > 0
    some = np.flatnonzero(models[0].code(symbols, [context], none, aim))
    if len(some):
        aim = None if wanted is None else wanted[some] > 1
        found[some] = 1 + models[1].code(symbols, [context[some]], none[some], aim)
    return found


def _seven(
    symbols: Symbols, model: Mixer, near: list[Ints], some: Ints, wanted: Ints | None
) -> Ints:
    """Code shares of 1 to 7 eighths by their three digits."""
    context = near[0][some] // 3 * 4 + near[1][some] // 3
    found = np.zeros(len(some), dtype=np.int64)
    node = np.ones(len(some), dtype=np.int64)
    for place in (2, 1, 0):
        aim = None if wanted is None else (wanted[some] >> place & 1) > 0
        bits = model.code(symbols, [context * 8 + node], np.zeros(len(some), np.int64), aim)
        node = 2 * node + bits
        found = 2 * found + bits
    return found


def code_sides(symbols: Symbols, cells: tuple[int, int], wanted: Ints | None) -> Ints:
    """Code the sides of blocks: squares of 32 pixels are one block or split, and so are theirs."""
    rows, columns = cells
    parted = np.zeros((rows // 4 + 2, columns // 4 + 2), dtype=np.int64)
    finer = np.zeros((rows // 2 + 2, columns // 2 + 2), dtype=np.int64)
    for state, side, parents in ((parted, 32, None), (finer, 16, parted)):
        model = Mixer([16, 4], 1)
        inner = state.shape[0] - 2, state.shape[1] - 2
        y, x = np.mgrid[: inner[0], : inner[1]]
        possible = np.ones(inner, dtype=bool)
        if parents is not None:
            possible = parents[1:-1, 1:-1].repeat(2, axis=0).repeat(2, axis=1) > 0
        for odd in (0, 1):
            at = np.nonzero(possible & (((y + x) & 1) == odd))
            around = [(1, 0), (1, 2), (0, 1), (2, 1)] if odd else [(0, 0), (0, 2), (2, 0), (2, 2)]
            number = np.zeros(len(at[0]), dtype=np.int64)
            for dy, dx in around:
                number += state[at[0] + dy, at[1] + dx]
            scale = side // CELL
            aim = None if wanted is None else wanted[::scale, ::scale][at] < side
            none = np.zeros(len(number), dtype=np.int64)
            bits = model.code(symbols, [number + 5 * odd, none + odd], none, aim)
            state[at[0] + 1, at[1] + 1] = bits
    coarse = parted[1:-1, 1:-1].repeat(4, axis=0).repeat(4, axis=1)
    fine = finer[1:-1, 1:-1].repeat(2, axis=0).repeat(2, axis=1)
    return np.where(coarse == 0, 32, np.where(fine == 0, 16, 8))


def steps_of(
    precisions: tuple[float, ...], shares: list[Ints], sides: Ints, component: int
) -> Ints:
    """Return the step of each cell's block in 64ths, from the precisions of its regions."""
    total = np.full(sides.shape, precisions[0], dtype=np.float64)
    for precision, share in zip(precisions[1:], shares, strict=True):
        total = total + precision * (share / FULL)
    found = total
    for side in SIDES[1:]:
        total = total[::2, ::2] + total[1::2, ::2] + total[::2, 1::2] + total[1::2, 1::2]
        total = total / 4
        s = side // CELL
        spread = total.repeat(s, axis=0).repeat(s, axis=1)
        found = np.where(sides == side, spread, found)
    ideal = STEP_UNIT * _RELATIVE[component] / np.sqrt(np.maximum(found, 1e-9))
    return np.clip(np.rint(ideal), _LEAST_STEP, _MOST_STEP).astype(np.int64)


class Decoding(Reader):
    """The coefficients in words."""

    def alive(self, u: int, v: int) -> None:
        """A decoder does not know."""

    def choose(self, u: int, v: int, cells: Ints, zero: Ints, one: Ints) -> None:
        """A decoder has no choice."""


def plane(indices: Ints, layout: Layout, steps: Ints, tuning: Tuning, means: Ints) -> Floats:
    """Return the pixels of a component in 64ths."""
    pixels = alternating(dequantised(indices, steps, tuning.shifts), layout)
    pixels, _ = with_means(pixels, layout, steps, means, None)
    return filtered(pixels, steps, tuning.strength)


def decoded(blob: bytes) -> NDArray[np.uint8]:
    """Return the picture in a file, (height, width) or (height, width, 3).

    Raises
    ------
    ValueError
        If it is not such a file, or truncated or corrupt.
    """
    header, words = opened(blob)
    source = Decoding(words)
    shares: list[Ints] = []
    for complement in header.complements:
        coded = complement == 0
        shares.append(
            code_shares(source, header.cells, None) if coded else FULL - shares[complement - 1]
        )
    sides = code_sides(source, header.cells, None)
    layout = Layout(sides)
    planes = []
    luma = None
    for k, tuning in enumerate(header.tunings):
        steps = steps_of(header.precisions, shares, sides, k)
        indices, magnitudes = Coefficients().code(source, layout, steps, luma)
        luma = magnitudes if k == 0 else luma
        means = Means().code(source, layout, steps, indices, None)
        planes.append(plane(indices, layout, steps, tuning, means))
    if not source.finished():
        raise ValueError("its code is longer than its picture")
    height, width = header.shape
    return levels([one[:height, :width] for one in planes])
