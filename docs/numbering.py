"""Sphinx extension: links from "section 5" and "(5)" in the method, and drawings as lists.

The sources keep these references as plain text, which reads the same wherever they are shown.
Drawings for Mermaid become lists, because drawing them would take a script.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from docs.mathml import TAG, anchor

_HOME = "method/"
_SECTION = re.compile(r"(\d+)\. ")
_REFERENCE = re.compile(r"[Ss]ections? (?P<section>\d+)|\((?P<equation>\d{1,2})\)")
_INCLUDED = {"CHANGELOG.md": "changes.md", "CONTRIBUTING.md": "contributing.md"}
_ARROW = re.compile(r"^ *([\w.]+) --> ([\w.]+)$", re.MULTILINE)


def _places(env: BuildEnvironment) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the page and the anchor of each numbered section and equation."""
    if not hasattr(env, "rd_places"):
        env.rd_places = {}  # type: ignore[attr-defined]
    return env.rd_places  # type: ignore[attr-defined,no-any-return]


def inside(app: Sphinx, page: str, source: list[str]) -> None:
    """Lead links to documents outside this folder to the pages that include them."""
    for outside, own in _INCLUDED.items():
        source[0] = source[0].replace(f"](../{outside})", f"]({own})")


def collect(app: Sphinx, tree: nodes.document) -> None:
    """Note the numbers of a page, and turn its drawings into lists."""
    page = app.env.docname
    if page.startswith(_HOME):
        places = _places(app.env)
        for section in tree.findall(nodes.section):
            title = section.next_node(nodes.title)
            number = _SECTION.match(title.astext()) if title is not None else None
            if number:
                places["section", number[1]] = page, section["ids"][0]
        for formula in tree.findall(nodes.math_block):
            tag = TAG.search(formula.astext())
            if tag:
                places["equation", tag[1]] = page, anchor(tag[1])
    for block in list(tree.findall(nodes.literal_block)):
        if block.get("language") == "mermaid":
            block.replace_self(_listed(block.astext()))


def _listed(drawing: str) -> nodes.bullet_list:
    """Return the arrows of a drawing, one entry for each start."""
    found: dict[str, list[str]] = {}
    for start, end in _ARROW.findall(drawing):
        found.setdefault(start, []).append(end)
    entries = nodes.bullet_list()
    for start, ends in found.items():
        line = nodes.paragraph()
        line += [nodes.literal(text=start), nodes.Text(" → ")]
        for k, end in enumerate(ends):
            line += [nodes.Text(", " if k else ""), nodes.literal(text=end)]
        entries += nodes.list_item("", line)
    return entries


def link(app: Sphinx, tree: nodes.document, page: str) -> None:
    """Link the references of a page to their places."""
    if not page.startswith(_HOME):
        return
    places = _places(app.env)
    for text in list(tree.findall(nodes.Text)):
        if isinstance(text.parent, nodes.TextElement) and not _within(
            text, nodes.reference, nodes.literal, nodes.title, nodes.math, nodes.math_block
        ):
            found = list(_linked(app, page, str(text), places))
            if len(found) > 1:
                text.parent.replace(text, found)


def _within(node: nodes.Node, *kinds: type[nodes.Node]) -> bool:
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def _linked(
    app: Sphinx, page: str, text: str, places: dict[tuple[str, str], tuple[str, str]]
) -> Iterator[nodes.Node]:
    done = 0
    for match in _REFERENCE.finditer(text):
        kind = str(match.lastgroup)
        place = places.get((kind, match[kind]))
        if place is None:
            continue
        yield nodes.Text(text[done : match.start()])
        address = app.builder.get_relative_uri(page, place[0]) if place[0] != page else ""
        yield nodes.reference("", match[0], refuri=f"{address}#{place[1]}", internal=True)
        done = match.end()
    yield nodes.Text(text[done:])


def _merge(app: Sphinx, env: BuildEnvironment, pages: set[str], other: Any) -> None:
    _places(env).update(_places(other))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the passes."""
    app.connect("source-read", inside)
    app.connect("doctree-read", collect)
    app.connect("doctree-resolved", link)
    app.connect("env-merge-info", _merge)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
