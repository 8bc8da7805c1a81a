"""Command line of energy-based Blahut–Arimoto."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import get_args

from rdcore.learned._screen import watched
from rdcore.learned.energy.errors import Error
from rdcore.learned.energy.judge import certified
from rdcore.learned.energy.run import EnergyRun, train_energy
from rdcore.learned.energy.settings import EnergySettings, Name, Updates
from rdcore.learned.training import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the settings of a run to a parser."""
    usual = EnergySettings()
    parser.add_argument("--source", choices=get_args(Name), default=usual.source)
    parser.add_argument(
        "--variances", type=float, nargs="+", default=list(usual.variances), metavar="V"
    )
    parser.add_argument(
        "--component",
        type=float,
        nargs=3,
        action="append",
        default=[],
        metavar=("MEAN", "WIDTH", "WEIGHT"),
        help="component of the mixture; may be repeated",
    )
    parser.add_argument(
        "--beta", type=float, default=usual.beta, help="slope, nats per unit of distortion"
    )
    parser.add_argument("--error", choices=get_args(Error), default=usual.error)
    parser.add_argument("--updates", choices=get_args(Updates), default=usual.updates)
    for name in ("steps", "chains", "rounds", "width", "samples", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    parser.add_argument("--judge", action="store_true", help="certify the channel on a grid")
    parser.add_argument("--save", type=Path, metavar="FILE", help="file for the run (.npz)")
    parser.add_argument("--history", type=Path, metavar="FILE", help="file for the metrics (.csv)")


def command(args: argparse.Namespace) -> int:
    """Train with a progress bar, and write the results."""
    settings = EnergySettings(
        source=args.source,
        variances=tuple(args.variances),
        components=tuple((mean, width, weight) for mean, width, weight in args.component),
        beta=args.beta,
        error=args.error,
        steps=args.steps,
        chains=args.chains,
        rounds=args.rounds,
        width=args.width,
        samples=args.samples,
        seed=args.seed,
        updates=args.updates,
    )
    run = watched(train_energy(settings), _metrics)
    for line in report(run, judged=args.judge):
        sys.stdout.write(line + "\n")
    if args.save is not None:
        run.save(args.save)
    if args.history is not None:
        args.history.write_text(run.history.to_csv())
    return 0


def report(run: EnergyRun, *, judged: bool = False) -> list[str]:
    """Return the results of a run as lines of text."""
    lines = [
        f"bound on the rate   {run.rate_bits:.4f} ± {run.rate_error_bits:.4f} bits",
        f"distortion          {run.distortion:.5f} ± {run.distortion_error:.5f}",
    ]
    if run.closed_form_bits is not None and run.optimal_distortion is not None:
        lines.append(f"R(D), closed form   {run.closed_form_bits:.4f} bits")
        lines.append(f"optimal distortion  {run.optimal_distortion:.5f}")
    if judged:
        found = certified(run)
        lines.append(f"channel on a grid   {found.rate_bits:.5f} bits at {found.distortion:.5f}")
        least, most = found.excess_least_bits, found.excess_bits
        lines.append(f"proved excess       {least:.2e} to {most:.2e} bits")
    return lines


def _metrics(report: Progress) -> str:
    return f"{report.metrics['rate_bits']:.3f} bits at {report.metrics['distortion']:.4g}"
