"""What Nguyen et al. (2025) claim, and what the pages Classification and Learned show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

from dashboard.model.claims.claim import Claim, checked
from dashboard.model.classification import GAUSSIAN_CELL
from dashboard.model.studies import study
from rdcore.classification import gaussian_penalty

_CLASSES = "Classification"
_LEARNED = "Learned, one encoder, several decoders"
Rows = list[dict[str, Any]]
_PAIRS = ((0.3, math.inf), (math.inf, 4.9), (0.5, 4.8))
"""Θ for a jointly Gaussian source: D, and H of the cells of S in nats."""


def claims() -> tuple[Claim, ...]:
    """Return the claims, with verdicts from the rows of the study; none without it."""
    kept, realism = study("universal"), study("perception")
    if kept is None or realism is None:
        return ()
    rows = list(kept.rows)
    sides = [row for row in rows if "side" in row]
    return (*_theory(), *_neural(rows, sides, realism.rows))


@cache
def _gaussian_bits() -> float:
    """Return the upper bound on A(Θ) for a jointly Gaussian source, bits."""
    return gaussian_penalty(0.9, _PAIRS, cell=GAUSSIAN_CELL).upper_bits


def _theory() -> tuple[Claim, ...]:
    return (
        Claim(
            "R(D, C) is the smallest I(X;X̂) with E[Δ] ≤ D and H(S|X̂) ≤ C.",
            "equation 1",
            _CLASSES,
            "holds with a correction",
            "On a fixed alphabet {H(S|X̂) ≤ C} is not convex. With a label carried by X̂ the problem"
            " is convex; the app proves both bounds of that R(D, C), a lower bound without the"
            " label, and shows the best channel without it.",
        ),
        Claim(
            "Several labels can have a limit each, H(S_k|X̂) ≤ C_k.",
            "background, task-oriented compression",
            f"{_LEARNED}, two labels",
            "holds",
            "The digit and its parity have a classifier and a weight each. A code trained for the"
            " parity alone leaves less uncertainty about it, and more about the digit, than one"
            " trained for the digit; the minimum rate with the limits D, C and C′ of each code is"
            " certified.",
        ),
        Claim(
            "At a given rate there is a trade-off between distortion and classification.",
            "rate–distortion–classification trade-off, curves on MNIST",
            f"{_CLASSES}, map over D and C",
            "holds with a correction",
            "The map for 8×8 digits shows where D, C or both bind. MNIST itself is not included.",
        ),
        Claim(
            "R(Θ) is the smallest I(X;Z) from which every (D, C) in Θ can be served.",
            "equation 2",
            f"{_CLASSES}, one encoder for several demands",
            "holds with a correction",
            "For squared error and log loss the best decoders E[X|Z] and P(S|Z) do not depend on"
            " the pair, so R(Θ) = R(min D, min C), which the app computes with both bounds for any"
            " pairs that are typed.",
        ),
        Claim(
            "The penalty A(Θ) = R(Θ) − sup R(D, C) is ideally 0.",
            "equation 3",
            f"{_CLASSES}, largest universality penalty",
            "holds with a correction",
            "It is positive in general; the app searches for the two demands with the largest"
            " proved penalty and maps it over D and C.",
        ),
        Claim(
            "For jointly Gaussian X and S, A(Θ) = 0 for every Θ.",
            "equation 4",
            f"{_CLASSES}, one encoder for several demands, jointly Gaussian",
            "holds",
            "R(D, C) = max{R(D, ∞), R(∞, C)} in closed form, so R(min D, min C) is the largest"
            f" single rate. With S known to {GAUSSIAN_CELL:g} of its deviation, ρ = 0.9 and pairs"
            f" of similar rates, A(Θ) is proved to be between 0 and {_gaussian_bits():.4f} bit.",
        ),
    )


def _neural(rows: Rows, sides: Rows, realism: Sequence[dict[str, Any]]) -> tuple[Claim, ...]:
    bits = [row["entropy_bits"] for row in sides if "L =" not in row["side"]]
    cap = 4 * math.log2(4)
    worst = {row["case"].split()[-1]: row for row in rows if "mse_percent_worst_seed" in row}
    penalties = "; ".join(
        f"from encoder {name}: {row['mse_percent']:.1f} % more squared error, {_lost(row)}"
        for name, row in worst.items()
    )
    good = any(row["mse_percent"] < 5 for row in worst.values())
    at = (
        " at equal entropy of the code" if any("mse_percent_at_rate" in row for row in rows) else ""
    )
    cost = [row for row in sides if row["side"] == "end to end"]
    return (
        checked(
            "Existing architectures are approximately universal: a frozen encoder with new decoders"
            " serves other trade-offs.",
            "phases 1 and 2",
            _LEARNED,
            holds=good,
            corrected=True,
            why="It depends on the frozen encoder. Largest penalties on 8×8 digits"
            f"{at}: {penalties}.{_beside(sides, tuple(worst)) if at else ''}",
        ),
        checked(
            "The rate of the quantised code is at most d log L.",
            "compression",
            _LEARNED,
            holds=max(bits) <= cap,
            why=f"d = 4 and L = 4 allow {cap:.0f} bits; the entropy of the code given the dither is"
            f" between {min(bits):.2f} and {max(bits):.2f} bits. With"
            " the dither the decoder sees z − u, as stated.",
        ),
        checked(
            "The weight λ_c trades distortion for classification.",
            "equation 5",
            _LEARNED,
            holds=cost[-1]["accuracy"] > cost[0]["accuracy"]
            and cost[-1]["mse_pixel"] > cost[0]["mse_pixel"],
            why=f"End to end, accuracy rises from {cost[0]['accuracy']:.3f} to"
            f" {cost[-1]['accuracy']:.3f} and the squared error per pixel from"
            f" {cost[0]['mse_pixel']:.4f} to {cost[-1]['mse_pixel']:.4f}; the code entropy falls.",
        ),
        _realism(realism),
        Claim(
            "The scheme works on MNIST and SVHN.",
            "figures on MNIST and SVHN",
            _LEARNED,
            "not tested here",
            "The app loads no data from the network. Among the packages that it needs anyway, only"
            " scikit-learn has labelled pictures: 8×8 digits.",
        ),
    )


def _lost(row: dict[str, Any]) -> str:
    points = row["accuracy_points"]
    return f"{abs(points):.1f} points of accuracy {'lost' if points >= 0 else 'gained'}"


def _beside(sides: Rows, encoders: Sequence[str]) -> str:
    """Say what frozen encoders cost beside codecs whose codes have other entropies."""
    most = {
        name: max(row["mse_percent"] for row in sides if row["side"] == f"frozen from {name}")
        for name in encoders
    }
    said = "; ".join(f"encoder {name}: {percent:.1f} %" for name, percent in most.items())
    return (
        " Beside the end-to-end codec of the same trade-off, whose code has another entropy, the"
        f" largest increases of the squared error are {said}."
    )


def _realism(rows: Sequence[dict[str, Any]]) -> Claim:
    """Return the claim that a weight on the critic makes reconstructions realistic."""
    found = [row for row in rows if row["side"] == "end to end"]
    plain, best = found[0], min(found, key=lambda row: float(row["sliced_w1"]))
    last_fails = found[-1]["sliced_w1"] > plain["sliced_w1"]
    said = "; ".join(
        f"{row['case'].partition(', ')[2]}: {row['sliced_w1']:.4f} and {row['mse_pixel']:.4f}"
        for row in found
    )
    return checked(
        "The weight λ_p of a Wasserstein critic makes reconstructions realistic.",
        "equation 5",
        _LEARNED,
        holds=best["sliced_w1"] < 0.9 * plain["sliced_w1"],
        corrected=True,
        why="At λ_c = 0.015, sliced Wasserstein-1 distance and squared error per pixel:"
        f" {said}. More realism costs squared error."
        + (" The largest weight is worse in both." if last_fails else ""),
    )
