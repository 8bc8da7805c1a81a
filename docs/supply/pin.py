"""Pin the base of the image by its digest in the Dockerfile: ``python -m docs.supply.pin``.

Docker is asked for the digest, so its registry has to be reached; otherwise give it:
``python -m docs.supply.pin sha256:…``.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from docs.supply.dependencies import PROJECT, SupplyError

DOCKERFILE = PROJECT / "Dockerfile"
_FROM = re.compile(
    r"^(?P<head>FROM\s+)(?P<name>[\w./-]+):(?P<tag>[\w.-]+)(?:@sha256:[0-9a-f]{64})?", re.MULTILINE
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_INSPECT = ("docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}")
_SECONDS = 60


def base(text: str) -> tuple[str, str]:
    """Return the name and the tag of the one base that all outer stages have.

    Raises
    ------
    SupplyError
        If there is none, or more than one.
    """
    bases = {(one["name"], one["tag"]) for one in _FROM.finditer(text)}
    if len(bases) != 1:
        raise SupplyError(f"The Dockerfile has {len(bases)} bases with a tag; one can be pinned.")
    return bases.pop()


def pinned(text: str, digest: str) -> str:
    """Return the text of the Dockerfile with the base pinned.

    Raises
    ------
    SupplyError
        If it is no digest.
    """
    if not _DIGEST.fullmatch(digest):
        raise SupplyError(f"{digest!r} is no digest: sha256: and 64 hexadecimal digits are.")
    return _FROM.sub(rf"\g<head>\g<name>:\g<tag>@{digest}", text)


def asked(name: str, tag: str) -> str:
    """Return the digest of an image, for all architectures, as the container engine finds it.

    Raises
    ------
    SupplyError
        If there is no engine, or it does not reach a registry that knows the image.
    """
    command = [*_INSPECT, f"{name}:{tag}"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        why = done.stderr.strip()
        if not done.returncode:
            return done.stdout.strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        why = str(error)
    raise SupplyError(
        f"The digest of {name}:{tag} was not found ({why}). Run this where"
        f" `{' '.join(command[:4])} {name}:{tag}` answers, or give the digest:"
        " make pin ARGS=sha256:…"
    )


def main(arguments: Sequence[str] | None = None, place: Path = DOCKERFILE) -> int:
    """Pin the base and say to what."""
    parser = argparse.ArgumentParser(prog="python -m docs.supply.pin", description=__doc__)
    parser.add_argument("digest", nargs="?", help="the digest; by default Docker is asked")
    digest: str | None = parser.parse_args(arguments).digest
    text = place.read_text(encoding="utf-8")
    try:
        name, tag = base(text)
        digest = digest or asked(name, tag)
        changed = pinned(text, digest)
    except SupplyError as error:
        print(error, file=sys.stderr)
        return 1
    place.write_text(changed, encoding="utf-8")
    print(f"{name}:{tag} is pinned to {digest}; commit the Dockerfile.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
