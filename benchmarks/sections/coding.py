"""Coding: designing quantisers, and a million symbols through each entropy coder."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import rdcore as rd
from benchmarks.table import Row
from benchmarks.timing import median
from rdcore.coding.model import Coder, decode, encode, frequencies
from rdcore.design.quantisers import Quantiser, ecsq, ecvq, hull, lloyd_max

_SYMBOLS = 1_000_000
_LEAST_PER_SECOND = 5e6
_LARGEST_EXCESS = 0.001


def rows(full: bool) -> Iterator[Row]:
    """Yield the design of quantisers, then ANS coding compared with range coding."""
    line = rd.sources.three_modes()
    yield from _hull("three_modes", line)
    if full:
        yield from _hull("trimodal", rd.sources.trimodal())
    yield from _designs(rd.sources.uniform_grid(2000, -8, 8))
    plane = rd.sources.four_clusters()
    for name, quantiser in (
        ("three_modes, 4 codewords", ecsq(line, 0.3)),
        ("three_modes, 16 codewords", ecsq(line, 9.0)),
        ("four_clusters, ECVQ at 0.3", ecvq(plane, 0.3)),
    ):
        yield from _coded(name, quantiser)


def _hull(name: str, source: rd.Source) -> Iterator[Row]:
    seconds, found = median(lambda: hull(source), most=5)
    yield Row("coding", f"hull, {name}", "hull", seconds, None, remark=f"{len(found)} vertices")


def _designs(source: rd.Source) -> Iterator[Row]:
    case = f"uniform, {source.n} atoms"
    seconds, best = median(lambda: ecsq(source, 5.0), most=5)
    spent, other = median(lambda: ecvq(source, 5.0, starts=1), most=5)
    cost = [q.entropy + 5 * q.distortion for q in (best, other)]
    remark = f"the descent ends {cost[1] - cost[0]:.1e} nats higher"
    yield Row("coding", case, "ecsq", seconds, None, "ecvq, 1 start", spent, remark=remark)
    seconds, best = median(lambda: lloyd_max(source, 16), most=5)
    start = np.sort(np.random.default_rng(0).choice(source.atoms, 16, replace=False))
    spent, other = median(lambda: lloyd_max(source, 16, start=start), most=5)
    remark = (
        f"the descent's distortion is {other.distortion / best.distortion:.3f} times the optimum"
    )
    name = "Lloyd's descent, 1 start"
    yield Row("coding", case, "lloyd_max, 16 levels", seconds, None, name, spent, remark=remark)


def _coded(name: str, quantiser: Quantiser) -> Iterator[Row]:
    draw = np.random.default_rng(0)
    source, counts = quantiser.source, frequencies(quantiser.pmf)
    samples = source.atoms[draw.choice(source.n, _SYMBOLS, p=source.pmf)]
    indices = quantiser.encode(samples)
    coders: tuple[Coder, Coder] = ("ans", "range")
    coded = {coder: encode(indices, counts, coder) for coder in coders}
    steps = {
        "encode": lambda coder: encode(indices, counts, coder),
        "decode": lambda coder: decode(coded[coder], counts, _SYMBOLS, coder),
    }
    whole, _ = rd.coding.trial(quantiser, samples)
    excess = 8 * whole.size_bytes / (_SYMBOLS * whole.ideal_bits) - 1
    allowed = _LARGEST_EXCESS + 8 * 64 / (_SYMBOLS * whole.ideal_bits)
    for step, call in steps.items():
        ours, _ = median(lambda call=call: call("ans"), budget=0.5)
        theirs, _ = median(lambda call=call: call("range"), budget=0.5)
        slow = _SYMBOLS / max(ours, theirs) < _LEAST_PER_SECOND
        wrong = slow or not whole.equal or excess > allowed
        remark = (
            f"{_SYMBOLS / ours / 1e6:.0f} and {_SYMBOLS / theirs / 1e6:.0f} million symbols a"
            f" second; file {whole.size_bytes} bytes, {100 * excess:+.3f} % of -log P"
            f"{'; missed' if wrong else ''}"
        )
        yield Row(
            "coding",
            f"{name}, {step}",
            "ANS",
            ours,
            None,
            "range coding",
            theirs,
            remark=remark,
            missed=wrong,
        )
