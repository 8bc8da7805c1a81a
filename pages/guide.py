"""Guide: lessons, what a certificate covers, and the glossary."""

from __future__ import annotations

from dashboard.ui import layout
from dashboard.ui.cards import guide, guide_lessons

part, row = guide.begin()
with layout.result():
    if part == "lessons":
        guide_lessons.lesson(row)
    elif part == "certificate":
        guide.certificate()
    else:
        guide.glossary()
