"""The universal codec: dither, gradients, critic, equal budgets, measures and files."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import stats

import rdcore as rd
from benchmarks import learned_universal

jax = pytest.importorskip("jax")

from rdcore.learned import store, training, universal
from rdcore.learned.universal import commands, critic, dither, measures, nets, sweep, update
from rdcore.learned.universal.settings import TradeOff, UniversalSettings, weighted

TINY = UniversalSettings(
    trade_offs=weighted((0.0, 0.3)),
    frozen_from=(1,),
    dimensions=2,
    levels=3,
    hidden=16,
    batch=32,
    steps=60,
    every=20,
    restarts=2,
    seed=4,
)
# Long enough for a weight to show.
SHORT = replace(TINY, frozen_from=(), restarts=1, hidden=32, steps=300, every=100)


@pytest.fixture(scope="module")
def told() -> list[training.Progress]:
    return []


@pytest.fixture(scope="module")
def run(told: list[training.Progress]) -> universal.UniversalRun:
    sweeping = universal.train_universal(TINY)
    while True:
        try:
            told.append(next(sweeping))
        except StopIteration as end:
            result: universal.UniversalRun = end.value
            return result


def drawn(levels: int) -> tuple[Any, Any]:
    """Return values with a skewed distribution on [−1, 1], and z − u − value."""
    generator = np.random.default_rng(7)
    values = np.float32(1 - 2 * generator.beta(0.6, 0.9, (20_000,)))
    noise = dither.dither(jax.random.key(1), values.shape, levels)
    return values, np.asarray(dither.nearest(values + noise, levels) - noise - values)


@pytest.mark.parametrize("levels", [2, 3, 4, 7])
def test_error_is_uniform_and_independent_of_the_value(levels: int) -> None:
    values, error = drawn(levels)
    half = 1 / (levels - 1)
    assert abs(error).max() <= half + 1e-6
    law = stats.uniform(-half, 2 * half)
    assert stats.kstest(error, law.cdf).pvalue > 0.01
    for low, high in ((-1.0, -0.95), (-0.5, 0.1), (0.95, 1.0)):
        part = error[(values >= low) & (values <= high)]
        assert len(part) > 300
        assert stats.kstest(part, law.cdf).pvalue > 0.01
    assert abs(stats.spearmanr(values, error).statistic) < 3 / np.sqrt(len(values))


def test_without_dither_the_error_has_another_distribution() -> None:
    values, _ = drawn(4)
    error = np.asarray(dither.nearest(values, 4)) - values
    assert stats.kstest(error, stats.uniform(-1 / 3, 2 / 3).cdf).pvalue < 1e-6


@pytest.mark.parametrize("levels", [2, 3, 4, 7])
def test_nearest_is_the_nearest_level(levels: int) -> None:
    values = np.random.default_rng(3).uniform(-1.5, 1.5, 500).astype(np.float32)
    centres = np.linspace(-1, 1, levels)
    best = centres[abs(values[:, None] - centres).argmin(axis=1)]
    np.testing.assert_allclose(dither.nearest(values, levels), best, atol=1e-6)


def test_gradient_is_that_of_the_soft_mean() -> None:
    values = np.linspace(-1.3, 1.3, 41).astype(np.float32)
    slopes = jax.jit(jax.vmap(jax.grad(lambda value: dither.nearest(value, 4))))(values)
    assert np.isfinite(slopes).all()
    centres = np.linspace(-1, 1, 4)

    def soft(value: Any) -> Any:
        weights = np.exp(-dither.SHARPNESS * ((value[:, None] - centres) * 1.5) ** 2)
        return (weights * centres).sum(axis=1) / weights.sum(axis=1)

    wide = values.astype(float)
    expected = (soft(wide + 1e-5) - soft(wide - 1e-5)) / 2e-5
    np.testing.assert_allclose(slopes, expected, atol=2e-4)
    assert slopes[abs(values) < 1].min() > 0


def test_critic_detects_a_shift_and_keeps_slope_one() -> None:
    layers = [(np.array([[0.6], [0.8]], np.float32), np.zeros(1, np.float32))]
    real = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    made = real - np.float32([0.3, 0.4])
    loss = jax.jit(critic.critic_loss)
    key = jax.random.key(0)
    assert float(critic.distance(layers, real, made)) == pytest.approx(0.5, abs=1e-5)
    assert float(loss(layers, real, made, key)) == pytest.approx(-0.5, abs=1e-5)
    steep = [(2 * layers[0][0], layers[0][1])]
    expected = 10 * (2 - 1) ** 2 - 1.0
    assert float(loss(steep, real, made, key)) == pytest.approx(expected, abs=1e-4)


def test_sliced_distance_of_a_shift() -> None:
    images = np.random.default_rng(0).normal(size=(40, 64)).astype(np.float32)
    shift = np.zeros(64, np.float32)
    shift[3] = 2.0
    assert measures.sliced_w1(images, np.tile(images, (3, 1)), seed=1) == pytest.approx(0, abs=1e-6)
    # E|⟨v, e⟩| on the unit sphere of 64 dimensions is about √(2/(64π)).
    found = measures.sliced_w1(images, images + shift, seed=1)
    assert found == pytest.approx(2 * np.sqrt(2 / (64 * np.pi)), rel=0.3)


def test_progress_covers_the_whole_sweep(
    run: universal.UniversalRun, told: list[training.Progress]
) -> None:
    assert [report.step for report in told] == [20, 40, 60, 80, 100, 120]
    assert {report.steps for report in told} == {120} == {run.settings.updates}
    assert set(told[0].metrics) == {"mse_0", "mse_1", "ce_0", "ce_1"}
    assert told[2].metrics["mse_0"] < told[0].metrics["mse_0"]
    assert set(run.histories) == {"end to end", "frozen 1"}


def test_budgets_are_equal_and_the_frozen_encoder_is_the_same(run: universal.UniversalRun) -> None:
    assert [(row.trade_off, row.encoder, row.frozen) for row in run.rows] == [
        (0, 0, False),
        (1, 1, False),
        (0, 1, True),
        (1, 1, True),
    ]
    assert {row.decoder_updates for row in run.rows} == {TINY.steps}
    own = run.codecs[1]
    for codec in run.codecs[2:]:
        for ours, theirs in zip(own.encoder, codec.encoder, strict=True):
            np.testing.assert_array_equal(ours[0], theirs[0])
        assert not np.array_equal(codec.decoder[0][0], own.decoder[0][0])


def test_end_to_end_encoders_move(run: universal.UniversalRun) -> None:
    generator = np.random.default_rng([TINY.seed, 0])
    starts = [update.fresh(update.Plan.of(TINY), generator) for _ in range(TINY.restarts)]
    for codec in run.codecs[:2]:
        moves = [abs(codec.encoder[0][0] - one["encoder"][0][0]).max() for one in starts]
        assert min(moves) > 1e-3


def test_numpy_codec_is_the_network_that_was_trained(run: universal.UniversalRun) -> None:
    codec, images = run.codecs[0], universal.Digits.split(0.5, 4).held_out[:50]
    noise = codec.dither(50, 9)
    codes = codec.encode(images, noise)

    @jax.jit
    def network(images: Any, noise: Any) -> Any:
        values = jax.numpy.tanh(nets.dense(codec.encoder, images))
        sent = dither.nearest(values + noise, codec.levels)
        return sent, jax.nn.sigmoid(nets.dense(codec.decoder, sent - noise))

    sent, made = network(images, noise)
    np.testing.assert_allclose(2 * codes / (codec.levels - 1) - 1, sent, atol=1e-6)
    np.testing.assert_allclose(codec.decode(codes, noise), made, atol=1e-5)


def test_errors_and_entropies_are_consistent(run: universal.UniversalRun) -> None:
    for row in run.table():
        assert row["mse_image"] == pytest.approx(64 * row["mse_pixel"])
        assert 0 < row["entropy_bits"] <= row["joint_entropy_bits"] + 1e-9
        assert row["joint_entropy_bits"] <= row["cap_bits"] == 2 * np.log2(3)
        # Knowledge of the dither can only help, and conditional means are the best decoder.
        assert row["label_entropy_nats"] <= row["pooled_label_entropy_nats"] + 1e-9
        assert row["least_mse_image"] <= row["mse_image"]
        assert row["every_least_mse_image"] <= row["every_mse_image"]
        assert row["every_label_entropy_nats"] <= np.log(10)
    assert run.judge_accuracy > 0.97
    assert run.w1_floor < min(row.sliced_w1 for row in run.rows)


def test_measures_agree_with_sums_over_the_channel(run: universal.UniversalRun) -> None:
    digits = universal.Digits.split(0.5, 4)
    codec = run.codecs[0]
    noise = codec.dither(1, 2)
    law = measures.law(codec, digits.every, digits.every_label, noise)
    chosen, codewords, places = measures.channel(codec, digits.every, noise[0])
    joint = chosen.T @ np.eye(10)[digits.every_label] / len(chosen)
    mass = joint.sum(axis=1)
    assert law.entropy_bits == pytest.approx(stats.entropy(mass, base=2))
    assert law.joint_entropy_bits == pytest.approx(law.entropy_bits)
    conditional = sum(m * stats.entropy(row) for m, row in zip(mass, joint, strict=True))
    assert law.label_entropy_nats == pytest.approx(conditional)
    error = ((digits.every - codewords[places]) ** 2).sum(axis=1).mean()
    assert law.mse_image == pytest.approx(error, rel=1e-5)


def test_certificate_of_the_induced_program(run: universal.UniversalRun) -> None:
    digits = universal.Digits.split(0.5, 4)
    codec = run.codecs[1]
    noise = codec.dither(1, 2)
    images, labels = digits.every[::4], digits.every_label[::4]
    found = universal.induced(codec, images, labels, noise[0])
    law = measures.law(codec, images, labels, noise)
    assert found.entropy_bits == pytest.approx(law.entropy_bits)
    assert found.mse_image == pytest.approx(law.mse_image, rel=1e-5)
    assert found.label_entropy_nats == pytest.approx(law.label_entropy_nats)
    best = rd.solve(found.problem)
    assert best.certificate.gap < 1e-6
    assert 0.3 * found.entropy_bits < best.rate_bits < found.entropy_bits
    own = rd.certify(found.problem, found.channel, best.slopes)
    assert own.upper_bits == pytest.approx(found.entropy_bits)
    assert own.lower_bits <= best.rate_bits
    assert own.violation == 0


def test_better_of_two_restarts_is_kept() -> None:
    digits = universal.Digits.split(0.5, 4)
    plan = update.Plan.of(TINY)
    drawn = [update.fresh(plan, np.random.default_rng(seed)) for seed in range(4)]
    stacked = jax.tree.map(lambda *parts: np.stack(parts), *drawn)
    kept = sweep._best(TINY, digits, stacked)
    for place in range(2):
        losses = [sweep._loss(TINY, digits, drawn[k], place) for k in (place, place + 2)]
        assert sweep._loss(TINY, digits, kept[place], place) == min(losses)
    assert losses[0] != losses[1]


def test_another_seed_gives_another_run(run: universal.UniversalRun) -> None:
    other = training.finished(universal.train_universal(replace(TINY, seed=5, frozen_from=())))
    assert len(other.rows) == 2
    assert other.rows[0].mse_pixel != run.rows[0].mse_pixel


def test_other_seeds_need_no_compilation() -> None:
    plan = update.Plan.of(TINY)
    assert update.make_update(plan) is update.make_update(update.Plan.of(replace(TINY, seed=9)))


def test_a_critic_reduces_the_distance() -> None:
    sweeping = universal.train_universal(
        replace(SHORT, trade_offs=(TradeOff(), TradeOff(perception=0.05)))
    )
    assert set(next(sweeping).metrics) == {"mse_0", "mse_1", "ce_0", "ce_1", "w1_0", "w1_1"}
    plain, realistic = training.finished(sweeping).rows
    assert realistic.sliced_w1 < 0.9 * plain.sliced_w1
    assert realistic.mse_pixel > plain.mse_pixel


def test_alternating_updates_move_the_classifier_after_the_codec() -> None:
    settings = replace(SHORT, trade_offs=weighted((0.1,)), hidden=8, batch=8, learning_rate=1.0)
    digits, found = universal.Digits.split(0.5, 4), []
    for alternating in (False, True):
        plan = update.Plan.of(replace(settings, alternating=alternating))
        state = sweep._start(settings, plan, digits, None)
        step = jax.jit(update.make_update(plan))
        # The rate of the first update is 0.
        for key in jax.random.split(jax.random.key(1), 2):
            state, _ = step(state, key)
        assert int(update.decoder_updates(state)[0]) == 2
        found.append([np.asarray(state["nets"][name][1][0]) for name in ("decoder", "classifier")])
    (codec, judge), (same, later) = found
    # Equal up to the rounding errors of two programs.
    assert abs(judge - later).mean() > 20 * abs(codec - same).mean()
    assert abs(judge - later).mean() > 1e-3


def fake(entropies: list[float], errors: list[float]) -> Any:
    rows = [SimpleNamespace(mse_pixel=one, accuracy=0.9 - 10 * one) for one in errors]
    laws = [SimpleNamespace(held_out=SimpleNamespace(entropy_bits=one)) for one in entropies]
    return SimpleNamespace(encoders=laws, end_to_end=lambda: rows)


def test_penalties_at_equal_entropy_are_interpolated() -> None:
    """Two trade-offs; the second has no end-to-end codec with so few bits as the frozen code."""
    own = fake([6.0, 8.0], [0.04, 0.02])
    own.frozen = lambda encoder: [SimpleNamespace(mse_pixel=0.044, accuracy=0.4)] * 2
    other = fake([4.0, 7.0], [0.08, 0.03])
    (errors,), (points,) = learned_universal._at_equal_entropy([own], [[own, other]], 0)
    assert errors[0] == pytest.approx(0.1)
    assert points[0] == pytest.approx(100 * (0.9 - 0.4 - 0.4))
    assert np.isnan([errors[1], points[1]]).all()
    own.encoders[0].held_out.entropy_bits = 5.0
    other.encoders[0].held_out.entropy_bits = 4.0
    third = fake([6.0, 8.0], [0.04, 0.02])
    (errors,), _ = learned_universal._at_equal_entropy([own], [[other, third]], 0)
    assert errors[0] == pytest.approx(0.044 / np.sqrt(0.08 * 0.04) - 1)
    assert learned_universal._spread("one", [np.nan, 2.0])["one"] == 2.0
    assert not learned_universal._spread("one", [np.nan])


def test_a_code_for_the_parity_keeps_it_and_not_the_digit() -> None:
    sweeping = universal.train_universal(
        replace(SHORT, trade_offs=weighted((0.0, 0.0), parity=(0.0, 1.0)))
    )
    metrics = {f"{name}_{k}" for name in ("mse", "ce", "ce_parity") for k in range(2)}
    assert set(next(sweeping).metrics) == metrics
    run = training.finished(sweeping)
    plain, odd = run.end_to_end()
    assert odd.parity_accuracy > plain.parity_accuracy + 0.1
    assert odd.mse_pixel > plain.mse_pixel
    laws = [encoder.every for encoder in run.encoders]
    assert laws[1].parity_entropy_nats < 0.7 * laws[0].parity_entropy_nats
    assert laws[1].parity_entropy_nats < 0.5 * laws[1].label_entropy_nats
    codec, digits = run.codecs[1], universal.Digits.split(0.5, 4)
    sample = digits.every[::4], digits.every_label[::4], codec.dither(1, 2)[0]
    one, both = (universal.induced(codec, *sample, two_labels=two) for two in (False, True))
    law = measures.law(codec, *sample[:2], codec.dither(1, 2))
    assert both.parity_entropy_nats == pytest.approx(law.parity_entropy_nats)
    rates = [rd.solve(found.problem).certificate for found in (one, both)]
    assert rates[0].lower_bits <= rates[1].upper_bits <= both.entropy_bits + 1e-9
    assert len(both.problem.fidelities) == 3


def test_a_sweep_can_be_closed_early() -> None:
    sweeping = universal.train_universal(TINY)
    assert next(sweeping).share == pytest.approx(1 / 6)
    sweeping.close()
    with pytest.raises(StopIteration):
        next(sweeping)


def test_a_run_survives_a_round_trip(run: universal.UniversalRun, tmp_path: Path) -> None:
    universal.save(tmp_path / "run.npz", run)
    found = universal.load(tmp_path / "run.npz")
    assert found.settings == run.settings
    assert found.rows == run.rows
    assert found.encoders == run.encoders
    assert found.table() == run.table()
    np.testing.assert_array_equal(found.samples.reconstructions, run.samples.reconstructions)
    images = run.samples.originals
    noise = run.codecs[2].dither(len(images), 1)
    np.testing.assert_array_equal(
        found.codecs[2].encode(images, noise), run.codecs[2].encode(images, noise)
    )
    assert found.histories["frozen 1"].to_csv() == run.histories["frozen 1"].to_csv()
    store.save(tmp_path / "other.npz", {}, {"kind": "other"})
    with pytest.raises(
        rd.InputError, match=r"other\.npz must be a run of kind 'universal'; got 'other'"
    ):
        universal.load(tmp_path / "other.npz")


def test_penalties_are_relative_to_end_to_end(run: universal.UniversalRun) -> None:
    own, other = run.end_to_end()[0], run.frozen(1)[0]
    found = run.penalties(1)[0]
    assert found.mse_share == pytest.approx(other.mse_pixel / own.mse_pixel - 1)
    assert found.accuracy_points == pytest.approx(100 * (own.accuracy - other.accuracy))
    with pytest.raises(rd.InputError, match=r"encoder must be one of \(1,\); got 0"):
        run.frozen(0)


def test_command_line_gives_the_same_run(
    run: universal.UniversalRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    commands.add_arguments(parser)
    line = "--classification 0 0.3 --frozen-from 1 --dimensions 2 --levels 3 --hidden 16 --batch 32"
    out = tmp_path / "run.npz"
    line += " --steps 60 --every 20 --restarts 2 --seed 4"
    assert commands.command(parser.parse_args([*line.split(), "--out", str(out)])) == 0
    said = capsys.readouterr()
    assert not said.err
    assert said.out.count("frozen") == 2
    assert universal.load(out).rows == run.rows


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 70}, "steps must be a multiple of every, 20, such as 80; got 70"),
        ({"frozen_from": (2,)}, "frozen_from must have indices of trade-offs, from 0 to 1; got 2"),
        ({"frozen_from": (1, 1)}, "frozen_from must have distinct entries"),
        ({"levels": 1}, "levels must be an integer of at least 2; got 1"),
        ({"levels": 300, "dimensions": 3}, "at most 65536 codes; .* = 27000000"),
        ({"trade_offs": ()}, "trade_offs must have at least one"),
        ({"held_out": 1.0}, "held_out must be between 0.05 and 0.95; got 1"),
        ({"learning_rate": 0.0}, "learning_rate must be a positive finite number; got 0"),
    ],
)
def test_invalid_settings_are_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(rd.InputError, match=message):
        replace(TINY, **change)


def test_invalid_weights_are_named() -> None:
    with pytest.raises(rd.InputError, match="classification must be at least 0; got -1"):
        TradeOff(-1.0)
    with pytest.raises(rd.InputError, match="perception must have 1 or 3 weights"):
        weighted((0.0, 0.1, 0.2), (0.0, 0.1))
    with pytest.raises(rd.InputError, match="parity must have 1 or 3 weights"):
        weighted((0.0, 0.1, 0.2), parity=(0.0, 0.1))


def test_images_of_another_shape_are_refused(run: universal.UniversalRun) -> None:
    with pytest.raises(rd.InputError, match=r"images must have shape .* got \(3, 28\)"):
        run.codecs[0].encode(np.zeros((3, 28), np.float32), np.zeros(2, np.float32))
