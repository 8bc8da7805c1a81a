"""Look for known faults of the dependencies with pip-audit: ``python -m docs.supply.audit``.

Where its database cannot be reached, nothing is known, and that is said.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from docs.supply.dependencies import PINS

_COMMAND = ("pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner=off")
# How pip-audit says that it reached nothing.
_UNREACHED = (
    "ConnectionError",
    "Connection refused",
    "Max retries exceeded",
    "Could not connect",
    "Failed to connect",
    "timed out",
    "ProxyError",
    "Name or service not known",
    "ServiceError",
)


def judged(status: int, out: str, err: str) -> tuple[int, str]:
    """Return the exit status and what to print, from those of pip-audit."""
    try:
        found = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        if any(sign in err for sign in _UNREACHED):
            last = err.strip().splitlines()[-1]
            return 0, f"SKIPPED: the database of known faults was not reached ({last})."
        return status or 1, f"pip-audit failed:\n{err}"
    skipped = [one["name"] for one in found if "skip_reason" in one]
    faults = [
        f"{one['name']} {one['version']}: {fault['id']}, mended in"
        f" {', '.join(fault['fix_versions']) or 'no version'}"
        for one in found
        for fault in one.get("vulns", ())
    ]
    lines = [*faults, f"{len(found) - len(skipped)} packages, {len(faults)} known faults"]
    if skipped:
        lines.append(f"SKIPPED: the database does not know {len(skipped)}: {', '.join(skipped)}")
    return int(bool(faults)), "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run pip-audit and print what it found."""
    more = sys.argv[1:] if arguments is None else arguments
    run = subprocess.run(
        [sys.executable, "-m", *_COMMAND, "--requirement", str(PINS), "--format", "json", *more],
        capture_output=True,
        text=True,
        check=False,
    )
    status, said = judged(run.returncode, run.stdout, run.stderr)
    print(said, file=sys.stderr if "SKIPPED" in said or status else sys.stdout)
    return status


if __name__ == "__main__":
    sys.exit(main())
