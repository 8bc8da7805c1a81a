"""The cards of the Prices page: tiles, price curves, levels for a change of the rate."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import figures
from dashboard.formatting import NOTHING, as_markdown, figure, percent, short
from dashboard.model import exports
from dashboard.model.fields import subset_field
from dashboard.model.marks import Mark, plain
from dashboard.model.specs import ProblemSpec, Setting
from dashboard.model.views import CurveBand, Point, SourceView, Trade, Trouble
from dashboard.ui import inputs, layout, queries, state, subsets, trades
from dashboard.ui.cards import explore
from dashboard.ui.charts import chart, colours
from dashboard.ui.metrics import NONE, coloured, definitions, figures_of, row, tile

FIGURE = "Nasser (2025), figure 3"
_SCALES = {"log": "Log scales", "linear": "Linear scales"}


def strip(spec: ProblemSpec, point: Point | None) -> None:
    """Draw the rate, the price of each level, and each level for one bit more."""
    marks = subsets.marks(spec.setting)
    named = marks if len(marks) > 1 else plain((1,))
    with row(1 + 2 * len(named)):
        figures_of(point, spec.setting.unit, marks)
        for which, one in enumerate(named):
            with coloured(one, "bit"):
                _one_bit(spec, point, which, one)


def _one_bit(spec: ProblemSpec, point: Point | None, which: int, one: Mark) -> None:
    bits = amount()
    label = f"{one.level} for {_bits(bits)} more"
    others = "level" if len(spec.levels) <= 2 else "levels"
    more = (
        f"The smallest {one.level} at a rate {_bits(bits)} higher, with the other {others} fixed."
    )
    found = None
    if point is not None and which < len(spec.levels):
        found = queries.attempt(trades.trade, spec, point, bits, which=which)
    if not isinstance(found, Trade):
        below = "no subset" if point is not None and which else "no result"
        value = NONE
    elif found.low is None or found.high is None:
        value = figure(found.edge or 0.0, 3)
        below = f"minimum, +{figure(found.most_bits or 0.0, 3)} bits"
    else:
        value = figure(found.high)
        below = f"{_percent(found)} from {short(found.before)} {spec.setting.unit}"
    unit = spec.setting.unit if isinstance(found, Trade) else ""
    tile(label, value, below, unit=unit, more=more)


def _percent(found: Trade) -> str:
    return percent((found.high or 0.0) / found.before - 1 if found.before > 0 else 0.0)


def _bits(bits: float) -> str:
    return f"{short(bits)} bit" + ("" if bits == 1 else "s")


def amount() -> float:
    """Return the change of the rate set on the page, bits per symbol."""
    return float(state.value(state.BITS))


def curves(spec: ProblemSpec, point: Point | None) -> CurveBand | Trouble:
    """Draw all prices along the chosen level, and return the certified curve with these slopes."""
    setting, marks, which = spec.setting, subsets.marks(spec.setting), explore.along(spec.setting)
    one = marks[which]
    with layout.card(
        f"Prices along {one.level}",
        "Increase in R per unit by which a level is lowered; 0 where the level is slack.",
    ):
        tools = layout.toolbar("prices")
        with tools:
            explore.choose_along(setting)
            scale = inputs.segments(
                state.PRICE_SCALE, "Scales of the prices", _SCALES, label_visibility="collapsed"
            )
            low, high = _range(setting) if which == 0 else (None, None)
        band = queries.attempt(_band, spec, which, low, high)
        if isinstance(band, Trouble):
            st.warning(band.markdown)
            return band
        chart(
            figures.prices(
                band,
                point,
                colours=colours(),
                unit=setting.unit,
                marks=marks,
                logarithmic=scale == "log",
            ),
            "prices_chart",
            alt=_described(band, setting),
        )
        with tools:
            layout.downloads("prices", exports.curve_table(band, setting.unit, marks), setting)
    return band


def _band(
    spec: ProblemSpec, which: int, low: float | None, high: float | None
) -> CurveBand | Trouble:
    if which:
        return queries.curve(spec, which)
    setting = spec.setting
    bounds = queries.level_range(setting)
    for k in range(1, len(spec.levels)):
        trouble = queries.too_small(k, spec, bounds)
        if trouble is not None:
            return trouble
    if high is None:
        high = max(queries.reach(setting), 1.01 * spec.level)
    return queries.prices(setting, low or 0.0, high)


def curve(
    spec: ProblemSpec, band: CurveBand | Trouble, point: Point | None, best: object = None
) -> None:
    """Draw the certified curve with the slopes of the price chart."""
    one = subsets.marks(spec.setting)[explore.along(spec.setting)]
    with layout.card(
        "Rate–distortion function",
        "No code with this codebook has a lower rate. The negative slope is the price of"
        f" {one.level}.",
    ):
        with layout.toolbar("curve"):
            names = {key: text.replace("D", one.level) for key, text in explore.AXES.items()}
            axis = inputs.segments("axis", "Scale of D", names, label_visibility="collapsed")
        explore.curve_chart(spec, band, point, best, axis=axis)


def _range(setting: Setting) -> tuple[float | None, float | None]:
    with st.popover("Range of D", type="tertiary"):
        low, high = (
            inputs.number_or_none(
                name,
                f"{label} ({setting.unit})",
                format="%.6g",
                placeholder="automatic",
            )
            for label, name in (("From", state.LOW), ("To", state.HIGH))
        )
    return low, high


def _described(band: CurveBand, setting: Setting) -> str:
    marks, parts = subsets.marks(setting), []
    for k, one in enumerate(marks):
        ends = [figure(float(band.prices_bits[end, k]), 3) for end in (0, -1)]
        text = f"{'p' if k else 'P'}rice of {one.level} from {ends[0]} to {ends[1]} bits per"
        parts.append(f"{text} {setting.unit}")
    parts[0] += (
        f" for {marks[band.which].level} from {short(float(band.levels[0]))}"
        f" to {short(float(band.levels[-1]))} {setting.unit}"
    )
    return "; ".join(parts)


def published() -> None:
    """Offer the settings of the price figure in Nasser (2025)."""
    st.button(
        FIGURE,
        icon=":material/menu_book:",
        type="tertiary",
        on_click=_as_published,
        help="Sets the Gaussian source with S: |x| < 0.1, a joint D′ of 0.015 unit² and D"
        " from 0.5 to 3"
        " unit², as in “Convex Rate-Distortion Formulation for Mixed-Fidelity Compression” (project"
        " report).",
    )


def _as_published() -> None:
    state.put(
        {
            state.SOURCE: "gaussian",
            subset_field("S", 1): "+(-0.1,0.1)",
            subset_field("measure", 1): "joint",
            subset_field("Ds", 1): 0.015,
            state.LOW: 0.5,
            state.HIGH: 3.0,
            state.PRICE_SCALE: "linear",
        }
    )


def levels_for_bits(spec: ProblemSpec, point: Point | None) -> None:
    """Draw each level for a rate that is higher, and lower, by the amount set."""
    with st.container(border=True, height="stretch", gap="small"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            with st.container():
                st.markdown("## Levels at a different rate")
                st.caption(
                    f"One level changes, the other{_others(spec)} fixed. Bounds from the certified"
                    " curve."
                )
            inputs.number(state.BITS, "Change (bits)", step=0.1, format="%.3g", width=160)
        if point is None:
            return
        if len(spec.levels) > 2:
            _trades(spec, point)
            return
        with st.grid(1, min_column_width=300, gap="small"):
            for which, one in enumerate(subsets.marks(spec.setting)):
                for sign in (1, -1):
                    _trade(spec, point, sign * amount(), which=which, one=one)


def _trades(spec: ProblemSpec, point: Point) -> None:
    """Draw the new values of many levels as a table."""
    rows, unit, widest = [], spec.setting.unit, 0.0
    for which, one in enumerate(subsets.marks(spec.setting)):
        row = {"level": one.legend_level, f"now ({unit})": short(spec.levels[which])}
        for sign, how in ((1, "more"), (-1, "fewer")):
            found = queries.attempt(trades.trade, spec, point, sign * amount(), which=which)
            if isinstance(found, Trouble):
                text = NONE
            elif found.low is None or found.high is None:
                text = _end_of_range(found)
            else:
                text = f"{figure(found.high)} ({_percent(found)})"
                widest = max(widest, found.high - found.low)
            row[f"{_bits(amount())} {how}"] = text
        rows.append(row)
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="trades")
    st.caption(
        f"Up to ± {figure(max(widest, 1e-12), 1)} {unit}. “min.”: the smallest feasible level, and"
        " the bits to reach it; “slack”: where the level stops costing bits, and the bits saved."
    )


def _end_of_range(found: Trade) -> str:
    """Return the end of a level's range in few words."""
    most, edge = found.most_bits or 0.0, found.edge or 0.0
    if found.bits < 0 and most <= NOTHING:
        return "already slack"
    return f"{'min.' if found.bits > 0 else 'slack'} {figure(edge, 3)}, {figure(most, 3)} bits"


