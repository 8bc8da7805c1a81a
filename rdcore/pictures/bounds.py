"""Certified rates of the model of a picture, at levels and between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rdcore import parallel
from rdcore._arrays import Array, Indices, Mask, frozen, positive
from rdcore._parallel import Cancel, How
from rdcore.errors import InputError
from rdcore.pictures.components import PictureModel
from rdcore.proof import rounding

_LN2 = float(np.log(2.0))
# Shares of the tolerance: of the solver, and of the components that are taken to need no bits.
_SOLVER, _SILENT = 0.85, 0.1
_PLACES = 257
_LARGE = 600.0
# Components whose variance is above this share of the water level are left to the solver.
_SMALL = 0.5


@dataclass(frozen=True, eq=False)
class PictureBound:
    r"""Bounds on the rate of a picture's model at levels.

    Attributes
    ----------
    levels : array, (K,)
        The mean squared errors.
    lower, upper : float
        Certified bounds on the rate of the model, bits a pixel of the picture.
    slopes : array, (K,)
        Prices: bits a pixel for one unit less of each level. The rate is convex in all levels
        together, so ``lower - slopes @ (other - levels)`` is a lower bound at other levels.
    rates, errors : array, (L,)
        Bits, and mean squared error, of one coefficient of each component. Codes that reach them
        have the rate ``upper`` and meet the levels.
    copies : array, (L,)
        The number of coefficients of each component.
    weights : array, (L, K)
        What an error of 1 in one coefficient of each component adds to each level.
    pixels : int
        The number of pixels of the picture.
    label_rate : float
        Bits a pixel of the classes, which the bounds leave out.
    """

    levels: Array
    lower: float
    upper: float
    slopes: Array
    rates: Array
    errors: Array
    copies: Array
    weights: Array
    pixels: int
    label_rate: float

    @property
    def gap(self) -> float:
        """Certified gap in bits a pixel."""
        return self.upper - self.lower


def bound(  # noqa: PLR0913  (the last two do not affect the result)
    model: PictureModel,
    levels: Sequence[float] = (),
    *,
    mse: float | None = None,
    tol: float = 1e-3,
    time_limit: float | None = None,
    progress: Callable[[float], None] | None = None,
    cancel: Cancel | None = None,
) -> PictureBound:
    """Return certified bounds on the rate of a picture's model at levels.

    The components are coded side by side, each coefficient independent of the others. The bounds
    are about their histograms; they leave out the cost of the classes, ``model.label_bits``, and a
    code that uses dependence between coefficients can be below them.

    Parameters
    ----------
    model : PictureModel
        The model.
    levels : sequence of float
        The largest mean squared error in each region of the model.
    mse : float, optional
        That of the whole picture. In the result it comes before the other levels.
    tol : float
        Certified gap to reach, bits a pixel.
    time_limit : float, optional
        Seconds after which the solver stops at its next round, with the best bounds so far.
    progress : callable, optional
        Called in each step with the completed fraction.
    cancel : callable or threading.Event, optional
        When it is true or set, ``CancelledError`` is raised at the next step.

    Returns
    -------
    PictureBound
        Bounds in bits a pixel, with the price of each level.

    Raises
    ------
    InputError
        If an argument is not what is described above.
    CancelledError
        If it was cancelled.

    Examples
    --------
    >>> import numpy as np
    >>> from rdcore.pictures import Picture, bound, model
    >>> ramp = np.add.outer(np.arange(32), 2 * np.arange(32)).astype(np.uint8)
    >>> found = bound(model(Picture(ramp), classes=1), mse=4.0)
    >>> found.gap <= 1e-3, found.lower > 0
    (True, True)
    """
    if not isinstance(model, PictureModel):
        raise InputError(f"model must be a PictureModel; got {type(model).__name__}")
    regions = len(model.shares)
    if len(levels) != regions:
        raise InputError(f"levels must be one for each of {regions} regions; got {len(levels)}")
    if mse is None and not regions:
        raise InputError("mse must be given for a model without regions")
    asked = ([] if mse is None else [positive(mse, "mse")]) + [
        positive(one, "a region's level") for one in levels
    ]
    columns = np.arange(0 if mse is not None else 1, 1 + regions)
    most = positive(tol, "tol") * model.pixels * _LN2
    told = [0.0]

    def tell(share: float) -> None:
        # The components may be solved twice.
        told[0] = max(told[0], share)
        if progress is not None:
            progress(told[0])

    how = How(progress=tell, cancel=cancel)
    return _solved(_Task(model, np.array(asked), columns), most, time_limit, how)


class _Task:
    """The components of a model as arrays: copies (L,), variances (L,) and weights (L, K)."""

    def __init__(self, model: PictureModel, levels: Array, columns: Indices) -> None:
        self.model, self.levels = model, levels
        self.copies = np.array([float(part.multiplicity) for part in model.components])
        self.variances = np.array([part.source.variance for part in model.components])
        counted = np.stack([part.weights for part in model.components])[:, columns]
        self.weights = counted / self.copies[:, None]

    def rate(
        self, kept: Indices, levels: Array, tol: float, time_limit: float | None, how: How
    ) -> parallel.ParallelSolution:
        """Solve for some components; ``levels`` are what is left for them."""
        some = [
            parallel.Component(
                self.model.components[k].source, copies=self.model.components[k].multiplicity
            )
            for k in kept
        ]
        demands = [
            parallel.Level(float(level), self.weights[kept, k], measure="sum")
            for k, level in enumerate(levels)
            if self.weights[kept, k].any()
        ]
        return parallel.rate(
            some,
            demands,
            tol=tol,
            time_limit=time_limit,
            progress=how.progress,
            cancel=how.cancel,
        )

    def steepest(self) -> Array:
        """Return the slopes (L,) of Gaussian components, each level as if it were alone."""
        found = np.zeros(len(self.copies))
        for w, level in zip(self.weights.T, self.levels, strict=True):
            low, high = 1e-12, 1e12
            while high > 1.001 * low:
                slope = np.sqrt(low * high)
                with np.errstate(divide="ignore"):
                    error = np.minimum(w * self.variances, 0.5 / slope)
                low, high = (slope, high) if self.copies @ error > level else (low, slope)
            found += high * w
        return found

    def excess(self, slopes: Array, which: Mask) -> Array:
        """Return bounds (L,) on how much a rate plus s times the error is below s times σ².

        With all probability on the mean, c at a distance t of it is M(2st) exp(−st²), M the
        moment generating function. Between two places log M is below its chord, and the chord of
        st² is above st² by at most sh²/4.
        """
        found = np.zeros(len(self.copies))
        for k in np.flatnonzero(which):
            source, s = self.model.components[k].source, slopes[k]
            x = source.points[:, 0] - source.mean[0]
            t = np.linspace(x.min(), x.max(), _PLACES)
            terms = 2 * s * t[:, None] * x
            c = np.exp(np.minimum(terms - s * t[:, None] ** 2, _LARGE)) @ source.pmf
            step = t[1] - t[0]
            size = 1 + float(np.abs(terms).max())
            found[k] = np.log(c.max()) + 0.25 * s * step**2 + rounding.terms(size)
        return found


def _solved(task: _Task, tol: float, time_limit: float | None, how: How) -> PictureBound:
    copies, variances, count = task.copies, task.variances, len(task.copies)
    still = variances <= 0
    s = task.steepest()
    small = ~still & (2 * s * variances < _SMALL)
    # They are checked again at the slopes that are found.
    silent = small & (copies * task.excess(s, small) < _SILENT * tol / count)
    lower = upper = 0.0
    slopes, rates, errors = np.zeros(len(task.levels)), np.zeros(count), variances.copy()
    for quiet in (silent, np.zeros(count, bool)):
        kept = np.flatnonzero(~quiet & ~still)
        left = task.levels - (copies * variances * quiet) @ task.weights
        if not len(kept) or (left <= 0).any():
            continue
        found = task.rate(kept, left, _SOLVER * tol, time_limit, how)
        used = task.weights[kept].any(axis=0)
        slopes[used] = found.slopes
        lost = float(copies[quiet] @ task.excess(task.weights @ slopes, quiet)[quiet])
        lower, upper = max(found.lower - lost, 0.0), found.upper
        rates[kept], errors[kept] = found.rates_bits, found.distortions
        if upper - lower <= tol or not quiet.any() or not found.status.converged:
            break
        rates[:] = 0.0
    scale = _LN2 * task.model.pixels
    return PictureBound(
        frozen(np.array(task.levels)), lower / scale, upper / scale, frozen(slopes / scale),
        frozen(rates), frozen(errors), frozen(copies), frozen(task.weights), task.model.pixels,
        float(task.model.label_bits / task.model.pixels),
    )  # fmt: skip
