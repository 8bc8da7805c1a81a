"""Specs and views of refinement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

import rdcore as rd
from dashboard.model.specs import ProblemSpec, SpecError
from dashboard.model.views import Floats
from rdcore.design.codebook import Gradient, random_codebook

Move = Literal["priced", "centroid", "gradient"]


@dataclass(frozen=True)
class RefineSpec:
    """What is refined, and how.

    Attributes
    ----------
    problem : ProblemSpec
        The source, its levels and, unless ``words`` says otherwise, the codebook to start from.
    move : str
        Where codewords go.
    insert : bool
        Whether codewords that are missing are added.
    rounds : int
        At the most.
    merge_mass, merge_distance : float
        Below these codewords are merged; 0 merges nothing by that rule.
    words, seed : int
        Start from so many random codewords, drawn with this seed; 0: from the codebook chosen.
    size : float
        Of a gradient step.
    """

    problem: ProblemSpec
    move: Move = "priced"
    insert: bool = True
    rounds: int = 20
    merge_mass: float = 1e-3
    merge_distance: float = 1e-3
    words: int = 0
    seed: int = 0
    size: float = 0.1

    def start(self) -> rd.Problem:
        """Build the problem with the codebook to start from."""
        task = self.problem.problem()
        if self.problem.setting.distortion == "hamming":
            raise SpecError("Codewords can move for squared and absolute error only.")
        if not self.words:
            return task
        draw = np.random.default_rng(self.seed)
        return task.with_codebook(random_codebook(task.source, self.words, draw))

    def options(self) -> dict[str, Any]:
        """Return the arguments of ``rd.refine``."""
        return {
            "iterations": self.rounds,
            "step": Gradient(self.size) if self.move == "gradient" else self.move,
            "merge_mass": self.merge_mass,
            "merge_distance": self.merge_distance,
            "insert": self.insert,
        }


@dataclass(frozen=True, eq=False)
class Round:
    """One round, or the codebook at the end.

    Attributes
    ----------
    codebook, masses : arrays, (m, d) and (m,)
        The codewords with which the round began, and how likely each is.
    rate_bits, gap_bits : float
        I(X;Y) on this codebook, certified.
    entropy_bits, noise_bits : float
        H(Y) and H(Y|X).
    distortions : array, (F,)
        Distortion of each fidelity.
    parents : array of int, (m,)
        The codeword of the next round that each one became; empty at the end.
    merges : tuple of (int, int, str)
        Who was merged into whom, by their indices in this round, and why.
    inserted : array, (i, d)
        Codewords added after the round.
    """

    codebook: Floats
    masses: Floats
    rate_bits: float
    gap_bits: float
    entropy_bits: float
    noise_bits: float
    distortions: Floats
    parents: Floats
    merges: tuple[tuple[int, int, str], ...]
    inserted: Floats


@dataclass(frozen=True, eq=False)
class RefinementView:
    """A refinement as far as it has come.

    Attributes
    ----------
    rounds : tuple of Round
        The last one is the codebook at the end, once there is one.
    lower_bits : float
        No codebook, however large, has a smaller rate than this; nan while it is not known.
    """

    rounds: tuple[Round, ...]
    lower_bits: float = float("nan")

    @property
    def end(self) -> Round:
        """The last round."""
        return self.rounds[-1]


@dataclass(frozen=True, eq=False)
class RestartsView:
    """Rates at which refinements from random codebooks end, bits; ∞ where levels are out of reach.

    Attributes
    ----------
    centroid, ours : arrays, (S,)
        By plain centroids; by priced centroids with missing codewords inserted.
    """

    centroid: Floats
    ours: Floats
