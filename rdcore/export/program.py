"""A quantiser as a self-contained Python file."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from rdcore.coding import frequencies
from rdcore.design.quantisers import Quantiser

_FILE = Path(__file__).with_name("_standalone.py")
_BEGIN, _END = "# <constants>\n", "# </constants>\n"


def to_python(quantiser: Quantiser) -> str:
    """Return a Python program that quantises, reconstructs, compresses and decompresses.

    The program needs only NumPy. Its functions are ``encode``, ``decode``, ``compress`` and
    ``decompress``. Its files have the format of ``rdcore.coding`` with the coder "ans", and each
    decodes the files of the other.

    Examples
    --------
    >>> import rdcore as rd
    >>> q = rd.quantisers.lloyd_max(rd.sources.uniform_grid(8), 2)
    >>> "CODEBOOK = np.array([0.25, 0.75])" in to_python(q)
    True
    """
    text = _FILE.read_text(encoding="utf-8")
    before, rest = text.split(_BEGIN)
    _, after = rest.split(_END)
    return before + _constants(quantiser) + after


def _constants(quantiser: Quantiser) -> str:
    line = quantiser.source.dim == 1
    points = None if line else quantiser.source.points
    lines = [
        _assign("CODEBOOK", quantiser.codebook),
        _wrapped(f"FREQUENCIES = {frequencies(quantiser.pmf).tolist()}"),
        f"ENTROPY_BITS = {quantiser.entropy_bits!r}",
        "# In one dimension: the ends of the intervals, and the index of each interval. Else None.",
        _assign("THRESHOLDS", quantiser.thresholds if line else None),
        _assign("LABELS", quantiser.interval_labels if line else quantiser.assignment),
        "# In several dimensions: a sample has the label of the nearest point. Else None.",
        _assign("POINTS", points),
    ]
    return "\n".join(lines) + "\n"


def _assign(name: str, values: np.ndarray[Any, Any] | None) -> str:
    if values is None:
        return f"{name} = None"
    if values.size == 0:
        return f"{name} = np.empty(0)"
    return _wrapped(f"{name} = np.array({values.tolist()!r})")


def _wrapped(text: str) -> str:
    wrapper = textwrap.TextWrapper(
        99, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
    return wrapper.fill(text)
