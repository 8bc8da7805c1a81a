"""The comparison of D-CO with β-VAE, from runs with known answers and from the stored ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import learned, learned_runs
from dashboard.model import runs
from dashboard.model.runs import Pair, Run

ROOT = Path(__file__).parents[2]
FREE = Run(
    "photographs", "beta", "settled", 300.0, 0.0, 4, 5000, 0,
    100.0, 0.4, 120.0, 0.4, 0.5, 900.0, "0.5 0.5", 50.0,
)  # fmt: skip


def made(seed: int, weight: float, D: float, moved: float, extra: float) -> Pair:
    """A pair on the curve R = 40/D, and D-CO beside it by a factor of D and one of R."""
    free = replace(
        FREE, seed=seed, weight=weight, training_mse=D, training_bpp=40 / D,
        held_out_mse=2 * D, held_out_bpp=20 / D,
    )  # fmt: skip
    dco = replace(
        free, method="dco", weight=0.0, target=round(D, 1), training_mse=D * moved,
        training_bpp=40 / (D * moved) * (1 + extra), held_out_mse=D, held_out_bpp=40 / D,
    )  # fmt: skip
    return Pair(free, dco)


FOUND = [made(s, b, D, 1.008, e) for s, b, D, e in
         [(0, 300.0, 100.0, 0.1), (1, 300.0, 110.0, -0.1), (0, 900.0, 300.0, 0.02)]]  # fmt: skip


def test_the_excess_is_taken_at_equal_distortion() -> None:
    assert runs.excesses(FOUND, "training") == pytest.approx([0.1, -0.1, 0.02])
    # Half the held-out distortion at twice the rate, on the curve R = 40/D.
    assert runs.excesses(FOUND, "held_out") == pytest.approx([0, 0, 0], abs=1e-12)
    mine = runs.interval(np.array([0.1, -0.1, 0.02]))
    assert mine.mean == pytest.approx(0.02 / 3)
    assert mine.high - mine.mean == pytest.approx(4.30265 * 0.10066 / 3**0.5, rel=1e-3)
    alone = runs.interval(np.array([0.1]))
    assert (alone.text(), alone.high) == ("+10.0 % (one pair)", np.inf)
    assert mine.text() == "+0.7 % (−24.3 to +25.7 %, 3 pairs)"


def test_the_conclusion_says_what_is_shown_and_what_is_not() -> None:
    assert runs.conclusion(FOUND).startswith(
        "On training data it is not shown that D-CO has the rate of a β-VAE at equal D: the"
        " interval −24.3 to +25.7 % ends above 3 %, because 3 pairs that scatter by 10 % leave the"
        " mean uncertain. On held-out data D-CO has the rate of a β-VAE at equal D: the interval"
    )
    assert runs.conclusion(FOUND).endswith("D of all 3 runs is within 1 % of its target.")
    assert not runs.equal(FOUND, "training")
    assert runs.equal(FOUND, "held_out")
    assert runs.conclusion(FOUND[:1]) == (
        "There is one pair, and pairs of other seeds differ by several percent."
    )
    near = [made(s, 300.0, 100.0 + s, 1.0, 0.001 * s) for s in range(4)]
    assert runs.equal(near, "training")
    costly = [made(s, 300.0, 100.0 + s, 1.02, 0.2 + 0.001 * s) for s in range(4)]
    assert runs.conclusion(costly).startswith(
        "On training data D-CO needs more rate than a β-VAE at equal D, +19.9 to +20.4 %."
    )


def test_the_aim_is_judged_on_one_side() -> None:
    above, late, tight, near = (
        made(s, 300.0, 100.0, moved, 0.0) for s, moved in enumerate((1.021, 0.95, 0.98, 1.0))
    )
    late = late._replace(dco=replace(late.dco, trajectory="0.9 0.8 0.7"))
    tight = tight._replace(dco=replace(tight.dco, trajectory="0.9 0.7 0.8"))
    assert runs.aim([near, above, late, tight]) == (
        "D of 1 of 4 runs is within 1 % of its target; in 1 it is up to 2.1 % above the target;"
        " in 1 it is up to 5.0 % below the target while λ still falls, which is not yet tight;"
        " in 1 it is up to 2.0 % below the target with λ at rest."
    )


def test_the_published_conclusion_on_photographs_is_that_of_the_stored_runs() -> None:
    found = runs.pairs(runs.kept(), "photographs")
    assert len({pair.beta.seed for pair in found}) >= runs.ENOUGH
    assert runs.equal(found, "training")
    assert runs.conclusion(found) in learned.document()
    mine = runs.interval(runs.excesses(found, "training"))
    for name in ("README.md", "CHANGELOG.md", "docs/learned.md", "docs/texts.md"):
        text = " ".join((ROOT / name).read_text(encoding="utf-8").split())
        assert mine.ends() in text
        assert f"{mine.number} pairs" in text


def test_pairs_have_the_same_seed_and_the_distortion_of_the_beta_vae() -> None:
    every = [run for pair in FOUND for run in pair]
    assert list(runs.pairs(every, "photographs")) == FOUND
    assert not runs.pairs(every, "digits")
    stray = replace(FOUND[0].dco, seed=3)
    lost = replace(FOUND[0].beta, seed=4)
    assert list(runs.pairs([*every, stray, lost], "photographs")) == FOUND


def test_targets_set_in_advance_are_those_of_no_beta_vae() -> None:
    every = [run for pair in FOUND for run in pair]
    other = replace(FOUND[0].dco, target=123.0)
    assert runs.in_advance([*every, other]) == (other,)


def test_points_have_standard_deviations_over_seeds() -> None:
    first, last = runs.points([pair.beta for pair in FOUND], "training")
    assert (first.D, first.D_spread) == pytest.approx((105, 50**0.5))
    assert (last.D, last.D_spread, len(last.runs)) == (300, 0, 1)
    (every,) = runs.points([pair.beta for pair in FOUND], "training", by=lambda run: run.data)
    assert len(every.runs) == 3
    assert runs.psnr(np.array([65.025])) == pytest.approx([30])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"multiplier": 1000.0, "training_mse": 150.0}, "unreachable"),
        ({"training_mse": 102.0}, "missed"),
        ({"training_mse": 99.5}, "met"),
        ({"training_mse": 90.0, "trajectory": "3 2 1"}, "not yet tight"),
        ({"training_mse": 90.0, "method": "hinge"}, "below target"),
    ],
)
def test_the_verdict_on_a_stored_run(change: dict[str, object], said: str) -> None:
    assert replace(FREE, **{"method": "dco", "target": 100.0, **change}).verdict == said  # type: ignore[arg-type]


def test_the_script_resumes_and_the_file_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = []

    def fake(key: tuple[object, ...]) -> Run:
        trained.append(key)
        return Run(*key, 100.04, 0.4, 120.0, 0.4, 0.5, 900.0, "0.5 0.5", 1.0)  # type: ignore[arg-type]

    monkeypatch.setattr(learned_runs, "_trained", fake)
    file = tmp_path / "runs.csv"
    for sections in (["pairs"], ["pairs", "digits"], list(learned_runs.SECTIONS)):
        learned_runs.main([*sections, "--seeds", "2", "--file", str(file)])
    assert len(trained) == len(set(trained)) == len(runs.read(file))
    assert len(runs.pairs(runs.read(file), "photographs")) == 10
    assert {run.recipe for run in runs.read(file)} == {"settled", "unnormalised"}


def test_a_stored_run_comes_out_again_in_its_first_updates() -> None:
    pytest.importorskip("jax")
    from rdcore.learned.constrained import CodecSettings, train_codec

    one = next(run for run in runs.kept() if run.method == "dco" and run.data == "photographs")
    every = one.steps // learned_runs.REPORTS
    settings = CodecSettings(target=one.target, steps=one.steps, seed=one.seed, every=every)
    report = next(train_codec(settings))
    assert report.metrics["mse"] == pytest.approx(one.first_mse, rel=0.02)
    assert report.metrics["lambda"] == pytest.approx(one.multipliers[0], rel=0.01)
