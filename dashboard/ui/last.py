"""What of a session's settings could last be used: pages show it while a new one cannot be.

The last source that could be built, the last spec that had a result, the last valid text of each
subset; and the problem that the page shows now.
"""

from __future__ import annotations

from dashboard.model.presets import FIRST
from dashboard.model.specs import ProblemSpec, SourceSpec
from dashboard.model.views import CurveBand, Point
from dashboard.ui.kept import own

_PROBLEM, _GOOD, _SOURCE, _SUBSETS = "_problem", "_good", "_good_source", "_good_subset"
_UPLOAD, _AWAITED, _CURVE = "_upload", "_awaited", "_good_curve"


def keep_good(spec: ProblemSpec, point: Point | None = None) -> None:
    """Store the last spec that had a result, and the result if only a job can find it again."""
    own()[_GOOD] = (spec, point)


def good() -> tuple[ProblemSpec, Point | None] | None:
    """Return the last spec that had a result, and the result if it is kept."""
    found: tuple[ProblemSpec, Point | None] | None = own().get(_GOOD)
    return found


def keep_curve(spec: ProblemSpec, band: CurveBand) -> None:
    """Store the last curve of a problem."""
    own()[_CURVE] = (spec, band)


def curve(spec: ProblemSpec, which: int) -> tuple[ProblemSpec, CurveBand] | None:
    """Return the last curve along a level with its problem, if that differs by its levels only."""
    found: tuple[ProblemSpec, CurveBand] | None = own().get(_CURVE)
    if found is None or found[1].which != which:
        return None
    return found if found[0].without_levels() == spec.without_levels() else None


def show_problem(spec: ProblemSpec | None) -> None:
    """Store the problem that the page shows; None if it shows none."""
    own()[_PROBLEM] = spec


def shown_problem() -> ProblemSpec | None:
    """Return the problem that the page shows, None if it shows none."""
    found: ProblemSpec | None = own().get(_PROBLEM)
    return found


def await_problem(spec: ProblemSpec | None) -> None:
    """Store the problem that is being solved while the page shows another one; None if none is."""
    own()[_AWAITED] = spec


def awaited() -> ProblemSpec | None:
    """Return the problem that is being solved while the page shows another one."""
    found: ProblemSpec | None = own().get(_AWAITED)
    return found


def keep_source(spec: SourceSpec) -> None:
    """Store the last source that could be built."""
    own()[_SOURCE] = spec


def source() -> SourceSpec:
    """Return the source that the picker shows on all pages."""
    kept: SourceSpec | None = own().get(_SOURCE)
    return kept or SourceSpec(FIRST)


def keep_subset(source: SourceSpec, slot: int, text: str) -> None:
    """Store the last valid text of a subset for a source."""
    kept: dict[int, tuple[SourceSpec, str]] = own().get(_SUBSETS, {})
    own()[_SUBSETS] = {**kept, slot: (source, text)}


def subset(source: SourceSpec, slot: int) -> str:
    """Return the last valid text of a subset for a source."""
    kept: dict[int, tuple[SourceSpec, str]] = own().get(_SUBSETS, {})
    found = kept.get(slot)
    return found[1] if found and found[0] == source else ""


def forget() -> None:
    """Forget the last good specs, which may be of deleted data."""
    for key in (_GOOD, _CURVE, _SOURCE, _SUBSETS):
        own().pop(key, None)


def keep_upload_problem(sentence: str) -> None:
    """Store why the last file was refused; "" if it was accepted."""
    own()[_UPLOAD] = sentence


def upload_problem() -> str:
    """Return why the last file was refused."""
    return str(own().get(_UPLOAD, ""))
