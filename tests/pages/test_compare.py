"""The Compare page: what is pinned, and what it shows of it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import rdcore as rd
from dashboard.formatting import figure
from dashboard.model.codebooks import CodebookSpec
from dashboard.model.pins import Pin
from dashboard.model.presets import OWN
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.ui import pins
from dashboard.uploads import store
from rdcore.tables import Choice
from tests.pages.app import at_rest, opened, tables, until

PLAIN = ProblemSpec(Setting(SourceSpec("three_modes")), 0.5)
HELD = ProblemSpec(Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)", 0.05),)), 0.5)

COARSE, FINE = (
    ProblemSpec(Setting(SourceSpec("uniform", (12.0, -1.0, 1.0))), level) for level in (0.1, 0.05)
)


def compared(*pins: Pin):
    app = opened()
    app.session_state["_kept"]["_pins"] = pins
    return app.switch_page("pages/compare.py").run()


def test_without_pins_it_says_how_to_pin() -> None:
    app = opened("compare")
    assert not app.exception
    assert "No scenario is pinned yet" in app.info[0].value


def test_a_button_pins_the_problem_of_the_page_up_to_four_times() -> None:
    app = opened("prices", D="0.5", subset="false")
    for _ in range(4):
        pin = next(one for one in app.button if one.label == "Pin this scenario")
        assert not pin.disabled
        pin.click().run()
    assert next(one for one in app.button if one.label == "Pin this scenario").disabled
    kept = app.session_state["_kept"]["_pins"]
    assert [one.name for one in kept] == [""] * 4
    assert kept[0].spec == PLAIN
    assert kept[0].page == "prices"
    assert kept[0].query == {"D": "0.5", "subset": "false"}
    app.button(key="unpin_1").click().run()
    app.text_input(key="pin_name_0_Three modes · preset · no subset · D 0.5 unit²").set_value(
        "at a half"
    ).run()
    assert [one.name for one in app.session_state["_kept"]["_pins"]] == ["at a half", "", ""]


def test_a_page_without_a_problem_cannot_be_pinned() -> None:
    app = opened("reproduce")
    assert next(one for one in app.button if one.label == "Pin this scenario").disabled


def scenarios(app: AppTest) -> pd.DataFrame:
    """Return the table of the scenarios, a row each."""
    return tables(app)[0].set_index("scenario").T


def test_the_table_has_the_certified_rates_and_their_differences() -> None:
    app = compared(Pin("plain", PLAIN), Pin("held", HELD))
    assert not app.exception
    rows = scenarios(app)
    assert rows.index.tolist() == ["plain", "held"]
    rates = [rd.solve(one.problem()).rate_bits for one in (PLAIN, HELD)]
    assert [float(text) for text in rows["R (bits)"]] == pytest.approx(rates, abs=1e-4)
    assert [signed(text) for text in rows["difference (bits)"]] == pytest.approx(
        [np.nan, rates[1] - rates[0]], abs=1e-4, nan_ok=True
    )
    assert rows["lowest rate"].tolist() == ["smallest", ""]
    assert rows["D′"].tolist() == ["—", "0.05 unit²"]
    assert len(app.get("plotly_chart")) == 3


def test_pins_of_one_name_have_a_column_each() -> None:
    app = compared(Pin("same", PLAIN), Pin("same", HELD))
    assert not app.exception
    assert list(tables(app)[0]) == ["scenario", "same", "same (2)"]
    (choice,) = [one for one in app.selectbox if one.label == "Differences are to"]
    assert choice.options == ["same", "same (2)"]


def signed(text: str) -> float:
    return np.nan if text == "—" else float(text.replace("−", "-"))


def test_the_user_chooses_to_which_scenario_differences_are() -> None:
    """The choice stays with its scenario, also where another pin changes its name or place."""
    app = compared(Pin("", PLAIN), Pin("", HELD))
    before = scenarios(app)["difference (bits)"].map(signed)
    (choice,) = [one for one in app.selectbox if one.label == "Differences are to"]
    assert choice.value == 0
    choice.set_value(1).run()
    after = scenarios(app)["difference (bits)"].map(signed)
    assert after.iloc[0] == -before.iloc[1] != 0
    assert np.isnan(after.iloc[1])
    app.session_state["_kept"]["_pins"] = (Pin("", FINE), Pin("", PLAIN), Pin("", HELD))
    app.run()
    (choice,) = [one for one in app.selectbox if one.label == "Differences are to"]
    assert choice.value == 2
    assert np.isnan(signed(scenarios(app)["difference (bits)"].iloc[2]))
    assert not app.exception


def test_a_difference_of_rates_of_the_same_rows_has_their_standard_error() -> None:
    values = np.random.default_rng(4).normal(size=400).round(1)
    digest = store.put("rows.csv", ("v\n" + "\n".join(map(str, values))).encode())
    rows = SourceSpec(OWN, digest=digest, choice=Choice(first="v"))
    grid = CodebookSpec("grid", 12)
    specs = [ProblemSpec(Setting(rows, grid), level) for level in (0.2, 0.1)]
    app = compared(*(Pin(str(k), one) for k, one in enumerate((*specs, PLAIN))))
    both = [rd.solve(one.problem()) for one in specs]
    _, labels = np.unique(values, return_inverse=True)
    change = np.subtract(*(rd.sampling.rate_influence(one) for one in both))[labels]
    error = np.std(change, ddof=1) / np.sqrt(400) / np.log(2)
    said = scenarios(app)["difference, samples ± (bits)"].tolist()
    assert said == ["—", figure(error, 2), "—"]


def test_units_have_charts_of_their_own_and_what_fails_says_why() -> None:
    absolute = ProblemSpec(Setting(SourceSpec("laplacian", (1.0,)), distortion="absolute"), 0.3)
    typed = Setting(SourceSpec("three_modes"), CodebookSpec("typed", typed="a"))
    gone = ProblemSpec(Setting(SourceSpec("own", digest="0" * 32)), 1.0)
    pins = (Pin("a", PLAIN), Pin("b", absolute), Pin("c", ProblemSpec(typed, 1.0)), Pin("d", gone))
    app = compared(*pins)
    assert not app.exception
    assert len(app.get("plotly_chart")) == 6
    said = " ".join(one.value for one in app.warning)
    assert "**c**" in said
    assert "upload the file again" in said


def test_quantisers_are_designed_when_asked_for() -> None:
    app = compared(Pin("plain", COARSE), Pin("held", FINE))
    assert len(tables(app)) == 1
    app.toggle(key="pinned_quantisers").set_value(True).run()
    until(app, lambda: at_rest(app) and len(tables(app)) == 2)
    rows = tables(app)[1]
    assert set(rows["scenario"]) == {"plain", "held"}
    assert set(rows["quantiser"]) >= {"Lloyd–Max", "uniform, entropy-coded"}
    for name, spec in (("plain", COARSE), ("held", FINE)):
        bound = rd.solve(spec.problem().with_every()).certificate.lower_bits
        mine = rows[(rows["scenario"] == name) & (rows["levels"] == "met")]
        above = mine["above the bound (bits)"].astype(float)
        rates = mine["H(Y) (bits)"].astype(float)
        assert (rates - above).tolist() == pytest.approx([bound] * len(mine), abs=2e-3)


def lines(app) -> dict[str, np.ndarray]:
    """Return the curves that the first chart shows, (2, k) each, by the names of their pins."""
    chart = next(one for one in app.get("plotly_chart") if one.key == "compare_curves")
    traces = json.loads(chart.proto.spec)["data"]
    return {
        one["name"]: np.array([decoded(one[axis]) for axis in "xy"])
        for one in traces
        if one["name"] != "operating point"
    }


def decoded(values: dict[str, str] | list[float]) -> np.ndarray:
    if isinstance(values, list):
        return np.array(values)
    return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])


def test_the_curve_of_best_has_the_best_codewords_of_every_level() -> None:
    twelve = Setting(SourceSpec("uniform", (12.0, -1.0, 1.0)))
    best = Setting(twelve.source, CodebookSpec("best", 0, "-0.6, 0, 0.6"))
    app = compared(Pin("preset", ProblemSpec(twelve, 0.1)), Pin("best", ProblemSpec(best, 0.1)))
    if app.get("progress"):
        assert lines(app)["best"].shape == (2, 1)
        assert any("only the point" in one.value for one in app.caption)
    until(app, lambda: at_rest(app) and lines(app)["best"].shape[1] > 2)
    assert any("smallest rate of any codebook" in one.value for one in app.caption)
    assert not any("only the point" in one.value for one in app.caption)
    preset, free = lines(app)["preset"], lines(app)["best"]
    assert free[0, 0] < 0.02 < preset[0, -1] <= free[0, -1] + 1e-9
    assert (np.interp(preset[0], *free) <= preset[1] + 0.02).all()
    k = len(free[0]) // 3
    problem = ProblemSpec(twelve, float(free[0, k])).problem().with_every()
    assert free[1, k] == pytest.approx(rd.solve(problem).rate_bits, abs=1e-3)


def test_a_name_that_was_only_drawn_is_not_one_of_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The browser sends the name drawn for one pin together with the click that makes another.
    drawn = "Three modes · preset · no subset · D 0.5 unit²"
    kept = {"_pins": (Pin("", PLAIN), Pin("", replace(PLAIN, level=0.25))), "field": drawn}
    monkeypatch.setattr(pins.state, "read", lambda key, default=None: kept.get(key, default))
    monkeypatch.setattr(pins.state, "write", kept.__setitem__)
    pins._rename(0, "field", drawn)
    assert [one.name for one in pins.shown()] == [
        "Three modes · D 0.5 unit²",
        "Three modes · D 0.25 unit²",
    ]
    kept["field"] = "mine"
    pins._rename(0, "field", drawn)
    assert pins.kept()[0].name == "mine"


@pytest.mark.parametrize("kept", [(), (Pin("plain", PLAIN),)])
def test_share_says_that_its_link_has_no_pins_where_there_are_any(kept: tuple[Pin, ...]) -> None:
    app = compared(*kept)
    app.session_state["share"] = True  # AppTest does not send what is open
    app.run()
    said = [one.value for one in app.caption if "pinned scenarios" in one.value]
    assert len(said) == len(kept)
