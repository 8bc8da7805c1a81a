"""The figures of the lessons and of the certificate on the Guide page."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures import theme
from dashboard.figures.marks import operating_point
from dashboard.figures.shared import colourbar
from dashboard.figures.theme import Palette
from dashboard.model.lessons.views import Bracket, Files, LabelCurve, Recorded, Splits, Water
from dashboard.model.views import Floats

_MOST_NAMED = 12
# Names that stand below the bars beside each other on a phone; a hover has all.
_MOST_COMPONENTS = 6


def water(view: Water, colours: Palette, *, unit: str) -> go.Figure:
    """Draw the variance of each component as a bar, and the water level across the bars."""
    places = np.arange(len(view.names))
    step = -(-len(places) // _MOST_COMPONENTS)
    under = view.distortions
    hover = f"%{{customdata}}<br>%{{y:.4f}} {unit}"
    bars = [
        _bars("distortion", 0 * under, under, colours.closed),
        _bars("variance coded", under, view.variances - under, colours.certified),
    ]
    for one in bars:
        one |= {
            "x": places,
            "customdata": np.array(view.names),
            "hovertemplate": f"{hover}<extra>{one['name']}</extra>",
        }
    lines = [
        {
            "type": "scatter",
            "name": "water level θ",
            "mode": "lines",
            "x": np.concatenate([[k - 0.5, k + 0.5, np.nan] for k in places]),
            "y": np.repeat(view.levels, 3),
            "line": {"color": colours.text, "width": 2, "dash": "dash"},
            "hovertemplate": f"θ = %{{y:.4f}} {unit}<extra>water level</extra>",
        }
    ]
    return theme.figure(
        [*bars, *lines],
        colours,
        barmode="overlay",
        xaxis=theme.axis(
            "component",
            colours,
            range=[-0.6, len(places) - 0.4],
            showgrid=False,
            tickvals=places[::step].tolist(),
            ticktext=list(view.names)[::step],
            tickangle=0,
        ),
        yaxis=theme.axis(
            f"variance ({unit})", colours, range=[0, 1.06 * float(view.variances.max())], nticks=7
        ),
    )


def _bars(name: str, base: Floats, height: Floats, colour: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "base": base,
        "y": height,
        "width": 0.62,
        "marker": {"color": theme.faded(colour, 0.75), "line": {"width": 0}},
    }


def splits(
    path: Splits | None,
    now: Splits,
    colours: Palette,
    *,
    span: float,
    levels: tuple[float, float],
) -> go.Figure:
    """Draw the codewords of the free codebook along D, and those at the current D larger.

    ``span`` is the largest codeword on the axis, and ``levels`` are the ends of the axis of D.
    """
    data: list[dict[str, Any]] = []
    if path is not None:
        data.append(
            {
                "type": "scatter",
                "name": "codewords at other levels",
                "mode": "markers",
                "x": path.levels,
                "y": path.codewords,
                "marker": {"color": colours.baseline, "size": 5},
                "hovertemplate": "D = %{x:.4f} unit²<br>y = %{y:.4f} unit<extra></extra>",
            }
        )
    data += [
        {
            "type": "scatter",
            "name": "level D",
            "mode": "lines",
            "showlegend": False,
            "x": [float(now.levels[0])] * 2,
            "y": [-span, span],
            "line": {"color": colours.muted, "width": 1, "dash": "dot"},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "name": "codewords at D, area by probability",
            "mode": "markers",
            "x": now.levels,
            "y": now.codewords,
            "customdata": now.masses,
            "marker": {
                "color": theme.faded(colours.codebook, 0.85),
                "size": np.maximum(34 * np.sqrt(now.masses), 6).astype(np.float32),
                "line": {"color": colours.ground, "width": 1},
            },
            "hovertemplate": "y = %{y:.4f} unit<br>P(Y = y) = %{customdata:.4f}<extra></extra>",
        },
    ]
    return theme.figure(
        data,
        colours,
        xaxis=theme.log_axis(
            "average distortion D (unit²)",
            colours,
            left=float(np.log10(levels[0])) - 0.06,
            right=float(np.log10(levels[1])) + 0.06,
        ),
        yaxis=theme.axis("codeword y (unit)", colours, range=[-1.08 * span, 1.08 * span], nticks=7),
    )


def files(view: Files, symbols: float, colours: Palette) -> go.Figure:
    """Draw the bits per symbol of each file against its number of symbols."""
    span = [float(view.symbols[0]), float(view.symbols[-1])]
    k = int(np.flatnonzero(view.symbols == int(symbols))[0])
    data = [
        _across("R(D), free codebook", view.bound_bits, span, colours.certified, "solid"),
        _across("H(Y) of the quantiser", view.entropy_bits, span, colours.codebook, "dash"),
        {
            "type": "scatter",
            "name": "files",
            "mode": "lines+markers",
            "x": view.symbols,
            "y": view.bits,
            "customdata": np.column_stack([view.size_bytes, view.header_bytes]),
            "line": {"color": colours.text, "width": 1.5},
            "marker": {"size": 7},
            "hovertemplate": "%{x} symbols<br>%{customdata[0]} bytes, header %{customdata[1]}"
            "<br>%{y:.4f} bits per symbol<extra></extra>",
        },
        operating_point(float(view.symbols[k]), float(view.bits[k]), colours),
    ]
    edges = np.log10(span)
    return theme.figure(
        data,
        colours,
        xaxis=theme.log_axis(
            "symbols in the file", colours, left=edges[0] - 0.08, right=edges[1] + 0.08
        ),
        yaxis=theme.axis(
            "rate (bits per symbol)", colours, range=[0, 1.08 * float(view.bits.max())], nticks=7
        ),
    )


def _across(name: str, value: float, span: list[float], colour: str, dash: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": name,
        "mode": "lines",
        "x": span,
        "y": [value, value],
        "line": {"color": colour, "width": 2, "dash": dash},
        "hovertemplate": f"%{{y:.4f}} bits per symbol<extra>{name}</extra>",
    }


def label_curve(view: LabelCurve, colours: Palette) -> go.Figure:
    """Draw R(D, C) along C in its closed form, with the certified rate at the current C."""
    top = float(max(view.closed_bits.max(), view.rate_bits))
    data = [
        {
            "type": "scatter",
            "name": "R(D, C), closed form",
            "mode": "lines",
            "x": view.levels,
            "y": view.closed_bits,
            "line": {"color": colours.closed, "width": 2, "dash": "dash"},
            "hovertemplate": "C = %{x:.4f} bits<br>R = %{y:.4f} bits<extra>closed form</extra>",
        },
        operating_point(
            view.at,
            view.rate_bits,
            colours,
            name="certified",
            showlegend=True,
            hoverinfo="all",
            hovertemplate="C = %{x:.4f} bits<br>R = %{y:.4f} bits<br>gap ≤ "
            f"{view.gap_bits:.1e} bits<br>price {view.price:.4f} bits/bit<extra>certified</extra>",
        ),
    ]
    low, high = float(view.levels[0]), float(view.levels[-1])
    margin = 0.03 * (high - low)
    return theme.figure(
        data,
        colours,
        xaxis=theme.axis(
            "label level C: H(S|X̂) at most (bits)",
            colours,
            range=[low - margin, high + margin],
            nticks=8,
        ),
        yaxis=theme.axis("rate R (bits per symbol)", colours, range=[0, 1.08 * top], nticks=7),
    )


def recorded(view: Recorded, colours: Palette) -> go.Figure:
    """Draw the proved excess of recorded runs before and after training, against β."""
    chosen = view.slopes == view.at

    def marks(name: str, bits: Floats, symbol: str, colour: str) -> dict[str, Any]:
        return {
            "type": "scatter",
            "name": name,
            "mode": "markers",
            "x": view.slopes,
            "y": bits,
            "marker": {
                "color": colour,
                "symbol": symbol,
                "size": np.where(chosen, 13, 8),
                "line": {"color": colours.text, "width": np.where(chosen, 1.5, 0)},
            },
            "hovertemplate": f"β = %{{x}}<br>%{{y:.2e}} bits<extra>{name}</extra>",
        }

    values = np.concatenate([view.before_bits, view.after_bits])
    low, high = np.log10(values.min()), np.log10(values.max())
    powers = np.arange(np.floor(low), np.ceil(high) + 1)
    slopes = np.unique(view.slopes)
    return theme.figure(
        [
            marks("before training", view.before_bits, "diamond", colours.baseline),
            marks("after training", view.after_bits, "circle", colours.certified),
        ],
        colours,
        xaxis=theme.axis(
            "slope β (nats/unit²)",
            colours,
            type="log",
            range=[np.log10(slopes[0]) - 0.12, np.log10(slopes[-1]) + 0.12],
            tickvals=slopes.tolist(),
            ticktext=[f"{slope:g}" for slope in slopes],
        ),
        yaxis=theme.axis(
            "proved excess over R(D) (bits)",
            colours,
            type="log",
            range=[powers[0] - 0.1, powers[-1] + 0.1],
            tickvals=(10.0**powers).tolist(),
            ticktext=[f"10<sup>{'−' if p < 0 else ''}{abs(int(p))}</sup>" for p in powers],
        ),
    )


def channel_map(
    atoms: Floats, codewords: Floats, channel: NDArray[np.float32], label: str, colours: Palette
) -> go.Figure:
    """Draw P(Y = y | X = x): ``channel`` is (n, m) for atoms (n,) and codewords (m,) in use."""
    order = np.argsort(codewords)
    names = [f"{codewords[j]:.2f}".replace("-", "−") for j in order]
    ticks = np.unique(
        np.linspace(0, len(order) - 1, min(len(order), _MOST_NAMED)).round().astype(int)
    )
    return theme.figure(
        [
            {
                "type": "heatmap",
                "name": "channel",
                "x": atoms,
                "y": np.arange(len(order)),
                "z": channel[:, order].T,
                "zmin": 0,
                "zmax": 1,
                "colorscale": theme.ramp(colours.certified),
                "hovertemplate": "x = %{x:.3f}<br>P(Y = y | X = x) = %{z:.4f}<extra></extra>",
                "colorbar": colourbar("P(Y = y | X = x)", colours),
            }
        ],
        colours,
        xaxis=theme.axis(label, colours, showgrid=False),
        yaxis=theme.axis(
            "codeword y (unit)",
            colours,
            range=[-0.5, len(order) - 0.5],
            showgrid=False,
            tickvals=ticks.tolist(),
            ticktext=[names[k] for k in ticks],
        ),
    )


def bracket(view: Bracket, colours: Palette) -> go.Figure:
    """Draw the bounds on a rate closing on it while a solver runs; the rate lies between them."""
    low, high = float(view.iterations[0]), float(view.iterations[-1])
    iterations = view.iterations

    def bound(name: str, bits: Floats, fill: str) -> dict[str, Any]:
        return {
            "type": "scatter",
            "name": name,
            "mode": "lines+markers",
            "x": iterations,
            "y": bits,
            "fill": fill,
            "fillcolor": theme.faded(colours.certified, 0.18),
            "line": {"color": colours.certified, "width": 2},
            "marker": {
                "symbol": "triangle-down" if name.startswith("upper") else "triangle-up",
                "size": 8,
            },
            "hovertemplate": f"%{{x}} iterations<br>%{{y:.4f}} bits<extra>{name}</extra>",
        }

    top = float(view.upper_bits.max())
    bottom = float(view.lower_bits.min())
    margin = 0.08 * (top - bottom)
    return theme.figure(
        [
            bound("lower bound", view.lower_bits, "none"),
            bound("upper bound", view.upper_bits, "tonexty"),
            {
                "type": "scatter",
                "name": "the rate",
                "mode": "lines",
                "x": [low, high],
                "y": [view.truth_bits, view.truth_bits],
                "line": {"color": colours.text, "width": 1.5, "dash": "dash"},
                "hovertemplate": "R = %{y:.6f} bits<extra>the rate</extra>",
            },
        ],
        colours,
        xaxis=theme.log_axis(
            "iterations of a solver",
            colours,
            left=float(np.log10(low)) - 0.05,
            right=float(np.log10(high)) + 0.05,
        ),
        yaxis=theme.axis(
            "rate R (bits per symbol)", colours, range=[max(bottom - margin, 0), top + margin]
        ),
    )
