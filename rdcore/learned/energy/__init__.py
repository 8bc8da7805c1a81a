"""Energy-based Blahut–Arimoto: one energy defines the marginal and the channel."""

from __future__ import annotations

from rdcore.learned.energy.commands import add_arguments, command
from rdcore.learned.energy.judge import Judgement, certified, density
from rdcore.learned.energy.run import EnergyRun, load, train_energy
from rdcore.learned.energy.settings import EnergySettings

__all__ = [
    "EnergyRun",
    "EnergySettings",
    "Judgement",
    "add_arguments",
    "certified",
    "command",
    "density",
    "load",
    "train_energy",
]
