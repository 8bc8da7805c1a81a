"""Rate–distortion problems with mixed fidelity: solved exactly, with a proof of every number.

``Source`` → ``Problem`` → ``Solver`` → ``Solution``, and one verb, ``solve``. Inside the package
information is in nats; names that end in ``_bits`` are in bits.
"""

from __future__ import annotations

from rdcore import (
    classification,
    closed_forms,
    codebook,
    coding,
    continuous,
    distortions,
    export,
    perception,
    quantisers,
    schedules,
    solvers,
    sources,
)
from rdcore.annealing import anneal, annealing
from rdcore.cells import Cells
from rdcore.certificates import Certificate, certify
from rdcore.codebook import refine, refining, restarts
from rdcore.curves import Curve, Surface, curve, growing_surface, largest_level, surface
from rdcore.errors import (
    CancelledError,
    InfeasibleError,
    InputError,
    MissingExtraError,
    NotConvergedError,
    ProofError,
    RDError,
    WorkerError,
)
from rdcore.feasibility import smallest_levels
from rdcore.fidelity import Fidelity, average, subset
from rdcore.problem import EVERY, Problem
from rdcore.quantisers import Quantiser
from rdcore.sensitivity import Sensitivity, level_for, sensitivity
from rdcore.solution import Solution, Status
from rdcore.solvers import solve
from rdcore.sources import Source

__version__ = "0.1.0"

__all__ = [
    "EVERY",
    "CancelledError",
    "Cells",
    "Certificate",
    "Curve",
    "Fidelity",
    "InfeasibleError",
    "InputError",
    "MissingExtraError",
    "NotConvergedError",
    "Problem",
    "ProofError",
    "Quantiser",
    "RDError",
    "Sensitivity",
    "Solution",
    "Source",
    "Status",
    "Surface",
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
    "growing_surface",
    "largest_level",
    "level_for",
    "perception",
    "quantisers",
    "refine",
    "refining",
    "restarts",
    "schedules",
    "sensitivity",
    "smallest_levels",
    "solve",
    "solvers",
    "sources",
    "subset",
    "surface",
]
