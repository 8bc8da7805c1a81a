"""The Python scripts of the pages: each is run, and its numbers are compared with the page's."""

from __future__ import annotations

import inspect
import io
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import rdcore as rd
from dashboard import figures
from dashboard.figures import theme
from dashboard.model import scripts
from dashboard.model.annealing import AnnealSpec
from dashboard.model.classification import ClassSpec, LabelSpec
from dashboard.model.codebooks import CodebookSpec
from dashboard.model.codecs import CodecSpec, UniversalSpec
from dashboard.model.learning import EnergySpec
from dashboard.model.marks import plain
from dashboard.model.presets import OWN, PRESETS
from dashboard.model.rates import error_of_difference
from dashboard.model.refinement import RefineSpec
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.model.views import Trouble
from dashboard.tasks import (
    anneal,
    classify,
    columns,
    meeting,
    quantise,
    refine,
    solve,
    train_codec,
    train_energy,
)
from dashboard.tasks.solve import timed
from dashboard.ui import best, queries
from dashboard.ui.queries import CURVE_TOLERANCE
from dashboard.uploads import store
from dashboard.uploads.pictures import as_png, read_picture
from rdcore.tables import Choice, propose
from tests.quantising import compared
from tests.steps import result as finish


def run(script: str) -> dict[str, list[float]]:
    """Run a script with rdcore alone and return the numbers that it prints, by their names."""
    assert "dashboard" not in script
    assert "streamlit" not in script
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(script, "script.py", "exec"), {"__name__": "__main__"})
    found = {}
    for line in out.getvalue().splitlines():
        name, _, value = line.rpartition(": ")
        found[name] = [float(part) for part in value.strip("[]").split(", ") if _number(part)]
    return found


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def preset(kind: str, *knobs: float) -> ProblemSpec:
    one = PRESETS[kind]
    setting = Setting(
        SourceSpec(kind, knobs or tuple(knob.start for knob in one.knobs)),
        distortion=one.distortion,
        subsets=(Subset(one.subset, one.subset_level),),
    )
    return ProblemSpec(setting, one.level)


def uploaded(bins: int, count: int = 500) -> ProblemSpec:
    draw = np.random.default_rng(5)
    digits = 3 if count == 500 else 1
    rows = "\n".join(map(repr, draw.normal(3, 1, count).round(digits).tolist()))
    digest = store.put("rows.csv", f"length\n{rows}\n".encode())
    table = store.table(digest)
    assert table is not None
    choice = replace(propose(table), bins=bins)
    setting = Setting(
        SourceSpec(OWN, digest=digest, choice=choice),
        CodebookSpec("grid", 12),
        subsets=(Subset("+(2,3)", 0.2),),
    )
    return ProblemSpec(setting, 0.4)


@pytest.mark.parametrize("kind", PRESETS)
def test_the_script_of_explore_prints_the_numbers_of_the_page(kind: str) -> None:
    spec = preset(kind)
    shown = timed(spec.problem())
    found = run(scripts.explore(spec, None, CURVE_TOLERANCE))
    assert found["R(D), upper bound (bits)"] == pytest.approx([shown.rate_bits], rel=1e-12)
    lower = shown.rate_bits - shown.gap_bits
    assert found["R(D), lower bound (bits)"] == pytest.approx([lower], abs=1e-12)
    assert found["price of D (bits per unit of D)"] == pytest.approx(
        [shown.prices_bits[0]], rel=1e-9
    )
    price = shown.prices_bits[1]
    assert found["price of D′ (bits per unit of D′)"] == pytest.approx([price], rel=1e-9)
    assert found["D′, reached"] == pytest.approx([shown.reached[1]], rel=1e-9)
    alone = timed(best.alone(spec).problem())
    cost = shown.rate_bits - alone.rate_bits
    assert found["cost of S (bits)"] == pytest.approx([cost], rel=1e-9, abs=1e-12)
    assert found.get("distortion outside", [None]) == [pytest.approx(shown.rest, rel=1e-9)]


