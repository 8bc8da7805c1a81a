"""Compare distortion-constrained training with β-VAE and hinge: distortions and rates.

``python -m benchmarks.learned_dco`` prints the table; each row is one setting over several seeds.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rdcore.learned.constrained import CodecRun, CodecSettings, train_codec
from rdcore.learned.training import finished

TARGETS = {"photographs": (150.0, 200.0, 400.0, 800.0), "digits": (200.0, 400.0, 800.0, 1600.0)}
UNREACHABLE = 30.0
HINGE_WEIGHTS = (1.0, 10.0, 100.0)
BETAS = (100.0, 1000.0, 10_000.0)
SECTIONS = ("dco", "unreachable", "half", "capacity", "hinge", "beta", "naive", "digits")


def cases(sections: Sequence[str] = SECTIONS) -> Iterator[CodecSettings]:
    """Yield the settings to train for every seed."""
    photographs = [CodecSettings(target=target) for target in TARGETS["photographs"]]
    for section in sections:
        if section == "dco":
            yield from photographs
        elif section == "unreachable":
            yield CodecSettings(target=UNREACHABLE)
        elif section == "half":
            yield from (replace(case, channels=2) for case in photographs)
        elif section == "capacity":
            yield CodecSettings(target=UNREACHABLE, channels=2)
            for beta in BETAS[:2]:
                yield replace(photographs[1], method="beta", beta=beta, channels=2)
        elif section == "hinge":
            for case in photographs[2:]:
                for weight in HINGE_WEIGHTS:
                    yield replace(case, method="hinge", hinge_weight=weight)
        elif section == "beta":
            yield from (replace(photographs[1], method="beta", beta=beta) for beta in BETAS)
        elif section == "naive":
            yield from (replace(case, recipe="naive") for case in photographs[1:3])
        else:
            yield from (CodecSettings(data="digits", target=c) for c in TARGETS["digits"])


def table(
    seeds: int = 3, sections: Sequence[str] = SECTIONS, *, steps: int | None = None
) -> Iterator[dict[str, Any]]:
    """Yield a row for each finished case: means over the seeds, spreads, CPU time.

    Parameters
    ----------
    seeds : int
        Runs of each case.
    sections : sequence of str
        Names in ``SECTIONS``.
    steps : int, optional
        Updates of each run, for a quick test.

    Yields
    ------
    dict
        The settings; ``*_mean`` and ``*_spread`` (standard deviation over the seeds) of rate_bpp
        and mse on training and held-out patches and of λ; the largest |D/c - 1|; the largest
        relative variation of λ in the last tenth; the verdicts; the longest CPU time.
    """
    for case in cases(sections):
        case = case if steps is None else replace(case, steps=steps)
        yield row([_timed(replace(case, seed=seed)) for seed in range(seeds)])


def row(runs: Sequence[tuple[CodecRun, float]]) -> dict[str, Any]:
    """Return the row of one case."""
    first = runs[0][0].settings
    found: dict[str, Any] = {
        "data": first.data,
        "target": first.target,
        "method": _label(first),
        "channels": first.channels,
        "steps": first.steps,
        "seeds": len(runs),
    }
    columns = {
        "training_mse": [run.training.mse for run, _ in runs],
        "training_rate_bpp": [run.training.rate_bpp for run, _ in runs],
        "held_out_mse": [run.held_out.mse for run, _ in runs],
        "held_out_rate_bpp": [run.held_out.rate_bpp for run, _ in runs],
        "lambda": [run.multiplier for run, _ in runs],
    }
    for name, values in columns.items():
        found[f"{name}_mean"] = float(np.mean(values))
        found[f"{name}_spread"] = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    found["worst_error"] = max(abs(run.error) for run, _ in runs)
    found["worst_unrest"] = max(run.unrest for run, _ in runs)
    found["verdicts"] = [run.verdict for run, _ in runs]
    found["most_cpu_s"] = max(seconds for _, seconds in runs)
    return found


def _timed(settings: CodecSettings) -> tuple[CodecRun, float]:
    start = time.process_time()
    run = finished(train_codec(settings))
    return run, time.process_time() - start


def _label(settings: CodecSettings) -> str:
    if settings.method == "beta":
        return f"beta={settings.beta:g}"
    if settings.method == "hinge":
        return f"hinge={settings.hinge_weight:g}"
    return "dco" if settings.recipe == "settled" else settings.recipe


def _line(found: dict[str, Any]) -> str:
    return (
        f"{found['data']:<12}{found['target']:>6g}  {found['method']:<12}C={found['channels']}"
        f"  D {found['training_mse_mean']:7.1f} ±{found['training_mse_spread']:5.1f}"
        f" (worst {found['worst_error']:6.1%})  R {found['training_rate_bpp_mean']:.4f}"
        f" ±{found['training_rate_bpp_spread']:.4f}"
        f"  held out D {found['held_out_mse_mean']:7.1f} R {found['held_out_rate_bpp_mean']:.4f}"
        f"  λ {found['lambda_mean']:8.4f}"
        f" (variation {found['worst_unrest']:5.1%})  {found['most_cpu_s']:5.1f} s CPU"
        f"  {', '.join(sorted(set(found['verdicts'])))}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print each row when it is finished, as text or as JSON lines."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learned_dco", description=__doc__)
    parser.add_argument("sections", nargs="*", default=SECTIONS, metavar="section")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, help="updates of each run")
    parser.add_argument("--json", action="store_true", help="JSON lines")
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(chosen.sections) - set(SECTIONS))
    if unknown:
        parser.error(f"no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    for found in table(chosen.seeds, chosen.sections, steps=chosen.steps):
        print(json.dumps(found) if chosen.json else _line(found), flush=True)


if __name__ == "__main__":
    main()
