"""The cards of the Compare page: curves, prices and codewords of the pins, and a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from dashboard.figures import compare as figures
from dashboard.figures.compare import Compared
from dashboard.formatting import as_markdown, figure, short
from dashboard.model import wording
from dashboard.model.marks import plain
from dashboard.model.pins import Pin
from dashboard.model.presets import LABELS
from dashboard.model.quantisers import MetView
from dashboard.model.views import CurveBand, Trouble
from dashboard.ui import best, differences, inputs, jobs, layout, pins, queries, state
from dashboard.ui.cards import quantisers
from dashboard.ui.charts import chart, colours, table

_HEIGHT = 380
_DIFFERENCE = "difference (bits)"
_OF_RATE, _OF_DIFFERENCE = "samples ± (bits)", "difference, samples ± (bits)"
_FIRST = (
    *("scenario", "R (bits)", "lowest rate", "gap (bits)"),
    *(_OF_RATE, _DIFFERENCE, _OF_DIFFERENCE),
)
_LAST = ("H(Y) (bits)", "codewords", "codebook", "source")
_BASELINE, _CHOSEN = "compared_to", "_compared_to"


def compared() -> None:
    """Draw the pinned scenarios side by side."""
    kept = pins.shown()
    if not kept:
        st.info(
            "No scenario is pinned yet. Open a page with a problem, such as Explore, and use"
            " **Pins → Pin this scenario**. Up to four can be compared here.",
            icon=":material/keep:",
        )
        return
    found = [(pin, *_solved(pin, k)) for k, pin in enumerate(kept)]
    for pin, one, _ in found:
        if isinstance(one, Trouble):
            st.warning(f"**{as_markdown(pin.name)}**: {one.markdown}")
    good = [(pin, one) for pin, one, _ in found if isinstance(one, Compared)]
    if not good:
        return
    with layout.card(
        "Differences",
        "Each rate is a certified upper bound. “smallest” marks the lowest rate, and others that"
        " may be equal to it within the gaps.",
        height="content",
    ):
        table(_rows(good, _baseline([pin for pin, _ in good])), "compared", upright=True)
        with st.container(horizontal=True, gap="small", key="compare_links"):
            for pin, _ in good:
                st.page_link(
                    f"pages/{pin.page or 'explore'}.py",
                    label=f"Open {as_markdown(pin.name)}",
                    icon=":material/open_in_new:",
                    query_params=state.explicit(pin.query),
                )

    for k, (pin, _, job) in enumerate(found):
        if job is not None:
            what = f"Solving along the curve of {as_markdown(pin.name)}"
            jobs.follow(_key(k), job, what=what)

    def unit_of(pair: tuple[Pin, Compared]) -> str:
        return pair[1].how.text

    for unit, group in groupby(sorted(good, key=unit_of), key=unit_of):
        _charts(list(group), unit, alone=len({unit_of(pair) for pair in good}) == 1)
    _quantisers([pin for pin, _ in good])


def _solved(pin: Pin, place: int) -> tuple[Compared | Trouble, jobs.Running | Trouble | None]:
    """Return a scenario to draw, and the job of its curve while that is not solved.

    The curve of Best has the best codewords of each level, not those of the pinned level. It is
    the same job as on Explore.
    """
    spec, job = pin.spec, None
    point = queries.attempt(queries.point, spec)
    if isinstance(point, Trouble):
        return point, None
    band: CurveBand | None = None
    if best.is_chosen(spec):
        found = best.curve(spec, 0, key=_key(place))
        if isinstance(found, tuple):
            band = found[0]
        else:
            job = found
    else:
        drawn = queries.attempt(queries.curve, spec)
        if isinstance(drawn, Trouble):
            return drawn, None
        band = drawn
    return Compared(pin.name, place, point, band, queries.scale(spec.setting)), job


def _key(place: int) -> str:
    return f"pinned_best_curve_{place}"


def _baseline(kept: Sequence[Pin]) -> int:
    """Let the user choose the scenario to which differences are, and return its place."""
    if len(kept) < 2:
        return 0
    # A name may change with the other pins: what is kept is the scenario.
    chosen = state.read(_CHOSEN)
    first = next((k for k, pin in enumerate(kept) if pin.spec == chosen), 0)
    names = [pin.name for pin in kept]
    key = f"{_BASELINE} {first} {names}"
    return int(
        st.selectbox(
            "Differences are to",
            range(len(kept)),
            index=first,
            format_func=lambda k: names[k],
            key=key,
            on_change=_choose,
            args=(key, tuple(kept)),
            width=420,
        )
    )


def _choose(key: str, kept: tuple[Pin, ...]) -> None:
    state.write(_CHOSEN, kept[int(state.read(key, 0))].spec)


def _rows(good: Sequence[tuple[Pin, Compared]], baseline: int = 0) -> list[dict[str, str]]:
    base, first = good[baseline]
    least = min(one.point.rate_bits for _, one in good)
    rows = []
    for pin, one in good:
        setting, point = pin.spec.setting, one.point
        row = {
            "scenario": pin.name,
            "R (bits)": figure(point.rate_bits, 5),
            "lowest rate": "smallest" if point.rate_bits - point.gap_bits <= least else "",
            "gap (bits)": figure(point.gap_bits, 2),
            **({_OF_RATE: figure(point.error_bits, 2)} if point.error_bits else {}),
        }
        if one is not first:
            row[_DIFFERENCE] = _signed(point.rate_bits - first.point.rate_bits)
            error = _error_of_difference(pin, one, base, first)
            if error is not None:
                row[_OF_DIFFERENCE] = figure(error, 2)
        marks = plain(tuple(part.slot for part in setting.subsets))
        for k, mark in enumerate(marks):
            level, price = wording.spot(one.how, point, k)
            row[mark.level] = f"{short(level)} {one.how.text}"
            row[f"price of {mark.level}"] = f"{figure(price)} bits/{one.how.text}"
        row["H(Y) (bits)"] = figure(point.entropy_bits, 5)
        row["codewords"] = str(point.in_use)
        row["codebook"] = setting.codebook_words
        own = setting.source.choice
        row["source"] = own.first if own else LABELS[setting.source.kind]
        rows.append(row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = (
        "scenario",
        "R (bits)",
        "lowest rate",
        "gap (bits)",
        _OF_RATE,
        _DIFFERENCE,
        _OF_DIFFERENCE,
    )
    last = ("H(Y) (bits)", "codewords", "codebook", "source")
    levels = [name for name in names if name not in (*head, *last)]
    order = [*(name for name in head if name in names), *levels, *last]
    return [{name: row.get(name, "—") for name in order} for row in rows]


def _error_of_difference(pin: Pin, one: Compared, base: Pin, first: Compared) -> float | None:
    """Return the standard error of the difference of two rates of the same rows, if it has one."""
    if pin.spec.setting.source != base.spec.setting.source:
        return None
    return differences.error(
        pin.spec, one.point.influence_bits, base.spec, first.point.influence_bits
    )


def _quantisers(kept: Sequence[Pin]) -> None:
    """Draw the rates of the quantisers that meet the levels of each scenario, if asked for."""
    with layout.card(
        "Quantisers",
        "For each scenario the quantiser of every kind that meets its levels, with the least H(Y).",
        height="content",
    ):
        if not inputs.toggle("pinned_quantisers", "Design the quantisers of each scenario"):
            return
        rows, waiting = [], []
        for k, pin in enumerate(kept):
            key, found = _designed(pin, f"pinned_quantisers_{k}")
            if isinstance(found, jobs.Done):
                rows += _rows_of(pin, found.result)
            else:
                waiting.append((pin, key, found))
        if rows:
            table(rows, "compared_quantisers")
        for pin, key, found in waiting:
            jobs.follow(key, found, what=f"Designing quantisers for {as_markdown(pin.name)}")


def _designed(pin: Pin, key: str) -> tuple[str, quantisers.Found]:
    """Return the quantisers for a scenario, or their job and its key; as on Quantisers."""
    problem = queries.attempt(pin.spec.problem)
    if isinstance(problem, Trouble):
        return key, problem
    known = quantisers.families(f"{key}_families", pin.spec, problem)
    if not isinstance(known, jobs.Done):
        return f"{key}_families", known
    return key, quantisers.meeting_levels(key, pin.spec, problem, known.result)


def _rows_of(pin: Pin, found: MetView) -> list[dict[str, str]]:
    how = queries.scale(pin.spec.setting)
    marks = plain(tuple(part.slot for part in pin.spec.setting.subsets))
    rows = []
    for one in sorted(found.candidates, key=lambda one: (not one.met, one.bits)):
        levels = (wording.said(how, float(level)) for level in one.distortions)
        rows.append(
            {
                "scenario": pin.name,
                "quantiser": one.name,
                "H(Y) (bits)": figure(one.bits, 5),
                "above the bound (bits)": figure(found.gap_bits(one), 3) if one.met else "—",
                "levels": "met" if one.met else "missed",
                "reached": ", ".join(
                    f"{mark.level} = {level}" for mark, level in zip(marks, levels, strict=True)
                ),
                "codewords": str(one.m) if one.m else "—",
            }
        )
    return rows


def _signed(bits: float) -> str:
    return f"{bits:+.4f}".replace("-", "−")


def _of_best(group: Sequence[tuple[Pin, Compared]]) -> str:
    """Say what is drawn for the scenarios with the best codebook, if there are any."""
    curves = [one.band for pin, one in group if best.is_chosen(pin.spec)]
    said = ""
    if curves:
        said = " With the best codebook it is the smallest rate of any codebook at each D."
    if any(band is None for band in curves):
        said += " Until that is solved, only the point of the scenario is drawn."
    return said


def _charts(group: Sequence[tuple[Pin, Compared]], unit: str, *, alone: bool) -> None:
    scenarios = [one for _, one in group]
    suffix = "" if alone else f" in {unit}"
    key = "" if alone else f"_{unit}"
    left, right = layout.pair()
    with layout.card(
        f"Rate–distortion functions{suffix}",
        "The certified rate along D; the other levels are those of each scenario."
        + _of_best(group),
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
