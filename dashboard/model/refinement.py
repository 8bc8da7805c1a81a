"""Specs and views of refinement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

import rdcore as rd
from dashboard.model.codebooks import SpecError
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Floats

Move = Literal["priced", "centroid", "gradient"]


@dataclass(frozen=True)
class RefineSpec:
    """The problem and the settings of a refinement.

    Attributes
    ----------
    problem : ProblemSpec
        The source with its levels and, if ``codewords`` is 0, the initial codebook.
    move : str
        The update of the codewords.
    insert : bool
        Whether missing codewords are added.
    rounds : int
        The largest number of rounds.
    merge_mass, merge_distance : float
        Codewords below this probability, or this distance in the unit of X, are merged; 0
        switches the rule off.
    codewords, seed : int
        Number of random initial codewords and the seed; 0 starts from the chosen codebook.
    size : float
        Step length of a gradient step.
    """

    problem: ProblemSpec
    move: Move = "priced"
    insert: bool = True
    rounds: int = 20
    merge_mass: float = 1e-3
    merge_distance: float = 1e-3
    codewords: int = 0
    seed: int = 0
    size: float = 0.1

    def start(self) -> rd.Problem:
        """Build the problem with the initial codebook."""
        task = self.problem.problem()
        if not self.problem.setting.centroids:
            raise SpecError("Codewords can move only for squared and absolute error.")
        if not self.codewords:
            return task
        draw = np.random.default_rng(self.seed)
        return task.with_codebook(rd.codebook.random_codebook(task.source, self.codewords, draw))

    def options(self) -> dict[str, Any]:
        """Return the arguments of ``rd.refine``."""
        return {
            "iterations": self.rounds,
            "step": rd.codebook.Gradient(self.size) if self.move == "gradient" else self.move,
            "merge_mass": self.merge_mass,
            "merge_distance": self.merge_distance,
            "insert": self.insert,
        }


@dataclass(frozen=True, eq=False)
class Round:
    """One round, or the final codebook.

    Attributes
    ----------
    codebook, masses : arrays, (m, d) and (m,)
        The codewords at the start of the round, in the unit of X, and their probabilities.
    rate_bits, gap_bits : float
        I(X;Y) on this codebook, certified, bits per symbol.
    entropy_bits, randomness_bits : float
        H(Y) and H(Y|X), bits per symbol.
    distortions : array, (F,)
        Distortion of each fidelity, in the unit of its level.
    parents : array of int, (m,)
        The index of each codeword's successor in the next round; empty at the end.
    merges : tuple of (int, int, str)
        Merged codewords: index of the removed and of the kept codeword in this round, and the
        reason.
    inserted : array, (i, d)
        Codewords added after the round.
    """

    codebook: Floats
    masses: Floats
    rate_bits: float
    gap_bits: float
    entropy_bits: float
    randomness_bits: float
    distortions: Floats
    parents: Floats
    merges: tuple[tuple[int, int, str], ...]
    inserted: Floats


@dataclass(frozen=True, eq=False)
class RefinementView:
    """A refinement up to the current round.

    Attributes
    ----------
    rounds : tuple of Round
        The last one is the final codebook, once the refinement has ended.
    lower_bits : float
        Certified lower bound on the rate of every codebook; nan until it is known.
    """

    rounds: tuple[Round, ...]
    lower_bits: float = float("nan")

    @property
    def end(self) -> Round:
        """The last round."""
        return self.rounds[-1]


@dataclass(frozen=True, eq=False)
class RestartsView:
    """Final rates of refinements from random codebooks, bits; ∞ where the levels are infeasible.

    Attributes
    ----------
    centroid, ours : arrays, (S,)
        With centroids; with priced centroids and insertion of missing codewords.
    """

    centroid: Floats
    ours: Floats
