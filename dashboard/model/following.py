"""Solved levels of a problem, as a browser needs them to prove bounds between them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

import rdcore as rd
from rdcore.proof import rounding

MOST_BYTES = 1_500_000
"""Size of what is sent to the browser for one path; a longer one goes without its solutions."""

MOST_CELLS = 60_000
"""Pairs of an atom and a codeword that a browser can evaluate several times for each frame."""


@dataclass(frozen=True, eq=False)
class SolvedPath:
    """Solutions along one level, the others fixed.

    Attributes
    ----------
    solutions : tuple of Solution
        In the order of increasing levels, for the same problem at other levels.
    which : int
        The place of the level that varies.
    """

    solutions: tuple[rd.Solution, ...]
    which: int

    def payload(self) -> dict[str, Any]:
        """Return the path as plain values; arrays as base64 of little-endian 64-bit floats.

        Levels are in the unit of the distortion, bounds and entropies in nats, prices in nats per
        unit. A large source comes without ``problem``: its bounds are those of the levels alone.
        """
        one = self.solutions
        found = {
            "which": self.which,
            "levels": _text([_levels(each) for each in one]),
            "lowers": _text([each.certificate.lower for each in one]),
            "uppers": _text([each.certificate.upper for each in one]),
            "prices": _text([each.prices for each in one]),
            "entropies": _text([each.output_entropy for each in one]),
        }
        cells = max(each.problem.n * each.problem.m for each in one)
        own = [each.problem.distortion for each in one[:1]]
        if cells > MOST_CELLS or not isinstance(own[0], str):
            return found
        more = found | self._solved()
        return more if _size(more) <= MOST_BYTES else found

    def _solved(self) -> dict[str, Any]:
        first, every = self.solutions[0], self.solutions[0].every
        codewords = [each.problem.codewords for each in self.solutions]
        masses = [each.marginal if each.prior is None else each.prior for each in self.solutions]
        order = [_order(words) if every else np.arange(len(words)) for words in codewords]
        masses = [mass[place] for mass, place in zip(masses, order, strict=True)]
        codewords = [words[place] for words, place in zip(codewords, order, strict=True)]
        kept = [mass > 0 if every else np.full(len(mass), True) for mass in masses]
        return {
            "problem": _problem(first),
            "codewords": _text(
                np.concatenate([w[k] for w, k in zip(codewords, kept, strict=True)])
                if every
                else codewords[0]
            ),
            "sizes": [int(k.sum()) for k in kept],
            "masses": _text(np.concatenate([r[k] for r, k in zip(masses, kept, strict=True)])),
            "slopes": _text([each.slopes for each in self.solutions]),
        }


def _problem(solution: rd.Solution) -> dict[str, Any]:
    problem = solution.problem
    return {
        "points": _text(problem.source.points),
        "pmf": _text(problem.source.pmf),
        "weights": _text(problem.rows.weights),
        "owner": problem.rows.fidelity.tolist(),
        "distortion": problem.distortion,
        "every": solution.every,
        "rounding": {
            "eps": rounding.EPS,
            "sums": rounding.sums(0, 0),
            "exponent": rounding.exponent(len(problem.rows.levels)),
        },
    }


def _levels(solution: rd.Solution) -> list[float]:
    return [float(one.level) for one in solution.problem.fidelities]


def _order(codewords: np.ndarray) -> np.ndarray:
    return np.lexsort(codewords.T[::-1])


def _text(values: ArrayLike | Sequence[ArrayLike]) -> str:
    array = np.ascontiguousarray(values, dtype="<f8")
    return base64.b64encode(array.tobytes()).decode("ascii")


def _size(found: dict[str, Any]) -> int:
    nested = found["problem"]
    texts = [*found.values(), *nested.values()]
    return sum(len(one) for one in texts if isinstance(one, str))
