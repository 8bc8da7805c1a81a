"""The verdicts on the experiments that refine a codebook, for results made by hand."""

from __future__ import annotations

from collections.abc import Callable, Generator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.reproduction import Reproduced, below
from dashboard.tasks.reproduce import common, lloyd, refinements
from docs import texts
from tests.steps import result

HOLDS, CORRECTED = "holds", "holds with a correction"
FAILS = "does not hold at these settings"


def solved(codewords: Any, pmf: Any = None, **given: Any) -> Any:
    """Return what an experiment asks of a solution or of a quantiser."""
    words = np.array(codewords, float)
    rows = words[:, None] if words.ndim == 1 else words
    masses = np.full(len(rows), 1 / len(rows)) if pmf is None else np.array(pmf, float)
    told = {
        "rate_bits": 1.5,
        "output_entropy_bits": 1.6,
        "entropy_bits": 1.6,
        "conditional_entropy_bits": 0.1,
        "distortions": (0.6, 0.5),
        "distortion": 0.6,
        "prices_bits": (1.0, 0.0),
        "certificate": SimpleNamespace(gap_bits=1e-10),
        **given,
    }
    return SimpleNamespace(
        problem=SimpleNamespace(codewords=rows, m=len(rows)),
        codewords=rows,
        codebook=words,
        marginal=masses,
        pmf=masses,
        m=len(rows),
        **told,
    )


def verdicts(found: Reproduced | tuple[Any, ...]) -> list[str]:
    return [one.verdict for one in (found if isinstance(found, tuple) else found.claims)]


WORDS = (-7.0, -5.0, -1.0, 2.5, 6.5)
RATES = (1.7, 1.69, 1.5005, 1.5, 1.5, 1.5)


def of_modes(
    words: tuple[float, ...] = WORDS,
    m: int = 61,
    rates: tuple[float, ...] = RATES,
    D: float = 0.6,
) -> common.Refined:
    """Return a refinement of E5, by default one in which all is as Nasser (2025) says."""
    start = refinements.modes().with_codebook(np.linspace(-8, 8, m)[:, None])
    start = start.with_levels([0.6, 0.7])
    rounds = [solved(WORDS, rate_bits=rate) for rate in rates]
    end = solved(words, rate_bits=rates[-1], distortions=(D, 0.5))
    return common.Refined(start, rounds, end, solved(WORDS))


@pytest.mark.parametrize(("bits", "noise"), [(1.5, 0.1), (1.6 + 1e-12, 0.0)])
def test_traces_begin_at_the_first_encoder_and_show_the_level_of_all(
    bits: float, noise: float
) -> None:
    found = of_modes(rates=(*RATES[:-1], bits))
    information, distortion, size = found.traces("")
    lines = {one.name: one.y for group in (information, distortion, size) for one in group.series}
    assert lines["H(Y|X)"].tolist() == pytest.approx([0.0, *[0.1] * len(RATES), noise], abs=1e-13)
    assert lines["H(Y|X)"].min() == 0.0
    assert lines["I(X;Y)"][0] == lines["H(Y)"][0] == found.before.entropy_bits
    assert lines["level D"].tolist() == [0.6] * (len(RATES) + 2)
    assert lines["codewords m"].tolist() == [61.0] + [5.0] * (len(RATES) + 1)


def test_refinements_and_annealing_report_their_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rd, "refining", lambda _, iterations: iter(range(iterations)))
    steps = common.refined(refinements.modes(), 9)
    assert [next(steps).share for _ in range(9)] == pytest.approx(np.linspace(0.05, 0.45, 9))
    monkeypatch.setattr(
        rd,
        "annealing",
        lambda _, schedule: (SimpleNamespace(stages=[0] * (k + 1)) for k in range(schedule.count)),
    )
    shares = [one.share for one in common.annealed(refinements.modes())]
    assert shares == pytest.approx(0.5 + 0.45 * np.arange(1, len(shares) + 1) / len(shares))
    assert len(shares) == 12


