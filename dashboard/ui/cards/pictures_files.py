"""The Pictures page: files of every encoder, original and decoded, maps, and downloads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

import rdcore as rd
from dashboard import figures
from dashboard.formatting import counted, figure, short
from dashboard.model.pictures import EncodedView, LevelSpec, PeersView, Pixels, psnr
from dashboard.tasks import pictures
from dashboard.ui import jobs, layout, photographs, state
from dashboard.ui.cards.pictures import MOST_SIDE, Chosen
from dashboard.ui.charts import chart, colours, table
from dashboard.ui.metrics import definitions
from dashboard.ui.wipe import wipe
from dashboard.uploads.pictures import as_png

_ASKED = "_picture_asked"
_LIMITS = jobs.Limits(seconds=300.0, result_bytes=64 * 2**20, expected=4.0)
_KILO = 1000.0
_SQUARE = 8
_OURS = "rdcore, with regions"


@dataclass(frozen=True, eq=False)
class Files:
    """The files that the page shows.

    ``other`` says that they are for other levels than those that are set.
    """

    chosen: Chosen
    spec: LevelSpec | None
    own: EncodedView | None = None
    peers: PeersView | None = None
    other: bool = False


def sizes(chosen: Chosen, beside: st.delta_generator.DeltaGenerator) -> Files:
    """Draw the button that codes the picture, and the sizes of all files, in a column."""
    spec = chosen.spec
    kept: LevelSpec | None = state.read(_ASKED)
    known = chosen.first or jobs.cached(spec, pictures.encode) is not None
    asked = spec if known else kept
    if asked is not None and asked.picture != spec.picture:
        asked = None
    with layout.card(
        "Files that meet every level",
        "Other encoders have one quality for the whole picture, so the strictest level sets it.",
        inside=beside,
    ):
        if asked != spec:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.button(
                    "Encode",
                    key="encode_train",
                    type="primary",
                    icon=":material/image:",
                    on_click=state.write,
                    args=(_ASKED, spec),
                )
                st.caption(
                    "About 5 seconds for a quarter of a megapixel in grey."
                    if asked is None
                    else "The files below are for the levels that were set before."
                )
        if asked is None:
            return Files(chosen, None)
        return _sizes(chosen, asked)


def _sizes(chosen: Chosen, spec: LevelSpec) -> Files:
    def inputs() -> tuple[LevelSpec, Pixels]:
        return spec, chosen.pixels

    own = jobs.run("picture_encode", spec, pictures.encode, inputs=inputs, limits=_LIMITS)
    peers = jobs.run("picture_peers", spec, pictures.compare, inputs=inputs, limits=_LIMITS)
    found = Files(
        chosen,
        spec,
        own.result if isinstance(own, jobs.Done) else None,
        peers.result if isinstance(peers, jobs.Done) else None,
        spec != chosen.spec,
    )
    if not isinstance(own, jobs.Done):
        jobs.follow("picture_encode", own, what="Encoding")
    if not isinstance(peers, jobs.Done):
        jobs.follow("picture_peers", peers, what="Encoding with JPEG, JPEG 2000, WebP and AVIF")
    if found.own is not None:
        _bars(found)
    return found


def _bars(files: Files) -> None:
    assert files.own is not None
    ours = len(files.own.blob) / _KILO
    rows = sorted(
        (one for one in (files.peers.rows if files.peers else ()) if one.size),
        key=lambda one: one.size,
    )
    said = f"**{ours:.1f} kB** meet every level."
    if rows:
        best = rows[0]
        said = (
            f"**{ours:.1f} kB** meet every level. {best.name} needs"
            f" {best.size / _KILO:.1f} kB, {best.size / _KILO / ours:.1f} times as much."
        )
    unable = [one.name for one in (files.peers.rows if files.peers else ()) if not one.size]
    if unable:
        said += f" No quality of {' or '.join(unable)} meets them."
    if files.peers is not None and files.peers.left_out:
        said += f" The picture is too large to try {' and '.join(files.peers.left_out)}."
    layout.line(said)
    chart(
        figures.sizes(
            ["rdcore", *(one.name for one in rows)],
            [ours, *(one.size / _KILO for one in rows)],
            colours=colours(),
        ),
        "picture_sizes",
        alt="Sizes of the files that meet every level, in kB",
        height=100 + 52 * (1 + len(rows)),
    )


def results(files: Files) -> None:
    """Draw original and decoded, the maps, the table, and the downloads."""
    if files.own is None or files.spec is None:
        return
    own, chosen = files.own, files.chosen
    with layout.card(
        "Original and decoded",
        "Move the border with the mouse, a finger, or the arrow keys.",
        height="content",
    ):
        decoded = photographs.decoded_address(own.pixels, MOST_SIDE)
        wipe(("Original", chosen.address), ("Decoded", decoded), chosen.size, "picture_wipe")
    left, right = layout.pair()
    with layout.card("Error", "Root of the mean squared error in squares of 8 × 8.", inside=left):
        chart(
            figures.over_picture(
                _errors(chosen.pixels, own.pixels), "grey levels", step=_SQUARE, colours=colours()
            ),
            "picture_errors",
            alt="Map of the error of the decoded picture",
            height=320,
        )
    with layout.card("Bits", "Bits of each square of 8 × 8 pixels in the file.", inside=right):
        chart(
            figures.over_picture(own.bits_map, "bits", step=_SQUARE, colours=colours()),
            "picture_bits",
            alt="Map of the bits that the file spends",
            height=320,
        )
    _table(files)


def _errors(pixels: np.ndarray, found: np.ndarray) -> np.ndarray:
    squares = (pixels.astype(np.float64) - found) ** 2
    each = squares if squares.ndim == 2 else squares.mean(axis=2)
    more = [(0, -size % _SQUARE) for size in each.shape]
    padded = np.pad(each, more, mode="edge")
    rows, columns = (size // _SQUARE for size in padded.shape)
    blocks = padded.reshape(rows, _SQUARE, columns, _SQUARE)
    return np.asarray(np.sqrt(blocks.mean(axis=(1, 3))))


def _table(files: Files) -> None:
    assert files.own is not None
    assert files.spec is not None
    own, spec, names = files.own, files.spec, files.chosen.parts.names
    with layout.card("Every file", height="content"):
        rows = [(_OURS, "the levels", len(own.blob), own.reached)]
        peers = files.peers.rows if files.peers else ()
        rows += [(one.name, one.setting, one.size, one.reached) for one in peers]
        shown = []
        for name, setting, size, reached in rows:
            row = {
                "encoder": name,
                "setting": setting,
                "bytes": counted(size) if size else "no quality meets the levels",
            }
            for part, level, value in zip(names, spec.levels, reached, strict=True):
                row[f"{part}: MSE (at most {short(level, 4)})"] = figure(value, 4)
                row[f"{part}: PSNR (dB)"] = f"{psnr(max(value, 1e-9)):.2f}"
            shown.append(row)
        table(shown, "picture_files")
        st.caption(
            "Measured on the decoded whole numbers. In colour, JPEG and AVIF have the resolution of"
            " colour differences, full (4:4:4) or half, that makes the smaller file; WebP halves"
            " it, which counts as error here."
        )
        _downloads(own)


def _downloads(own: EncodedView) -> None:
    octets = "application/octet-stream"
    with st.container(horizontal=True, gap="small", key="picture_downloads"):
        layout.download(
            "Coded file", own.blob.tobytes(), "picture.rdp", key="take_rdp", mime=octets
        )
        layout.download(
            "Decoded PNG",
            lambda: as_png(own.pixels),
            "decoded.png",
            key="take_png",
            mime="image/png",
        )
        layout.download(
            "Decoder",
            rd.pictures.decoder,
            "decoder.py",
            key="take_decoder",
            mime="text/x-python",
            more="One Python file that needs NumPy and constriction: python decoder.py picture.rdp"
            " picture.ppm",
        )
    st.caption("The Python script of this page is in Share.")


def details() -> None:
    """Draw the definitions of the terms."""
    with st.expander("Terms"):
        st.markdown(definitions("bound of the model", "price of a dB", "PSNR", "region"))
