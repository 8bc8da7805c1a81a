"""Trellis codes as a job: real files, levels met on their symbols, and the gap to the bound."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from dashboard.figures import theme
from dashboard.figures.trellis import gaps
from dashboard.model.trellis import TrellisView
from dashboard.tasks import trellis
from tests.steps import finished


def task(measure: str = "conditional") -> rd.Problem:
    source = rd.sources.three_modes()
    near = np.abs(source.atoms) < 1
    return rd.Problem(
        source, rd.EVERY, fidelities=[rd.average(0.6), rd.subset(near, 0.05, measure)]
    )


@pytest.fixture(scope="module")
def found(quick_trellises: None) -> tuple[TrellisView, list]:
    return finished(trellis.design(task(), (4, 8), symbols=20_000))


def test_the_files_meet_every_level_near_the_bound(found: tuple[TrellisView, list]) -> None:
    view, _ = found
    bound = rd.solve(task(), tol=1e-4).certificate.lower_bits
    assert view.bound_bits == bound
    assert [one.states for one in view.rows] == [4, 8]
    for one in view.rows:
        assert one.met
        assert one.distortions[0] == pytest.approx(0.6, rel=2e-3)
        assert one.distortions[1] == pytest.approx(0.05, rel=2e-2)
        assert one.bits == 8 * one.size_bytes / 20_000
        assert 0 < view.gap_bits(one) < 0.2


def test_rows_appear_as_they_are_ready(found: tuple[TrellisView, list]) -> None:
    _, steps = found
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    counts = [len(step.shown.rows) for step in steps if step.shown is not None]
    assert counts[0] == 1
    assert counts[-1] == 2


@pytest.mark.parametrize(
    ("measure", "expected"), [("conditional", 4.0), ("joint", 0.8), ("each", 4.0)]
)
def test_what_decoded_symbols_reach(measure: str, expected: float) -> None:
    source = rd.sources.from_pmf([0.0, 1.0, 2.0], [0.4, 0.4, 0.2])
    problem = rd.Problem(
        source,
        source.atoms,
        fidelities=[rd.average(1.0), rd.subset([False, False, True], 1.0, measure)],
    )
    which = np.array([0, 0, 1, 1, 2])
    decoded = np.array([0.0, 1.0, 1.0, 1.0, 0.0])[:, None]
    reached = trellis.reached_on(problem, which, decoded)
    assert reached.tolist() == pytest.approx([1.0, expected])


def test_the_figure_has_the_gaps(found: tuple[TrellisView, list]) -> None:
    view, _ = found
    drawn = gaps(view, 0.25, theme.palette(False))
    assert list(drawn.data[0].x) == [1, 4, 8]
    assert drawn.data[0].y.tolist() == pytest.approx(
        [0.25, *(view.gap_bits(one) for one in view.rows)]
    )
    alone = gaps(view, None, theme.palette(False))
    assert list(alone.data[0].x) == [4, 8]


def test_the_downloads_are_the_code_and_its_file(found: tuple[TrellisView, list]) -> None:
    for one in found[0].rows:
        assert len(one.blob) == one.size_bytes
        for code in (
            rd.export.from_json(one.as_json.tobytes().decode()),
            rd.export.from_npz(one.as_npz.tobytes()),
        ):
            assert isinstance(code, rd.TrellisCode)
            assert code.states == one.states
        compile(one.as_python.tobytes(), "trellis.py", "exec")
        assert len(rd.coding.decompress(one.blob.tobytes())) == one.symbols
