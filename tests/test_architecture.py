"""The house rules that a reader should be able to rely on, read off the source itself."""

from __future__ import annotations

import ast
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from docs.house import imports

ROOT = Path(__file__).parent.parent
PACKAGES = ("rdcore", "dashboard", "pages")
FILES = sorted(
    [ROOT / "app.py", *(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))]
)

# The rooms of rdcore; a room imports only rooms of rows above its own.
ROWS = (
    {"errors"},
    {"_arrays", "_extras", "_parallel"},
    {"problem", "closed_forms"},
    {"proof"},
    {"solvers"},
    {"curves", "design"},
    {"continuous", "perception", "classification"},
    {"coding"},
    {"export"},
    {"learned"},
    {"__init__"},
)
FRAMEWORKS = {
    "streamlit",
    "plotly",
    "pandas",
    "dashboard",
    "pages",
    "jax",
    "optax",
    "torch",
    "tensorflow",
}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tops(path: Path) -> set[str]:
    return {module.split(".")[0] for module in imports(path)}


def under(folder: str) -> list[Path]:
    return [path for path in FILES if path.is_relative_to(ROOT / folder)]


def row(module: str) -> int:
    part = module.split(".", maxsplit=1)[0]
    return next(k for k, names in enumerate(ROWS) if part in names)


@pytest.mark.parametrize("path", under("rdcore"), ids=name)
def test_rdcore_knows_nobody_above_it(path: Path) -> None:
    learned = path.is_relative_to(ROOT / "rdcore/learned")
    assert not tops(path) & (FRAMEWORKS - {"jax", "optax"} if learned else FRAMEWORKS)
    if path != ROOT / "rdcore/solvers/reference.py":
        assert not tops(path) & {"cvxpy", "clarabel"}


@pytest.mark.parametrize("path", under("rdcore"), ids=name)
def test_rdcore_imports_upwards_only(path: Path) -> None:
    inside = path.relative_to(ROOT / "rdcore")
    own = inside.parts[0].removesuffix(".py")
    known = {part for names in ROWS for part in names}
    for module in imports(path):
        if module == "rdcore" or not module.startswith("rdcore."):
            continue
        part = module.split(".")[1]
        if part in known and part != own:
            assert row(part) < row(own), f"{name(path)} imports {module}"


def within(path: Path, package: str) -> bool:
    """Return whether a file lies in a package, or is the one module that makes it."""
    home = ROOT / package.replace(".", "/")
    return path.is_relative_to(home) or path == home.with_suffix(".py")


def private(module: str) -> str | None:
    """Return the package that a dotted name below rdcore is private to, if there is one."""
    parts = module.split(".")
    if parts[0] != "rdcore":
        return None
    hidden = (k for k, part in enumerate(parts) if part.startswith("_") and part[1:2] != "_")
    return next((".".join(parts[:k]) for k in hidden), None)


@pytest.mark.parametrize("path", [*FILES, *sorted((ROOT / "benchmarks").rglob("*.py"))], ids=name)
def test_private_modules_are_used_in_their_own_package_only(path: Path) -> None:
    for module in imports(path):
        owner = private(module)
        assert owner is None or within(path, owner), f"{name(path)} imports {module}"


def test_modules_of_rdcore_import_each_other_in_no_circle() -> None:
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in under("rdcore")
    }
    graph: dict[str, set[str]] = {}
    for own, path in files.items():
        found = set()
        for module in imports(path):
            if module.startswith("rdcore."):
                known = module if module in files else module.rpartition(".")[0]
                found.add(known)
        graph[own] = found - {own, "rdcore"}
    tuple(TopologicalSorter(graph).static_order())


def test_no_two_classes_of_rdcore_have_one_name() -> None:
    names = [
        node.name
        for path in under("rdcore")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef)
    ]
    assert [name for name, times in Counter(names).items() if times > 1] == []


@pytest.mark.parametrize(
    "path", [path for path in under("rdcore") if path.name == "__init__.py"], ids=name
)
def test_rooms_say_what_they_are_for_and_hide_no_module(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    assert "\n__all__" in path.read_text()
    package = ".".join(path.parent.relative_to(ROOT).parts)
    modules = {inner.stem for inner in path.parent.glob("*.py")}
    modules |= {inner.parent.name for inner in path.parent.glob("*/__init__.py")}
    for module in imports(path):
        home, _, bound = module.rpartition(".")
        assert bound not in modules or home == package, f"{name(path)} hides {package}.{bound}"


# What a room of the dashboard may import of the others.
ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "formatting": set(),
    "uploads": {"errors", "formatting"},
    "model": {"errors", "formatting", "uploads"},
    "jobs": {"errors", "formatting"},
    "tasks": {"errors", "formatting", "uploads", "model", "jobs"},
    "figures": {"formatting", "model"},
    "ui": {"errors", "formatting", "uploads", "model", "jobs", "tasks", "figures"},
}


def test_rooms_of_the_dashboard_import_only_what_they_may() -> None:
    wrong = []
    for path in under("dashboard"):
        room = path.relative_to(ROOT / "dashboard").parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        for module in imports(path):
            top, _, rest = module.partition(".")
            other = rest.partition(".")[0]
            if (
                top in ("pages", "app")
                or (top == "streamlit" and room != "ui")
                or (top == "dashboard" and other != room and other not in ROOMS[room])
            ):
                wrong.append(f"{name(path)} imports {module}")
    assert not wrong


@pytest.mark.parametrize("path", [*under("pages"), ROOT / "app.py"], ids=name)
def test_pages_are_short_scripts_over_the_dashboard(path: Path) -> None:
    assert tops(path) <= {"__future__", "streamlit", "dashboard"}
    assert len(path.read_text().splitlines()) <= 60


@pytest.mark.parametrize("path", FILES, ids=name)
def test_one_place_for_state_and_one_for_caching(path: Path) -> None:
    text = path.read_text()
    if path != ROOT / "dashboard/ui/state.py":
        assert "session_state" not in text
        assert "st.query_params" not in text
    if path != ROOT / "dashboard/ui/queries.py":
        assert "cache_data" not in text
        assert "cache_resource" not in text


@pytest.mark.parametrize("path", FILES, ids=name)
def test_nothing_is_unpickled(path: Path) -> None:
    assert not tops(path) & {"pickle", "joblib", "shelve", "dill", "cloudpickle"}
    assert "allow_pickle=True" not in path.read_text()


@pytest.mark.parametrize("path", [*FILES, *sorted((ROOT / "tests").rglob("*.py"))], ids=name)
def test_no_file_outgrows_a_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 500


def test_the_rules_see_what_they_are_about() -> None:
    assert {"rdcore", "dashboard", "pages"} <= {name(path).split("/")[0] for path in FILES}
    assert "cvxpy" in tops(ROOT / "rdcore/solvers/reference.py")
    known = {part for names in ROWS for part in names}
    found = {p.relative_to(ROOT / "rdcore").parts[0].removesuffix(".py") for p in under("rdcore")}
    assert found <= known
