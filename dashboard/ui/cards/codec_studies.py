"""Precomputed trainings of codecs on the Learned page: D-CO, β-VAE, hinge, fewer channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from dashboard import figures
from dashboard.formatting import figure, short
from dashboard.model import studies
from dashboard.ui import layout
from dashboard.ui.cards import codec_runs
from dashboard.ui.charts import chart, colours, table

_SCHEDULE = "D-CO, schedule of van Rozendaal et al."
_PARTS = ("constrained", "halved", "capacity", "naive", "digits")


def draw() -> None:
    """Draw the runs that are kept one by one, then the studies of which means are kept."""
    codec_runs.draw()
    _summaries()


def _summaries() -> None:
    """Draw the studies of which only means over the seeds are kept."""
    parts = {name: studies.study(name) for name in _PARTS}
    known = {name: kept for name, kept in parts.items() if kept is not None}
    if not known:
        return
    left, right = layout.pair()
    with layout.card(
        "Distortion and target",
        "D-CO reaches the target; a fixed weight does not control the distortion.",
        inside=left,
    ):
        groups, lines = _achieved(known)
        drawing = figures.points(
            groups,
            across="target c (squared pixel value)",
            up="D, training data (squared pixel value)",
            line=("D = c", lines, lines),
            colours=colours(),
            logs=(True, True),
        )
        chart(drawing, "achieved", alt="Distortion on the training data against the target")
    with layout.card(
        "Rate and distortion, held-out photographs",
        "D-CO with 4 and 2 latent channels.",
        inside=right,
    ):
        drawing = figures.points(
            [
                group
                for name, label, look in (
                    ("constrained", "D-CO, 4 channels", "certified"),
                    ("halved", "D-CO, 2 channels", "closed"),
                    ("naive", "van Rozendaal et al. (2020)", "baseline"),
                )
                if name in known
                for group in [_plane(label, known[name].rows, look)]
            ],
            across="D (squared pixel value)",
            up="rate (bits per pixel)",
            colours=colours(),
            logs=(True, False),
        )
        chart(drawing, "codec_plane", alt="Rate and distortion on held-out photographs")
    with layout.card("Results", height="content"):
        rows = [_row(row) for kept in known.values() for row in kept.rows]
        table(rows, "codec_table")
        st.caption("D and c in squared pixel values, λ in bits per pixel.")
        for kept in known.values():
            st.caption(kept.caption)


def _achieved(known: dict[str, studies.Study]) -> tuple[list[figures.Group], Any]:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for kept in known.values():
        for row in kept.rows:
            kinds.setdefault(_kind(row), []).append(row)
    looks = {"D-CO": "certified", "hinge": "subset", "β-VAE": "codebook", _SCHEDULE: "baseline"}
    groups = []
    for kind, rows in kinds.items():
        x = np.array([row["target"] for row in rows])
        y = np.array([row["training_mse_mean"] for row in rows])
        spread = np.array([row["training_mse_spread"] for row in rows])
        remarks = [f"{row['data']}, {_method(row)}, {row['channels']} channels" for row in rows]
        groups.append(figures.Group(kind, x, y, looks[kind], (np.zeros(len(x)), spread), remarks))
    ends = [one.x for one in groups]
    return groups, np.geomspace(min(x.min() for x in ends), max(x.max() for x in ends), 12)


def _kind(row: dict[str, Any]) -> str:
    method = str(row["method"])
    if method.startswith("hinge"):
        return "hinge"
    if method.startswith("beta"):
        return "β-VAE"
    return "D-CO" if method == "dco" else _SCHEDULE


def _method(row: dict[str, Any]) -> str:
    """Return the name of a method, with its fixed weight if it has one."""
    name, _, weight = str(row["method"]).partition("=")
    if not weight:
        return _kind(row)
    return f"hinge, λ = {weight}" if name == "hinge" else f"β-VAE, β = {weight}"


def _plane(name: str, rows: Sequence[dict[str, Any]], look: str) -> figures.Group:
    x, y, wide, high = (
        np.array([row[f"held_out_{key}"] for row in rows])
        for key in ("mse_mean", "rate_bpp_mean", "mse_spread", "rate_bpp_spread")
    )
    remarks = [f"c = {row['target']:g}, {_method(row)}" for row in rows]
    return figures.Group(name, x, y, look, (wide, high), remarks)


def _row(row: dict[str, Any]) -> dict[str, str]:
    def both(name: str, digits: int) -> str:
        spread = row[f"{name}_spread"]
        return f"{figure(row[f'{name}_mean'], digits)} ± {figure(spread, 2)}"

    return {
        "data": row["data"],
        "c": short(row["target"]),
        "method": _method(row),
        "channels": str(row["channels"]),
        "seeds": str(row["seeds"]),
        "D (training)": both("training_mse", 4),
        "largest error": f"{100 * row['worst_error']:.1f} %",
        "R (training, bpp)": both("training_rate_bpp", 3),
        "D (held-out)": both("held_out_mse", 4),
        "R (held-out, bpp)": both("held_out_rate_bpp", 3),
        "final λ": both("lambda", 3),
        "verdict": ", ".join(sorted(set(row["verdicts"]))),
    }
