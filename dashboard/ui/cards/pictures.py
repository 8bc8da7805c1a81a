"""The Pictures page: the picture, its regions and their levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from dashboard import figures
from dashboard.errors import UserError
from dashboard.figures.pictures import Tool
from dashboard.formatting import as_markdown
from dashboard.model.fields import FIELDS, Number
from dashboard.model.pictures import (
    FIRST_REGIONS,
    LEAST_SIDE,
    REGIONS,
    SAMPLES,
    LevelSpec,
    Parts,
    Photo,
    PictureSpec,
    Pixels,
    RegionError,
    Shape,
    drawn,
    mse_of,
    parse,
    parts_of,
    psnr,
)
from dashboard.model.views import Trouble
from dashboard.ui import inputs, layout, photographs, queries, state
from dashboard.ui.charts import chart, colours
from dashboard.ui.metrics import explained
from dashboard.uploads import store
from dashboard.uploads.errors import UploadError
from dashboard.uploads.pictures import FORMATS, MAX_BYTES, read_colours

MOST_SIDE = 1200
"""Pixels of the longer side of a picture that is shown."""

_CHART, _PROBLEM, _FILE, _TOOL = "photo_chart", "_photo_problem", "photo_file", "photo_tool"
_LABELS = {**SAMPLES, "own": "Own picture"}
_TOOLS: dict[Tool, str] = {"select": "Box", "lasso": "Lasso"}
_HEIGHT = 380
_DECIBELS = (18.0, 50.0)


@dataclass(frozen=True, eq=False)
class Chosen:
    """The picture and the levels that are set.

    Attributes
    ----------
    spec : LevelSpec
    pixels : array of uint8
    parts : Parts
    slots : tuple of int
        The number of each part's region, 0 for the rest.
    first : bool
        Whether all settings are those of the start.
    """

    spec: LevelSpec
    pixels: Pixels
    parts: Parts
    slots: tuple[int, ...]
    first: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def address(self) -> str:
        """The picture as a data address."""
        picture = self.spec.picture
        return photographs.photo_address(picture.photo, picture.digest, picture.grey, MOST_SIDE)


def choose() -> tuple[Chosen, st.delta_generator.DeltaGenerator] | None:
    """Draw the picture and its regions; return what is chosen, None if it cannot be used.

    The place beside the picture is for what the levels cost.
    """
    left, right = layout.pair()
    with layout.card("Regions and levels", height="content"):
        where, what = st.columns([1, 1], gap="medium")
        with where:
            photo, digest, grey = _picture()
        pixels = queries.attempt(photographs.photo, photo, digest, grey) if photo else None
        if photo is None or pixels is None or isinstance(pixels, Trouble):
            if isinstance(pixels, Trouble):
                where.error(pixels.markdown)
            return None
        with where:
            shapes, drawn_slots = _regions(photo)
        picture = PictureSpec(photo, digest, grey, shapes)
        parts = queries.attempt(parts_of, shapes, pixels.shape[:2])
        if isinstance(parts, Trouble):
            where.error(parts.markdown)
            return None
        slots = (*drawn_slots, 0) if parts.rest else drawn_slots
        with what:
            levels = _levels(parts, slots)
    with layout.card("Picture", inside=left):
        _draw(picture, pixels, dict(zip(drawn_slots, shapes, strict=True)))
    spec = LevelSpec(picture, levels)
    return Chosen(spec, pixels, parts, slots, spec == first()), right


def first() -> LevelSpec:
    """Return the settings of the start."""
    region = FIRST_REGIONS["astronaut"]
    numbers = [FIELDS[name].start for name in ("level1", "level_rest")]
    levels = tuple(float(one) for one in numbers if one is not None)
    return LevelSpec(PictureSpec("astronaut", "", True, (parse(region),)), levels)


def name_of(slot: int) -> str:
    """Return the field of a part's level."""
    return f"level{slot}" if slot else "level_rest"


def _picture() -> tuple[Photo | None, str, bool]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        photo: Photo = inputs.select("photo", "Picture", _LABELS, width=170)
        grey = inputs.toggle("photo_grey", "Grey") if photo != "camera" else True
    if photo != "own":
        return photo, "", grey
    st.file_uploader(
        f"{', '.join(FORMATS)}, up to {MAX_BYTES // 2**20} MB and 4 megapixels",
        type=["png", "jpg", "jpeg", "webp"],
        key=_FILE,
        on_change=_uploaded,
        args=(grey,),
    )
    if state.read(_PROBLEM):
        st.error(as_markdown(state.read(_PROBLEM)))
    digest = str(state.value("photo_data") or "")
    state.widget("photo_data")
    if not digest:
        st.caption(
            f"A picture stays on the server for {store.settings().hours} hours after its last use."
            " Whoever has a link to it can open it."
        )
        return None, "", grey
    st.button("Delete the picture", icon=":material/delete:", on_click=_delete, args=(digest,))
    return photo, digest, grey