def test_the_script_prints_the_levels_as_they_are_stated() -> None:
    spec = preset("three_modes")
    how = rd.LevelScale("rms", "unit", spec.setting.source.source().variance)
    point = timed(spec.problem())
    found = run(scripts.explore(spec, None, CURVE_TOLERANCE, how))
    assert found["D (unit RMS)"] == [how.stated(spec.level)]
    price = how.price(float(point.prices_bits[0]), spec.level)
    assert found["price of D (bits/unit RMS)"] == [pytest.approx(price)]
    assert found["D, level"] == [spec.level]


def test_the_script_names_every_subset_and_follows_the_curve_of_the_page() -> None:
    three = (
        Subset("+(-1,1)", 0.05, slot=1),
        Subset("+(4,8)", 0.3, "joint", slot=3),
        Subset("+(-6,-5.5)", 0.4, "each", slot=4),
    )
    spec = ProblemSpec(Setting(SourceSpec("three_modes"), subsets=three), 0.6)
    shown = timed(spec.problem())
    band = queries.curve(spec, 2)
    assert not isinstance(band, Trouble)
    script = scripts.explore(spec, band, CURVE_TOLERANCE)
    found = run(script)
    prices = [
        found[f"price of {name} (bits per unit of {name})"][0]
        for name in ("D", "D′₁", "D′₃", "D′₄")
    ]
    assert prices == pytest.approx(shown.prices_bits.tolist(), rel=1e-9)
    assert "fidelity=2)" in script
    costs = [shown.rate_bits - timed(best.without(spec, k).problem()).rate_bits for k in (1, 2, 3)]
    printed = [found[f"cost of {symbol} (bits)"][0] for symbol in ("S₁", "S₃", "S₄")]
    assert printed == pytest.approx(costs, rel=1e-6, abs=1e-9)
    cost = shown.rate_bits - timed(best.alone(spec).problem()).rate_bits
    assert found["cost of the subsets (bits)"] == pytest.approx([cost], rel=1e-6)


@pytest.mark.parametrize("bins", [0, 60])
def test_the_script_contains_uploaded_data_exactly(bins: int) -> None:
    spec = uploaded(bins)
    problem, scope = spec.problem(), {}
    lines = scripts.problem_lines(spec.setting.source, problem)
    exec("import dataclasses\nimport numpy as np\nimport rdcore as rd\n" + "\n".join(lines), scope)
    again = scope["problem"]
    assert isinstance(again, rd.Problem)
    np.testing.assert_array_equal(again.source.atoms, problem.source.atoms)
    np.testing.assert_allclose(again.source.pmf, problem.source.pmf, rtol=4e-16)
    np.testing.assert_array_equal(again.codebook, problem.codebook)
    np.testing.assert_array_equal(again.fidelities[1].mask, problem.fidelities[1].mask)
    assert (again.source.cells is None) == (bins == 0)
    assert rd.solve(again).rate_bits == pytest.approx(rd.solve(problem).rate_bits, rel=1e-9)


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("codebook", ["grid", "best"])
def test_the_script_prints_the_standard_error_of_samples(codebook: str, ordered: bool) -> None:
    spec = uploaded(0, 3000 if ordered else 500)
    source = replace(spec.setting.source, ordered=ordered)
    chosen = CodebookSpec("best") if codebook == "best" else spec.setting.codebook
    spec = replace(spec, setting=replace(spec.setting, source=source, codebook=chosen))
    if codebook == "best":
        shown = finish(solve.free_codebook(spec.problem(), spec.rows()))
    else:
        shown = timed(spec.problem(), rows=spec.rows())
    found = run(scripts.explore(spec, None, CURVE_TOLERANCE))
    assert found["standard error of the rate (bits)"] == pytest.approx([shown.error_bits], rel=1e-6)
    if codebook == "grid":
        alone = best.alone(spec)
        without = timed(alone.problem(), rows=alone.rows()).influence_bits
        error = error_of_difference(spec.rows(), shown.influence_bits, without)
        assert found["standard error of the cost of S (bits)"] == pytest.approx([error], rel=1e-6)
    assert "standard error" not in scripts.explore(preset("gaussian"), None, CURVE_TOLERANCE)


