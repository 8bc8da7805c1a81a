"""From a selection on a chart to shapes of a subset."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dashboard.model.subset import Op, Ops, Sign

_PIXELS = 2000  # a selection is no more precise than the axis length divided by this
_TOLERANCE = 0.004  # a lasso is simplified within this fraction of the axis length


def drawn(
    selection: Mapping[str, Any], sign: Sign, points: NDArray[np.float64], *, span: float
) -> Ops:
    """Return the shapes of a plotly selection.

    Parameters
    ----------
    selection : mapping
        With "box" and "lasso", each a sequence of mappings with "x" and "y" in drag order.
    sign : {"+", "-"}
        Whether the shapes are added or removed.
    points : array, (n, d)
        The atoms. On a line the ends of an interval snap to the midpoints between them.
    span : float
        Length of the axis, by which coordinates are rounded.
    """
    dim = points.shape[1]
    if dim == 1:
        return _intervals(selection.get("box", ()), sign, np.unique(points))
    step = 10.0 ** math.floor(math.log10(span / _PIXELS))
    boxes = tuple(_box(sign, box, step) for box in selection.get("box", ()))
    lassos = [_lasso(sign, path, span, step) for path in selection.get("lasso", ())]
    return boxes + tuple(op for op in lassos if op is not None)


def in_columns(ops: Ops, scales: tuple[float, ...]) -> Ops:
    """Return shapes drawn over weighted axes in the units of the columns.

    ``scales`` are the factors of the axes. Six digits are kept.
    """
    if all(scale == 1 for scale in scales):
        return ops
    places = {"box": (0, 0, 1, 1), "lasso": (0, 1)}
    found = []
    for op in ops:
        axes = places[op.kind]
        values = [
            float(f"{value / scales[axes[k % len(axes)]]:.6g}")
            for k, value in enumerate(op.numbers)
        ]
        found.append(replace(op, numbers=tuple(values)))
    return tuple(found)


def _intervals(boxes: Sequence[Mapping[str, Any]], sign: Sign, atoms: NDArray[np.float64]) -> Ops:
    """Return the intervals that contain an atom."""
    found = []
    for box in boxes:
        low = _between(float(min(box["x"])), atoms, "left")
        high = _between(float(max(box["x"])), atoms, "right")
        if low < high:
            found.append(Op(sign, "interval", (low, high)))
    return tuple(found)


def _between(value: float, atoms: NDArray[np.float64], side: Literal["left", "right"]) -> float:
    """Return the midpoint of the two atoms around a value, with as few digits as keep it there.

    ``side`` is the side of an atom that a value on it belongs to.
    """
    gaps = np.diff(atoms) if len(atoms) > 1 else np.ones(1)
    edges = np.concatenate([[atoms[0] - gaps[0]], atoms, [atoms[-1] + gaps[-1]]])
    right = int(np.clip(np.searchsorted(edges, value, side), 1, len(edges) - 1))
    low, high = float(edges[right - 1]), float(edges[right])
    middle, margin = (low + high) / 2, (high - low) / 4
    digits = max(0, -math.floor(math.log10(margin)) - 1) if margin > 0 else 0
    for count in (digits, digits + 1, digits + 2):
        rounded = round(middle, count) + 0.0
        if abs(rounded - middle) <= margin:
            return rounded
    return middle


def _box(sign: Sign, box: Mapping[str, Any], step: float) -> Op:
    x = _rounded([min(box["x"]), max(box["x"])], step)
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
