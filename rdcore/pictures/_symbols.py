"""Adaptive binary models in integer arithmetic, and the source of symbols that a decoder reads.

A decision has several contexts. Each context counts its zeros and ones; the logits of the counted
frequencies are combined by weights that are learned while coding. Encoder and decoder compute the
same probabilities: tables have integer entries, sums are sums of integers, and what is left are
single operations of IEEE 754 on elements of arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import constriction
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

# A probability is a whole number of 65536ths; a logit has 256ths.
ONE = 1 << 16
_FINE = 12
_LARGEST_LOGIT = 3072
_UNIT = 2
_MOST_BITS = 24


def _tables() -> tuple[Ints, Ints, Ints]:
    """Return the logits of frequencies, the inverse function, and the logarithmic classes.

    No entry lies within 1e-9 of a rounding boundary, so every machine gets the same integers.
    """
    share = (np.arange(1 << _FINE) + 0.5) / (1 << _FINE)
    logits = np.rint(256 * np.log(share / (1 - share))).astype(np.int64)
    grid = np.arange(-_LARGEST_LOGIT, _LARGEST_LOGIT + 1) / 256
    chances = np.rint(ONE / (1 + np.exp(-grid))).astype(np.int64)
    classes = np.floor(3 * np.log2(1 + np.arange(4096) / 4) + 1e-6).astype(np.int64)
    return logits, np.clip(chances, 24, ONE - 24), np.minimum(classes, 31)


_LOGITS, _CHANCES, _CLASSES = _tables()
# The information of a decision, from its chance. A range code may end in the middle of a word.
_BITS = -np.log2(np.maximum(np.arange(ONE + 1), 1) / ONE)
_SPARE = 128.0


def graded(values: Ints) -> Ints:
    """Return the logarithmic class of whole numbers, from 0 to 31."""
    found: Ints = _CLASSES[np.minimum(values, len(_CLASSES) - 1)]
    return found


class Symbols(Protocol):
    """What codes decisions: an encoder, or a decoder."""

    def bits(self, chance: Ints, wanted: Flags | None) -> Flags:
        """Code decisions whose probability of being true is ``chance`` / 65536."""
        ...


class Reader:
    """The decisions in 32-bit words of a range code."""

    def __init__(self, words: NDArray[np.uint32]) -> None:
        self._decoder = constriction.stream.queue.RangeDecoder(words)
        self._model = constriction.stream.model.Bernoulli(perfect=False)
        self._left = 32.0 * len(words) + _SPARE

    def bits(self, chance: Ints, wanted: Flags | None) -> Flags:
        """Return the next decisions; ``wanted`` is ignored.

        Raises
        ------
        ValueError
            If they have more information than the words.
        """
        del wanted
        if not len(chance):
            return np.zeros(0, dtype=bool)
        try:
            found = self._decoder.decode(self._model, chance / float(ONE))
        except (ValueError, AssertionError) as error:
            raise ValueError(f"its code is invalid ({error})") from None
        bits: Flags = np.asarray(found) != 0
        self._left -= float(_BITS[np.where(bits, chance, ONE - chance)].sum())
        if self._left < 0:
            raise ValueError("its code is too short")
        return bits

    def finished(self) -> bool:
        """Return whether all words have been read."""
        return bool(self._decoder.maybe_exhausted())


class Mixer:
    """An adaptive model of one kind of decision.

    Parameters
    ----------
    sizes : sequence of int
        The number of values of each context.
    sets : int
        The number of sets of weights.
    """

    RATE = 0.008
    LIMIT = 800

    def __init__(self, sizes: Sequence[int], sets: int) -> None:
        self.counts = [np.ones((size, 2), dtype=np.int64) for size in sizes]
        self.weights = np.full((sets, len(sizes)), 1.4 / len(sizes))
        self.seen = np.zeros(sets)

    def predict(self, contexts: list[Ints], choice: Ints) -> tuple[Ints, list[Ints]]:
        """Return the chances of true, and the logits of the single contexts."""
        inputs = []
        for counts, context in zip(self.counts, contexts, strict=True):
            pairs = counts[context]
            inputs.append(_LOGITS[(pairs[:, 1] << _FINE) // (pairs[:, 0] + pairs[:, 1])])
        weights = self.weights[choice]
        total: Floats = weights[:, 0] * inputs[0]
        for k in range(1, len(inputs)):
            total = total + weights[:, k] * inputs[k]
        at = np.clip(np.rint(total), -_LARGEST_LOGIT, _LARGEST_LOGIT).astype(np.int64)
        return _CHANCES[at + _LARGEST_LOGIT], inputs

    def learn(
        self, contexts: list[Ints], choice: Ints, inputs: list[Ints], chance: Ints, bits: Flags
    ) -> None:
        """Count the decisions, and take a gradient step of the weights."""
        for counts, context in zip(self.counts, contexts, strict=True):
            np.add.at(counts.reshape(-1), 2 * context + bits, _UNIT)
            pairs = counts[context]
            full = pairs[:, 0] + pairs[:, 1] > self.LIMIT
            if full.any():
                some = np.unique(context[full])
                counts[some] = (counts[some] + 1) >> 1
        error = np.where(bits, ONE, 0) - chance
        sets = len(self.weights)
        number = np.bincount(choice, minlength=sets)
        self.seen += number
        rate = self.RATE / np.sqrt((1 + number / 16) * (1 + self.seen / 4000))
        for k, values in enumerate(inputs):
            # Sums of integers below 2⁵³ are exact in any order.
            gradient = np.bincount(choice, weights=error * values, minlength=sets)
            self.weights[:, k] += rate * gradient / (ONE * 256.0)

    def code(
        self, symbols: Symbols, contexts: list[Ints], choice: Ints, wanted: Flags | None
    ) -> Flags:
        """Code decisions and learn from them."""
        chance, inputs = self.predict(contexts, choice)
        bits = symbols.bits(chance, wanted)
        self.learn(contexts, choice, inputs, chance, bits)
        return bits


def even(symbols: Symbols, number: int, wanted: Flags | None) -> Flags:
    """Code decisions of probability ½."""
    return symbols.bits(np.full(number, ONE // 2), wanted)


def digits(values: Ints | Any) -> Ints:
    """Return the number of binary digits of whole numbers; none for 0."""
    found: Ints = np.frexp(np.asarray(values, dtype=np.float64))[1].astype(np.int64)
    return found


def large(symbols: Symbols, number: int, wanted: Ints | None) -> Ints:
    """Code whole numbers by the exponential code of Golomb."""
    lengths = np.ones(number, dtype=np.int64)
    aim = None if wanted is None else digits(wanted + 1)
    live = np.arange(number)
    while len(live):
        live = live[even(symbols, len(live), None if aim is None else aim[live] > lengths[live])]
        lengths[live] += 1
        if len(live) and lengths.max() > _MOST_BITS:
            raise ValueError("a number is too large")
    found = np.ones(number, dtype=np.int64)
    tail(symbols, found, lengths - 1, None if wanted is None else wanted + 1)
    return found - 1


def tail(symbols: Symbols, found: Ints, lengths: Ints, wanted: Ints | None) -> None:
    """Code the last ``lengths`` binary digits, and append them to ``found`` in place."""
    for place in range(int(lengths.max(initial=0)) - 1, -1, -1):
        some = np.flatnonzero(lengths > place)
        aim = None if wanted is None else (wanted[some] >> place & 1) > 0
        found[some] = 2 * found[some] + even(symbols, len(some), aim)