def _others(spec: ProblemSpec) -> str:
    return " is" if len(spec.levels) <= 2 else "s are"


def _trade(spec: ProblemSpec, point: Point, bits: float, *, which: int, one: Mark) -> None:
    found = queries.attempt(trades.trade, spec, point, bits, which=which)
    how = "more" if bits > 0 else "fewer"
    label = f"{as_markdown(one.long_level)} for {_bits(abs(bits))} {how}"
    if isinstance(found, Trouble):
        tile(label, NONE, found.sentence, border=False)
        return
    unit = spec.setting.unit
    if found.low is None or found.high is None:
        value, below = _too_many(found)
        tile(label, value, below, unit=unit, border=False)
        return
    guess = "no prediction: the price is 0"
    if found.predicted is not None:
        guess = (
            f"predicted by the price: {figure(found.predicted)}"
            if found.predicted > 0
            else "predicted by the price: below 0"
        )
    value = f"{short(found.before)} → {figure(found.high)}"
    below = f"{_percent(found)}, ± {figure(max(found.high - found.low, 1e-12), 1)}; {guess}"
    tile(label, value, below, unit=unit, border=False)


def _too_many(found: Trade) -> tuple[str, str]:
    """Return the end of the level's range if the requested change of the rate is too large."""
    most, edge = found.most_bits or 0.0, found.edge or 0.0
    value = f"{short(found.before)} → {figure(edge, 3)}"
    if found.bits > 0:
        return value, f"minimum level, reached with {figure(most)} bits more"
    if most <= NOTHING:
        return short(found.before), "already slack: its price is 0"
    return value, f"slack above; at most {figure(most)} bits fewer"


