"""Difficult levels: at, below and above the minimum, slack, duplicate, empty, contradictory."""

from __future__ import annotations

import math

import numpy as np

import rdcore as rd
from rdcore import closed_forms as cf
from rdcore.problem.fidelity import Measure
from tests.bank.build import (
    grid,
    hamming,
    mass_within,
    matrix,
    named,
    smallest_average,
    where,
    within,
)
from tests.bank.case import TWICE, Case, Fate

COIN = [0.7, 0.3]
COIN_RATE = float(cf.bernoulli(0.3, 0.1))
COIN_PRICE = math.log(9)
COIN_ENTROPY = float(cf.bernoulli(0.3, 0.0))
THREE_MODES_RATE = 1.165999660000109
THREE_MODES_PRICE = 0.5036300834096
ANTI = 1.0 - (1.0 - np.eye(2))


def few(*fidelities: rd.Fidelity) -> rd.Problem:
    """Three modes with 8 codewords, and so with a positive minimum level."""
    return named("three_modes", *fidelities, codebook=np.linspace(-8, 8, 8))


def _least() -> float:
    return smallest_average(few(rd.average(1.0)))


def _nearest_entropy() -> float:
    problem = few(rd.average(1.0))
    choice = problem.matrices[0].argmin(axis=1)
    mass = np.bincount(choice, problem.source.pmf)
    mass = mass[mass > 0]
    return float(-(mass @ np.log(mass)))


def _most() -> float:
    """The level at which one codeword of ``few`` is enough."""
    problem = few(rd.average(1.0))
    return float((problem.source.pmf @ problem.matrices[0]).min())


def _near_least(excess: float, rate: float) -> Case:
    return Case(
        f"smallest level/{excess:g} above",
        lambda: few(rd.average(_least() * (1 + excess))),
        rate=rate,
        # The level is a rounded sum and the rate is steep: error price · level · rounding.
        accuracy=1e-12,
        why="rounding of the level times the price",
        origin=TWICE,
    )


def _below(share: float) -> Case:
    return Case(
        f"smallest level/{share:g} of it",
        lambda: few(rd.average(_least() * share)),
        Fate.INFEASIBLE,
        smallest=(_least(),),
        message="below the minimum level",
    )


def _tie(*fidelities: rd.Fidelity) -> rd.Problem:
    return grid([-1.0, 0.0, 1.0], [1, 1, 1], *fidelities, codebook=[-1.0, 1.0])


def _empty(measure: Measure) -> Case:
    nothing = where(0, 0)
    return Case(
        f"empty subset/{measure}",
        lambda: hamming(COIN, rd.average(0.1), rd.subset(nothing, 0.0, measure)),
        rate=COIN_RATE,
        prices=(COIN_PRICE, 0.0),
    )


def _everything(measure: Measure) -> Case:
    """The whole source as a subset; with "each", every symbol has its own level."""
    every = measure == "each"
    rate = float(cf.two_sided_binary(0.3, 0.1, 0.1)) if every else COIN_RATE
    first, second = cf.two_sided_binary_slopes(0.3, 0.1, 0.1)
    price = 0.7 * first + 0.3 * second if every else COIN_PRICE
    return Case(
        f"whole source/{measure}",
        lambda: hamming(COIN, rd.subset(where(1, 1), 0.1, measure)),
        rate=rate,
        prices=(price,),
    )


def _loose(measure: Measure, level: float) -> Case:
    return Case(
        f"slack/{measure}",
        lambda: named(
            "three_modes", rd.average(0.6), rd.subset(within("three_modes", 1), level, measure)
        ),
        rate=THREE_MODES_RATE,
        prices=(THREE_MODES_PRICE, 0.0),
        origin=TWICE,
    )


