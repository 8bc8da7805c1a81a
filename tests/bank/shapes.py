"""Difficult sources, codebooks and distortions: sizes, ties, zeros, infinities and scales."""

from __future__ import annotations

import math

import numpy as np

import rdcore as rd
from rdcore import closed_forms as cf
from tests.bank.build import grid, hamming, matrix, named, where, within
from tests.bank.case import TWICE, Case, Fate
from tests.bank.known import ERASURE
from tests.bank.levels import COIN, COIN_ENTROPY, COIN_PRICE, COIN_RATE

SCALE_RATE = 1.1869133516333508
SCALE_PRICES = (0.5321207666845, 1.011311843423)


def _scaled(scale: float) -> Case:
    """Three modes with the subset, in another unit of distortion."""

    def build() -> rd.Problem:
        plain = named("three_modes", rd.average(0.6))
        return named(
            "three_modes",
            rd.average(0.6 * scale),
            rd.subset(within("three_modes", 1), 0.05 * scale),
            distortion=plain.matrices[0] * scale,
        )

    return Case(
        f"scale/{scale:g}",
        build,
        rate=SCALE_RATE,
        prices=tuple(price / scale for price in SCALE_PRICES),
        origin=TWICE,
    )


def _two_scales() -> rd.Problem:
    plain = named("three_modes", rd.average(0.6)).matrices[0]
    return named(
        "three_modes",
        rd.average(0.6e-9, distortion=plain * 1e-9),
        rd.subset(within("three_modes", 1), 0.05e9, distortion=plain * 1e9),
    )


def _crowded() -> rd.Problem:
    """Eight codewords of the Gaussian, each with copies shifted by 1e-9 and 1e-13."""
    y = rd.sources.codebook("gaussian")
    return named("gaussian", rd.average(0.6), codebook=np.concatenate([y, y + 1e-9, y - 1e-13]))


