"""The training loop, and the storage of parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rdcore as rd

jax = pytest.importorskip("jax")

from rdcore.learned import energy, store, training, universal
from rdcore.learned.constrained.codec import CodecRun


def toward_zero(state: Any, key: Any) -> Any:
    state = 0.9 * state + 0.01 * jax.random.normal(key, ())
    return state, {"size": abs(state), "state": state}


@pytest.mark.parametrize("scanned", [False, True])
def test_reports_are_means_since_the_previous_one(scanned: bool) -> None:
    run = training.train(toward_zero, jax.numpy.float32(1), 7, seed=3, every=3, scanned=scanned)
    state, history = training.finished(run)
    each = training.train(toward_zero, jax.numpy.float32(1), 7, seed=3, every=3, scanned=True)
    assert [report.step for report in each] == [3, 6, 7]
    assert history.steps.tolist() == [3, 6, 7]
    assert history.last("state", 0.1) == pytest.approx([float(state)], abs=1e-6)
    assert history.to_csv().splitlines()[0] == "step,size,state"
    assert len(history.to_csv().splitlines()) == 4


def test_looped_and_scanned_trainings_agree() -> None:
    ends = [
        training.finished(
            training.train(toward_zero, jax.numpy.float32(1), 20, seed=1, every=6, scanned=scanned)
        )[0]
        for scanned in (False, True)
    ]
    assert float(ends[0]) == pytest.approx(float(ends[1]), abs=1e-6)


def test_zero_steps_are_refused() -> None:
    with pytest.raises(rd.InputError, match="got steps=0"):
        training.finished(training.train(toward_zero, jax.numpy.float32(1), 0, seed=1))


def test_parameters_survive_a_round_trip(tmp_path: Path) -> None:
    tree = {"a": [np.arange(3.0), (np.float32(2), np.ones((2, 2), np.int8))], "b": {}}
    store.save(tmp_path / "p.npz", tree, {"target": 150.0, "seed": 1})
    found, settings = store.load(tmp_path / "p.npz")
    assert settings == {"target": 150.0, "seed": 1}
    assert isinstance(found["a"][1], tuple)
    assert found["a"][1][1].dtype == np.int8
    np.testing.assert_array_equal(found["a"][0], np.arange(3.0))


def test_another_file_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", a=np.ones(2))
    with pytest.raises(
        rd.InputError, match=r"other\.npz (is not a valid|must be a) rdcore\.learned file"
    ):
        store.load(tmp_path / "other.npz")


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        store.save(tmp_path / name, {"a": np.arange(3.0)}, {"seed": 1})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_every_damaged_byte_is_read_or_refused(tmp_path: Path) -> None:
    """Among them the flags of encryption and the methods of compression of the ZIP format."""
    path = tmp_path / "p.npz"
    store.save(path, {"a": np.arange(3.0), "b": [np.ones(2)]}, {"seed": 1})
    whole = path.read_bytes()
    refused = 0
    for place in range(len(whole)):
        for change in (0x01, 0x08, 0x40, 0xFF):
            wrong = bytearray(whole)
            wrong[place] ^= change
            path.write_bytes(wrong)
            try:
                store.load(path)
            except rd.InputError:
                refused += 1
    assert refused > len(whole)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(rd.InputError, match=r"p\.npz is no"):
            store.load(path)


@pytest.mark.parametrize("kind", ["codec", "energy", "universal", "other"])
def test_what_a_model_lacks_is_told(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "p.npz"
    store.save(path, {"a": np.arange(3.0)}, {"kind": kind})
    for load in (CodecRun.load, energy.load, universal.load):
        with pytest.raises(rd.InputError, match=r"p\.npz"):
            load(path)
