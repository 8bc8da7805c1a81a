"""The cards of the Prices page: tiles, price curves, levels for a change of the rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import figures
from dashboard.formatting import NOTHING, as_markdown, at_most, figure, percent, short
from dashboard.model import exports, wording
from dashboard.model.fields import subset_field
from dashboard.model.marks import Mark, plain
from dashboard.model.specs import ProblemSpec, Setting
from dashboard.model.views import CurveBand, Point, SourceView, Trade, Trouble
from dashboard.ui import best, handles, inputs, layout, queries, state, subsets, trades
from dashboard.ui.cards import explore, free_codebook
from dashboard.ui.charts import chart, colours, table
from dashboard.ui.metrics import NONE, coloured, definitions, figures_of, row, tile
from rdcore import LevelScale

FIGURE = "Nasser (2025), figure 3"
_SCALES = {"log": "Log scales", "linear": "Linear scales"}


_Trades = Callable[[int, float], Trade | Trouble]
_Curve = tuple[CurveBand | Trouble, dict[str, Any] | None]


def trades_of(spec: ProblemSpec, point: Point | None) -> _Trades:
    """Return the function that gives each level, by its place, after a change of the rate.

    For the best codebook a job solves for the levels; its progress is drawn until it is done.
    """
    if point is None:
        return _waiting("no result")
    if not best.is_chosen(spec):
        return lambda which, bits: queries.attempt(trades.trade, spec, point, bits, which=which)
    found = best.trades(spec, point, amount())
    if not isinstance(found, dict):
        best.follow_trades(found)
        return _waiting("being solved")
    return lambda which, bits: found[which, bits]


def _waiting(sentence: str) -> _Trades:
    def answer(_which: int, _bits: float) -> Trouble:
        return Trouble(sentence)

    return answer


def strip(spec: ProblemSpec, point: Point | None, found: _Trades) -> None:
    """Draw the rate, the price of each level, and each level for one bit more."""
    marks = subsets.marks(spec.setting)
    named = marks if len(marks) > 1 else plain((1,))
    with row(1 + 2 * len(named)):
        figures_of(point, queries.scale(spec.setting), marks)
        for which, one in enumerate(named):
            with coloured(one, "bit"):
                _one_bit(spec, point, which, one, found)


def _one_bit(spec: ProblemSpec, point: Point | None, which: int, one: Mark, trade: _Trades) -> None:
    bits = amount()
    label, how = f"{one.level} for {_bits(bits)} more", queries.scale(spec.setting)
    others = "level" if len(spec.levels) <= 2 else "levels"
    more = f"The least {one.level} at a rate {_bits(bits)} higher, with the other {others} fixed."
    if how.falls:
        more = more.replace("least", "largest")
    found = None
    if point is not None and which < len(spec.levels):
        found = trade(which, bits)
    if not isinstance(found, Trade):
        below = "no subset" if found is None and point is not None else "no result"
        below = found.sentence if isinstance(found, Trouble) and best.is_chosen(spec) else below
        value = NONE
    elif found.low is None or found.high is None:
        value = figure(float(how.stated(found.edge or 0.0)), 3)
        below = (
            f"{'maximum' if how.falls else 'minimum'}, +{figure(found.most_bits or 0.0, 3)} bits"
        )
    else:
        value = figure(float(how.stated(found.high)))
        below = f"{_change(found, how)} from {wording.said(how, found.before)}"
    unit = how.text if isinstance(found, Trade) else ""
    tile(label, value, below, unit=unit, more=more)


def _change(found: Trade, how: LevelScale) -> str:
    """Write the change of a level: in dB, or relative to it."""
    before, after = float(how.stated(found.before)), float(how.stated(found.high or 0.0))
    if how.falls:
        return f"{after - before:+.3g} dB".replace("-", "−")
    return percent(after / before - 1 if before > 0 else 0.0)


def _bits(bits: float) -> str:
    return f"{short(bits)} bit" + ("" if bits == 1 else "s")


def amount() -> float:
    """Return the change of the rate set on the page, bits per symbol."""
    return float(state.value(state.BITS))


def curves(spec: ProblemSpec, point: Point | None) -> _Curve:
    """Draw all prices along the chosen level, and return the certified curve with these slopes.

    For the best codebook its path for a browser follows, else None.
    """
    setting, marks, which = spec.setting, subsets.marks(spec.setting), explore.along(spec.setting)
    one = marks[which]
    with layout.card(
        f"Prices along {one.level}",
        "Increase in R per unit of a lower level; 0 where the level is slack.",
    ):
        with layout.toolbar("prices"):
            explore.choose_along(setting)
            scale = inputs.segments(
                state.PRICE_SCALE, "Scales of the prices", _SCALES, label_visibility="collapsed"
            )
            low, high = _range(setting) if which == 0 else (None, None)
        band, path = _solved(spec, which, low, high)
        if not isinstance(band, CurveBand):
            return band, None
        chart(
            figures.prices(
                band,
                point,
                colours=colours(),
                how=queries.scale(setting),
                levels=spec.levels,
                marks=marks,
                logarithmic=scale == "log",
            ),
            "prices_chart",
            alt=_described(band, spec),
        )
        layout.downloads("prices", _exported(band, spec), setting)
    return band, path


def _solved(spec: ProblemSpec, which: int, low: float | None, high: float | None) -> _Curve:
    """Return the curve, or draw why there is none yet."""
    if best.is_chosen(spec):
        found = best.curve(spec, which, low, high)
        if isinstance(found, tuple):
            return found
        best.follow_curve(found)
        return Trouble("The curve is not solved yet."), None
    band = queries.attempt(_band, spec, which, low, high)
    if isinstance(band, Trouble):
        st.warning(band.markdown)
    return band, None


def _exported(band: CurveBand, spec: ProblemSpec) -> exports.Columns:
    how, marks = queries.scale(spec.setting), subsets.marks(spec.setting)
    return exports.curve_table(band, how, spec.levels, marks)


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


def curve(spec: ProblemSpec, found: _Curve, point: Point | None, free: object = None) -> None:
    """Draw the certified curve with the slopes of the price chart, both as ``curves`` returns."""
    band, path = found
    one = subsets.marks(spec.setting)[explore.along(spec.setting)]
    with layout.card(
        "Rate–distortion function",
        explore.curve_sentence(spec, one),
    ):
        with layout.toolbar("curve"):
            axis = explore.choose_axis(one, queries.scale(spec.setting))
        explore.curve_chart(spec, band, point, free, axis=axis)
        if point is not None:
            which, how = explore.along(spec.setting), queries.scale(spec.setting)
            followers = handles.prices(subsets.marks(spec.setting), how)
            every = path if best.is_chosen(spec) else free_codebook.path(spec, which, free)
            handles.on_curve(spec, band, point, followers, every)


def _range(setting: Setting) -> tuple[float | None, float | None]:
    with st.popover("Range of D", type="tertiary"):
        how = queries.scale(setting)
        # More dB is less distortion.
        order = (state.HIGH, state.LOW) if how.falls else (state.LOW, state.HIGH)
        found = {
            name: inputs.level_or_none(
                name, f"{label} ({how.text})", how, format="%.6g", placeholder="automatic"
            )
            for label, name in zip(("From", "To"), order, strict=True)
        }
    return found[state.LOW], found[state.HIGH]


def _described(band: CurveBand, spec: ProblemSpec) -> str:
    marks, how, parts = subsets.marks(spec.setting), queries.scale(spec.setting), []
    prices = wording.prices(how, band, spec.levels)
    for k, one in enumerate(marks):
        ends = [figure(float(prices[end, k]), 3) for end in (0, -1)]
        text = f"{'p' if k else 'P'}rice of {one.level} from {ends[0]} to {ends[1]} bits per"
        parts.append(f"{text} {how.text}")
    parts[0] += (
        f" for {marks[band.which].level} from {wording.number(how, float(band.levels[0]))}"
        f" to {wording.said(how, float(band.levels[-1]))}"
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
            state.CODEBOOK: "preset",
            subset_field("S", 1): "+(-0.1,0.1)",
            subset_field("measure", 1): "joint",
            subset_field("Ds", 1): 0.015,
            state.LOW: 0.5,
            state.HIGH: 3.0,
            state.PRICE_SCALE: "linear",
        }
    )


def levels_for_bits(spec: ProblemSpec, point: Point | None, found: _Trades) -> None:
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
            with layout.waiting("trades"):
                _trades(spec, found)
            return
        with layout.waiting("trades"), st.grid(1, min_column_width=300, gap="small"):
            for which, one in enumerate(subsets.marks(spec.setting)):
                for sign in (1, -1):
                    _trade(spec, found(which, sign * amount()), one=one, more=sign > 0)


def _trades(spec: ProblemSpec, trade: _Trades) -> None:
    """Draw the new values of many levels as a table."""
    rows, how, widest = [], queries.scale(spec.setting), 0.0
    for which, one in enumerate(subsets.marks(spec.setting)):
        row = {
            "level": one.legend_level,
            f"now ({how.text})": wording.number(how, spec.levels[which]),
        }
        for sign, way in ((1, "more"), (-1, "fewer")):
            found = trade(which, sign * amount())
            if isinstance(found, Trouble):
                text = NONE
            elif found.low is None or found.high is None:
                text = _end_of_range(found, how)
            else:
                text = f"{figure(float(how.stated(found.high)))} ({_change(found, how)})"
                widest = max(widest, _width(found, how))
            row[f"{_bits(amount())} {way}"] = text
        rows.append(row)
    table(rows, "trades")
    st.caption(
        f"Gaps ≤ {at_most(max(widest, 1e-12), 1)} {how.text}. “min.”: the least feasible"
        " distortion, and the bits to reach it; “slack”: where the level stops costing bits, and"
        " the bits saved."
    )


def _width(found: Trade, how: LevelScale) -> float:
    """Return the distance of the certified bounds on a level."""
    low, high = (float(how.stated(level or 0.0)) for level in (found.low, found.high))
    return abs(high - low)


def _end_of_range(found: Trade, how: LevelScale) -> str:
    """Return the end of a level's range in few words."""
    most, edge = found.most_bits or 0.0, found.edge or 0.0
    if found.bits < 0 and most <= NOTHING:
        return "already slack"
    end = figure(float(how.stated(edge)), 3)
    return f"{'min.' if found.bits > 0 else 'slack'} {end}, {figure(most, 3)} bits"