def test_the_script_prints_the_standard_error_of_each_cost() -> None:
    """Of weighted rows, with a subset that moves with them and one that stays."""
    draw = np.random.default_rng(6)
    pairs = zip(draw.normal(3, 1, 400).round(1).tolist(), draw.integers(1, 9, 400), strict=True)
    rows = "\n".join(f"{value!r},{weight}" for value, weight in pairs)
    digest = store.put("weighted.csv", f"length,weight\n{rows}\n".encode())
    choice = Choice(kind="weighted", first="length", weight="weight")
    source = SourceSpec(OWN, digest=digest, choice=choice, weighs="rows")
    held = (Subset("+(2,3)", 0.1), Subset("top 20%", 0.1, slot=2))
    spec = ProblemSpec(Setting(source, CodebookSpec("grid", 12), subsets=held), 0.4)
    shown, printed = timed(spec.problem(), rows=spec.rows()), run(scripts.explore(spec, None, 1e-6))
    fewer = {
        "the subsets": best.alone(spec),
        "S₁": best.without(spec, 1),
        "S₂": best.without(spec, 2),
    }
    for name, one in fewer.items():
        other = timed(one.problem(), rows=one.rows())
        error = error_of_difference(spec.rows(), shown.influence_bits, other.influence_bits)
        assert printed[f"cost of {name} (bits)"] == pytest.approx(
            [shown.rate_bits - other.rate_bits], rel=1e-6
        )
        assert printed[f"standard error of the cost of {name} (bits)"] == pytest.approx(
            [error], rel=1e-6
        )


def test_the_script_prints_the_curve_of_the_page() -> None:
    spec = preset("gaussian")
    band = queries.curve(spec)
    assert not isinstance(band, Trouble)
    out = io.StringIO()
    with redirect_stdout(out):
        exec(scripts.explore(spec, band, CURVE_TOLERANCE), {})
    rows = [line for line in out.getvalue().splitlines() if line.startswith("at D = ")]
    assert len(rows) == len(band.levels)
    parts = rows[7].replace(":", "").split()
    found = [float(parts[3]), float(parts[4]), float(parts[6])]
    expected = [band.levels[7], band.lower_bits[7], band.upper_bits[7]]
    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("move", ["priced", "gradient"])
@pytest.mark.parametrize("codewords", [0, 6])
def test_the_script_of_a_refinement_prints_its_end(move: str, codewords: int) -> None:
    spec = RefineSpec(
        preset("gaussian"), move, move == "priced", rounds=4, codewords=codewords, seed=3
    )  # type: ignore[arg-type]
    shown = finish(refine.refine(spec.start(), spec.options()))
    found = run(scripts.refinement(spec))
    assert found["final rate, upper bound (bits)"] == pytest.approx([shown.end.rate_bits], rel=1e-9)
    bound = found["every codebook, lower bound (bits)"]
    assert bound == pytest.approx([shown.lower_bits], rel=1e-9)


def test_the_script_of_an_annealing_prints_its_encoders() -> None:
    spec = AnnealSpec(preset("gaussian"), stages=4)
    shown = finish(anneal.anneal(spec.problem.problem(), spec.options()))
    found = run(scripts.annealing(spec))
    assert found["certified lower bound (bits)"] == pytest.approx([shown.bound_bits], rel=1e-9)
    encoder = found["one encoder, H(Y) (bits)"]
    assert encoder == pytest.approx([shown.encoder.entropy_bits], rel=1e-9)
    reached = found["time sharing, levels reached"]
    assert reached == pytest.approx(shown.mixture.distortions.tolist(), rel=1e-9)


