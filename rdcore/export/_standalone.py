"""A quantiser that needs only NumPy.

encode(samples) returns the index of each sample's codeword, and decode(indices) the codewords.
compress(samples) returns a file of about ENTROPY_BITS bits per sample, and decompress(file) the
codewords. Command line:

    python THIS_FILE compress samples.npy out.rdq
    python THIS_FILE decompress out.rdq codewords.npy
"""

from __future__ import annotations

import hashlib
import struct
import sys
from bisect import bisect_right
from itertools import accumulate
from pathlib import Path

import numpy as np

# <constants>
CODEBOOK = np.array([0.25, 0.75])
FREQUENCIES = [8388608, 8388608]
ENTROPY_BITS = 1.0
# In one dimension: the ends of the intervals, and the index of each interval. Else None.
THRESHOLDS: np.ndarray | None = np.array([0.5])
LABELS = np.array([0, 1])
# In several dimensions: a sample has the label of the nearest point. Else None.
POINTS: np.ndarray | None = None
# </constants>

MAGIC = b"\x89RDQ\r\n\x1a\n"
HEAD = struct.Struct("<8sHBBHIH")
PART = struct.Struct("<IQI")
BITS = 24
MOST_SYMBOLS = 200_000_000
MOST_CODEWORDS = 1 << 16


