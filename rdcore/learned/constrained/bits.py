"""Coded files: latents of images, range-coded with the prior of a codec.

All numbers are little-endian.

=====  =======  ==================================================================
bytes  type     meaning
=====  =======  ==================================================================
8      bytes    89 52 44 4C 0D 0A 1A 0A, which a transfer in text mode corrupts
2      uint16   version, 1
8      bytes    BLAKE2b of the codec's integer weights
4      uint32   number of images I
4      uint32   number of words W
8·I    uint32   height and width of each image
4·W    uint32   words of the range coder
16     bytes    BLAKE2b of all preceding bytes
=====  =======  ==================================================================

Images are divided into patches row by row, with edges extended to whole patches. At each position
of the latents, row by row and channel by channel, the levels of all patches are coded one after
another with the probabilities of the prior in integer arithmetic.
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
    """A coded file of images.

    Attributes
    ----------
    blob : bytes
        The file.
    coded_bytes : int
        Size of the code, without header and checksum.
    estimated_bits : float
        Bits of the latents under the prior in floating point.
    pixels : int
        Number of pixels of the images, without extended edges.
    """

    blob: bytes
    coded_bytes: int
    estimated_bits: float
    pixels: int

    @property
    def rate_bpp(self) -> float:
        """Bits of the file per pixel."""
        return 8 * len(self.blob) / self.pixels


def compress(run: CodecRun, images: Sequence[ArrayLike]) -> Coded:
    """Code images to a file for ``decompress``.

    Parameters
    ----------
    run : CodecRun
        The codec.
    images : sequence of arrays of uint8, (h, w) or (h, w, 3)
        Colours are converted to grey levels.

    Raises
    ------
    InputError
        If there are no images, or one is invalid.
    """
    if not 0 < len(images) <= _MOST_IMAGES:
        raise InputError(f"images must have 1 to {_MOST_IMAGES} entries; got {len(images)}")
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
    """Return the images (h, w) in a file from ``compress``, identical on every machine.

    Parameters
    ----------
    run : CodecRun
        The codec that coded the file.
    blob : bytes
        The file.

    Raises
    ------
    InputError
        If the file has another format, version or codec, or is truncated or corrupt.
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
        raise InputError(f"blob is corrupt: its code is invalid ({error})") from None
    if not ended:
        raise InputError("blob is corrupt: its code has more latents than declared")
    return levels


def _in_pixels(weights: Any, levels: Levels, chunk: int = 512) -> Grey:
    parts = [fixed.pixels(weights, levels[k : k + chunk]) for k in range(0, len(levels), chunk)]
    return np.concatenate(parts)


def _model() -> Any:
    # The library distributes the frequencies exactly; see rdcore.coding.
    return constriction.stream.model.Categorical(perfect=False)


def _shares(frequencies: Frequencies) -> NDArray[np.float64]:
    if not (frequencies.sum(1) == 1 << PRECISION).all():
        raise InputError("frequencies must sum to 2²⁴")
    return np.ascontiguousarray(frequencies - 1, np.float64)


def parsed(blob: bytes, fingerprint: bytes) -> tuple[list[tuple[int, int]], Words]:
    """Check the checksum and all sizes before anything is allocated."""
    if not isinstance(blob, bytes | bytearray | memoryview):
        raise InputError(f"blob must be bytes from compress; got {type(blob).__name__}")
    blob = bytes(blob)
    if blob[: len(MAGIC)] != MAGIC[: len(blob)] or not blob:
        raise InputError("blob must be a coded file; it has another format")
    if len(blob) < _HEAD.size + _SHAPE.size + _DIGEST:
        raise InputError(f"blob is truncated: it has {len(blob)} bytes")
    content = blob[:-_DIGEST]
    _, version, codec, images, words = _HEAD.unpack_from(content)
    if version != VERSION:
        raise InputError(f"blob must be of version {VERSION}; got version {version}")
    total = _HEAD.size + _SHAPE.size * images + 4 * words
    if total != len(content) or _digest(content) != blob[-_DIGEST:]:
        raise InputError("blob is truncated or corrupt: its size or checksum does not match")
    if codec != fingerprint:
        raise InputError("blob was coded with another codec; decode it with that one")
    at = _HEAD.size + _SHAPE.size * images
    shapes = [(int(h), int(w)) for h, w in _SHAPE.iter_unpack(content[_HEAD.size : at])]
    _check_size(shapes)
    return shapes, np.frombuffer(content, "<u4", words, at).astype(np.uint32)


def _check_size(shapes: list[tuple[int, int]]) -> None:
    total = sum(h * w for h, w in shapes)
    if not 0 < total <= MOST_PIXELS or min(min(shape) for shape in shapes) < 1:
        raise InputError(f"images must have 1 to {MOST_PIXELS} pixels in total; got {total}")


def _fingerprint(weights: Any) -> bytes:
    """Return the fingerprint of a codec: a hash of its integer weights."""
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
