"""The Learned page without a browser: live trainings as jobs, pictures, real files, studies."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import rdcore as rd
from benchmarks import learned_runs
from dashboard import figures
from dashboard.figures import theme
from dashboard.model import runs, studies
from dashboard.model.codecs import CodecSpec, UniversalSpec
from dashboard.model.learning import EnergySpec
from dashboard.tasks import train_codec, train_energy
from dashboard.uploads import store
from dashboard.uploads.errors import UploadError
from dashboard.uploads.pictures import as_png, read_picture
from tests.pages.app import PATIENCE, opened, tables
from tests.steps import finished

pytest.importorskip("jax")


def test_nothing_is_trained_before_it_is_asked_for() -> None:
    app = opened(
        "learned",
    )
    assert not app.exception
    assert not app.get("progress")
    assert app.button(key="codec_train").label == "Train"
    app.segmented_control(key="system").set_value("energy").run()
    assert not app.exception
    assert app.button(key="energy_train").disabled is False


@pytest.mark.usefixtures("unserved")
@pytest.mark.parametrize(
    ("link", "asked"),
    [
        ({}, "settled"),
        ({"unnormalised": "true"}, "unnormalised"),
        ({"naive": "true", "unnormalised": "true"}, "naive"),
        ({"method": "beta", "unnormalised": "true"}, "settled"),
    ],
)
def test_the_form_of_the_constraint_is_trained_as_it_is_set(
    link: dict[str, str], asked: str
) -> None:
    app = opened("learned", codec_length="short", **link)
    assert not app.exception
    assert app.toggle(key="unnormalised").disabled == ("naive" in link)
    app.button(key="codec_train").click().run()
    assert app.session_state["_kept"]["_codec_asked"].recipe == asked
    app.button(key="codec_cancel").click().run()


@pytest.mark.usefixtures("unserved")
def test_a_training_is_asked_for_and_can_be_cancelled() -> None:
    app = opened(
        "learned",
    )
    app.segmented_control(key="system").set_value("energy").run()
    app.button(key="energy_train").click().run()
    assert app.get("progress")
    assert app.button(key="energy_train").disabled
    app.button(key="energy_cancel").click().run()
    assert any("Cancelled" in one.value for one in app.markdown)
    assert app.button(key="energy_again").label == "Start again"


@pytest.mark.slow
def test_an_energy_is_compared_with_the_exact_solver() -> None:
    found, steps = finished(train_energy.energy(EnergySpec("laplace", 1.0, 2.0, 60, 0)))
    least, most = found.excess_bits
    assert 0 <= least <= most
    assert found.channel_bits > 0
    exact = np.interp(found.channel_level, found.curve_levels, found.curve_bits)
    assert found.channel_bits == pytest.approx(exact + most, abs=0.03)
    assert np.trapezoid(found.density, found.grid) == pytest.approx(1, abs=0.01)
    assert found.masses.sum() == pytest.approx(1, abs=1e-4)
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert len(found.history.steps) > 20
    drawn = figures.densities(found, discrete=True, colours=theme.LIGHT)
    assert {trace.type for trace in drawn.data} == {"scatter", "bar"}


def test_a_codec_codes_held_out_pictures_for_another_process() -> None:
    spec = CodecSpec("digits", 400.0, steps=40, channels=2)
    found, steps = finished(train_codec.train(spec, ()))
    assert found.equal
    assert len(found.originals) == len(found.decoded) == 12
    assert found.file_bytes == len(found.blob)
    assert 8 * found.coded_bytes == pytest.approx(found.estimated_bits, abs=200)
    errors = [
        np.square(a.astype(float) - b).mean()
        for a, b in zip(found.originals, found.decoded, strict=True)
    ]
    assert errors == pytest.approx([error for _, error in found.shown])
    assert found.verdict in ("met", "missed", "not yet tight", "unreachable")
    assert any(step.note == "decoding in another process" for step in steps)
    drawn = figures.along(
        {"training": found.history}, "lambda", title="λ", log=True, colours=theme.DARK
    )
    assert len(drawn.data[0].x) == len(found.history.steps)


def test_own_pictures_are_trained_on_and_their_last_quarter_is_shown() -> None:
    rng = np.random.default_rng(0)
    picture = np.repeat(np.repeat(rng.integers(0, 256, (20, 20)), 8, 0), 8, 1).astype(np.uint8)
    spec = CodecSpec("own", 400.0, steps=20, channels=1, pictures=("a",))
    found, _ = finished(train_codec.train(spec, (picture,)))
    np.testing.assert_array_equal(found.originals[0], picture[-40:])
    assert found.equal


@pytest.mark.slow
def test_a_sweep_is_certified_on_all_digits() -> None:
    found, _ = finished(train_codec.sweep(UniversalSpec(steps=100)))
    assert [side.encoder for side in found.groups] == [-1, 2, 4]
    assert (found.certified[:, 0] <= found.certified[:, 1] + 1e-9).all()
    assert (found.own >= found.certified[:, 0] - 1e-6).all()
    assert found.reconstructions.shape[:2] == (3, len(found.names)) == (3, 5)
    drawn = [figures.decoded_digits(found, 6, k, colours=theme.LIGHT).data[0].z for k in range(3)]
    assert {np.asarray(one).shape for one in drawn} == {(6 * 9, 6 * 9)}
    assert not np.array_equal(drawn[1], drawn[2], equal_nan=True)


def test_own_pictures_belong_to_the_link_and_stay_until_they_are_deleted() -> None:
    draw = np.random.default_rng(4)
    pictures = [as_png(draw.integers(0, 256, (64, 70)).astype(np.uint8)) for _ in range(2)]
    keys = [store.put_picture(f"{k}.png", one) for k, one in enumerate(pictures)]
    app = opened("learned", pictures="own", pictures_data=",".join([*keys, "0" * 32]))
    assert not app.exception
    said = [one.value.replace("\\", "") for one in app.caption]
    assert any(one.startswith("2 pictures: “0.png”, “1.png”. They stay") for one in said), said
    assert [one.value.replace("\\", "") for one in app.error] == [
        "A picture is no longer on the server; upload it again."
    ]
    assert app.button(key="codec_train").label == "Train"
    next(one for one in app.button if one.label == "Delete the pictures").click().run()
    assert store.picture(keys[0]) is None
    assert "pictures_data" not in app.query_params
    assert not app.exception


def uploaded(files: object) -> None:
    import streamlit as st

    from dashboard.ui import state
    from dashboard.ui.cards import codecs

    st.session_state["own_pictures"] = files
    codecs._uploaded()
    for sentence in state.read("_own_pictures_troubles"):
        st.error(sentence)
    st.text(state.value("pictures_data"))


def test_the_first_pictures_are_kept_and_what_cannot_be_read_says_so() -> None:
    draw = np.random.default_rng(6)
    pictures = [as_png(draw.integers(0, 256, (64, 70)).astype(np.uint8)) for _ in range(12)]
    contents = [pictures[0], b"no picture", *pictures]
    files = [
        SimpleNamespace(name=f"{k}.png", getvalue=lambda data=data: data)
        for k, data in enumerate(contents)
    ]
    app = AppTest.from_function(uploaded, default_timeout=PATIENCE, args=(files,)).run()
    assert not app.exception
    damaged, many = (one.value for one in app.error)
    assert damaged.startswith("“1.png” cannot be read")
    assert many == "The first 12 of 14 pictures are used."
    kept = [store.picture(key) for key in app.text[0].value.split(",")]
    assert [one and one[1] for one in kept] == pictures[:10]


def encoded(levels: np.ndarray, kind: str) -> bytes:
    out = io.BytesIO()
    Image.fromarray(levels).save(out, kind)
    return out.getvalue()


def test_pictures_come_as_grey_levels() -> None:
    levels = np.arange(100 * 80, dtype=np.uint32).reshape(100, 80).astype(np.uint8)
    np.testing.assert_array_equal(read_picture("a.png", encoded(levels, "PNG")), levels)
    np.testing.assert_array_equal(read_picture("again.png", as_png(levels)), levels)
    colour = np.zeros((70, 90, 3), np.uint8)
    assert read_picture("b.jpg", encoded(colour, "JPEG")).shape == (70, 90)


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"no picture", "PNG and JPEG pictures are accepted"),
        (b"", "PNG and JPEG pictures are accepted"),
        (encoded(np.zeros((2001, 2001), np.uint8), "PNG"), "at most 4.000.000 are accepted"),
        (encoded(np.zeros((20, 90), np.uint8), "PNG"), "at least 64×64 are required"),
        (encoded(np.zeros((90, 90), np.uint8), "GIF"), "PNG and JPEG pictures are accepted"),
        (encoded(np.zeros((90, 90), np.uint8), "PNG")[:60], "PNG and JPEG pictures are accepted"),
        (b"x" * (11 * 2**20), "at most 10 MB are accepted"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(data: bytes, match: str) -> None:
    with pytest.raises(UploadError, match=match):
        read_picture("own", data)


def test_studies_say_where_they_come_from() -> None:
    assert studies.study("no such part") is None
    for place in studies.FOLDER.glob("*.json"):
        kept = studies.study(place.stem)
        assert kept is not None
        assert "python -m benchmarks.learned" in kept.caption
        assert f"{kept.seeds} seeds each; ± is the" in kept.caption
        assert "standard deviation" in kept.caption
        assert all(row.get("seeds", kept.seeds) == kept.seeds for row in kept.rows)
        cases = Counter(row["case"] for row in kept.rows if "seed" in row)
        assert set(cases.values()) <= {kept.seeds}
        json.dumps(kept.rows)


def runs_card(file: str) -> None:
    from pathlib import Path

    from dashboard.model import runs
    from dashboard.ui.cards import codec_runs

    runs.kept = lambda: runs.read(Path(file))  # type: ignore[assignment]
    codec_runs.draw()


def test_every_comparison_of_runs_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All sections of the script, with runs on a known curve: D-CO has 2 % more rate."""

    def made(key: tuple[Any, ...]) -> runs.Run:
        _, method, _, weight, target, channels, steps, seed = key
        D = target if method != "beta" else 3 * weight**0.7 * (1 + 0.01 * seed)
        rate = 40 / D * (1.02 if method == "dco" else 1.0)
        ends = (D, rate, 1.5 * D, rate, 0.5, 900.0, "1.0 0.7 0.5", float(steps / 100 + channels))
        return runs.Run(*key, *ends)

    monkeypatch.setattr(learned_runs, "_trained", made)
    monkeypatch.setattr(runs, "kept", runs.kept)
    file = tmp_path / "runs.csv"
    learned_runs.main([*learned_runs.SECTIONS, "--seeds", "2", "--file", str(file)])
    app = AppTest.from_function(runs_card, default_timeout=PATIENCE, args=(str(file),)).run()
    assert not app.exception
    heads = " ".join(one.value for one in app.markdown)
    for title in (
        "D-CO and β-VAE: photographs, training data",
        "D-CO and β-VAE: digits, held-out data",
        "Multiplier by update",
        "D-CO with targets set in advance",
        "Hinge with a fixed weight",
        "Constraint with and without normalisation",
        "Half the latent channels: β-VAE",
        "Half the latent channels: D-CO",
    ):
        assert title in heads
    drawn = tables(app)
    pairs = next(one for one in drawn if "rate at equal D, training data" in one)
    assert len(pairs) == 5
    assert all(cell.startswith("2.0") for cell in pairs["rate at equal D, training data"])
    told = [one for one in drawn if "method" in one and "R (bpp)" in one]
    assert len(told) == 5
    assert not any((one == "—").all().any() for one in told)
    assert "2 seeds, 5000 updates" in " ".join(one.value for one in app.caption)
    assert "standard deviations over the seeds" in " ".join(one.value for one in app.caption)


