"""The user's choices as small hashable values; each builds its rdcore object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

import rdcore as rd
from dashboard.model import subset
from dashboard.model.codebooks import CodebookSpec, SpecError, words
from dashboard.model.presets import OWN, PRESETS, Closed, Distortion
from dashboard.model.weights import SampledRows, Weighs, counts, probable
from dashboard.uploads import store
from rdcore.problem.distortions import Angle, Listed, Named, OffBy, Relative
from rdcore.tables import (
    AUTOMATIC,
    Choice,
    DistortionMatrix,
    Labels,
    Reading,
    Table,
    Understood,
    distortion_matrix,
    understand,
    units,
)

Measure = Literal["conditional", "joint", "each"]

MAX_SYMBOLS = 128

_OF_PRESET = CodebookSpec()

Measured = Named | OffBy | Relative | Angle | Listed

UNITS: dict[Distortion, str] = {
    "squared_error": "unit²",
    "absolute": "unit",
    "hamming": "error",
    "off_by": "error",
    "relative": "share",
    "angle": "unit²",
    "matrix": "unit",
}
"""The unit of a distortion level; prices are in bits per that unit."""


@dataclass(frozen=True)
class SourceSpec:
    """A source: the name of a preset with its knobs, or the digest of an upload with its choice.

    ``reading`` is how the uploaded file is read. ``by`` are texts of subsets that use columns of
    the upload beside its values; they split the atoms into pairs of a value and a group.
    ``ordered`` says that the rows of the upload follow each other in time. ``weighs`` says what the
    weights of an upload are: of a known distribution, or of samples.
    """

    kind: str
    knobs: tuple[float, ...] = ()
    digest: str = ""
    choice: Choice | None = None
    reading: Reading = AUTOMATIC
    by: tuple[str, ...] = ()
    ordered: bool = False
    weighs: Weighs = "law"

    def source(self) -> rd.sources.Source:
        """Build the source."""
        if self.matrix:
            listed = self.listed()
            return rd.Source(np.arange(1.0, len(listed.pmf) + 1), listed.pmf, name=listed.name)
        if self.kind == OWN:
            return self._uploaded()
        if self.kind == "bernoulli":
            return rd.sources.bernoulli(self.knobs[0])
        if self.kind == "uniform":
            count, low, high = self.knobs
            if not low < high:
                raise SpecError(
                    f"The range from {low:g} to {high:g} is empty; From must be less than To."
                )
            return rd.sources.uniform_grid(int(count), low, high)
        if self.kind == "laplacian":
            return rd.sources.laplacian(scale=self.knobs[0])
        return getattr(rd.sources, self.kind)()  # type: ignore[no-any-return]

    @property
    def matrix(self) -> bool:
        """Whether the source is the alphabet of an uploaded matrix of distortions."""
        return self.kind == OWN and self.choice is not None and self.choice.kind == "matrix"

    def listed(self) -> DistortionMatrix:
        """Return an uploaded matrix of distortions; its symbols are numbered from 1."""
        assert self.choice is not None
        return distortion_matrix(self.table(), self.choice.weight)

    @property
    def samples(self) -> bool:
        """Whether the source is what samples show: rows of an upload, or weights of samples."""
        if self.kind != OWN or self.choice is None or self.matrix:
            return False
        return self.choice.kind == "samples" or self.weighs != "law"

    def samples_of_rows(self) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the atom and the share of each sample of an upload, (N,), in their order.

        Raises
        ------
        SpecError
            If weights are to be counts and are not.
        """
        found = _understood(self)
        labels, weights = found.labels, found.weights
        if self.choice is not None and self.choice.kind == "weighted" and self.weighs == "counts":
            labels = np.repeat(labels, counts(weights, self.choice.weight))
            weights = np.ones(len(labels))
        # The largest one first, so that the sum of large weights does not overflow.
        shares = weights / weights.max()
        return labels, shares / shares.sum()

    def probably(self) -> Weighs:
        """Return what the weights of an upload probably are: counts if their name says so."""
        assert self.choice is not None
        return probable(self.choice.weight, self.table().column(self.choice.weight).values)

    def series(self) -> NDArray[np.float64]:
        """Return the values of the used rows of an upload with one column, (N,), in their order."""
        return np.asarray(_understood(self).points[:, 0])

    def _uploaded(self) -> rd.sources.Source:
        found = _understood(self)
        source = rd.sources.from_pmf(found.atoms, found.pmf, name=f"{found.name} (uploaded)")
        if found.cell_variances is None or found.cell_diameters is None:
            return source
        # Hoeffding: a cell of diameter h is sub-Gaussian with proxy h²/4.
        return replace(source, cells=rd.Cells(found.cell_variances, found.cell_diameters**2 / 4))

    @property
    def labels(self) -> tuple[str, ...]:
        """The axis labels: the columns of an upload or x, with their units."""
        if self.choice is not None:
            return self.choice.labels
        plane = self.kind in ("gaussian_2d", "four_clusters")
        return ("x₁ (unit)", "x₂ (unit)") if plane else ("x (unit)",)

    def shapes(self, text: str, dim: int) -> subset.Ops:
        """Read the text of a subset, in which the columns of an upload have their names."""
        if self.choice is None or self.matrix:
            return _parsed(text, dim)
        table = self.table()
        return subset.parse(text, dim, self._names(table), _texts(table))

    def table(self) -> Table:
        """Return the table of an upload.

        Raises
        ------
        SpecError
            If it is no longer on the server.
        """
        table = store.table(self.digest, self.reading)
        if table is None or self.choice is None:
            raise SpecError("The file is no longer on the server; upload the file again.")
        return table

    def _names(self, table: Table) -> tuple[str, ...]:
        """Return the columns of numbers, the axes first."""
        axes = self.choice.axes if self.choice else ()
        return (*axes, *(name for name in table.names if name not in axes))

    def uses_rows(self, text: str) -> bool:
        """Whether a text uses columns beside the values, so that it is about rows, not atoms."""
        if self.choice is None:
            return False
        return any(op.kind == "where" for op in self.shapes(text, len(self.choice.axes)))

    def rows(self, text: str) -> subset.Mask:
        """Return which rows of an upload are in a subset, (rows,)."""
        table, choice = self.table(), self.choice
        assert choice is not None
        numbers = [table.column(name).values for name in self._names(table)]
        codes = [one.codes.astype(np.float64) for one in _labels(table)]
        masses = np.ones(table.rows)
        if choice.kind == "weighted":
            masses = np.clip(np.nan_to_num(table.column(choice.weight).values), 0.0, None)
        masses[~np.isfinite(numbers[0])] = 0.0
        ops = self.shapes(text, len(choice.axes))
        return subset.mask(ops, np.column_stack(numbers + codes), masses)

    def mask(self, text: str, source: rd.sources.Source) -> subset.Mask:
        """Return which atoms of the source are in a subset, (n,)."""
        if text in self.by:
            found: subset.Mask = _understood(self).groups[self.by.index(text)]
            return found
        asis = self.choice is None or self.matrix
        points = source.points if asis else _understood(self).values
        return subset.mask(self.shapes(text, source.dim), points, source.pmf)

    @property
    def vectors(self) -> bool:
        """Whether the source has more than two columns."""
        return self.choice is not None and len(self.choice.axes) > 2

    @property
    def scales(self) -> NDArray[np.float64]:
        """The factor by which the atoms differ from each column of an upload, (d,); else ones."""
        if self.choice is None or self.matrix:
            return np.ones(len(self.labels))
        return _understood(self).scales

    @property
    def unit(self) -> str:
        """The unit of the values of an upload, or "unit"."""
        return (self.choice.common_unit if self.choice else "") or "unit"

    @property
    def closed(self) -> Closed:
        """The closed form of R(D) for this source, "" if there is none."""
        return PRESETS[self.kind].closed if self.kind in PRESETS else ""


