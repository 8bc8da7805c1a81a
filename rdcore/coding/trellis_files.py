"""The file format of trellis codes: version 2 of the container, with a trellis and two books.

All numbers are little-endian. The head is that of the container, with version 2 and two parts, the
books. Then follow

=====  =======  ==================================================================
bytes  type     meaning
=====  =======  ==================================================================
2, 2   uint16   parity checks h0 and h1
4      uint32   segments B: letter n belongs to segment n mod B
8      uint64   number of samples
1      uint8    samples in a letter, ℓ
1      uint8    bytes of a coordinate: 2, 4 or 8
=====  =======  ==================================================================

and, for each book, the number of words m (uint16), how many of them have label 0 (uint16), the
number of letters (uint64) and the number of 32-bit words of code (uint32); then, for each book,
m·ℓ·max(d, 1) coordinates and m - 1 frequencies minus one as uint24; then, for each book, its code;
then the checksum.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.coding import model
from rdcore.coding.model import PRECISION, Frequencies, Indices, Words
from rdcore.design.trellis import Trellis
from rdcore.errors import InputError

TRELLIS = struct.Struct("<HHIQBB")
BOOK = struct.Struct("<HHQI")
MOST_WORDS = 1 << 14
_MOST_MEMORY = 12
# Steps of a segment in a file; the writer stays far below it.
_MOST_STEPS = 1 << 17


@dataclass(frozen=True, eq=False)
class Book:
    """The words of a book and their code.

    Attributes
    ----------
    values : array, (m, ℓ, max(d, 1))
        The words; those with label 0 first.
    first : int
        Number of words with label 0.
    counts : array of int, (m,)
        Frequencies, which sum to 2²⁴.
    number : int
        Number of letters from this book.
    code : array of uint32
        The code of these letters in their order.
    """

    values: Array
    first: int
    counts: Frequencies
    number: int
    code: Words


@dataclass(frozen=True, eq=False)
class TrellisFile:
    """What a file holds: the trellis, its segments, and the two books."""

    trellis: Trellis
    segments: int
    samples: int
    books: tuple[Book, Book]

    @property
    def length(self) -> int:
        """Samples in a letter."""
        return int(self.books[0].values.shape[1])


def body(file: TrellisFile) -> bytes:
    """Return what follows the head, without the checksum."""
    values = np.concatenate([book.values.ravel() for book in file.books])
    width = _width(values)
    checks = (file.trellis.h0, file.trellis.h1)
    found = [TRELLIS.pack(*checks, file.segments, file.samples, file.length, width)]
    found += [BOOK.pack(len(b.counts), b.first, b.number, len(b.code)) for b in file.books]
    for book in file.books:
        found += [book.values.astype(f"<f{width}").tobytes(), model.to_uint24(book.counts[:-1] - 1)]
    found += [book.code.astype("<u4").tobytes() for book in file.books]
    return b"".join(found)


def _width(values: Array) -> int:
    """Return how few bytes hold each coordinate exactly: 2, 4 or 8."""
    with np.errstate(over="ignore"):
        return next((k for k in (2, 4) if (values.astype(f"<f{k}") == values).all()), 8)


def parsed(content: bytes, at: int, dim: int, most: int) -> TrellisFile:
    """Return the file whose content begins at a place; all sizes are checked first."""
    if len(content) < at + TRELLIS.size + 2 * BOOK.size:
        raise InputError("blob is corrupt: its parts exceed its size")
    h0, h1, segments, samples, length, width = TRELLIS.unpack_from(content, at)
    at += TRELLIS.size
    heads = [BOOK.unpack_from(content, at + k * BOOK.size) for k in (0, 1)]
    at += 2 * BOOK.size
    if samples > most:
        raise InputError(f"blob must have at most {most} symbols; got {samples}")
    letters = -(-samples // length) if length else 0
    sizes = [8 * (m == 0) + m * length * max(dim, 1) * width + 3 * (m - 1) for m, *_ in heads]
    whole = at + sum(sizes) + 4 * sum(code for *_, code in heads)
    if (
        width not in (2, 4, 8)
        or not 1 <= segments <= max(letters, 1)
        or letters > _MOST_STEPS * segments
        or sum(number for _, _, number, _ in heads) != letters
        or any(not 1 <= m <= MOST_WORDS or first > m for m, first, _, _ in heads)
        or whole != len(content)
    ):
        raise InputError("blob is corrupt: its sizes do not match")
    tables = []
    for (m, *_), size in zip(heads, sizes, strict=True):
        values = np.frombuffer(content, f"<f{width}", m * length * max(dim, 1), at)
        end = at + size
        counts = model.from_uint24(np.frombuffer(content, np.uint8, 3 * (m - 1), end - 3 * (m - 1)))
        if not np.isfinite(values).all():
            raise InputError("blob is corrupt: a codeword is not finite")
        tables.append((values.astype(np.float64).reshape(m, length, max(dim, 1)), counts))
        at = end
    books = []
    for (values, counts), (_, first, number, size) in zip(tables, heads, strict=True):
        if number * (PRECISION - np.log2(counts.max())) > 32 * (size + 2):
            raise InputError("blob is corrupt: its code is too short for its symbols")
        code = np.frombuffer(content, "<u4", size, at).astype(np.uint32)
        at += 4 * size
        books.append(Book(values, first, counts, number, code))
    return TrellisFile(_trellis(h0, h1), segments, samples, (books[0], books[1]))


def _trellis(h0: int, h1: int) -> Trellis:
    if h0 >> _MOST_MEMORY + 1:
        raise InputError("blob is corrupt: its trellis has too many states")
    try:
        return Trellis(h0, h1)
    except InputError:
        raise InputError("blob is corrupt: its trellis has no such parity checks") from None


def followed(file: TrellisFile, streams: tuple[Indices, Indices]) -> NDArray[np.int64]:
    """Return the word of each letter, (N,), with those of book 1 counted after those of book 0.

    The label of each word leads to the next state, whose low bit is the book of the next word.
    """
    first, second = file.books
    offset = len(first.counts)
    labels = np.concatenate(
        [np.arange(offset) >= first.first, np.arange(len(second.counts)) >= second.first]
    ).astype(np.int64)
    whole = np.concatenate([streams[0].astype(np.int64), streams[1].astype(np.int64) + offset])
    number, limits = len(whole), (len(streams[0]), len(whole))
    following = file.trellis.following.ravel()
    states, place = file.trellis.states, [0, limits[0]]
    state = np.zeros(file.segments, np.int64)
    found: NDArray[np.int64] = np.empty(number, np.int64)
    for start in range(0, number, file.segments):
        end = min(start + file.segments, number)
        state = state[: end - start]
        book = state & 1
        ones = np.cumsum(book)
        high = int(ones[-1])
        low = end - start - high
        if place[0] + low > limits[0] or place[1] + high > limits[1]:
            raise InputError("blob is corrupt: its books do not fit its trellis")
        # The k-th letter of a book in this step is the k-th that is left of its stream.
        rank = np.where(
            book, ones + (place[1] - 1), np.arange(1, len(book) + 1) - ones + place[0] - 1
        )
        words = whole.take(rank)
        found[start:end] = words
        state = following.take(state + states * labels.take(words))
        place[0] += low
        place[1] += high
    return found