def places() -> ProblemSpec:
    """Return a problem in the plane that is solved fast."""
    rows = np.random.default_rng(8).normal(size=(30, 2)).round(1).tolist()
    text = "\n".join(["x,y", *(f"{x},{y}" for x, y in rows)])
    digest = store.put("places.csv", text.encode())
    source = SourceSpec(OWN, digest=digest, choice=Choice(first="x", second="y"))
    subsets = (Subset("+disc(0,0,1)", 0.8),)
    return ProblemSpec(Setting(source, CodebookSpec("grid", 16), subsets=subsets), 0.8)


@pytest.mark.parametrize("kind", ["line", "plane"])
def test_the_script_of_the_quantisers_prints_the_rows_of_the_table(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantise, "_PATIENCE", 0.0)
    monkeypatch.setattr(quantise, "_BAND", 1.0)  # nats: the script does not print the bound
    spec = preset("gaussian") if kind == "line" else places()
    shown = compared(spec.problem())[1]
    found = run(scripts.quantisers(spec, inspect.getsource(meeting)))
    same = 0
    for one in shown.candidates:
        if f"{one.name}, H(Y) (bits)" in found:
            assert found[f"{one.name}, H(Y) (bits)"] == pytest.approx([one.bits], rel=1e-9)
            same += 1
    assert same == 3


@pytest.mark.parametrize(
    "label",
    [
        LabelSpec("bit", SourceSpec("three_modes"), (0.3, 0.1)),
        LabelSpec("parity", SourceSpec("three_modes"), (3.0,)),
        LabelSpec("side", SourceSpec("gaussian"), (0.5, 3.0)),
    ],
)
def test_the_script_of_classification_prints_the_rate(label: LabelSpec) -> None:
    spec = ClassSpec(label, 0.25 if label.kind != "parity" else 0.6, 0.6)
    task = spec.task()
    shown = finish(classify.solve(task))
    found = run(scripts.classification(spec, classify.tolerance(task)))
    assert found["R(D, C), upper bound (bits)"] == pytest.approx([shown.upper_bits], rel=1e-9)
    assert found["price of C (bits per bit)"] == pytest.approx([shown.label_price_bits], rel=1e-6)


def close(found: list[float], value: float) -> None:
    assert found == pytest.approx([value], rel=1e-6)


def test_the_script_of_a_codec_prints_the_numbers_of_the_page() -> None:
    pytest.importorskip("jax")
    spec = CodecSpec("digits", 400.0, steps=10, channels=1, seed=3)
    shown = finish(train_codec.train(spec, ()))
    found = run(scripts.codec(spec))
    close(found["rate, training data (bits/pixel)"], shown.training[0])
    close(found["D, training data (squared pixel value)"], shown.training[1])
    close(found["rate, held-out data (bits/pixel)"], shown.held_out[0])
    close(found["D, held-out data (squared pixel value)"], shown.held_out[1])
    close(found["final λ (bits/pixel)"], shown.multiplier)
    close(found["coded file (bytes)"], shown.file_bytes)
    close(found["estimate of the prior (bits)"], shown.estimated_bits)


@pytest.mark.slow
def test_the_script_of_a_codec_takes_own_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("jax")
    draw = np.random.default_rng(0)
    names = [tmp_path / f"{k}.png" for k in range(2)]
    for name in names:
        name.write_bytes(as_png(draw.integers(0, 256, (96, 80, 3)).astype(np.uint8)))
    pictures = tuple(read_picture(one.name, one.read_bytes()) for one in names)
    spec = CodecSpec("own", 400.0, steps=4, channels=1, pictures=("a", "b"))
    shown = finish(train_codec.train(spec, pictures))
    monkeypatch.setattr(sys, "argv", ["codec.py", *map(str, names)])
    found = run(scripts.codec(spec))
    close(found["D, held-out data (squared pixel value)"], shown.held_out[1])
    close(found["coded file (bytes)"], shown.file_bytes)


