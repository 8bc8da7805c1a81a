"""Trellis-coded quantisers: a trellis, two books of words, and the prices of their encoder."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, points
from rdcore.design.trellis.letters import Letters, of_samples, of_type
from rdcore.design.trellis.levels import Coding, meet
from rdcore.design.trellis.starts import with_exact_words
from rdcore.design.trellis.states import Trellis
from rdcore.design.trellis.words import Words, without_rare
from rdcore.errors import InputError
from rdcore.problem import Problem

_LN2 = float(np.log(2))


@dataclass(frozen=True, eq=False)
class TrellisQuantiser:
    """An entropy-coded trellis-coded quantiser for a problem.

    Attributes
    ----------
    problem : Problem
        The problem for which it was designed.
    trellis : Trellis
        Its trellis.
    words : Words
        The words of both books.
    slopes : array, (K,)
        Prices at which its encoder begins, nats per unit of each row's level.
    rate : float
        Mean code length on a sequence of the type of the source, nats per sample.
    reached : array, (K,)
        What each row comes to on this sequence, at most its level.
    """

    problem: Problem
    trellis: Trellis
    words: Words
    slopes: Array
    rate: float
    reached: Array

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.states} states, {self.rate_bits:.5g} bits,"
            f" {len(self.words)} words)"
        )

    @property
    def states(self) -> int:
        """Number of states of the trellis."""
        return self.trellis.states

    @property
    def rate_bits(self) -> float:
        """Mean code length on a sequence of the type of the source, bits per sample."""
        return self.rate / _LN2

    @property
    def length(self) -> int:
        """Number of samples that a word stands for."""
        return int(self.words.values.shape[1])

    @property
    def distortions(self) -> Array:
        """Distortion of each fidelity on a sequence of the type of the source.

        For "each" it is the largest over the symbols.
        """
        owner = self.problem.rows.fidelity
        return np.array(
            [self.reached[owner == k].max(initial=0.0) for k in range(len(self.problem.fidelities))]
        )

    def encode(self, samples: ArrayLike) -> Coding:
        """Return words for samples (N,) or (N, d) that meet the levels of the problem on them.

        Where the words of the code are too few for these samples, others are added: codewords of
        the atoms.

        Each sample belongs to the subsets of the nearest atom. The mean over a subset is that over
        the samples in it.

        Raises
        ------
        InputError
            If no path of the trellis meets the levels on these samples.
        """
        values = points(samples, "samples")
        dim = self.problem.source.dim
        if (1 if values.ndim == 1 else values.shape[1]) != dim:
            raise InputError(f"samples must have {dim} coordinates each; got shape {values.shape}")
        letters = of_samples(self.problem, values.reshape(len(values), dim), self.length)
        levels = self.problem.rows.levels
        found = meet(self.trellis, self.words, letters, self.slopes, levels)
        if found is None:
            found = self._widened(letters)
        if found is None:
            raise InputError(
                "samples cannot be coded within the levels by this code; design it for a source"
                " like them"
            )
        return found

    def on(self, problem: Problem, samples: int = 20_000) -> Coding:
        """Return words for a sequence of the type of another problem's source.

        They meet the levels of that problem.

        Parameters
        ----------
        problem : Problem
            Of other rows, with as many levels as the problem of the design.
        samples : int
            Length of the sequence.

        Raises
        ------
        InputError
            If the levels are others, or no path of the trellis meets them on this sequence.
        """
        if len(problem.rows.levels) != len(self.slopes):
            raise InputError(
                f"problem must have {len(self.slopes)} levels; got {len(problem.rows.levels)}"
            )
        here = replace(self, problem=problem)
        letters = of_type(problem, samples // self.length, self.length)
        levels = problem.rows.levels
        found = meet(self.trellis, self.words, letters, self.slopes, levels)
        found = here._widened(letters) if found is None else found
        if found is None:
            raise InputError(f"problem has levels that no path meets: {levels.tolist()}")
        return found

    def _widened(self, letters: Letters) -> Coding | None:
        """Return a coding with more words, of which only those are kept that occur."""
        wider = with_exact_words(self.problem, self.words)
        levels = self.problem.rows.levels
        found = meet(self.trellis, wider, letters, self.slopes, levels)
        if found is None:
            return None
        table, chosen = without_rare(wider, found.used, 0.0)
        words = np.searchsorted(chosen, found.words).astype(np.uint16)
        rate = float(table.lengths[words].sum()) / letters.samples
        return replace(found, table=table, words=words, rate=rate)

    def decode(self, coding: Coding, samples: int) -> Array:
        """Return the codewords of a coding, (samples,) or (samples, d)."""
        found = coding.table.values[coding.words].reshape(-1, self.problem.source.dim)[:samples]
        return found[:, 0] if self.problem.source.dim == 1 else found
