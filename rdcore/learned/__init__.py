"""The learned side: neural codecs, energy-based Blahut–Arimoto, universal encoders.

Nothing in rdcore outside this package imports it, for it needs JAX and optax.
"""

from __future__ import annotations

from rdcore._extras import require

require("rdcore.learned", "jax", "optax", "sklearn", "skimage")

# The systems are imported by name, since each loads JAX.
__all__: list[str] = []
