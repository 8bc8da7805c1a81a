"""The file format: a header with codebook and frequencies, the code, and a checksum.

All numbers are little-endian.

=====  =======  ==================================================================
bytes  type     meaning
=====  =======  ==================================================================
8      bytes    89 52 44 51 0D 0A 1A 0A, which a transfer in text mode corrupts
2      uint16   version, 1; for trellis codes 2, whose body ``trellis_files`` describes
1      uint8    coder: 1 for ANS, 2 for range coding
1      uint8    parts P, at least 1
2      uint16   coordinates d of a codeword; 0 for scalars
6      uint48   size of the file in bytes
=====  =======  ==================================================================

Then follow, for each part, the number of codewords m (uint32), the number of symbols (uint64) and
the number of 32-bit words of code (uint32); then, for each part, m·max(d, 1) float64 coordinates of
the codewords and m - 1 frequencies minus one as uint24 (the frequencies sum to 2²⁴, which
determines the last one); then, for each part, its code as uint32 words; then 16 bytes of BLAKE2b of
all preceding bytes.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

import numpy as np

from rdcore._arrays import Array
from rdcore.coding import model, trellis_files
from rdcore.coding.model import MOST_CODEWORDS, PRECISION, Coder, Frequencies, Indices, Words
from rdcore.coding.trellis_files import TrellisFile
from rdcore.errors import InputError

MAGIC = b"\x89RDQ\r\n\x1a\n"
VERSION = 1
TRELLIS_VERSION = 2
MOST_SYMBOLS = 200_000_000
"""The most symbols that a file may say it has: larger counts are taken for damage."""
_CODERS: dict[int, Coder] = {1: "ans", 2: "range"}
_HEAD = struct.Struct("<8sHBBHIH")
_PART = struct.Struct("<IQI")
_DIGEST = 16


@dataclass(frozen=True, eq=False)
class Part:
    """The coded symbols of one quantiser.

    Attributes
    ----------
    codebook : array, (m,) or (m, d)
        The codewords.
    counts : array of int, (m,)
        Frequencies, which sum to 2²⁴.
    number : int
        Number of symbols.
    words : array of uint32
        The code, in 32-bit words.
    """

    codebook: Array
    counts: Frequencies
    number: int
    words: Words


@dataclass(frozen=True, eq=False)
class Decoded:
    """The contents of a file.

    Attributes
    ----------
    reproduction : array, (N,) or (N, d)
        The codeword of each symbol.
    indices : tuple of arrays of int
        The index of the codeword of each symbol, for each part.
    codebooks, pmfs : tuples of arrays
        The codewords and their probabilities in the entropy coder, for each part.
    """

    reproduction: Array
    indices: tuple[Indices, ...]
    codebooks: tuple[Array, ...]
    pmfs: tuple[Array, ...]


def pack(parts: tuple[Part, ...], coder: Coder = "ans") -> bytes:
    """Return the file with these parts.

    Parameters
    ----------
    parts : tuple of Part
        The coded symbols of each quantiser, for contiguous parts of the samples.
    coder : {"ans", "range"}
        The entropy coder.

    Returns
    -------
    bytes
        A self-contained file for ``unpack``.

    Raises
    ------
    InputError
        If there is no such coder, or no part, or more than 255.

    Examples
    --------
    >>> import numpy as np
    >>> part = Part(np.array([0.0, 1.0]), np.array([2**23, 2**23]), 0, np.zeros(0, np.uint32))
    >>> len(pack((part,)))
    71
    """
    codes = {name: number for number, name in _CODERS.items()}
    if coder not in codes:
        raise InputError(f"coder must be 'ans' or 'range'; got {coder!r}")
    if not 1 <= len(parts) <= 255:
        raise InputError(f"parts must have 1 to 255 entries; got {len(parts)}")
    dim = 0 if parts[0].codebook.ndim == 1 else parts[0].codebook.shape[1]
    body = [_PART.pack(len(p.counts), p.number, len(p.words)) for p in parts]
    for part in parts:
        body.append(part.codebook.astype("<f8").tobytes())
        body.append(model.to_uint24(part.counts[:-1] - 1))
    body += [part.words.astype("<u4").tobytes() for part in parts]
    return closed(VERSION, coder, len(parts), dim, b"".join(body))


def closed(version: int, coder: Coder, parts: int, dim: int, body: bytes) -> bytes:
    """Return a body with its head and its checksum."""
    codes = {name: number for number, name in _CODERS.items()}
    total = _HEAD.size + len(body) + _DIGEST
    low, high = total & 0xFFFFFFFF, total >> 32
    content = _HEAD.pack(MAGIC, version, codes[coder], parts, dim, low, high) + body
    return content + _digest(content)


def decompress(blob: bytes, *, most: int = MOST_SYMBOLS) -> Array:
    """Return the codewords in a file from ``compress``, (N,) or (N, d).

    Parameters
    ----------
    blob : bytes
        The file.
    most : int
        Largest number of symbols to decode, because a small file may declare any number.

    Returns
    -------
    array, (N,) or (N, d)
        The codewords, in the unit of the atoms.

    Raises
    ------
    InputError
        If the file has another format or version, or is truncated or corrupt.

    Examples
    --------
    >>> import rdcore as rd
    >>> q = rd.quantisers.lloyd_max(rd.sources.uniform_grid(8), 2)
    >>> decompress(rd.coding.compress(q, [0.1, 0.9, 0.6])).tolist()
    [0.25, 0.75, 0.75]
    """
    return unpack(blob, most=most).reproduction


def unpack(blob: bytes, *, most: int = MOST_SYMBOLS) -> Decoded:
    """Return the contents of a file; arguments and errors are those of ``decompress``.

    Parameters
    ----------
    blob, most
        As for ``decompress``.

    Returns
    -------
    Decoded
        The codewords of all symbols, and the codebook, pmf and indices of each part.

    Raises
    ------
    InputError
        As for ``decompress``.

    Examples
    --------
    >>> import rdcore as rd
    >>> q = rd.quantisers.lloyd_max(rd.sources.uniform_grid(8), 2)
    >>> unpack(rd.coding.compress(q, [0.1, 0.9])).indices[0].tolist()
    [0, 1]
    """
    content, version, coder, number, dim = _opened(blob)
    if version == TRELLIS_VERSION:
        return _of_trellis(trellis_files.parsed(content, _HEAD.size, dim, most), dim)
    parts = _parsed(content, number, dim, most)
    indices = tuple(model.decode(p.words, p.counts, p.number, coder) for p in parts)
    pieces = [p.codebook[found] for p, found in zip(parts, indices, strict=True)]
    pmfs = tuple(p.counts / float(1 << PRECISION) for p in parts)
    return Decoded(np.concatenate(pieces), indices, tuple(p.codebook for p in parts), pmfs)


def _of_trellis(file: TrellisFile, dim: int) -> Decoded:
    """Return the contents of a file of a trellis code."""
    streams = [model.decode(b.code, b.counts, b.number) for b in file.books]
    words = trellis_files.followed(file, (streams[0], streams[1]))
    values = np.concatenate([book.values for book in file.books])
    found = values[words].reshape(-1, max(dim, 1))[: file.samples]
    codebooks = [book.values.reshape(len(book.counts), -1) for book in file.books]
    if dim == 0:
        found = found[:, 0]
        codebooks = [book[:, 0] if book.shape[1] == 1 else book for book in codebooks]
    pmfs = tuple(book.counts / float(1 << PRECISION) for book in file.books)
    return Decoded(found, tuple(streams), tuple(codebooks), pmfs)


def _parsed(content: bytes, number: int, dim: int, most: int) -> list[Part]:
    """Check all sizes before anything is allocated."""
    sizes = []
    at = _HEAD.size
    if len(content) < at + number * _PART.size:
        raise InputError("blob is corrupt: its parts exceed its size")
    for _ in range(number):
        sizes.append(_PART.unpack_from(content, at))
        at += _PART.size
    width = max(dim, 1)
    needed = at + sum(8 * m * width + 3 * (m - 1) + 4 * w for m, _, w in sizes)
    if any(not 1 <= m <= MOST_CODEWORDS for m, _, _ in sizes) or needed != len(content):
        raise InputError("blob is corrupt: its sizes do not match")
    if sum(count for _, count, _ in sizes) > most:
        raise InputError(
            f"blob must have at most {most} symbols; got {sum(count for _, count, _ in sizes)}"
        )
    tables = []
    for m, _, _ in sizes:
        codebook = np.frombuffer(content, "<f8", m * width, at).astype(np.float64)
        at += 8 * m * width
        raw = np.frombuffer(content, np.uint8, 3 * (m - 1), at)
        at += 3 * (m - 1)
        tables.append((codebook.reshape(m, dim) if dim else codebook, model.from_uint24(raw)))
    parts = []
    for (codebook, counts), (_, count, size) in zip(tables, sizes, strict=True):
        if not np.isfinite(codebook).all():
            raise InputError("blob is corrupt: a codeword is not finite")
        # Every symbol takes at least the bits of the most probable one.
        if count * (PRECISION - np.log2(counts.max())) > 32 * (size + 2):
            raise InputError("blob is corrupt: its code is too short for its symbols")
        words = np.frombuffer(content, "<u4", size, at).astype(np.uint32)
        at += 4 * size
        parts.append(Part(codebook, counts, count, words))
    return parts


def _opened(blob: bytes) -> tuple[bytes, int, Coder, int, int]:
    """Return the content without the checksum, the version, the coder, the parts' number and d."""
    if not isinstance(blob, bytes | bytearray | memoryview):
        raise InputError(f"blob must be bytes from compress; got {type(blob).__name__}")
    blob = bytes(blob)
    if blob[: len(MAGIC)] != MAGIC[: len(blob)] or not blob:
        raise InputError("blob must be a file from compress; it has another format")
    if len(blob) < _HEAD.size + _PART.size + _DIGEST:
        raise InputError(f"blob is truncated: it has {len(blob)} bytes")
    _, version, code, number, dim, low, high = _HEAD.unpack_from(blob)
    if version not in (VERSION, TRELLIS_VERSION):
        raise InputError(
            f"blob must be of version {VERSION} or {TRELLIS_VERSION}; got version {version}"
        )
    total = low | high << 32
    if total != len(blob):
        raise InputError(f"blob is truncated or corrupt: it has {len(blob)} of {total} bytes")
    content = blob[:-_DIGEST]
    if _digest(content) != blob[-_DIGEST:]:
        raise InputError("blob is corrupt: its checksum does not match")
    if code not in _CODERS or number == 0:
        raise InputError("blob is corrupt: unknown coder, or no parts")
    if version == TRELLIS_VERSION and (_CODERS[code] != "ans" or number != 2):
        raise InputError("blob is corrupt: a file of version 2 has two parts, coded by ANS")
    return content, version, _CODERS[code], number, dim


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST).digest()
