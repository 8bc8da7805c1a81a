"""Solve rate–distortion problems with mixed fidelity and certify the results.

``solve`` takes a ``Problem`` on a ``Source`` and a solver, and returns a ``Solution``. Information
is in nats; names that end in ``_bits`` are in bits.
"""

from __future__ import annotations

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
