"""Write the bill of materials of the app as CycloneDX JSON: ``python -m docs.supply.sbom``."""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rdcore
from docs.supply.dependencies import Dependency, SupplyError, installed

_ROOT = "rdcore-dashboard"


def document(found: Sequence[Dependency], version: str = rdcore.__version__) -> dict[str, Any]:
    """Return the bill of materials; the same dependencies give the same document."""
    components = [_component(one) for one in found]
    needed = {name for one in found for name in one.needs}
    tops = [_reference(one) for one in found if one.name not in needed]
    by_name = {one.name: _reference(one) for one in found}
    links = [{"ref": _ROOT, "dependsOn": tops}]
    links += [
        {"ref": _reference(one), "dependsOn": [by_name[name] for name in one.needs]}
        for one in found
    ]
    parts = {"components": components, "dependencies": links}
    name = json.dumps([version, parts], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, name)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": _ROOT,
                "name": _ROOT,
                "version": version,
            }
        },
        **parts,
    }


def _reference(one: Dependency) -> str:
    return f"pkg:pypi/{one.name}@{one.version}"


def _component(one: Dependency) -> dict[str, Any]:
    licence: dict[str, Any] = (
        {"expression": one.licence} if one.expression else {"license": {"name": one.licence}}
    )
    return {
        "type": "library",
        "bom-ref": _reference(one),
        "name": one.name,
        "version": one.version,
        "purl": _reference(one),
        **({"licenses": [licence]} if one.licence else {}),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the document to a file."""
    parser = argparse.ArgumentParser(prog="python -m docs.supply.sbom", description=__doc__)
    parser.add_argument("place", nargs="?", type=Path, default=Path("build/sbom.cdx.json"))
    place: Path = parser.parse_args(arguments).place
    try:
        found = document(installed())
    except SupplyError as error:
        print(error, file=sys.stderr)
        return 2
    place.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=1, ensure_ascii=False)
    place.write_text(f"{text}\n", encoding="utf-8")
    print(f"{place}: {len(found['components'])} components")
    return 0


if __name__ == "__main__":
    sys.exit(main())