@lru_cache(maxsize=8)
def _understood(spec: SourceSpec) -> Understood:
    table = spec.table()
    assert spec.choice is not None
    return understand(table, spec.choice, [spec.rows(text) for text in spec.by])


def forget_data() -> None:
    """Clear the cache that holds the data of uploads."""
    _understood.cache_clear()


def _labels(table: Table) -> list[Labels]:
    """Return the columns of text whose names no column of numbers has."""
    return [one for one in table.labels if one.name not in table.names]


def _texts(table: Table) -> dict[str, tuple[str, ...]]:
    return {one.name: one.texts for one in _labels(table)}


_parsed = lru_cache(maxsize=256)(subset.parse)


@dataclass(frozen=True)
class Subset:
    """A subset of the atoms whose distortion is limited.

    Attributes
    ----------
    text : str
        Which atoms, as ``dashboard.model.subset`` reads it.
    level : float
        D′, in the unit of the distortion.
    measure : str
        What D′ limits.
    slot : int
        Its number, by which its name and colour are found.
    """

    text: str
    level: float = 0.0
    measure: Measure = "conditional"
    slot: int = 1


@dataclass(frozen=True)
class Setting:
    """All settings of a problem except D."""

    source: SourceSpec
    codebook: CodebookSpec = _OF_PRESET
    distortion: Distortion = "squared_error"
    subsets: tuple[Subset, ...] = ()
    size: float = 1.0

    @property
    def unit(self) -> str:
        """Unit of D and of D′."""
        if self.distortion in ("hamming", "off_by", "relative"):
            return UNITS[self.distortion]
        if self.distortion == "matrix":
            return self.source.unit
        unit = self.source.unit
        return unit if self.distortion == "absolute" else units.squared(unit)

    @property
    def measure(self) -> Measured:
        """The distortion for rdcore; ``size`` is its tolerance, floor or full turn."""
        if self.distortion == "matrix":
            return Listed(tuple(map(tuple, self.source.listed().values.tolist())))
        made: dict[str, type[OffBy | Relative | Angle]]
        made = {"off_by": OffBy, "relative": Relative, "angle": Angle}
        if self.distortion in made:
            return made[self.distortion](self.size)
        named: Measured = self.distortion  # type: ignore[assignment]
        return named

    @property
    def centroids(self) -> bool:
        """Whether codewords can move: for squared and absolute error."""
        return self.distortion in ("squared_error", "absolute")

    @property
    def free(self) -> bool:
        """Whether the free codebook can be solved."""
        return self.centroids or (
            self.distortion in ("off_by", "relative") and len(self.source.labels) == 1
        )

    @property
    def codebook_words(self) -> str:
        """What the codewords are, in a word or two."""
        source = self.source
        return words(self.codebook, source.kind, dim=len(source.labels), distortion=self.distortion)

    def _codewords(self, source: rd.sources.Source) -> NDArray[np.float64]:
        if self.distortion == "matrix":
            return np.arange(1.0, len(self.source.listed().codewords) + 1)
        return self.codebook.codebook(source, self.distortion)

    def masks(self, source: rd.sources.Source) -> tuple[NDArray[np.bool_], ...]:
        """Return which atoms of the source are in each subset, (n,) each."""
        return tuple(self.source.mask(one.text, source) for one in self.subsets)

    def grouped(self) -> Setting:
        """Return the setting with the atoms split by the subsets that use columns of the file."""
        texts = [one.text for one in self.subsets if self.source.uses_rows(one.text)]
        return replace(self, source=replace(self.source, by=tuple(dict.fromkeys(texts))))

    def without_subsets(self) -> Setting:
        """Return the same setting without subsets."""
        return replace(self, subsets=())

    def pruned(self, source: rd.sources.Source) -> Setting:
        """Return the same setting without the subsets that have no atom."""
        pairs = zip(self.subsets, self.masks(source), strict=True)
        return replace(self, subsets=tuple(one for one, inside in pairs if inside.any()))

    def with_levels(self, levels: Sequence[float]) -> Setting:
        """Return the same setting with other levels of its subsets."""
        pairs = zip(self.subsets, levels, strict=True)
        return replace(self, subsets=tuple(replace(one, level=value) for one, value in pairs))

    def without_levels(self) -> Setting:
        """Return the same setting with all levels 1, for what does not depend on them."""
        return self.with_levels([1.0] * len(self.subsets))

    def problem(self, level: float) -> rd.Problem:
        """Build the problem at an average distortion of at most ``level``.

        A subset without an atom adds no fidelity; ``pruned`` removes it.

        Raises
        ------
        SpecError
            If a choice cannot be used.
        """
        source = self.source.source()
        free = self.codebook.free and self.distortion not in ("hamming", "matrix")
        codebook = rd.EVERY if free else self._codewords(source)
        fidelities = [rd.average(level)]
        symbols = 0
        for one, inside in zip(self.subsets, self.masks(source), strict=True):
            if not inside.any():
                continue
            symbols += int(inside.sum()) if one.measure == "each" else 0
            if symbols > MAX_SYMBOLS:
                raise SpecError(
                    f"{_limited(self.subsets)} {symbols} symbols; “Each symbol” accepts at most"
                    f" {MAX_SYMBOLS}, “Conditional mean” any number."
                )
            fidelities.append(rd.subset(inside, one.level, measure=one.measure))
        return rd.Problem(source, codebook, self.measure, fidelities)


