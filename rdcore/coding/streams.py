"""Compression of samples, and its measurement."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, points
from rdcore.coding.container import Part, pack, unpack
from rdcore.coding.model import PRECISION, Coder, Indices, encode, frequencies
from rdcore.coding.trellis_codes import as_file, packed
from rdcore.design.quantisers import Quantiser, TimeSharing
from rdcore.design.trellis import TrellisQuantiser
from rdcore.errors import InputError


def compress(
    encoder: Quantiser | TimeSharing | TrellisQuantiser,
    samples: ArrayLike,
    *,
    coder: Coder = "ans",
) -> bytes:
    """Quantise samples and code the indices at about H(Y) bits per symbol.

    The frequencies are the pmf of the quantiser in integer multiples of 2⁻²⁴, so that decoding is
    identical on every machine. For time sharing, each quantiser codes one contiguous part of the
    samples.

    Parameters
    ----------
    encoder : Quantiser, TimeSharing or TrellisQuantiser
        The encoder. A trellis code meets the levels of its problem on the samples.
    samples : array, (N,) or (N, d)
        The samples, in the unit of the atoms.
    coder : {"ans", "range"}
        Asymmetric numeral systems, or range coding; for trellis codes only the former.

    Returns
    -------
    bytes
        A self-contained file for ``decompress``.

    References
    ----------
    R. Bamler, "Understanding entropy coding with asymmetric numeral systems (ANS)",
    arXiv:2201.01741, 2022.

    Examples
    --------
    >>> import rdcore as rd
    >>> q = rd.quantisers.lloyd_max(rd.sources.uniform_grid(8), 2)
    >>> rd.coding.decompress(compress(q, [0.1, 0.9, 0.6]))
    array([0.25, 0.75, 0.75])
    """
    if isinstance(encoder, TrellisQuantiser):
        values = _only_ans(samples, coder)
        return packed(encoder, encoder.encode(values), len(values))
    return _packed(_quantised(encoder, samples), coder)


@dataclass(frozen=True)
class Trial:
    """Measurements of coding samples to a file and back.

    Attributes
    ----------
    symbols : int
        Number of samples.
    size_bytes, header_bytes : int
        Size of the file, and of the file without the code.
    entropy_bits : float
        H(Y) of the encoder, bits per symbol; of a trellis code its ``rate_bits``.
    ideal_bits : float
        Mean of -log2 P(Y) over the samples, bits per symbol: the rate of an ideal coder.
    equal : bool
        Whether decoding returned every symbol exactly.
    encode_seconds, decode_seconds : float
        Time of the entropy coder, without quantising.
    """

    symbols: int
    size_bytes: int
    header_bytes: int
    entropy_bits: float
    ideal_bits: float
    equal: bool
    encode_seconds: float
    decode_seconds: float

    @property
    def bits_per_symbol(self) -> float:
        """Size of the file, bits per symbol."""
        return 8 * self.size_bytes / self.symbols


def trial(
    encoder: Quantiser | TimeSharing | TrellisQuantiser,
    samples: ArrayLike,
    *,
    coder: Coder = "ans",
) -> tuple[Trial, bytes]:
    """Compress samples, decompress the file, compare, and return the measurements and the file.

    Parameters
    ----------
    encoder, samples, coder
        As for ``compress``.

    Returns
    -------
    trial : Trial
        The measurements, with times in seconds.
    file : bytes
        The file.

    Examples
    --------
    >>> import rdcore as rd
    >>> source = rd.sources.uniform_grid(8)
    >>> found, file = trial(rd.quantisers.lloyd_max(source, 2), [0.1, 0.9, 0.6])
    >>> found.equal, found.symbols, found.size_bytes == len(file)
    (True, 3, True)
    """
    if isinstance(encoder, TrellisQuantiser):
        return _trellis_trial(encoder, samples, coder)
    streams = _quantised(encoder, samples)
    begin = time.perf_counter()
    blob = _packed(streams, coder)
    middle = time.perf_counter()
    decoded = unpack(blob)
    end = time.perf_counter()
    equal = all(
        np.array_equal(found, sent)
        for found, (_, sent) in zip(decoded.indices, streams, strict=True)
    )
    number = sum(len(sent) for _, sent in streams)
    ideal = code = 0.0
    for quantiser, sent in streams:
        counts = frequencies(quantiser.pmf)
        code += 4 * len(encode(sent, counts, coder))
        seen = np.bincount(sent, minlength=quantiser.m)
        used = seen > 0
        ideal += float(seen[used] @ (PRECISION - np.log2(counts[used])))
    return Trial(
        number,
        len(blob),
        len(blob) - int(code),
        encoder.rate_bits,
        ideal / number,
        equal,
        middle - begin,
        end - middle,
    ), blob


def _trellis_trial(code: TrellisQuantiser, samples: ArrayLike, coder: Coder) -> tuple[Trial, bytes]:
    values = _only_ans(samples, coder)
    coding = code.encode(values)
    begin = time.perf_counter()
    file = as_file(code, coding, len(values))
    blob = packed(code, coding, len(values))
    middle = time.perf_counter()
    found = unpack(blob).reproduction
    end = time.perf_counter()
    number = len(values)
    header = len(blob) - 4 * sum(len(book.code) for book in file.books)
    equal = np.array_equal(found, code.decode(coding, number))
    spent = (middle - begin, end - middle)
    ideal = coding.rate / float(np.log(2))
    return Trial(number, len(blob), header, code.rate_bits, ideal, equal, *spent), blob


def _only_ans(samples: ArrayLike, coder: Coder) -> Array:
    if coder != "ans":
        raise InputError(f"coder must be 'ans' for a trellis code; got {coder!r}")
    return points(samples, "samples")


def _quantised(
    encoder: Quantiser | TimeSharing, samples: ArrayLike
) -> list[tuple[Quantiser, Indices]]:
    values = points(samples, "samples")
    if isinstance(encoder, Quantiser):
        return [(encoder, encoder.encode(values))]
    if not isinstance(encoder, TimeSharing):
        raise InputError(
            "encoder must be a Quantiser, TimeSharing or TrellisQuantiser; got"
            f" {type(encoder).__name__}; the encoder of an annealing has one as `.quantiser`"
        )
    if len(encoder.quantisers) > 255:
        raise InputError(f"encoder must have at most 255 quantisers; got {len(encoder.quantisers)}")
    cuts = np.rint(np.cumsum(encoder.shares)[:-1] * len(values)).astype(int)
    stretches = np.split(values, cuts)
    return [
        (q, q.encode(some) if len(some) else np.empty(0, dtype=np.int32))
        for q, some in zip(encoder.quantisers, stretches, strict=True)
    ]


def _packed(streams: list[tuple[Quantiser, Indices]], coder: Coder) -> bytes:
    parts = []
    for quantiser, indices in streams:
        counts = frequencies(quantiser.pmf)
        words = encode(indices, counts, coder)
        parts.append(Part(quantiser.codebook, counts, len(indices), words))
    return pack(tuple(parts), coder)
