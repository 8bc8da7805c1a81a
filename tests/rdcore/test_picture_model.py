"""The components of a picture have its energy and its regions' shares."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from rdcore.pictures.components import _label_bits
from tests.rdcore.test_pictures import error, scene

pictures = rd.pictures
Region = pictures.Region


@pytest.mark.parametrize("side", [8, 16])
@pytest.mark.parametrize("channels", [0, 3])
def test_the_energy_is_that_of_the_picture(side: int, channels: int) -> None:
    picture = scene(64, 96, channels)
    model = pictures.model(picture, side=side)
    assert model.labels.shape == (64 // side, 96 // side)
    # The error of the reproduction 128 everywhere, from the coefficients and from the pixels.
    whole = sum(
        part.weights[0]
        * ((part.source.pmf @ part.source.atoms**2) + part.source.pmf @ part.source.cells.variance)
        for part in model.components
    )
    grey = pictures.Picture(np.full_like(picture.pixels, 128))
    cross = 0.0
    if channels:
        # The weights leave out products of two components, whose errors are not correlated.
        luma, blue, red = (one - 128 for one in picture.components())
        green = 0.344136 * 0.714136 * blue * red
        cross = (luma * (1.427864 * blue + 0.687864 * red) + green).mean() * 2 / 3
    assert whole + cross == pytest.approx(error(picture, grey), rel=1e-5)


def test_weights_add_up_to_the_shares_of_regions() -> None:
    picture = scene(64, 64)
    disc = Region.ellipse(7, 50, 9, 60)
    model = pictures.model(picture, [disc, ~disc], classes=4)
    mask = disc.mask(picture.shape)
    total = np.sum([part.weights for part in model.components], axis=0)
    assert total / 64 == pytest.approx([1 / 64, 1 / 64, 1 / 64])
    assert model.shares.mean(axis=(1, 2)) == pytest.approx([mask.mean(), 1 - mask.mean()])
    inside = {part.place for part in model.components}
    assert {(4, 0), (0, 4)} < inside
    for part in model.components:
        if part.place == (4, 0):
            count = part.multiplicity
            assert part.weights == pytest.approx([count / 64**2, count / mask.sum(), 0])


def test_every_coefficient_is_counted_once() -> None:
    picture = scene(61, 83, 3)
    model = pictures.model(picture, [Region.box(0, 30, 0, 30)], classes=3)
    assert sum(part.multiplicity for part in model.components) == 3 * 64 * 88
    assert model.classes <= 3
    assert model.pixels == 61 * 83


def test_classes_are_in_the_order_of_activity_and_their_number_is_chosen() -> None:
    calm = np.full((128, 256), 120.0)
    calm[:, 128:] += np.random.default_rng(0).normal(0, 30, (128, 128))
    picture = pictures.Picture(np.clip(np.rint(calm), 0, 255).astype(np.uint8))
    two = pictures.model(picture, classes=2)
    assert (two.labels == np.repeat([[0, 1]], 16, axis=1).reshape(1, 32)).all()
    chosen = pictures.model(picture)
    assert chosen.classes <= 8
    assert two.label_bits < 60


def test_the_length_of_classes_is_that_of_an_adaptive_code() -> None:
    labels = np.random.default_rng(0).integers(0, 2, (5, 7))
    left = np.pad(labels, ((0, 0), (1, 0)), mode="edge")[:, :-1]
    above = np.pad(labels, ((1, 0), (0, 0)), mode="edge")[:-1]
    counts = np.full((2, 2), 0.5)
    bits = 0.0
    for context, label in zip(((left + above + 1) // 2).ravel(), labels.ravel(), strict=True):
        bits -= np.log2(counts[context, label] / counts[context].sum())
        counts[context, label] += 1
    assert _label_bits(labels) == pytest.approx(bits)


def test_wrong_arguments() -> None:
    picture = scene(16, 16)
    with pytest.raises(rd.InputError, match="side must be 8 or 16"):
        pictures.model(picture, side=4)
    with pytest.raises(rd.InputError, match="classes must be"):
        pictures.model(picture, classes=5)
    with pytest.raises(rd.InputError, match="must be a Picture"):
        pictures.model(picture.pixels)
