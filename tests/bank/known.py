"""Known values: closed forms, published digits, and the named sources on their codebooks."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

import rdcore as rd
from rdcore import closed_forms as cf
from rdcore.problem.fidelity import Measure
from tests.bank.build import grid, hamming, matrix, named, where, within
from tests.bank.case import TWICE, Case

LN2 = math.log(2)
ERASURE = [[0.0, math.inf, 1.0], [math.inf, 0.0, 1.0]]


def _bits(value: float) -> float:
    return value * LN2


PUBLISHED = "closed form; twelve published digits"
DIGITS = 6e-13  # half a unit of the twelfth digit, nats


def _coin(p: float, D: float, published: float) -> Case:
    return Case(
        f"coin/p={p:g}, D={D:g}",
        lambda: hamming([1 - p, p], rd.average(D)),
        rate=_bits(published),
        accuracy=DIGITS,
        why="digits published",
        prices=(math.log((1 - D) / D),),
        origin=PUBLISHED,
    )


def _erokhin(pmf: list[float], D: float, published: float, price: float) -> Case:
    return Case(
        f"hamming/{len(pmf)} symbols, D={D:g}",
        lambda: hamming(pmf, rd.average(D)),
        rate=_bits(published),
        accuracy=DIGITS,
        why="digits published",
        prices=(price,),
        origin=PUBLISHED,
    )


def _erasure(p: float, D: float, published: float, price: float) -> Case:
    return Case(
        f"erasure/p={p:g}, D={D:g}",
        lambda: matrix([1 - p, p], ERASURE, rd.average(D)),
        rate=_bits(published),
        accuracy=DIGITS,
        why="digits published",
        prices=(price,),
        origin=PUBLISHED,
    )


def _two_sides(measure: Measure) -> Case:
    p, a, b = 0.3, 0.05, 0.2
    first, second = cf.two_sided_binary_slopes(p, a, b)
    joint = measure == "joint"
    return Case(
        f"two sides/{measure}",
        lambda: hamming(
            [1 - p, p],
            rd.subset(where(1, 0), (1 - p) * a if joint else a, measure),
            rd.subset(where(0, 1), p * b if joint else b, measure),
        ),
        rate=_bits(0.431491879847),
        accuracy=DIGITS,
        why="digits published",
        prices=(first, second) if joint else ((1 - p) * first, p * second),
        origin=PUBLISHED,
    )


def _uniform(n: int, D: float, rate: float, price: float) -> Case:
    return Case(
        f"uniform/n={n}, D={D:g}",
        lambda: _cells(n, rd.average(D)),
        rate=rate,
        prices=(price,),
        origin=TWICE,
    )


def _cells(n: int, *fidelities: rd.Fidelity) -> rd.Problem:
    source = rd.sources.uniform_grid(n, -8, 8)
    return rd.Problem(source, codebook=source.atoms, fidelities=list(fidelities))


def tails(*fidelities: rd.Fidelity) -> rd.Problem:
    """A Gaussian on [-8, 8]: the outermost atoms have mass 1e-14."""
    atoms = np.linspace(-8, 8, 100)
    return grid(atoms, np.exp(-(atoms**2) / 2), *fidelities)


def _tails(D: float, rate: float) -> Case:
    return Case(
        f"tails/D={D:g}",
        lambda: tails(rd.average(D)),
        rate=rate,
        prices=(1 / (2 * D),),
        origin=TWICE,
    )


def _named(
    name: str,
    what: str,
    fidelities: Callable[[], tuple[rd.Fidelity, ...]],
    rate: float,
    prices: tuple[float, ...],
) -> Case:
    return Case(
        f"named/{name}, {what}",
        lambda: named(name, *fidelities()),
        rate=rate,
        prices=prices,
        origin=TWICE,
    )


def _and_subset(
    name: str, D: float, radius: float, level: float
) -> Callable[[], tuple[rd.Fidelity, ...]]:
    return lambda: (rd.average(D), rd.subset(within(name, radius), level, "joint"))


CASES = (
    _coin(0.5, 0.1, 0.531004406411),
    _coin(0.3, 0.1, 0.412295305641),
    _coin(0.2, 0.05, 0.435531137771),
    _erokhin([0.2] * 5, 0.3, 0.840637195657, math.log(0.7 * 4 / 0.3)),
    _erokhin([0.4, 0.3, 0.2, 0.1], 0.2, 0.807518749639, math.log(0.8 * 3 / 0.2)),
    _erokhin([0.4, 0.3, 0.2, 0.1], 0.45, 0.159772862754, math.log(0.55 * 2 / 0.35)),
    _erasure(0.2, 0.3, 0.421928094887, LN2),
    _erasure(0.2, 0.6, 0.170950594455, -math.log(1 - 0.2 / 0.6)),
    *(_two_sides(measure) for measure in ("joint", "conditional", "each")),
    _uniform(20, 2, 1.059656616452837, 0.2315107007496),
    _uniform(20, 4, 0.7374885919107026, 0.1119517545474),
    _uniform(20, 8, 0.42440182502254803, 0.05252694294002),
    _uniform(160, 2, 1.0618090323160545, 0.2353531490073),
    _uniform(160, 4, 0.7383190170422496, 0.1133753719018),
    _uniform(160, 8, 0.42578942323602276, 0.0520865668075),
    _tails(0.1, 1.1512925464970025),
    _tails(0.3, 0.601986402162948),
    _tails(0.5, 0.3465735902799527),
    _tails(0.8, 0.11157177565708493),
    _named(
        "three_modes", "D=.6", lambda: (rd.average(0.6),), 1.165999660000109, (0.5036300834096,)
    ),
    _named(
        "three_modes",
        "D=.6, |x|<1 .05",
        _and_subset("three_modes", 0.6, 1, 0.05),
        1.1869133516333508,
        (0.5321207666845, 1.011311843423),
    ),
    _named("gaussian", "D=.6", lambda: (rd.average(0.6),), 0.2438043049703458, (0.8300671428854,)),
    _named(
        "gaussian",
        "D=.6, |x|<.1 .015",
        _and_subset("gaussian", 0.6, 0.1, 0.015),
        0.2672044125632204,
        (0.8427269102681, 13.82391003238),
    ),
    _named("trimodal", "D=.3", lambda: (rd.average(0.3),), 0.8629770316758828, (1.577676020648,)),
    _named("gaussian_2d", "D=1", lambda: (rd.average(1.0),), 0.8720344970337199, (1.165457349239,)),
    _named(
        "four_clusters",
        "D=8, ‖x‖<2 1",
        _and_subset("four_clusters", 8, 2, 1),
        1.277036832184954,
        (0.08733724333743, 0.0),
    ),
    _named(
        "four_clusters",
        "D=8, ‖x‖<2 .05",
        _and_subset("four_clusters", 8, 2, 0.05),
        1.3036557434119784,
        (0.0855801542013, 0.6326936163133),
    ),
    _named(
        "spike_and_background",
        "D=1.6, |x|<1 .02",
        _and_subset("spike_and_background", 1.6, 1, 0.02),
        1.33864123545636,
        (0.3002587867899, 2.338958431932),
    ),
)
