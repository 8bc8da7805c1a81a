"""The benchmark runs, its table parses, and what it says of gaps is true."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import rdcore as rd
from benchmarks import before, problems, report
from benchmarks.__main__ import main
from benchmarks.adversary import STALLED, solved
from benchmarks.bare import bare
from benchmarks.duel import against, run
from benchmarks.peers import CLARABEL, Answer, Peer, PeerError, dit
from benchmarks.sections import SECTIONS
from benchmarks.table import HEAD, Row, markdown
from benchmarks.uploads import oracle
from benchmarks.uploads.comparison import compare
from benchmarks.uploads.corpus import Sample
from rdcore.tables import read_table


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return main(["small"])


def test_the_smallest_section_runs(rows: list[Row], capsys: pytest.CaptureFixture[str]) -> None:
    again = main(["small"])
    text = capsys.readouterr().out.splitlines()
    assert len(again) == len(rows) >= 4
    assert text[3].split()[:2] == list(HEAD[:2])
    timed = [line for line in text[4:] if " × " in f"{line} "]
    ratios = [float(re.findall(r"([\d.e+-]+) ×", line)[0]) for line in timed]
    assert len(ratios) == sum(row.ratio is not None for row in again) >= 3
    for ratio, row in zip(ratios, [row for row in again if row.ratio is not None], strict=True):
        assert ratio == pytest.approx(row.ratio, rel=5e-3)
        assert row.ratio == pytest.approx(row.peer_seconds / row.seconds)


def test_gaps_are_what_was_asked_for(rows: list[Row]) -> None:
    for row in rows:
        assert row.seconds > 0
        assert 0 <= row.gap <= float(row.ours.split("to ")[1]) * 1.05
        if row.peer.startswith("Blahut"):
            assert row.peer_gap <= 1e-9
        if row.peer_gap is not None:
            assert 0 <= row.peer_gap < 1e-3


def test_dit_is_compared_or_named_as_missing(rows: list[Row]) -> None:
    about = [row for row in rows if row.peer.startswith("dit")]
    assert about
    for row in about:
        if row.peer_seconds is None:
            assert "dit is not installed" in row.remark
        else:
            assert row.gap <= row.peer_gap


def test_a_peer_that_cannot_is_a_line() -> None:
    task = problems.three_modes(level=0.05)
    mine = run("x", "y", task, 1e-6, budget=0.0)
    assert mine.solution.certificate.gap <= 1e-6

    def break_down(problem: rd.Problem) -> Answer:
        raise PeerError("not today")

    row = against(mine, task, Peer("nobody", break_down), aim=3.0)
    assert row.ratio is None
    assert row.cells()[-2:] == ("3 × missed", "not today")


def test_dit_refuses_what_it_cannot_do() -> None:
    pytest.importorskip("dit", reason="an environment of its own has it")
    with pytest.raises(PeerError, match="one constraint"):
        dit(1.0).solve(problems.three_modes(level=0.05))
    with pytest.raises(PeerError, match="as many codewords"):
        dit(1.0).solve(problems.three_modes())


def test_the_cone_program_is_the_same_program() -> None:
    task = problems.three_modes(level=0.05, n=16)
    answer = CLARABEL.solve(task)
    assert answer.gap < 1e-4
    assert "solver alone" in answer.remark


def test_the_document(tmp_path: Path, rows: list[Row]) -> None:
    place = tmp_path / "benchmarks.md"
    report.write(rows, "python -m benchmarks small", place)
    text = place.read_text(encoding="utf-8")
    assert "`python -m benchmarks small`" in text
    assert markdown(rows) in text
    assert re.search(r"Python 3\.\d+", text)
    assert text.count("\n| small |") == len(rows)


def test_the_named_problems_are_what_the_document_says() -> None:
    assert (problems.samples(50, 7).n, problems.samples(50, 7).m) == (50, 7)
    assert problems.four_clusters(8.0, 0.1, every=False).m == 36
    wide = problems.sized(80, 32, 4)
    assert (wide.n, wide.m, len(wide.rows.levels)) == (80, 32, 5)
    # Some of the subsets must be worth something, or growth in K would time inactive rows.
    assert (rd.solve(wide, tol=1e-8).slopes[1:] > 1e-3).any()


def test_unknown_sections_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["nothing"])
    told = capsys.readouterr().err
    assert all(name in told for name in SECTIONS)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (b"x,y\n1,2\n3,4\n", "same"),
        (b"x,s\n1,a\n3,b\n", "same"),
        (b"1,2\n3,4\n5,6\n", "better"),
        (b"x;y\n1;2\n3;4\n", "better"),
        (b"hello\nworld\n", "same"),
    ],
)
def test_the_comparison_with_pandas(text: bytes, outcome: str) -> None:
    assert compare(Sample("p/a.csv", text)).outcome == outcome


def test_the_oracle_finds_what_is_read_wrong() -> None:
    known = {"delimiter": ",", "header": True, "names": ["x", "s", ""], "kinds": "nte", "rows": 2}
    known |= {"first": [1.0], "last": [None]}
    table = read_table("a.csv", b"x,s,\n1,a,\n,b,\n")
    assert oracle.difference(table, known) == ""
    for name, other in {"header": False, "kinds": "nnt", "rows": 3, "first": [2.0]}.items():
        assert oracle.difference(table, known | {name: other})


def test_the_oracle_has_a_hundred_readings() -> None:
    readings = json.loads(oracle.PLACE.read_text(encoding="utf-8"))
    assert len(readings) == 100
    for one in readings.values():
        assert len(one["names"]) == len(one["kinds"])
        assert len(one["first"]) == len(one["last"]) == one["kinds"].count("n")


@pytest.mark.parametrize("seed", [15, 18, 31, 85, 88, 99, 122, 134, 157, 218])
def test_difficult_problems_are_solved(seed: int) -> None:
    """Levels next to 0 or to their smallest, levels for each symbol, and grids in space."""
    outcome = solved(seed)
    assert not outcome.error
    assert not outcome.stalled


@pytest.mark.parametrize(
    "seed", [455, 1741, 2888, 3096, 3434, 5529, 5760, 8017, 8215, 8586, 8605, 9838]
)
def test_levels_next_to_the_smallest_are_proved(seed: int) -> None:
    """Sharp Gaussians in c; pairs that another distortion forbids; prices far apart; no slack."""
    outcome = solved(seed)
    assert not outcome.error
    # At a smallest level the processor's rounding decides whether the last digits are proved.
    assert outcome.converged or outcome.at_smallest
    assert outcome.gap <= STALLED


def test_the_bare_arithmetic_proves_the_same_rate() -> None:
    problem = problems.three_modes(level=0.05)
    proof, known = bare(problem, 1e-9), rd.solve(problem).certificate
    assert proof.gap <= 1e-9
    assert proof.upper == pytest.approx(known.upper, abs=2e-9)


def test_the_same_case_in_turn_before_and_now() -> None:
    tree = before.Tree(before.ROOT)
    try:
        row = before.row("small: Bernoulli(0.3), Hamming, D=0.1, to 1e-09", tree, tree)
    finally:
        tree.close()
    name, _, gap, _, again, ratio = row
    assert name in tree.names
    assert float(gap) == float(again) <= 1e-9
    assert ratio.endswith(" ×")
