"""The distortion-constrained codec: its parts, its training, its files."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rdcore as rd

jax = pytest.importorskip("jax")

import jax.numpy as jnp

from benchmarks import learned_dco
from rdcore.coding.model import PRECISION
from rdcore.learned import photographs, store
from rdcore.learned.__main__ import main
from rdcore.learned.constrained import (
    CodecRun,
    CodecSettings,
    Score,
    bits,
    compress,
    decompress,
    fixed,
    networks,
    prior,
    reconstruct,
    scores,
    shown,
    start,
    train_codec,
    trainer,
)
from rdcore.learned.constrained.codec import levels_of, verdict
from rdcore.learned.training import finished

TINY = CodecSettings(data="digits", target=600.0, steps=40, channels=3, every=10, seed=5)


@pytest.fixture(scope="module")
def run() -> CodecRun:
    return finished(train_codec(TINY))


@pytest.fixture(scope="module")
def images() -> list[Any]:
    # Sides that are not multiples of those of a patch.
    return [photographs.photographs()["coffee"][:43, :50], photographs.digits()[-1]]


@pytest.fixture(scope="module")
def blob(run: CodecRun, images: list[Any]) -> bytes:
    return compress(run, images).blob


@pytest.mark.parametrize("channels", [1, 3])
def test_the_prior_is_causal(channels: int) -> None:
    """The gradient of the logits of a latent is 0 at itself and at all later latents."""
    weights = prior.initial_prior(np.random.default_rng(1), channels, width=24)
    values = jnp.asarray(np.random.default_rng(2).normal(size=(1, 4, 4, channels)), jnp.float32)

    def flat(x: Any) -> Any:
        return prior.logits(weights, x.reshape(values.shape)).reshape(-1, networks.LEVELS)

    slopes = np.abs(np.asarray(jax.jit(jax.jacobian(flat))(values.ravel()))).max(1)
    number = 16 * channels
    later = np.triu(np.ones((number, number), bool))
    assert (slopes[later] == 0).all()
    # It depends on all earlier latents: there is no blind spot.
    assert (slopes[~later] > 0).all()


def test_the_prior_is_normalised() -> None:
    weights = prior.initial_prior(np.random.default_rng(1), 2, width=8)
    values, told = np.zeros((1, 4, 4, 2), np.float32), jax.jit(prior.rate)
    each = [
        np.asarray(told(weights, values, np.broadcast_to(level, (*values.shape, 8))))
        for level in np.eye(8, dtype=np.float32)
    ]
    np.testing.assert_allclose(np.exp2(-np.array(each)).sum(0), 1, atol=1e-5)


def test_the_quantiser_takes_the_nearest_level_and_lets_gradients_through() -> None:
    codebook = jnp.asarray([-2.0, -1.1, -0.3, 0.0, 0.4, 1.0, 1.5, 3.0])
    latents = jnp.asarray(np.random.default_rng(3).normal(scale=2, size=(5, 4, 4, 2)), jnp.float32)
    chosen = jax.jit(networks.quantise)(codebook, latents)
    nearest = np.abs(np.asarray(latents)[..., None] - np.asarray(codebook)).argmin(-1)
    np.testing.assert_array_equal(np.asarray(chosen).argmax(-1), nearest)
    np.testing.assert_allclose(np.asarray(chosen), np.eye(8)[nearest], atol=1e-6)

    def soft(z: Any) -> Any:
        return jnp.sum(jax.nn.softmax(-jnp.square(z[..., None] - codebook)) @ codebook)

    def hard(z: Any) -> Any:
        return jnp.sum(networks.quantise(codebook, z) @ codebook)

    np.testing.assert_allclose(
        jax.jit(jax.grad(hard))(latents), jax.jit(jax.grad(soft))(latents), atol=1e-6
    )


def test_a_run_reports_its_progress(run: CodecRun) -> None:
    assert run.history.steps.tolist() == [10, 20, 30, 40]
    assert set(run.history.values) == {"rate_bpp", "mse", "lambda"}
    assert run.history.values["mse"][-1] < run.history.values["mse"][0]
    assert run.training.mse == pytest.approx(run.history.values["mse"][-1], rel=0.5)
    assert run.training != run.held_out


def test_the_score_is_that_of_the_reconstruction(run: CodecRun) -> None:
    sample = photographs.digits()[-50:]
    given = reconstruct(run.parameters, sample).astype(float)
    errors = np.square(given - sample).mean((1, 2))
    # Rounding adds at most a quarter plus half a level times the error; clipping reduces it.
    most = scores(run.parameters, sample)[1]
    assert (errors <= most + 0.25 + np.sqrt(most)).all()
    assert errors.mean() == pytest.approx(most.mean(), rel=0.2)


def test_the_same_seed_gives_the_same_run(run: CodecRun) -> None:
    again = finished(train_codec(TINY))
    for mine, theirs in zip(
        jax.tree.leaves(run.parameters), jax.tree.leaves(again.parameters), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)
    other = finished(train_codec(replace(TINY, seed=6, steps=10)))
    assert other.history.values["mse"][0] != run.history.values["mse"][0]


def test_only_dco_moves_the_multiplier_and_the_clip_is_reported() -> None:
    short = replace(TINY, steps=10)
    hinge = finished(train_codec(replace(short, method="hinge", hinge_weight=3.0)))
    beta = finished(train_codec(replace(short, method="beta", beta=300.0)))
    assert hinge.multiplier == pytest.approx(3, rel=1e-5)
    assert beta.multiplier == pytest.approx(2, rel=1e-5)
    assert hinge.unrest == pytest.approx(0, abs=1e-6)
    impossible = finished(train_codec(replace(short, target=1e-3, recipe="naive")))
    assert impossible.multiplier == pytest.approx(1000, rel=1e-4)
    assert not impossible.reachable
    assert impossible.verdict == "unreachable"
    easy = finished(train_codec(replace(short, target=1e5)))
    assert easy.reachable
    assert easy.multiplier < 1000


def test_the_first_multiplier_is_the_slope_of_a_gaussian_with_the_same_covariance() -> None:
    """-c ∂R/∂D of the closed form in bits per pixel, by differences, on both kinds of patches."""
    for data, size, levels in (("digits", 8, (100.0, 1000.0)), ("photographs", 16, (150.0, 800.0))):
        training = photographs.patches(data, size, number=500).training
        pixels = training.reshape(len(training), -1).astype(float)
        variances = np.maximum(np.linalg.eigvalsh(np.cov(pixels, rowvar=False)), 0)
        for target in levels:
            ends = rd.closed_forms.vector_gaussian(
                variances, target * size**2 * np.array([0.999, 1.001])
            )
            slope = float(ends[0] - ends[1]) / 0.002 / size**2 / np.log(2)
            # At least a quarter of a nat for each of 4 × 4 × 4 latents.
            least = 0.25 / np.log(2) * 64 / size**2
            found = start.first_multiplier(CodecSettings(data=data, target=target), training)
            assert found == pytest.approx(1.5 * max(slope, least), rel=0.01)
    # Beyond the variance of the data a target needs no rate: a quarter of a nat per latent.
    for grey, target in ((photographs.digits(), 1e6), (np.zeros((20, 8, 8), np.uint8), 100.0)):
        settings = CodecSettings(data="digits", target=target, channels=2)
        assert start.first_multiplier(settings, grey) == pytest.approx(1.5 * 0.25 / np.log(2) / 2)


def test_the_multiplier_keeps_its_start_and_its_limit_rises() -> None:
    state = trainer.initial_state(replace(TINY, target=100.0), photographs.digits())
    first = float(state["log_multiplier"])
    state["figures"]["steps"] = jnp.float32(1000)
    state["log_errors"] = jnp.full(2, np.log(115.0), jnp.float32)
    limits = []
    for step in (0, 249, 250, 375, 500, 1000):
        moved = trainer._moved_multiplier({**state, "step": jnp.int32(step)}, jnp.float32(115.0))
        limits.append(float(trainer._limit({**state, "step": jnp.int32(step)})))
        expected = 0.0 if step < 250 else 0.01 * 0.15
        assert float(moved["velocity"]) == pytest.approx(expected, abs=1e-6)
        assert (float(moved["log_multiplier"]) > first) == (step > 250)
    middle = (first + np.log(1000)) / 2
    np.testing.assert_allclose(limits, [*[first] * 3, middle, *[np.log(1000)] * 2], rtol=1e-5)
    late = {**state, "step": jnp.int32(900)}
    low = trainer._moved_multiplier({**late, "velocity": jnp.float32(-0.2)}, jnp.float32(0.0))
    assert float(low["velocity"]) == pytest.approx(-0.2)
    high = trainer._moved_multiplier({**late, "velocity": jnp.float32(0.0)}, jnp.float32(9e9))
    assert float(high["velocity"]) == pytest.approx(0.01)


def test_the_multiplier_foresees_the_distortion_at_the_end() -> None:
    """D falls as a power of the updates at first, and in proportion to the learning rate at last.

    The learning rate is constant from the update 1700 of 2000 on.
    """
    state = trainer.initial_state(replace(TINY, steps=2000), photographs.digits())

    def foreseen(law: Callable[[float], float], step: int) -> float:
        state["log_errors"] = jnp.zeros(2, jnp.float32)
        for k in range(step):
            state["step"] = jnp.int32(k)
            state["log_errors"] = trainer._followed(state, jnp.float32(law((k + 1) / 1700)))
        return law(step / 1700) * float(np.exp(trainer._expected(state["log_errors"], state)))

    assert foreseen(lambda done: 100 * done**-0.4, 500) == pytest.approx(100, rel=0.01)
    late = foreseen(lambda done: 100 * np.exp(0.2 * (1 + np.cos(np.pi * done))), 1400)
    assert late == pytest.approx(100, rel=0.01)
    state["step"] = jnp.int32(1700)
    assert float(trainer._expected(jnp.float32([0.0, 0.1]), state)) == pytest.approx(0, abs=1e-4)
    state["figures"]["foreseen"] = jnp.float32(0)
    state["step"] = jnp.int32(400)
    assert float(trainer._expected(jnp.float32([0.0, 0.1]), state)) == 0


def test_the_multiplier_follows_what_is_measured_until_the_next_time() -> None:
    state = trainer.initial_state(replace(TINY, target=100.0), photographs.digits())
    state["step"] = jnp.int32(39)
    found = trainer.measured(state, 103.0)
    assert float(found["velocity"]) == pytest.approx(0.03)
    moved = trainer._moved_multiplier(found, jnp.float32(500.0))
    assert float(moved["velocity"]) == pytest.approx(0.03)
    rise = float(moved["log_multiplier"] - state["log_multiplier"])
    assert rise == pytest.approx(0.03 * 0.012, rel=1e-3)
    assert float(trainer.measured(state, 20.0)["velocity"]) == pytest.approx(-0.2)


def test_without_normalisation_the_constraint_has_a_fixed_unit() -> None:
    for target in (100.0, 400.0):
        for recipe, unit in (("settled", target), ("unnormalised", 200.0)):
            settings = replace(TINY, target=target, recipe=recipe)
            state = trainer.initial_state(settings, np.zeros((20, 8, 8), np.uint8))
            late = {**state, "step": jnp.int32(40)}
            moved = trainer._moved_multiplier(late, jnp.float32(target + 50))
            assert float(moved["velocity"]) == pytest.approx(0.01 * 50 / unit)


@pytest.mark.parametrize(
    ("method", "error", "multiplier", "last", "said"),
    [
        ("dco", 0.5, 1000.0, [1000.0, 1000.0], "unreachable"),
        ("dco", 0.011, 2.0, [1.0, 2.0], "missed"),
        ("dco", -0.009, 2.0, [2.1, 2.0], "met"),
        ("dco", -0.05, 2.0, [3.0, 2.0], "not yet tight"),
        ("dco", -0.05, 2.0, [1.9, 2.0], "met"),
        ("hinge", -0.05, 2.0, [2.0, 2.0], "below target"),
        ("beta", 0.2, 2.0, [2.0, 2.0], "missed"),
    ],
)
def test_a_verdict_is_one_sided(
    method: str, error: float, multiplier: float, last: list[float], said: str
) -> None:
    assert verdict(method, error, multiplier, last) == said


def test_a_row_of_the_table(run: CodecRun) -> None:
    one = replace(run, multiplier=1.0, training=Score(1.0, 590.0))
    other = replace(run, multiplier=5.0, training=Score(1.0, 900.0))
    found = learned_dco.row([(one, 2.0), (other, 3.0)])
    assert found["lambda_spread"] == pytest.approx(8**0.5)
    assert found["training_mse_mean"] == pytest.approx(745)
    assert found["worst_error"] == pytest.approx(0.5)
    assert found["verdicts"] == ["not yet tight", "missed"]
    assert found["most_cpu_s"] == 3.0
    assert {case.method for case in learned_dco.cases()} == {"dco", "hinge", "beta"}


def test_the_methods_share_one_loss() -> None:
    """D + βR and R + λ(D/c - 1) with λ = c/β have the same direction; hinge below c is R alone."""
    images = jnp.asarray(photographs.digits()[:8, ..., None], jnp.float32)
    weights = jax.tree.map(jnp.asarray, trainer.initial_parameters(TINY))
    figures = {"target": 600.0, "unit": 0.0, "hinged": 0.0, "divided": 0.0}
    compiled = jax.jit(trainer.loss)

    def loss(multiplier: float, **other: float) -> float:
        return float(compiled(weights, images, multiplier, figures | other)[0])

    bpp, mse = (float(v) for v in compiled(weights, images, 0.0, figures)[1])
    beta = 300.0
    assert beta * (loss(600 / beta) + 600 / beta) == pytest.approx(mse + beta * bpp, rel=1e-5)
    assert loss(5.0, target=2 * mse, hinged=1.0) == pytest.approx(bpp, rel=1e-5)
    assert loss(5.0, target=mse / 2, hinged=1.0) == pytest.approx(bpp + 5, rel=1e-5)
    assert loss(4.0, divided=1.0) == pytest.approx(loss(4.0) / 5, rel=1e-5)


def test_even_minibatches_take_one_patch_of_each_interval() -> None:
    state = trainer.initial_state(replace(TINY, batch=10), np.zeros((200, 8, 8), np.uint8))
    state["patches"] = jnp.arange(200)[:, None, None, None]
    draw = jax.jit(trainer.minibatch, static_argnums=2)
    key = jax.random.key(0)
    found = [np.asarray(draw({**state, "step": jnp.int32(k)}, key, 10)).ravel() for k in range(40)]
    assert (np.array(found) // 20 == np.arange(10)).all()
    # In 40 steps each of the 20 patches of an interval is drawn about equally often.
    counts = np.bincount(np.array(found, np.int64).ravel(), minlength=200)
    assert set(counts) <= {1, 2, 3}
    blind = {**state, "figures": {**state["figures"], "even": jnp.float32(0)}}
    drawn = np.asarray(draw(blind, key, 10)).ravel()
    assert (drawn // 20 != np.arange(10)).any()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"target": 0.0}, "target must be .* got 0"),
        ({"method": "penalty"}, "method must be dco or beta or hinge; got 'penalty'"),
        ({"data": "films"}, "data must be .* got 'films'"),
        ({"channels": 17}, "channels must be .* got 17"),
        ({"steps": 0}, "steps must be .* got 0"),
        ({"patches": 8}, "patches must be .* got 8"),
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(rd.InputError, match=message):
        CodecSettings(**wrong)


def test_photographs_need_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refused)
    photographs.photographs.cache_clear()
    found = photographs.photographs()
    assert set(found) == {*photographs.TRAINED_ON, *photographs.HELD_OUT}
    assert not set(photographs.TRAINED_ON) & set(photographs.HELD_OUT)
    assert all(image.dtype == np.uint8 and min(image.shape) >= 150 for image in found.values())


def test_own_images_are_split_and_cut() -> None:
    chance = np.random.default_rng(0)
    dark, bright = (chance.integers(low, low + 50, (70, 80, 3), dtype=np.uint8) for low in (0, 200))
    found = photographs.patches("own", 16, number=64, images=[dark, bright])
    assert found.training.shape == (64, 16, 16)
    assert found.training.max() < 50
    assert found.held_out.min() >= 199
    one = np.vstack([dark[:53], bright[:17]])
    alone = photographs.patches("own", 16, number=64, images=[one])
    assert alone.training.max() < 50
    assert alone.held_out.min() >= 199


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([], "images must have at least one image"),
        ([np.zeros((20, 20))], "images\\[0\\] must have dtype uint8, levels 0 to 255; got float64"),
        ([np.zeros((20, 20, 2), np.uint8)], "got \\(20, 20, 2\\)"),
        ([np.zeros((20, 15), np.uint8)], "got 20×15"),
    ],
)
def test_wrong_images_are_refused(images: list[Any], message: str) -> None:
    with pytest.raises(rd.InputError, match=message):
        photographs.patches_of(images, 16, 3)


def test_tiles_reassemble_the_image() -> None:
    image = photographs.photographs()["flower"][:37, :50]
    tiles = photographs.tiles_of(image, 16)
    assert tiles.shape == (12, 16, 16)
    np.testing.assert_array_equal(photographs.image_of(tiles, (37, 50)), image)


def test_integer_arithmetic_agrees_with_the_networks(run: CodecRun) -> None:
    sample = photographs.digits()[-40:]
    levels = levels_of(run.parameters, sample)
    weights = fixed.whole(run.parameters)
    told = np.zeros(levels.shape)

    def look(row: int, column: int, channel: int, frequencies: Any) -> Any:
        assert (frequencies.sum(1) == 1 << PRECISION).all()
        assert frequencies.min() >= 1
        chosen = levels[:, row, column, channel]
        told[:, row, column, channel] = PRECISION - np.log2(
            np.take_along_axis(frequencies, chosen[:, None].astype(int), 1)[:, 0]
        )
        return chosen

    np.testing.assert_array_equal(fixed.walk(weights, len(levels), look), levels)
    expected = scores(run.parameters, sample)[0] * 64
    # Values are rounded to 2⁻¹².
    np.testing.assert_allclose(told.sum((1, 2, 3)), expected, rtol=2e-3)
    levels_apart = fixed.pixels(weights, levels).astype(int) - reconstruct(run.parameters, sample)
    assert np.abs(levels_apart).max() <= 1
    assert (levels_apart != 0).mean() < 0.03


def test_tables_are_far_from_rounding_boundaries() -> None:
    """Libraries that differ in the last digit must give the same tables."""
    x = np.arange(-(10 << 12), (10 << 12) + 1) / (1 << 12)
    decay = np.exp(-np.arange((20 << 12) + 1) / (1 << 12))
    for exact in (np.tanh(x) * 2**12, 2**12 / (1 + np.exp(-x)), decay * 2.0**24):
        apart = np.abs(exact - np.floor(exact) - 0.5)
        assert apart.min() > 1e-9


def test_shown_images_are_the_decoded_ones(run: CodecRun, images: list[Any], blob: bytes) -> None:
    coded = compress(run, images[:1])
    found, told = shown(run, images[0])
    (decoded,) = decompress(run, coded.blob)
    assert np.abs(found.astype(int) - decoded).max() <= 1
    assert told.rate_bpp * coded.pixels == pytest.approx(coded.estimated_bits)
    assert told.mse == pytest.approx(np.square(decoded - images[0].astype(float)).mean(), rel=0.02)


def test_a_file_decodes_in_another_process(
    run: CodecRun, images: list[Any], blob: bytes, tmp_path: Path
) -> None:
    model, file, out = tmp_path / "m.npz", tmp_path / "f.rdl", tmp_path / "out.npz"
    run.save(model)
    file.write_bytes(blob)
    command = [sys.executable, "-m", "rdcore.learned", "decode", model, file, "--out", out]
    subprocess.run([*map(str, command)], check=True, timeout=120, env={**os.environ})
    mine = decompress(run, blob)
    with np.load(out) as found:
        for k, image in enumerate(images):
            assert mine[k].shape == image.shape
            np.testing.assert_array_equal(found[f"image{k}"], mine[k])


def test_the_size_is_that_of_the_prior(run: CodecRun, images: list[Any], blob: bytes) -> None:
    coded = compress(run, images)
    assert coded.blob == blob
    estimate = coded.estimated_bits / 8
    assert abs(coded.coded_bytes - estimate) <= 0.01 * estimate + 16
    # Magic, version, codec, counts; two shapes; checksum.
    assert len(blob) - coded.coded_bytes == 8 + 2 + 8 + 8 + 2 * 8 + 16
    assert coded.pixels == 43 * 50 + 64
    assert coded.rate_bpp == 8 * len(blob) / coded.pixels


def test_any_corruption_is_refused(run: CodecRun, blob: bytes) -> None:
    for place in range(0, len(blob), 7):
        hurt = bytearray(blob)
        hurt[place] ^= 1 << place % 8
        with pytest.raises(rd.InputError, match="blob"):
            bits.parsed(bytes(hurt), blob[10:18])
    for length in (0, 5, 20, 40, len(blob) - 1):
        with pytest.raises(rd.InputError, match="blob"):
            bits.parsed(blob[:length], blob[10:18])
    with pytest.raises(rd.InputError, match="blob"):
        decompress(run, blob + b"\0")
    with pytest.raises(rd.InputError, match="str"):
        decompress(run, "text")  # type: ignore[arg-type]


def test_another_codec_is_detected(run: CodecRun, blob: bytes) -> None:
    parameters = trainer.initial_parameters(TINY)
    with pytest.raises(rd.InputError, match="another codec"):
        decompress(replace(run, parameters=parameters), blob)


def test_weights_too_large_for_integer_arithmetic_are_refused(run: CodecRun) -> None:
    large = jax.tree.map(lambda a: a * 1e6, run.parameters)
    with pytest.raises(rd.InputError, match="must have layers with sums below"):
        fixed.whole(large)


def test_a_run_is_saved_without_pickle(run: CodecRun, tmp_path: Path) -> None:
    run.save(tmp_path / "run.npz")
    found = CodecRun.load(tmp_path / "run.npz")
    assert found.settings == run.settings
    assert (found.training, found.held_out) == (run.training, run.held_out)
    assert found.multiplier == run.multiplier
    assert found.history.to_csv() == run.history.to_csv()
    np.testing.assert_array_equal(
        found.parameters["prior"]["gated"][1]["kernel"],
        run.parameters["prior"]["gated"][1]["kernel"],
    )
    store.save(tmp_path / "other.npz", {"a": np.ones(2)}, {"kind": "something"})
    with pytest.raises(rd.InputError, match=r"other\.npz must be a codec; got something"):
        CodecRun.load(tmp_path / "other.npz")
    replace(run, settings=replace(TINY, channels=2)).save(tmp_path / "wrong.npz")
    with pytest.raises(rd.InputError, match="must have weights that match its settings"):
        CodecRun.load(tmp_path / "wrong.npz")


def test_the_command_line_trains_and_codes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, file = str(tmp_path / "m.npz"), str(tmp_path / "f.rdl")
    told = ["--data", "digits", "--steps", "20", "--every", "10", "--channels", "3"]
    assert main(["dco", *told, "--target", "600", "--out", model]) == 0
    text = capsys.readouterr()
    assert not text.err
    assert "for 600" in text.out
    np.save(tmp_path / "image.npy", photographs.digits()[0])
    assert main(["encode", model, str(tmp_path / "image.npy"), "--out", file]) == 0
    assert main(["decode", model, file]) == 0
    assert (tmp_path / "f.npz").exists()
    assert main(["decode", file, file]) == 2
    assert capsys.readouterr().err
