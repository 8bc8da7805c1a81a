"""The cards of the Prices page on what levels cost: the strip, the curves, what a bit buys."""

from __future__ import annotations

import streamlit as st

from dashboard import figures
from dashboard.formatting import NOTHING, figure, percent, short
from dashboard.model import exports
from dashboard.model.specs import ProblemSpec, Setting
from dashboard.model.views import CurveBand, Point, Trade, Trouble
from dashboard.ui import inputs, layout, queries, state, trades
from dashboard.ui.charts import chart, colours
from dashboard.ui.metrics import NONE, figures_of, tile, tiles

REPORT = "The report’s figure 3"
_SCALES = {"log": "Log scales", "linear": "Linear scales"}


def strip(spec: ProblemSpec, point: Point | None) -> None:
    """Draw the rate, both prices, and where one bit more would take D and D′."""
    with tiles(5):
        figures_of(point, spec.setting.unit)
        for name in ("D", "D′"):
            _one_bit(spec, point, "D" if name == "D" else "D′")


def _one_bit(spec: ProblemSpec, point: Point | None, name: trades.Name) -> None:
    bits = amount()
    label = f"{name} for {_bits(bits)} more"
    more = f"How low {name} can be for {_bits(bits)} more, the other level as it is."
    found = None
    if point is not None and (name == "D" or point.subset_level is not None):
        found = queries.attempt(trades.trade, spec, point, bits, name=name)
    if not isinstance(found, Trade):
        below = "no subset is held" if point is not None and name == "D′" else "no result"
        value = NONE
    elif found.low is None or found.high is None:
        value = figure(found.edge or 0.0, 3)
        below = f"lowest: {figure(found.most_bits or 0.0, 3)} bits"
    else:
        value = figure(found.high)
        below = f"{_percent(found)} of {short(found.before)}"
    unit = spec.setting.unit if isinstance(found, Trade) else ""
    tile(label, value, below, unit=unit, more=more)


def _percent(found: Trade) -> str:
    return percent((found.high or 0.0) / found.before - 1 if found.before > 0 else 0.0)


def _bits(bits: float) -> str:
    return f"{short(bits)} bit" + ("" if bits == 1 else "s")


def amount() -> float:
    """Return how many bits the page trades."""
    return float(state.value(state.BITS))


def curves(spec: ProblemSpec, point: Point | None) -> CurveBand | Trouble:
    """Draw both prices along D, and return the certified curve that they are the slopes of."""
    setting = spec.setting
    with layout.card(
        "Prices along D",
        "What R rises by for each unit a level is lowered; 0 where it does not bind.",
    ):
        tools = layout.toolbar("prices")
        with tools:
            scale = inputs.segments(
                state.PRICE_SCALE, "Scales of the prices", _SCALES, label_visibility="collapsed"
            )
            low, high = _range(setting)
        band = queries.attempt(_band, spec, low, high)
        if isinstance(band, Trouble):
            st.warning(band.markdown)
            return band
        chart(
            figures.prices(
                band,
                point,
                colours=colours(),
                unit=setting.unit,
                logarithmic=scale == "log",
            ),
            "prices_chart",
            alt=_described(band, setting),
        )
        with tools:
            layout.downloads("prices", exports.curve_table(band, setting.unit), setting)
    return band


def _band(spec: ProblemSpec, low: float | None, high: float | None) -> CurveBand | Trouble:
    setting = spec.setting
    trouble = queries.too_small("D′", setting.subset_level, queries.limits(setting))
    if trouble is not None:
        return trouble
    if high is None:
        high = max(queries.reach(setting), 1.01 * spec.level)
    return queries.prices(setting, low or 0.0, high)


def _range(setting: Setting) -> tuple[float | None, float | None]:
    with st.popover("Range of D", type="tertiary"):
        low, high = (
            inputs.number_or_none(
                name,
                f"{label} ({setting.unit})",
                format="%.6g",
                placeholder="as far as D has a price",
            )
            for label, name in (("From", state.LOW), ("To", state.HIGH))
        )
    return low, high


