"""From a selection on a chart to shapes of a subset."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dashboard.model.subset import Op, Ops, Sign

Mode = Literal["Add", "Subtract", "Replace"]
_PIXELS = 2000  # a selection is no more precise than the axis length divided by this
_TOLERANCE = 0.004  # a lasso is simplified within this fraction of the axis length


def drawn(selection: Mapping[str, Any], sign: Sign, *, dim: int, span: float) -> Ops:
    """Return the shapes of a plotly selection.

    Parameters
    ----------
    selection : mapping
        With "box" and "lasso", each a sequence of mappings with "x" and "y" in drag order.
    sign : {"+", "-"}
        Whether the shapes are added or removed.
    dim : int
        Number of coordinates of an atom.
    span : float
        Length of the axis, by which coordinates are rounded.
    """
    step = 10.0 ** math.floor(math.log10(span / _PIXELS))
    boxes = [_box(sign, box, dim, step) for box in selection.get("box", ())]
    if dim == 1:
        return tuple(boxes)
    lassos = [_lasso(sign, path, span, step) for path in selection.get("lasso", ())]
    return tuple(boxes) + tuple(op for op in lassos if op is not None)


def combined(ops: Sequence[Op], new: Sequence[Op], mode: Mode) -> Ops:
    """Return the list with the new shapes appended, or the new shapes alone."""
    return tuple(new) if mode == "Replace" else (*ops, *new)


def _box(sign: Sign, box: Mapping[str, Any], dim: int, step: float) -> Op:
    x = _rounded([min(box["x"]), max(box["x"])], step)
    if dim == 1:
        return Op(sign, "interval", x)
    return Op(sign, "box", x + _rounded([min(box["y"]), max(box["y"])], step))


def _lasso(sign: Sign, path: Mapping[str, Any], span: float, step: float) -> Op | None:
    corners = np.column_stack([path["x"], path["y"]]).astype(np.float64)
    corners = _thinned(corners, _TOLERANCE * span)
    if len(corners) < 3:
        return None
    return Op(sign, "lasso", _rounded(corners.ravel().tolist(), step))


def _rounded(values: Sequence[float], step: float) -> tuple[float, ...]:
    digits = max(0, -round(math.log10(step)))
    return tuple(round(round(value / step) * step, digits) + 0.0 for value in values)


def _thinned(path: NDArray[np.float64], tolerance: float) -> NDArray[np.float64]:
    """Drop the points of an open path within the tolerance of a straight line."""
    if len(path) < 3:
        return path
    start, end = path[0], path[-1]
    along = end - start
    length = float(along @ along)
    offset = path - start
    share = np.clip(offset @ along / length, 0, 1) if length > 0 else np.zeros(len(path))
    away = np.hypot(*(offset - share[:, None] * along).T)
    far = int(away.argmax())
    if away[far] <= tolerance:
        return np.stack([start, end])
    head = _thinned(path[: far + 1], tolerance)
    return np.concatenate([head[:-1], _thinned(path[far:], tolerance)])
