"""The wheel, installed without extras into an empty environment, away from the checkout."""

from __future__ import annotations

import inspect
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from contextlib import redirect_stdout
from dataclasses import replace
from email import message_from_string
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

import rdcore as rd
from dashboard.model import scripts
from dashboard.model.annealing import AnnealSpec
from dashboard.model.classification import ClassSpec, LabelSpec
from dashboard.model.codebooks import CodebookSpec
from dashboard.model.codecs import CodecSpec, UniversalSpec
from dashboard.model.learning import EnergySpec
from dashboard.model.pictures import LevelSpec, PictureSpec
from dashboard.model.refinement import RefineSpec
from dashboard.model.specs import SourceSpec
from dashboard.model.views import CurveBand
from dashboard.tasks import columns, meeting
from dashboard.ui import queries
from dashboard.ui.queries import CURVE_TOLERANCE
from tests.dashboard.test_scripts import preset, several, uploaded

NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]?\d+)?")
ROOT = Path(__file__).parents[1]
PLAIN = ("constriction", "numpy", "scipy", "threadpoolctl")
WORK = """
import importlib, json, sys
from importlib.metadata import distributions
import numpy as np
import rdcore as rd

source = rd.sources.three_modes()
problem = rd.Problem(source, np.linspace(-8, 8, 64), fidelities=[
    rd.average(0.6), rd.subset(np.abs(source.atoms) < 1, 0.05, "conditional")])
solution = rd.solve(problem, tol=1e-9)
curve = rd.curve(rd.Problem(source, np.linspace(-8, 8, 64), fidelities=[rd.average(0.6)]), tol=1e-4)
quantiser = rd.quantisers.lloyd_max(source, 8)
samples = source.atoms[np.random.default_rng(0).integers(source.n, size=2000)]
file = rd.coding.compress(quantiser, samples)
refused = []
for call in (
    lambda: rd.solvers.Reference().solve(problem),
    lambda: rd.classification.labels.digits(),
    lambda: importlib.import_module("rdcore.learned"),
):
    try:
        call()
    except rd.MissingExtraError as error:
        refused.append(str(error))
print(json.dumps({
    "place": rd.__file__,
    "version": rd.__version__,
    "installed": sorted(found.name for found in distributions()),
    "rate_bits": solution.rate_bits,
    "gap": solution.certificate.gap,
    "points": len(curve.rates),
    "falls": bool((np.diff(curve.rates[np.argsort(curve.levels)]) < 1e-6).all()),
    "decoded": bool(np.array_equal(
        rd.coding.decompress(file), quantiser.decode(quantiser.encode(samples)))),
    "bytes": len(file),
    "refused": refused,
}))
"""


def run(*words: str | Path, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


def transplant(name: str, target: Path) -> None:
    """Copy a distribution's files from the environment that runs the tests."""
    own = distribution(name)
    for file in own.files or ():
        if ".." not in file.parts and "__pycache__" not in file.parts:
            place = target / file
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(str(own.locate_file(file)), place)


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment that has the wheel and what it depends on.

    Where no package registry answers, the dependencies come from this environment.
    """
    folder = tmp_path_factory.mktemp("empty")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    interpreter = folder / "venv/bin/python"
    pip = (sys.executable, "-m", "pip", "--python", interpreter, "--quiet", "--no-input")
    pins = folder / "pins.txt"
    pins.write_text("".join(f"{name}=={distribution(name).version}\n" for name in PLAIN))
    patience = ("--retries", "1", "--timeout", "15")
    online = run(*pip, "install", *patience, "-c", pins, wheel, cwd=folder, check=False)
    if online.returncode:
        print(f"No package registry answers; copying the dependencies.\n{online.stderr}")
        (site,) = (folder / "venv").glob("lib/python*/site-packages")
        for name in PLAIN:
            transplant(name, site)
        run(*pip, "install", "--no-index", wheel, cwd=folder)
    run(*pip, "check", cwd=folder)
    return interpreter


BIT = LabelSpec("bit", SourceSpec("three_modes"), (0.3, 0.1))
DIGITS = LabelSpec("digits", SourceSpec("three_modes"), (64.0,))
RUN_ALL = """
import contextlib, io, json, sys
from importlib.metadata import distributions

def printed(script):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(script, "script.py", "exec"), {"__name__": "__main__"})
        except Exception as error:
            print(type(error).__name__, error)
    return out.getvalue()