AS_SAID = [CORRECTED, HOLDS, CORRECTED, HOLDS, HOLDS, CORRECTED]


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({}, {}),
        ({"words": (-7.0, -5.0, -1.0, 2.74, 6.5)}, {}),
        ({"words": (-7.0, -5.0, -1.0, 2.75, 6.5)}, {0: FAILS}),
        ({"words": (-5.0, -1.0, 2.5)}, {0: HOLDS, 1: FAILS}),
        ({"m": 60}, {1: FAILS}),
        ({"rates": (7.0, *RATES[1:])}, {2: FAILS}),
        ({"rates": (4.5, *RATES[1:])}, {}),
        ({"D": 0.6 * (1 + 9e-7)}, {}),
        ({"D": 0.6 * (1 - 1.1e-6)}, {3: FAILS}),
        ({"D": 0.6 * (1 + 1.1e-6)}, {3: FAILS}),
        ({"rates": (1.7, 1.69, 1.5 + 1e-3, 1.5, 1.5, 1.5)}, {4: FAILS}),
    ],
)
def test_what_is_said_of_a_refinement(change: dict[str, Any], differs: dict[int, str]) -> None:
    found = verdicts(refinements._refinement_claims(of_modes(**change)))
    assert found == [differs.get(k, verdict) for k, verdict in enumerate(AS_SAID)]


def ended(monkeypatch: pytest.MonkeyPatch, module: Any, end: Any) -> list[rd.Problem]:
    """Let a module's refinements end there; return the problems that they start with."""
    starts: list[rd.Problem] = []

    def refined(start: rd.Problem, rounds: int) -> Generator[Step, None, common.Refined]:
        starts.append(start)
        yield Step(0.1)
        return common.Refined(start, [end] * rounds, end, end)

    monkeypatch.setattr(module, "refined", refined)
    return starts


MODES = [(-4.0, -4.0), (-4.0, 4.0), (4.0, -4.0), (4.0, 4.0)]


def moved(by: float, *, both: bool = True) -> list[tuple[float, float]]:
    """Return the modes, of which the last, and for the same mean the first, is moved by so much."""
    return [(-4.0, -4.0 - by * both), *MODES[1:3], (4.0, 4.0 + by)]


@pytest.mark.parametrize(
    ("end", "found"),
    [
        (solved(MODES), [HOLDS, CORRECTED, HOLDS]),
        (solved([*MODES, (0.0, 0.0)], (0.25,) * 4 + (0.0,)), [FAILS, CORRECTED, HOLDS]),
        (solved([MODES[k] for k in (0, 0, 3, 3)]), [FAILS, CORRECTED, HOLDS]),
        (solved([MODES[k] for k in (1, 1, 3, 3)]), [FAILS, CORRECTED, FAILS]),
        (solved([MODES[k] for k in (2, 2, 3, 3)]), [FAILS, CORRECTED, FAILS]),
        (solved(moved(0.009)), [HOLDS, CORRECTED, HOLDS]),
        (solved(moved(0.011)), [CORRECTED, CORRECTED, HOLDS]),
        (solved(moved(0.99)), [CORRECTED, CORRECTED, HOLDS]),
        (solved(moved(1.0)), [FAILS, CORRECTED, HOLDS]),
        (solved(moved(0.0036, both=False)), [HOLDS, CORRECTED, HOLDS]),
        (solved(moved(0.0044, both=False)), [HOLDS, CORRECTED, FAILS]),
        (solved(moved(-0.0044, both=False)), [HOLDS, CORRECTED, FAILS]),
        (solved(MODES, prices_bits=(1.0, 9e-7)), [HOLDS, CORRECTED, HOLDS]),
        (solved(MODES, prices_bits=(1.0, 1e-6)), [HOLDS, HOLDS, HOLDS]),
        (solved(MODES, distortions=(8.0, 1 + 1e-9)), [HOLDS, CORRECTED, HOLDS]),
        (solved(MODES, distortions=(8.0, 1 + 1.1e-9)), [HOLDS, FAILS, HOLDS]),
    ],
)
def test_what_is_said_of_four_clusters(
    monkeypatch: pytest.MonkeyPatch, end: Any, found: list[str]
) -> None:
    ended(monkeypatch, refinements, end)
    told = result(refinements.refine_clusters())
    assert verdicts(told) == found
    away = np.linalg.norm(end.codebook[:, None] - MODES, axis=2).min(axis=0)
    first, _, last = (one.why for one in told.claims)
    assert f"codewords, {common.places(end.codebook)}, at most {away.max():.2f}" in first
    off = np.abs(end.marginal @ end.problem.codewords).max()
    assert f"differs from E[X] by {below(off)}" in last


