"""Every codebook beside the chosen one: the least rate of all, its proof, its codewords."""

from __future__ import annotations

import streamlit as st

from dashboard.formatting import figure
from dashboard.model.specs import ProblemSpec, Setting
from dashboard.model.views import IN_USE, Point, Trouble
from dashboard.tasks import solve
from dashboard.ui import jobs
from dashboard.ui.sidebar import controls

_KEY = "every_codebook"


def found(spec: ProblemSpec) -> Point | jobs.Running | Trouble | None:
    """Return the solution over every codebook as far as it is there; None: not asked for."""
    if not controls.wants_every(spec.setting):
        return None
    result = jobs.run(
        _KEY,
        _without_codebook(spec),
        solve.every,
        inputs=lambda: (spec.problem(),),
        patience=jobs.PATIENCE,
    )
    return result.result if isinstance(result, jobs.Done) else result


def _without_codebook(spec: ProblemSpec) -> ProblemSpec:
    """Return the same for all codebooks, for the answer does not depend on the chosen one."""
    old = spec.setting
    setting = Setting(
        old.source,
        distortion=old.distortion,
        subset=old.subset,
        measure=old.measure,
        subset_level=old.subset_level,
    )
    return ProblemSpec(setting, spec.level)


def card(point: Point | None, best: Point | jobs.Running | Trouble | None, unit: str) -> None:
    """Draw the rate over every codebook beside that of the chosen one, with the proof of it."""
    if best is None or point is None:
        return
    with st.container(border=True, gap="small"):
        st.markdown("##### Every codebook")
        if not isinstance(best, Point):
            jobs.follow(_KEY, best, what="Solving over every codebook")
            return
        more = point.rate_bits - best.rate_bits
        with st.grid(4, min_column_width=150, gap="small"):
            _metric(
                "Least rate of all",
                f"{figure(best.rate_bits)} :small[bits]",
                f"gap ≤ {figure(best.gap_bits, 2)} bits",
            )
            _metric(
                "This codebook costs",
                f"{figure(max(more, 0.0))} :small[bits more]",
                f"± {figure(max(best.gap_bits, point.gap_bits), 2)} bits",
            )
            used = int((best.masses > IN_USE).sum())
            _metric(
                "Codewords it takes",
                f"{used} :small[against {point.in_use}]",
                "open diamonds",
            )
            _metric(
                "Price of D, λ",
                f"{figure(best.price_bits)} :small[bits/{unit}]",
                f"here {figure(point.price_bits)}",
            )
        st.caption(
            f"Proved for {best.scope}: no codewords, however many and wherever they are, allow"
            f" less than {figure(best.rate_bits - best.gap_bits, 10)} bits at these levels."
            f" Found in {_time(best.seconds)}."
        )


def _metric(label: str, value: str, below: str) -> None:
    st.metric(label, value, below, delta_color="off", delta_arrow="off")


def _time(seconds: float) -> str:
    return f"{1e3 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
