"""Sphinx extension: the code cells of notebooks in MyST Markdown, shown as code.

Jupytext opens such a page as a notebook; the tests run its cells.
"""

from __future__ import annotations

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from sphinx.application import Sphinx


class Cell(Directive):
    """A cell, with the language of its kernel as an optional argument."""

    has_content = True
    optional_arguments = 1
    option_spec = {"tags": directives.unchanged}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        """Return the code as a block."""
        code = "\n".join(self.content)
        return [nodes.literal_block(code, code, language="python")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("code-cell", Cell)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
