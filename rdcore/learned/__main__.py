"""Train learned systems, as in ``python -m rdcore.learned dco --out codec.npz``.

Each subcommand is a module with a function that adds arguments and one that executes them and
returns the exit status. It is imported only when it is called.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NamedTuple

from rdcore.errors import RDError


class Subcommand(NamedTuple):
    """Module and one-line description of a subcommand."""

    module: str
    purpose: str
    arguments: str = "add_arguments"
    command: str = "command"


_CODEC = "rdcore.learned.constrained.commands"
SUBCOMMANDS = {
    "dco": Subcommand(_CODEC, "train a codec to a distortion target, or as β-VAE or hinge"),
    "encode": Subcommand(_CODEC, "code images to a file", "add_encode_arguments", "encode_command"),
    "decode": Subcommand(
        _CODEC, "decode the images in a file", "add_decode_arguments", "decode_command"
    ),
    "eba": Subcommand(
        "rdcore.learned.energy.commands", "learn a channel by energy-based Blahut–Arimoto"
    ),
    "universal": Subcommand(
        "rdcore.learned.universal.commands",
        "train an encoder for several trade-offs, a decoder for each",
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand and return the exit status: 0, or 2 for input that cannot be used."""
    _accept_any_encoding()
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="python -m rdcore.learned", description=__doc__)
    parser.add_argument("--cache", metavar="FOLDER", help="folder for compiled programs")
    named = parser.add_subparsers(dest="subcommand", required=True, metavar="subcommand")
    parts = {
        name: named.add_parser(name, help=known.purpose, description=known.purpose)
        for name, known in SUBCOMMANDS.items()
    }
    # Must be known before JAX is imported.
    early = argparse.ArgumentParser(add_help=False)
    early.add_argument("--cache")
    cache = early.parse_known_args(words)[0].cache
    if cache:
        _keep_programs(cache)
    called = next((word for word in words if word in SUBCOMMANDS), None)
    if called:
        _function(SUBCOMMANDS[called], SUBCOMMANDS[called].arguments)(parts[called])
    chosen = parser.parse_args(words)
    try:
        known = SUBCOMMANDS[chosen.subcommand]
        status: int = _function(known, known.command)(chosen)
    except (RDError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return status


def _accept_any_encoding() -> None:
    """Write letters that the encoding of standard output lacks as escapes, instead of failing."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


def _function(known: Subcommand, name: str) -> Callable[..., int]:
    function: Callable[..., int] = getattr(import_module(known.module), name)
    return function


def _keep_programs(folder: str) -> None:
    os.environ["JAX_COMPILATION_CACHE_DIR"] = folder
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.2"


if __name__ == "__main__":
    # Networks this small are fastest on one thread; must be set before JAX starts.
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
    sys.exit(main())