def _others(spec: ProblemSpec) -> str:
    return " is" if len(spec.levels) <= 2 else "s are"


def _trade(spec: ProblemSpec, found: Trade | Trouble, *, one: Mark, more: bool) -> None:
    way = "more" if more else "fewer"
    label = f"{as_markdown(one.long_level)} for {_bits(amount())} {way}"
    if isinstance(found, Trouble):
        tile(label, NONE, found.sentence, border=False)
        return
    how = queries.scale(spec.setting)
    if found.low is None or found.high is None:
        value, below = _too_many(found, how)
        tile(label, value, below, unit=how.text, border=False)
        return
    guess = "no prediction: the price is 0"
    if found.predicted is not None:
        none = "a mean square below 0" if how.falls else "below 0"
        level = figure(float(how.stated(found.predicted))) if found.predicted > 0 else none
        guess = f"predicted by the price: {level}"
    value = f"{wording.number(how, found.before)} → {figure(float(how.stated(found.high)))}"
    below = f"{_change(found, how)}, gap ≤ {at_most(max(_width(found, how), 1e-12), 1)}; {guess}"
    tile(label, value, below, unit=how.text, border=False)


def _too_many(found: Trade, how: LevelScale) -> tuple[str, str]:
    """Return the end of the level's range if the requested change of the rate is too large."""
    most, edge = found.most_bits or 0.0, found.edge or 0.0
    before = wording.number(how, found.before)
    value = f"{before} → {figure(float(how.stated(edge)), 3)}"
    if found.bits > 0:
        end = "maximum" if how.falls else "minimum level"
        return value, f"{end}, reached with {figure(most)} bits more"
    if most <= NOTHING:
        return before, "already slack: its price is 0"
    return value, f"slack {'below' if how.falls else 'above'}; at most {figure(most)} bits fewer"


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
