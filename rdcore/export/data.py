"""Quantisers and trellis codes as JSON and NPZ: writing and reading."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np

from rdcore import _npz
from rdcore.coding import TrellisCode
from rdcore.design.quantisers import Quantiser
from rdcore.design.trellis import TrellisQuantiser
from rdcore.errors import InputError
from rdcore.export import trellis_data
from rdcore.problem.distortions import Named
from rdcore.problem.sources import Source

FORMAT = "rdcore.quantiser"
VERSION = 1
_MOST_BYTES = 1 << 28
_NEEDED = ("format", "version", "name", "distortion_measure", "atoms", "pmf", "codebook")


def to_json(quantiser: Quantiser | TrellisQuantiser) -> str:
    """Return the quantiser or trellis code as JSON, which ``from_json`` reads.

    A quantiser has the fields that define the quantiser (atoms, pmf, codebook, assignment,
    distortion_measure) and, for other programs, the distribution of the codewords, H(Y) in bits and
    the distortion.

    Parameters
    ----------
    quantiser : Quantiser or TrellisQuantiser
        What to export.

    Returns
    -------
    str
        JSON with the version of its format.

    Raises
    ------
    InputError
        If its distortion is not one of the named ones.

    Examples
    --------
    >>> import rdcore as rd
    >>> q = rd.quantisers.lloyd_max(rd.sources.uniform_grid(8), 2)
    >>> from_json(to_json(q)).codebook
    array([0.25, 0.75])
    """
    fields = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in _fields(quantiser)}
    if isinstance(quantiser, TrellisQuantiser):
        return json.dumps(fields, allow_nan=False)
    told = {
        "codeword_pmf": quantiser.pmf.tolist(),
        "entropy_bits": quantiser.entropy_bits,
        "distortion": quantiser.distortion,
    }
    return json.dumps({**fields, **told}, allow_nan=False)


def from_json(text: str | bytes) -> Quantiser | TrellisCode:
    """Return the quantiser or trellis code in a text from ``to_json``.

    Parameters
    ----------
    text : str or bytes
        The text.

    Returns
    -------
    Quantiser or TrellisCode
        What was exported.

    Raises
    ------
    InputError
        If the text is not JSON, has another format or version, or has invalid values.

    Examples
    --------
    >>> import rdcore as rd
    >>> q = rd.quantisers.lloyd_max(rd.sources.uniform_grid(8), 2)
    >>> from_json(rd.export.to_json(q)).codebook.tolist()
    [0.25, 0.75]
    """
    try:
        fields = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"text must be JSON from to_json: {error}") from None
    if not isinstance(fields, dict):
        raise InputError("text must be a JSON object from to_json")
    return _quantiser(fields, "text")


def to_npz(quantiser: Quantiser | TrellisQuantiser) -> bytes:
    """Return a quantiser or trellis code as an NPZ file without pickles; ``from_npz`` reads it.

    Parameters
    ----------
    quantiser : Quantiser or TrellisQuantiser
        What to export.

    Returns
    -------
    bytes
        The content of an NPZ file with the version of its format.

    Examples
    --------
    >>> import rdcore as rd
    >>> to_npz(rd.quantisers.lloyd_max(rd.sources.uniform_grid(8), 2))[:2]
    b'PK'
    """
    return _npz.to_bytes(dict(_fields(quantiser)))


def from_npz(data: bytes) -> Quantiser | TrellisCode:
    """Return the quantiser or trellis code in a file from ``to_npz``.

    Parameters
    ----------
    data : bytes
        The file's content.

    Returns
    -------
    Quantiser or TrellisCode
        What was exported.

    Raises
    ------
    InputError
        If the bytes are not an NPZ file, have another format or version, or have invalid values.

    Examples
    --------
    >>> import rdcore as rd
    >>> q = rd.quantisers.lloyd_max(rd.sources.uniform_grid(8), 2)
    >>> from_npz(rd.export.to_npz(q)).codebook.tolist()
    [0.25, 0.75]
    """
    with _npz.damage("data must be an NPZ file from to_npz"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > _MOST_BYTES:
            raise InputError(f"data must unpack to at most {_MOST_BYTES} bytes; got {size}")
        fields = _npz.from_bytes(data)
    plain = {k: v.item() if getattr(v, "shape", None) == () else v for k, v in fields.items()}
    return _quantiser(plain, "data")


def checked(quantiser: object) -> Quantiser:
    """Return what is a quantiser; refuse anything else."""
    if isinstance(quantiser, Quantiser):
        return quantiser
    raise InputError(
        "quantiser must be a Quantiser or TrellisQuantiser; got"
        f" {type(quantiser).__name__}; the encoder of an annealing has one as `.quantiser`"
    )


def _fields(quantiser: Quantiser | TrellisQuantiser) -> list[tuple[str, Any]]:
    if isinstance(quantiser, TrellisQuantiser):
        return trellis_data.fields(quantiser)
    measure = checked(quantiser).distortion_measure
    if not isinstance(measure, str):
        names = ", ".join(get_args(Named))
        raise InputError(f"quantiser must have one of the distortions {names}; got another one")
    return [
        ("format", FORMAT),
        ("version", VERSION),
        ("name", quantiser.source.name),
        ("distortion_measure", measure),
        ("atoms", quantiser.source.atoms),
        ("pmf", quantiser.source.pmf),
        ("codebook", quantiser.codebook),
        ("assignment", quantiser.assignment),
    ]


def _quantiser(fields: Mapping[str, Any], name: str) -> Quantiser | TrellisCode:
    if fields.get("format") == trellis_data.FORMAT:
        return trellis_data.code_of(fields, name)
    missing = [key for key in (*_NEEDED, "assignment") if key not in fields]
    if missing or fields["format"] != FORMAT:
        raise InputError(f"{name} must be a quantiser; missing: {', '.join(missing) or 'format'}")
    if fields["version"] != VERSION:
        raise InputError(f"{name} must be of version {VERSION}; got {fields['version']!r}")
    told = fields["distortion_measure"]
    measure = next((known for known in get_args(Named) if known == told), None)
    if measure is None:
        raise InputError(f"{name} has an unknown distortion_measure; got {told!r}")
    try:
        source = Source(fields["atoms"], fields["pmf"], str(fields["name"]))
        return Quantiser(source, fields["codebook"], fields["assignment"], measure)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name} has invalid values: {error}") from None
