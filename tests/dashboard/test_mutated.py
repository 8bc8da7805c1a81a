"""Mutated tables, pictures and links: taken or refused in one sentence, and pages without errors.

``make fuzz`` tries thousands of each.
"""

from __future__ import annotations

import itertools

from benchmarks.fuzz import answers, files, links, pages
from benchmarks.fuzz.answers import Tally

# Another seed than the benchmark's.
SEED, COUNT = 16, 150


def well(tally: Tally, *, taken: int, refused: int) -> None:
    """Fail with the stack traces, or if the inputs were all of one kind."""
    assert not tally.failures, "\n\n".join(tally.failures)
    assert tally.taken >= taken
    assert tally.refused >= refused


def test_mutated_tables() -> None:
    inputs = files.mutated(files.table_seeds(), SEED, COUNT)
    well(answers.tables("tables", inputs), taken=20, refused=20)


def test_mutated_pictures() -> None:
    inputs = files.mutated(files.picture_seeds(), SEED, COUNT)
    well(answers.pictures("pictures", inputs), taken=5, refused=20)


def test_pictures_that_are_made_to_be_expensive() -> None:
    few = [one for one in files.crafted_pictures() if one[0] not in ("bomb.png", "few_scans.jpg")]
    well(answers.pictures("pictures", few), taken=0, refused=5)


def test_mutated_links() -> None:
    well(answers.links("links", links.mutated(SEED, 10 * COUNT)), taken=10 * COUNT, refused=0)


def test_pages_by_mutated_links() -> None:
    well(pages.by_links("pages", itertools.islice(links.mutated(SEED, 4), 4)), taken=4, refused=0)


def test_pages_with_mutated_tables() -> None:
    some = files.mutated(files.table_seeds(), SEED, 8)
    well(pages.with_files("pages", some), taken=1, refused=0)


def test_what_is_wrong_is_counted() -> None:
    tally = Tally("wrong")
    tally.add("a", lambda: 1 / 0)
    tally.add("b", lambda: 1)
    assert tally.taken == 1
    (failure,) = tally.failures
    assert "ZeroDivisionError" in failure
    assert tally.row.startswith("| wrong | 1 | 1 | 0 | 1 | ")


def test_a_seed_gives_the_same_inputs() -> None:
    twice = [list(files.mutated(files.table_seeds(), 1, 3)) for _ in range(2)]
    assert twice[0] == twice[1]
    assert list(links.mutated(1, 3)) == list(links.mutated(1, 3))