def _described(band: CurveBand, setting: Setting) -> str:
    ends = [figure(float(band.price_bits[k]), 3) for k in (0, -1)]
    text = (
        f"Price of D from {ends[0]} to {ends[1]} bits per {setting.unit}"
        f" as D goes from {short(float(band.levels[0]))} to {short(float(band.levels[-1]))}"
    )
    if band.subset_price_bits is None:
        return text
    ends = [figure(float(band.subset_price_bits[k]), 3) for k in (0, -1)]
    return f"{text}; price of D′ from {ends[0]} to {ends[1]}"


def report() -> None:
    """Offer the settings of the report's figure on prices."""
    st.button(
        REPORT,
        icon=":material/menu_book:",
        type="tertiary",
        on_click=_as_in_the_report,
        help="The Gaussian with |x| < 0.1 held to a joint D′ of 0.015, for D from 0.5 to 3.",
    )


def _as_in_the_report() -> None:
    state.put(
        {
            state.SOURCE: "gaussian",
            state.SUBSET: "+(-0.1,0.1)",
            state.MEASURE: "joint",
            state.SUBSET_LEVEL: 0.015,
            state.LOW: 0.5,
            state.HIGH: 3.0,
            state.PRICE_SCALE: "linear",
        }
    )


def what_bits_buy(spec: ProblemSpec, point: Point | None) -> None:
    """Show where so many bits more, and fewer, would take D and D′."""
    with st.container(border=True, height="stretch", gap="small"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            with st.container():
                st.markdown("##### What bits buy")
                st.caption(
                    "Each level by itself, the other as it is; read off the certified curve."
                )
            inputs.number(state.BITS, "Bits more or fewer", step=0.1, format="%.3g", width=160)
        if point is None:
            return
        names: tuple[trades.Name, ...] = ("D",) if point.subset_level is None else ("D", "D′")
        with st.grid(1, min_column_width=300, gap="small"):
            for name in names:
                for sign in (1, -1):
                    _trade(spec, point, name, sign * amount())


def _trade(spec: ProblemSpec, point: Point, name: trades.Name, bits: float) -> None:
    found = queries.attempt(trades.trade, spec, point, bits, name=name)
    how = "more" if bits > 0 else "fewer"
    label = f"{name} for {_bits(abs(bits))} {how}"
    if isinstance(found, Trouble):
        tile(label, NONE, found.sentence, border=False)
        return
    unit = spec.setting.unit
    if found.low is None or found.high is None:
        value, below = _too_many(found)
        tile(label, value, below, unit=unit, border=False)
        return
    guess = "the price foretells nothing: it is 0"
    if found.foretold is not None:
        guess = (
            f"the price alone foretells {figure(found.foretold)}"
            if found.foretold > 0
            else "the price alone would take it below 0"
        )
    value = f"{short(found.before)} → {figure(found.high)}"
    below = f"{_percent(found)}, ± {figure(max(found.high - found.low, 1e-12), 1)}; {guess}"
    tile(label, value, below, unit=unit, border=False)


def _too_many(found: Trade) -> tuple[str, str]:
    """Say how far the level goes where the curve has fewer bits to trade than asked for."""
    most, edge = found.most_bits or 0.0, found.edge or 0.0
    value = f"{short(found.before)} → {figure(edge, 3)}"
    if found.bits > 0:
        return value, f"as low as this codebook goes: {figure(most)} bits more"
    if most <= NOTHING:
        return short(found.before), "slack already: it costs nothing"
    return value, f"slack from there on: {figure(most)} bits fewer at most"


def without_subset() -> None:
    """Say what drawing a subset would add to the page."""
    with layout.card("A second price", height="content"):
        st.markdown(
            "Draw a subset S on the source, or type one in the sidebar: it is then held to a"
            " level D′ of its own. The page adds its price λ′ along D, what bits buy in D′, and"
            " maps of R, of both prices and of what binds, over D and D′."
        )


def details() -> None:
    """Unfold what the words mean."""
    with st.expander("What the words mean"):
        st.markdown(
            f"- **Price** λ = −∂R/∂D, λ′ = −∂R/∂D′: the multipliers of the convex program."
            f" Below {NOTHING:g} bits they are shown as 0, and the level as slack.\n"
            "- **Binds**: the level costs something; where it is slack the best channel is"
            " better than asked there at no cost.\n"
            "- **What bits buy**: the curve lies above each of its tangents and below each of"
            " its chords, so each level shown is between two that are proved.\n"
            "- **Cells** of the maps are solved one by one, each with its own certificate."
        )
