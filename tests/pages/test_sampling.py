"""What Explore says about samples: the standard error, the bias, and what memory is worth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

import rdcore as rd
from dashboard.formatting import figure
from dashboard.uploads import store
from tests.pages.app import at_rest, below, known, number, opened, shown, tables, until

QUERY = {"source": "own", "x": "v", "x2": "none", "kind": "samples", "D": "0.1"}


def rows() -> np.ndarray:
    drawn = np.random.default_rng(2).normal(size=2600)
    return np.round(np.asarray(lfilter([np.sqrt(0.19)], [1, -0.9], drawn))[100:], 1)


def uploaded(**query: str) -> dict[str, str]:
    text = "v\n" + "\n".join(f"{value:g}" for value in rows())
    digest = store.put("level.csv", text.encode())
    return {**QUERY, "bins": "0", "data": digest, **query}


def plain_error() -> float:
    source = rd.sources.from_samples(rows())
    codebook = rd.sources.grid_codebook(source, 49)
    found = rd.solve(rd.Problem(source, codebook, fidelities=[rd.average(0.1)]))
    return found.standard_error(2500) / float(np.log(2))


def test_the_headline_says_its_standard_error() -> None:
    """√(V/N) for rows in any order, more for rows in time; the gap stays apart."""
    app = opened(**uploaded(S=""))
    assert below(app, "Rate R").startswith(f"± {figure(plain_error(), 2)}; gap ≤ ")
    assert any(one.value == "bits per symbol (a row), rows independent" for one in app.caption)
    app.toggle(key="ordered").set_value(True).run()
    ordered = "bits per symbol (a row), rows in order, blocks of 1"
    assert any(one.value == ordered for one in app.caption)
    said = float(below(app, "Rate R").split()[1].removesuffix(";"))
    assert said > 2 * plain_error()
    assert app.query_params["ordered"] == "true"
    assert any(
        "Another 2\N{NO-BREAK SPACE}500 rows" in one.value for one in [*app.caption, *app.markdown]
    )
    assert not app.exception


def cost_error(solutions: list[rd.Solution], labels: np.ndarray) -> float:
    """Return the standard error of the difference of two rates, row by row, bits."""
    first, second = (rd.sampling.rate_influence(one)[labels] for one in solutions)
    return float(np.std(first - second, ddof=1) / np.sqrt(len(labels)) / np.log(2))


@pytest.mark.parametrize("codebook", ["grid", "best"])
def test_the_cost_of_a_subset_has_a_standard_error(codebook: str) -> None:
    values, labels = np.unique(rows(), return_inverse=True)
    inside = (values > 0) & (values < 1)
    held = [rd.average(0.3), rd.subset(inside, 0.03, measure="conditional")]
    source = rd.Source(values, np.bincount(labels) / len(labels))
    words = rd.EVERY if codebook == "best" else rd.sources.grid_codebook(source, 49)
    both = [
        rd.solve(rd.Problem(source, words, fidelities=kept), tol=1e-8) for kept in (held, held[:1])
    ]
    app = opened(**uploaded(S="+(0,1)", Ds="0.03", D="0.3", codebook=codebook))
    until(app, lambda: known(app, "Cost of S"))
    expected = figure(cost_error(both, labels), 2)
    assert below(app, "Cost of S").startswith(f"± {expected}; gap ≤ ")


def test_the_cost_of_each_subset_has_one_too() -> None:
    app = opened(**uploaded(S="+(0,1)", Ds="0.03", D="0.3", S2="+(-1,-0.5)", Ds2="0.05"))
    for name in ("Cost of the subsets", "Cost of S₁", "Cost of S₂"):
        assert below(app, name).startswith("± 0.0"), name
    assert below(app, "Cost of S₁").endswith(" bits without it")
    assert "±" not in below(opened(), "Cost of S")


def test_sources_without_samples_say_nothing_of_it() -> None:
    app = opened()
    assert "±" not in below(app, "Rate R")
    assert any(one.value == "bits per symbol, symbols independent" for one in app.caption)
    with pytest.raises(KeyError):
        app.toggle(key="sampling")
    weighted = opened(**{**uploaded(), "kind": "weighted", "w": "v"})
    assert not weighted.exception


@pytest.mark.parametrize("page", ["", "prices"], ids=["explore", "prices"])
def test_bias_and_errors_of_prices(page: str) -> None:
    app = opened(page, **uploaded(sampling="true", S="top 20%", Ds="0.05"))
    until(app, lambda: shown(app, "Bias"))
    assert abs(number(app, "Bias")) < 0.1
    assert shown(app, "Independent rows") == "2\N{NO-BREAK SPACE}500"
    table = next(one for one in tables(app) if "standard error" in one)
    assert len(table) == 2
    assert (table["standard error"].astype(float) > 0).all()


def test_what_memory_is_worth() -> None:
    app = opened(**uploaded(ordered="true", memory="true", S=""))
    until(app, lambda: at_rest(app))
    table = next(one for one in tables(app) if "rows in a block" in one)
    assert table["rows in a block"].tolist() == ["1", "2", "3"]
    rates = table["rate ≤ (bits/row)"].astype(float)
    assert rates[0] > rates[1] + 0.3 > rates[2] + 0.3 > 0.6
    texts = "".join(one.value for one in app.markdown)
    assert "is an estimate, not a bound" in texts
    saved = float(texts.partition("Memory saves ")[2].partition(" bits")[0])
    assert saved == pytest.approx(rates[0] - rates[2], abs=2e-3)
    limit = float(texts.partition("the estimate from the spectrum, ")[2].partition(" bits")[0])
    assert 0.4 < limit < rates[2] - 0.2


def test_weights_of_samples_have_a_standard_error() -> None:
    """Counts stand for so many rows; weights of rows say less, and how many equal rows as much."""
    values = rows()[:400]
    found, times = np.unique(values, return_counts=True)
    text = "v,count\n" + "\n".join(f"{v:g},{c}" for v, c in zip(found, times, strict=True))
    digest = store.put("counts.csv", text.encode())
    query = {**QUERY, "data": digest, "bins": "0", "kind": "weighted", "w": "count", "S": ""}
    app = opened(**query)
    one_by_one = store.put("rows.csv", ("v\n" + "\n".join(f"{v:g}" for v in values)).encode())
    alone = opened(**{**QUERY, "data": one_by_one, "bins": "0", "S": ""})
    assert "±" in below(app, "Rate R")
    assert below(app, "Rate R").split(";")[0] == below(alone, "Rate R").split(";")[0]
    known = opened(**query, weighs="law")
    assert "±" not in below(known, "Rate R")
    surveyed = opened(**query, weighs="rows")
    source = rd.Source(found, times / times.sum())
    task = rd.Problem(source, rd.sources.grid_codebook(source, 49), fidelities=[rd.average(0.1)])
    change = rd.sampling.rate_influence(rd.solve(task)) * source.pmf
    error = np.sqrt((change**2).sum() * len(found) / (len(found) - 1)) / np.log(2)
    assert below(surveyed, "Rate R").startswith(f"± {figure(error, 2)}; gap ≤ ")
    equal = round(1 / (source.pmf**2).sum())
    said = " ".join(one.value for one in [*surveyed.caption, *surveyed.markdown])
    assert f"say as much as {equal} of equal weight" in said
    wrong = store.put("weights.csv", b"v,count\n1,2.5\n2,3\n4,1\n")
    refused = opened(**{**query, "data": wrong, "weighs": "counts"})
    told = " ".join(one.value for one in [*refused.error, *refused.warning, *refused.markdown])
    assert "in “count” is not a count" in told
