"""What is said to an input: nothing, one sentence, or, which must not be, an exception."""

from __future__ import annotations

import resource
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import rdcore as rd
from dashboard.errors import UserError
from dashboard.model.state import State, sentence
from dashboard.uploads.pictures import LEAST_SIDE, read_colours, read_picture
from rdcore.pictures import read
from rdcore.tables import propose, read_table, understand

LATE_SECONDS = 20.0


@dataclass
class Tally:
    """How inputs were answered, the slowest answer, and the stack traces."""

    what: str
    taken: int = 0
    refused: int = 0
    slowest: float = 0.0
    slowest_name: str = ""
    failures: list[str] = field(default_factory=list)

    @property
    def row(self) -> str:
        """A row of the table."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        cells = [self.what, self.taken + self.refused, self.taken, self.refused]
        last = [len(self.failures), f"{self.slowest:.2f} ({self.slowest_name})", f"{peak:.0f}"]
        return "| " + " | ".join(map(str, [*cells, *last])) + " |"

    def add(self, name: str, answer: Callable[[], object]) -> None:
        """Ask once, in seconds of CPU of this process, so that a busy machine does not count."""
        start = time.process_time()
        try:
            answer()
            self.taken += 1
        except (rd.RDError, UserError) as error:
            self.refused += 1
            text = str(error)
            if not text.strip() or len(text) > 800 or "\n" in text.strip():
                self.failures.append(f"{name}: not a sentence: {text!r}")
        except Exception:  # noqa: BLE001 any other answer is what is looked for
            self.failures.append(f"{name}:\n{traceback.format_exc()}")
        seconds = time.process_time() - start
        if seconds > self.slowest:
            self.slowest, self.slowest_name = seconds, name
        if seconds > LATE_SECONDS:
            self.failures.append(f"{name}: {seconds:.0f} s")


HEAD = (
    "| what | asked | taken | refused | exceptions or late | slowest, s of CPU | peak MiB |\n"
    "|---|---|---|---|---|---|---|"
)


def tables(what: str, files: Iterable[tuple[str, bytes]]) -> Tally:
    """Read, propose and understand."""
    tally = Tally(what)
    for k, (name, data) in enumerate(files):

        def answer(name: str = name, data: bytes = data) -> None:
            table = read_table(name, data)
            understand(table, propose(table))

        tally.add(f"{k} {name}", answer)
    return tally


def pictures(what: str, files: Iterable[tuple[str, bytes]]) -> Tally:
    """Read as the package does, and as the two uploaders of pictures do."""
    tally = Tally(what)
    for k, (name, data) in enumerate(files):

        def answer(name: str = name, data: bytes = data) -> None:
            read(data)
            read_colours(name, data, grey=False, least_side=LEAST_SIDE)
            read_picture(name, data)

        tally.add(f"{k} {name}", answer)
    return tally


def links(what: str, queries: Iterable[tuple[str, dict[str, str]]]) -> Tally:
    """Read the state, and write a link from which the same state is read."""
    tally = Tally(what)
    for k, (page, query) in enumerate(queries):

        def answer(query: dict[str, str] = query) -> None:
            state, notes = State.from_query(query)
            assert State.from_query(state.query()) == (state, ()), "the link changes"
            assert len(sentence(notes)) < 2000, "a long sentence"

        tally.add(f"{k} {page}", answer)
    return tally
