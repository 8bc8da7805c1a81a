"""Coded pictures that meet levels on the pixels of the whole picture and of its regions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array, positive
from rdcore.errors import CancelledError, InputError
from rdcore.pictures import _files
from rdcore.pictures._blocks import CELL
from rdcore.pictures._search import PictureSearch, Target
from rdcore.pictures.picture import Picture
from rdcore.pictures.regions import Region

_HERE = Path(__file__).parent
_DECODER = ("_symbols", "_blocks", "_pixels", "_files")
_INTERNAL = re.compile(r"^from rdcore\.[^(\n]*(\([^)]*\))?[^\n]*\n", re.MULTILINE)
_HEAD = '''"""A decoder of coded pictures, which needs NumPy and constriction only.

    python THIS_FILE picture.rdp out.npy

writes the grey levels or colours as an array of NumPy, or as PGM or PPM if the name ends in .pgm or
.ppm. ``decoded(blob)`` returns the array.
"""

from __future__ import annotations

import sys
from pathlib import Path

'''
_TAIL = """

if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    found = decoded(Path(sys.argv[1]).read_bytes())
    out = Path(sys.argv[2])
    if out.suffix in (".pgm", ".ppm"):
        kind = "P5" if found.ndim == 2 else "P6"
        head = f"{kind} {found.shape[1]} {found.shape[0]} 255\\n"
        out.write_bytes(head.encode() + found.tobytes())
    else:
        np.save(out, found)
"""


@dataclass(frozen=True, eq=False)
class PictureFile:
    """A coded picture.

    Attributes
    ----------
    blob : bytes
        The file.
    picture : Picture
        What the file decodes to.
    mse : float
        The mean squared error of the picture, over all its numbers (three a pixel for colours).
    region_mse : tuple of float
        The same in each region, in the order of ``regions``.
    slopes : tuple of float
        The slopes λ of the whole picture and of the regions, in nats per unit of mean squared error
        of each: by so much fewer nats a pixel the file is longer for one unit less; 0 where a
        level is not binding.
    bits_map : array, (⌈height / 8⌉, ⌈width / 8⌉)
        The bits of each square of 8 × 8 pixels; a block of several squares has the same number in
        each. Their sum is the length of the code without the header.
    sides : array of int, (⌈height / 8⌉, ⌈width / 8⌉)
        The side in pixels of the block of each square.
    """

    blob: bytes
    picture: Picture
    mse: float
    region_mse: tuple[float, ...]
    slopes: tuple[float, ...]
    bits_map: Array
    sides: NDArray[np.int64]

    @property
    def bits_per_pixel(self) -> float:
        """Bits of the whole file per pixel."""
        height, width = self.picture.shape
        return 8 * len(self.blob) / (height * width)


def encode(
    picture: Picture,
    *,
    mse: float | None = None,
    regions: Mapping[Region, float] | None = None,
    progress: Callable[[float], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> PictureFile:
    """Code a picture so that it meets levels.

    The levels are met on the decoded picture's whole numbers from 0 to 255: the mean squared error
    of each region is taken over the pixels of the region as drawn.

    Parameters
    ----------
    picture : Picture
        The picture.
    mse : float, optional
        The largest mean squared error of the whole picture.
    regions : mapping of Region to float, optional
        The largest mean squared error in each region.
    progress : callable, optional
        Called with the completed fraction.
    cancel : callable, optional
        ``CancelledError`` is raised as soon as it returns true.

    Returns
    -------
    PictureFile
        The file, the picture that it decodes to, its errors and where its bits are.

    Raises
    ------
    InputError
        If there is no level, or a level is not positive or too small to be met.

    Examples
    --------
    >>> import numpy as np
    >>> from rdcore.pictures import Picture, decode, encode
    >>> ramp = Picture(np.add.outer(np.arange(32), 2 * np.arange(32)).astype(np.uint8))
    >>> file = encode(ramp, mse=4)
    >>> file.mse <= 4, bool((decode(file.blob).pixels == file.picture.pixels).all())
    (True, True)
    """
    if not isinstance(picture, Picture):
        raise InputError(f"picture must be a Picture; got {type(picture).__name__}")
    chosen = {} if regions is None else dict(regions)
    if mse is None and not chosen:
        raise InputError("mse or regions must be given: without a level there is nothing to meet")
    if len(chosen) > _files.MOST_REGIONS:
        raise InputError(
            f"regions must be at most {_files.MOST_REGIONS}; got {len(chosen)} of them"
        )
    whole = np.ones(picture.shape, dtype=bool)
    targets = [Target(whole, None if mse is None else positive(mse, "mse"))]
    for region, level in chosen.items():
        targets.append(Target(region.mask(picture.shape), positive(level, "a region's level")))

    def tell(share: float) -> None:
        if cancel is not None and cancel():
            raise CancelledError("cancelled by the caller")
        if progress is not None:
            progress(share)

    return _made(PictureSearch(picture, targets, tell))


def _made(encoder: PictureSearch) -> PictureFile:
    found = encoder.run()
    rows, columns = (-(-size // CELL) for size in encoder.picture.shape)
    return PictureFile(
        found.blob,
        Picture(found.pixels),
        found.errors[0],
        tuple(found.errors[1:]),
        found.slopes,
        _shown(found.bits, found.sides, (rows, columns)),
        found.sides[:rows, :columns],
    )


def _shown(spent: Array, sides: NDArray[np.int64], shape: tuple[int, int]) -> Array:
    """Return the bits of the cells of the picture: each has an equal part of those of its block.

    The bits of cells outside the picture are those of the nearest block in it.
    """
    y, x = np.indices(spent.shape)
    side = sides // CELL
    block = y // side * side * spent.shape[1] + x // side * side
    owner = block[np.minimum(y, shape[0] - 1), np.minimum(x, shape[1] - 1)]
    bits, inside = np.bincount(owner.ravel(), spent.ravel()), block[: shape[0], : shape[1]]
    found: Array = bits[inside] / np.bincount(inside.ravel())[inside]
    return found


def decode(blob: bytes) -> Picture:
    """Return the picture in a file from ``encode``.

    The result is the same on every machine with IEEE 754 arithmetic.

    Parameters
    ----------
    blob : bytes
        The file.

    Returns
    -------
    Picture
        Whole numbers from 0 to 255, grey or colours.

    Raises
    ------
    InputError
        If the file has another format or version, or is truncated or corrupt.

    Examples
    --------
    >>> import numpy as np
    >>> from rdcore.pictures import Picture, decode, encode
    >>> grey = Picture(np.full((16, 16), 100, np.uint8))
    >>> file = encode(grey, mse=1)
    >>> bool((decode(file.blob).pixels == file.picture.pixels).all())
    True
    """
    if not isinstance(blob, bytes | bytearray | memoryview):
        raise InputError(f"blob must be bytes from encode; got {type(blob).__name__}")
    try:
        return Picture(_files.decoded(bytes(blob)))
    except ValueError as error:
        raise InputError(f"blob must be a file from encode; {error}") from None


def decoder() -> str:
    """Return a Python program that decodes the files of ``encode`` without rdcore.

    It needs NumPy and constriction only. Its text is that of this package's own decoder.

    Returns
    -------
    str
        The text of the program.

    Examples
    --------
    >>> "def decoded(" in decoder()
    True
    """
    texts = [_HEAD]
    for name in _DECODER:
        text = (_HERE / f"{name}.py").read_text(encoding="utf-8")
        text = text.replace("from __future__ import annotations\n", "")
        texts.append(_INTERNAL.sub("", text))
    return "\n".join([*texts, _TAIL])
