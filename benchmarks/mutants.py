"""Mutation testing of what a user reads: change one thing at a time, and see a test go red.

``python -m benchmarks.mutants [file ...]`` mutates the modules of ``TESTS`` (or those named), each
against the few test files that cover it, and prints the mutants that no test notices. Those that
``docs/mutants.md`` lists, with the reason why, are counted apart; any other is an exit status of 1.

Everything heavy is imported once; each mutant is a fork that compiles the changed module and runs
pytest in the same process, so a mutant costs little more than the tests it needs.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.abc
import importlib.util
import os
import re
import signal
import sys
import time
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
ARGUED = ROOT / "docs" / "mutants.md"
MODULE = "module"
"""What stands for the function of a mutant outside of all functions."""
# What a mutant may take beyond what its tests take without one: a loop that never ends.
PATIENCE = 20.0
_NO_TESTS = 5  # pytest's exit status where -k selects nothing

_D, _P = "tests/dashboard", "tests/pages"
TESTS: dict[str, tuple[str, ...]] = {
    "dashboard/formatting.py": (f"{_D}/test_numbers.py",),
    **{
        f"dashboard/tasks/reproduce/{name}.py": (
            f"{_D}/test_verdicts.py",
            f"{_D}/test_verdicts_refined.py",
            f"{_D}/test_experiments.py",
        )
        for name in ("common", "curves", "refinements", "lloyd")
    },
    "dashboard/tasks/quantise.py": (f"{_D}/test_quantise.py",),
    "dashboard/tasks/classify.py": (f"{_D}/test_classify.py",),
    "dashboard/tasks/solve.py": (f"{_D}/test_compute.py", f"{_D}/test_references.py"),
    "dashboard/ui/trades.py": (f"{_D}/test_trades.py", f"{_D}/test_compute.py"),
    "dashboard/model/views.py": (f"{_D}/test_views.py",),
    "dashboard/model/exports.py": (f"{_D}/test_exports.py",),
    "dashboard/figures/classes.py": (f"{_D}/test_class_figures.py",),
    "dashboard/ui/metrics.py": (f"{_P}/test_strip.py",),
}

# The tests, as pytest's -k has them, that run any of a module, where not all of its files do.
REACH: dict[str, str] = {
    "dashboard/tasks/reproduce/common.py": "not E8",
    "dashboard/tasks/reproduce/curves.py": " and ".join(
        f"not {one}" for one in ("refined", "E5", "E6", "E7", "E8", "E10")
    ),
    "dashboard/tasks/reproduce/refinements.py": "not E8 and not E2 and not E3 and not E4",
    "dashboard/tasks/reproduce/lloyd.py": "refined or published or E7 or E8 or steps or codebooks",
}

# The tests, as pytest's -k has them, that are likely to notice a mutant of a function: they run
# before all the others of the module.
LIKELY: dict[str, dict[str, str]] = {
    "dashboard/tasks/reproduce/common.py": {
        **dict.fromkeys(("annealed", "shared", "annealing_lines"), "E7"),
        **dict.fromkeys(("free", "best"), "E10 or E5"),
        **dict.fromkeys(("problem", "line", "claim"), "E3"),
        **dict.fromkeys(("inside", "places", "_fixed"), "E6"),
        **dict.fromkeys(("on_source", "book"), "figure or codebooks"),
        **dict.fromkeys(("nearest", "along", "traces", "Refined", "refined"), "E5 or round"),
        **dict.fromkeys(("in_use", "codewords", "rate"), "E5 or E10"),
        "random_start": "E5",
    },
    "dashboard/tasks/reproduce/curves.py": {
        **dict.fromkeys(("_curve", "plane_curve"), "E3 or feasible"),
        "_convex": "convex",
        **dict.fromkeys(("_at", "_price_claims", "subset_prices"), "E2 or prices"),
        "gaussian_curve": "E1 and not E10",
        "trimodal_curve": "E4 or achieved or one_level",
    },
    "dashboard/tasks/reproduce/refinements.py": {
        **dict.fromkeys(("modes", "before_and_after", "refine_modes"), "E5"),
        "_refinement_claims": "E5 or of_a_refinement",
        **dict.fromkeys(("clusters", "refine_clusters"), "E6 or four_clusters"),
        "collapse": "E10 or collapse",
    },
    "dashboard/tasks/reproduce/lloyd.py": {
        **dict.fromkeys(("_figures", "_at_equal_level", "against_lloyd_modes"), "E7"),
        "_mode_claims": "E7 or of_lloyd_max",
        "against_lloyd_spike": "beside_annealing or of_a_spike",
        "against_lloyd_clusters": "beside_annealing or of_quadrants",
    },
    "dashboard/tasks/quantise.py": {
        "_met": "counts_as_met",
        "rd_band": "in_the_plane_is or takes_long",
        "quantiser": "own",
        "code": "coding or symbols",
        "_lloyd": "lloyd",
        "_entropy_coded": "entropy_coded_quantisers",
        **dict.fromkeys(("_family", "_candidate", "_sharing"), "families or kind"),
        "_annealed": "phases",
        **dict.fromkeys(("families", "meet"), "phases or own"),
        "alone": "hamming",
    },
    "dashboard/tasks/classify.py": {
        "tolerance": "wider_gap",
        "solve": "value or fixed_alphabet",
        "_view": "value or in_use",
        "surface": "surface or infeasible",
        "_as_view": "surface or infeasible",
        "bits": "surface or infeasible",
        "penalty": "penalty",
        "perceived": "perception or variation or realism",
    },
}

_SWAPS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.USub: (ast.UAdd,),
    ast.Not: (),
}
_NAMES = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "argmin": "argmax",
    "argmax": "argmin",
    "any": "all",
    "all": "any",
    "floor": "ceil",
    "ceil": "floor",
    "lower_bits": "upper_bits",
    "upper_bits": "lower_bits",
    "log2": "log",
}

_STYLE = {
    *("size", "width", "opacity", "showlegend", "showlabels", "showgrid", "zeroline", "visible"),
    *("l", "r", "t", "b", "xgap", "ygap", "showscale", "autocontour", "showarrow", "len"),
}


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in the place of a node."""
    if isinstance(node, ast.Compare | ast.BinOp | ast.BoolOp | ast.UnaryOp):
        yield from _operators(node)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, int | float):
            yield ast.Constant(node.value + 1)
            yield ast.Constant(node.value * 2 if node.value not in (0, 1) else node.value - 1)
    elif isinstance(node, ast.Name) and node.id in _NAMES:
        yield ast.Name(_NAMES[node.id], node.ctx)
    elif isinstance(node, ast.Attribute) and node.attr in _NAMES:
        yield ast.Attribute(node.value, _NAMES[node.attr], node.ctx)
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.Return) and node.value is not None:
        nothing = ast.Constant(None)
        yield from [ast.Return(nothing)] if ast.unparse(node.value) != "None" else []


