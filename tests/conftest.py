"""Settings of all tests: one BLAS thread a process, and no deadline that load could break."""

from __future__ import annotations

import os

from hypothesis import settings

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

settings.register_profile("tests", deadline=None)
settings.load_profile("tests")
