"""From specs to results: the only module that caches and that catches unexpected errors."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import ParamSpec, TypeVar

import numpy as np
import streamlit as st

import rdcore as rd
from dashboard.errors import UserError
from dashboard.formatting import figure, rounded_up, short
from dashboard.model.classification import LabelSpec, task_of
from dashboard.model.presets import OWN
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, SpecError
from dashboard.model.views import (
    Axis,
    Control,
    CurveBand,
    Floats,
    LevelRange,
    Point,
    Reference,
    SourceBounds,
    SourceView,
    Trouble,
)
from dashboard.tasks import references
from dashboard.tasks.solve import timed
from dashboard.uploads import store
from rdcore.classification import Labelled
from rdcore.tables import (
    AUTOMATIC,
    Choice,
    Reading,
    Table,
    Understood,
    propose,
    proposed_bins,
    understand,
)

CURVE_LEVELS = 50
LARGE_CURVE_LEVELS = 24
LARGE = 20_000
CURVE_TOLERANCE = 1e-6
SURFACE_GRIDS = ((250_000, (24, 20)), (400_000, (14, 12)), (float("inf"), (10, 8)))
_AMPLE = 1e3  # times the largest useful level: all levels are slack there
_LOG = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


def attempt(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | Trouble:
    """Run a computation; return any error as one sentence for the user."""
    try:
        return work(*args, **kwargs)
    except (UserError, rd.RDError) as error:
        return Trouble(str(error))
    except Exception:  # noqa: BLE001 a user never sees a stack trace
        _LOG.exception("computation failed")
        return Trouble("An unexpected error occurred; the server log has the details.")


@st.cache_data(max_entries=32, show_spinner=False)
def source(spec: SourceSpec) -> rd.sources.Source:
    """Build a source."""
    return spec.source()


@st.cache_data(max_entries=16, show_spinner=False)
def labelled(spec: LabelSpec) -> Labelled:
    """Build a source with its label."""
    return spec.labelled()


@st.cache_data(max_entries=16, show_spinner=False)
def distortion_range(spec: LabelSpec) -> tuple[float, float]:
    """Return the smallest feasible D and the D at which the rate reaches 0."""
    problem = task_of(labelled(spec), spec.hamming, 1.0, 0.0).problem
    return rd.smallest_levels(problem)[0], rd.largest_level(problem)


def forget_data() -> None:
    """Clear the caches that hold the data of sources."""
    source.clear()
    labelled.clear()


def view(setting: Setting) -> SourceView:
    """Return the view of the source with its subset."""
    found = source(setting.source)
    return SourceView(found.points, found.pmf, setting.mask(found), setting.source.labels)


@st.cache_data(max_entries=256, show_spinner=False)
def _level_range(setting: Setting) -> LevelRange:
    problem = setting.problem(1.0)
    smallest = rd.smallest_levels(problem)
    costs = problem.matrices[0]
    single = int((problem.source.pmf @ costs).argmin())
    largest = float(problem.source.pmf @ costs[:, single])
    if len(smallest) == 1:
        return LevelRange(smallest[0], largest)
    weights = problem.fidelities[1].weights(problem.source.pmf)
    slack = float(((weights * problem.source.pmf) @ costs[:, single]).max())
    return LevelRange(smallest[0], largest, smallest[1], max(2 * slack, 4 * smallest[1]))


def level_range(setting: Setting) -> LevelRange:
    """Return the useful range of D and D′; it does not depend on their values."""
    return _level_range(replace(setting, subset_level=1.0))


def point(spec: ProblemSpec) -> Point | Trouble:
    """Solve at one D, or return what is infeasible with a feasible value."""
    setting = spec.setting
    bounds = level_range(setting)
    trouble = too_small("D", spec.level, bounds) or too_small("D′", setting.subset_level, bounds)
    if trouble:
        return trouble
    try:
        return _point(spec)
    except rd.InfeasibleError as error:
        return Trouble(str(error), "D")


def too_small(control: Control, level: float, bounds: LevelRange) -> Trouble | None:
    """Return a message if D or D′ is below its minimum level, else None."""
    smallest = bounds.smallest if control == "D" else bounds.subset_smallest
    if smallest is None or level >= smallest:
        return None
    return Trouble(
        f"{control} = {short(level)} is below the minimum level"
        f" {figure(rounded_up(smallest, 4))} of this codebook.",
        control,
        rounded_up(1.005 * smallest, 3),
    )


@st.cache_data(max_entries=128, show_spinner=False)
def _point(spec: ProblemSpec) -> Point:
    return timed(spec.problem())


@st.cache_data(max_entries=128, show_spinner=False)
def source_bounds(spec: ProblemSpec) -> SourceBounds | None:
    """Bound the rate of the source before discretisation; None if the atoms are exact."""
    problem = spec.problem()
    cells = problem.source.cells
    if cells is None or spec.setting.distortion == "hamming" or problem.n * problem.m > LARGE:
        return None
    found = rd.continuous.bounds(problem)
    own = spec.setting.source.kind == OWN
    return SourceBounds(
        "the samples before binning" if own else "the density",
        found.lower_bits,
        found.upper_bits,
        float(problem.source.pmf @ cells.variance),
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _curve(setting: Setting) -> CurveBand:
    bounds = level_range(setting)
    problem = setting.problem(bounds.largest)
    span = bounds.largest - bounds.smallest
    if not span > 1e-9 * bounds.largest:
        raise SpecError(
            "With this codebook the rate is the same at every D; use at least two codewords."
        )
    share = np.linspace(0, 1, _count(problem)) ** 2
    levels = bounds.smallest + span * (2e-4 + (1 - 2e-4) * share)
    found = rd.curve(problem, levels, tol=CURVE_TOLERANCE)
    return _band(found)


def _band(found: rd.Curve) -> CurveBand:
    prices = found.slopes_bits
    held = prices[:, 1] if prices.shape[1] > 1 else None
    return CurveBand(found.levels, found.rates_bits, found.lowers_bits, prices[:, 0], held)


@st.cache_data(max_entries=128, show_spinner=False)
def slack_from(setting: Setting) -> float:
    """Return a level above which D is slack; with a subset it may be well above D_max."""
    return timed(setting.problem(_AMPLE * level_range(setting).largest)).reached


def reach(setting: Setting) -> float:
    """Return the right end of the price chart: slightly above the level where D becomes slack."""
    return 1.05 * slack_from(setting)


@st.cache_data(max_entries=64, show_spinner=False)
def prices(setting: Setting, low: float, high: float) -> CurveBand:
    """Return the certified curve with both prices for D from low to high."""
    smallest, count = level_range(setting).smallest, _count(setting.problem(high))
    low = max(low, smallest + 1e-3 * (high - smallest))
    if not low < high:
        raise SpecError(
            f"The range of D from {short(low)} to {short(high)} is empty; From must be less"
            " than To."
        )
    levels = np.geomspace(low, high, count)
    return _band(rd.curve(setting.problem(high), levels, tol=CURVE_TOLERANCE))


@st.cache_data(max_entries=256, show_spinner=False)
def refined(spec: ProblemSpec, low: float, high: float, *, fidelity: int) -> CurveBand:
    """Return the certified curve at the ends and the middle of a short range of D, or of D′."""
    levels = np.linspace(low, high, 3)
    return _band(rd.curve(spec.problem(), levels, tol=1e-9, fidelity=fidelity))


@st.cache_data(max_entries=64, show_spinner=False)
def subset_curve(spec: ProblemSpec) -> CurveBand:
    """Return the certified curve along D′ with D kept."""
    bounds, problem = level_range(spec.setting), spec.problem()
    low = bounds.subset_smallest or 0.0
    ample = _AMPLE * (bounds.subset_largest or 1.0)
    slack = timed(problem.with_levels([spec.level, ample])).subset_reached or 0.0
    high = max(slack, spec.setting.subset_level, low + 1e-6 * ample)
    share = np.linspace(0, 1, _count(problem)) ** 2
    levels = low + (high - low) * (2e-4 + (1 - 2e-4) * share)
    return _band(rd.curve(problem, levels, tol=CURVE_TOLERANCE, fidelity=1))


def surface_axes(setting: Setting) -> tuple[Axis, Axis]:
    """Return the levels D and D′ at which the surface is solved: round numbers, increasing."""
    bounds = level_range(setting)
    if bounds.subset_smallest is None or bounds.subset_largest is None:
        raise SpecError("Without a subset there is only one price.")
    problem = setting.problem(1.0)
    # The more work a cell takes, the coarser the grid.
    work = problem.n * problem.m * (1 + len(problem.rows.levels))
    across, up = next(grid for most, grid in SURFACE_GRIDS if work <= most)
    return (
        Axis("D", setting.unit, _round_levels(bounds.smallest, 1.2 * bounds.largest, across)),
        Axis(
            "D′",
            setting.unit,
            _round_levels(bounds.subset_smallest, bounds.subset_largest, up),
        ),
    )


def _round_levels(low: float, high: float, count: int) -> Floats:
    levels = np.geomspace(max(1.04 * low, 4e-3 * high), high, count)
    return np.unique([rounded_up(float(level), 3) for level in levels])


def _count(problem: rd.Problem) -> int:
    return CURVE_LEVELS if problem.n * problem.m <= LARGE else LARGE_CURVE_LEVELS


def curve(setting: Setting) -> CurveBand | Trouble:
    """Return the certified curve R(D), cached by the setting, which does not contain D."""
    bounds = level_range(setting)
    return too_small("D′", setting.subset_level, bounds) or _curve(setting)


def known(setting: Setting) -> tuple[Reference, ...]:
    """Return the reference curves: closed form, Shannon bound, the rate without the subset."""
    bounds = level_range(setting)
    found = references.known(
        source(setting.source), setting.source, setting.distortion, bounds.largest
    )
    if bounds.subset_smallest is not None and setting.distortion != "hamming":
        plain = attempt(_curve, setting.without_subset())
        if isinstance(plain, CurveBand):
            free = Reference("without the subset", "baseline", plain.levels, plain.upper_bits)
            found = (free, *found)
    return found


@st.cache_data(max_entries=32, show_spinner=False)
def proposal(digest: str, reading: Reading) -> Choice:
    """Return the columns that are proposed for an uploaded file."""
    return propose(uploaded(digest, reading))


@st.cache_data(max_entries=64, show_spinner=False)
def bins(spec: SourceSpec) -> int:
    """Return the number of bins that is proposed for the columns of an upload."""
    return proposed_bins(uploaded(spec.digest, spec.reading), spec.choice or Choice())


@st.cache_data(max_entries=32, show_spinner=False)
def understood(spec: SourceSpec) -> Understood:
    """Return the atoms of an upload with an account of its rows."""
    return understand(uploaded(spec.digest, spec.reading), spec.choice or Choice())


def uploaded(digest: str, reading: Reading = AUTOMATIC) -> Table:
    """Return an uploaded table.

    Raises
    ------
    SpecError
        If the file is no longer on the server.
    """
    found = store.table(digest, reading)
    if found is None:
        raise SpecError("The file is no longer on the server; upload the file again.")
    return found


def forget_uploads() -> None:
    """Clear all caches that hold what was uploaded, or sources."""
    forget_data()
    for cached in (proposal, bins, understood):
        cached.clear()
