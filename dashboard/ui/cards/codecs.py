"""The Learned page: codecs trained to a distortion, and one encoder with many decoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import figures
from dashboard.formatting import as_markdown, counted, figure, percent, short
from dashboard.model import studies
from dashboard.model.codecs import (
    CodecSpec,
    CodecView,
    Data,
    Method,
    Picture,
    UniversalSpec,
    UniversalView,
)
from dashboard.model.learning import Course
from dashboard.tasks import train_codec
from dashboard.ui import inputs, jobs, layout
from dashboard.ui.cards.learned import LIMITS, asked, length, take_course
from dashboard.ui.charts import chart, colours
from dashboard.ui.metrics import tile, tiles
from dashboard.uploads import UploadError, digest
from dashboard.uploads.pictures import MAX_PICTURES, as_png, read_picture

_DATA: dict[Data, str] = {
    "photographs": "Photographs",
    "digits": "Digits",
    "own": "Own pictures",
}
_METHODS: dict[Method, str] = {"dco": "D-CO", "beta": "β-VAE", "hinge": "Hinge"}
_SHOWN_DIGITS = 10
_PARTS = ("constrained", "halved", "compared", "naive", "digits")


def constrained() -> None:
    """Draw the codec's part: settings, a live training, pictures, real bits, the study."""
    st.markdown(
        "An autoencoder with a learned quantiser and a PixelCNN prior, trained to end at the"
        " distortion that is asked for: D-CO finds the multiplier λ by itself, where a β-VAE or a"
        " hinge need a weight that nobody knows beforehand."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        data: Data = inputs.segments("pictures", "Pictures", _DATA)
        method: Method = inputs.segments("method", "Method", _METHODS)
        target = inputs.number("c", "Target c (squared grey levels)", step=10.0, width=230)
        weight = 1.0
        if method != "dco":
            label = "β" if method == "beta" else "λ, fixed"
            weight = inputs.number(f"{method}_w", label, width=150)
        with layout.settings("More"):
            counts = {count: str(count) for count in inputs.options("channels")}
            channels: int = inputs.segments("channels", "Latent channels", counts)
            naive = inputs.toggle(
                "naive",
                "The text's own schedule",
                help="Made for runs of 10⁵ updates and more: a short run misses its target.",
            )
            steps, seed = length("codec", {"short": 1500, "usual": 5000, "longer": 15000})
    pictures = _own() if data == "own" else ()
    if data == "own" and not pictures:
        _studies()
        return
    spec = CodecSpec(
        data,
        target,
        method,
        weight,
        channels,
        steps,
        seed,
        "naive" if naive and method == "dco" else "settled",
        tuple(digest(picture.tobytes()) for picture in pictures),
    )
    kept = asked("codec", spec, seconds=70 * steps // 5000)
    if isinstance(kept, CodecSpec) and (kept.data != "own" or kept.pictures == spec.pictures):
        found = jobs.run(
            "codec", kept, train_codec.train, inputs=lambda: (kept, pictures), limits=LIMITS
        )
        if isinstance(found, jobs.Done):
            _codec(found.result, kept)
        else:
            jobs.follow(
                "codec",
                found,
                what="Training a codec",
                draw=lambda shown: _courses(shown, kept, unfinished=True),
            )
    _studies()


def _own() -> tuple[Picture, ...]:
    """Draw the upload of own pictures and return those that can be used."""
    files = st.file_uploader(
        "PNG or JPEG, made grey; of several the last quarter is kept for the test",
        type=["png", "jpg", "jpeg"],
        accept_multiple_files=True,
        key="own_pictures",
    )
    found = []
    for file in files[:MAX_PICTURES]:
        try:
            found.append(read_picture(file.name, file.getvalue()))
        except UploadError as error:
            st.error(as_markdown(str(error)))
    if len(files) > MAX_PICTURES:
        st.warning(f"The first {MAX_PICTURES} of {len(files)} pictures are used.")
    return tuple(found)


def _courses(shown: Course, spec: CodecSpec, *, unfinished: bool = False) -> None:
    end = "_so_far" if unfinished else ""
    with st.grid(3, min_column_width=260, gap="small"):
        for name, title, goal, log in (
            ("mse", "D (squared grey levels)", (spec.target, "target c"), True),
            ("rate_bpp", "rate (bits per pixel)", None, False),
            ("lambda", "multiplier λ", (1000.0, "the clip"), True),
        ):
            with st.container(border=True, gap="small"):
                drawing = figures.along(
                    {"training": shown}, name, title=title, goal=goal, log=log, colours=colours()
                )
                chart(drawing, f"codec_{name}{end}", alt=f"{title} along the training", height=250)


def _codec(shown: CodecView, spec: CodecSpec) -> None:
    off = percent(shown.training[1] / spec.target - 1)
    verdict = {
        "met": f"{off}: met",
        "missed": f"{off}: missed",
        "unreachable": "λ at the clip: out of reach",
    }[shown.verdict]
    with tiles(4, narrowest=165):
        tile("D on training patches", figure(shown.training[1]), verdict)
        tile(
            "Rate there",
            figure(shown.training[0], 3),
            f"λ ended at {figure(shown.multiplier, 3)}",
            unit="bits/pixel",
        )
        tile(
            "On what it never saw",
            figure(shown.held_out[0], 3),
            f"D {figure(shown.held_out[1])}",
            unit="bits/pixel",
        )
        excess = 8 * shown.coded_bytes / max(shown.estimated_bits, 1e-9) - 1
        tile(
            "Real file",
            counted(shown.file_bytes),
            f"code {percent(excess, 2)} over the prior",
            unit="bytes",
        )
    _courses(shown.course, spec)
    _pictures(shown)
    take_course("codec", shown.course, spec)


def _pictures(shown: CodecView) -> None:
    with layout.card(
        "Never seen in training: the original, and what the file decodes to", height="content"
    ):
        told = "decoded by another process to the same pixels"
        st.caption(
            f"{len(shown.originals)} pictures in one file, {told}."
            if shown.equal
            else "The other process decoded something else; this is what was decoded here."
        )
        count = min(len(shown.originals), 3 if shown.originals[0].shape[0] > 16 else _SHOWN_DIGITS)
        small = shown.originals[0].shape[0] <= 16
        with st.grid(count if small else 2 * count, min_column_width=60 if small else 130):
            for k in range(count):
                rate, error = shown.shown[k]
                under = f"{figure(rate, 2)} bpp, D {figure(error, 3)}"
                if small:
                    both = np.vstack([shown.originals[k], shown.decoded[k]])
                    st.image(as_png(both), caption=under, width="stretch")
                else:
                    st.image(as_png(shown.originals[k]), caption="original", width="stretch")
                    st.image(as_png(shown.decoded[k]), caption=under, width="stretch")
        layout.download("The coded file", shown.blob.tobytes(), "pictures.rdl", key="take_pictures")


def _studies() -> None:
    """Draw what was trained before: every target, weights that miss it, half the channels."""
    parts = {name: studies.study(name) for name in _PARTS}
    known = {name: kept for name, kept in parts.items() if kept is not None}
    if not known:
        return
    left, right = layout.pair()
    with layout.card(
        "Achieved against asked",
        "D-CO lies on the line; a fixed weight ends wherever it ends.",
        inside=left,
    ):
        groups, lines = _achieved(known)
        drawing = figures.points(
            groups,
            across="target c",
            up="D reached on training patches",
            line=("what was asked", lines, lines),
            colours=colours(),
            logs=(True, True),
        )
        chart(drawing, "achieved", alt="Distortion reached against the target")
    with layout.card(
        "Rate and distortion, held-out photographs",
        "All channels, half of them, and what fixed weights came to.",
        inside=right,
    ):
        drawing = figures.points(
            [
                group
                for name, label, look in (
                    ("constrained", "D-CO, 4 channels", "certified"),
                    ("halved", "D-CO, 2 channels", "closed"),
                    ("compared", "fixed weights", "subset"),
                    ("naive", "the text's schedule", "baseline"),
                )
                if name in known
                for group in [_plane(label, known[name].rows, look)]
            ],
            across="D (squared grey levels)",
            up="rate (bits per pixel)",
            colours=colours(),
            logs=(True, False),
        )
        chart(drawing, "codec_plane", alt="Rate and distortion on held-out photographs")
    with layout.card("The numbers", height="content"):
        rows = [_row(row) for kept in known.values() for row in kept.rows]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="codec_table")
        for kept in known.values():
            st.caption(kept.caption)


def _achieved(known: dict[str, studies.Study]) -> tuple[list[figures.Group], Any]:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for kept in known.values():
        for row in kept.rows:
            kinds.setdefault(_kind(row), []).append(row)
    looks = {"D-CO": "certified", "hinge": "subset", "β-VAE": "codebook", "naive": "baseline"}
    groups = []
    for kind, rows in kinds.items():
        x = np.array([row["target"] for row in rows])
        y = np.array([row["training_mse_mean"] for row in rows])
        half = np.array([row["training_mse_spread"] for row in rows]) / 2
        remarks = [f"{row['data']}, {row['method']}, C={row['channels']}" for row in rows]
        groups.append(figures.Group(kind, x, y, looks[kind], (np.zeros(len(x)), half), remarks))
    ends = [one.x for one in groups]
    return groups, np.geomspace(min(x.min() for x in ends), max(x.max() for x in ends), 12)


def _kind(row: dict[str, Any]) -> str:
    method = str(row["method"])
    if method.startswith("hinge"):
        return "hinge"
    if method.startswith("beta"):
        return "β-VAE"
    return "D-CO" if method == "dco" else "naive"


def _plane(name: str, rows: Sequence[dict[str, Any]], look: str) -> figures.Group:
    x, y, wide, high = (
        np.array([row[f"held_out_{key}"] for row in rows])
        for key in ("mse_mean", "rate_bpp_mean", "mse_spread", "rate_bpp_spread")
    )
    remarks = [f"c = {row['target']:g}, {row['method']}" for row in rows]
    return figures.Group(name, x, y, look, (wide / 2, high / 2), remarks)


def _row(row: dict[str, Any]) -> dict[str, str]:
    def both(name: str, digits: int) -> str:
        half = row[f"{name}_spread"] / 2
        return f"{figure(row[f'{name}_mean'], digits)} ± {figure(half, 2)}"

    return {
        "data": row["data"],
        "c": short(row["target"]),
        "method": row["method"],
        "channels": str(row["channels"]),
        "D": both("training_mse", 4),
        "worst off": f"{100 * row['worst_error']:.1f} %",
        "R (bpp)": both("training_rate_bpp", 3),
        "D held out": both("held_out_mse", 4),
        "R held out": both("held_out_rate_bpp", 3),
        "λ at the end": both("lambda", 3),
        "verdict": ", ".join(sorted(set(row["verdicts"]))),
    }


def universal() -> None:
    """Draw the universal part: settings, a live sweep, pictures, what the exact solver says."""
    st.markdown(
        "One encoder for pictures of digits, a decoder for each trade-off between squared error and"
        " a classifier's cross-entropy. Is a frozen encoder as good as one trained for the"
        " trade-off? It depends on which."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        counts = {count: str(count) for count in inputs.options("values")}
        d: int = inputs.segments("values", "Values d", counts)
        levels: int = inputs.segments("levels", "Levels L", counts)
        critic = inputs.toggle(
            "critic",
            "With a critic",
            help="Adds λ_p = 0.02 times the Wasserstein distance between the laws of pictures.",
        )
        steps, seed = length("universal", {"usual": 2000, "longer": 8000})
    spec = UniversalSpec(d, levels, 0.02 if critic else 0.0, steps, seed)
    kept = asked("universal", spec, seconds=(150 if critic else 50) * steps // 2000)
    if isinstance(kept, UniversalSpec):
        found = jobs.run("universal", kept, train_codec.sweep, limits=LIMITS)
        if isinstance(found, jobs.Done):
            _universal(found.result, kept)
        else:
            jobs.follow("universal", found, what="Training codecs", draw=_sweep_so_far)
    _universal_study()


def _sweep_so_far(shown: Course) -> None:
    drawing = figures.along({"λ_c = 0": shown}, "mse_0", title="MSE a pixel", colours=colours())
    chart(drawing, "sweep_so_far", alt="Squared error along the training so far")


def _universal(shown: UniversalView, spec: UniversalSpec) -> None:
    left, right = layout.pair()
    looks = ("certified", "closed", "codebook", "subset")
    with layout.card(
        "Squared error and accuracy",
        f"By a judge that took no part; it reads {100 * shown.judge:.1f} % of the originals.",
        inside=left,
    ):
        remarks = [f"λ_c = {weight:g}" for weight in shown.weights]
        groups = [
            figures.Group(side.name, side.mse, 100 * side.accuracy, look, None, remarks)
            for side, look in zip(shown.sides, looks, strict=False)
        ]
        drawing = figures.points(groups, across="MSE a pixel", up="accuracy (%)", colours=colours())
        chart(drawing, "universal_plane", alt="Accuracy over squared error for every codec")
    with layout.card(
        "What is decoded",
        "Originals on top; below what each trade-off, trained end to end, makes of them.",
        inside=right,
    ):
        drawing = figures.decoded_digits(shown, _SHOWN_DIGITS, colours=colours())
        chart(drawing, "decoded_digits", alt="Originals and reconstructions by trade-off")
    with layout.card("Its codes, judged by the exact solver", height="content"):
        rows = [
            {
                "trained for": f"λ_c = {weight:g}",
                "H(Z) (bits)": figure(own),
                "least rate at its D and C (bits)": figure(high)
                if high - low < 1e-3
                else f"{figure(low)} … {figure(high)}",
                "code entropy, held out (bits)": figure(entropy),
                "H(S|Z), held out (bits)": figure(left_over, 3),
            }
            for weight, own, (low, high), entropy, left_over in zip(
                shown.weights,
                shown.own,
                shown.certified,
                shown.entropies,
                shown.left_bits,
                strict=True,
            )
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="codes")
        st.caption(
            f"At most {figure(spec.dimensions * float(np.log2(spec.levels)), 3)} bits a picture."
            " Certified: the least rate of any channel to the same codewords that is as near and"
            " as telling on all 1797 digits."
        )
    take_course("universal", shown.course, spec)


def _universal_study() -> None:
    kept = studies.study("universal")
    if kept is None:
        return
    with layout.card("Over seeds", height="content"):
        rows = []
        for row in kept.rows:
            if "side" not in row:
                continue

            def both(name: str, digits: int, row: dict[str, Any] = row) -> str:
                if name not in row:
                    return "—"
                return f"{figure(row[name], digits)} ± {figure(row[f'{name}_spread'], 2)}"

            rows.append(
                {
                    "trade-off": row["case"],
                    "encoder": row["side"],
                    "MSE a pixel": both("mse_pixel", 3),
                    "accuracy": both("accuracy", 3),
                    "CE (nats)": both("cross_entropy_nats", 3),
                    "code entropy (bits)": both("entropy_bits", 3),
                    "added MSE (%)": both("mse_percent", 2),
                    "points lost": both("accuracy_points", 2),
                }
            )
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="universal_table")
        st.caption(
            f"{kept.caption} Frozen rows are beside end-to-end ones of the same seed and the same"
            " number of decoder updates; ± is the standard deviation over seeds."
        )
