"""The Learned page: energy-based Blahut–Arimoto and the functions that its parts share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import streamlit as st

from dashboard import figures
from dashboard.formatting import LN2, at_most, figure, percent
from dashboard.model import scripts, studies
from dashboard.model.claims import constrained, universal
from dashboard.model.claims import energy as energy_based
from dashboard.model.claims.claim import Claim
from dashboard.model.codecs import CodecSpec, UniversalSpec
from dashboard.model.glossary import explain
from dashboard.model.learning import (
    EnergySpec,
    EnergyView,
    ErrorName,
    History,
    SourceName,
    Updates,
)
from dashboard.tasks import train_energy
from dashboard.ui import inputs, jobs, layout, state, takeaway
from dashboard.ui.cards.claims import listed
from dashboard.ui.charts import chart, colours, table
from dashboard.ui.metrics import explained, tile, tiles

Part = Literal["constrained", "energy", "universal"]
PARTS: dict[Part, str] = {
    "constrained": "Codec with a distortion target",
    "energy": "Energy-based Blahut–Arimoto",
    "universal": "One encoder, several decoders",
}
LIMITS = jobs.Limits(seconds=900.0, result_bytes=64 * 2**20)
_SOURCES: dict[SourceName, str] = {
    "gaussian": "Gaussian",
    "plane": "Gaussian in the plane",
    "laplace": "Laplace",
    "three_modes": "Three modes",
}
_ERRORS: dict[ErrorName, str] = {"squared_error": "Squared", "absolute": "Absolute"}
_UNITS: dict[ErrorName, str] = {"squared_error": "unit²", "absolute": "unit"}
_LENGTHS = {"short": "Short", "usual": "Usual", "longer": "Longer"}
_CLAIMS: dict[Part, tuple[str, Callable[[], tuple[Claim, ...]]]] = {
    "constrained": ("van Rozendaal et al. (2020)", constrained.claims),
    "energy": ("Li, Kim and Guyot (2023)", energy_based.claims),
    "universal": ("Nguyen et al. (2025)", universal.claims),
}
Spec = EnergySpec | CodecSpec | UniversalSpec


def part() -> Part | None:
    """Draw the choice of the system, or the missing packages."""
    if not train_energy.available():
        st.warning(
            "This page needs JAX and Optax. Install them with `pip install jax optax` (about"
            " 90 MB)."
        )
        return None
    chosen: Part = inputs.segments("system", "System", PARTS, label_visibility="collapsed")
    return chosen


def asked(key: str, spec: Spec, *, seconds: int) -> Spec | None:
    """Draw the button that starts a training; return the spec last requested, if any."""
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
            st.caption(f"About {seconds} seconds on one core. Equal seeds give equal results.")
        elif kept != spec:
            st.caption("The result below was trained with different settings.")
    return kept


def energy() -> None:
    """Draw the energy-based part: settings, training, comparison with the exact solution."""
    st.markdown(
        r"One energy $E(\hat x)$ defines the distribution of the reproduction, proportional to"
        r" $e^{-E(\hat x)}$, and the channel, proportional to"
        r" $e^{-E(\hat x)-\beta\rho(x,\hat x)}$, with squared or absolute error $\rho$. It is"
        " trained by Langevin sampling and compared with the exact solution. Method: Li, Kim and"
        " Guyot, “Rate-Distortion via Energy-Based Models”."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        law: SourceName = inputs.segments("law", "Source", _SOURCES)
        error: ErrorName = inputs.segments("error", "Error", _ERRORS)
        beta = inputs.number("beta", f"Slope β (nats/{_UNITS[error]})", width=190)
        spread = 1.0
        if law != "three_modes":
            label = "Second variance (unit²)" if law == "plane" else "Variance (unit²)"
            spread = inputs.number(f"{law}_v", label, width=150)
        published = inputs.toggle(
            "published",
            "Updates as published",
            help="Langevin steps without correction, a critic of x and x̂ that ascends equation (9),"
            " and descent of equation (10) by covariances over the samples. Otherwise steps are"
            " accepted or rejected, and only the part of the critic that is not known is learned.",
        )
        steps, seed = length("energy", {"usual": 1500, "longer": 6000})
    updates: Updates = "published" if published else "adjusted"
    spec = EnergySpec(law, spread, beta, steps, seed, error, updates)
    kept = asked("energy", spec, seconds=25 * steps // 1500)
    shown = kept if isinstance(kept, EnergySpec) else spec
    takeaway.script(lambda: scripts.energy(shown))
    if isinstance(kept, EnergySpec):
        found = jobs.run("energy", kept, train_energy.energy, limits=LIMITS)
        jobs.show(
            "energy",
            found,
            lambda done: _energy(done, kept),
            what="Training an energy",
            so_far=_energy_so_far,
        )
    _energy_study()
    _published_study()


def length(key: str, steps: dict[str, int]) -> tuple[int, int]:
    """Draw the training length and the seed; return updates and seed."""
    names = {name: _LENGTHS[name] for name in steps}
    chosen = inputs.segments(f"{key}_length", "Training length", names)
    seed = inputs.whole(f"{key}_seed", "Seed", width=110)
    return steps[chosen], seed


def _energy_so_far(shown: History) -> None:
    drawing = figures.along(
        {"bound on the rate": shown}, "rate_bits", title="rate (bits per symbol)", colours=colours()
    )
    chart(drawing, "energy_so_far", alt="Bound on the rate during training so far")


def _energy(shown: EnergyView, spec: EnergySpec) -> None:
    closed, unit = np.isfinite(shown.closed_bits), _UNITS[spec.error]
    least, most = (max(value, 0.0) for value in shown.excess_bits)
    with tiles(4, narrowest=165):
        tile(
            "Rate, bound of the network",
            figure(shown.rate_bits),
            f"± {figure(shown.rate_error_bits, 2)}; R(D) = {figure(shown.closed_bits)} bits"
            if closed
            else f"± {figure(shown.rate_error_bits, 2)} bits",
            unit="bits",
            more=explained("energy", "rate"),
        )
        off = percent(shown.level / shown.optimal - 1)
        tile(
            "Distortion D",
            figure(shown.level),
            f"{off} relative to the optimum"
            if closed
            else f"± {figure(shown.level_error, 2)} {unit}",
            unit=unit,
        )
        tile(
            "Rate, channel on a grid",
            figure(shown.channel_bits),
            f"at D = {figure(shown.channel_level)} {unit}",
            unit="bits",
        )
        tile(
            "Proved excess over R(D)",
            f"≤ {at_most(most)}",
            f"≥ {figure(least, 2)} bits",
            unit="bits",
            more=explain("proved excess"),
        )
    left, right = layout.pair()
    with layout.card("Distribution of the reproduction", inside=left):
        discrete = spec.law in ("three_modes", "laplace") or spec.error == "absolute"
        if spec.error == "absolute":
            st.caption("A density cannot represent reproductions of positive probability.")
        elif discrete:
            st.caption("The optimum is discrete; a density can only approximate it.")
        else:
            st.caption("Density along the first axis.")
        drawing = figures.densities(shown, discrete=discrete, colours=colours())
        chart(drawing, "densities", alt="Learned density and optimal reproductions")
    with layout.card(
        "Rate and distortion",
        "The learned channel cannot be below R(D).",
        inside=right,
    ):
        groups = [
            figures.Group(
                "bound of the network",
                np.array([shown.level]),
                np.array([shown.rate_bits]),
                "subset",
            ),
            figures.Group(
                "channel on a grid",
                np.array([shown.channel_level]),
                np.array([shown.channel_bits]),
                "codebook",
            ),
        ]
        drawing = figures.points(
            groups,
            across=f"D ({unit})",
            up="rate (bits per symbol)",
            line=("R(D)", shown.curve_levels, shown.curve_bits),
            colours=colours(),
        )
        chart(drawing, "energy_plane", alt="Rate and distortion of the learned channel, with R(D)")
    _objective(shown, spec)
    offer_history("energy", shown.history, spec)


def _objective(shown: EnergyView, spec: EnergySpec) -> None:
    """Draw the objective of Blahut–Arimoto by update; on a line only."""
    if "objective_bits" not in shown.history.values:
        return
    with layout.card(
        "Objective of Blahut–Arimoto",
        "I + βD plus the divergence of the output from the learned marginal, by quadrature. An"
        " exact round never increases it; updates from samples can.",
        height="content",
    ):
        least = shown.channel_bits - shown.excess_bits[1]
        goal = least + spec.beta * shown.channel_level / LN2
        drawing = figures.along(
            {"objective": shown.history},
            "objective_bits",
            title="objective (bits per symbol)",
            goal=(goal, "R(D) + βD, exact solver"),
            colours=colours(),
        )
        chart(drawing, "energy_objective", alt="Objective of Blahut–Arimoto by update", height=300)


def _energy_study() -> None:
    kept = studies.study("energy")
    if kept is None:
        return
    with layout.card("Results over sources, slopes and seeds", height="content"):
        names = list(dict.fromkeys(row["case"] for row in kept.rows))
        rows = []
        for name in names:
            mine = [row for row in kept.rows if row["case"] == name]
            rows.append(
                {
                    "case": name,
                    "seeds": str(len(mine)),
                    "bound on the rate (bits)": _several(mine, "rate_bits"),
                    "minus R(D) (bits)": _several(mine, "rate_off_bits"),
                    "minus Shannon’s lower bound (bits)": _several(mine, "shannon_off_bits"),
                    "D (unit²)": _several(mine, "distortion"),
                    "D relative to the optimum": _several(mine, "distortion_off", percent=True),
                    "proved excess (bits)": _several(mine, "excess_bits"),
                    "proved excess before training (bits)": _several(mine, "untrained_excess_bits"),
                }
            )
        table(rows, "energy_table")
        st.caption(
            f"{kept.caption} In ten dimensions no grid is feasible, so there is no proved excess."
        )


def _published_study() -> None:
    """Draw what the published updates reach, beside the others."""
    kept, usual = studies.study("published"), studies.study("energy")
    if kept is None or usual is None:
        return
    with layout.card("The published updates", height="content"):
        rows = [
            {
                "case": name,
                "updates": title,
                "seeds": str(len(mine)),
                "bound on the rate (bits)": _several(mine, "rate_bits"),
                "D (unit²)": _several(mine, "distortion"),
                "channel on a grid (bits)": _several(mine, "grid_rate_bits"),
                "proved excess (bits)": _several(mine, "excess_bits"),
            }
            for name in dict.fromkeys(row["case"] for row in kept.rows)
            for title, study in (("as published", kept), ("adjusted", usual))
            if (mine := [row for row in study.rows if row["case"] == name])
        ]
        table(rows, "published_table")
        st.caption(kept.caption)


def claims(chosen: Part | None) -> None:
    """Draw what the publication on a system claims, with verdicts."""
    if chosen is None:
        return
    authors, found = _CLAIMS[chosen]
    with st.expander(f"Claims of {authors}"):
        listed(found(), f"{chosen}_claims")


def _several(rows: list[dict[str, Any]], name: str, *, percent: bool = False) -> str:
    values = np.array([row[name] for row in rows if row.get(name) is not None], dtype=float)
    if not len(values):
        return "—"
    scale, unit = (100.0, " %") if percent else (1.0, "")
    mean = float(values.mean()) * scale
    deviation = float(values.std(ddof=1)) * scale if len(values) > 1 else 0.0
    return f"{figure(mean, 3)} ± {figure(deviation, 2)}{unit}"


def offer_history(name: str, history: History, spec: Spec) -> None:
    """Offer the history of a training as CSV or JSON."""
    layout.downloads(f"{name}_history", {"update": history.steps, **history.values}, spec)