CASES = (
    # Every codeword in use.
    Case(
        "full support/five symbols",
        lambda: hamming([0.3, 0.25, 0.2, 0.15, 0.1], rd.average(0.3)),
        rate=float(cf.hamming([0.3, 0.25, 0.2, 0.15, 0.1], 0.3)),
        prices=(math.log(0.7 * 4 / 0.3),),
    ),
    Case(
        "full support/squared error",
        lambda: grid(np.linspace(-1, 1, 12), np.ones(12), rd.average(0.002)),
        rate=2.219968648487261,
        prices=(101.2303737607,),
        origin=TWICE,
    ),
    Case(
        "full support/at a corner of Erokhin's formula",
        lambda: hamming([0.4, 0.3, 0.2, 0.1], rd.average(0.3)),
        rate=float(cf.hamming([0.4, 0.3, 0.2, 0.1], 0.3)),
        prices=(math.log(7),),
    ),
    # Codewords that are equal or nearly equal.
    Case(
        "duplicate codewords",
        lambda: hamming(COIN, rd.average(0.1), codebook=[0, 1, 1, 0, 1]),
        rate=COIN_RATE,
        prices=(COIN_PRICE,),
    ),
    Case(
        "duplicate codewords/at level 0",
        lambda: hamming(COIN, rd.average(0.0), codebook=[0, 1, 1, 0, 1]),
        rate=COIN_ENTROPY,
    ),
    Case(
        "near duplicates",
        _crowded,
        rate=0.24380430496786865,
        prices=(0.8300671429026,),
        origin=TWICE,
    ),
    Case(
        "codeword of no use",
        lambda: hamming(COIN, rd.average(0.1), codebook=[0, 1, 7, 8]),
        rate=COIN_RATE,
        prices=(COIN_PRICE,),
    ),
    # Atoms of probability 0 or nearly 0.
    Case(
        "atom without mass",
        lambda: hamming([0.7, 0.3, 0.0], rd.average(0.1)),
        rate=COIN_RATE,
        prices=(COIN_PRICE,),
    ),
    Case(
        "atom without mass/is the subset",
        lambda: hamming(
            [0.7, 0.3, 0.0], rd.average(0.1), rd.subset(where(0, 0, 1), 0.0, "conditional")
        ),
        rate=COIN_RATE,
        prices=(COIN_PRICE, 0.0),
    ),
    Case(
        "atom without mass/in each",
        lambda: hamming([0.7, 0.3, 0.0], rd.average(0.1), rd.subset(where(0, 1, 1), 0.5, "each")),
        rate=COIN_RATE,
        prices=(COIN_PRICE, 0.0),
    ),
    Case(
        "atom without mass/out of reach",
        lambda: matrix([0.7, 0.3, 0.0], [[0, 1], [1, 0], [math.inf, math.inf]], rd.average(0.1)),
        rate=COIN_RATE,
        prices=(COIN_PRICE,),
    ),
    Case(
        "atom of mass 1e-300",
        lambda: hamming([0.7, 0.3, 1e-300], rd.average(0.1)),
        rate=COIN_RATE,
        prices=(COIN_PRICE,),
    ),
    Case(
        "atom of mass 1e-300/in each, exactly",
        lambda: hamming(
            [0.7, 0.3, 1e-300], rd.average(0.1), rd.subset(where(0, 0, 1), 0.0, "each")
        ),
        rate=COIN_RATE,
        prices=(COIN_PRICE, None),
    ),
    Case(
        "atom of mass 1e-300/in each",
        lambda: hamming(
            [0.7, 0.3, 1e-300], rd.average(0.1), rd.subset(where(0, 0, 1), 0.5, "each")
        ),
        rate=COIN_RATE,
        prices=(COIN_PRICE, 0.0),
    ),
    Case(
        "atom of mass 1e-300/out of reach",
        # The atom has positive probability and would have an infinite distortion.
        lambda: matrix([0.7, 0.3, 1e-300], [[0, 1], [1, 0], [math.inf, math.inf]], rd.average(0.1)),
        Fate.INFEASIBLE,
        message="atom 2",
    ),
    Case("certain source", lambda: hamming([0.0, 1.0], rd.average(0.0)), Fate.ZERO, 0.0),
    # Infinite distortions; the erasure channel is among the known values.
    Case(
        "infinite/for the subset only",
        lambda: matrix(
            [0.8, 0.2],
            [[0.0, 1.0], [1.0, 0.0]],
            rd.average(0.1),
            rd.subset(where(0, 1), 1.0, distortion=np.array([[0.0, 0.0], [math.inf, 0.0]])),
        ),
        rate=float(cf.two_sided_binary(0.2, 0.125, 0.0)),
    ),
    Case(
        "infinite/erasure at level 0",
        lambda: matrix([0.8, 0.2], ERASURE, rd.average(0.0)),
        rate=float(cf.bernoulli(0.2, 0.0)),
    ),
    Case(
        "infinite/erasure at its corner",
        lambda: matrix([0.8, 0.2], ERASURE, rd.average(0.4)),
        rate=float(cf.erasure(0.2, 0.4)),
        prices=(math.log(2),),
    ),
    Case(
        "infinite/erasure near 1",
        lambda: matrix([0.8, 0.2], ERASURE, rd.average(1 - 1e-6)),
        rate=float(cf.erasure(0.2, 1 - 1e-6)),
    ),
    Case(
        "infinite/erasure of everything",
        lambda: matrix([0.8, 0.2], ERASURE, rd.average(1.0)),
        Fate.ZERO,
        0.0,
    ),
    Case(
        "infinite/only the right symbol",
        lambda: matrix(COIN, [[0.0, math.inf], [math.inf, 0.0]], rd.average(3.0)),
        rate=COIN_ENTROPY,
        prices=(0.0,),
    ),
    # Units.
    *(_scaled(scale) for scale in (1e-9, 1e9, 1e-100, 1e100)),
    Case(
        "scale/two at once",
        _two_scales,
        rate=SCALE_RATE,
        prices=(SCALE_PRICES[0] * 1e9, SCALE_PRICES[1] * 1e-9),
        origin=TWICE,
    ),
    Case(
        "distortion 0 everywhere",
        lambda: matrix(COIN, [[0.0, 0.0], [0.0, 0.0]], rd.average(0.0)),
        Fate.ZERO,
        0.0,
    ),
    Case(
        "distortion the same everywhere",
        lambda: matrix(COIN, [[2.0, 2.0], [2.0, 2.0]], rd.average(2.0)),
        Fate.ZERO,
        0.0,
    ),
    # Sizes.
    Case(
        "one codeword", lambda: named("gaussian", rd.average(1.0), codebook=[0.0]), Fate.ZERO, 0.0
    ),
    Case(
        "one codeword/too far",
        lambda: named("gaussian", rd.average(0.9), codebook=[0.0]),
        Fate.INFEASIBLE,
        message="below the minimum level",
    ),
    Case("one atom", lambda: hamming([1.0], rd.average(0.1)), Fate.ZERO, 0.0),
    Case(
        "one atom/two levels that need a mixture",
        lambda: matrix(
            [1.0],
            [[0.0, 1.0]],
            rd.average(0.5),
            rd.average(0.5, distortion=np.array([[1.0, 0.0]])),
        ),
        rate=0.0,
    ),
    Case(
        "many atoms, few codewords",
        lambda: grid(
            np.linspace(-1, 1, 3000), np.ones(3000), rd.average(0.1), codebook=[-0.6, 0.0, 0.6]
        ),
        rate=0.5367221675879371,
        prices=(4.043968073733,),
        origin=TWICE,
    ),
    Case(
        "few atoms, many codewords",
        lambda: grid([0.0, 1.0], COIN, rd.average(0.05), codebook=np.linspace(0, 1, 301)),
        rate=0.40422595496880287,
        prices=(3.232027217176,),
        origin=TWICE,
    ),
    Case(
        "few atoms, many codewords/three corners",
        lambda: grid(
            [0.0, 1.0, 3.0],
            [0.5, 0.3, 0.2],
            rd.average(0.3, distortion="absolute"),
            codebook=np.linspace(-1, 4, 201),
        ),
        rate=0.40735163859026213,
        prices=(1.18314919766,),
        origin=TWICE,
    ),
)
