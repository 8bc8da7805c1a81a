"""List the licences of all dependencies of the app: ``python -m docs.supply.licences``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from docs.supply.dependencies import Dependency, SupplyError, installed


def table(found: Sequence[Dependency]) -> str:
    """Return a Markdown table."""
    rows = [f"| {one.name} | {one.version} | {one.licence or 'unknown'} |" for one in found]
    return "\n".join(["| package | version | licence |", "|---|---|---|", *rows])


def main() -> int:
    """Print the table; return 1 if a licence is unknown."""
    try:
        found = installed()
    except SupplyError as error:
        print(error, file=sys.stderr)
        return 2
    print(table(found))
    unknown = [one.name for one in found if not one.licence]
    if unknown:
        print(f"The licence of {', '.join(unknown)} is unknown.", file=sys.stderr)
    return int(bool(unknown))


if __name__ == "__main__":
    sys.exit(main())
