"""The Quantisers page without a browser: every kind over the bound, and a file that decodes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import rdcore as rd
from dashboard.formatting import counted, figure
from dashboard.model.presets import LABELS
from dashboard.model.quantisers import MetView
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.tasks import quantise
from dashboard.uploads import store
from tests.pages.app import at_rest, below, known, opened, shown, tables, until
from tests.quantising import compared
from tests.steps import result

PLAIN = ProblemSpec(Setting(SourceSpec("three_modes")), 0.6)
HELD = ProblemSpec(Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)", 0.05),)), 0.6)


@pytest.fixture(scope="module")
def plain() -> MetView:
    return compared(PLAIN.problem())[1]


def test_the_page_codes_for_real(plain: MetView) -> None:
    app = opened("quantisers", S="", D="0.6")
    until(app, lambda: known(app, "Coded rate"))
    one = next(one for one in reversed(plain.candidates) if one.m)
    done = result(quantise.code(PLAIN.problem(), one, 100_000, 0))
    assert shown(app, "File size") == f"{counted(done.size_bytes)} :small[bytes]"
    assert below(app, "File size") == f"header {done.header_bytes} bytes"
    bits = 8 * done.size_bytes / 100_000
    assert shown(app, "Coded rate") == f"{figure(bits, 5)} :small[bits]"
    excess = float(below(app, "Coded rate").split()[1].replace("−", "-"))
    assert excess == pytest.approx(100 * (bits - one.bits) / one.bits, abs=0.006)
    assert abs(excess) < 1
    assert shown(app, "Decoded symbols") == "all equal"
    assert below(app, "Decoded symbols") == f"ideal rate {figure(done.ideal_bits, 5)} bits"
    assert len(app.get("download_button")) == 4
    assert not app.error


def test_the_table_says_what_is_met_and_what_each_costs_over_the_bound(
    plain: MetView,
) -> None:
    app = opened("quantisers", S="", D="0.6")
    until(app, lambda: tables(app))
    frame = tables(app)[0].set_index("quantiser")
    assert list(frame.columns) == [
        "H(Y) (bits)",
        "gap (bits)",
        "gap (dB)",
        "levels",
        "D (unit²)",
        "m",
    ]
    for one in plain.candidates:
        row = frame.loc[one.name]
        over = float(row["gap (bits)"])
        assert float(row["gap (dB)"]) == pytest.approx(6.0206 * over, rel=1e-2)
        assert row["H(Y) (bits)"] == figure(one.bits, 5)
        assert over == pytest.approx(one.bits - plain.bound_bits, rel=5e-3)
        assert row["D (unit²)"] == figure(one.distortions[0], 4)
        assert row["levels"] == "met"
        assert row["m"] == (str(one.m) if one.m else "—")
    assert frame["H(Y) (bits)"].tolist() == sorted(frame["H(Y) (bits)"], key=float)


def test_hamming_distortion_is_refused() -> None:
    app = opened("quantisers", source=LABELS["bernoulli"])
    until(app, lambda: at_rest(app))
    assert any("squared or absolute error" in one.value for one in app.warning)


def test_a_code_of_fixed_length_is_a_what_if_of_its_own() -> None:
    app = opened("quantisers", S="", D="0.6", block="4000", miss="0.001")
    until(app, lambda: known(app, "Estimated rate"))
    task = rd.Problem(rd.sources.three_modes(), rd.EVERY, fidelities=[rd.average(0.6)])
    wanted = rd.finite_blocklength(rd.solve(task, tol=1e-6), 4000, 0.001)
    assert shown(app, "Estimated rate") == f"≈ {figure(wanted.rate_bits, 5)} :small[bits]"
    assert shown(app, "Dispersion V") == f"{figure(wanted.dispersion_bits, 4)} :small[bits²]"
    assert any(
        "an approximation, not a bound" in one.value.replace("\n", " ")
        for one in [*app.caption, *app.markdown]
    )
    assert not app.error


def test_without_a_rate_there_is_no_estimate() -> None:
    app = opened("quantisers", S="", D="100")
    until(app, lambda: at_rest(app))
    assert not known(app, "Estimated rate")


@pytest.mark.slow
def test_trellis_codes_can_be_taken_away_and_are_told_on_other_pages() -> None:
    app = opened("quantisers", S="", D="0.6", trellis="true", trellis_states="8")
    until(app, lambda: len(app.get("download_button")) == 8)
    assert any("How far from the bound?" in one.value for one in app.markdown)
    rows = next(one for one in tables(app) if "states" in one)
    assert list(rows["states"]) == ["8", "32", "256"]
    assert set(rows["levels"]) == {"met"}
    assert not app.error
    other = opened("codebook", S="", D="0.6")
    until(other, lambda: at_rest(other))
    said = next(one.value for one in other.markdown if "trellis code with 256" in one.value)
    assert rows["file (bits/symbol)"].iloc[-1] in said


def test_no_number_is_told_before_a_trellis_code_is_designed() -> None:
    app = opened("annealing", S="", D="0.61")
    until(app, lambda: at_rest(app))
    assert any("Codes with memory come closer" in one.value for one in app.markdown)
    assert not any("trellis code with" in one.value for one in app.markdown)


def test_quantisers_are_tested_on_rows_that_their_design_has_not_seen() -> None:
    values = 0.25 * np.random.default_rng(6).normal(size=400, scale=4).round()
    digest = store.put("drawn.csv", ("v\n" + "\n".join(f"{v:g}" for v in values)).encode())
    query = {"source": "own", "data": digest, "x": "v", "x2": "none", "kind": "samples"}
    app = opened("quantisers", **query, bins="0", codebook="grid", D="0.2", S="", ordered="true")
    assert not app.toggle(key="halves").value
    app.toggle(key="halves").set_value(True).run()

    def there() -> list[pd.DataFrame]:
        return [one for one in tables(app) if "other rows: rate (bits)" in one]

    until(app, there)
    frame = there()[0].set_index("quantiser")
    first, second = (rd.sources.from_samples(half) for half in (values[:200], values[200:]))
    rows = []
    for source in (first, second):
        task = rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.2)])
        rows.append(rd.solve(task, tol=1e-4).certificate.lower_bits)
        assert any(figure(rows[-1], 5) in one.value for one in app.markdown)
    lloyd = frame.loc["Lloyd–Max"]
    assert float(lloyd["design: D (unit²)"]) <= 0.2
    assert float(lloyd["design: rate (bits)"]) >= rows[0]
    plain = rd.Problem(first, rd.EVERY, fidelities=[rd.average(0.2)])
    family = rd.quantisers.lloyd_max_family(plain, 32)
    best = min((q for q in family if q.distortion <= 0.2), key=lambda q: q.rate_bits)
    labels = best.encode(values[200:])
    error = np.mean((values[200:] - best.decode(labels)) ** 2)
    assert lloyd["other rows: D (unit²)"] == figure(error, 4)
    assert lloyd["other rows: rate (bits)"] == figure(-np.log2(best.pmf[labels]).mean(), 5)
    trellis = "trellis code of 8 states"
    assert set(frame.index) == {"Lloyd–Max", "uniform, entropy-coded", "entropy-coded", trellis}
    # Its encoder meets the level on both halves, and no code needs less than the bounds.
    coded = frame.loc[trellis]
    assert float(coded["other rows: D (unit²)"]) <= 0.2
    assert float(coded["design: rate (bits)"]) >= rows[0]
    assert float(coded["other rows: rate (bits)"]) >= rows[1]
    known_weights = opened("quantisers", S="", D="0.6")
    with pytest.raises(KeyError):
        known_weights.toggle(key="halves")
