"""Export of quantisers and trellis codes as JSON, NPZ, or a self-contained Python file."""

from __future__ import annotations

from rdcore.export.data import from_json, from_npz, to_json, to_npz
from rdcore.export.program import to_python

__all__ = ["from_json", "from_npz", "to_json", "to_npz", "to_python"]
