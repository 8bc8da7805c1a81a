"""Pin the base of the image by its digest in the Dockerfile: ``python -m supply.pin``.

The digest comes from the registry of the base, which has to be reached; otherwise give it:
``python -m supply.pin sha256:…``.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from supply.dependencies import SupplyError

DOCKERFILE = Path(__file__).resolve().parents[1] / "Dockerfile"
_FROM = re.compile(
    r"^(?P<head>FROM\s+)(?P<name>[\w./-]+):(?P<tag>[\w.-]+)(?:@sha256:[0-9a-f]{64})?", re.MULTILINE
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_AUTH = "https://auth.docker.io/token?service=registry.docker.io&scope=repository:{}:pull"
_MANIFEST = "https://registry-1.docker.io/v2/{}/manifests/{}"
# An index of all architectures, so that the same pin builds on each.
_KINDS = (
    "application/vnd.oci.image.index.v1+json,"
    "application/vnd.docker.distribution.manifest.list.v2+json"
)
_SECONDS = 20


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
    """Return the digest of an image in Docker's registry.

    Raises
    ------
    SupplyError
        If the registry is not reached or does not know it.
    """
    repository = name if "/" in name else f"library/{name}"
    try:
        with urllib.request.urlopen(_AUTH.format(repository), timeout=_SECONDS) as answer:
            token = json.load(answer)["token"]
        request = urllib.request.Request(
            _MANIFEST.format(repository, tag),
            headers={"Authorization": f"Bearer {token}", "Accept": _KINDS},
            method="HEAD",
        )
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            return str(answer.headers["Docker-Content-Digest"])
    except (OSError, ValueError, KeyError) as error:
        raise SupplyError(
            f"The digest of {name}:{tag} was not found ({error}). Run this where"
            " auth.docker.io and registry-1.docker.io are reached, or give the digest that"
            f" `docker buildx imagetools inspect {name}:{tag}` prints:"
            " make pin ARGS=sha256:…"
        ) from error


def main(arguments: Sequence[str] | None = None, place: Path = DOCKERFILE) -> int:
    """Pin the base and say to what."""
    parser = argparse.ArgumentParser(prog="python -m supply.pin", description=__doc__)
    parser.add_argument("digest", nargs="?", help="the digest; by default the registry is asked")
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
