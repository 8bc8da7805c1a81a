"""A trellis code that needs only NumPy.

compress(samples) returns a file, and decompress(file) the codewords. The encoder works at the
prices of its design; compress(samples, 1.1) raises them by a tenth, for a smaller distortion at a
higher rate. Command line:

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
H0, H1 = 5, 2
WORDS = np.array([[[0.0]], [[2.0]], [[1.0]], [[3.0]]])
BRANCHES = np.array([0, 1, 2, 3])
FREQUENCIES = [[8388608, 8388608], [8388608, 8388608]]
# The price of each distortion at each atom, in nats.
ATOMS = np.array([[0.0]])
PRICES: dict[str, np.ndarray] = {"squared_error": np.array([1.0])}
# </constants>

MAGIC = b"\x89RDQ\r\n\x1a\n"
HEAD = struct.Struct("<8sHBBHIH")
TRELLIS = struct.Struct("<HHIQBB")
BOOK = struct.Struct("<HHQI")
BITS = 24
MOST_SYMBOLS = 200_000_000
MOST_STEPS = 1 << 17
STEPS, LONG, FEW = 3000, 8000, 32
BLOCK = 1 << 20


def encode(samples: np.ndarray, factor: float = 1.0) -> np.ndarray:
    """Return the words of samples (N,) or (N, d) at a multiple of the prices."""
    length, dim = WORDS.shape[1:]
    values = np.array(samples, dtype=np.float64)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or values.shape[1] != dim or not len(values):
        raise ValueError(f"samples must be at least one, each of {dim} coordinates")
    if not np.isfinite(values).all():
        raise ValueError("samples must be finite")
    short = -len(values) % length
    kept = np.append(np.ones(len(values)), np.zeros(short)).reshape(-1, length)
    values = np.vstack([values, np.repeat(values[-1:], short, axis=0)]).reshape(-1, length, dim)
    number = len(values)
    segments = segments_for(number)
    counts = [np.array(each, dtype=np.float64) for each in FREQUENCIES]
    lengths = BITS * np.log(2) - np.log(np.concatenate(counts))
    costs = np.full((4, number), np.inf, np.float32)
    best = np.zeros((4, number), np.int64)
    ends = np.searchsorted(BRANCHES, np.arange(5))
    size = max(1, BLOCK // max(len(WORDS), len(ATOMS)))
    for part in (slice(k, k + size) for k in range(0, number, size)):
        priced = np.tile(lengths, (len(values[part]), 1))
        for place in range(length):
            near = distance("squared_error", values[part, place], ATOMS).argmin(axis=1)
            for name, prices in PRICES.items():
                scale = factor * prices[near] * kept[part, place]
                priced += scale[:, None] * distance(name, values[part, place], WORDS[:, place])
        for k in range(4):
            if ends[k] < ends[k + 1]:
                best[k, part] = priced[:, ends[k] : ends[k + 1]].argmin(axis=1) + ends[k]
                costs[k, part] = priced[np.arange(len(priced)), best[k, part]]
    wide = max(1, (1 << 14) >> (H0.bit_length() - 1))
    branch = np.empty(number, np.int64)
    for first in range(0, segments, wide):
        mine = np.arange(number)
        mine = mine[(mine % segments >= first) & (mine % segments < first + wide)]
        branch[mine] = cheapest(costs[:, mine], min(wide, segments - first))
    return best[branch, np.arange(number)]


def segments_for(number: int) -> int:
    """Return the number of segments for a sequence of letters."""
    return int(np.clip(number // LONG, max(min(number // STEPS, FEW), 1), 4096))


def distance(name: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the distortion of points x (n, d) and y (m, d), (n, m)."""
    error = x[:, None, :] - y[None, :, :]
    if name == "hamming":
        return np.asarray((error != 0).any(axis=2), dtype=np.float64)
    return np.asarray((np.abs(error) if name == "absolute" else error**2).sum(axis=2))