@pytest.mark.slow
def test_the_script_of_an_energy_prints_the_numbers_of_the_page() -> None:
    pytest.importorskip("jax")
    spec = EnergySpec("gaussian", 1.0, 2.0, 10, 1)
    shown = finish(train_energy.energy(spec))
    found = run(scripts.energy(spec))
    close(found["rate, bound of the network (bits)"], shown.rate_bits)
    close(found["standard error (bits)"], shown.rate_error_bits)
    close(found["D (unit²)"], shown.level)
    close(found["R(D), closed form (bits)"], shown.closed_bits)
    close(found["rate, channel on a grid (bits)"], shown.channel_bits)
    close(found["excess over R(D), upper bound (bits)"], shown.excess_bits[1])


@pytest.mark.slow
def test_the_script_of_a_sweep_prints_the_numbers_of_the_page() -> None:
    pytest.importorskip("jax")
    spec = UniversalSpec(2, 2, steps=100, two_labels=True)
    shown = finish(train_codec.sweep(spec))
    found = run(scripts.universal(spec))
    close(found["accuracy of the classifier on originals"], shown.judge)
    for side in shown.groups:
        rows = zip(shown.names, side.mse, side.accuracy, side.parity, strict=True)
        for trade_off, mse, right, parity in rows:
            close(found[f"{side.name}, {trade_off}, MSE per pixel"], mse)
            close(found[f"{side.name}, {trade_off}, accuracy"], right)
            close(found[f"{side.name}, {trade_off}, accuracy, parity"], parity)
    for k, trade_off in enumerate(shown.names):
        name = f"code for {trade_off}"
        close(found[f"{name}, H(Z) (bits)"], shown.own[k])
        close(found[f"{name}, minimum rate, lower bound (bits)"], shown.certified[k, 0])
        close(found[f"{name}, held-out data, H(S|Z) (bits)"], shown.left_bits[k])
        second = found[f"{name}, held-out data, H(S′|Z), parity (bits)"]
        close(second, shown.parity_left_bits[k])


def several() -> ProblemSpec:
    draw = np.random.default_rng(3)
    rows = draw.normal(size=(60, 2)) @ draw.normal(size=(2, 3))
    text = "\n".join(["a,b,c", *(",".join(f"{one:.2f}" for one in row) for row in rows)])
    digest = store.put("three.csv", text.encode())
    choice = Choice(first="a", second="b", more=("c",), column_weights=(1.0, 2.0, 0.5))
    source = SourceSpec(OWN, digest=digest, choice=choice)
    setting = Setting(source, CodebookSpec("best"), subsets=(Subset("c > 0 and a > 0", 1.2),))
    return ProblemSpec(setting.grouped(), 1.0)


def test_the_script_of_several_columns_prints_both_rates() -> None:
    spec = several()
    view = finish(columns.columns(spec.problem(), 16, rd.LevelScale("mse")))
    found = run(scripts.columns(spec, 16, columns.TOLERANCE))
    assert found["together, upper bound (bits)"] == pytest.approx([view.rate_bits])
    assert found["column by column, upper bound (bits)"] == pytest.approx([view.apart_bits])
    assert found["price of D′ (bits per unit of D′)"] == pytest.approx([view.prices_bits[1]])
    assert found["columns get (squared units)"] == pytest.approx(view.apart.tolist())
    assert view.together.sum() == pytest.approx(1.0, abs=1e-4)
    assert 0.99 < view.explained.sum() <= 1 + 1e-12
    figure = figures.principal_axes(view, plain((1,))[1:], "unit", colours=theme.LIGHT)
    drawn = {one.name: len(one.x) for one in figure.data}
    assert drawn["source"] + drawn["subset S"] == 60
    assert drawn["codewords"] == len(view.masses)
