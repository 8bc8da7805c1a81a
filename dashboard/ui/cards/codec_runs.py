"""Precomputed runs of codecs on the Learned page: D-CO against β-VAE, hinge, fewer channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from dashboard import figures
from dashboard.formatting import figure
from dashboard.model import runs
from dashboard.model.glossary import explain
from dashboard.model.learning import History
from dashboard.model.runs import Pair, Point, Run
from dashboard.ui import layout
from dashboard.ui.charts import chart, colours, table
from dashboard.ui.memory import remember
from dashboard.ui.metrics import NONE, tile, tiles

_D = "D (squared pixel value)"
_RATE = "rate (bits per pixel)"
_SIDES = runs.SIDES
_CURVES = 10
_NAMES = {"beta": "β-VAE", "dco": "D-CO", "hinge": "Hinge"}
_LOOKS = {"beta": "codebook", "dco": "certified", "hinge": "subset"}


def draw() -> None:
    """Draw the runs that the app comes with, as far as there are any."""
    every = runs.kept()
    for data in ("photographs", "digits"):
        found = runs.pairs(every, data)
        if found:
            _against_beta(found, data)
    photographs = runs.chosen(every, data="photographs")
    for part in (_trajectories, _targets, _hinge, _unnormalised, _half):
        part(photographs)


@dataclass(frozen=True, eq=False)
class _Compared:
    """What pairs of runs say: points by method and side, the excess rates, the rows of a table."""

    groups: dict[tuple[int, str], figures.Group]
    excesses: dict[str, runs.Interval]
    rows: tuple[dict[str, str], ...]
    conclusion: str


@remember(8)
def _compared(found: tuple[Pair, ...]) -> _Compared:
    return _Compared(
        {(k, side): _method(found, k, side) for side in _SIDES for k in (0, 1)},
        {side: runs.interval(runs.excesses(found, side)) for side in _SIDES},
        tuple(_rows(found)),
        runs.conclusion(found),
    )


def _against_beta(found: Sequence[Pair], data: str) -> None:
    """Draw both methods in one plane, and the excess rate at equal distortion."""
    both = _compared(tuple(found))
    left, right = layout.pair()
    for side, where in (("training", left), ("held_out", right)):
        with layout.card(
            f"D-CO and β-VAE: {data}, {_SIDES[side]}",
            "The target of each D-CO is the D that a β-VAE reached on training data.",
            inside=where,
        ):
            _plane(both, data, side)
    with layout.card(f"D-CO and β-VAE: {data}, PSNR", height="content"):
        drawing = figures.points(
            [_in_psnr(both.groups[k, side], side) for side in _SIDES for k in (0, 1)],
            across="PSNR (dB)",
            up=_RATE,
            colours=colours(),
            logs=(False, True),
        )
        chart(drawing, f"pairs_{data}_psnr", alt="Rate and PSNR of both methods", height=300)
        table(both.rows, f"pairs_{data}_table")
        _origin([one for pair in found for one in pair])
        st.markdown(both.conclusion)


def _plane(both: _Compared, data: str, side: str) -> None:
    excess = both.excesses[side]
    with tiles(1, narrowest=165):
        tile(
            "Rate of D-CO minus β-VAE at equal D",
            f"{100 * excess.mean:+.1f} %".replace("-", "−"),
            f"95 % interval {excess.ends()}; pairs: {excess.number}",
            more=explain("β-VAE"),
        )
    drawing = figures.points(
        [both.groups[k, side] for k in (0, 1)],
        across=_D,
        up=_RATE,
        colours=colours(),
        logs=(True, True),
    )
    chart(drawing, f"pairs_{data}_{side}", alt=f"Rate and distortion, {_SIDES[side]}", height=260)


def _rows(found: Sequence[Pair]) -> list[dict[str, str]]:
    """Return a row for each β with means ± standard deviations over the seeds."""
    rows = []
    excesses = {side: runs.excesses(found, side) for side in _SIDES}
    for weight in sorted({pair.beta.weight for pair in found}):
        mine = np.array([pair.beta.weight == weight for pair in found])
        pairs = [pair for pair, own in zip(found, mine, strict=True) if own]
        row = {"β": f"{weight:g}", "seeds": str(len(pairs))}
        for k, name in enumerate(("β-VAE", "D-CO")):
            (point,) = runs.points([pair[k] for pair in pairs], "training", by=lambda _: 0)
            row[f"D, {name}"] = _pm(point.D, point.D_spread, 4)
            row[f"R, {name} (bpp)"] = _pm(point.rate, point.rate_spread, 3)
        worst = max((pair.dco.error for pair in pairs), key=abs)
        row["largest error of D"] = f"{100 * worst:+.2f} %".replace("-", "−")
        row["verdict"] = _verdicts([pair.dco for pair in pairs])
        for side, values in excesses.items():
            spread = values[mine].std(ddof=1) if mine.sum() > 1 else 0.0
            row[f"rate at equal D, {_SIDES[side]}"] = (
                _pm(100 * float(values[mine].mean()), 100 * float(spread), 2) + " %"
            )
        rows.append(row)
    return rows


def _pm(mean: float, spread: float, digits: int) -> str:
    """Return a mean with its standard deviation, which is 0 for one seed and left out."""
    return figure(mean, digits) + (f" ± {figure(spread, 2)}" if spread else "")


def _method(found: Sequence[Pair], k: int, side: str) -> figures.Group:
    """Return the points of the β-VAEs (k = 0) or of D-CO (1), one for each β."""
    weights = {pair[k]: pair.beta.weight for pair in found}
    shown = runs.points((pair[k] for pair in found), side, by=weights.__getitem__)
    said = "β = {:g}" if k == 0 else "target: D of β = {:g}"
    name = ("beta", "dco")[k]
    return _group(
        _NAMES[name], shown, _LOOKS[name], lambda point: said.format(weights[point.runs[0]])
    )


def _group(
    name: str, shown: Sequence[Point], look: str, remark: Callable[[Point], str]
) -> figures.Group:
    x, wide, y, high = (np.array([point[k] for point in shown]) for k in range(1, 5))
    remarks = [f"{remark(point)}, {_seeds(point.runs)}" for point in shown]
    return figures.Group(name, x, y, look, (wide, high), remarks)


def _in_psnr(group: figures.Group, side: str) -> figures.Group:
    assert group.spread is not None
    wide = 10 / np.log(10) * group.spread[0] / group.x
    look = {"codebook": "subset", "certified": "closed"}[group.look]
    return figures.Group(
        f"{group.name}, {_SIDES[side]}",
        runs.psnr(group.x),
        group.y,
        group.look if side == "training" else look,
        (wide, group.spread[1]),
        group.remarks,
    )


def _trajectories(every: Sequence[Run]) -> None:
    """Draw λ by update for the targets of one seed."""
    mine = runs.chosen(every, method="dco", channels=4, recipe="settled")
    if not mine:
        return
    seeds = [one.seed for one in mine]
    seed = max(set(seeds), key=lambda value: (seeds.count(value), -value))
    elsewhere = {one.target for one in mine if one.seed != seed}
    own = sorted((one for one in mine if one.seed == seed), key=lambda one: one.target)
    # The targets that are the D of a β-VAE differ by seed.
    shown = own if len(own) <= _CURVES else [one for one in own if one.target in elsewhere]
    with layout.card(
        "Multiplier by update, several targets",
        f"One seed, {seed}. λ is constant for the first quarter of the training, and its limit then"
        " rises to 1000 at the middle; a target that cannot be reached ends there.",
        height="content",
    ):
        histories = {f"c = {one.target:g}": _history(one) for one in shown}
        drawing = figures.along(
            histories, "lambda", title="multiplier λ (bits per pixel)", log=True, colours=colours()
        )
        chart(drawing, "trajectories", alt="Multiplier of each target by update", height=300)
        _origin(shown)


def _history(one: Run) -> History:
    values = one.multipliers
    return History(np.linspace(0, one.steps, len(values) + 1)[1:], {"lambda": values})


def _targets(every: Sequence[Run]) -> None:
    """Draw the D that D-CO reaches for targets that are set in advance."""
    mine = runs.chosen(runs.in_advance(every), channels=4)
    if not mine:
        return
    targets = np.array(sorted({one.target for one in mine}))
    with layout.card("D-CO with targets set in advance", height="content"):
        drawing = figures.points(
            [_ratios("D/c", runs.points(mine, "training"), "certified")],
            across="target c (squared pixel value)",
            up="D/c, training data",
            line=("D = c", targets[[0, -1]], np.ones(2)),
            colours=colours(),
            logs=(True, True),
        )
        chart(drawing, "targets", alt="D relative to the target by target", height=300)
        _table(mine, "targets_table")


def _ratios(name: str, shown: Sequence[Point], look: str) -> figures.Group:
    """Return D/c by target."""
    at = np.array([point.runs[0].target for point in shown])
    ratio, spread = (np.array([point[k] for point in shown]) / at for k in (1, 2))
    remarks = [f"{_verdicts(point.runs)}, {_seeds(point.runs)}" for point in shown]
    return figures.Group(name, at, ratio, look, (np.zeros(len(shown)), spread), remarks)


def _hinge(every: Sequence[Run]) -> None:
    """Draw D/c of hinges by their weight: too low a weight misses, a high one wastes rate."""
    mine = runs.chosen(every, method="hinge")
    if not mine:
        return
    looks = ("certified", "codebook", "subset", "closed")
    targets = sorted({one.target for one in mine})
    with layout.card(
        "Hinge with a fixed weight λ",
        "Above the line the target is missed; below it D is smaller than asked for, and the rate"
        " larger than needed.",
        height="content",
    ):
        groups = []
        for target, look in zip(targets, looks, strict=False):
            own = runs.points(runs.chosen(mine, target=target), "training")
            weights = np.array([point.runs[0].weight for point in own])
            ratio, spread = (np.array([point[k] for point in own]) / target for k in (1, 2))
            remarks = [f"{_verdicts(point.runs)}, {_seeds(point.runs)}" for point in own]
            still = np.zeros(len(own))
            groups.append(
                figures.Group(f"c = {target:g}", weights, ratio, look, (still, spread), remarks)
            )
        ends = np.array([min(one.weight for one in mine), max(one.weight for one in mine)])
        drawing = figures.points(
            groups,
            across="fixed λ (bits per pixel)",
            up="D/c, training data",
            line=("D = c", ends, np.ones(2)),
            colours=colours(),
            logs=(True, True),
        )
        chart(drawing, "hinge_runs", alt="D relative to the target by the hinge's weight")
        _table(mine, "hinge_table")


def _unnormalised(every: Sequence[Run]) -> None:
    """Draw what both forms of the constraint reach with the same settings for all targets."""
    other = runs.chosen(every, method="dco", recipe="unnormalised", channels=4)
    if not other:
        return
    targets = {one.target for one in other}
    usual = [
        one
        for one in runs.chosen(every, method="dco", recipe="settled", channels=4)
        if one.target in targets
    ]
    with layout.card(
        "Constraint with and without normalisation",
        "R + λ(D/c − 1) and R + λ(D − c)/200, with the same steps of λ for all targets.",
        height="content",
    ):
        groups = [
            _ratios(name, runs.points(mine, "training"), look)
            for name, look, mine in (("D/c − 1", "certified", usual), ("D − c", "subset", other))
        ]
        drawing = figures.points(
            groups,
            across="target c (squared pixel value)",
            up="D/c, training data",
            line=("D = c", np.array([min(targets), max(targets)]), np.ones(2)),
            colours=colours(),
            logs=(True, False),
        )
        chart(drawing, "unnormalised_runs", alt="D relative to the target for both constraints")
        _table([*usual, *other], "unnormalised_table")


def _half(every: Sequence[Run]) -> None:
    """Draw β-VAE and D-CO with half the channels, joined with the same setting at full ones."""
    if not runs.chosen(every, channels=2):
        return
    for method, where in zip(("beta", "dco"), layout.pair(), strict=True):
        mine = runs.chosen(every, method=method, recipe="settled")
        whole, half = (
            {_setting(point.runs[0]): point for point in runs.points(own, "training", by=_setting)}
            for own in (runs.chosen(mine, channels=4), runs.chosen(mine, channels=2))
        )
        shared = sorted(set(whole) & set(half))
        if not shared:
            continue
        with layout.card(
            f"Half the latent channels: {_NAMES[method]}",
            "Lines join the same β." if method == "beta" else "Lines join the same target.",
            inside=where,
        ):
            joins = [
                (
                    np.array([whole[key].D, half[key].D]),
                    np.array([whole[key].rate, half[key].rate]),
                )
                for key in shared
            ]
            groups = [
                _group(name, [points[key] for key in shared], look, _setting_remark)
                for name, points, look in (
                    ("4 channels", whole, "certified"),
                    ("2 channels", half, "subset"),
                )
            ]
            groups[0] = replace(groups[0], joins=joins)
            drawing = figures.points(
                groups, across=_D, up=_RATE, colours=colours(), logs=(True, True)
            )
            chart(drawing, f"half_{method}", alt=f"{_NAMES[method]} with 4 and 2 channels")
            shown = [points[key] for points in (whole, half) for key in shared]
            _table([one for point in shown for one in point.runs], f"half_{method}_table")


def _setting(one: Run) -> float:
    """Return β, or the target of D-CO."""
    return one.weight or one.target


def _setting_remark(point: Point) -> str:
    one = point.runs[0]
    if one.method == "beta":
        return f"β = {one.weight:g}"
    return f"c = {one.target:g}, {_verdicts(point.runs)}"


def _verdicts(mine: Sequence[Run]) -> str:
    """Return how many of the runs with a target have each verdict."""
    words = Counter(one.verdict for one in mine if one.target)
    if len(words) == 1:
        return next(iter(words))
    return ", ".join(f"{count} {word}" for word, count in words.most_common()) or "no target"


def _table(mine: Sequence[Run], key: str) -> None:
    rows = []
    for point in sorted(runs.points(mine, "training"), key=_order):
        one = point.runs[0]
        rows.append(
            {
                "method": _NAMES[one.method] + (", D − c" if one.recipe == "unnormalised" else ""),
                "weight": f"{one.weight:g}" if one.weight else NONE,
                "c": f"{one.target:g}" if one.target else NONE,
                "channels": str(one.channels),
                "seeds": str(len(point.runs)),
                _D: _pm(point.D, point.D_spread, 4),
                "R (bpp)": _pm(point.rate, point.rate_spread, 3),
                "verdict": _verdicts(point.runs),
            }
        )
    nothing = {name for name in ("weight", "c") if all(row[name] == NONE for row in rows)}
    told = [{name: text for name, text in row.items() if name not in nothing} for row in rows]
    table(told, key)
    _origin(mine)


def _order(point: Point) -> tuple[float, ...]:
    one = point.runs[0]
    return (one.target, one.weight, -one.channels)


def _seeds(mine: Sequence[Run]) -> str:
    return f"{len(mine)} seed{'s' if len(mine) > 1 else ''}"


def _origin(mine: Sequence[Run]) -> None:
    """Say the script, the number of seeds and what ± is."""
    seeds = len({one.seed for one in mine})
    few = "" if seeds >= runs.ENOUGH else " With so few seeds the spread is rough."
    spread = f" ± and bars are standard deviations over the seeds.{few}" if seeds > 1 else ""
    steps = ", ".join(f"{count}" for count in sorted({one.steps for one in mine}))
    st.caption(
        f"Precomputed by `{runs.MADE_BY}`: {seeds} seed{'s' if seeds > 1 else ''},"
        f" {steps} updates.{spread}"
    )
