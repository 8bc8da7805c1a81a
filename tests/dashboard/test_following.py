"""What a browser gets of solved levels: all that a frame needs, and not too much of it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace

import numpy as np
import pytest

import rdcore as rd
from dashboard.model import following
from dashboard.tasks import follow
from tests.steps import finished


def problem(count: int = 8) -> rd.Problem:
    source = rd.sources.gaussian()
    near = rd.subset(abs(source.atoms) < 1, 0.3, measure="conditional")
    words = rd.sources.grid_codebook(source, count)
    return rd.Problem(source, words, fidelities=[rd.average(0.5), near])


@dataclass(frozen=True)
class Book:
    """Codewords with their masses."""

    codebook: np.ndarray
    masses: np.ndarray


def numbers(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f8")


def test_a_path_has_the_curve_and_its_solutions() -> None:
    levels = np.array([0.3, 0.5, 0.8])
    band, path = follow.followed(problem(), levels, 1e-8)
    curve = rd.curve(problem(), levels, tol=1e-8)
    assert np.array_equal(band.upper_bits, curve.rates_bits)
    assert np.array_equal(band.lower_bits, curve.lowers_bits)
    assert np.array_equal(band.prices_bits, curve.slopes_bits)
    assert np.array_equal(numbers(path["levels"]).reshape(-1, 2)[:, 0], levels)
    masses = numbers(path["masses"]).reshape(3, -1)
    assert masses.sum(axis=1) == pytest.approx(1)
    solved = rd.solve(problem(), tol=1e-10)
    assert masses[1] == pytest.approx(solved.marginal, abs=1e-3)
    assert numbers(path["slopes"]).reshape(3, -1)[1] == pytest.approx(solved.slopes, rel=1e-3)
    assert json.loads(json.dumps(path)) == path


def test_a_large_source_is_sent_without_solutions(monkeypatch: pytest.MonkeyPatch) -> None:
    solutions = list(rd.curves.solutions(problem(), [0.3, 0.5]))
    small = following.along(solutions).payload(0)
    monkeypatch.setattr(following, "MOST_CELLS", 50)
    large = following.along(solutions).payload(0)
    assert set(large) == {"which", "levels", "lowers", "uppers", "prices"}
    assert large == {name: small[name] for name in large}
    monkeypatch.setattr(following, "MOST_CELLS", 60_000)
    monkeypatch.setattr(following, "MOST_BYTES", 500)
    assert following.along(solutions).payload(0) == large


def test_a_surface_has_the_place_of_each_cell() -> None:
    axes = np.array([0.05, 0.4, 0.8]), np.array([0.1, 0.3])
    found = rd.surface(problem(), *axes)
    assert not found.feasible.all()
    path = following.over_plane(problem(), found)
    place = np.array(path["place"]).reshape(3, 2)
    assert np.array_equal(place >= 0, found.feasible)
    uppers = numbers(path["uppers"])
    assert np.array_equal(uppers[place[found.feasible]], found.rates[found.feasible])
    levels = numbers(path["levels"]).reshape(-1, 2)
    assert levels[place[2, 1]] == pytest.approx([0.8, 0.3])
    nothing = replace(found, rates=np.full(found.rates.shape, np.inf))
    assert following.over_plane(problem(), nothing) == {}


def test_the_free_codebook_is_solved_once_for_the_curve_and_for_frames() -> None:
    levels = follow.every_levels(0.1, 0.9, 1)
    assert levels[[0, -1]] == pytest.approx([0.1, 0.9])
    assert len(follow.every_levels(0.1, 0.9, 2)) < len(levels)
    (band, path), steps = finished(follow.with_every_codebook(problem(), levels[::12], 1e-6))
    assert len(steps) == len(band.levels)
    assert np.array_equal(numbers(path["levels"]).reshape(-1, 2)[:, 0], band.levels)
    assert np.array_equal(numbers(path["uppers"]) / np.log(2), band.upper_bits)
    assert (band.upper_bits - band.lower_bits).max() <= 1e-6 / np.log(2)
    alone = rd.solve(problem().with_every().with_levels([band.levels[1], 0.3]), tol=1e-8)
    assert band.upper_bits[1] == pytest.approx(alone.rate_bits, abs=2e-6)


def test_equal_paths_have_equal_names() -> None:
    path = follow.followed(problem(), np.array([0.3, 0.5]), 1e-8)[1]
    name, text = following.packed(path)
    assert following.packed(json.loads(json.dumps(path))) == (name, text)
    assert following.packed(path | {"which": 1})[0] != name
    assert json.loads(text) == {"name": name, "path": json.loads(json.dumps(path))}


def test_a_stage_has_its_codewords_and_what_it_says() -> None:
    one = Book(np.array([[0.5], [1.5]]), np.array([0.25, 0.75]))
    path = following.staged(
        [following.Stage(0.1, 2.0, 1.5, one, ("τ = 0.1", "D = 1"))], logarithmic=True
    )
    assert json.loads(json.dumps(path)) == path
    (sent,) = path["stages"]
    assert (sent["at"], sent["upper"], sent["lower"]) == (0.1, 2.0, 1.5)
    assert numbers(sent["codewords"]).tolist() == [0.5, 1.5]
    assert numbers(sent["masses"]).tolist() == [0.25, 0.75]
    assert sent["said"] == ["τ = 0.1", "D = 1"]
    assert path["dim"] == 1


def test_free_codewords_are_in_order_and_in_use() -> None:
    free = problem().with_every()
    solutions = list(rd.curves.solutions(free, [0.3, 0.6], tol=1e-4))
    path = following.along(solutions).payload(0)
    words, sizes = numbers(path["codewords"]), path["sizes"]
    assert path["problem"]["every"] is True
    assert sum(sizes) == len(words) == len(numbers(path["masses"]))
    for some in np.split(words, np.cumsum(sizes)[:-1]):
        assert (np.diff(some) > 0).all()


def test_a_distortion_that_the_browser_does_not_know_comes_without_the_problem() -> None:
    source = rd.sources.three_modes()
    task = rd.Problem(source, source.atoms, rd.distortions.OffBy(1.0), [rd.average(0.1)])
    found = follow.followed(task, np.array([0.1, 0.2]), 1e-6)[1]
    assert "problem" not in found
    assert json.dumps(found)
