"""Solve rate–distortion problems with mixed fidelity and certify the results.

``solve`` takes a ``Problem`` on a ``Source`` and a solver, and returns a ``Solution``. Information
is in nats; names that end in ``_bits`` are in bits.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rdcore import (
        classification,
        closed_forms,
        coding,
        continuous,
        export,
        parallel,
        perception,
        pictures,
        sampling,
        solvers,
    )
    from rdcore.coding import TrellisCode, trellis
    from rdcore.curves import (
        BlocklengthEstimate,
        Curve,
        Sensitivity,
        Surface,
        curve,
        finite_blocklength,
        growing_surface,
        largest_level,
        least_level,
        level_for,
        sensitivity,
        surface,
    )
    from rdcore.design import codebook, quantisers, schedules
    from rdcore.design.annealing import anneal, annealing
    from rdcore.design.codebook import refine, refining, restarts
    from rdcore.design.quantisers import Quantiser
    from rdcore.errors import (
        CancelledError,
        InfeasibleError,
        InputError,
        MissingExtraError,
        NotConvergedError,
        ProofError,
        RateTooLowError,
        RDError,
        WorkerError,
    )
    from rdcore.problem import (
        EVERY,
        Cells,
        Fidelity,
        LevelScale,
        Problem,
        Source,
        average,
        distortions,
        sources,
        subset,
    )
    from rdcore.proof import Certificate, certify, smallest_levels
    from rdcore.solvers import Solution, Status, solve

__version__ = "0.1.0"

__all__ = [
    "EVERY",
    "BlocklengthEstimate",
    "CancelledError",
    "Cells",
    "Certificate",
    "Curve",
    "Fidelity",
    "InfeasibleError",
    "InputError",
    "LevelScale",
    "MissingExtraError",
    "NotConvergedError",
    "Problem",
    "ProofError",
    "Quantiser",
    "RDError",
    "RateTooLowError",
    "Sensitivity",
    "Solution",
    "Source",
    "Status",
    "Surface",
    "TrellisCode",
    "WorkerError",
    "anneal",
    "annealing",
    "average",
    "certify",
    "classification",
    "closed_forms",
    "codebook",
    "coding",
    "continuous",
    "curve",
    "distortions",
    "export",
    "finite_blocklength",
    "growing_surface",
    "largest_level",
    "least_level",
    "level_for",
    "parallel",
    "perception",
    "pictures",
    "quantisers",
    "refine",
    "refining",
    "restarts",
    "sampling",
    "schedules",
    "sensitivity",
    "smallest_levels",
    "solve",
    "solvers",
    "sources",
    "subset",
    "surface",
    "trellis",
]

# Where the names are defined. A module is imported when a name of it is first used: all of them
# take a second, and most programs need a few.
_HOMES = {
    "rdcore": (
        "classification closed_forms coding continuous export parallel perception pictures "
        "sampling solvers"
    ),
    "rdcore.coding": "TrellisCode trellis",
    "rdcore.curves": (
        "BlocklengthEstimate Curve Sensitivity Surface curve finite_blocklength growing_surface "
        "largest_level least_level level_for sensitivity surface"
    ),
    "rdcore.design": "codebook quantisers schedules",
    "rdcore.design.annealing": "anneal annealing",
    "rdcore.design.codebook": "refine refining restarts",
    "rdcore.design.quantisers": "Quantiser",
    "rdcore.errors": (
        "CancelledError InfeasibleError InputError MissingExtraError NotConvergedError ProofError "
        "RateTooLowError RDError WorkerError"
    ),
    "rdcore.problem": (
        "EVERY Cells Fidelity LevelScale Problem Source average distortions sources subset"
    ),
    "rdcore.proof": "Certificate certify smallest_levels",
    "rdcore.solvers": "Solution Status solve",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """Import what has a public name, or a module inside, when it is first used."""
    home = _HOME.get(name, __name__)
    if home != __name__:
        found = getattr(importlib.import_module(home), name)
    elif name.startswith("__") or importlib.util.find_spec(f"{__name__}.{name}") is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    else:
        found = importlib.import_module(f"{__name__}.{name}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return all names, also of what has not been imported yet."""
    return sorted(globals().keys() | _HOME.keys())