def trellis(h0: int, h1: int) -> np.ndarray:
    """Return the state after each state, for both labels, (2, S)."""
    s = np.arange(1 << (h0.bit_length() - 1))
    straight = s >> 1 ^ (s & 1) * (h0 >> 1)
    return np.stack([straight, straight ^ h1 >> 1])


def cheapest(costs: np.ndarray, segments: int) -> np.ndarray:
    """Return the branches of the cheapest path of each segment, for costs (4, N)."""
    following = trellis(H0, H1)
    states, number = following.shape[1], costs.shape[1]
    before = np.empty_like(following)
    for label in (0, 1):
        before[label, following[label]] = np.arange(states)
    steps = -(-number // segments)
    missing = np.zeros((4, steps * segments - number), np.float32)
    grid = np.concatenate([costs, missing], axis=1).reshape(2, 2, steps, segments)
    total = np.full((states, segments), np.inf, np.float32)
    total[0] = 0
    taken = np.empty((steps, states, segments), np.bool_)
    for t in range(steps):
        one, two = total[before[0]], total[before[1]]
        one.reshape(2, -1, segments)[...] += grid[:, 0, t, None]
        two.reshape(2, -1, segments)[...] += grid[:, 1, t, None]
        taken[t] = two < one
        total = np.minimum(one, two)
        total -= total.min(axis=0)
    state, across = total.argmin(axis=0), np.arange(segments)
    found = np.empty((steps, segments), np.int64)
    for t in range(steps - 1, -1, -1):
        label = taken[t, state, across].astype(np.int64)
        found[t] = 2 * (2 * state // states) + label
        state = before[label, state]
    return found.ravel()[:number]


def compress(samples: np.ndarray, factor: float = 1.0) -> bytes:
    """Return samples as a file, at a multiple of the prices of the design."""
    words = encode(samples, factor)
    length, dim = WORDS.shape[1:]
    segments = segments_for(len(words))
    with np.errstate(over="ignore"):
        exact = [form for form in ("<f2", "<f4", "<f8") if (WORDS.astype(form) == WORDS).all()]
    values = WORDS.astype(exact[0])
    body = TRELLIS.pack(H0, H1, segments, len(samples), length, values.itemsize)
    tables, codes, offset = b"", b"", 0
    for book, counts in enumerate(FREQUENCIES):
        mine = slice(offset, offset + len(counts))
        chosen = words[BRANCHES[words] >> 1 == book] - offset
        code = np.array(_push(chosen.tolist(), counts) if len(counts) > 1 else [], dtype="<u4")
        first = int((BRANCHES[mine] == 2 * book).sum())
        body += BOOK.pack(len(counts), first, len(chosen), len(code))
        tables += values[mine].tobytes()
        tables += b"".join((f - 1).to_bytes(3, "little") for f in counts[:-1])
        codes += code.tobytes()
        offset += len(counts)
    body += tables + codes
    size = HEAD.size + len(body) + 16
    head = HEAD.pack(MAGIC, 2, 1, 2, 0 if dim == 1 else dim, size & 0xFFFFFFFF, size >> 32)
    return head + body + hashlib.blake2b(head + body, digest_size=16).digest()


def decompress(blob: bytes) -> np.ndarray:
    """Return the codewords in a file, (N,) or (N, d).

    Raises ValueError if the file has another format, or is truncated or corrupt.
    """
    content, dim = _opened(blob)
    at = HEAD.size
    h0, h1, segments, samples, length, width = TRELLIS.unpack_from(content, at)
    at += TRELLIS.size
    heads = [BOOK.unpack_from(content, at + k * BOOK.size) for k in (0, 1)]
    at += 2 * BOOK.size
    letters = -(-samples // max(length, 1))
    row = length * max(dim, 1) * width
    needed = at + sum(m * row + 3 * (m - 1) + 4 * code for m, _, _, code in heads)
    top = 1 << max(h0.bit_length() - 1, 0)
    if h0 & 1 == 0 or h0 >= 1 << 13 or h1 & (1 | top) or not 0 < h1 < h0:
        raise ValueError("no such trellis")
    if (
        width not in (2, 4, 8)
        or not length
        or min(m for m, *_ in heads) < 1
        or samples > MOST_SYMBOLS
    ):
        raise ValueError("the sizes are out of range")
    if needed != len(content) or sum(n for _, _, n, _ in heads) != letters:
        raise ValueError("the sizes do not add up")
    if not 1 <= segments <= max(letters, 1) or letters > MOST_STEPS * segments:
        raise ValueError("no such number of segments")
    values, labels, tables = [], [], []
    for m, first, _, _ in heads:
        values.append(np.frombuffer(content, f"<f{width}", m * row // width, at))
        at += m * row
        counts = [
            int.from_bytes(content[k : k + 3], "little") + 1 for k in range(at, at + 3 * m - 3, 3)
        ]
        at += 3 * (m - 1)
        tables.append([*counts, (1 << BITS) - sum(counts)])
        labels.append(np.arange(m) >= first)
    streams = []
    for counts, (m, _, number, size) in zip(tables, heads, strict=True):
        code = np.frombuffer(content, "<u4", size, at).tolist()
        at += 4 * size
        if counts[-1] < 1 or number * (BITS - np.log2(max(counts))) > 32 * (size + 2):
            raise ValueError("the frequencies or the code do not fit")
        streams.append(np.array(_pop(code, counts, number) if m > 1 else [0] * number, np.int64))
    streams[1] = streams[1] + len(tables[0])
    words = follow(trellis(h0, h1), np.concatenate(labels).astype(np.int64), streams, segments)
    whole = np.concatenate(values).astype(np.float64)
    if not np.isfinite(whole).all():
        raise ValueError("a codeword is not finite")
    found = whole.reshape(-1, length, max(dim, 1))[words].reshape(-1, max(dim, 1))[:samples]
    return np.asarray(found if dim else found[:, 0])


def _opened(blob: bytes) -> tuple[bytes, int]:
    """Return the content of a file without its checksum, and the coordinates of a codeword."""
    if not isinstance(blob, (bytes, bytearray, memoryview)):
        raise ValueError("not the bytes of a file")
    blob = bytes(blob)
    content, check = blob[:-16], blob[-16:]
    if blob[:8] != MAGIC or len(content) < HEAD.size + TRELLIS.size + 2 * BOOK.size:
        raise ValueError("not a file from compress, or truncated")
    if hashlib.blake2b(content, digest_size=16).digest() != check:
        raise ValueError("the checksum does not match: the file is corrupt or truncated")
    _, version, coder, parts, dim, low, high = HEAD.unpack_from(content)
    if (version, coder, parts) != (2, 1, 2) or low | high << 32 != len(blob):
        raise ValueError("unsupported version or coder, or wrong size")
    return content, dim


def follow(
    following: np.ndarray, labels: np.ndarray, streams: list[np.ndarray], segments: int
) -> np.ndarray:
    """Return the word of each letter; the low bit of a state is the book of the next word."""
    number = len(streams[0]) + len(streams[1])
    state, used = np.zeros(segments, np.int64), [0, 0]
    found = np.empty(number, np.int64)
    for start in range(0, number, segments):
        end = min(start + segments, number)
        state = state[: end - start]
        words = np.empty(end - start, np.int64)
        for book in (0, 1):
            mine = np.flatnonzero(state & 1 == book)
            some = streams[book][used[book] : used[book] + len(mine)]
            if len(some) < len(mine):
                raise ValueError("the books do not fit the trellis")
            words[mine] = some
            used[book] += len(mine)
        found[start:end] = words
        state = following[labels[words], state]
    return found


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
