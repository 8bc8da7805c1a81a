"""Pictures: draw the region that matters, see what it costs, take the file."""

from __future__ import annotations

from dashboard.model import scripts
from dashboard.ui import layout, page, takeaway
from dashboard.ui.cards import pictures, pictures_files, pictures_model

page.begin("What does the region that matters cost?")
layout.without_sidebar()

with layout.result():
    found = pictures.choose()
    if found is not None:
        chosen, beside = found
        exact = pictures_model.start(chosen)
        files = pictures_files.sizes(chosen, beside)
        pictures_model.card(chosen, files, exact)
        pictures_files.results(files)
        pictures_files.details()
        takeaway.script(lambda: scripts.pictures(chosen.spec))
