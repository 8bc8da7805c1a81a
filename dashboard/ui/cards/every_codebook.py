"""Every codebook beside the chosen one: the least rate of all, its proof, its codewords."""

from __future__ import annotations

import streamlit as st

from dashboard.formatting import duration, figure
from dashboard.model.specs import ProblemSpec, Setting
from dashboard.model.views import IN_USE, Point, Trouble
from dashboard.tasks import solve
from dashboard.ui import jobs, layout
from dashboard.ui.metrics import tile, tiles
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
    with layout.card("Every codebook", height="content"):
        if not isinstance(best, Point):
            jobs.follow(_KEY, best, what="Solving over every codebook")
            return
        more = point.rate_bits - best.rate_bits
        with tiles(4):
            tile(
                "Least rate of all",
                figure(best.rate_bits),
                f"gap ≤ {figure(best.gap_bits, 2)} bits",
                unit="bits",
                border=False,
            )
            tile(
                "This codebook costs",
                figure(max(more, 0.0)),
                f"± {figure(max(best.gap_bits, point.gap_bits), 2)} bits",
                unit="bits more",
                border=False,
            )
            used = int((best.masses > IN_USE).sum())
            tile(
                "Codewords it takes",
                str(used),
                "open diamonds",
                unit=f"against {point.in_use}",
                border=False,
            )
            tile(
                "Price of D, λ",
                figure(best.price_bits),
                f"here {figure(point.price_bits)}",
                unit=f"bits/{unit}",
                border=False,
            )
        st.caption(
            f"Proved for {best.scope}: no codewords, however many and wherever they are, allow"
            f" less than {figure(best.rate_bits - best.gap_bits, 10)} bits at these levels."
            f" Found in {duration(best.seconds)}."
        )