found = {name: printed(text) for name, text in json.load(sys.stdin).items()}
print(json.dumps([sorted(one.name for one in distributions()), found]))
"""


def of_the_pages() -> dict[str, str]:
    """Return a script of every page that rdcore alone can run."""
    band = queries.curve(preset("three_modes"))
    assert isinstance(band, CurveBand)
    own = uploaded(0)
    best = replace(own, setting=replace(own.setting, codebook=CodebookSpec("best")))
    return {
        "Explore and Prices": scripts.explore(preset("three_modes"), band, CURVE_TOLERANCE),
        "Explore, own data": scripts.explore(best, None, CURVE_TOLERANCE),
        "Explore, several columns": scripts.columns(several(), 16, columns.TOLERANCE),
        "Codebook": scripts.refinement(RefineSpec(preset("gaussian"), rounds=3)),
        "Annealing": scripts.annealing(AnnealSpec(preset("gaussian"), stages=3)),
        "Quantisers": scripts.quantisers(preset("uniform"), inspect.getsource(meeting)),
        "Classification": scripts.classification(ClassSpec(BIT, 0.25, 0.6), 1e-6),
        "Reproduce": scripts.reproduction("E1"),
    }


def with_an_extra() -> dict[str, str]:
    """Return scripts that need an extra, by its name."""
    return {
        "learned": scripts.codec(CodecSpec("digits", 400.0, steps=1, channels=1)),
        "learned, energy": scripts.energy(EnergySpec("gaussian", 1.0, 2.0, 10, 1)),
        "learned, sweep": scripts.universal(UniversalSpec(2, 2, steps=1)),
        "learned, digits": scripts.classification(ClassSpec(DIGITS, 20.0, 1.0), 1e-6),
        "pictures": scripts.pictures(LevelSpec(PictureSpec("own", "", True, ()), (10.0,))),
    }


def told(python: Path, code: str, folder: Path, given: str = "") -> Any:
    """Return the JSON that some code prints in an interpreter and a folder of its own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [python, "-W", "error", "-c", code],
        input=given,
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_the_script_of_every_page_prints_the_same_numbers_with_rdcore_alone(
    python: Path, tmp_path: Path
) -> None:
    alone, others = of_the_pages(), with_an_extra()
    (tmp_path / "YOUR_PICTURE").write_bytes(b"")
    installed, found = told(python, RUN_ALL, tmp_path, json.dumps({**alone, **others}))
    assert installed == sorted((*PLAIN, "rdcore"))
    for name, script in alone.items():
        assert "“pip install .” installs it" in script
        here = io.StringIO()
        with redirect_stdout(here):
            exec(compile(script, "script.py", "exec"), {"__name__": "__main__"})
        there, expected = (NUMBER.findall(text) for text in (found[name], here.getvalue()))
        assert len(expected) > 3, name
        assert [float(one) for one in there] == pytest.approx(
            [float(one) for one in expected], rel=1e-6, abs=1e-9
        ), name
    for name, script in others.items():
        extra = name.partition(",")[0]
        assert f"with the extra “{extra}”" in script
        assert f"pip install '.[{extra}]'" in script
        assert found[name].startswith("MissingExtraError"), name


@pytest.mark.slow
def test_the_wheel_has_the_package_and_its_data_only(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (place,) = (name for name in names if name.endswith("METADATA"))
        metadata = message_from_string(archive.read(place).decode())
    assert "rdcore/py.typed" in names
    source = (path for path in (ROOT / "rdcore").rglob("*") if path.is_file())
    own = {str(path.relative_to(ROOT)) for path in source if "__pycache__" not in path.parts}
    info = f"rdcore-{rd.__version__}.dist-info/"
    assert {name for name in names if not name.startswith(info)} == own
    assert (metadata["Name"], metadata["Version"]) == ("rdcore", rd.__version__)
    required = [text for text in metadata.get_all("Requires-Dist", []) if "extra ==" not in text]
    assert sorted(re.split(r"[><=]", text)[0] for text in required) == sorted(PLAIN)
    assert set(metadata.get_all("Provides-Extra", [])) == {
        "app",
        "learned",
        "parallel",
        "reference",
        "docs",
        "pictures",
        "tables",
    }
    assert metadata.get_payload().startswith("# rdcore dashboard")


@pytest.mark.slow
def test_the_wheel_alone_solves_draws_quantises_and_codes(python: Path, tmp_path: Path) -> None:
    found = told(python, WORK, tmp_path)
    assert Path(found["place"]).is_relative_to(python.parents[1])
    assert found["version"] == rd.__version__
    assert found["installed"] == sorted((*PLAIN, "rdcore"))
    assert found["rate_bits"] == pytest.approx(1.8688, abs=1e-4)
    assert found["gap"] <= 1e-9
    assert found["points"] >= 3
    assert found["falls"]
    assert found["decoded"]
    assert found["bytes"] < 2000
    assert [sentence.partition(" needs ")[0] for sentence in found["refused"]] == [
        "Reference",
        "labels.digits",
        "rdcore.learned",
    ]
    assert all(re.search(r"pip install 'rdcore\[\w+\]'$", text) for text in found["refused"])