def encode(samples: np.ndarray) -> np.ndarray:
    """Return the index of the codeword of each sample (N,) or (N, d), as (N,)."""
    dim = 1 if CODEBOOK.ndim == 1 else CODEBOOK.shape[1]
    try:
        values = np.array(samples, dtype=np.float64)
    except (TypeError, OverflowError):
        raise ValueError("samples must be numbers") from None
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or values.shape[1] != dim or not len(values):
        raise ValueError(f"samples must be at least one, each of {dim} coordinates")
    if not np.isfinite(values).all():
        raise ValueError("samples must be finite")
    if THRESHOLDS is not None:
        return np.asarray(LABELS[np.searchsorted(THRESHOLDS, values[:, 0], side="left")])
    assert POINTS is not None
    found = []
    for some in np.array_split(values, 1 + len(values) * len(POINTS) // 4_000_000):
        apart = np.zeros((len(some), len(POINTS)))
        for k in range(dim):
            apart += (some[:, k, None] - POINTS[:, k]) ** 2
        found.append(apart.argmin(axis=1))
    return np.asarray(LABELS[np.concatenate(found)])


def decode(indices: np.ndarray) -> np.ndarray:
    """Return the codeword of each index, (N,) or (N, d)."""
    labels = np.asarray(indices)
    if labels.size == 0:
        return CODEBOOK[:0]
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= len(CODEBOOK):
        raise ValueError(f"indices must be whole numbers from 0 to {len(CODEBOOK) - 1}")
    return np.asarray(CODEBOOK[labels])


def compress(samples: np.ndarray) -> bytes:
    """Quantise samples and return them as a file."""
    indices = encode(samples)
    words = _push(indices.tolist(), FREQUENCIES) if len(FREQUENCIES) > 1 else []
    dim = 0 if CODEBOOK.ndim == 1 else CODEBOOK.shape[1]
    body = PART.pack(len(FREQUENCIES), len(indices), len(words)) + CODEBOOK.astype("<f8").tobytes()
    body += b"".join((f - 1).to_bytes(3, "little") for f in FREQUENCIES[:-1])
    body += np.array(words, dtype="<u4").tobytes()
    size = HEAD.size + len(body) + 16
    content = HEAD.pack(MAGIC, 1, 1, 1, dim, size & 0xFFFFFFFF, size >> 32) + body
    return content + hashlib.blake2b(content, digest_size=16).digest()


def decompress(blob: bytes) -> np.ndarray:
    """Return the codewords in a file, (N,) or (N, d).

    Raises ValueError if the file has another format, or is truncated or corrupt.
    """
    if not isinstance(blob, (bytes, bytearray, memoryview)):
        raise ValueError("not the bytes of a file")
    blob = bytes(blob)
    content, check = blob[:-16], blob[-16:]
    if blob[:8] != MAGIC or len(content) < HEAD.size:
        raise ValueError("not a file from compress, or truncated")
    if hashlib.blake2b(content, digest_size=16).digest() != check:
        raise ValueError("the checksum does not match: the file is corrupt or truncated")
    _, version, coder, number, dim, low, high = HEAD.unpack_from(content)
    if (version, coder) != (1, 1) or low | high << 32 != len(blob):
        raise ValueError("unsupported version or coder, or wrong size")
    width, at = max(dim, 1), HEAD.size + number * PART.size
    if not number or at > len(content):
        raise ValueError("the parts exceed the size of the file")
    parts = [PART.unpack_from(content, HEAD.size + k * PART.size) for k in range(number)]
    if at + sum(8 * m * width + 3 * (m - 1) + 4 * w for m, _, w in parts) != len(content):
        raise ValueError("the sizes do not add up")
    sizes = [m for m, _, _ in parts]
    if min(sizes) < 1 or max(sizes) > MOST_CODEWORDS:
        raise ValueError("no codewords, or too many")
    if sum(count for _, count, _ in parts) > MOST_SYMBOLS:
        raise ValueError("too many symbols")
    tables = []
    for m, _, _ in parts:
        codewords = np.frombuffer(content, "<f8", m * width, at)
        at += 8 * m * width
        raw = [content[k : k + 3] for k in range(at, at + 3 * (m - 1), 3)]
        counts = [int.from_bytes(three, "little") + 1 for three in raw]
        counts.append((1 << BITS) - sum(counts))
        tables.append((codewords.reshape(m, dim) if dim else codewords, counts))
        at += 3 * (m - 1)
    pieces = []
    for (codewords, counts), (m, count, size) in zip(tables, parts, strict=True):
        _check(codewords, counts, count, size)
        code = np.frombuffer(content, "<u4", size, at).tolist()
        at += 4 * size
        pieces.append(codewords[_pop(code, counts, count) if m > 1 else [0] * count])
    return np.concatenate(pieces)


def _check(codewords: np.ndarray, counts: list[int], number: int, size: int) -> None:
    """Raise ValueError if codewords, frequencies, symbols and words do not go together."""
    if counts[-1] < 1:
        raise ValueError("the frequencies do not add up")
    if not np.isfinite(codewords).all():
        raise ValueError("a codeword is not finite")
    # A symbol takes at least the bits of the likeliest.
    if number * (BITS - np.log2(max(counts))) > 32 * (size + 2):
        raise ValueError("the words are too few for the symbols")
    if size and (len(counts) == 1 or not number):
        raise ValueError("words where none are needed")


def _push(indices: list[int], counts: list[int]) -> list[int]:
    """Return the code of indices by asymmetric numeral systems; the first index is on top."""
    left = [0, *accumulate(counts)]
    state, words = 0, []
    for k in reversed(indices):
        count = counts[k]
        if state >> (64 - BITS) >= count:
            words.append(state & 0xFFFFFFFF)
            state >>= 32
        state = (state // count << BITS) + left[k] + state % count
    while state:
        words.append(state & 0xFFFFFFFF)
        state >>= 32
    return words


def _pop(words: list[int], counts: list[int], number: int) -> list[int]:
    """Return ``number`` indices decoded from 32-bit words."""
    left = list(accumulate(counts, initial=0))
    mask, state, found = (1 << BITS) - 1, 0, []
    while words and state < 1 << 32:
        state = state << 32 | words.pop()
    for _ in range(number):
        place = state & mask
        k = bisect_right(left, place) - 1
        found.append(k)
        state = (state >> BITS) * counts[k] + place - left[k]
        if state < 1 << 32 and words:
            state = state << 32 | words.pop()
    if state or words:
        raise ValueError("the code has more symbols than declared")
    return found


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("compress", "decompress"):
        sys.exit(__doc__)
    if sys.argv[1] == "compress":
        Path(sys.argv[3]).write_bytes(compress(np.load(sys.argv[2], allow_pickle=False)))
    else:
        np.save(sys.argv[3], decompress(Path(sys.argv[2]).read_bytes()))
