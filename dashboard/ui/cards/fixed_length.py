"""The what-if of codes of fixed length on the Quantisers page."""

from __future__ import annotations

from dashboard.formatting import counted, figure, short
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Trouble
from dashboard.ui import inputs, layout, queries
from dashboard.ui.metrics import tile, tiles


def card(spec: ProblemSpec) -> None:
    """Draw the estimated rate of a code of fixed length that may miss D; nothing without a V."""
    if isinstance(queries.attempt(queries.fixed_length, spec, 1000, 0.01), Trouble | None):
        return
    with layout.card(
        "What if the code had a fixed length?",
        "A code of fixed length over n symbols may miss D with a probability ε. This is an"
        " approximation, not a bound, and it says nothing about the codes above: their lengths vary"
        " and their mean distortion meets the levels.",
        height="content",
    ):
        with layout.toolbar("fixed_length"):
            n = inputs.whole("block", "Symbols n")
            epsilon = inputs.number("miss", "Probability ε of a miss", format="%g", step=0.01)
        found = queries.attempt(queries.fixed_length, spec, n, epsilon)
        if found is None or isinstance(found, Trouble):
            return
        with tiles(3, narrowest=200):
            tile(
                "Estimated rate",
                f"≈ {figure(found.rate_bits, 5)}",
                f"n = {counted(n)}, ε = {short(epsilon)}",
                unit="bits",
                border=False,
            )
            tile(
                "Above R(D)",
                f"≈ {figure(found.rate_bits - found.bound_bits, 3)}",
                "√(V/n) Q⁻¹(ε)",
                unit="bits",
                border=False,
            )
            tile(
                "Dispersion V",
                figure(found.dispersion_bits, 4),
                "variance of the tilted information",
                unit="bits²",
                border=False,
            )
