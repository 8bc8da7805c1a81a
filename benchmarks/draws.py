"""Standard errors stated against those seen over many draws: ``python -m benchmarks.draws``.

Five recipes: fixed levels, a conditional subset, a level that is a share of the variance, a subset
between quantiles, and rows that follow each other. ``--draws 50`` for fewer draws.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter

from rdcore.sampling import Quantiles, SampleRecipe, SampleSubset, Share, sampled

_GRID = np.linspace(-4, 4, 33)
_DRAWS = 200
Draw = Callable[[np.random.Generator], np.ndarray]


class Case(NamedTuple):
    """How rows are drawn, what is solved for them, and whether they follow each other."""

    draw: Draw
    recipe: SampleRecipe
    ordered: bool = False


class Outcome(NamedTuple):
    """Standard errors of the rate in nats.

    Attributes
    ----------
    seen : float
        The deviation of the rates over the draws.
    stated : float
        Root mean square of what is stated for each draw.
    fixed : float
        The same of the formula for fixed levels and independent rows.
    """

    seen: float
    stated: float
    fixed: float


def _normal(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=200)


def _laplace(rng: np.random.Generator) -> np.ndarray:
    return rng.laplace(size=200) * 0.7


def _autoregressive(rng: np.random.Generator) -> np.ndarray:
    return np.asarray(lfilter([np.sqrt(0.19)], [1, -0.9], rng.normal(size=500))[100:])


_TAIL = SampleSubset(lambda x: x > 1, 0.05)
_TOP = SampleSubset(Quantiles(0.8), 0.05)
CASES = {
    "fixed level": Case(_normal, SampleRecipe(0.1, codebook=_GRID)),
    "subset": Case(_normal, SampleRecipe(0.3, [_TAIL], codebook=_GRID)),
    "share": Case(_laplace, SampleRecipe(Share(0.1), codebook=_GRID)),
    "quantile": Case(_normal, SampleRecipe(0.3, [_TOP], codebook=_GRID)),
    "ordered": Case(_autoregressive, SampleRecipe(0.1, codebook=_GRID), ordered=True),
}


def outcome(case: Case, draws: int) -> Outcome:
    """Solve a case for so many draws and compare the errors."""
    found = [
        sampled(
            case.draw(np.random.default_rng([3, k])), case.recipe, ordered=case.ordered, resamples=0
        )
        for k in range(draws)
    ]
    seen = float(np.std([one.solution.rate for one in found], ddof=1))
    stated = float(np.sqrt(np.mean([one.error**2 for one in found])))
    plain = [one.solution.standard_error(one.size) ** 2 for one in found]
    return Outcome(seen, stated, float(np.sqrt(np.mean(plain))))


def lines(draws: int) -> Iterator[str]:
    """Yield a table in Markdown, a line for each case as it is done."""
    yield f"| case, {draws} draws | seen (nats) | stated | stated / seen | fixed levels / seen |"
    yield "|---|---|---|---|---|"
    for name, case in CASES.items():
        one = outcome(case, draws)
        yield (
            f"| {name} | {one.seen:.4f} | {one.stated:.4f} | {one.stated / one.seen:.2f}"
            f" | {one.fixed / one.seen:.2f} |"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=_DRAWS)
    for line in lines(parser.parse_args().draws):
        print(line, flush=True)
