"""``python -m rdcore data.csv --D 0.5``: the rate of the user's own data; ``--help`` says more."""

from __future__ import annotations

import sys

from rdcore.command import main

if __name__ == "__main__":
    sys.exit(main())
