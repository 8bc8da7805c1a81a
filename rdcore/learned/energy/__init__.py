"""Energy-based Blahut–Arimoto: one energy defines the marginal and the channel."""

from __future__ import annotations

from rdcore.learned.energy.channel import Channel
from rdcore.learned.energy.judge import Judgement, certified, density
from rdcore.learned.energy.langevin import ChainTarget
from rdcore.learned.energy.run import EnergyRun, load, train_energy
from rdcore.learned.energy.settings import EnergySettings
from rdcore.learned.energy.sources import Sampled

__all__ = [
    "ChainTarget",
    "Channel",
    "EnergyRun",
    "EnergySettings",
    "Judgement",
    "Sampled",
    "certified",
    "density",
    "load",
    "train_energy",
]
