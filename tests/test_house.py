"""The drawing of the house is that of its source, and no arrow in it leads upward."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.house import PAGE, ROOT, House, drawing, page, structure


@pytest.fixture(scope="module")
def house() -> House:
    return House.of(ROOT)


def test_the_drawing_is_up_to_date(house: House) -> None:
    assert structure(PAGE.read_text(encoding="utf-8")) == structure(page(house, house)), (
        "docs/house.md is out of date: run `make house`"
    )


def test_no_arrow_leads_upward(house: House) -> None:
    assert house.upward == []
    assert {"app", "pages", "dashboard.ui", "rdcore", "rdcore.solvers"} <= house.rooms.keys()


def built(folder: Path, files: dict[str, str]) -> House:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return House.of(folder)


SMALL = {
    "app.py": "import streamlit\nfrom dashboard import ui\n",
    "dashboard/__init__.py": "",
    "dashboard/ui/__init__.py": "",
    "dashboard/ui/cards.py": "import rdcore as rd\nfrom dashboard.model import spec\n",
    "dashboard/model.py": "from rdcore.problem import Problem\n",
    "rdcore/__init__.py": "from rdcore import problem\nfrom rdcore.errors import RDError\n",
    "rdcore/problem/__init__.py": "from rdcore.problem.fidelity import average\n",
    "rdcore/problem/fidelity.py": "def f():\n    import rdcore.errors\n",
    "rdcore/errors.py": "import math\n",
}


def test_rooms_and_arrows_are_those_of_the_imports(tmp_path: Path) -> None:
    house = built(tmp_path, SMALL)
    assert {name: set(room.imports) for name, room in house.rooms.items()} == {
        "app": {"dashboard.ui"},
        "dashboard.ui": {"dashboard.model", "rdcore"},
        "dashboard.model": {"rdcore.problem"},
        "rdcore": {"rdcore.problem", "rdcore.errors"},
        "rdcore.problem": {"rdcore.errors"},
        "rdcore.errors": set(),
    }
    assert house.floors == {
        "app": 5,
        "dashboard.ui": 4,
        "dashboard.model": 3,
        "rdcore": 3,
        "rdcore.problem": 2,
        "rdcore.errors": 1,
    }
    assert house.upward == []
    assert house.rooms["rdcore.problem"].modules == 2
    assert house.rooms["rdcore.problem"].lines == 3
    assert len(house.part("rdcore").arrows) == 3
    assert "rdcore --> rdcore.problem" in drawing(house)
    assert "rdcore --> rdcore.errors" not in drawing(house), "it follows from the others"


@pytest.mark.parametrize(
    ("name", "text", "upward"),
    [
        (
            "rdcore/errors.py",
            "import rdcore.problem\n",
            {("rdcore.errors", "rdcore.problem"), ("rdcore.problem", "rdcore.errors")},
        ),
        ("rdcore/new.py", "import dashboard.model\n", {("rdcore.new", "dashboard.model")}),
        ("dashboard/model.py", "import pages.explore\n", {("dashboard.model", "pages")}),
    ],
)
def test_arrows_upward_are_found(
    tmp_path: Path, name: str, text: str, upward: set[tuple[str, str]]
) -> None:
    house = built(tmp_path, {**SMALL, "pages/explore.py": "import streamlit\n", name: text})
    assert set(house.upward) == upward


def test_another_import_makes_the_page_stale(tmp_path: Path) -> None:
    before = built(tmp_path, SMALL)
    same = built(tmp_path, {"dashboard/ui/cards.py": "\n\n" + SMALL["dashboard/ui/cards.py"]})
    other = built(tmp_path, {"dashboard/model.py": "import rdcore.errors\n"})
    pages = [structure(page(house, house)) for house in (before, same, other)]
    assert pages[0] == pages[1] != pages[2]
