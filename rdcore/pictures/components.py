"""A picture as independent sources in one dimension: the coefficients of classes of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array, count, frozen, positive
from rdcore.errors import InputError
from rdcore.pictures.picture import WEIGHTS, Picture
from rdcore.pictures.regions import Region
from rdcore.problem.sources import Source, from_samples

Labels = NDArray[np.int64]
SIDES = (8, 16)
CLASSES = (8, 12, 16, 24, 32)
_BINS = 64
_ROUNDS = 12
# Energies below this are noise of rounding to whole grey levels.
_FLOOR = 1.0
_PARTS = 3


@dataclass(frozen=True, eq=False)
class PictureComponent:
    """The coefficients of one frequency in the blocks of one class and one place.

    Attributes
    ----------
    source : Source
        Their histogram: the atoms, their masses, and the spread within cells.
    multiplicity : int
        The number of coefficients.
    weights : array, (1 + K,)
        What a mean squared error of 1 of these coefficients adds to the mean squared error of the
        whole picture, and of each region.
    channel : int
        0 for grey levels or luma, 1 and 2 for the differences of blue and red.
    label : int
        The class of the blocks.
    place : tuple of int
        For each region 0 if the blocks are outside, 1 to 3 for the third of a block that is inside
        if the region crosses it, and 4 if they are inside.
    frequency : tuple of int
        The vertical and the horizontal frequency.
    """

    source: Source
    multiplicity: int
    weights: Array
    channel: int
    label: int
    place: tuple[int, ...]
    frequency: tuple[int, int]


@dataclass(frozen=True, eq=False)
class PictureModel:
    """A picture as independent components, and the classes of its blocks.

    Attributes
    ----------
    components : tuple of PictureComponent
        The sources. Their weights add up to the share of the picture's numbers that blocks cover.
    labels : array of int, (rows, columns)
        The class of each block, in the order of activity.
    side : int
        The side of a block in pixels.
    shares : array, (K, rows, columns)
        The share of each block's pixels in each region.
    label_bits : float
        The ideal length in bits of the classes, each coded given the classes to the left and above.
    pixels : int
        The number of pixels of the picture.
    """

    components: tuple[PictureComponent, ...]
    labels: Labels
    side: int
    shares: Array
    label_bits: float
    pixels: int

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.labels.max()) + 1


def model(
    picture: Picture,
    regions: Sequence[Region] = (),
    *,
    side: int = 8,
    classes: int | None = None,
    mse: float = 25.0,
) -> PictureModel:
    """Return a picture as independent sources: the coefficients of classes of blocks.

    The components of the picture are divided into blocks, repeating the last row and column where
    a block is not full, and transformed by the orthonormal discrete cosine transform. Squared
    errors of coefficients add up to those of pixels before these are rounded and clipped. The error
    of a block that a region crosses is taken as spread evenly over its pixels, so it counts in the
    region by the share of its pixels inside; blocks are grouped by thirds of this share.

    Parameters
    ----------
    picture : Picture
        The picture.
    regions : sequence of Region
        The regions.
    side : int
        The side of a block in pixels, 8 or 16.
    classes : int, optional
        The number of classes of blocks. None: that of 8, 12, 16, 24 and 32 with the shortest
        description at ``mse``.
    mse : float
        The mean squared error at which descriptions are compared.

    Returns
    -------
    PictureModel
        The components, with their weights in each level.

    Raises
    ------
    InputError
        If an argument is not what is described above.

    Examples
    --------
    >>> import numpy as np
    >>> from rdcore.pictures import Picture, model
    >>> noise = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    >>> found = model(Picture(noise), classes=2)
    >>> len(found.components), sum(part.multiplicity for part in found.components)
    (128, 4096)
    """
    if not isinstance(picture, Picture):
        raise InputError(f"picture must be a Picture; got {type(picture).__name__}")
    if side not in SIDES:
        raise InputError(f"side must be 8 or 16; got {side!r}")
    level = positive(mse, "mse")
    blocks = [_blocks(plane, side) for plane in picture.components()]
    rows, columns = blocks[0].shape[:2]
    labels, label_bits = _classified(blocks, level, classes)
    masks = [region.mask(picture.shape) for region in regions]
    shares = np.array([_shares(mask, side) for mask in masks]).reshape(-1, rows, columns)
    areas = [picture.shape[0] * picture.shape[1], *(int(mask.sum()) for mask in masks)]
    components: list[PictureComponent] = []
    place = np.where(shares >= 1, _PARTS + 1, np.ceil(_PARTS * shares)).astype(np.int64)
    keys = np.concatenate([labels[None], place]).reshape(1 + len(masks), -1)
    groups, member = np.unique(keys, axis=1, return_inverse=True)
    for index, group in enumerate(groups.T):
        mine = np.flatnonzero(member.ravel() == index)
        inside = np.array([1.0, *shares.reshape(len(masks), rows * columns)[:, mine].mean(axis=1)])
        for channel, values in enumerate(blocks):
            weight = WEIGHTS[channel] if len(blocks) > 1 else 1.0
            weights = frozen(len(mine) * weight * inside / np.array(areas, dtype=np.float64))
            chosen = values.reshape(-1, side * side)[mine]
            components += [
                PictureComponent(
                    from_samples(chosen[:, k], bins=_BINS, name="coefficient"),
                    len(mine),
                    weights,
                    channel,
                    int(group[0]),
                    tuple(int(one) for one in group[1:]),
                    divmod(k, side),
                )
                for k in range(side * side)
            ]
    total = areas[0]
    return PictureModel(tuple(components), frozen(labels), side, shares, label_bits, total)


def _blocks(plane: Array, side: int) -> Array:
    """Return the coefficients of blocks, (rows, columns, side, side)."""
    from scipy.fft import dctn

    extra = ((0, -plane.shape[0] % side), (0, -plane.shape[1] % side))
    padded = np.pad(plane - 128.0, extra, mode="edge")
    rows, columns = (one // side for one in padded.shape)
    parts = padded.reshape(rows, side, columns, side).transpose(0, 2, 1, 3)
    found: Array = dctn(parts, axes=(2, 3), norm="ortho")
    return found


def _shares(mask: NDArray[np.bool_], side: int) -> Array:
    """Return the share of each block's pixels in a region."""
    extra = ((0, -mask.shape[0] % side), (0, -mask.shape[1] % side))
    padded = np.pad(mask, extra, mode="edge")
    rows, columns = (one // side for one in padded.shape)
    found: Array = padded.reshape(rows, side, columns, side).mean(axis=(1, 3))
    return found


def _features(blocks: list[Array], side: int) -> Array:
    """Return the log energies of bands of each block, (n, bands)."""
    u, v = np.mgrid[:side, :side] * (8 / side)
    diagonal = u + v
    bands = [
        (diagonal > 0) & (diagonal <= 2) & (u > v),
        (diagonal > 0) & (diagonal <= 2) & (u <= v),
        (diagonal > 2) & (diagonal <= 5) & (u > v),
        (diagonal > 2) & (diagonal <= 5) & (u <= v),
        diagonal > 5,
    ]
    found = []
    for channel, values in enumerate(blocks):
        energies = values.reshape(-1, side, side) ** 2
        mine = bands if channel == 0 else [diagonal > 0]
        found += [np.log2(energies[:, band].mean(axis=1) + _FLOOR) for band in mine]
    return np.stack(found, axis=1)


def _classified(blocks: list[Array], level: float, classes: int | None) -> tuple[Labels, float]:
    """Return the class of each block, and the ideal length of the classes."""
    rows, columns, side, _ = blocks[0].shape
    features = _features(blocks, side)
    number = len(features)
    if classes is not None:
        count(classes, "classes", most=number)
    options = [k for k in CLASSES if 16 * k <= number] or [1]
    values = np.concatenate([one.reshape(number, -1) for one in blocks], axis=1)
    best: tuple[float, Labels, float] | None = None
    for k in options if classes is None else [classes]:
        labels = _clusters(features, k).reshape(rows, columns)
        bits = _label_bits(labels)
        length = bits + _description(values, labels.ravel(), level)
        if best is None or length < best[0]:
            best = length, labels, bits
    assert best is not None
    return best[1], best[2]


def _clusters(features: Array, k: int) -> Labels:
    """Return classes by k-means in the order of activity; the start is by quantiles of activity."""
    activity = features.mean(axis=1)
    order = np.argsort(activity, kind="stable")
    centres = features[order[((np.arange(k) + 0.5) * len(order) / k).astype(np.int64)]]
    for _ in range(_ROUNDS):
        # A constant for each row does not change which centre is the nearest.
        distance = (centres**2).sum(axis=1) - 2 * features @ centres.T
        found = distance.argmin(axis=1)
        number = np.bincount(found, minlength=k)
        sums = [np.bincount(found, one, minlength=k) for one in features.T]
        moved = np.stack(sums, axis=1) / np.maximum(number, 1)[:, None]
        centres = np.where(number[:, None] > 0, moved, centres)
    used, found = np.unique(found, return_inverse=True)
    mean = np.bincount(found, activity) / np.bincount(found)
    rank = np.empty(len(used), dtype=np.int64)
    rank[np.argsort(mean, kind="stable")] = np.arange(len(used))
    labels: Labels = rank[found]
    return labels


def _label_bits(labels: Labels) -> float:
    """Return the ideal adaptive length of labels, each given those to the left and above.

    The context is the mean of both; a context's counts begin at ½ (Krichevsky and Trofimov 1981).
    """
    k = int(labels.max()) + 1
    left = np.pad(labels, ((0, 0), (1, 0)), mode="edge")[:, :-1]
    above = np.pad(labels, ((1, 0), (0, 0)), mode="edge")[:-1]
    context = (left + above + 1) // 2
    table = np.zeros((k, k))
    np.add.at(table, (context.ravel(), labels.ravel()), 1)
    return float(_adaptive(table).sum())


def _adaptive(table: Array) -> Array:
    """Return the lengths in bits of the sequences with the counts in each row."""
    from scipy.special import gammaln

    k = table.shape[1]
    total = table.sum(axis=1)
    nats = gammaln(total + k / 2) - gammaln(k / 2)
    nats = nats - (gammaln(table + 0.5) - gammaln(0.5)).sum(axis=1)
    found: Array = nats / np.log(2)
    return found


def _description(values: Array, labels: Labels, level: float) -> float:
    """Return the bits of coefficients, as Gaussians above the level, and of their variances."""
    k = int(labels.max()) + 1
    number = np.bincount(labels, minlength=k)
    mean = np.stack([values[labels == one].mean(axis=0) for one in range(k)])
    square = np.stack([(values[labels == one] ** 2).mean(axis=0) for one in range(k)])
    variance = np.maximum(square - mean**2, 0)
    active = variance > level
    bits = 0.5 * np.log2(np.maximum(variance, level) / level) * number[:, None]
    parameters = 0.5 * np.log2(np.maximum(number, 2))[:, None] * active
    return float(bits.sum() + parameters.sum())