@pytest.mark.slow
def test_a_cell_of_the_study_comes_out_again() -> None:
    from benchmarks.learned_eba import table

    kept = studies.study("energy")
    assert kept is not None
    mine = [row for row in kept.rows if row["case"] == "1-D, β=5"]
    (again,) = table(["1-D, β=5"], [0])
    for name in ("rate_bits", "distortion"):
        values = np.array([row[name] for row in mine])
        error = again[name.replace("bits", "error_bits") if "bits" in name else f"{name}_error"]
        assert again[name] == pytest.approx(values.mean(), abs=np.ptp(values) + 4 * error)
    exact = rd.closed_forms.gaussian(1.0, again["distortion"]) / np.log(2)
    assert again["rate_bits"] == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize(
    ("system", "authors", "said"),
    [
        ("constrained", "van Rozendaal et al. (2020)", "Hinge models do not meet the target"),
        ("energy", "Li, Kim and Guyot (2023)", "does not increase from one update"),
        ("universal", "Nguyen et al. (2025)", "For jointly Gaussian X and S"),
    ],
)
def test_the_claims_on_each_system_have_verdicts(system: str, authors: str, said: str) -> None:
    app = opened("learned", system=system)
    assert f"Claims of {authors}" in [one.label for one in app.expander]
    texts = [one.value.replace("\\", "") for one in app.markdown]
    claims = next(one for one in texts if said in one)
    assert claims.count("**Holds") >= 3
