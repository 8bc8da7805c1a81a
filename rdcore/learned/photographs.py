"""Patches of images: photographs and digits of scikit-image and scikit-learn, or own images.

Photographs are converted to grey levels at half size and split by photograph, so no patch of a
held-out photograph is used in training. The two parts are similar: the mean variance within blocks
of 4×4 pixels is 293 in the training photographs and 278 in the held-out ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from rdcore._arrays import count
from rdcore.errors import InputError

__all__ = [
    "HELD_OUT",
    "MOST_PIXELS",
    "TRAINED_ON",
    "Grey",
    "Patches",
    "by_difficulty",
    "digits",
    "grey",
    "halved",
    "image_of",
    "patches",
    "patches_of",
    "photographs",
    "tiles_of",
]

Grey = NDArray[np.uint8]
"""A grey picture: its values from 0 to 255, (height, width)."""
TRAINED_ON = ("astronaut", "camera", "chelsea", "coins", "motorcycle", "retina", "rocket")
"""The photographs that codecs are trained on."""
HELD_OUT = ("china", "coffee", "flower")
"""The photographs that no codec is trained on."""
MOST_PIXELS = 1 << 25
"""Pixels of a picture of the user."""
_LUMA = np.array([0.299, 0.587, 0.114])
_DIGITS_HELD_OUT = 360
_JUDGED = 4096
_LOADERS = {"motorcycle": "stereo_motorcycle"}


@dataclass(frozen=True, eq=False)
class Patches:
    """Training and held-out patches.

    Attributes
    ----------
    training : array of uint8, (N, s, s)
        Training patches, in order of difficulty.
    held_out : array of uint8, (M, s, s)
        A fixed sample of held-out data.
    """

    training: Grey
    held_out: Grey


@lru_cache(maxsize=1)
def photographs() -> Mapping[str, Grey]:
    """Return the photographs by name, each (h, w), grey levels at half size, without download."""
    from skimage import data
    from sklearn.datasets import load_sample_images

    china, flower = load_sample_images().images
    found: dict[str, Any] = {"china": china, "flower": flower}
    for name in {*TRAINED_ON, *HELD_OUT} - set(found):
        found[name] = getattr(data, _LOADERS.get(name, name))()
    found["motorcycle"] = found["motorcycle"][0]
    return {name: halved(grey(image)) for name, image in found.items()}


@lru_cache(maxsize=1)
def digits() -> Grey:
    """Return scikit-learn's 1797 digits, (1797, 8, 8), with grey levels 0…255."""
    from sklearn.datasets import load_digits

    images: Grey = np.rint(load_digits().images * (255 / 16)).astype(np.uint8)
    return images


def grey(image: ArrayLike, name: str = "image") -> Grey:
    """Return an image as grey levels, (h, w).

    Parameters
    ----------
    image : array of uint8, (h, w), (h, w, 3) or (h, w, 4)
        Grey levels, or red, green, blue and possibly opacity, which is ignored.
    name : str
        Name of the image in error messages.

    Raises
    ------
    InputError
        If the image has another shape or type, or is too large.
    """
    array = np.asarray(image)
    if array.dtype != np.uint8:
        raise InputError(f"{name} must have dtype uint8, levels 0 to 255; got {array.dtype}")
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise InputError(f"{name} must have shape (h, w) or (h, w, 3); got {array.shape}")
    if not 0 < array.shape[0] * array.shape[1] <= MOST_PIXELS:
        raise InputError(
            f"{name} must have 1 to {MOST_PIXELS} pixels; got {array.shape[0]}×{array.shape[1]}"
        )
    if array.ndim == 2:
        return array
    if array.shape[2] == 1:
        return array[..., 0]
    levels: Grey = np.rint(array[..., :3] @ _LUMA).astype(np.uint8)
    return levels


def halved(image: Grey) -> Grey:
    """Return the means over blocks of 2×2 pixels; an odd last row or column is dropped."""
    h, w = image.shape[0] // 2, image.shape[1] // 2
    blocks = image[: 2 * h, : 2 * w].reshape(h, 2, w, 2).mean((1, 3))
    found: Grey = np.rint(blocks).astype(np.uint8)
    return found


