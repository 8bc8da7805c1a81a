"""Command line of universal sweeps."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rdcore.learned._screen import watched
from rdcore.learned.training import Progress
from rdcore.learned.universal.run import UniversalRun, save
from rdcore.learned.universal.settings import UniversalSettings, weighted
from rdcore.learned.universal.sweep import train_universal

_COLUMNS = (
    ("classification", "λ_c", ".4g"),
    ("parity", "λ_c'", ".4g"),
    ("perception", "λ_p", ".4g"),
    ("encoder", "encoder", "d"),
    ("mse_pixel", "MSE/pixel", ".4f"),
    ("mse_image", "MSE/image", ".3f"),
    ("accuracy", "accuracy", ".3f"),
    ("parity_accuracy", "parity", ".3f"),
    ("cross_entropy_nats", "CE nats", ".3f"),
    ("entropy_bits", "H(Z|U) bits", ".2f"),
    ("sliced_w1", "sliced W1", ".4f"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of a sweep."""
    usual = UniversalSettings()
    classification = [one.classification for one in usual.trade_offs]
    parser.add_argument("--classification", type=float, nargs="+", default=classification)
    parser.add_argument(
        "--perception",
        type=float,
        nargs="+",
        default=[0.0],
        help="one weight for all trade-offs, or one for each",
    )
    parser.add_argument(
        "--parity",
        type=float,
        nargs="+",
        default=[0.0],
        help="weights of a second label, whether the digit is odd; one for all trade-offs, or one"
        " for each",
    )
    parser.add_argument(
        "--frozen-from",
        type=int,
        nargs="*",
        help="indices of the trade-offs whose encoders are frozen; by default those of"
        f" {usual.frozen_from} that exist, else the last one",
    )
    for name in ("dimensions", "levels", "hidden", "batch", "steps", "every", "restarts", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    parser.add_argument("--learning-rate", type=float, default=usual.learning_rate)
    parser.add_argument("--held-out", type=float, default=usual.held_out)
    parser.add_argument(
        "--alternating",
        action="store_true",
        help="move classifier and critic after encoder and decoder, not together with them",
    )
    parser.add_argument("--out", type=Path, help="file for the run (.npz)")


def command(arguments: argparse.Namespace) -> int:
    """Train a sweep with a progress bar, print its table, and save it if requested."""
    given = vars(arguments)
    names = UniversalSettings.__dataclass_fields__.keys() - {"trade_offs", "frozen_from"}
    settings = UniversalSettings(
        trade_offs=weighted(arguments.classification, arguments.perception, arguments.parity),
        frozen_from=_frozen(arguments),
        **{name: given[name] for name in names},
    )
    run = watched(train_universal(settings), _errors)
    sys.stdout.write(report(run))
    if arguments.out is not None:
        save(arguments.out, run)
    return 0


def _frozen(arguments: argparse.Namespace) -> tuple[int, ...]:
    """Return the encoders to freeze; by default those of the settings that exist."""
    if arguments.frozen_from is not None:
        return tuple(arguments.frozen_from)
    count = len(arguments.classification)
    usual = tuple(k for k in UniversalSettings().frozen_from if k < count)
    return usual or (count - 1,)


def report(run: UniversalRun) -> str:
    """Return the table of a run as text."""
    lines = ["  ".join(f"{head:>11}" for head in ("side", *(c[1] for c in _COLUMNS)))]
    for row in run.table():
        side = "frozen" if row["frozen"] else "end to end"
        cells = (f"{row[name]:{form}}" for name, _, form in _COLUMNS)
        lines.append("  ".join(f"{cell:>11}" for cell in (side, *cells)))
    lines.append(
        f"classifier on originals: accuracy {run.judge_accuracy:.3f},"
        f" cross-entropy {run.judge_cross_entropy_nats:.3f} nats;"
        f" sliced W1 of the halves {run.w1_floor:.4f}; at most {run.settings.cap_bits:.2f} bits"
    )
    return "\n".join(lines) + "\n"


def _errors(report: Progress) -> str:
    errors = (value for name, value in report.metrics.items() if name.startswith("mse"))
    return "MSE " + " ".join(f"{value:.4f}" for value in errors)
