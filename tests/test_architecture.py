"""The house rules that a reader should be able to rely on, read off the source itself."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from docs import house

ROOT = Path(__file__).parent.parent
PACKAGES = ("rdcore", "dashboard", "pages")
FILES = sorted(
    [ROOT / "app.py", *(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))]
)

# The rooms of rdcore from the ground up; a room imports only rooms of lower floors, listed earlier.
FLOORS = (
    {"errors"},
    {"_arrays", "_extras", "_html", "_npz", "_parallel", "words"},
    {"_clock"},
    {"tables"},
    {"problem", "closed_forms"},
    {"proof"},
    {"solvers"},
    {"curves", "design"},
    {"continuous", "perception", "classification", "parallel"},
    {"sampling"},
    {"coding", "pictures"},
    {"export"},
    {"learned"},
    {"command"},
    {"__init__", "__main__"},
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


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Return what a file imports, dotted, with ``from a import b`` as a.b."""
    return tuple(house.imports(path))


def tops(path: Path) -> set[str]:
    return {module.split(".")[0] for module in imports(path)}


def under(folder: str) -> list[Path]:
    return [path for path in FILES if path.is_relative_to(ROOT / folder)]


def floor(module: str) -> int:
    part = module.split(".", maxsplit=1)[0]
    return next(k for k, names in enumerate(FLOORS) if part in names)


def test_rdcore_knows_nobody_above_it() -> None:
    wrong = []
    for path in under("rdcore"):
        banned = FRAMEWORKS
        if path.is_relative_to(ROOT / "rdcore/learned"):
            banned = banned - {"jax", "optax"}
        if path != ROOT / "rdcore/solvers/reference.py":
            banned = banned | {"cvxpy", "clarabel"}
        wrong += [f"{name(path)} imports {top}" for top in sorted(tops(path) & banned)]
    assert not wrong


def test_rdcore_imports_downwards_only() -> None:
    known = {part for names in FLOORS for part in names}
    wrong = []
    for path in under("rdcore"):
        own = path.relative_to(ROOT / "rdcore").parts[0].removesuffix(".py")
        for module in imports(path):
            if module == "rdcore" or not module.startswith("rdcore."):
                continue
            part = module.split(".")[1]
            if part in known and part != own and floor(part) >= floor(own):
                wrong.append(f"{name(path)} imports {module}")
    assert not wrong


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


def test_private_modules_are_used_in_their_own_package_only() -> None:
    wrong = []
    for path in [*FILES, *sorted((ROOT / "benchmarks").rglob("*.py"))]:
        for module in imports(path):
            owner = private(module)
            if owner is not None and not within(path, owner):
                wrong.append(f"{name(path)} imports {module}")
    assert not wrong


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


def test_rooms_say_what_they_are_for_and_hide_no_module() -> None:
    wrong = []
    for path in (path for path in under("rdcore") if path.name == "__init__.py"):
        tree = ast.parse(path.read_text())
        if not ast.get_docstring(tree) or "\n__all__" not in path.read_text():
            wrong.append(f"{name(path)} has no docstring or no __all__")
        package = ".".join(path.parent.relative_to(ROOT).parts)
        modules = {inner.stem for inner in path.parent.glob("*.py")}
        modules |= {inner.parent.name for inner in path.parent.glob("*/__init__.py")}
        for module in imports(path):
            home, _, bound = module.rpartition(".")
            if bound in modules and home != package:
                wrong.append(f"{name(path)} hides {package}.{bound}")
    assert not wrong


# What a room of the dashboard may import of the others.
ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "settings": {"errors"},
    "formatting": set(),
    "scratch": set(),
    "bundles": set(),
    "server": {"bundles", "jobs"},
    "uploads": {"errors", "formatting", "scratch", "settings"},
    "model": {"errors", "formatting", "uploads"},
    "jobs": {"errors", "formatting", "scratch", "settings"},
    "tasks": {"errors", "formatting", "uploads", "model", "jobs"},
    "figures": {"formatting", "model"},
    "ui": {
        "settings",
        "errors",
        "formatting",
        "uploads",
        "model",
        "jobs",
        "tasks",
        "figures",
        "server",
    },
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


def test_pages_are_short_scripts_over_the_dashboard() -> None:
    wrong = []
    for path in [*under("pages"), ROOT / "app.py"]:
        other = tops(path) - {"__future__", "streamlit", "dashboard"}
        wrong += [f"{name(path)} imports {top}" for top in sorted(other)]
        if len(path.read_text().splitlines()) > 60:
            wrong.append(f"{name(path)} is longer than 60 lines")
    assert not wrong


def test_one_place_for_state_and_one_for_caching() -> None:
    state = {ROOT / "dashboard/ui/state.py"}
    caches = {ROOT / "dashboard/ui/queries.py", ROOT / "dashboard/ui/photographs.py"}
    places = {
        "session_state": state
        | {ROOT / f"dashboard/ui/{room}.py" for room in ("reconnected", "kept", "replaced")},
        "st.query_params": state,
        "cache_data": caches,
        "cache_resource": caches,
    }
    wrong = [
        f"{name(path)} uses {word}"
        for path in FILES
        for word, place in places.items()
        if path not in place and word in path.read_text()
    ]
    assert not wrong


def test_nothing_is_unpickled() -> None:
    wrong = []
    for path in FILES:
        found = tops(path) & {"pickle", "joblib", "shelve", "dill", "cloudpickle"}
        if found or "allow_pickle=True" in path.read_text():
            wrong.append(name(path))
    assert not wrong


def test_no_file_has_more_than_500_lines() -> None:
    files = [*FILES, *sorted((ROOT / "tests").rglob("*.py"))]
    assert not [name(path) for path in files if len(path.read_text().splitlines()) > 500]


def test_the_rules_see_what_they_are_about() -> None:
    assert {"rdcore", "dashboard", "pages"} <= {name(path).split("/")[0] for path in FILES}
    assert "cvxpy" in tops(ROOT / "rdcore/solvers/reference.py")
    known = {part for names in FLOORS for part in names}
    found = {p.relative_to(ROOT / "rdcore").parts[0].removesuffix(".py") for p in under("rdcore")}
    assert found <= known


def test_no_page_ends_the_run_before_the_url_is_written() -> None:
    assert not [name(path) for path in FILES if "st.stop(" in path.read_text()]