CASES = (
    # At and near the minimum level.
    Case("smallest level/at it", lambda: few(rd.average(_least())), rate=_nearest_entropy()),
    _near_least(1e-9, 1.6720832474902252),
    _near_least(1e-6, 1.6720028076139277),
    _near_least(1e-3, 1.65690875472811),
    _below(1 - 1e-9),
    _below(0.5),
    _below(0.0),
    Case("smallest level/with a tie", lambda: _tie(rd.average(1 / 3)), rate=2 / 3 * math.log(2)),
    Case("smallest level/0", lambda: hamming(COIN, rd.average(0.0)), rate=COIN_ENTROPY),
    Case(
        "smallest level/0 for a subset",
        lambda: hamming(COIN, rd.average(0.07), rd.subset(where(0, 1), 0.0)),
        rate=float(cf.two_sided_binary(0.3, 0.1, 0.0)),
    ),
    Case(
        "smallest level/1e-12",
        lambda: hamming(COIN, rd.average(1e-12)),
        rate=float(cf.bernoulli(0.3, 1e-12)),
    ),
    Case(
        "smallest level/0 for each",
        lambda: hamming(COIN, rd.subset(where(1, 1), 0.0, "each")),
        rate=COIN_ENTROPY,
    ),
    # Where the rate becomes 0.
    Case("largest level/at it", lambda: few(rd.average(_most())), rate=0.0),
    Case("largest level/1e-9 above", lambda: few(rd.average(_most() * (1 + 1e-9))), Fate.ZERO, 0.0),
    Case("largest level/10 times", lambda: few(rd.average(_most() * 10)), Fate.ZERO, 0.0),
    Case("largest level/1e300", lambda: few(rd.average(1e300)), Fate.ZERO, 0.0),
    Case(
        "largest level/1e-3 below",
        lambda: few(rd.average(_most() * (1 - 1e-3))),
        rate=0.0002890423322788826,
        prices=(0.02549337648119,),
        origin=TWICE,
    ),
    Case(
        "largest level/1e-9 below, coin",
        lambda: hamming(COIN, rd.average(0.3 * (1 - 1e-9))),
        rate=float(cf.bernoulli(0.3, 0.3 * (1 - 1e-9))),
    ),
    Case(
        "largest level/zero rate under two levels",
        lambda: few(rd.average(_most() * 2), rd.subset(within("three_modes", 1), 1e3)),
        Fate.ZERO,
        0.0,
    ),
    Case(
        "largest level/zero rate by a mixture only",
        # No single codeword meets both levels, but a mixture of both independent of X does.
        lambda: matrix(
            [0.5, 0.5],
            [[0.0, 1.0], [0.0, 1.0]],
            rd.average(0.6),
            rd.average(0.6, distortion=np.array([[1.0, 0.0], [1.0, 0.0]])),
        ),
        Fate.ZERO,
        0.0,
    ),
    # Levels that contradict each other.
    Case(
        "two distortions/apart",
        lambda: hamming(COIN, rd.average(0.1), rd.average(0.89, distortion=ANTI)),
        Fate.INFEASIBLE,
        smallest=(0.0, 0.0),
        message="not together",
    ),
    Case(
        "two distortions/touching",
        # P(Y ≠ X) ≤ .1 and P(Y = X) ≤ .9 can only be met with equality, so there is no interior.
        lambda: hamming(COIN, rd.average(0.1), rd.average(0.9, distortion=ANTI)),
        rate=COIN_RATE,
        accuracy=1e-10,
        why="the levels may be met to 1e-9 relatively, at a price of 2.2 nats per unit",
    ),
    Case(
        "two distortions/overlapping",
        lambda: hamming(COIN, rd.average(0.1), rd.average(0.95, distortion=ANTI)),
        rate=COIN_RATE,
        prices=(COIN_PRICE, 0.0),
    ),
    Case(
        "two distortions/one of them alone too low",
        lambda: few(rd.average(0.5), rd.average(0.01, distortion="absolute")),
        Fate.INFEASIBLE,
        message="D=0.01",
    ),
    Case(
        "two distortions/squared and absolute",
        lambda: named("three_modes", rd.average(0.6), rd.average(0.54, distortion="absolute")),
        rate=1.1691890281050537,
        prices=(0.3254852284174, 0.5207170519159),
        origin=TWICE,
    ),
    Case(
        "subset too low",
        lambda: few(rd.average(2.0), rd.subset(within("three_modes", 1), 1e-6)),
        Fate.INFEASIBLE,
        message="D=1e-06",
    ),
    Case(
        "each too low",
        lambda: few(rd.average(2.0), rd.subset(within("three_modes", 1), 1e-6, "each")),
        Fate.INFEASIBLE,
        message="each symbol",
    ),
    Case(
        "stranded atom",
        lambda: matrix([0.5, 0.5], [[0.0, 1.0], [math.inf, math.inf]], rd.average(5.0)),
        Fate.INFEASIBLE,
        message="atom 1",
    ),
    # Subsets that are empty, complete, slack or duplicate.
    *(_empty(measure) for measure in ("joint", "conditional", "each")),
    *(_everything(measure) for measure in ("joint", "conditional", "each")),
    _loose("joint", 10.0),
    _loose("conditional", 10.0),
    _loose("each", 100.0),
    Case(
        "slack/by nothing at all",
        # The optimum of the average alone has P(X=0, Y=1) = .025 exactly.
        lambda: hamming(COIN, rd.average(0.1), rd.subset(where(1, 0), 0.025)),
        rate=COIN_RATE,
    ),
    Case(
        "slack/average",
        lambda: named("three_modes", rd.average(25.0), rd.subset(within("three_modes", 4), 0.3)),
        rate=0.5083795631665272,
        prices=(0.0, 0.7688818803207),
        origin=TWICE,
    ),
    Case(
        "said twice/average",
        lambda: hamming(COIN, rd.average(0.1), rd.average(0.1)),
        rate=COIN_RATE,
        total_price=COIN_PRICE,
    ),
    Case(
        "said twice/average and the whole source",
        lambda: hamming(COIN, rd.average(0.1), rd.subset(where(1, 1), 0.1)),
        rate=COIN_RATE,
        total_price=COIN_PRICE,
    ),
    Case(
        "said twice/second looser",
        lambda: hamming(COIN, rd.average(0.1), rd.average(0.1000001)),
        rate=COIN_RATE,
        total_price=COIN_PRICE,
    ),
    Case(
        "said twice/joint and conditional",
        lambda: named(
            "three_modes",
            rd.average(0.6),
            rd.subset(within("three_modes", 1), 0.05, "joint"),
            rd.subset(
                within("three_modes", 1), 0.05 / mass_within("three_modes", 1), "conditional"
            ),
        ),
        rate=1.1869133516333508,
        origin=TWICE,
    ),
    Case(
        "conditional as joint",
        lambda: named(
            "three_modes",
            rd.average(0.6),
            rd.subset(
                within("three_modes", 1), 0.05 / mass_within("three_modes", 1), "conditional"
            ),
        ),
        rate=1.1869133516333508,
        prices=(0.5321207666845, 0.1995112422844),
        origin=TWICE,
    ),
    Case(
        "each/every symbol of forty",
        lambda: hamming([1 / 40] * 40, rd.subset(np.ones(40, bool), 0.3, "each")),
        rate=float(cf.hamming_uniform(40, 0.3)),
        prices=(math.log(0.7 * 39 / 0.3),),
    ),
    Case(
        "each/|x|<4 of three modes",
        lambda: named(
            "three_modes", rd.average(0.6), rd.subset(within("three_modes", 4), 0.3, "each")
        ),
        rate=1.3467959574292092,
        prices=(0.3124564268225, 0.6161871937807),
        origin=TWICE,
    ),
    Case(
        "each/all hundred, nothing else",
        lambda: named("three_modes", rd.subset(within("three_modes", 9), 0.6, "each")),
        rate=1.3029419011776917,
        prices=(0.5950565278873,),
        origin=TWICE,
    ),
)
