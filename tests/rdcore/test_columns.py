"""Sources of several columns: candidates of k-means, weights, and columns coded one by one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import rdcore as rd
from rdcore.command import answer, main, parsed
from rdcore.errors import TableError
from rdcore.tables import Choice, read_table, understand

NAMES = ("temp [°C]", "hum [%]", "wind [m/s]")


def table_text(rows: int = 150) -> str:
    draw = np.random.default_rng(2)
    values = draw.normal(size=(rows, 3)) @ draw.normal(size=(3, 3)) * [10, 5, 1] + [70, 40, 3]
    cells = [",".join(f"{one:.2f}" for one in row) for row in values]
    marks = np.where(values[:, 0] > 75, "alarm", "ok")
    lines = [f"{row},{mark}" for row, mark in zip(cells, marks, strict=True)]
    return "\n".join([",".join([*NAMES, "status"]), *lines])


TABLE = read_table("log.csv", table_text().encode())
THREE = Choice(first=NAMES[0], second=NAMES[1], more=NAMES[2:])


@pytest.fixture
def log(tmp_path: Path) -> str:
    path = tmp_path / "log.csv"
    path.write_text(table_text(), encoding="utf-8")
    return str(path)


def test_k_means_gives_coarse_and_fine_centres_and_is_repeatable() -> None:
    draw = np.random.default_rng(0)
    clusters = draw.normal(size=(4, 3)) * 20
    points = np.concatenate([one + 0.1 * draw.normal(size=(50, 3)) for one in clusters])
    source = rd.sources.from_samples(points)
    found = rd.sources.k_means(source, 7)
    # The centre of a cluster may be that of two sizes.
    assert 5 <= len(found) <= 7
    away = np.linalg.norm(found[:, None] - clusters, axis=2).min(axis=0)
    assert (away < 0.1).all()
    assert np.linalg.norm(found - source.mean, axis=1).min() < 1e-9
    assert np.array_equal(found, rd.sources.k_means(source, 7))
    assert len(rd.sources.k_means(rd.sources.bernoulli(0.3), 100)) == 3


def test_vectors_keep_every_row_and_their_order_of_columns() -> None:
    found = understand(TABLE, THREE)
    assert found.atoms.shape == (150, 3)
    own = np.column_stack([TABLE.column(name).values for name in NAMES])
    assert np.array_equal(found.atoms[found.labels], own)
    assert (found.scales == 1).all()


def test_many_columns_of_many_values_do_not_overflow() -> None:
    draw = np.random.default_rng(1)
    names = [f"c{k}" for k in range(16)]
    rows = draw.normal(size=(300, 16)).tolist()
    text = "\n".join([",".join(names), *(",".join(map(repr, row)) for row in rows)])
    table = read_table("wide.csv", text.encode())
    choice = Choice(first="c0", second="c1", more=tuple(names[2:]))
    found = understand(table, choice)
    assert found.atoms.shape == (300, 16)
    assert sorted(map(tuple, found.atoms)) == sorted(map(tuple, rows))


def test_weights_are_factors_of_the_squared_error() -> None:
    plain = understand(TABLE, THREE)
    weighted = understand(TABLE, Choice(**{**vars(THREE), "column_weights": (4.0, 1.0, 0.25)}))
    assert np.allclose(weighted.atoms, plain.atoms * [2, 1, 0.5], rtol=1e-15)
    assert np.array_equal(weighted.values, plain.atoms)
    assert (
        "a sum with the weights 4 for temp [°C], 1 for hum [%], 0.25 for wind [m/s]."
        in " ".join(weighted.sentences)
    )
    parts = (plain.points - plain.points.mean(axis=0)) ** 2
    assert weighted.variance == pytest.approx((parts * [4, 1, 0.25]).sum(axis=1).mean())


def test_standardised_columns_have_variance_one_each() -> None:
    choice = Choice(**{**vars(THREE), "standardise": True})
    found = understand(TABLE, choice)
    assert found.variance == pytest.approx(3.0)
    assert np.allclose(found.points.var(axis=0), 1.0)
    assert choice.common_unit == "σ"
    assert choice.labels[0] == "temp (σ)"
    one = Choice(first=NAMES[0], standardise=True, column_weights=(9.0,))
    assert (understand(TABLE, one).scales == 1).all()
    assert one.common_unit == "°C"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"column_weights": (1.0, 0.0, 1.0)}, "weight of column “hum [%]” is 0.0"),
        ({"column_weights": (1.0,) * 4}, "4 weights are given for 3 columns"),
        ({"bins": 5}, "cannot be cut into bins"),
        ({"more": (NAMES[0],)}, "chosen twice"),
        ({"more": (NAMES[2],) * 15}, "17 columns of log.csv are chosen; at most 16"),
    ],
)
def test_choices_of_columns_that_cannot_be_used_say_why(
    change: dict[str, object], words: str
) -> None:
    with pytest.raises(TableError) as caught:
        understand(TABLE, Choice(**{**vars(THREE), **change}))  # type: ignore[arg-type]
    assert words in str(caught.value)


def test_independent_columns_add_up_and_shares_reach_the_level() -> None:
    draw = np.random.default_rng(4)
    source = rd.sources.from_samples(draw.integers(0, 4, size=(300, 2)) * [1.0, 2.0])
    found = rd.parallel.by_columns(source, 0.6)
    parts = [
        rd.parallel.Component(rd.sources.from_pmf(np.unique(axis), mass))
        for axis, mass in (
            (axis, np.bincount(np.unique(axis, return_inverse=True)[1], source.pmf))
            for axis in source.points.T
        )
    ]
    whole = rd.parallel.rate(parts, [rd.parallel.Level(0.6, measure="sum")], tol=1e-6)
    assert found.solution.rate == pytest.approx(whole.rate, abs=2e-5)
    assert found.shares.sum() == pytest.approx(0.6, abs=1e-4)
    assert found.binned == ()
    assert found.scope == "every codebook of each column"


def test_a_column_of_many_values_is_binned_and_its_rate_is_above_the_exact_one() -> None:
    draw = np.random.default_rng(6)
    source = rd.sources.from_samples(draw.normal(size=(1500, 2)))
    found = rd.parallel.by_columns(source, 0.4)
    assert found.binned == (0, 1)
    assert 0 < found.within < 1e-4
    assert found.shares.sum() == pytest.approx(0.4, abs=1e-4)
    with pytest.raises(rd.InfeasibleError, match="variance within the cells"):
        rd.parallel.by_columns(source, found.within / 2)


def test_equal_columns_coded_together_cost_as_much_as_one() -> None:
    x = np.arange(8.0)
    source = rd.sources.from_samples(np.column_stack([x, x, x]))
    level = 0.9
    task = rd.Problem(source, rd.sources.k_means(source, 64), fidelities=[rd.average(level)])
    joint = rd.solve(task, tol=1e-7, solver=rd.solvers.Screening())
    one = rd.solve(
        rd.Problem(
            rd.sources.from_samples(x),
            np.unique(rd.sources.k_means(source, 64)[:, 0]),
            fidelities=[rd.average(level / 3)],
        ),
        tol=1e-7,
    )
    assert joint.rate == pytest.approx(one.rate, abs=1e-6)
    apart = rd.parallel.by_columns(source, level)
    assert apart.solution.rate > 2.5 * joint.rate
    assert "together saves" in apart.beside(joint)
    coarse = rd.solve(task.with_codebook(source.points[:1]).with_levels([80.0]), tol=1e-7)
    assert "too few" in rd.parallel.by_columns(source, 80.0).beside(coarse)


def test_the_command_line_solves_columns_together_and_one_by_one(
    log: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [log, *(word for name in NAMES for word in ("--column", name)), "--candidates", "24"]
    words += ["--standardise", "--distortion", "share", "--D", "20", "--subset", "status=alarm: 15"]
    found = answer(parsed(words))
    assert 16 < int(found.codebook.removesuffix(" candidates")) <= 24
    choice = Choice(**{**vars(THREE), "standardise": True})
    group = np.array(TABLE.labels[0].codes == TABLE.labels[0].texts.index("alarm"))
    made = understand(TABLE, choice, [group])
    source = rd.sources.from_pmf(made.atoms, made.pmf)
    task = rd.Problem(
        source,
        rd.sources.k_means(source, 24),
        fidelities=[rd.average(0.6), rd.subset(made.groups[0], 0.45, measure="conditional")],
    )
    solved = rd.solve(task, tol=1e-6)
    assert found.rate_bits == pytest.approx(solved.rate_bits, abs=5e-5)
    assert found.constraints[1].price_bits == pytest.approx(
        solved.prices_bits[1] * 0.03, rel=1e-2, abs=1e-5
    )
    assert found.apart is not None
    assert found.apart.gap_bits < 1e-4
    assert main([*words, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["apart"]["difference"] == found.apart.difference
    assert main(words) == 0
    assert "columns one by one" in capsys.readouterr().out


def test_weights_of_two_columns_keep_the_free_codebook_and_own_units(log: str) -> None:
    words = [log, "--column", "temp", "--column", "hum", "--D", "30", "--bins", "6"]
    words += ["--subset", "temp > 75: 20"]
    plain = answer(parsed(words))
    double = answer(parsed([*words, "--column-weights", "1,1"]))
    assert double.rate_bits == plain.rate_bits
    less = answer(parsed([*words, "--column-weights", "1,0.25"]))
    assert less.rate_bits < plain.rate_bits
    assert less.codebook == "free"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--standardise", "--column-weights", "1,2,3"], "give no --column-weights"),
        (["--codewords", "9"], "more than two columns have --candidates"),
        (["--bins", "9"], "not binned"),
        (["--distortion", "absolute"], "mse, rms, snr, share"),
        (["--column-weights", "1,a"], "'a' is not a number"),
    ],
)
def test_arguments_that_do_not_fit_columns_are_refused(
    more: list[str], words: str, log: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [word for name in NAMES for word in ("--column", name)]
    with pytest.raises(SystemExit):
        parsed([log, *names, "--D", "1", *more])
    assert words in " ".join(capsys.readouterr().err.split())