def _operators(node: ast.Compare | ast.BinOp | ast.BoolOp | ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for k, operator in enumerate(node.ops):
            for other in _SWAPS[type(operator)]:
                operators = [*node.ops[:k], other(), *node.ops[k + 1 :]]
                yield ast.Compare(node.left, operators, node.comparators)
    elif isinstance(node, ast.BinOp):
        for other in _SWAPS.get(type(node.op), ()):
            yield ast.BinOp(node.left, other(), node.right)
        yield node.left
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(_SWAPS[type(node.op)][0](), node.values)
    elif isinstance(node.op, ast.USub | ast.Not):
        yield node.operand


def _silent(tree: ast.Module) -> set[int]:
    """Return what is not worth a change.

    That is annotations, docstrings, sizes and widths of a drawing, and the decorators of a class.
    """
    quiet: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef):
            parts += [node.returns]
            parts += [one.annotation for one in ast.walk(node.args) if isinstance(one, ast.arg)]
        elif isinstance(node, ast.AnnAssign):
            parts.append(node.annotation)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            parts.append(node.value)
        elif isinstance(node, ast.ClassDef):
            parts += node.decorator_list
        elif isinstance(node, ast.JoinedStr):
            parts += [one.format_spec for one in node.values if isinstance(one, ast.FormattedValue)]
        elif isinstance(node, ast.Dict):
            keys = [one.value if isinstance(one, ast.Constant) else None for one in node.keys]
            parts += [value for key, value in zip(keys, node.values, strict=True) if key in _STYLE]
        quiet |= {id(one) for part in parts if part is not None for one in ast.walk(part)}
    return quiet


def mutants(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield each mutant of a module, as its line, its function and its change, and its tree.

    The tree is this mutant's until the next one is asked for.
    """
    tree = ast.parse(source)
    quiet, places = _silent(tree), dict(_places(tree))
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            for k, node in enumerate(value if isinstance(value, list) else [value]):
                if not isinstance(node, ast.AST) or id(node) in quiet:
                    continue
                for change in _changes(node):
                    name = f"{ast.unparse(node)} → {ast.unparse(change)}".replace("\n", " ")
                    place = places.get(id(node), MODULE)
                    _put(parent, field, k if isinstance(value, list) else None, change, node)
                    ast.fix_missing_locations(change)
                    yield f"{getattr(node, 'lineno', 0)}: {place}: {name}", tree
                    _put(parent, field, k if isinstance(value, list) else None, node, node)


def _places(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield each node within a function or class, and the name of that; the innermost comes last.

    A decorator, an annotation and a default belong to the function.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from ((id(one), node.name) for one in ast.walk(node))


def _put(parent: ast.AST, field: str, k: int | None, new: ast.AST, old: ast.AST) -> None:
    if hasattr(old, "lineno"):
        ast.copy_location(new, old)
    if k is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[k] = new


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, and loads a changed tree in its place."""

    def __init__(self, path: Path, tree: ast.Module) -> None:
        self.path, self.tree = path, tree
        self.name = ".".join(path.relative_to(ROOT).with_suffix("").parts)

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Return how to load the module, if it is the one."""
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)

    def create_module(self, spec: ModuleSpec) -> None:
        """Make an ordinary module."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed code."""
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)


