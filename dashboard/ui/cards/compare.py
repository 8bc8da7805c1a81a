"""The cards of the Compare page: curves, prices and codewords of the pins, and a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import pandas as pd
import streamlit as st

from dashboard.figures import compare as figures
from dashboard.figures.compare import Compared
from dashboard.formatting import as_markdown, figure, short
from dashboard.model import wording
from dashboard.model.marks import plain
from dashboard.model.pins import Pin
from dashboard.model.presets import LABELS
from dashboard.model.views import CurveBand, Point, Trouble
from dashboard.ui import layout, pins, queries, state
from dashboard.ui.charts import chart, colours, table
from dashboard.ui.sidebar.controls import CODEBOOKS

_HEIGHT = 380


def compared() -> None:
    """Draw the pinned scenarios side by side."""
    kept = pins.kept()
    if not kept:
        st.info(
            "No scenario is pinned yet. Open a page with a problem, such as Explore, and use"
            " **Pins → Pin this scenario**. Up to four can be compared here.",
            icon=":material/keep:",
        )
        return
    found = [(pin, _solved(pin, k)) for k, pin in enumerate(kept)]
    for pin, one in found:
        if isinstance(one, Trouble):
            st.warning(f"**{as_markdown(pin.name)}**: {one.markdown}")
    good = [(pin, one) for pin, one in found if isinstance(one, Compared)]
    if not good:
        return
    with layout.card(
        "Differences",
        "Each rate is a certified upper bound; differences are to the first row.",
        height="content",
    ):
        table(pd.DataFrame(_rows(good)), "compared")
        with st.container(horizontal=True, gap="small", key="compare_links"):
            for pin, _ in good:
                st.page_link(
                    f"pages/{pin.page or 'explore'}.py",
                    label=f"Open {as_markdown(pin.name)}",
                    icon=":material/open_in_new:",
                    query_params=state.explicit(pin.query),
                )

    def unit_of(pair: tuple[Pin, Compared]) -> str:
        return pair[1].how.text

    for unit, group in groupby(sorted(good, key=unit_of), key=unit_of):
        _charts(list(group), unit, alone=len({unit_of(pair) for pair in good}) == 1)


def _solved(pin: Pin, place: int) -> Compared | Trouble:
    point = queries.attempt(queries.point, pin.spec)
    if isinstance(point, Trouble):
        return point
    band = queries.attempt(queries.curve, pin.spec)
    if isinstance(band, Trouble):
        return band
    assert isinstance(point, Point)
    assert isinstance(band, CurveBand)
    return Compared(pin.name, place, point, band, queries.scale(pin.spec.setting))


def _rows(good: Sequence[tuple[Pin, Compared]]) -> list[dict[str, str]]:
    first = good[0][1].point.rate_bits
    rows = []
    for pin, one in good:
        setting, point = pin.spec.setting, one.point
        row = {
            "scenario": pin.name,
            "source": setting.source.choice.first
            if setting.source.choice
            else LABELS[setting.source.kind],
            "R (bits)": figure(point.rate_bits, 5),
            "gap (bits)": figure(point.gap_bits, 2),
            "difference (bits)": _signed(point.rate_bits - first) if one.place else "",
            "codebook": CODEBOOKS[setting.codebook.kind],
        }
        marks = plain(tuple(part.slot for part in setting.subsets))
        for k, mark in enumerate(marks):
            level, price = wording.spot(one.how, point, k)
            row[mark.level] = f"{short(level)} {one.how.text}"
            row[f"price of {mark.level}"] = f"{figure(price)} bits/{one.how.text}"
        row["H(Y) (bits)"] = figure(point.entropy_bits, 5)
        row["codewords"] = str(point.in_use)
        rows.append(row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    order = [*names[:6], *(n for n in names[6:] if n not in ("H(Y) (bits)", "codewords"))]
    order += ["H(Y) (bits)", "codewords"]
    return [{name: row.get(name, "—") for name in order} for row in rows]


def _signed(bits: float) -> str:
    return f"{bits:+.4f}".replace("-", "−")


def _charts(group: Sequence[tuple[Pin, Compared]], unit: str, *, alone: bool) -> None:
    scenarios = [one for _, one in group]
    suffix = "" if alone else f" in {unit}"
    key = "" if alone else f"_{unit}"
    left, right = layout.pair()
    with layout.card(
        f"Rate–distortion functions{suffix}",
        "The certified rate along D; the other levels are those of each scenario.",
        inside=left,
    ):
        drawing = figures.curves(scenarios, colours())
        alt = f"Certified rate along D of {len(scenarios)} scenarios"
        chart(drawing, f"compare_curves{key}", alt=alt, height=_HEIGHT)
    with layout.card(
        f"Prices of D{suffix}", "The increase in rate per unit by which D is lowered.", inside=right
    ):
        drawing = figures.prices(scenarios, colours())
        alt = f"Price of D along D of {len(scenarios)} scenarios"
        chart(drawing, f"compare_prices{key}", alt=alt, height=_HEIGHT)
    lines = [one for _, one in group if one.point.codebook.shape[1] == 1]
    if lines:
        label = next(p.spec.setting.source.labels[0] for p, one in group if one is lines[0])
        with layout.card(
            f"Codewords in use{suffix}", "Probability of each codeword.", height="content"
        ):
            drawing = figures.codewords(lines, colours(), label)
            alt = f"Codewords in use of {len(lines)} scenarios"
            chart(drawing, f"compare_codewords{key}", alt=alt, height=_HEIGHT)
