"""The tables of `make soak` go to their place in the documentation, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.load.tables import BEGIN, END, PLACE, write


def test_tables_replace_those_of_the_last_time(tmp_path: Path) -> None:
    place = tmp_path / "deploy.md"
    place.write_text(PLACE.read_text(encoding="utf-8"), encoding="utf-8")
    before, _, rest = place.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    for lines in (["Measured.", "", "| a |", "|---|", "| 1 |"], ["Measured again."]):
        write(lines, place)
        inside = "\n".join(lines)
        expected = f"{before}{BEGIN}\n\n{inside}\n\n{END}{after}"
        assert place.read_text(encoding="utf-8") == expected


def test_a_document_without_a_place_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "other.md"
    place.write_text("# Other\n")
    with pytest.raises(ValueError, match="has no <!-- measured -->"):
        write(["x"], place)
    assert place.read_text() == "# Other\n"
