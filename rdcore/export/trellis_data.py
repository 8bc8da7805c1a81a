"""Trellis codes as fields: their trellis, words and prices, and the problem they are for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np

from rdcore._arrays import floats
from rdcore.coding import TrellisCode
from rdcore.design.trellis import Trellis, TrellisQuantiser, Words
from rdcore.errors import InputError
from rdcore.problem import EVERY, Fidelity, Problem
from rdcore.problem.distortions import Named
from rdcore.problem.fidelity import Measure
from rdcore.problem.sources import Source

FORMAT = "rdcore.trellis"
VERSION = 1
_NEEDED = (
    *("version", "name", "distortion_measure", "atoms", "pmf", "codebook", "levels", "measures"),
    *("masks", "own_distortions", "parity_checks", "words", "indices", "branches", "lengths"),
    *("slopes", "rate", "reached"),
)


def fields(code: TrellisQuantiser) -> list[tuple[str, Any]]:
    """Return the fields that define a code.

    Raises
    ------
    InputError
        If a distortion is not one of the named ones.
    """
    problem = code.problem
    held = list(problem.fidelities)
    used = [problem.distortion, *(f.distortion for f in held)]
    if any(not isinstance(one, str) for one in used if one is not None):
        names = ", ".join(get_args(Named))
        raise InputError(f"code must have distortions among {names}; got another one")
    everywhere = np.ones(problem.n, dtype=bool)
    indices = code.words.indices
    return [
        ("format", FORMAT),
        ("version", VERSION),
        ("name", problem.source.name),
        ("distortion_measure", problem.distortion),
        ("atoms", problem.source.atoms),
        ("pmf", problem.source.pmf),
        ("codebook", np.empty(0) if problem.every else problem.codebook),
        ("levels", np.array([f.level for f in held])),
        ("measures", np.array([f.measure for f in held])),
        ("masks", np.stack([everywhere if f.mask is None else f.mask for f in held])),
        ("own_distortions", np.array([str(f.distortion or "") for f in held])),
        ("parity_checks", np.array([code.trellis.h0, code.trellis.h1])),
        ("words", code.words.values),
        ("indices", np.empty(0, np.int64) if indices is None else indices),
        ("branches", code.words.branch),
        ("lengths", code.words.lengths),
        ("slopes", code.slopes),
        ("rate", code.rate),
        ("reached", code.reached),
    ]


def code_of(given: Mapping[str, Any], name: str) -> TrellisCode:
    """Return the code with these fields.

    Raises
    ------
    InputError
        If a field is missing, of another version, or invalid.
    """
    missing = [key for key in _NEEDED if key not in given]
    if missing:
        raise InputError(f"{name} must be a trellis code; missing: {', '.join(missing)}")
    if given["version"] != VERSION:
        raise InputError(f"{name} must be of version {VERSION}; got {given['version']!r}")
    try:
        problem = _problem(given, name)
        h0, h1 = (int(one) for one in given["parity_checks"])
        trellis, words = Trellis(h0, h1), _words(given, problem)
        slopes, reached = (floats(given[key], key) for key in ("slopes", "reached"))
        rate, rows = float(given["rate"]), len(problem.rows.levels)
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        raise InputError(f"{name} has invalid values: {error}") from None
    whole = np.concatenate([slopes.ravel(), reached.ravel(), [rate]])
    if slopes.shape != (rows,) or reached.shape != (rows,) or not (whole >= 0).all():
        raise InputError(f"{name} has invalid values: slopes, reached or rate")
    return TrellisCode(problem, trellis, words, slopes, rate, reached)


def _problem(given: Mapping[str, Any], name: str) -> Problem:
    source = Source(given["atoms"], given["pmf"], str(given["name"]))
    main = _named(given["distortion_measure"], name)
    named = [_named(own, name) if str(own) else None for own in given["own_distortions"]]
    masks = np.array(given["masks"], dtype=bool)
    if masks.shape != (len(named), source.n):
        raise InputError(f"masks must have one row per level; got {masks.shape}")
    held = []
    for level, measure, mask, own in zip(
        given["levels"], given["measures"], masks, named, strict=True
    ):
        kind = next((known for known in get_args(Measure) if known == str(measure)), None)
        if kind is None or not float(level) >= 0:
            raise InputError(f"unknown measure or level; got {measure!r} at {level!r}")
        held.append(Fidelity(float(level), kind, None if kind == "average" else mask, own))
    codebook = floats(given["codebook"], "codebook")
    return Problem(source, codebook if codebook.size else EVERY, main, held)


def _named(told: object, name: str) -> Named:
    measure: Named | None = next((one for one in get_args(Named) if one == str(told)), None)
    if measure is None:
        raise InputError(f"{name} has an unknown distortion_measure; got {told!r}")
    return measure


def _words(given: Mapping[str, Any], problem: Problem) -> Words:
    values, lengths = floats(given["words"], "words"), floats(given["lengths"], "lengths")
    branch = np.array(given["branches"], dtype=np.int64)
    count = len(branch)
    if values.ndim != 3 or values.shape[::2] != (count, problem.source.dim) or not values.size:
        raise InputError(f"words must have shape (M, length, d); got {values.shape}")
    indices = None
    if not problem.every:
        indices = np.array(given["indices"], dtype=np.int64)
        if indices.shape != values.shape[:2] or not (indices >= 0).all():
            raise InputError(f"indices must have shape (M, length); got {indices.shape}")
        if not (problem.codewords[indices] == values).all():
            raise InputError("indices must be those of the words")
    if not np.isfinite(values).all() or lengths.shape != (count,) or not (lengths >= 0).all():
        raise InputError("lengths must be at least 0, and words finite")
    if branch.ndim != 1 or (np.diff(branch) < 0).any() or set((branch >> 1).tolist()) != {0, 1}:
        raise InputError("branches must rise from 0 to 3, with words in both books")
    return Words(values, indices, branch, lengths)
