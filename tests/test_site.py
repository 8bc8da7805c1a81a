"""The documentation site: formulas, references and links, and nothing from other servers.

``make docs`` builds the site; the tests of its files run where it has been built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from dashboard.server import SITE

ROOT = Path(__file__).parents[1]
SOURCES = [path for path in sorted((ROOT / "docs").rglob("*.md")) if path.parent.name != "api"]
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
built = pytest.mark.skipif(not (SITE / "index.html").exists(), reason="make docs has not run")


class Page(HTMLParser):
    """What a page links to, what it loads, and the places in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids.add(found.get("id", ""))
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        self.loads += [found[name] for name in ("src", "data") if name in found]
        if tag == "link":
            self.loads.append(found.get("href", ""))


def pages() -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(SITE.rglob("*.html"))}


@built
def test_the_site_loads_nothing_from_other_servers() -> None:
    outside = [
        (path.name, address)
        for path, page in pages().items()
        for address in page.loads
        if "//" in address
    ]
    styles = [_COMMENT.sub("", path.read_text(encoding="utf-8")) for path in SITE.rglob("*.css")]
    assert not [style for style in styles if re.search(r"url\([\"']?(https?:)?//", style)]
    assert not outside


@built
def test_every_link_within_the_site_leads_somewhere() -> None:
    found, dead = pages(), []
    for path, page in found.items():
        for link in page.links:
            address, place = urldefrag(link)
            if ":" in address:
                continue
            target = (path.parent / unquote(address)).resolve() if address else path
            if not target.exists() or (
                place and target in found and unquote(place) not in found[target].ids
            ):
                dead.append((path.name, link))
    assert not dead


@built
def test_every_formula_and_every_reference_has_its_place() -> None:
    text = (SITE / "method/foundations.html").read_text(encoding="utf-8")
    assert "\\tag" not in text
    assert 'id="equation-8"' in text
    curves = (SITE / "method/curves.html").read_text(encoding="utf-8")
    assert 'href="solvers.html#free-codebook">section 9<' in curves
    assert 'href="foundations.html#equation-7">(7)<' in curves


def prose(path: Path) -> str:
    """Return a document without its code."""
    text = path.read_text(encoding="utf-8")
    return _CODE.sub("", text)


def formulas() -> Iterator[tuple[str, str]]:
    for path in SOURCES:
        for formula in re.findall(r"\$\$(.+?)\$\$", prose(path), re.DOTALL):
            yield path.name, formula


def test_the_equations_of_the_method_are_numbered_in_order() -> None:
    numbers: list[int] = []
    index = (ROOT / "docs/method.md").read_text(encoding="utf-8")
    for page in re.findall(r"^\| \[[^]]*\]\((method/[\w-]+\.md)\)", index, re.MULTILINE):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        numbers += map(int, re.findall(r"\\tag\{(\d+)\}", text))
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_index_of_the_method_names_every_section() -> None:
    index = (ROOT / "docs/method.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "docs/method").glob("*.md")):
        assert f"(method/{path.name})" in index
        for title in re.findall(r"^## (\d+\. .+)$", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert f"[{title}](method/{path.name}#" in index, title


def test_every_link_of_the_sources_leads_to_a_file() -> None:
    dead = []
    for path in [*SOURCES, ROOT / "README.md"]:
        text = re.sub(r"\$[^$\n]*\$", "", prose(path))
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            address = urldefrag(link)[0]
            if address and ":" not in address and not (path.parent / address).exists():
                dead.append((path.name, link))
    assert not dead


def test_every_formula_can_be_drawn() -> None:
    pytest.importorskip("docutils")
    from docs.mathml import TAG, converted

    for page, formula in formulas():
        drawn = converted(TAG.sub("", formula), block=True)
        assert drawn.startswith("<math"), (page, formula)
