"""Sphinx extension: formulas as MathML, converted when the site is built.

Browsers draw MathML by themselves, so the pages need neither a script nor a font for it.
"""

from __future__ import annotations

import html
import re
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

_LOG = logging.getLogger(__name__)
_DOTS = re.compile(r"\\dots(?![a-z])")
TAG = re.compile(r"\s*\\tag\{(\d+)\}")


def converted(latex: str, *, block: bool) -> str:
    """Return a formula as a ``math`` element."""
    drawn = str(tex2mathml(_DOTS.sub(r"\\ldots", latex.strip()), as_block=block))
    return drawn.replace("<mo>‖</mo>", '<mo stretchy="false">‖</mo>')


def anchor(number: str) -> str:
    """Return the id of the equation with a number."""
    return f"equation-{number}"


def _drawn(node: nodes.Node, latex: str, *, block: bool) -> str:
    try:
        return converted(latex, block=block)
    except (ValueError, SyntaxError, IndexError) as error:
        _LOG.warning("formula cannot be converted: %s: %s", latex, error, location=node)
        return html.escape(latex)


def _inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(_drawn(node, node.astext(), block=False))
    raise nodes.SkipNode


def _block(translator: Any, node: nodes.math_block) -> None:
    latex = node.astext()
    tag = TAG.search(latex)
    formula = _drawn(node, TAG.sub("", latex), block=True)
    if tag:
        translator.body.append(
            f'<div class="math numbered" id="{anchor(tag[1])}">'
            f'<div class="formula">{formula}</div><span>({tag[1]})</span></div>\n'
        )
    else:
        translator.body.append(f'<div class="math">{formula}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
