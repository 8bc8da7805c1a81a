"""The origin of the codewords, and what is typed for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

import rdcore as rd
from dashboard.errors import UserError
from dashboard.model.presets import Distortion
from rdcore.tables import LARGEST_VALUE

CodebookKind = Literal["preset", "grid", "typed", "best"]

MAX_CODEWORDS = 256
MAX_CELLS = 400_000
PRESET_CODEWORDS = {1: 49, 2: 49}
MOST_ATOMS_AS_CODEWORDS = 2
"""With so few atoms the codewords without a choice are the atoms."""


class SpecError(UserError):
    """A choice cannot be used; the message says what is accepted."""


@dataclass(frozen=True)
class CodebookSpec:
    """The origin of the codewords: those of the preset, equally spaced, typed, or the best.

    With "best" the codewords are free; once they are found, ``typed`` has them.
    """

    kind: CodebookKind = "preset"
    count: int = 0
    typed: str = ""

    @property
    def free(self) -> bool:
        """Whether the codewords are still to be found."""
        return self.kind == "best" and not self.typed

    def codebook(self, source: rd.sources.Source, distortion: Distortion) -> NDArray[np.float64]:
        """Build the codewords, (m,) or (m, 2).

        Raises
        ------
        SpecError
            If the typed text is not a codebook, or if there are too many codewords.
        """
        codewords = self._codewords(source, distortion)
        if len(codewords) * source.n > MAX_CELLS:
            raise SpecError(
                f"{source.n} atoms with {len(codewords)} codewords are too many to solve at once;"
                f" use at most {MAX_CELLS // source.n} codewords."
            )
        return codewords

    def _is_atoms(self, source: rd.sources.Source) -> bool:
        return self.kind == "preset" and source.n <= MOST_ATOMS_AS_CODEWORDS

    def _codewords(self, source: rd.sources.Source, distortion: Distortion) -> NDArray[np.float64]:
        if distortion == "hamming" or self._is_atoms(source):
            return np.unique(source.atoms, axis=0)
        if self.kind == "best":
            rows = [[float(value) for value in one.split()] for one in self.typed.split(",")]
            found = np.array(rows)
            return found[:, 0] if source.dim == 1 else found
        if self.kind == "typed":
            return typed_codebook(self.typed, source.dim)
        if self.kind == "grid":
            return rd.sources.grid_codebook(source, min(max(self.count, 1), MAX_CODEWORDS))
        try:
            return rd.sources.codebook(source.name)
        except rd.InputError:
            return rd.sources.grid_codebook(source, PRESET_CODEWORDS[source.dim])


def words(
    book: CodebookSpec, source: str, *, dim: int = 1, distortion: Distortion = "squared_error"
) -> str:
    """Return what the codewords are in a word or two; ``source`` is the name of the source.

    Examples
    --------
    >>> words(CodebookSpec(), "gaussian"), words(CodebookSpec(), "own")
    ('Preset', '49 steps')
    >>> words(CodebookSpec("grid", 12), "own"), words(CodebookSpec(), "own", dim=2)
    ('12 steps', '7 × 7 steps')
    """
    if distortion in ("hamming", "matrix"):
        return "Atoms" if distortion == "hamming" else "Columns"
    if book.kind == "grid":
        return f"{book.count} steps"
    if book.kind != "preset":
        return book.kind.capitalize()
    try:
        rd.sources.codebook(source)
    except rd.InputError:
        count = PRESET_CODEWORDS[min(dim, 2)]
        return f"{count} steps" if dim == 1 else f"{isqrt(count)} × {isqrt(count)} steps"
    return "Preset"


def typed_codebook(text: str, dim: int) -> NDArray[np.float64]:
    """Read codewords: numbers in 1-D; in 2-D pairs, numbers by spaces and pairs by commas.

    Raises
    ------
    SpecError
        One sentence: what cannot be read and what is accepted.
    """
    example = "“-5, -1, 2.5” is accepted" if dim == 1 else "“-4 -4, 4 4” is accepted"
    text = text.replace("\N{MINUS SIGN}", "-").strip()
    parts = [part for part in re.split(r"[,;\n]" if dim > 1 else r"[\s,;]+", text) if part.strip()]
    if not parts:
        raise SpecError(f"No codewords are typed; {example}.")
    if len(parts) > MAX_CODEWORDS:
        raise SpecError(f"{len(parts)} codewords are typed; use at most {MAX_CODEWORDS}.")
    try:
        rows = [[float(value) for value in part.split()] for part in parts]
    except ValueError:
        raise SpecError(f"The codewords cannot be read as numbers; {example}.") from None
    within = all(abs(value) <= LARGEST_VALUE for row in rows for value in row)
    if not within or any(len(row) != dim for row in rows):
        raise SpecError(f"Each codeword needs {dim} finite number{'s'[: dim - 1]}; {example}.")
    codewords = np.unique(np.array(rows), axis=0)
    return codewords[:, 0] if dim == 1 else codewords