def each_symbol(spec: ProblemSpec, point: Point | None, view: SourceView) -> None:
    """Draw the price of every symbol where a level limits each symbol of its subset."""
    if point is None or not any(len(prices) for prices in point.symbol_prices_bits):
        return
    setting = spec.setting
    with layout.card(
        "Price of each symbol",
        "The level limits the distortion of each symbol x in S. The price of the level is the sum"
        " over the symbols.",
        height="content",
    ):
        chart(
            figures.symbol_prices(
                view, point, unit=setting.unit, marks=subsets.marks(setting), colours=colours()
            ),
            "symbol_prices_chart",
            alt="Price of each symbol of the subsets",
            height=300,
        )


def without_subset() -> None:
    """Explain what a subset adds to the page."""
    with layout.card("Second price", height="content"):
        st.markdown(
            "Draw a subset S on the source chart, or type one in the sidebar, to limit its"
            " distortion"
            " to D′. The page then also shows its price λ′, the values of D′ at a different rate,"
            " and maps of the rate, both prices and the binding levels over D and D′."
        )


def details() -> None:
    """Draw the explanations."""
    with st.expander("Terms"):
        st.markdown(
            definitions("price")
            + f" λ = −∂R/∂D and λ′ = −∂R/∂D′ are multipliers of the convex program. Values below"
            f" {NOTHING:g} bits are shown as 0.\n"
            + definitions("binding", "slack", "tangent", "chord")
            + " So each level at a different rate has a certified lower and upper bound.\n"
            "- **Maps**: each cell is solved separately and has its own certificate."
        )
