"""The Learned page: energy-based Blahut–Arimoto and what all its parts share."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import figures
from dashboard.formatting import figure, percent
from dashboard.model import studies
from dashboard.model.codecs import CodecSpec, UniversalSpec
from dashboard.model.learning import Course, EnergySpec, EnergyView, Law
from dashboard.tasks import train_energy
from dashboard.ui import inputs, jobs, layout, state
from dashboard.ui.charts import chart, colours
from dashboard.ui.metrics import tile, tiles

Part = Literal["constrained", "energy", "universal"]
PARTS: dict[Part, str] = {
    "constrained": "Trained to a distortion",
    "energy": "Energy-based Blahut–Arimoto",
    "universal": "One encoder, many decoders",
}
LIMITS = jobs.Limits(seconds=900.0, result_bytes=64 * 2**20)
_LAWS: dict[Law, str] = {
    "gaussian": "Gaussian",
    "plane": "Gaussian in the plane",
    "laplace": "Laplace",
    "three_modes": "Three modes",
}
_LENGTHS = {"short": "Short", "usual": "Usual", "longer": "Longer"}
Spec = EnergySpec | CodecSpec | UniversalSpec


def part() -> Part | None:
    """Draw which of the systems to look at, or what is missing for all of them."""
    if not train_energy.available():
        st.warning("This page needs JAX and Optax: `pip install jax optax` adds them, about 90 MB.")
        return None
    chosen: Part = inputs.segments("system", "System", PARTS, label_visibility="collapsed")
    return chosen


def asked(key: str, spec: Spec, *, seconds: int) -> Spec | None:
    """Draw the button that starts a training; return the one last asked for, if there is one."""
    kept: Spec | None = state.read(f"_{key}_asked")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Train",
            key=f"{key}_train",
            type="primary",
            icon=":material/model_training:",
            on_click=state.write,
            args=(f"_{key}_asked", spec),
            disabled=kept == spec,
        )
        if kept is None:
            st.caption(f"About {seconds} seconds on one core; the seed fixes all chance.")
        elif kept != spec:
            st.caption("What is shown was trained with other settings.")
    return kept


def energy() -> None:
    """Draw the energy-based part: settings, a live training, and its judgement."""
    st.markdown(
        r"One energy $E(\hat x)$ stands for the law of the reproduction, $e^{-E(\hat x)}$, and for"
        r" the channel, $e^{-E(\hat x)-\beta|x-\hat x|^2}$. Langevin sampling trains it; the exact"
        " solver judges it."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        law: Law = inputs.segments("law", "Source", _LAWS)
        beta = inputs.number("beta", "Slope β (nats per error²)", width=190)
        spread = 1.0
        if law != "three_modes":
            label = "Second variance" if law == "plane" else "Variance"
            spread = inputs.number(f"{law}_v", label, width=150)
        steps, seed = length("energy", {"usual": 1500, "longer": 6000})
    spec = EnergySpec(law, spread, beta, steps, seed)
    kept = asked("energy", spec, seconds=25 * steps // 1500)
    if isinstance(kept, EnergySpec):
        found = jobs.run("energy", kept, train_energy.energy, limits=LIMITS)
        if isinstance(found, jobs.Done):
            _energy(found.result, kept)
        else:
            jobs.follow("energy", found, what="Training an energy", draw=_energy_so_far)
    _energy_study()


def length(key: str, steps: dict[str, int]) -> tuple[int, int]:
    """Draw how long to train and the seed; return updates and seed."""
    names = {name: _LENGTHS[name] for name in steps}
    chosen = inputs.segments(f"{key}_length", "Training", names)
    seed = inputs.whole(f"{key}_seed", "Seed", width=110)
    return steps[chosen], seed


def _energy_so_far(shown: Course) -> None:
    drawing = figures.along(
        {"rate by the bound": shown}, "rate_bits", title="bits", colours=colours()
    )
    chart(drawing, "energy_so_far", alt="Rate by the bound along the training so far")


def _energy(shown: EnergyView, spec: EnergySpec) -> None:
    closed = np.isfinite(shown.closed_bits)
    least, most = (max(value, 0.0) for value in shown.excess_bits)
    with tiles(4, narrowest=165):
        tile(
            "Rate by the network's bound",
            figure(shown.rate_bits),
            f"± {figure(shown.rate_error_bits, 2)}; R(D) is {figure(shown.closed_bits)}"
            if closed
            else f"± {figure(shown.rate_error_bits, 2)}",
            unit="bits",
        )
        off = percent(shown.level / shown.optimal - 1)
        tile(
            "Distortion D",
            figure(shown.level),
            f"{off} of the optimal" if closed else f"± {figure(shown.level_error, 2)}",
        )
        tile(
            "Its channel on a grid",
            figure(shown.channel_bits),
            f"at D {figure(shown.channel_level)}",
            unit="bits",
        )
        tile("Above R(D), proved", figure(most, 2), f"at least {figure(least, 2)}", unit="bits")
    left, right = layout.pair()
    with layout.card("The law of the reproduction", inside=left):
        discrete = spec.law in ("three_modes", "laplace")
        st.caption(
            "The optimum has a few reproductions; a density can only come near."
            if discrete
            else "Along the first axis."
        )
        drawing = figures.densities(shown, discrete=discrete, colours=colours())
        chart(drawing, "densities", alt="Learned density and optimal reproductions")
    with layout.card(
        "In the plane of rate and distortion",
        "The learned channel cannot be below R(D).",
        inside=right,
    ):
        groups = [
            figures.Group(
                "bound by the network",
                np.array([shown.level]),
                np.array([shown.rate_bits]),
                "subset",
            ),
            figures.Group(
                "its channel, certified",
                np.array([shown.channel_level]),
                np.array([shown.channel_bits]),
                "codebook",
            ),
        ]
        drawing = figures.points(
            groups,
            across="D (squared error)",
            up="rate (bits)",
            line=("R(D)", shown.curve_levels, shown.curve_bits),
            colours=colours(),
        )
        chart(drawing, "energy_plane", alt="The learned channel over R(D)")
    take_course("energy", shown.course, spec)


def _energy_study() -> None:
    kept = studies.study("energy")
    if kept is None:
        return
    with layout.card("Over sources, slopes and seeds", height="content"):
        names = list(dict.fromkeys(row["case"] for row in kept.rows))
        rows = []
        for name in names:
            mine = [row for row in kept.rows if row["case"] == name]
            rows.append(
                {
                    "case": name,
                    "rate by the bound (bits)": _several(mine, "rate_bits"),
                    "off R(D) (bits)": _several(mine, "rate_off_bits"),
                    "D": _several(mine, "distortion"),
                    "off the optimal D": _several(mine, "distortion_off", percent=True),
                    "above R(D), proved (bits)": _several(mine, "excess_bits"),
                    "before training": _several(mine, "untrained_excess_bits"),
                }
            )
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="energy_table")
        st.caption(
            f"{kept.caption} Means, and the largest distance from them. In ten dimensions there is"
            " no grid to prove on."
        )


def _several(rows: list[dict[str, Any]], name: str, *, percent: bool = False) -> str:
    values = np.array([row[name] for row in rows if row.get(name) is not None], dtype=float)
    if not len(values):
        return "—"
    scale, unit = (100.0, " %") if percent else (1.0, "")
    middle = float(values.mean()) * scale
    off = float(np.abs(values - values.mean()).max()) * scale
    return f"{figure(middle, 3)} ± {figure(off, 2)}{unit}"


def take_course(name: str, course: Course, spec: Spec) -> None:
    """Offer the history of a training as CSV or JSON."""
    layout.downloads(f"{name}_history", {"update": course.steps, **course.values}, spec)
