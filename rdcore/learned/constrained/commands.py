"""Command line of the codec: train, encode, decode."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import numpy as np

from rdcore.errors import InputError
from rdcore.learned._screen import watched
from rdcore.learned.constrained.bits import compress, decompress
from rdcore.learned.constrained.codec import CodecRun, train_codec
from rdcore.learned.constrained.settings import RECIPES, CodecSettings, Data, Method
from rdcore.learned.training import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``dco``: settings, own images and output files."""
    parser.add_argument("images", nargs="*", type=Path, help="images, instead of --data")
    parser.add_argument("--out", type=Path, required=True, help="file for the codec (.npz)")
    parser.add_argument("--csv", type=Path, help="file for the history of the training (.csv)")
    usual = CodecSettings()
    for field in fields(CodecSettings):
        value = getattr(usual, field.name)
        parser.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=type(value),
            default=value,
            choices=_CHOICES.get(field.name),
            help=f"default {value}",
        )


def command(chosen: argparse.Namespace) -> int:
    """Train a codec with a progress bar, and save it."""
    values = {field.name: getattr(chosen, field.name) for field in fields(CodecSettings)}
    if chosen.images:
        values["data"] = "own"
    settings = CodecSettings(**values)
    training = train_codec(settings, [_read(path) for path in chosen.images] or None)
    run = watched(training, _metrics)
    run.save(chosen.out)
    if chosen.csv:
        chosen.csv.write_text(run.history.to_csv(), encoding="utf-8")
    sys.stdout.write(_account(run, chosen.out))
    return 0


def add_encode_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``encode``."""
    parser.add_argument("model", type=Path, help="codec from dco (.npz)")
    parser.add_argument("images", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="coded file to write")


def encode_command(chosen: argparse.Namespace) -> int:
    """Code images to a file."""
    coded = compress(CodecRun.load(chosen.model), [_read(path) for path in chosen.images])
    chosen.out.write_bytes(coded.blob)
    sys.stdout.write(
        f"{chosen.out}: {len(coded.blob)} bytes, {coded.rate_bpp:.4f} bits per pixel;"
        f" code {coded.coded_bytes} bytes, prior {coded.estimated_bits / 8:.1f} bytes\n"
    )
    return 0


def add_decode_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``decode``."""
    parser.add_argument("model", type=Path, help="codec that coded the file (.npz)")
    parser.add_argument("file", type=Path, help="coded file from encode")
    parser.add_argument(
        "--out", type=Path, help="file for the images (.npz), by default next to the coded file"
    )


def decode_command(chosen: argparse.Namespace) -> int:
    """Decode a file to the arrays ``image0``, ``image1`` … of an NPZ file."""
    images = decompress(CodecRun.load(chosen.model), chosen.file.read_bytes())
    out = chosen.out or chosen.file.with_suffix(".npz")
    arrays: dict[str, Any] = {f"image{k}": image for k, image in enumerate(images)}
    with out.open("wb") as file:
        np.savez_compressed(file, **arrays)
    sys.stdout.write(f"{out}: {len(images)} image{'s' if len(images) > 1 else ''}\n")
    return 0


_CHOICES: dict[str, Sequence[str]] = {
    "data": get_args(Data),
    "method": get_args(Method),
    "recipe": tuple(RECIPES),
}


def _read(path: Path) -> Any:
    from skimage.io import imread

    try:
        return np.load(path, allow_pickle=False) if path.suffix == ".npy" else imread(path)
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path} cannot be read as an image: {error}") from None


def _metrics(report: Progress) -> str:
    D, rate, slope = (report.metrics[name] for name in ("mse", "rate_bpp", "lambda"))
    return f"D {D:8.2f}  R {rate:.4f} bpp  λ {slope:9.4f}"


def _account(run: CodecRun, path: Path) -> str:
    held = run.held_out
    return (
        f"{path}: D {run.training.mse:.2f} for {run.settings.target:g} ({run.verdict}),"
        f" R {run.training.rate_bpp:.4f} bpp, λ {run.multiplier:.4f};"
        f" held out D {held.mse:.2f}, R {held.rate_bpp:.4f} bpp\n"
    )
