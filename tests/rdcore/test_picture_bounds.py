"""Certified rates of a picture's model: a small case by CVXPY, regions, convexity, refusals."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from tests.rdcore.test_pictures import scene
from tests.rdcore.test_side_by_side import clarabel

pictures = rd.pictures
Region = pictures.Region


def tiny() -> rd.pictures.PictureModel:
    """Return a model of 64 × 32 pixels with few atoms a component, and a region on its left."""
    picture = scene(32, 64)
    whole = pictures.model(picture, [Region.box(0, 32, 0, 32)], classes=1)
    few = [part for part in whole.components if sum(part.frequency) <= 2]
    return rd.pictures.PictureModel(
        tuple(few), whole.labels, whole.side, whole.shares, whole.label_bits, whole.pixels
    )


def test_the_rate_is_that_of_another_solver() -> None:
    model = tiny()
    found = pictures.bound(model, [4.0], mse=9.0, tol=1e-5)
    parts = [
        rd.parallel.Component(part.source, part.source.atoms, copies=part.multiplicity)
        for part in model.components
    ]
    levels = [
        rd.parallel.Level(
            level, [part.weights[k] / part.multiplicity for part in model.components], measure="sum"
        )
        for k, level in enumerate([9.0, 4.0])
    ]
    # The reproductions of the other solver are the atoms only.
    scale = np.log(2) * model.pixels
    assert found.lower <= clarabel(parts, levels) / scale + 1e-6
    fixed = rd.parallel.rate(parts, levels, tol=1e-3)
    assert fixed.lower - 1e-2 <= clarabel(parts, levels) <= fixed.upper + 1e-2
    free = [rd.parallel.Component(part.source, copies=part.copies) for part in parts]
    direct = rd.parallel.rate(free, levels, tol=1e-2)
    assert direct.lower / scale <= found.upper
    assert found.lower <= direct.upper / scale
    assert found.gap <= 1e-5
    assert found.slopes == pytest.approx(direct.slopes / scale, rel=1e-2, abs=1e-6)


def test_components_without_bits_are_proved_to_need_none() -> None:
    model = pictures.model(scene(128, 128), classes=2)
    found = pictures.bound(model, mse=40.0)
    assert found.gap <= 1e-3
    assert (found.rates == 0).sum() > 30
    parts = [
        rd.parallel.Component(part.source, copies=part.multiplicity)
        for part in model.components
        if part.source.variance > 0
    ]
    weights = [
        part.weights[0] / part.multiplicity for part in model.components if part.source.variance > 0
    ]
    level = rd.parallel.Level(40.0, weights, measure="sum")
    scale = np.log(2) * model.pixels
    direct = rd.parallel.rate(parts, [level], tol=1e-4 * scale)
    assert found.lower <= direct.upper / scale
    assert direct.lower / scale <= found.upper


def test_a_region_costs_more_the_better_it_is() -> None:
    disc = Region.ellipse(4, 50, 8, 50)
    model = pictures.model(scene(64, 64), [disc, ~disc], classes=2)
    bounds = [pictures.bound(model, levels) for levels in ((20, 60), (10, 60), (20, 120))]
    assert bounds[1].lower > bounds[0].upper > bounds[0].lower > bounds[2].upper
    curve = pictures.PictureCurve(bounds)
    least, most = curve.at([15.0, 60.0])
    exact = pictures.bound(model, [15.0, 60.0])
    assert least <= exact.upper
    assert exact.lower <= most < 1.2 * exact.upper
    assert least > 0.8 * exact.lower
    assert curve.at([2.0, 60.0])[1] == np.inf
    assert curve.at([40.0, 150.0])[1] <= bounds[2].upper
    # Levels beyond all that are known.
    least, most = pictures.PictureCurve(bounds[:2]).at([90.0, 300.0])
    exact = pictures.bound(model, [90.0, 300.0])
    assert least <= exact.upper
    assert exact.lower <= most
    for which in (0, 1):
        places, lower, upper = curve.along(which, [15.0, 60.0], points=7)
        assert (np.diff(places) < 0).all()
        assert (np.diff(lower) >= 0).all()
        for k in (1, 4):
            levels = [15.0, 60.0]
            levels[which] = float(places[k])
            here = pictures.bound(model, levels)
            assert lower[k] <= here.upper
            assert here.lower <= upper[k]
    assert bounds[0].label_rate == model.label_bits / 64**2


def test_nothing_is_needed_where_the_mean_is_enough() -> None:
    found = pictures.bound(pictures.model(scene(32, 32), classes=1), mse=1e5)
    assert (found.lower, found.upper) == (0, 0)
    assert found.slopes.tolist() == [0]


def test_wrong_arguments() -> None:
    model = pictures.model(scene(16, 16), classes=1)
    found = pictures.bound(model, mse=20)
    for wrong, message in (
        (lambda: pictures.bound(model), "mse must be given"),
        (lambda: pictures.bound(model, [3.0]), "one for each of 0 regions; got 1"),
        (lambda: pictures.bound(model, mse=-1), "mse must be a positive"),
        (lambda: pictures.bound(model, mse=1, tol=0), "tol must be a positive"),
        (lambda: pictures.bound(3, mse=1), "must be a PictureModel"),
        (lambda: pictures.PictureCurve([found]).at([1, 2]), "levels must be 1; got 2"),
        (lambda: pictures.PictureCurve([found]).along(1, [1]), "which must be from 0 to 0"),
        (lambda: pictures.PictureCurve([]), "at least one"),
    ):
        with pytest.raises(rd.InputError, match=message):
            wrong()
