"""The entropy coders of constriction, with integer frequencies."""

from __future__ import annotations

from typing import Literal

import constriction
import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array, floats
from rdcore.errors import InputError

Coder = Literal["ans", "range"]
"""The entropy coders of a file: asymmetric numeral systems, or a range coder."""
Frequencies = NDArray[np.int64]
Indices = NDArray[np.int32]
Words = NDArray[np.uint32]
PRECISION = 24
"""Bits of the frequencies, which sum to 2 to this power."""
_WHOLE = 1 << PRECISION
MOST_CODEWORDS = 1 << 16


def frequencies(pmf: Array) -> Frequencies:
    """Return integer frequencies of at least 1 that sum to 2²⁴, close to a pmf, (m,).

    Every codeword has a positive frequency, so that it can be coded.

    Parameters
    ----------
    pmf : array, (m,)
        Probabilities that sum to 1.

    Returns
    -------
    array of int, (m,)
        The frequencies.

    Raises
    ------
    InputError
        If `pmf` has no such shape, too many codewords, a negative or infinite entry, or the sum 0.

    Examples
    --------
    >>> import numpy as np
    >>> found = frequencies(np.array([0.75, 0.25, 0.0]))
    >>> int(found.sum()) == 2**24, found.tolist()
    (True, [12582911, 4194304, 1])
    """
    mass = floats(pmf, "pmf")
    if mass.ndim != 1 or not 1 <= len(mass) <= MOST_CODEWORDS:
        raise InputError(f"pmf must have shape (m,), m at most {MOST_CODEWORDS}; got {mass.shape}")
    if not np.isfinite(mass).all() or (mass < 0).any() or not mass.max() > 0:
        raise InputError("pmf must be finite, non-negative and not all 0")
    # Large masses would overflow in their sum.
    share = mass / mass.max()
    ideal = share / share.sum() * _WHOLE
    found: Frequencies = np.maximum(np.rint(ideal).astype(np.int64), 1)
    excess = int(found.sum()) - _WHOLE
    if excess > (found > 1).sum():
        # Many unlikely codewords were raised to 1: the others pay in proportion to what they have.
        spare = found - 1
        found -= excess * spare // int(spare.sum())
        excess = int(found.sum()) - _WHOLE
    # What is left over, at most 1 a codeword, goes where it costs the fewest bits.
    movable = np.flatnonzero(found > 1) if excess > 0 else np.arange(len(found))
    order = movable[np.argsort(-np.sign(excess) * (found - ideal)[movable] / found[movable])]
    found[order[: abs(excess)]] -= int(np.sign(excess))
    return found


def _model(counts: Frequencies) -> object:
    # The library gives each symbol a frequency of 1 and distributes the rest in floating point. For
    # the integers f - 1, which sum to the rest, this is exact.
    return constriction.stream.model.Categorical((counts - 1).astype(np.float64), perfect=False)


def encode(indices: Indices, counts: Frequencies, coder: Coder = "ans") -> Words:
    """Return the code of indices as 32-bit words; it is empty if there is only one codeword."""
    if len(counts) == 1 or len(indices) == 0:
        return np.empty(0, dtype=np.uint32)
    if coder == "ans":
        stack = constriction.stream.stack.AnsCoder()
        stack.encode_reverse(np.ascontiguousarray(indices, dtype=np.int32), _model(counts))
        return np.asarray(stack.get_compressed(), dtype=np.uint32)
    queue = constriction.stream.queue.RangeEncoder()
    queue.encode(np.ascontiguousarray(indices, dtype=np.int32), _model(counts))
    return np.asarray(queue.get_compressed(), dtype=np.uint32)


def decode(words: Words, counts: Frequencies, number: int, coder: Coder = "ans") -> Indices:
    """Return ``number`` indices decoded from 32-bit words.

    Raises
    ------
    InputError
        If the words are not a valid code.
    """
    if len(counts) == 1 or number == 0:
        if len(words):
            raise InputError("blob is corrupt: code for a single codeword")
        return np.zeros(number, dtype=np.int32)
    try:
        if coder == "ans":
            stream = constriction.stream.stack.AnsCoder(words)
        else:
            stream = constriction.stream.queue.RangeDecoder(words)
        found = np.asarray(stream.decode(_model(counts), number), dtype=np.int32)
        ended = stream.is_empty() if coder == "ans" else stream.maybe_exhausted()
    except (ValueError, AssertionError) as error:
        raise InputError(f"blob is corrupt: its code is invalid ({error})") from None
    if not ended:
        raise InputError("blob is corrupt: its code has more symbols than declared")
    return found


def to_uint24(values: Frequencies) -> bytes:
    """Return numbers below 2²⁴ as three bytes each, little-endian."""
    return values.astype("<u4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def from_uint24(raw: NDArray[np.uint8]) -> Frequencies:
    """Return frequencies from all but the last one, minus 1, as three bytes each.

    Raises
    ------
    InputError
        If nothing is left for the last one.
    """
    three = raw.reshape(-1, 3).astype(np.int64)
    known = (three @ np.array([1, 1 << 8, 1 << 16])) + 1
    last = _WHOLE - int(known.sum())
    if last < 1:
        raise InputError("blob is corrupt: its frequencies do not sum to 2²⁴")
    return np.append(known, last)