def _forked(path: Path, tree: ast.Module, tests: tuple[str, ...], limit: float) -> str:
    """Run the tests on a mutant in a fork; return "killed", "survived" or "never ended"."""
    child = os.fork()
    if child == 0:
        os.setsid()
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        sys.meta_path.insert(0, _Changed(path, tree))
        code = 1
        with suppress(BaseException):
            code = int(
                pytest_main(["-x", "-q", "-p", "no:cacheprovider", "--assert=plain", *tests])
            )
        os._exit(code)
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return "survived" if code in (0, _NO_TESTS) else "killed"
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "never ended"


def pytest_main(arguments: list[str]) -> int:
    """Run pytest in this process."""
    import pytest

    return int(pytest.main(arguments))


def _warm_up() -> None:
    """Import what all mutants need, and nothing that may be mutated."""
    for name in ("pytest", "hypothesis", "plotly.graph_objects", "streamlit.testing.v1", "rdcore"):
        importlib.import_module(name)


def selections(file: str, function: str) -> list[tuple[str, ...]]:
    """Return what pytest is asked for, one after the other, to notice a mutant of a function."""
    reach, likely = REACH.get(file), LIKELY.get(file, {}).get(function)
    chosen: list[tuple[str, ...]] = [("-k", likely)] if likely else []
    chosen.append(("-k", reach) if reach else ())
    return [("-m", "not slow", *one, *TESTS[file]) for one in chosen]


def run(
    file: str,
    part: tuple[int, int],
    only: Sequence[str] = (),
    without: Container[tuple[str, str]] = (),
) -> tuple[int, list[str]]:
    """Run the mutants of a file; return how many were killed, and the names of the others."""
    path = ROOT / file
    source = path.read_text(encoding="utf-8")
    start = time.monotonic()
    if _forked(path, ast.parse(source), selections(file, MODULE)[-1], 600.0) != "survived":
        raise SystemExit(f"{file}: its tests fail as it is: {' '.join(TESTS[file])}")
    limit = 10 * (time.monotonic() - start) + PATIENCE
    killed, alive = 0, []
    for k, (name, tree) in enumerate(mutants(source)):
        _, function, change = name.split(": ", 2)
        asked = not only or any(one in name for one in only)
        if k % part[1] != part[0] or not asked or (function, change) in without:
            continue
        fate = "survived"
        for chosen in selections(file, function):
            if fate == "survived":
                fate = _forked(path, tree, chosen, limit)
        if fate == "survived":
            alive.append(name)
            print(f"{file}:{name}", flush=True)
        else:
            killed += 1
    return killed, alive


def argued(text: str, file: str) -> set[tuple[str, str]]:
    """Return the mutants of a file that the document argues: the function and the change of each.

    A line's number changes with the code above it, so that it is no part of the name.
    """
    section = text.partition(f"## {file}\n")[2].partition("\n## ")[0]
    found = set()
    for row in section.splitlines():
        if row.startswith("| `"):
            _, where, what, _ = re.split(r"(?<!\\)\|", row, maxsplit=3)
            places, changes = (re.findall(r"`([^`]+)`", cell) for cell in (where, what))
            found |= {(place, one.replace("\\|", "|")) for place in places for one in changes}
    return found


def main() -> int:
    """Mutate the modules named, or all; return 1 if a mutant survives that is not argued."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("files", nargs="*", help="modules; by default all that have tests named")
    parser.add_argument("--part", default="0/1", help="0/4 to 3/4: every fourth mutant")
    parser.add_argument(
        "--only", nargs="+", default=[], help="mutants with any of these in the name"
    )
    parser.add_argument("--new", action="store_true", help="leave out the mutants that are argued")
    chosen = parser.parse_args()
    first, total = (int(number) for number in chosen.part.split("/"))
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    _warm_up()
    text = ARGUED.read_text(encoding="utf-8")
    left = 0
    for file in chosen.files or TESTS:
        excused = argued(text, file)
        without = excused if chosen.new else ()
        killed, alive = run(file, (first, total), chosen.only, without)
        known = [name for name in alive if tuple(name.split(": ", 2)[1:]) in excused]
        left += len(alive) - len(known)
        print(f"{file}: {killed} killed, {len(alive)} survived, {len(known)} of them argued")
    return 1 if left else 0


if __name__ == "__main__":
    raise SystemExit(main())
