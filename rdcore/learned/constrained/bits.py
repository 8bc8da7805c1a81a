"""Images as files: latents range-coded with the prior, decoded by whoever has the codec.

All numbers are little-endian.

=====  =======  ==================================================================
bytes  type     meaning
=====  =======  ==================================================================
8      bytes    89 52 44 4C 0D 0A 1A 0A: a text transfer damages it visibly
2      uint16   version, 1
8      bytes    BLAKE2b of the codec's weights in whole numbers
4      uint32   images I
4      uint32   words W
8·I    uint32   height and width of each image
4·W    uint32   words of the range coder
16     bytes    BLAKE2b of all that precedes
=====  =======  ==================================================================

Images are cut into patches row by row, the last ones continued at the edge. At each place of the
latents, row by row and channel by channel, the levels of all patches are coded one after another,
with the probabilities that the prior, in whole numbers, gives them.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import constriction
import numpy as np
from numpy.typing import ArrayLike, NDArray

from rdcore.coding.model import PRECISION, Frequencies
from rdcore.errors import InputError
from rdcore.learned.constrained import fixed
from rdcore.learned.constrained.codec import CodecRun, levels_of, scores
from rdcore.learned.photographs import MOST_PIXELS, Grey, grey, image_of, tiles_of

MAGIC = b"\x89RDL\r\n\x1a\n"
VERSION = 1
_HEAD = struct.Struct("<8sH8sII")
_SHAPE = struct.Struct("<II")
_DIGEST = 16
_MOST_IMAGES = 1 << 16
Levels = fixed.Levels
Words = NDArray[np.uint32]


@dataclass(frozen=True)
class Coded:
    """Images in a file.

    Attributes
    ----------
    blob : bytes
        The file.
    coded_bytes : int
        Its words alone, without header and check sum.
    estimated_bits : float
        What the prior, in floating point, says that the latents take.
    pixels : int
        Of the images, without continued edges.
    """

    blob: bytes
    coded_bytes: int
    estimated_bits: float
    pixels: int

    @property
    def rate_bpp(self) -> float:
        """Bits of the whole file by pixel."""
        return 8 * len(self.blob) / self.pixels


def compress(run: CodecRun, images: Sequence[ArrayLike]) -> Coded:
    """Return images as a file that ``decompress`` turns into their reconstructions.

    Parameters
    ----------
    run : CodecRun
        The codec.
    images : sequence of arrays of uint8, (h, w) or (h, w, 3)
        Colours are made grey.

    Raises
    ------
    InputError
        If there are no images, or one will not do.
    """
    if not 0 < len(images) <= _MOST_IMAGES:
        raise InputError(f"images has {len(images)} entries; 1 to {_MOST_IMAGES} would do")
    found = [grey(image, f"images[{k}]") for k, image in enumerate(images)]
    shapes = [(image.shape[0], image.shape[1]) for image in found]
    _check_size(shapes)
    size = run.settings.size
    tiles = np.concatenate([tiles_of(image, size) for image in found])
    weights = fixed.whole(run.parameters)
    words = _encoded(weights, levels_of(run.parameters, tiles))
    content = _HEAD.pack(MAGIC, VERSION, _fingerprint(weights), len(shapes), len(words))
    content += b"".join(_SHAPE.pack(*shape) for shape in shapes) + words.astype("<u4").tobytes()
    bits = float(scores(run.parameters, tiles)[0].sum()) * size * size
    return Coded(content + _digest(content), 4 * len(words), bits, sum(h * w for h, w in shapes))


def decompress(run: CodecRun, blob: bytes) -> list[Grey]:
    """Return the reconstructions (h, w), the same on every machine, of a file from ``compress``.

    Parameters
    ----------
    run : CodecRun
        The codec that the file was made with.
    blob : bytes
        The file.

    Raises
    ------
    InputError
        If the file is foreign, of another version or codec, cut short or corrupt.
    """
    weights = fixed.whole(run.parameters)
    shapes, words = parsed(blob, _fingerprint(weights))
    size = run.settings.size
    counts = [-(-h // size) * -(-w // size) for h, w in shapes]
    levels = _decoded(weights, words, sum(counts))
    tiles = _in_pixels(weights, levels)
    parts = np.split(tiles, np.cumsum(counts)[:-1])
    return [image_of(part, shape) for part, shape in zip(parts, shapes, strict=True)]


def _encoded(weights: Any, levels: Levels) -> Words:
    queue = constriction.stream.queue.RangeEncoder()
    model = _model()

    def put(row: int, column: int, channel: int, frequencies: Frequencies) -> Levels:
        taken: Levels = np.ascontiguousarray(levels[:, row, column, channel])
        queue.encode(taken, model, _shares(frequencies))
        return taken

    fixed.walk(weights, len(levels), put)
    return np.asarray(queue.get_compressed(), np.uint32)


def _decoded(weights: Any, words: Words, number: int) -> Levels:
    queue = constriction.stream.queue.RangeDecoder(words)
    model = _model()

    def get(_row: int, _column: int, _channel: int, frequencies: Frequencies) -> Levels:
        return np.asarray(queue.decode(model, _shares(frequencies)), np.int32)

    try:
        levels = fixed.walk(weights, number, get)
        ended = queue.maybe_exhausted()
    except (ValueError, AssertionError) as error:
        raise InputError(f"blob is corrupt: its words are no code ({error})") from None
    if not ended:
        raise InputError("blob is corrupt: its words hold more than the latents announced")
    return levels


def _in_pixels(weights: Any, levels: Levels, chunk: int = 512) -> Grey:
    parts = [fixed.pixels(weights, levels[k : k + chunk]) for k in range(0, len(levels), chunk)]
    return np.concatenate(parts)


def _model() -> Any:
    # The library keeps 1 for each level and shares out the rest, exactly, as rdcore.coding relies
    # upon too.
    return constriction.stream.model.Categorical(perfect=False)


def _shares(frequencies: Frequencies) -> NDArray[np.float64]:
    if not (frequencies.sum(1) == 1 << PRECISION).all():
        raise InputError("frequencies do not add up to 2²⁴")
    return np.ascontiguousarray(frequencies - 1, np.float64)


def parsed(blob: bytes, fingerprint: bytes) -> tuple[list[tuple[int, int]], Words]:
    """Check the file as a whole and every size before anything is allocated."""
    if not isinstance(blob, bytes | bytearray | memoryview):
        raise InputError(f"blob is a {type(blob).__name__}; the bytes from compress would do")
    blob = bytes(blob)
    if blob[: len(MAGIC)] != MAGIC[: len(blob)] or not blob:
        raise InputError("blob is foreign: it does not begin as a file of a codec does")
    if len(blob) < _HEAD.size + _SHAPE.size + _DIGEST:
        raise InputError(f"blob is cut short: it has {len(blob)} bytes")
    content = blob[:-_DIGEST]
    _, version, codec, images, words = _HEAD.unpack_from(content)
    if version != VERSION:
        raise InputError(f"blob is of version {version}; this reads version {VERSION}")
    total = _HEAD.size + _SHAPE.size * images + 4 * words
    if total != len(content) or _digest(content) != blob[-_DIGEST:]:
        raise InputError("blob is cut short or corrupt: its size or check sum does not agree")
    if codec != fingerprint:
        raise InputError("blob was made with another codec; the codec that made it would do")
    at = _HEAD.size + _SHAPE.size * images
    shapes = [(int(h), int(w)) for h, w in _SHAPE.iter_unpack(content[_HEAD.size : at])]
    _check_size(shapes)
    return shapes, np.frombuffer(content, "<u4", words, at).astype(np.uint32)


def _check_size(shapes: list[tuple[int, int]]) -> None:
    total = sum(h * w for h, w in shapes)
    if not 0 < total <= MOST_PIXELS or min(min(shape) for shape in shapes) < 1:
        raise InputError(f"images have {total} pixels together; 1 to {MOST_PIXELS} would do")


def _fingerprint(weights: Any) -> bytes:
    """Return what tells one codec from another: a hash of its weights in whole numbers."""
    found = hashlib.blake2b(digest_size=8)
    for part in _leaves(weights):
        found.update(np.asarray(part, "<f8").tobytes())
    return found.digest()


def _leaves(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [leaf for name in sorted(tree) for leaf in _leaves(tree[name])]
    if isinstance(tree, list | tuple):
        return [leaf for part in tree for leaf in _leaves(part)]
    return [tree]


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST).digest()
