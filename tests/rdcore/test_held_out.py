"""Quantisers designed on one half of the rows and measured on the other."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from rdcore.design.trellis import Trellis, TrellisQuantiser, Words
from rdcore.sampling import halves, held_out

ROWS = np.random.default_rng(4).normal(size=301).round(1)
SOURCE = rd.sources.from_samples(ROWS)
LABELS = np.searchsorted(SOURCE.atoms, ROWS)
LEVELS = [rd.average(0.2), rd.subset(SOURCE.atoms > 1, 0.05, "conditional")]
TASK = rd.Problem(SOURCE, rd.EVERY, fidelities=LEVELS)


def law(rows: np.ndarray) -> dict[float, float]:
    values, times = np.unique(rows, return_counts=True)
    return dict(zip(values.tolist(), (times / len(rows)).tolist(), strict=True))


def test_ordered_rows_are_cut_in_the_middle() -> None:
    first, second = halves(TASK, LABELS, ordered=True)
    for found, rows in ((first, ROWS[:151]), (second, ROWS[151:])):
        assert law(rows) == pytest.approx(
            dict(zip(found.source.atoms.tolist(), found.source.pmf.tolist(), strict=True))
        )
        assert (found.fidelities[1].mask == (found.source.atoms > 1)).all()
        assert [one.level for one in found.fidelities] == [0.2, 0.05]


def test_random_halves_have_all_rows() -> None:
    first, second = halves(TASK, LABELS)
    total: dict[float, float] = {}
    for found, count in ((first, 151), (second, 150)):
        for value, share in zip(found.source.atoms, found.source.pmf, strict=True):
            total[float(value)] = total.get(float(value), 0.0) + share * count / 301
    assert total == pytest.approx(law(ROWS))
    assert (halves(TASK, LABELS, seed=1)[0].source.pmf != first.source.pmf[:1]).any()


def test_the_other_half_is_measured_row_by_row() -> None:
    design, test = halves(TASK, LABELS, ordered=True)
    quantiser = rd.quantisers.ecsq(design, np.array([4.0, 6.0]))
    found, rows = held_out(quantiser, test), ROWS[151:]
    labels = quantiser.encode(rows)
    error = (rows - quantiser.decode(labels)) ** 2
    assert found.distortions == pytest.approx([error.mean(), error[rows > 1].mean()])
    assert found.rate == pytest.approx(-np.log(quantiser.pmf[labels]).mean())
    assert found.rate > found.entropy > 0
    own = held_out(quantiser, design)
    assert own.rate == pytest.approx(quantiser.rate) == own.entropy
    # A quantiser on the test rows is no better than the bound at what it reaches there.
    least = rd.solve(test.with_levels(found.distortions.tolist()))
    assert least.certificate.lower <= found.entropy


def test_a_trellis_code_meets_the_levels_of_the_other_half() -> None:
    design, test = halves(TASK, LABELS)
    # A code whose words are the codewords of a design, each in both books.
    words = rd.quantisers.ecsq(design, np.array([4.0, 6.0])).trimmed()
    values = np.repeat(np.concatenate([words.codebook, words.codebook + 0.05]), 2)
    branch = np.tile([0, 1, 2, 3], len(words.codebook))
    order = np.argsort(branch, kind="stable")
    books = Words(
        values[order][:, None, None], None, branch[order], np.full(len(order), np.log(len(order)))
    )
    code = TrellisQuantiser(design, Trellis.of(4), books, np.array([4.0, 6.0]), 1.0, np.zeros(2))
    coding, found = code.on(test), held_out(code, test)
    assert (found.distortions <= [0.2, 0.05]).all()
    assert found.rate == pytest.approx(coding.rate)
    # Any code needs at least the rate at what it reaches.
    least = rd.solve(test.with_levels(found.distortions.tolist()))
    assert least.certificate.lower <= found.entropy + 1e-3
    assert found.entropy <= found.rate
    with pytest.raises(rd.InputError, match="problem must have 2 levels; got 1"):
        code.on(rd.Problem(test.source, rd.EVERY, fidelities=LEVELS[:1]))


def test_arguments() -> None:
    with pytest.raises(rd.InputError, match="labels must be at least 2 indices of atoms, 0 to"):
        halves(TASK, LABELS + 1)
    with pytest.raises(rd.InputError, match="at least 2 atoms in each half; got 1"):
        halves(rd.Problem(SOURCE, rd.EVERY, fidelities=LEVELS[:1]), [0, 1, 1], ordered=True)
    with pytest.raises(rd.InputError, match="rows of every subset in each half"):
        halves(TASK, np.sort(LABELS), ordered=True)
    table = rd.Problem(SOURCE, SOURCE.atoms, np.ones((SOURCE.n, SOURCE.n)), [rd.average(1.0)])
    first, second = halves(table, LABELS)
    assert first.distortion.shape == (first.n, SOURCE.n)
    coded = rd.quantisers.Quantiser(
        first.source, SOURCE.atoms, np.zeros(first.n, int), first.distortion
    )
    with pytest.raises(rd.InputError, match="by name or function; got an array"):
        held_out(coded, second)
