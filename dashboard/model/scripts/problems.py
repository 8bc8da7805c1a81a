"""Source code of a problem: the lines that build it again, exactly."""

from __future__ import annotations

import base64
import textwrap
import zlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

import rdcore as rd
from dashboard.model.presets import OWN
from dashboard.model.specs import SourceSpec
from rdcore.problem.distortions import Listed

_WIDTH = 96
_MOST_IN_FULL = 2000
"""How many whole numbers of rows are written as such."""


def problem_lines(spec: SourceSpec, problem: rd.Problem) -> list[str]:
    """Return the lines that assign ``problem``, from the imports' names ``np`` and ``rd``."""
    lines = [*source_lines(spec, problem.source), *_codebook(problem)]
    fidelities = []
    for k, one in enumerate(problem.fidelities):
        if one.mask is None:
            fidelities.append(f"rd.average({one.level!r})")
            continue
        name = f"subset{k if len(problem.fidelities) > 2 else ''}"
        lines += [f"{name} = np.zeros(source.n, dtype=bool)", *_mask(name, one.mask)]
        fidelities.append(f"rd.subset({name}, {one.level!r}, {one.measure!r})")
    lines += ["fidelities = [", *(f"    {one}," for one in fidelities), "]"]
    named = isinstance(problem.distortion, str)
    distortion = f"{'' if named else 'rd.distortions.'}{problem.distortion!r}"
    if isinstance(problem.distortion, Listed):
        lines += array("distortion", problem.distortion.values)
        distortion = "distortion"
    lines += [f"problem = rd.Problem(source, codebook, {distortion}, fidelities)"]
    return lines


def source_lines(spec: SourceSpec, source: rd.Source) -> list[str]:
    """Return the lines that assign ``source``."""
    if spec.kind == OWN:
        return _own(source)
    if spec.kind == "uniform":
        count, low, high = spec.knobs
        return [f"source = rd.sources.uniform_grid({int(count)}, {low!r}, {high!r})"]
    if spec.kind == "laplacian":
        return [f"source = rd.sources.laplacian(scale={spec.knobs[0]!r})"]
    return [f"source = rd.sources.{spec.kind}({', '.join(map(repr, spec.knobs))})"]


def _own(source: rd.Source) -> list[str]:
    lines = [*array("atoms", source.atoms), *array("masses", source.pmf)]
    lines.append(f"source = rd.sources.from_pmf(atoms, masses, name={source.name!r})")
    if source.cells is not None:
        lines += array("variances", source.cells.variance)
        proxies = source.cells.proxy
        lines += array("proxies", np.full(source.n, np.inf) if proxies is None else proxies)
        lines.append("source = dataclasses.replace(source, cells=rd.Cells(variances, proxies))")
    return lines


def _codebook(problem: rd.Problem) -> list[str]:
    source = problem.source
    if problem.codebook is rd.EVERY:
        return ["codebook = rd.EVERY"]
    codewords = np.asarray(problem.codebook)
    if np.array_equal(codewords, source.atoms):
        return ["codebook = source.atoms"]
    try:
        preset: NDArray[np.float64] | None = rd.sources.codebook(source.name)
    except rd.InputError:
        preset = None
    if preset is not None and np.array_equal(preset, codewords):
        return [f"codebook = rd.sources.codebook({source.name!r})"]
    return array("codebook", codewords)


def array(name: str, values: ArrayLike) -> list[str]:
    """Return the lines that assign an array, exactly."""
    kept = np.asarray(values)
    text = ", ".join(map(repr, kept.tolist())).replace("inf", "np.inf")
    short = f"{name} = np.array([{text}])"
    if len(short) <= _WIDTH:
        return [short]
    rows = textwrap.wrap(text, _WIDTH - 4, break_long_words=False, break_on_hyphens=False)
    return [f"{name} = np.array([", *("    " + row for row in rows), "])"]


def packed(name: str, values: NDArray[np.intp] | NDArray[np.float64]) -> list[str]:
    """Return the lines that assign numbers of any count; many are compressed to text."""
    if len(values) <= _MOST_IN_FULL:
        return array(name, values)
    form = "<u4" if values.dtype.kind == "i" else "<f8"
    text = base64.b64encode(zlib.compress(values.astype(form).tobytes(), 9)).decode()
    rows = textwrap.wrap(text, _WIDTH - 6)
    return [
        f"{name} = (",
        *(f'    "{row}"' for row in rows),
        ")",
        f'{name} = np.frombuffer(zlib.decompress(base64.b64decode({name})), dtype="{form}")',
    ]


def _mask(name: str, mask: NDArray[np.bool_]) -> list[str]:
    """Return the lines that set the atoms of a subset, as few slices as there are runs."""
    parts = [
        str(first) if last == first else f"{first}:{last + 1}"
        for first, last in _runs(np.flatnonzero(mask))
    ]
    if not parts:
        return []
    if len(parts) == 1:
        return [f"{name}[{parts[0]}] = True"]
    rows = textwrap.wrap(", ".join(parts), _WIDTH - 8)
    return [f"{name}[", "    np.r_[", *("        " + row for row in rows), "    ]", "] = True"]


def _runs(indices: NDArray[np.intp]) -> Iterable[tuple[int, int]]:
    for run in np.split(indices, np.flatnonzero(np.diff(indices) > 1) + 1):
        if len(run):
            yield int(run[0]), int(run[-1])


def head(about: str, *, extra: str = "", more: str = "") -> list[str]:
    """Return the docstring of a script: what it prints, what it needs and how to install that.

    ``extra`` is the extra of rdcore without which it does not run.
    """
    needs, place = f"rdcore {rd.__version__}", "."
    if extra:
        needs, place = f"{needs} with the extra “{extra}”", f"'.[{extra}]'"
    lines = [
        f"It needs {needs} and prints rates in bits.",
        f"In a copy of its repository, “pip install {place}” installs it.",
    ]
    return [f'"""{about}', "", *lines, *([more] if more else []), '"""']


def script(about: str, problem: Sequence[str], body: Sequence[str], *, extra: str = "") -> str:
    """Return a whole script; ``about`` is its first sentence, ``extra`` as in ``head``."""
    code = [*problem, *body]
    future = (
        ["from __future__ import annotations", ""] if any(") -> " in one for one in code) else []
    )
    standard = ("base64", "dataclasses", "zlib")
    modules = [f"import {one}" for one in standard if any(f"{one}." in line for line in code)]
    modules += [""] if modules else []
    modules += ["import numpy as np"] if any("np." in line for line in code) else []
    modules += ["", "import rdcore as rd"] if modules else ["import rdcore as rd"]
    return "\n".join(
        [*head(about, extra=extra), "", *future, *modules, "", *problem, "", *body, ""]
    )