def patches_of(images: Sequence[ArrayLike], size: int, number: int, *, seed: int = 0) -> Grey:
    """Return random crops, (number, size, size), from images chosen with equal probability.

    Parameters
    ----------
    images : sequence of arrays of uint8, (h, w) or (h, w, 3)
        At least one image.
    size : int
        Side of a crop in pixels.
    number : int
        Number of crops.
    seed : int
        Seed of the positions.

    Raises
    ------
    InputError
        If there are no images, or one has another shape or type, or is smaller than a crop.

    Examples
    --------
    >>> patches_of([np.arange(400, dtype=np.uint8).reshape(20, 20)], 16, 5).shape
    (5, 16, 16)
    """
    size, number = count(size, "size"), count(number, "number")
    if not len(images):
        raise InputError("images must have at least one image; got none")
    levels = [grey(image, f"images[{k}]") for k, image in enumerate(images)]
    for k, image in enumerate(levels):
        if min(image.shape) < size:
            raise InputError(
                f"images[{k}] must have at least {size}×{size} pixels;"
                f" got {image.shape[0]}×{image.shape[1]}"
            )
    draw = np.random.default_rng(seed)
    found = np.empty((number, size, size), np.uint8)
    which = draw.integers(len(levels), size=number)
    corners = draw.random((2, number))
    for k, image in enumerate(levels):
        windows = sliding_window_view(image, (size, size))
        rows, columns = (
            (share * places).astype(np.intp)
            for share, places in zip(corners[:, which == k], windows.shape[:2], strict=True)
        )
        found[which == k] = windows[rows, columns]
    return found


def tiles_of(image: Grey, size: int) -> Grey:
    """Divide an image into patches (n, size, size), row by row, with edges extended if needed."""
    h, w = (-side % size for side in image.shape)
    whole = np.pad(image, ((0, h), (0, w)), mode="edge")
    rows, columns = whole.shape[0] // size, whole.shape[1] // size
    cut = whole.reshape(rows, size, columns, size).transpose(0, 2, 1, 3)
    return cut.reshape(-1, size, size)


def image_of(tiles: Grey, shape: tuple[int, int]) -> Grey:
    """Return the image of a shape (h, w) from the patches of ``tiles_of``."""
    size = tiles.shape[1]
    rows, columns = (-(-side // size) for side in shape)
    whole = tiles.reshape(rows, columns, size, size).transpose(0, 2, 1, 3)
    return whole.reshape(rows * size, columns * size)[: shape[0], : shape[1]]


def by_difficulty(patches: Grey) -> Grey:
    """Return patches in order of their mean variance within blocks of 4×4 pixels.

    A minibatch with one patch from each interval of this order has a distortion that varies much
    less than that of random patches.
    """
    n, size, _ = patches.shape
    blocks = patches.reshape(n, size // 4, 4, size // 4, 4).astype(np.float64)
    found: Grey = patches[np.argsort(blocks.var((2, 4)).mean((1, 2)), kind="stable")]
    return found


def patches(
    data: str, size: int, *, number: int = 32_768, images: Sequence[ArrayLike] | None = None
) -> Patches:
    """Return patches of ``photographs``, ``digits`` or the user's ``own`` images.

    Parameters
    ----------
    data : str
        One of the three names.
    size : int
        Side of a patch in pixels; 8 for digits.
    number : int
        Number of training patches.
    images : sequence of arrays of uint8, optional
        Own images. The last quarter of them is held out, or the lowest quarter of the rows of a
        single image.

    Raises
    ------
    InputError
        If an image is invalid.
    """
    if data == "digits":
        every = digits()
        training = by_difficulty(every[:-_DIGITS_HELD_OUT])
        return Patches(training, every[-_DIGITS_HELD_OUT:])
    if data == "photographs":
        known = photographs()
        seen, unseen = [known[name] for name in TRAINED_ON], [known[name] for name in HELD_OUT]
    else:
        seen, unseen = _split(images or (), size)
    training = by_difficulty(patches_of(seen, size, number, seed=1))
    return Patches(training, patches_of(unseen, size, min(number, _JUDGED), seed=2))


def _split(images: Sequence[ArrayLike], size: int) -> tuple[list[Grey], list[Grey]]:
    if not len(images):
        raise InputError("images must have at least one image for data='own'; got none")
    levels = [grey(image, f"images[{k}]") for k, image in enumerate(images)]
    if len(levels) > 1:
        last = max(len(levels) // 4, 1)
        return levels[:-last], levels[-last:]
    rows = levels[0].shape[0]
    if rows // 4 < size:
        raise InputError(
            f"images must be at least two, or one of at least {4 * size} rows; got one of"
            f" {rows} rows"
        )
    return [levels[0][: -(rows // 4)]], [levels[0][-(rows // 4) :]]
