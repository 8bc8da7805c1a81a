"""What rdcore does where an optional dependency is not installed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

import rdcore as rd
from docs.house import imports
from rdcore._extras import _EXTRAS

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]

PROBLEM = "rd.Problem(rd.sources.bernoulli(0.5), [0.0, 1.0], fidelities=[rd.average(0.1)])"
REFERENCE = (f"rd.solvers.Reference().solve({PROBLEM})", "Reference needs CVXPY and Clarabel")
LEARNED = (
    "importlib.import_module('rdcore.learned.constrained')",
    "rdcore.learned needs JAX, Optax, scikit-learn and scikit-image",
)
DIGITS = ("rd.classification.labels.digits()", "labels.digits needs scikit-learn")
SAMPLES = (
    "rd.classification.labels.of_samples(np.arange(9.0), np.arange(9) % 2, 2)",
    "labels.of_samples with prototypes needs scikit-learn",
)
WORKBOOK = (
    "importlib.import_module('rdcore.tables').read_table('a.xlsx', b'PK\\3\\4 xl/workbook')",
    "read_table of a workbook needs python-calamine",
)
PARQUET = (
    "importlib.import_module('rdcore.tables').read_table('a.parquet', b'PAR1')",
    "read_table of a Parquet file needs PyArrow",
)
PICTURE = ("rd.pictures.read(b'')", "pictures.read needs Pillow")
CASES = [
    ("PIL", "pictures", *PICTURE),
    ("python_calamine", "tables", *WORKBOOK),
    ("pyarrow", "tables", *PARQUET),
    ("cvxpy", "reference", *REFERENCE),
    ("clarabel", "reference", *REFERENCE),
    *((name, "learned", *LEARNED) for name in ("jax", "optax", "sklearn", "skimage")),
    ("sklearn", "learned", *DIGITS),
    ("sklearn", "learned", *SAMPLES),
]


@cache
def distributions() -> Mapping[str, list[str]]:
    """Return the distributions that have each module; all of them are read for it."""
    return packages_distributions()


def without(modules: Iterable[str], program: str) -> str:
    """Run a program in a process where some modules cannot be imported; return what it prints."""
    start = f"import importlib, json, sys\nsys.modules.update(dict.fromkeys({list(modules)!r}))\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", start + program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# Each call is made in a copy of one process, where its module cannot be imported.
EACH = """
import os
import numpy as np, rdcore as rd
for module, call in CALLS:
    copy = os.fork()
    if not copy:
        sys.modules[module] = None
        try:
            exec(call)
            print(json.dumps("nothing was missing"), flush=True)
        except rd.MissingExtraError as error:
            print(json.dumps(str(error)), flush=True)
        except BaseException as error:
            print(json.dumps(repr(error)), flush=True)
        os._exit(0)
    os.waitpid(copy, 0)
"""


def test_a_missing_module_is_one_sentence_with_its_extra() -> None:
    calls = [(module, call) for module, _, call, _ in CASES]
    told = without([], f"CALLS = {calls!r}\n{EACH}").splitlines()
    for (module, extra, call, sentence), line in zip(CASES, told, strict=True):
        expected = f"{sentence}: pip install 'rdcore[{extra}]'"
        assert json.loads(line) == expected, f"{module} for {call}"


def test_the_error_is_of_both_trees() -> None:
    assert issubclass(rd.MissingExtraError, rd.RDError)
    assert issubclass(rd.MissingExtraError, ImportError)


def test_everything_but_the_extras_imports_without_them() -> None:
    loaded = without(
        _EXTRAS,
        "import pkgutil, rdcore\n"
        "def skip(name): pass\n"
        "for found in pkgutil.walk_packages(rdcore.__path__, 'rdcore.', onerror=skip):\n"
        "    if not found.name.startswith('rdcore.learned'):\n"
        "        importlib.import_module(found.name)\n"
        "print(json.dumps([name for name, module in sys.modules.items() if module]))",
    )
    found = distributions()
    used = {name for module in json.loads(loaded) for name in found.get(module, ())}
    extras = [text for texts in PROJECT["optional-dependencies"].values() for text in texts]
    plain = {Requirement(text).name for text in PROJECT["dependencies"]}
    assert used & (plain | {Requirement(text).name for text in extras}) == plain


def test_every_import_of_rdcore_is_declared() -> None:
    extras = PROJECT["optional-dependencies"]
    declared = {
        Requirement(text).name: extra
        for extra in ("reference", "learned", "parallel", "pictures", "tables")
        for text in extras[extra]
    } | {Requirement(text).name: "" for text in PROJECT["dependencies"]}
    found = distributions()
    own = {"rdcore", *sys.stdlib_module_names}
    for path in sorted((ROOT / "rdcore").rglob("*.py")):
        for top in {module.partition(".")[0] for module in imports(path)} - own:
            assert set(found[top]) & set(declared), f"{path} imports {top}"
    for module, (_, extra) in _EXTRAS.items():
        assert {declared[name] for name in found[module]} == {extra}


def test_the_app_has_every_extra() -> None:
    extras = PROJECT["optional-dependencies"]
    (own,) = (Requirement(text) for text in extras["app"] if text.startswith("rdcore"))
    assert own.extras == set(extras) - {"app", "docs"}


def test_the_version_is_said_once() -> None:
    assert "version" not in PROJECT
    assert re.fullmatch(r"\d+\.\d+\.\d+", rd.__version__)
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## {rd.__version__}" in changes
