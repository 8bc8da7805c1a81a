"""List what five publications claim, with our verdicts: write ``texts.md`` beside this file.

``python -m docs.texts`` runs the ten experiments again, about two minutes. With the numbers of some
experiments (``python -m docs.texts E5 E7``) it prints only their rows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from dashboard.model.claims import constrained, energy, method, universal
from dashboard.model.claims.claim import Claim
from dashboard.model.reproduction import Quantity, Reproduced, as_text
from dashboard.tasks import reproduce

PAGE = Path(__file__).with_name("texts.md")
_INTRO = """\
# What five publications claim, and what we find

`python -m docs.texts` makes this page. It runs the experiments again; the other claims are from the
studies in [learned.md](learned.md) and from the pages that are named. A verdict is one of: *holds*,
*holds with a correction*, *does not hold at these settings*, *not tested here*.
"""
_NUMBERS = """\
## Nasser (2025): numbers

M. Nasser, “Convex Rate-Distortion Formulation for Mixed-Fidelity Compression” (project report) and
“Convex Relaxations for Entropy-Constrained Compression” (project milestone). The milestone prints
no results. *Difference* is the re-run value, rounded as published, minus the published value.
"""
_NUMBER_HEADS = (
    "experiment",
    "quantity",
    "printed in the project report",
    "in the author’s notebook",
    "re-run with the author’s steps",
    "our best with proof",
    "difference",
)
_CLAIM_HEADS = ("claim", "where", "page", "verdict", "reason")


def result(key: str) -> Reproduced:
    """Run an experiment."""
    steps = reproduce.run(key)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Reproduced = end.value
            return found


def number_rows(key: str, numbers: Iterable[Quantity]) -> Iterator[str]:
    """Yield the rows of the quantities of an experiment."""
    for one in numbers:
        ours = as_text(one.rerun), as_text(one.best)
        yield _row((key, one.name, *one.published_texts, *ours, _difference(one)))


def _difference(one: Quantity) -> str:
    if one.difference != one.difference:
        return "—"
    if not one.difference:
        return "0"
    text = f"{one.difference:+.{one.decimals}f}".replace("-", "−")
    return f"{text}: {one.why}" if one.why else text


def claim_rows(claims: Iterable[Claim]) -> Iterator[str]:
    """Yield the rows of claims."""
    for one in claims:
        yield _row((one.says, one.where, one.page, one.verdict, one.why))


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("*", "\\*") for cell in cells) + " |"


def _table(heads: Sequence[str], rows: Iterable[str]) -> str:
    return "\n".join([_row(heads), _row(["---"] * len(heads)), *rows])


def sections() -> Iterator[tuple[str, tuple[Claim, ...]]]:
    """Yield the title and the claims of each section that needs no experiment."""
    yield "Nasser (2025): claims about the method", method.CLAIMS
    yield "Nguyen et al. (2025)", universal.claims()
    yield "van Rozendaal et al. (2020)", constrained.claims()
    yield "Li, Kim and Guyot (2023)", energy.claims()


def page() -> str:
    """Run all experiments and return the document."""
    found = {one.key: result(one.key) for one in reproduce.EXPERIMENTS}
    numbers = [row for key, one in found.items() for row in number_rows(key, one.numbers)]
    claims = [row for one in found.values() for row in claim_rows(one.claims)]
    parts = [
        _INTRO,
        f"{_NUMBERS}\n{_table(_NUMBER_HEADS, numbers)}\n",
        f"## Nasser (2025): claims of the experiments\n\n{_table(_CLAIM_HEADS, claims)}\n",
    ]
    parts += [
        f"## {title}\n\n{_table(_CLAIM_HEADS, claim_rows(listed))}\n"
        for title, listed in sections()
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    if sys.argv[1:]:
        for name in sys.argv[1:]:
            one = result(name)
            sys.stdout.write("\n".join([*number_rows(name, one.numbers), *claim_rows(one.claims)]))
            sys.stdout.write("\n")
    else:
        PAGE.write_text(page(), encoding="utf-8")
