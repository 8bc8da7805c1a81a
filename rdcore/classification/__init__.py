"""Rate–distortion–classification: the rate of reproductions that also preserve a label."""

from __future__ import annotations

from rdcore.classification import labels
from rdcore.classification.alphabet import FixedAlphabet, on_alphabet
from rdcore.classification.gaussian import GaussianPenalty, gaussian_penalty
from rdcore.classification.labels import Labelled
from rdcore.classification.rate_surface import growing_surface, surface
from rdcore.classification.rates import Classified, rate, solved, task
from rdcore.classification.tasks import Pairs, Task
from rdcore.classification.universal import Penalty, largest_penalty, levelled, rate_penalty

__all__ = [
    "Classified",
    "FixedAlphabet",
    "GaussianPenalty",
    "Labelled",
    "Pairs",
    "Penalty",
    "Task",
    "gaussian_penalty",
    "growing_surface",
    "labels",
    "largest_penalty",
    "levelled",
    "on_alphabet",
    "rate",
    "rate_penalty",
    "solved",
    "surface",
    "task",
]
