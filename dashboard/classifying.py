"""R(D, C), its surface and R(D, P) as jobs; no streamlit."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal

import numpy as np

import rdcore as rd
from dashboard.results import Floats, SurfaceView
from dashboard.specs import SourceSpec, SpecError
from dashboard.worker import Step, stepwise
from rdcore import classification, perception
from rdcore.classification import Classified, Labelled, Task, labels

Kind = Literal["digits", "side", "bit", "parity"]
Measure = Literal["tv", "w1", "w2"]

_LN2 = float(np.log(2))
_TOLERANCE, _MANY_TOLERANCE = 1e-6, 1e-3
_MANY_LABELS = 4
_SURFACE_TOLERANCE = 1e-4
_MOST_OWN_WORDS = 200
MOST_ATOMS = 700
MOST_PERCEIVED = 170
_PERCEIVED = 13
_STARTS = 4
IN_USE = 1e-6


@dataclass(frozen=True)
class LabelSpec:
    """A source with a label.

    Attributes
    ----------
    kind : str
        Digits; which side of a value the sidebar's source is on; a noisy bit; parity.
    source : SourceSpec
        The sidebar's, for "side"; its first preset else.
    numbers : tuple of float
        What shapes it: prototypes; value and steepness; p and e; how many numbers.
    """

    kind: Kind
    source: SourceSpec
    numbers: tuple[float, ...]

    def labelled(self) -> Labelled:
        """Build it.

        Raises
        ------
        SpecError
            If the source has too many atoms.
        """
        if self.kind == "digits":
            return labels.digits(int(self.numbers[0]))
        if self.kind == "bit":
            return labels.binary_symmetric(*self.numbers)
        if self.kind == "parity":
            return labels.parity(int(self.numbers[0]))
        source = self.source.source()
        if source.n > MOST_ATOMS:
            raise SpecError(
                f"This source has {source.n} atoms; up to {MOST_ATOMS} would do on this page."
            )
        value, steepness = self.numbers
        right = 1 / (1 + np.exp(-np.clip(steepness * (source.points[:, 0] - value), -700, 700)))
        return Labelled(source, np.stack([1 - right, right], axis=1), ("below", "above"))

    @property
    def hamming(self) -> bool:
        """Whether distortion is how often x and y differ."""
        return self.kind == "bit"

    @property
    def unit(self) -> str:
        """Unit of D."""
        return {"bit": "error", "digits": "grey²", "parity": "unit²", "side": "unit²"}[self.kind]


@dataclass(frozen=True)
class ClassSpec:
    """A source with a label, and what is asked: D in its unit, C in bits."""

    label: LabelSpec
    level: float
    bits: float

    def task(self) -> Task:
        """Build what rdcore solves."""
        return task(self.label.labelled(), self.label.hamming, self.level, self.bits)


@dataclass(frozen=True, eq=False)
class ClassesView:
    """R(D, C) and what reaches it.

    Attributes
    ----------
    lower_bits, upper_bits : float
        Certified bounds over every law of the label.
    scope, ended : str
        What the lower bound ranges over, and how the solver ended.
    level, left_bits : float
        D and H(S|X̂) that are reached.
    price_bits, label_price : float
        Bits per unit of D, and per bit of C.
    words, masses : arrays, (m, d) and (m,)
        Reproductions in use, the likeliest first.
    laws : array, (m, |S|)
        P(S = s | reproduction).
    plain_bits : (float, float)
        Certified bounds on R(D, ∞).
    told_bits : (float, float)
        On R(∞, C).
    fixed_bits : float
        Rate of the best channel found whose reproductions carry nothing but themselves; ∞ if none
        was found.
    """

    lower_bits: float
    upper_bits: float
    scope: str
    ended: str
    level: float
    left_bits: float
    price_bits: float
    label_price: float
    words: Floats
    masses: Floats
    laws: Floats
    plain_bits: tuple[float, float]
    told_bits: tuple[float, float]
    fixed_bits: float

    @property
    def sure(self) -> float:
        """How often the likeliest label is the true one."""
        return float(self.masses @ self.laws.max(axis=1) / self.masses.sum())


@dataclass(frozen=True, eq=False)
class PenaltyView:
    """The two demands for which one encoder costs most: (D, ∞) and (∞, C), and its bounds."""

    level: float
    bits: float
    each_bits: float
    universal_bits: float
    lower_bits: float
    upper_bits: float


@dataclass(frozen=True, eq=False)
class PerceptionView:
    """R(D, P) along P at one D, certified.

    Attributes
    ----------
    levels, lower_bits, upper_bits, price_bits : arrays, (L,)
        P, the bounds, and the price of P.
    free_bits : float
        R(D) with no demand on the law of the reproduction.
    reached : float
        Divergence of the law at that rate.
    """

    levels: Floats
    lower_bits: Floats
    upper_bits: Floats
    price_bits: Floats
    free_bits: float
    reached: float


def task(both: Labelled, hamming: bool, level: float, bits: float) -> Task:
    """Return the question for a source with a label."""
    source = both.source
    words = source.atoms
    if source.n > _MOST_OWN_WORDS:
        words = rd.sources.grid_codebook(source, 49)
    distortion: Literal["hamming", "squared_error"] = "hamming" if hamming else "squared_error"
    return classification.task(source, both.posterior, level, bits * _LN2, distortion, words)


def tolerance(asked: Task) -> float:
    """Return the gap to reach, nats."""
    many = asked.posteriors[0].shape[1] > _MANY_LABELS or asked.source.n > _MOST_OWN_WORDS
    return _MANY_TOLERANCE if many else _TOLERANCE


def solve(asked: Task) -> Generator[Step, None, ClassesView]:
    """Solve at one D and C, with the margins and the fixed alphabet, in a worker."""
    gap = tolerance(asked)
    yield Step(0.05, "D and C together")
    both = classification.solved(asked, gap)
    yield Step(0.45, "D alone")
    plain = rd.solve(asked.problem, tol=gap)
    yield Step(0.5, "C alone")
    slack = rd.largest_level(asked.problem)
    told = classification.solved(
        classification.levelled(asked, slack, asked.levels[0]), gap, tidy=False
    )
    yield Step(0.8, "a fixed alphabet")
    fixed = classification.on_alphabet(asked, both, starts=_STARTS, tol=gap)
    return _view(both, plain, told, fixed.upper_bits)


def _view(both: Classified, plain: rd.Solution, told: Classified, fixed: float) -> ClassesView:
    used = both.marginal > IN_USE
    order = np.argsort(-both.marginal[used])
    proof = both.certificate
    return ClassesView(
        proof.lower_bits,
        proof.upper_bits,
        proof.scope,
        both.status.value,
        float(both.distortions[0]),
        both.uncertainties_bits[0],
        float(both.prices_bits[0]),
        float(both.label_prices[0]),
        both.pairs.codewords[used][order],
        both.marginal[used][order],
        both.posteriors[0][used][order],
        (plain.certificate.lower_bits, plain.certificate.upper_bits),
        (told.certificate.lower_bits, told.certificate.upper_bits),
        fixed,
    )


def surface(asked: Task, levels: Floats, bits: Floats) -> Generator[Step, None, SurfaceView]:
    """Solve at every D (A,) and C in bits (B,), in a worker."""
    gap = max(_SURFACE_TOLERANCE, tolerance(asked))
    found = None
    for found in classification.growing_surface(asked, levels, bits * _LN2, tol=gap):
        yield Step(found.share, shown=_as_view(found))
    if found is None:
        raise SpecError("There are no levels to solve at.")
    return _as_view(found)


def _as_view(found: rd.Surface) -> SurfaceView:
    known = np.isfinite(found.rates)

    def bits(values: Floats) -> Floats:
        return np.where(known, values, np.nan).T / _LN2

    prices = np.where(known, found.prices[:, :, 1], np.nan).T
    return SurfaceView(
        found.levels_a,
        found.levels_b / _LN2,
        bits(found.rates),
        bits(found.lowers),
        bits(found.prices[:, :, 0]),
        prices,
    )


def penalty(asked: Task) -> Generator[Step, None, PenaltyView]:
    """Look for the two demands that one encoder serves at the largest penalty, in a worker."""
    gap = max(1e-5, tolerance(asked))
    found = yield from stepwise(
        lambda progress, _: classification.largest_penalty(
            asked, points=5, tol=gap, progress=progress
        )
    )
    (level, _), (_, nats) = found.pairs
    return PenaltyView(
        level,
        nats / _LN2,
        max(one.rate_bits for one in found.each),
        found.universal.rate_bits,
        found.lower_bits,
        found.upper_bits,
    )


def perceived(problem: rd.Problem, measure: Measure) -> Generator[Step, None, PerceptionView]:
    """Solve for R(D, P) along P, from perfect realism to where it asks for nothing."""
    if problem.n > MOST_PERCEIVED:
        raise SpecError(
            f"This source has {problem.n} atoms; perception takes up to {MOST_PERCEIVED}."
        )
    free = rd.solve(problem, tol=1e-8)
    demands: dict[Measure, perception.Perception] = {
        "tv": perception.TotalVariation(1.0),
        "w1": perception.Wasserstein1(1.0),
        "w2": perception.Wasserstein2Squared(1.0),
    }
    demand = demands[measure]
    demand.check(problem.source.dim)
    laws = (problem.source.points, problem.source.pmf), (problem.codewords, free.marginal)
    reached = demand.distance(*laws)
    levels = reached * np.linspace(0, 1.1, _PERCEIVED) ** 1.5
    if measure == "tv":
        levels = np.unique(np.minimum(levels, 1.0))
    lower, upper, price = (np.full(len(levels), np.nan) for _ in range(3))
    for k, level in enumerate(levels):
        try:
            found = perception.rate(problem, demand.at(float(level)), tol=1e-6)
        except rd.InfeasibleError:
            continue
        lower[k], upper[k] = found.certificate.lower_bits, found.certificate.upper_bits
        price[k] = found.perception_price_bits
        shown = PerceptionView(levels, lower, upper, price, free.rate_bits, reached)
        yield Step((k + 1) / len(levels), shown=shown)
    return PerceptionView(levels, lower, upper, price, free.rate_bits, reached)
