"""How sure a rate from samples is: its standard error and bias, levels and subsets included.

A rate of N samples differs from that of their source. What it differs by depends on the whole
recipe: a level that is a share of the sample variance moves with the samples, and so do the ends
of a subset between two quantiles. ``influence`` is the derivative of the recipe's rate, and of
each price, with the probability of an atom. ``sampled`` solves a recipe and returns

- the standard error: from the influence of each row, for independent rows; from sums of the
  influence over blocks, for rows in an order; and from second-order terms, where the first-order
  ones vanish,
- the bias, by the bootstrap: the mean change of the rate over resamples, less its linear part.

These are estimates. The certificate is a proof, and says nothing about them.

``halves`` splits the rows, and ``held_out`` measures a quantiser on rows that its design has not
seen.

``memory`` bounds the rate of blocks of consecutive rows, and ``spectral_rate`` estimates that of
a Gaussian process with the same spectrum.
"""

from __future__ import annotations

from rdcore.sampling.blocks import block_length, error_of_mean
from rdcore.sampling.derivatives import Influence, influence, rate_influence
from rdcore.sampling.errors import SampledRate, SampleRows, of_rows, sampled
from rdcore.sampling.halving import HeldOut, halves, held_out
from rdcore.sampling.processes import Blocks, SpectralRate, memory, spectral_rate
from rdcore.sampling.recipes import Quantiles, SampleRecipe, SampleSubset, Share, Standing

__all__ = [
    "Blocks",
    "HeldOut",
    "Influence",
    "Quantiles",
    "SampleRecipe",
    "SampleRows",
    "SampleSubset",
    "SampledRate",
    "Share",
    "SpectralRate",
    "Standing",
    "block_length",
    "error_of_mean",
    "halves",
    "held_out",
    "influence",
    "memory",
    "of_rows",
    "rate_influence",
    "sampled",
    "spectral_rate",
]
