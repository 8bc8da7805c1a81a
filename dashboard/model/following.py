"""Solved levels of a problem, as a browser needs them to prove bounds between them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import rdcore as rd
from dashboard.model.views import Floats, Placed
from rdcore.proof import margins

MOST_BYTES = 1_500_000
"""Size of what is sent to the browser for one path; a longer one goes without its solutions."""

MOST_CELLS = 60_000
"""Pairs of an atom and a codeword that a browser can evaluate several times for each frame."""


@dataclass(frozen=True, eq=False)
class Solved:
    """Solved levels of one problem, L of them.

    Attributes
    ----------
    problem : Problem
        The problem at any of the levels.
    levels, prices : arrays, (L, F)
        In the unit of the distortion, and in nats per unit.
    lowers, uppers : arrays, (L,)
        Certified bounds, nats.
    slopes : array, (L, K)
        The price of each row of the constraints, nats per unit.
    masses, codebooks : lists of arrays, (m,) and (m, d) each
        The r of each lower bound; the codebooks are those of the solutions if the codebook is
        free, else empty.
    """

    problem: rd.Problem
    levels: Floats
    lowers: Floats
    uppers: Floats
    prices: Floats
    slopes: Floats
    masses: Sequence[Floats]
    codebooks: Sequence[Floats] = ()

    @property
    def every(self) -> bool:
        """Whether the codebook is free."""
        return bool(self.codebooks)

    def payload(self, which: int | Sequence[int]) -> dict[str, Any]:
        """Return plain values for a browser; arrays as base64 of little-endian 64-bit floats.

        ``which`` are the places of the levels that vary. A large source, and a distortion that the
        browser does not know, come without ``problem``: the bounds between the levels are those of
        the levels alone.
        """
        found = {
            "which": which,
            "levels": _text(self.levels),
            "lowers": _text(self.lowers),
            "uppers": _text(self.uppers),
            "prices": _text(self.prices),
        }
        problem = self.problem
        largest = max(len(one) for one in self.masses)
        complete = self.every or all(
            len(one) == problem.m and np.isfinite(one).all() for one in self.masses
        )
        known = isinstance(problem.distortion, str)
        if problem.n * largest > MOST_CELLS or not complete or not known:
            return found
        more = found | self._solutions()
        return more if _size(more) <= MOST_BYTES else found

    def _solutions(self) -> dict[str, Any]:
        masses, codewords = list(self.masses), None if self.every else self.problem.codewords
        if codewords is None:
            kept = [_in_order(*pair) for pair in zip(self.codebooks, masses, strict=True)]
            masses = [mass[k] for mass, k in zip(masses, kept, strict=True)]
            words = [words[k] for words, k in zip(self.codebooks, kept, strict=True)]
            codewords = np.concatenate(words)
        return {
            "problem": _problem(self.problem, self.every),
            "codewords": _text(codewords),
            "sizes": [len(mass) for mass in masses],
            "masses": _text(np.concatenate(masses)),
            "slopes": _text(self.slopes),
        }


def along(solutions: Sequence[rd.Solution]) -> Solved:
    """Return solutions of one problem at increasing levels."""
    return Solved(
        solutions[0].problem,
        np.array([[each.level for each in one.problem.fidelities] for one in solutions]),
        np.array([one.certificate.lower for one in solutions]),
        np.array([one.certificate.upper for one in solutions]),
        np.array([one.prices for one in solutions]),
        np.array([one.slopes for one in solutions]),
        [one.marginal if one.prior is None else one.prior for one in solutions],
        [one.problem.codewords for one in solutions] if solutions[0].every else (),
    )


@dataclass(frozen=True, eq=False)
class Stage:
    """A stage of a method, which has a channel and a bound of its own.

    Attributes
    ----------
    at : float
        Its place on the axis of the chart with the handle.
    upper_bits, lower_bits : float
        What its channel needs, at which the handle is, and the certified bound; bits per symbol.
    placed : Placed
        Its codewords and their masses.
    said : tuple of str
        What it reaches and what is proved, in parts.
    """

    at: float
    upper_bits: float
    lower_bits: float
    placed: Placed
    said: tuple[str, ...]


def staged(stages: Sequence[Stage], *, logarithmic: bool) -> dict[str, Any]:
    """Return the stages of a method as ``Solved.payload`` does."""
    return {
        "stages": [
            {
                "at": one.at,
                "upper": one.upper_bits,
                "lower": one.lower_bits,
                "codewords": _text(one.placed.codebook),
                "masses": _text(one.placed.masses),
                "said": list(one.said),
            }
            for one in stages
        ],
        "dim": stages[0].placed.codebook.shape[1],
        "logarithmic": logarithmic,
    }


def over_plane(problem: rd.Problem, found: rd.Surface) -> dict[str, Any]:
    """Return the cells of a surface as ``Solved.payload`` does.

    ``place`` has the index of each cell, (A, B), or -1 if it has no solution.
    """
    known, (first, second) = found.feasible, found.fidelities
    if not known.any():
        return {}
    levels = np.empty((*known.shape, len(problem.fidelities)))
    levels[:] = [one.level for one in problem.fidelities]
    levels[..., first] = found.levels_a[:, None]
    levels[..., second] = found.levels_b
    solved = Solved(
        problem,
        levels[known],
        found.lowers[known],
        found.rates[known],
        found.prices[known],
        found.slopes[known],
        list(found.marginals[known]),
    )
    place = np.where(known, np.cumsum(known).reshape(known.shape) - 1, -1)
    return solved.payload([first, second]) | {
        "axes": [_text(found.levels_a), _text(found.levels_b)],
        "place": place.ravel().tolist(),
    }


def for_every(payload: dict[str, Any]) -> dict[str, Any]:
    """Return a payload of solutions on some codewords as one that starts frames for the free ones.

    Their lower bounds hold for these codewords alone, so they are left out.
    """
    size = len(base64.b64decode(payload["lowers"])) // 8
    found = payload | {"lowers": _text(np.zeros(size)), "shared": True}
    if "problem" in found:
        found["problem"] = found["problem"] | {"every": True}
    return found


def packed(payload: dict[str, Any]) -> tuple[str, bytes]:
    """Return the name of a payload, which equal payloads share, and JSON with the name and it."""
    text = json.dumps(payload, sort_keys=True)
    name = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
    return name, f'{{"name": "{name}", "path": {text}}}'.encode()


def _problem(problem: rd.Problem, every: bool) -> dict[str, Any]:
    return {
        "points": _text(problem.source.points),
        "pmf": _text(problem.source.pmf),
        "weights": _text(problem.rows.weights),
        "owner": problem.rows.fidelity.tolist(),
        "distortion": problem.distortion,
        "every": every,
        "rounding": margins(len(problem.rows.levels))._asdict(),
    }


def _in_order(codewords: Floats, masses: Floats) -> NDArray[np.intp]:
    """Return the indices of the codewords in use, in increasing order of their coordinates."""
    order = np.lexsort(codewords.T[::-1])
    return np.asarray(order[masses[order] > 0])


def _text(values: ArrayLike | Sequence[ArrayLike]) -> str:
    array = np.ascontiguousarray(values, dtype="<f8")
    return base64.b64encode(array.tobytes()).decode("ascii")


def _size(found: dict[str, Any]) -> int:
    nested = found["problem"]
    texts = [*found.values(), *nested.values()]
    return sum(len(one) for one in texts if isinstance(one, str))
