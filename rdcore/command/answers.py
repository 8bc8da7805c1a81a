"""From the arguments to the rate, its bounds and the price of every level."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

import rdcore as rd
from rdcore.command.arguments import Asked
from rdcore.command.conditions import SubsetLevel
from rdcore.errors import InfeasibleError, InputError
from rdcore.problem.level_scale import LevelScale
from rdcore.tables import (
    Choice,
    Table,
    Understood,
    propose,
    proposed_bins,
    read_table,
    understand,
    units,
)
from rdcore.words import clean, figure, listed, short

# Certified gap in nats, by the number of coordinates; the app's values.
_TOLERANCE = {1: 1e-9, 2: 1e-6}
_TOLERANCE_CANDIDATES = 1e-5
_MOST_CODEWORDS = 100_000


@dataclass(frozen=True)
class Constraint:
    """A level, what the solution reaches, and its price; in the unit of the stated level.

    Parameters
    ----------
    name : str
        "D", or the condition of a subset.
    level, reached : float
    unit : str
    price_bits : float
        The bits by which the rate falls per unit by which the level is relaxed.
    """

    name: str
    level: float
    reached: float
    unit: str
    price_bits: float


@dataclass(frozen=True)
class Apart:
    """The rate of the columns coded one by one at D.

    Parameters
    ----------
    rate_bits, lower_bits, gap_bits : float
        Certified; the rate is the upper bound.
    scope : str
        The codes for which the lower bound holds.
    difference : str
        A sentence on this rate and that of the columns coded together at D.
    """

    rate_bits: float
    lower_bits: float
    gap_bits: float
    scope: str
    difference: str


@dataclass(frozen=True)
class Answer:
    """The rate of a source at levels, with what it is for.

    Parameters
    ----------
    file : str
    columns : tuple of str
    weights : str
        The column of weights, "" if every row counts once.
    rows_read, rows_used, atoms, bins : int
    codebook : str
        "free", the number of equally spaced codewords, or that of candidates.
    rate_bits, lower_bits, upper_bits : float
        The rate is the upper bound.
    gap_bits : float
        Their certified difference.
    constraints : tuple of Constraint
        D first.
    converged : bool
        Whether the gap is within the tolerance.
    notes : tuple of str
        How the rows were used.
    apart : Apart or None
        The columns coded one by one, for more than two.
    """

    file: str
    columns: tuple[str, ...]
    weights: str
    rows_read: int
    rows_used: int
    atoms: int
    bins: int
    codebook: str
    rate_bits: float
    lower_bits: float
    upper_bits: float
    gap_bits: float
    constraints: tuple[Constraint, ...]
    converged: bool
    notes: tuple[str, ...]
    apart: Apart | None = None

    def as_json(self) -> str:
        """Return the answer as JSON; a number that is not finite is null."""
        return json.dumps(_finite(asdict(self)), ensure_ascii=False, indent=2)

    def as_text(self) -> str:
        """Return the answer for a terminal."""
        free = self.codebook == "free"
        codebook = "free (the best of any size)" if free else f"{self.codebook} codewords"
        if self.apart is not None:
            codebook = f"{self.codebook} (k-means); the lower bound holds over these"
        lines = [
            f"{self.file}: {', '.join(self.columns)}",
            *(f"  {note}" for note in self.notes),
            "",
            f"rate     {figure(self.rate_bits, 6)} bits per row",
            f"bounds   {figure(self.lower_bits, 9)} to {figure(self.upper_bits, 9)} bits",
            f"codebook {codebook}",
            "",
        ]
        width = max(len(one.name) for one in self.constraints)
        lines += [
            f"{one.name:<{width}}  {short(one.level, 6)} {one.unit}: reached"
            f" {short(one.reached, 6)}, price {figure(one.price_bits, 6)} bits/{one.unit}"
            for one in self.constraints
        ]
        if self.apart is not None:
            one = self.apart
            alone = ", without the subsets" if len(self.constraints) > 1 else ""
            ends = f"{figure(one.lower_bits, 9)} to {figure(one.rate_bits, 9)}"
            lines += [
                "",
                f"columns one by one  {figure(one.rate_bits, 6)} bits per row at D{alone}",
                f"bounds   {ends} bits",
                f"codebook {one.scope}",
                one.difference,
            ]
        if not self.converged:
            lines.append("The solver stopped before it reached its tolerance; the bounds hold.")
        return "\n".join(lines)


def answer(asked: Asked) -> Answer:
    r"""Solve what the user asks for.

    Parameters
    ----------
    asked : Asked
        The arguments of a command line, from ``parsed``.

    Returns
    -------
    Answer
        The solution, and what was read from the file.

    Raises
    ------
    RDError
        If the file or an argument cannot be used, or if no code meets the levels.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from rdcore.command import parsed
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "coin.csv")
    ...     _ = path.write_text("x,count\n0,7\n1,3\n")
    ...     found = answer(parsed([str(path), "--distortion", "hamming", "--D", "0.1"]))
    >>> round(found.rate_bits, 6)
    0.412295
    """
    try:
        data = asked.path.read_bytes()
    except OSError as error:
        raise InputError(
            f"file {str(asked.path)!r} cannot be read ({error.strerror}); the path of a file is"
            " accepted"
        ) from None
    table = read_table(asked.path.name, data, asked.reading)
    choice = chosen(table, asked)
    found, masks = grouped(table, choice, asked.subsets)
    source = rd.sources.from_pmf(found.atoms, found.pmf, name=found.name)
    peak = float(np.ptp(source.points)) if asked.peak is None else asked.peak
    scale = LevelScale(asked.measure, choice.common_unit or "unit", source.variance, peak)
    problem = _problem(asked, source, scale, masks)
    try:
        solution = _solved(asked, problem)
    except InfeasibleError as error:
        raise InputError(_too_small(asked, scale, error.nearest)) from None
    proof = solution.certificate
    names = ["D", *(one.condition.text for one in asked.subsets)]
    constraints = tuple(
        Constraint(
            name,
            scale.stated(fidelity.level),
            scale.stated(float(reached)),
            scale.level_unit,
            scale.price(float(price), fidelity.level),
        )
        for name, fidelity, reached, price in zip(
            names, problem.fidelities, solution.distortions, solution.prices_bits, strict=True
        )
    )
    return Answer(
        file=table.name,
        columns=choice.axes,
        weights=choice.weight if choice.kind == "weighted" else "",
        rows_read=found.rows_read,
        rows_used=found.rows_used,
        atoms=source.n,
        bins=choice.bins,
        codebook=f"{problem.m} candidates" if source.dim > 2 else str(asked.codewords or "free"),
        rate_bits=solution.rate_bits,
        lower_bits=solution.rate_bits - proof.gap_bits,
        upper_bits=solution.rate_bits,
        gap_bits=proof.gap_bits,
        constraints=constraints,
        converged=solution.status.converged,
        notes=found.sentences,
        apart=_apart(problem, solution) if source.dim > 2 else None,
    )


def chosen(table: Table, asked: Asked) -> Choice:
    """Return the columns, the bins and the rows that the user asks for; the rest is proposed."""
    choice = propose(table)
    if asked.columns:
        first, second, *more = (*(known(table, name) for name in asked.columns), "")
        more = [name for name in more if name]
        choice = replace(choice, first=first, second=second, more=tuple(more))
    choice = replace(choice, column_weights=asked.column_weights, standardise=asked.standardise)
    if asked.weights == "none" or choice.weight in choice.axes:
        choice = replace(choice, kind="samples", weight="")
    elif asked.weights is not None:
        choice = replace(choice, kind="weighted", weight=known(table, asked.weights))
    bins = proposed_bins(table, choice) if asked.bins is None else asked.bins
    return replace(
        choice,
        bins=bins,
        outliers="drop" if asked.outliers == "drop" else "keep",
        missing=asked.missing,
        unit=asked.unit,
    )


def known(table: Table, name: str) -> str:
    """Return the column of a table with this name, or with this name and a unit.

    Raises
    ------
    TableError
        If there is none; the message names those that there are.
    """
    names = (*table.names, *(labels.name for labels in table.labels))
    if name in names:
        return name
    same = [one for one in names if units.parse(one)[0] == name]
    return same[0] if len(same) == 1 else table.column(name).name


def grouped(
    table: Table, choice: Choice, subsets: tuple[SubsetLevel, ...]
) -> tuple[Understood, list[NDArray[np.bool_]]]:
    """Return the atoms and which of them are in each subset, (n,) each.

    A condition on a column of the source selects atoms; one on another column selects rows.
    """
    names = [
        known(table, one.condition.column) if one.condition.column else choice.first
        for one in subsets
    ]
    rows = [
        replace(one.condition, column=name).of_rows(table)
        for one, name in zip(subsets, names, strict=True)
        if name not in choice.axes
    ]
    found = understand(table, choice, rows)
    groups = iter(found.groups)
    masks = []
    for one, name in zip(subsets, names, strict=True):
        if name in choice.axes:
            mask = one.condition.of_numbers(found.values[:, choice.axes.index(name)])
        else:
            mask = next(groups)
        if not mask.any():
            raise InputError(
                f"subset “{clean(one.condition.text)}” has no row that is used; a condition that"
                " some rows meet is accepted"
            )
        masks.append(mask)
    return found, masks


def _solved(asked: Asked, problem: rd.Problem) -> rd.Solution:
    if problem.source.dim > 2:
        return rd.solvers.Screening().solve(problem, _TOLERANCE_CANDIDATES)
    return rd.solve(problem, tol=1e-9 if asked.codewords else _TOLERANCE[problem.source.dim])


def _apart(problem: rd.Problem, joint: rd.Solution) -> Apart:
    """Solve the columns one by one at D, and compare with the columns coded together."""
    level = problem.fidelities[0].level
    if len(problem.fidelities) > 1:
        alone = replace(problem, fidelities=problem.fidelities[:1])
        joint = rd.solvers.Screening().solve(alone, _TOLERANCE_CANDIDATES)
    columns = rd.parallel.by_columns(problem.source, level)
    found = columns.solution
    return Apart(
        rate_bits=found.rate_bits,
        lower_bits=found.lower_bits,
        gap_bits=found.gap_bits,
        scope=columns.scope,
        difference=columns.beside(joint),
    )


def _problem(
    asked: Asked, source: rd.Source, scale: LevelScale, masks: list[NDArray[np.bool_]]
) -> rd.Problem:
    fidelities = [rd.average(scale.level(asked.level))]
    for one, mask in zip(asked.subsets, masks, strict=True):
        fidelities.append(rd.subset(mask, scale.level(one.level), measure=asked.subset_measure))  # type: ignore[arg-type]
    if scale.distortion == "hamming":
        return rd.Problem(source, np.unique(source.atoms, axis=0), "hamming", fidelities)
    if source.dim > 2:
        codebook = rd.sources.k_means(source, asked.candidates)
        return rd.Problem(source, codebook, scale.distortion, fidelities)  # type: ignore[arg-type]
    if asked.codewords is None:
        return rd.Problem(source, rd.EVERY, scale.distortion, fidelities)  # type: ignore[arg-type]
    if asked.codewords > _MOST_CODEWORDS:
        raise InputError(
            f"--codewords is {asked.codewords}; at most {_MOST_CODEWORDS} are accepted"
        )
    codebook = rd.sources.grid_codebook(source, asked.codewords)
    return rd.Problem(source, codebook, scale.distortion, fidelities)  # type: ignore[arg-type]


def _too_small(asked: Asked, scale: LevelScale, nearest: tuple[float, ...]) -> str:
    """Say which levels can be met with this codebook."""
    names = ["--D", *(f"--subset “{one.condition.text}”" for one in asked.subsets)]
    levels = [asked.level, *(one.level for one in asked.subsets)]
    met = [
        f"{name} is {short(level, 6)} {scale.level_unit}; {_beyond(scale)}"
        f" {figure(scale.stated(1.0001 * other), 4)} is accepted"
        for name, level, other in zip(names, levels, nearest, strict=True)
        if scale.level(level) < other
    ]
    codebook = f" with {asked.codewords} codewords" if asked.codewords else ""
    if len(asked.columns) > 2:
        codebook = " over these candidates"
    return f"no code{codebook} meets the levels: {listed(met)}"


def _beyond(scale: LevelScale) -> str:
    return "at most" if scale.falls else "at least"


def _finite(value: object) -> object:
    """Return the same tree with null for numbers that are not finite, which JSON lacks."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