def _limited(subsets: Sequence[Subset]) -> str:
    return "The subset has" if len(subsets) == 1 else "The subsets have"


@dataclass(frozen=True)
class ProblemSpec:
    """A setting and the average distortion D, in the unit of the distortion."""

    setting: Setting
    level: float

    def problem(self) -> rd.Problem:
        """Build the problem."""
        return self.setting.problem(self.level)

    def with_codewords(self, codewords: NDArray[np.float64]) -> ProblemSpec:
        """Return the problem with the codewords of Best, (m, d)."""
        typed = ", ".join(" ".join(repr(float(value)) for value in one) for one in codewords)
        return replace(self, setting=replace(self.setting, codebook=CodebookSpec("best", 0, typed)))

    def unresolved(self) -> ProblemSpec:
        """Return the problem with free codewords if its codebook is Best, else itself."""
        if self.setting.codebook.kind != "best":
            return self
        return replace(self, setting=replace(self.setting, codebook=CodebookSpec("best")))

    def without_levels(self) -> ProblemSpec:
        """Return the problem with all levels 1 and without Best's codewords, which levels set."""
        return ProblemSpec(self.unresolved().setting.without_levels(), 1.0)

    def rows(self) -> SampledRows | None:
        """Return the rows from which the source was made; None if it is not from samples."""
        source = self.setting.source
        if not source.samples:
            return None
        built = source.source()
        pairs = zip(self.setting.subsets, self.setting.masks(built), strict=True)
        held = [one for one, inside in pairs if inside.any()]
        moving = tuple(
            k
            for k, one in enumerate(held, 1)
            if built.dim == 1
            and one.measure != "each"
            and not source.uses_rows(one.text)
            and any(op.kind in subset.SHARES for op in source.shapes(one.text, built.dim))
        )
        return SampledRows(*source.samples_of_rows(), moving, source.ordered)

    @property
    def levels(self) -> tuple[float, ...]:
        """D and the level of each subset."""
        return (self.level, *(one.level for one in self.setting.subsets))

    def at(self, which: int, level: float) -> ProblemSpec:
        """Return the same problem with one level changed: 0 for D, else the subset's place."""
        levels = [level if k == which else value for k, value in enumerate(self.levels)]
        return ProblemSpec(self.setting.with_levels(levels[1:]), levels[0])
