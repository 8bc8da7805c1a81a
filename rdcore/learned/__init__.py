"""Learned systems: neural codecs, energy-based Blahut–Arimoto and universal encoders.

The rest of rdcore does not import this package, because it needs JAX and optax.
"""

from __future__ import annotations

from rdcore._extras import require

require("rdcore.learned", "jax", "optax", "sklearn", "skimage")

# The systems are imported individually, because each loads JAX.
__all__: list[str] = []