def _uploaded(grey: bool) -> None:
    file = state.read(_FILE)
    if file is None:
        return
    try:
        read_colours(file.name, file.getvalue(), grey=grey, least_side=LEAST_SIDE)
        key = store.put_picture(file.name, file.getvalue(), state.session())
    except (UploadError, UserError) as error:
        state.write(_PROBLEM, str(error))
        return
    state.write(_PROBLEM, "")
    state.put({"photo_data": key})


def _delete(digest: str) -> None:
    store.delete(digest)
    queries.forget_uploads()
    state.put({"photo_data": None})


def _regions(photo: Photo) -> tuple[tuple[Shape, ...], tuple[int, ...]]:
    """Draw the texts of the regions; return the regions and their numbers."""
    shapes, slots = [], []
    for k in REGIONS:
        start = FIRST_REGIONS.get(photo, "") if k == 1 else ""
        if k > 1 and k - 1 not in slots and not state.value(f"region{k}"):
            break
        text = inputs.text(
            f"region{k}",
            f"Region {k}",
            start=start,
            placeholder="box 144 0 304 208",
            help="Drawn on the picture, or typed in pixels from the upper left corner: “box left"
            " top right bottom”, “ellipse left top right bottom” or “polygon x y x y x y”."
            " Empty: no region.",
        )
        if not text.strip():
            continue
        try:
            shapes.append(parse(text))
            slots.append(k)
        except RegionError as error:
            st.error(as_markdown(str(error)))
    return tuple(shapes), tuple(slots)


def _levels(parts: Parts, slots: tuple[int, ...]) -> tuple[float, ...]:
    unit = inputs.segments(
        "level_unit", "Levels", {"mse": "MSE", "psnr": "PSNR (dB)"}, help=explained("PSNR")
    )
    found = []
    for name, slot in zip(parts.names, slots, strict=True):
        field = name_of(slot)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            level = _number(field, name, unit)
            _slider(field, f"{name}: PSNR (dB)", level)
        found.append(level)
    return tuple(found)


def _number(field: str, label: str, unit: str) -> float:
    """Draw the number of a level in a unit; return the mean squared error."""
    if unit == "mse":
        return inputs.number(field, f"{label}: MSE at most", width=170, format="%.6g")
    level = float(state.value(field))
    state.widget(field)
    key = f"{field}_psnr"
    _set(key, round(psnr(level), 2))
    st.number_input(
        f"{label}: PSNR at least", step=0.5, key=key, width=170, on_change=_moved, args=(field, key)
    )
    return level


def _slider(field: str, label: str, level: float) -> None:
    key = f"{field}_slide"
    _set(key, round(min(max(psnr(level), _DECIBELS[0]), _DECIBELS[1]), 1))
    st.slider(
        label, *_DECIBELS, step=0.1, key=key, width=260, format="%.1f dB",
        on_change=_moved, args=(field, key),
    )  # fmt: skip


def _set(key: str, value: float) -> None:
    if state.read(key) != value:
        state.write(key, value)


def _moved(field: str, key: str) -> None:
    one = FIELDS[field]
    assert isinstance(one, Number)
    level = min(max(mse_of(float(state.read(key, 30.0))), one.low), one.high)
    state.put({field: float(f"{level:.6g}")})


def _draw(picture: PictureSpec, pixels: Pixels, regions: Mapping[int, Shape]) -> None:
    """Draw the picture with the regions, and the tools to draw on it."""
    height, width = pixels.shape[:2]
    with layout.toolbar("photo"):
        tool: Tool = st.segmented_control(
            "Tool",
            list(_TOOLS),
            default="select",
            required=True,
            format_func=lambda one: _TOOLS[one],
            key=_TOOL,
            label_visibility="collapsed",
        )
        slot = inputs.segments(
            "draw_region",
            "Region to draw",
            {k: f"Region {k}" for k in REGIONS},
            label_visibility="collapsed",
        )
    drawing = figures.drawable(
        (
            photographs.photo_address(picture.photo, picture.digest, picture.grey, MOST_SIDE),
            width,
            height,
        ),
        regions,
        tool=tool,
        brush=slot,
        revision=state.revision(),
        colours=colours(),
    )
    key = f"{_CHART}_{state.revision()}"
    chart(
        drawing,
        key,
        alt=f"The picture, {width} × {height} pixels, with {len(regions)} regions",
        height=_HEIGHT,
        on_select=lambda: _selected(key, slot),
        selection_mode=("box", "lasso"),
    )
    st.caption("Drag over the picture to draw the region that is chosen above.")


def _selected(key: str, slot: int) -> None:
    event = state.read(key)
    shape = drawn(event.selection) if event is not None else None
    if shape is not None:
        state.put({f"region{slot}": shape.text()})
        state.redraw()
