"""Settings of the documentation site; ``make docs`` builds it from this folder."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpydoc.xref  # noqa: E402

import rdcore  # noqa: E402
from docs import reference  # noqa: E402

project = "rdcore"
release = version = rdcore.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "numpydoc",
    "docs.cells",
    "docs.mathml",
    "docs.numbering",
    "docs.reference",
]
source_suffix = {".md": "markdown"}

myst_enable_extensions = ["amsmath", "deflist", "dollarmath"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

# Types stand in the numpydoc sections, with shapes and units.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_mock_imports = reference.MOCKED
autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_xref_param_type = True
# Only the classes of rdcore are links; what numpydoc knows of other projects needs their sites.
numpydoc.xref.DEFAULT_LINKS.clear()
numpydoc_xref_aliases = reference.aliases()
numpydoc_xref_ignore = "all"

nitpicky = True

html_title = f"rdcore {release}"
html_theme = "furo"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#00629b",
        "color-brand-content": "#00629b",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7cc0ee",
        "color-brand-content": "#7cc0ee",
    },
}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
