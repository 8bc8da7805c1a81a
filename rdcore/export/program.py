"""A quantiser or trellis code as a self-contained Python file."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from rdcore.coding import frequencies
from rdcore.design.quantisers import Quantiser
from rdcore.design.trellis import TrellisQuantiser
from rdcore.errors import InputError
from rdcore.export.data import checked

_FILE = Path(__file__).with_name("_standalone.py")
_TRELLIS_FILE = Path(__file__).with_name("_standalone_trellis.py")
_BEGIN, _END = "# <constants>\n", "# </constants>\n"


def to_python(quantiser: Quantiser | TrellisQuantiser) -> str:
    """Return a Python program that quantises, reconstructs, compresses and decompresses.

    The program needs only NumPy. Its functions are ``encode``, ``decode``, ``compress`` and
    ``decompress``. Its files have the format of ``rdcore.coding`` with the coder "ans", and each
    decodes the files of the other. That of a trellis code encodes at the prices of its design,
    which meet the levels about, instead of exactly.

    Parameters
    ----------
    quantiser : Quantiser or TrellisQuantiser
        What to export.

    Returns
    -------
    str
        The program.

    Raises
    ------
    InputError
        If a trellis code has a distortion that is not one of the named ones.

    Examples
    --------
    >>> import rdcore as rd
    >>> q = rd.quantisers.lloyd_max(rd.sources.uniform_grid(8), 2)
    >>> "CODEBOOK = np.array([0.25, 0.75])" in to_python(q)
    True
    """
    trellis = isinstance(quantiser, TrellisQuantiser)
    text = (_TRELLIS_FILE if trellis else _FILE).read_text(encoding="utf-8")
    before, rest = text.split(_BEGIN)
    _, after = rest.split(_END)
    if isinstance(quantiser, TrellisQuantiser):
        return before + _of_trellis(quantiser) + after
    checked(quantiser)
    return before + _constants(quantiser) + after


def _of_trellis(code: TrellisQuantiser) -> str:
    problem, words = code.problem, code.words
    prices = []
    for index, distortion in enumerate(problem.distortions):
        if not isinstance(distortion, str):
            raise InputError("quantiser must have named distortions; got another one")
        mine = problem.rows.matrix == index
        scale = code.slopes[mine] @ problem.rows.weights[mine]
        prices.append(f"{distortion!r}: np.array({scale.tolist()!r})")
    counts = [frequencies(words.pmf[words.books == book]).tolist() for book in (0, 1)]
    lines = [
        f"H0, H1 = {code.trellis.h0}, {code.trellis.h1}",
        _assign("WORDS", words.values),
        _assign("BRANCHES", words.branch),
        _wrapped(f"FREQUENCIES = {counts}"),
        "# The price of each distortion at each atom, in nats.",
        _assign("ATOMS", problem.source.points),
        _wrapped(f"PRICES: dict[str, np.ndarray] = {{{', '.join(prices)}}}"),
    ]
    return "\n".join(lines) + "\n"


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