SPIKE = float(rd.sources.spike_and_background().mean[0])


@pytest.mark.parametrize(
    ("end", "verdict"),
    [
        (solved([SPIKE + 9e-4]), CORRECTED),
        (solved([SPIKE + 1.1e-3]), FAILS),
        (solved([SPIKE - 1.1e-3]), FAILS),
        (solved([SPIKE, SPIKE]), FAILS),
    ],
)
def test_what_is_said_of_a_collapse(
    monkeypatch: pytest.MonkeyPatch, end: Any, verdict: str
) -> None:
    ended(monkeypatch, refinements, end)
    assert verdicts(result(refinements.collapse())) == [verdict]


PUBLISHED = {"rate_bits": 1.6777, "output_entropy_bits": 1.7969}
LOCAL = solved((-6.0, -4.0, -1.0, 2.0, 6.0), rate_bits=1.9099, distortion=0.4170)
LLOYD_SAID = [HOLDS, CORRECTED, CORRECTED, HOLDS, CORRECTED]


@pytest.mark.parametrize(
    ("optimum", "local", "differs"),
    [
        ({}, {}, {}),
        ({"rate_bits": 1.67774}, {"rate_bits": 1.90994}, {}),
        ({"rate_bits": 1.67776}, {}, {0: FAILS}),
        ({"rate_bits": 1.67764}, {}, {0: FAILS}),
        ({"output_entropy_bits": 1.79696}, {}, {0: FAILS}),
        ({}, {"rate_bits": 1.90984}, {1: FAILS}),
        ({}, {"distortion": 0.41706}, {1: FAILS}),
        ({}, {"rate_bits": 1.6}, {1: FAILS, 2: FAILS}),
        ({}, {"rate_bits": 1.6777}, {1: FAILS, 2: FAILS}),
        ({}, {"codewords": WORDS}, {3: FAILS}),
        ({}, {"codewords": WORDS[::-1]}, {3: FAILS}),
        ({}, {"codewords": tuple(x + 0.011 for x in WORDS)}, {}),
        ({}, {"codewords": tuple(x + 0.009 for x in WORDS)}, {3: FAILS}),
        ({}, {"codewords": WORDS[:4]}, {3: FAILS}),
    ],
)
def test_what_is_said_of_lloyd_max(
    optimum: dict[str, Any], local: dict[str, Any], differs: dict[int, str]
) -> None:
    # A sixth codeword of the optimum has almost no probability.
    best = solved((*WORDS, 9.0), (0.2,) * 5 + (1e-9,), **{**PUBLISHED, **optimum})
    words = local.pop("codewords", LOCAL.codebook)
    other = solved(words, **{"rate_bits": 1.9099, "distortion": 0.4170, **local})
    refined = common.Refined(refinements.modes(), [], solved(WORDS), best)
    told = lloyd._mode_claims(refined, other, LOCAL, (1.85, 1.72))
    assert verdicts(told) == [differs.get(k, verdict) for k, verdict in enumerate(LLOYD_SAID)]
    less, saved = other.rate_bits - 1.85, other.rate_bits - 1.6777
    assert f"least 1.8500 bits, {less:.4f} bit less than Lloyd–Max, and not {saved:.4f}." in (
        told[2].why
    )
    assert f"needs 1.7200 bits at D = 0.6, {1.72 - best.rate_bits:.4f} above" in told[4].why


def annealing(*ends: tuple[float, float, float]) -> Callable[[rd.Problem], Any]:
    """Return annealing that ends at H(Y) of time sharing, and H(Y) and D of one encoder."""
    left = list(ends)

    def annealed(_: rd.Problem) -> Generator[Step, None, Any]:
        yield Step(0.6)
        shared, single, D = left.pop(0)
        return SimpleNamespace(
            mixture=SimpleNamespace(entropy_bits=shared),
            encoder=SimpleNamespace(entropy_bits=single, distortions=(D, D)),
            stages=[SimpleNamespace(entropy_bits=bits) for bits in (3.0, shared)],
        )

    return annealed


