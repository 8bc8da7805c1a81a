"""What Li, Kim and Guyot (2023) claim, and what the study of the app found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.model.claims.claim import Claim, checked
from dashboard.model.studies import study

_PAGE = "Learned, energy-based Blahut–Arimoto"


def claims() -> tuple[Claim, ...]:
    """Return the claims, with verdicts from the rows of the study; none without it."""
    kept, objectives = study("energy"), study("objective")
    if kept is None or objectives is None:
        return ()
    rows = list(kept.rows)
    known = [row for row in rows if "rate_off_bits" in row]
    off = max(abs(row["rate_off_bits"]) for row in known)
    one_d = [row for row in known if row["case"].startswith("1-D")]
    excess = max(row["excess_bits"] for row in one_d)
    shannon = [row["shannon_off_bits"] for row in rows if "shannon_off_bits" in row]
    laplace, modes = (_largest(rows, name) for name in ("Laplace", "three_modes"))
    return (
        checked(
            "One energy E(x) represents both the optimal marginal and the optimal posterior.",
            "main results",
            _PAGE,
            holds=excess < 1e-3,
            why="In one dimension, Gaussian source: the channel exp(−E(x) − βρ) on a grid is"
            f" proved within {excess:.1e} bit of R(D).",
        ),
        checked(
            "The estimates match closed forms and known bounds.",
            "conclusion and experiments",
            _PAGE,
            holds=off < 0.02,
            why=f"Over {len(known)} runs on Gaussian sources in 1, 2 and 10 dimensions the bound on"
            f" the rate is within {off:.4f} bit of the closed form at its D. For a Laplace"
            f" source it is, in the mean, {sum(shannon) / len(shannon):.4f} bit above Shannon’s"
            " lower bound.",
        ),
        checked(
            "With enough capacity the algorithm learns the optimal posterior asymptotically"
            " (theorem, 2).",
            "main theorem",
            _PAGE,
            holds=True,
            corrected=True,
            why="It is near the optimum for Gaussian sources. For other sources the optimal"
            " marginal is discrete, which no smooth energy represents: the proved excess stays at"
            f" {laplace:.4f} bit (Laplace) and {modes:.3f} bit (three modes).",
        ),
        _falling(objectives.rows),
        checked(
            "The normaliser is Z = ∫ E(x) dx.",
            "EBM, below equation 6",
            _PAGE,
            holds=False,
            why="For the density exp(−E(x))/Z it is Z = ∫ exp(−E(x)) dx, as the app uses.",
        ),
        Claim(
            "Langevin dynamics x − λ∇E(x) + √(2λ) z generates the samples.",
            "EBM, equation 8",
            _PAGE,
            "holds with a correction",
            "Without correction of its step the chain is biased and can diverge. The app accepts or"
            " rejects each step (Metropolis), with a step length that adapts; the steps as"
            f" published are an option.{_printed(rows)}",
        ),
        Claim(
            "E[D(x, y)] − E[exp(D(x, y) − 1)] estimates the mutual information.",
            "notations, equation 9",
            _PAGE,
            "holds with a correction",
            "It is a lower bound on I(X;Y), and only its maximum over D equals I. The app shows it"
            " beside the rate of the channel on a grid, which has a certificate.",
        ),
    )


def _printed(usual: Sequence[dict[str, Any]]) -> str:
    """Say what the published updates reach, from their study; nothing without it."""
    kept = study("published")
    if kept is None:
        return ""
    said = []
    for name in dict.fromkeys(row["case"] for row in kept.rows):
        both = [[row for row in rows if row["case"] == name] for rows in (kept.rows, list(usual))]
        bits = [sum(row["excess_bits"] for row in mine) / max(len(mine), 1) for mine in both]
        off = [row["distortion"] / row["grid_distortion"] - 1 for row in both[0]]
        reached = (
            f"{bits[0]:.2g} bit, D of the samples {100 * sum(off) / len(off):+.1f} %"
            f" ({bits[1]:.2g} bit with correction)"
        )
        said.append(f"{name}: {reached.replace('-', '−')}")
    seeds = f"{kept.seeds} seed{'s' if kept.seeds > 1 else ''}"
    return f" Proved excess of what the published updates learn, {seeds}: {'; '.join(said)}."


def _largest(rows: list[dict[str, Any]], name: str) -> float:
    return max(float(row["excess_bits"]) for row in rows if row["case"].startswith(name))


def _falling(rows: Sequence[dict[str, Any]]) -> Claim:
    """Return the claim that the objective never increases, from its values during training."""
    first, last = (sum(row["reports_bits"][k] for row in rows) / len(rows) for k in (0, -1))
    rise = max(row["rise_bits"] for row in rows)
    above = max(row["above_bits"] for row in rows)
    return checked(
        "The objective L_RD(φ) does not increase from one update to the next (theorem, 1).",
        "main theorem",
        _PAGE,
        holds=last < first,
        corrected=rise > 1e-6,
        why="It holds for exact rounds of Blahut–Arimoto. With gradients from samples, the exact"
        f" objective by quadrature falls from {first:.3f} to {last:.3f} bits in the mean over"
        f" {len(rows)} runs, with increases of up to {rise:.4f} bit between reports, and ends at"
        f" most {above:.4f} bit above R(D) + βD.",
    )
