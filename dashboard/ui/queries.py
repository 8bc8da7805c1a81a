"""From specs to results: the module that caches them and that catches unexpected errors."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ParamSpec, TypeVar

import numpy as np

import rdcore as rd
from dashboard.errors import UserError
from dashboard.formatting import LN2, figure, rounded_up
from dashboard.jobs import journal
from dashboard.model import specs, wording
from dashboard.model.classification import LabelSpec, task_of
from dashboard.model.codebooks import MAX_CELLS, MAX_CODEWORDS, CodebookSpec, SpecError
from dashboard.model.marks import plain
from dashboard.model.presets import OWN
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec
from dashboard.model.views import (
    Axis,
    CurveBand,
    FixedLength,
    Floats,
    LevelRange,
    Point,
    Reference,
    SourceBounds,
    SourceView,
    Trouble,
)
from dashboard.tasks import follow, references
from dashboard.tasks.solve import as_band, timed
from dashboard.ui import charts, differences, last, photographs, state
from dashboard.ui.memory import remember
from dashboard.uploads import store
from rdcore.tables import (
    AUTOMATIC,
    Choice,
    Reading,
    Table,
    Understood,
    is_distortion_matrix,
    propose,
    proposed_bins,
    understand,
)

CURVE_LEVELS = 50
LARGE_CURVE_LEVELS = 24
LARGE = 20_000
CURVE_TOLERANCE = 1e-6
SURFACE_GRIDS = ((250_000, (24, 20)), (400_000, (14, 12)), (float("inf"), (10, 8)))
_NO_RATE = 1e-6
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
        _LOG.exception("computation failed: %s %s", args, kwargs)
        return Trouble("An unexpected error occurred; the server log has the details.")


@remember(32)
def source(spec: SourceSpec) -> rd.sources.Source:
    """Build a source."""
    return spec.source()


@remember(16)
def labelled(spec: LabelSpec) -> rd.classification.Labelled:
    """Build a source with its label."""
    return spec.labelled()


@remember(16)
def distortion_range(spec: LabelSpec) -> tuple[float, float]:
    """Return the smallest feasible D and the D at which the rate reaches 0."""
    problem = task_of(labelled(spec), spec.hamming, 1.0, 0.0).problem
    return rd.smallest_levels(problem)[0], rd.largest_level(problem)


def forget_data() -> None:
    """Clear the caches that hold the data of sources."""
    source.clear()
    labelled.clear()
    specs.forget_data()


def view(setting: Setting) -> SourceView:
    """Return the view of the source with its subsets."""
    found = source(setting.source)
    slots = tuple(one.slot for one in setting.subsets)
    return SourceView(
        found.points, found.pmf, setting.masks(found), setting.source.labels, plain(slots)
    )


@remember(256)
def _level_range(setting: Setting) -> LevelRange:
    problem = setting.problem(1.0)
    least = rd.smallest_levels(problem)
    if problem.every:
        problem = problem.with_codebook(_centre(problem)[None, :])
    costs, pmf = problem.matrices[0], problem.source.pmf
    single = int((pmf @ costs).argmin())
    most = [float(pmf @ costs[:, single])]
    for fidelity, smallest in zip(problem.fidelities[1:], least[1:], strict=True):
        slack = float(((fidelity.weights(pmf) * pmf) @ costs[:, single]).max())
        most.append(max(2 * slack, 4 * smallest, 1e-6 * most[0]))
    return LevelRange(least, tuple(most))


def _centre(problem: rd.Problem) -> Floats:
    """Return the codeword of the least average distortion, (d,)."""
    points, pmf = problem.source.points, problem.source.pmf
    if problem.distortion == "squared_error":
        return np.asarray(pmf @ points)
    order = np.argsort(points, axis=0)
    masses = np.cumsum(pmf[order], axis=0)
    middle = (masses < 0.5).sum(axis=0)
    return np.array([points[order[middle[k], k], k] for k in range(points.shape[1])])


def words(setting: Setting) -> tuple[str, ...]:
    """Return the words in which levels of squared error can be stated for a source."""
    found = attempt(source, setting.source)
    if isinstance(found, Trouble) or not found.variance > 0:
        return ("mse", "rms")
    known = setting.source.kind in (OWN, "uniform") and found.dim == 1
    return tuple(word for word in wording.WORDS if word != "psnr" or known)


def span(setting: Setting) -> float:
    """Return the range of the values of a source on a line."""
    found = attempt(source, setting.source)
    return 1.0 if isinstance(found, Trouble) else float(np.ptp(found.points)) or 1.0


def scale(setting: Setting) -> rd.LevelScale:
    """Return how the user states the levels of a setting."""
    unit = setting.source.unit
    if setting.distortion in ("absolute", "hamming"):
        return rd.LevelScale(setting.distortion, unit)
    if setting.distortion != "squared_error":
        # A level of these is stated as it is, in the unit of the distortion.
        return rd.LevelScale("absolute", setting.unit)
    word = str(state.value(state.STATED))
    if word not in words(setting):
        word = "mse"
    found = attempt(source, setting.source)
    variance = 1.0 if isinstance(found, Trouble) else found.variance
    peak = span(setting) if word == "psnr" else 0.0
    if word == "psnr" and replace(setting.source, by=()) == last.source():
        peak = float(state.value(state.PEAK) or peak)
    return rd.LevelScale(word, unit, variance, peak)


def label_scale(spec: LabelSpec) -> rd.LevelScale:
    """Return how the user states D for a source with a label."""
    if spec.hamming:
        return rd.LevelScale("hamming")
    word = str(state.value(state.STATED))
    unit = {"side": spec.source.unit, "digits": "grey"}.get(spec.kind, "unit")
    variance = labelled(spec).source.variance
    # The page offers no range.
    return rd.LevelScale(word if word != "psnr" and variance > 0 else "mse", unit, variance)


def level_range(setting: Setting) -> LevelRange:
    """Return the useful range of D and of each D′; it does not depend on their values."""
    return _level_range(setting.without_levels())


def point(spec: ProblemSpec) -> Point | Trouble:
    """Solve at one D, or return what is infeasible with a feasible value."""
    bounds = level_range(spec.setting)
    found = [too_small(which, spec, bounds) for which in range(len(spec.levels))]
    troubles = [trouble for trouble in found if trouble]
    if troubles:
        return replace(troubles[0], more=tuple(troubles[1:]))
    try:
        return _point(spec)
    except rd.InfeasibleError as error:
        return Trouble(str(error), 0)


def too_small(which: int, spec: ProblemSpec, bounds: LevelRange, name: str = "") -> Trouble | None:
    """Return a message if D, or the level of a subset, is below its minimum level, else None."""
    if which >= len(bounds.least) or spec.levels[which] >= bounds.least[which]:
        return None
    level, smallest, how = spec.levels[which], bounds.least[which], scale(spec.setting)
    symbol = name or plain(tuple(one.slot for one in spec.setting.subsets))[which].level
    end = float(how.stated(wording.feasible(how, smallest, 4)))
    apart = abs(float(how.stated(smallest)) - float(how.stated(level)))
    return Trouble(
        f"{symbol} = {wording.number(how, level)} is {'above' if how.falls else 'below'} the"
        f" {'maximum' if how.falls else 'minimum level'} {figure(end)} of this codebook, by"
        f" {figure(apart, 3)} {how.text}.",
        which,
        wording.feasible(how, 1.005 * smallest),
    )


@remember(64)
def enough_codewords(spec: ProblemSpec) -> int | None:
    """Return a number of codewords in equal steps that meets all levels; None if none does."""
    setting, found = spec.setting, source(spec.setting.source)
    if setting.distortion == "hamming":
        return None
    most = min(MAX_CODEWORDS, MAX_CELLS // found.n)
    for count in sorted({min(round(2 * 1.2**k), most) for k in range(28)}):
        problem = replace(setting, codebook=CodebookSpec("grid", count)).problem(spec.level)
        least = rd.smallest_levels(problem)
        if all(one.level >= low for one, low in zip(problem.fidelities, least, strict=True)):
            return count
    return None


@remember(128)
def _point(spec: ProblemSpec) -> Point:
    problem = spec.problem()
    try:
        found = timed(problem, rows=spec.rows())
    except rd.RDError as error:
        _record(problem, outcome="refused", why=str(error), spec=repr(spec))
        raise
    size = {"iterations": found.iterations, "gap_bits": found.gap_bits}
    _record(problem, ms=round(1000 * found.seconds), outcome=found.status, **size)
    return found


def _record(problem: rd.Problem, **facts: object) -> None:
    """Write a line about a solve, and count it."""
    page, session = state.where()
    journal.count("rd_solves_total", page=page, outcome=str(facts["outcome"]))
    size = f"{problem.n}x{problem.m}"
    journal.entry("solve", page=page, size=size, session=journal.short_id(session), **facts)


@remember(128)
def source_bounds(spec: ProblemSpec) -> SourceBounds | None:
    """Bound the rate of the source before discretisation; None if the atoms are exact."""
    problem = spec.problem()
    cells = problem.source.cells
    if cells is None or not spec.setting.centroids or problem.n * problem.m > LARGE:
        return None
    found = rd.continuous.bounds(problem)
    own = spec.setting.source.kind == OWN
    return SourceBounds(
        "the samples before binning" if own else "the density",
        found.lower_bits,
        found.upper_bits,
        float(problem.source.pmf @ cells.variance),
    )


def _curve(setting: Setting) -> CurveBand:
    return _followed(setting)[0]


@remember(64)
def _followed(setting: Setting) -> tuple[CurveBand, dict[str, Any]]:
    bounds = level_range(setting)
    problem = setting.problem(bounds.largest)
    span = bounds.largest - bounds.smallest
    if not span > 1e-9 * bounds.largest:
        raise SpecError(
            "With this codebook the rate is the same at every D; use at least two codewords."
        )
    share = np.linspace(0, 1, _count(problem)) ** 2
    levels = bounds.smallest + span * (2e-4 + (1 - 2e-4) * share)
    return follow.followed(problem, levels, CURVE_TOLERANCE)


@remember(128)
def slack_from(setting: Setting) -> float:
    """Return a level above which D is slack; with subsets it may be well above D_max."""
    return float(timed(setting.problem(_AMPLE * level_range(setting).largest)).reached[0])


def reach(setting: Setting) -> float:
    """Return the right end of the price chart: slightly above the level where D becomes slack."""
    return 1.05 * slack_from(setting)


@remember(64)
def prices(setting: Setting, low: float, high: float) -> CurveBand:
    """Return the certified curve with all prices for D from low to high."""
    smallest, count = level_range(setting).smallest, _count(setting.problem(high))
    low = max(low, smallest + 1e-3 * (high - smallest))
    if not low < high:
        raise SpecError(wording.empty_range(scale(setting), low, high))
    levels = np.geomspace(low, high, count)
    return as_band(rd.curve(setting.problem(high), levels, tol=CURVE_TOLERANCE))


@remember(256)
def end(spec: ProblemSpec, which: int, *, tightest: bool) -> tuple[float, float, float]:
    """Return the smallest level with the others fixed, or that from which it is slack.

    The lower and the upper bound on the rate there follow, in bits.
    """
    bounds = level_range(spec.setting)
    if tightest:
        edge = bounds.least[which]
        found = timed(spec.at(which, edge).problem())
    else:
        found = timed(spec.at(which, _AMPLE * max(bounds.largest, bounds.most[which])).problem())
        edge = float(found.reached[which])
    return edge, max(found.rate_bits - found.gap_bits, 0.0), found.rate_bits


@remember(256)
def level_at(
    spec: ProblemSpec, lower: float, upper: float, *, which: int
) -> tuple[float, float] | None:
    """Bound the level at which R is some rate between two, in bits; None if it is not proved.

    R is convex: to the left of a level it rises at least as fast as its slope there says.
    """
    if not lower > 0:
        return None
    found = rd.level_for(spec.problem(), lower * LN2, fidelity=which)
    if found is None:
        return None
    price = float(found.solution.prices_bits[which])
    low = found.low - (upper - lower) / price if price > 0 else 0.0
    return max(low, 0.0), found.high


def subset_curve(spec: ProblemSpec, which: int) -> CurveBand:
    """Return the certified curve along the level of a subset, with the other levels fixed."""
    return _subset_followed(spec.at(which, 1.0), which)[0]


def path(spec: ProblemSpec, which: int = 0) -> dict[str, Any]:
    """Return the solutions along one level, for a browser."""
    if which:
        return _subset_followed(spec.at(which, 1.0), which)[1]
    return _followed(spec.setting)[1]


@remember(64)
def _subset_followed(spec: ProblemSpec, which: int) -> tuple[CurveBand, dict[str, Any]]:
    bounds, problem = level_range(spec.setting), spec.problem()
    low, ample = bounds.least[which], _AMPLE * bounds.most[which]
    slack = float(timed(spec.at(which, ample).problem()).reached[which])
    high = max(slack, low + 1e-6 * ample)
    share = np.linspace(0, 1, _count(problem)) ** 2
    levels = low + (high - low) * (2e-4 + (1 - 2e-4) * share)
    return follow.followed(problem, levels, CURVE_TOLERANCE, which=which)


def surface_axes(setting: Setting, across: int = 0, up: int = 1) -> tuple[Axis, Axis]:
    """Return two levels at which the surface is solved: round numbers, increasing."""
    bounds = level_range(setting)
    if max(across, up) >= len(bounds.least):
        raise SpecError("Without a subset there is only one price.")
    problem = setting.problem(1.0)
    # The more work a cell takes, the coarser the grid.
    work = problem.n * problem.m * (1 + len(problem.rows.levels))
    counts = next(grid for most, grid in SURFACE_GRIDS if work <= most)
    names = plain(tuple(one.slot for one in setting.subsets))
    axes = []
    for which, count in zip((across, up), counts, strict=True):
        most = bounds.most[which] * (1.2 if which == 0 else 1.0)
        levels = _round_levels(bounds.least[which], most, count)
        axes.append(Axis(names[which].level, setting.unit, levels))
    return axes[0], axes[1]


def _round_levels(low: float, high: float, count: int) -> Floats:
    levels = np.geomspace(max(1.04 * low, 4e-3 * high), high, count)
    return np.unique([rounded_up(float(level), 3) for level in levels])


def _count(problem: rd.Problem) -> int:
    return CURVE_LEVELS if problem.n * problem.m <= LARGE else LARGE_CURVE_LEVELS


def curve(spec: ProblemSpec, which: int = 0) -> CurveBand | Trouble:
    """Return the certified curve along one level, cached without the value of that level."""
    bounds = level_range(spec.setting)
    for other in range(len(spec.levels)):
        trouble = too_small(other, spec, bounds) if other != which else None
        if trouble:
            return trouble
    return subset_curve(spec, which) if which else _curve(spec.setting)


def known(setting: Setting) -> tuple[Reference, ...]:
    """Return the reference curves: closed form, Shannon bound, the rate without the subsets."""
    bounds = level_range(setting)
    found = references.known(
        source(setting.source), setting.source, setting.distortion, bounds.largest
    )
    if setting.subsets and setting.distortion != "hamming" and setting.codebook.kind != "best":
        free = attempt(_curve, setting.without_subsets())
        if isinstance(free, CurveBand):
            found = (references.alone(free, len(setting.subsets)), *found)
    return found


@remember(32)
def proposal(digest: str, reading: Reading) -> Choice:
    """Return the columns that are proposed for an uploaded file."""
    table = uploaded(digest, reading)
    found = propose(table)
    if not is_distortion_matrix(table):
        return found
    more = len(table.columns) - (not table.labels) - len(table.columns[0].values)
    last = table.names[-1] if more else ""
    return Choice(kind="matrix", first="symbol", weight=last)


@remember(64)
def bins(spec: SourceSpec) -> int:
    """Return the number of bins that is proposed for the columns of an upload."""
    return proposed_bins(uploaded(spec.digest, spec.reading), spec.choice or Choice())


@remember(32)
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


@remember(64)
def fixed_length(spec: ProblemSpec, n: int, epsilon: float) -> FixedLength | None:
    """Return the estimate for codes of fixed length; None if the rate is 0 or no V is known."""
    problem = spec.problem()
    movable = problem.distortion in ("squared_error", "absolute")
    if problem.source.dim == 1 and movable:
        problem = problem.with_every()
    solution = rd.solve(problem, tol=1e-6)
    found = rd.finite_blocklength(solution, n, epsilon)
    if solution.rate_bits < _NO_RATE or not np.isfinite([found.rate, found.dispersion]).all():
        return None
    return FixedLength(solution.rate_bits, found.rate_bits, found.dispersion_bits)


def forget_uploads() -> None:
    """Clear all caches that hold what was uploaded, or sources."""
    forget_data()
    photographs.forget()
    charts.forget()
    differences.forget()
    for cached in (proposal, bins, understood):
        cached.clear()