@pytest.mark.parametrize(
    ("key", "run", "ends"),
    [
        ("E8", lloyd.against_lloyd_spike, [(2.1231, 2.12333, 1.59947)]),
        ("E9", lloyd.against_lloyd_clusters, [(1.9209, 1.95, 7.9), (2.00001, 2.0, 6.7)]),
    ],
)
def test_what_is_stated_beside_annealing(
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    run: Callable[[], Generator[Step, None, Reproduced]],
    ends: list[tuple[float, float, float]],
) -> None:
    """Annealing, which takes most of the time, ends where docs/texts.md has it."""
    monkeypatch.setattr(lloyd, "annealed", annealing(*ends))
    written = texts.PAGE.read_text(encoding="utf-8")
    found = result(run())
    for row in (*texts.number_rows(key, found.numbers), *texts.claim_rows(found.claims)):
        assert row in written
    path = next(one for one in found.series if one.name == "H(Y) along annealing")
    assert path.y.tolist() == [3.0, ends[0][0]]


@pytest.mark.parametrize(
    ("shift", "bits", "found"),
    [
        (0.011, 1.0, [HOLDS, CORRECTED]),
        (0.009, 1.0, [FAILS, CORRECTED]),
        (0.011, 20.0, [HOLDS, FAILS]),
    ],
)
def test_what_is_said_of_a_spike(
    monkeypatch: pytest.MonkeyPatch, shift: float, bits: float, found: list[str]
) -> None:
    source = rd.sources.spike_and_background()
    words = rd.quantisers.lloyd_max(source, 4, start=np.linspace(-10, 10, 4)).codewords[::-1, 0]
    ended(monkeypatch, lloyd, solved(words + shift, rate_bits=bits))
    monkeypatch.setattr(rd.quantisers, "harden", lambda _: solved(words))
    monkeypatch.setattr(lloyd, "annealed", annealing((1.0, 1.0, 1.0)))
    assert verdicts(result(lloyd.against_lloyd_spike())) == found


def test_annealing_may_find_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def annealed(_: rd.Problem) -> Generator[Step, None, Any]:
        yield Step(0.6)
        return SimpleNamespace(mixture=None, encoder=None, stages=[])

    monkeypatch.setattr(lloyd, "annealed", annealed)
    ended(monkeypatch, lloyd, solved((-4.0, 0.0, 4.0)))
    monkeypatch.setattr(rd.quantisers, "harden", lambda _: solved((-4.0, 0.0, 4.0)))
    found = {one.name: one for one in result(lloyd.against_lloyd_spike()).numbers}
    assert np.isnan([one.best for name, one in found.items() if "deterministic" in name]).all()
    found = {one.name: one for one in result(lloyd.against_lloyd_modes()).numbers}
    assert np.isnan(found["H(Y), bits"].best)


@pytest.mark.parametrize(
    ("bits", "verdict", "less", "said"),
    [
        (1.9, CORRECTED, 1.0, "needs 1.0000 bits less"),
        (2.1, FAILS, 7e-5, "needs 0.0001 bits less"),
        (2.1, FAILS, 3e-5, "finds nothing better"),
    ],
)
def test_what_is_said_of_quadrants(
    monkeypatch: pytest.MonkeyPatch, bits: float, verdict: str, less: float, said: str
) -> None:
    starts = ended(monkeypatch, lloyd, solved(MODES, rate_bits=bits))
    monkeypatch.setattr(lloyd, "annealed", annealing((1.0, 1.0, 1.0), (2 - less, 1.0, 1.0)))
    found = result(lloyd.against_lloyd_clusters())
    assert verdicts(found) == [verdict]
    assert f"annealing {said} than the four quadrants" in found.claims[0].why
    assert [tuple(one.level for one in task.fidelities) for task in starts] == [(8.0, 1.0)]
