"""The Learned page: codecs with a distortion target, and one encoder with several decoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from dashboard import figures
from dashboard.errors import UserError
from dashboard.formatting import as_markdown, clean, counted, figure, percent
from dashboard.model import scripts, studies
from dashboard.model.codecs import (
    CodecSpec,
    CodecView,
    Data,
    Method,
    Picture,
    Recipe,
    UniversalSpec,
    UniversalView,
)
from dashboard.model.fields import MOST_PICTURES
from dashboard.model.glossary import explain
from dashboard.model.learning import History
from dashboard.model.views import Trouble
from dashboard.tasks import train_codec
from dashboard.ui import inputs, jobs, layout, photographs, queries, state, takeaway
from dashboard.ui.cards import codec_studies
from dashboard.ui.cards.learned import LIMITS, asked, length, offer_history
from dashboard.ui.charts import chart, colours, table
from dashboard.ui.metrics import explained, tile, tiles
from dashboard.uploads import store
from dashboard.uploads.pictures import as_png, read_picture
from rdcore.tables import digest

_DATA: dict[Data, str] = {
    "photographs": "Photographs",
    "digits": "Digits",
    "own": "Own pictures",
}
_METHODS: dict[Method, str] = {"dco": "D-CO", "beta": "β-VAE", "hinge": "Hinge"}
_SHOWN_DIGITS = 10
_FILES, _KEPT, _TROUBLES = "own_pictures", "pictures_data", "_own_pictures_troubles"


def constrained() -> None:
    """Draw the part on codecs: settings, training, pictures, coded file, precomputed study."""
    st.markdown(
        "An autoencoder with a learned quantiser and a PixelCNN prior, trained to a distortion"
        " target."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        data: Data = inputs.segments("pictures", "Pictures", _DATA)
        method: Method = inputs.segments(
            "method", "Method", _METHODS, help=explained("D-CO", "β-VAE", "hinge")
        )
        target = inputs.number(
            "c",
            "Target c (squared pixel value)",
            step=10.0,
            width=230,
            help=explain("distortion target"),
        )
        weight = 1.0
        if method != "dco":
            label = "Weight β" if method == "beta" else "Weight λ (bits/pixel)"
            weight = inputs.number(f"{method}_w", label, width=150)
        with layout.settings("More"):
            counts = {count: str(count) for count in inputs.options("channels")}
            channels: int = inputs.segments("channels", "Latent channels", counts)
            naive = inputs.toggle(
                "naive",
                "Schedule of van Rozendaal et al. (2020)",
                help="“Lossy Compression with Distortion Constrained Optimization”. The schedule is"
                " designed for 10⁵ or more updates; a short run misses its target.",
            )
            unnormalised = inputs.toggle(
                "unnormalised",
                "Constraint D − c",
                disabled=naive,
                help="D-CO with D − c in units of 200 as constraint, the loss before it is"
                " normalised; otherwise the constraint is D/c − 1.",
            )
            steps, seed = length("codec", {"short": 1500, "usual": 5000, "longer": 15000})
    pictures = _own() if data == "own" else ()
    if data == "own" and not pictures:
        codec_studies.draw()
        return
    spec = CodecSpec(
        data,
        target,
        method,
        weight,
        channels,
        steps,
        seed,
        _recipe(method, naive=naive, unnormalised=unnormalised),
        tuple(digest(picture.tobytes()) for picture in pictures),
    )
    kept = asked("codec", spec, seconds=70 * steps // 5000)
    shown = kept if isinstance(kept, CodecSpec) else spec
    takeaway.script(lambda: scripts.codec(shown))
    if isinstance(kept, CodecSpec) and (kept.data != "own" or kept.pictures == spec.pictures):
        found = jobs.run(
            "codec", kept, train_codec.train, inputs=lambda: (kept, pictures), limits=LIMITS
        )
        jobs.show(
            "codec",
            found,
            lambda done: _codec(done, kept),
            what="Training a codec",
            so_far=lambda shown: _histories(shown, kept, unfinished=True),
        )
    codec_studies.draw()


def _recipe(method: Method, *, naive: bool, unnormalised: bool) -> Recipe:
    """Return the recipe of the multiplier, which only D-CO has."""
    if method != "dco":
        return "settled"
    if naive:
        return "naive"
    return "unnormalised" if unnormalised else "settled"


def _own() -> tuple[Picture, ...]:
    """Draw the upload of the user's pictures and return the usable ones."""
    st.file_uploader(
        f"PNG or JPEG, at most {MOST_PICTURES}, converted to grey; the last quarter is held out",
        type=["png", "jpg", "jpeg"],
        accept_multiple_files=True,
        key=_FILES,
        on_change=_uploaded,
    )
    for sentence in state.read(_TROUBLES, ()):
        st.error(as_markdown(sentence))
    digests = [key for key in str(state.value(_KEPT)).split(",") if key]
    state.widget(_KEPT)
    names, found = [], []
    for key in digests[:MOST_PICTURES]:
        picture = queries.attempt(photographs.own_grey, key)
        if isinstance(picture, Trouble):
            st.error(picture.markdown)
            continue
        names.append(picture[0])
        found.append(picture[1])
    if digests:
        listed = ", ".join(f"“{as_markdown(clean(name))}”" for name in names)
        st.caption(
            f"{counted(len(names), 'picture')}: {listed}. They stay on the server for"
            f" {store.settings().hours} hours after their last use."
        )
        label = "Delete the pictures"
        st.button(label, icon=":material/delete:", on_click=_delete, args=(digests,))
    return tuple(found)


def _uploaded() -> None:
    """Keep the pictures that are chosen, on the server and in the state."""
    files, keys, troubles = state.read(_FILES, []), [], []
    for file in files[:MOST_PICTURES]:
        try:
            read_picture(file.name, file.getvalue())
            keys.append(store.put_picture(file.name, file.getvalue(), state.session()))
        except UserError as error:
            troubles.append(str(error))
    if len(files) > MOST_PICTURES:
        troubles.append(f"The first {MOST_PICTURES} of {len(files)} pictures are used.")
    state.write(_TROUBLES, tuple(troubles))
    state.put({_KEPT: ",".join(dict.fromkeys(keys)) or None})


def _delete(digests: Sequence[str]) -> None:
    for key in digests:
        store.delete(key)
    queries.forget_uploads()
    state.put({_KEPT: None})


def _histories(shown: History, spec: CodecSpec, *, unfinished: bool = False) -> None:
    end = "_so_far" if unfinished else ""
    with st.grid(3, min_column_width=260, gap="small"):
        for name, title, goal, log in (
            ("mse", "D (squared pixel value)", (spec.target, "target c"), True),
            ("rate_bpp", "rate (bits per pixel)", None, False),
            ("lambda", "multiplier λ (bits per pixel)", (1000.0, "largest λ"), True),
        ):
            with st.container(border=True, gap="small"):
                drawing = figures.along(
                    {"training": shown}, name, title=title, goal=goal, log=log, colours=colours()
                )
                chart(drawing, f"codec_{name}{end}", alt=f"{title} during training", height=250)


def _codec(shown: CodecView, spec: CodecSpec) -> None:
    off = percent(shown.training[1] / spec.target - 1)
    verdict = {
        "met": f"{off} of target: met",
        "missed": f"{off} of target: missed",
        "not yet tight": f"{off} of target: λ still falling, not yet tight",
        "below target": f"{off} of target: below it, more rate than needed",
        "unreachable": "target not reachable, λ at its limit",
    }[shown.verdict]
    with tiles(4, narrowest=165):
        tile(
            "D, training data",
            figure(shown.training[1]),
            verdict,
            unit="squared pixel value",
            more=explain("distortion target"),
        )
        tile(
            "Rate, training data",
            figure(shown.training[0], 3),
            f"final λ {figure(shown.multiplier, 3)} bits/pixel",
            unit="bits/pixel",
            more=explained("bits per pixel", "multiplier"),
        )
        tile(
            "Held-out data",
            figure(shown.held_out[0], 3),
            f"D = {figure(shown.held_out[1])} squared pixel value",
            unit="bits/pixel",
            more=explain("held-out data"),
        )
        excess = 8 * shown.coded_bytes / max(shown.estimated_bits, 1e-9) - 1
        tile(
            "Coded file",
            counted(shown.file_bytes),
            f"{percent(excess, 2)} relative to the prior",
            unit="bytes",
        )
    _histories(shown.history, spec)
    _pictures(shown)
    offer_history("codec", shown.history, spec)


def _pictures(shown: CodecView) -> None:
    with layout.card("Held-out pictures: original and decoded", height="content"):
        st.caption(
            f"{len(shown.originals)} pictures in one file; a second process decoded the same"
            " pixels."
            if shown.equal
            else "The second process decoded different pixels; the pixels decoded here are shown."
        )
        count = min(len(shown.originals), 3 if shown.originals[0].shape[0] > 16 else _SHOWN_DIGITS)
        small = shown.originals[0].shape[0] <= 16
        with st.grid(count if small else 2 * count, min_column_width=60 if small else 130):
            for k in range(count):
                rate, error = shown.shown[k]
                under = f"{figure(rate, 2)} bpp, D = {figure(error, 3)}"
                if small:
                    both = np.vstack([shown.originals[k], shown.decoded[k]])
                    st.image(as_png(both), caption=under, width="stretch")
                else:
                    st.image(as_png(shown.originals[k]), caption="original", width="stretch")
                    st.image(as_png(shown.decoded[k]), caption=under, width="stretch")
        kind = "application/octet-stream"
        blob = shown.blob.tobytes()
        layout.download("Coded file", blob, "pictures.rdl", key="take_pictures", mime=kind)


def universal() -> None:
    """Draw the part on universal codecs: settings, sweep, pictures, certified values."""
    st.markdown(
        "One encoder for images of digits, with a decoder for each trade-off between squared error"
        " and the cross-entropy of a classifier. The frozen encoder is compared with an encoder"
        " trained for each trade-off."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        counts = {count: str(count) for count in inputs.options("values")}
        d: int = inputs.segments(
            "values", "Latent dimensions d", counts, help=explained("frozen encoder", "dither")
        )
        levels: int = inputs.segments("levels", "Levels L per dimension", counts)
        critic = inputs.toggle(
            "critic",
            "Perception loss (critic)",
            help="Adds λ_p = 0.02 times the Wasserstein distance between the distributions"
            " of original"
            " and decoded images.",
        )
        turns = inputs.toggle(
            "alternating",
            "Alternating updates",
            help="Each update moves encoder and decoder first, then classifier and critic, as"
            " Nguyen et al. (2025) do; otherwise all move together.",
        )
        both = inputs.toggle(
            "two_labels",
            "Two labels",
            help="S is the digit and S′ its parity, with the weights λ_c and λ_c′ and a classifier"
            " for each; a code can then keep one of them better than the other.",
        )
        steps, seed = length("universal", {"usual": 2000, "longer": 8000})
    spec = UniversalSpec(d, levels, 0.02 if critic else 0.0, steps, seed, both, turns)
    kept = asked("universal", spec, seconds=(70 if critic else 35) * (1 + turns) * steps // 2000)
    shown = kept if isinstance(kept, UniversalSpec) else spec
    takeaway.script(lambda: scripts.universal(shown))
    if isinstance(kept, UniversalSpec):
        found = jobs.run("universal", kept, train_codec.sweep, limits=LIMITS)
        jobs.show(
            "universal",
            found,
            lambda done: _universal(done, kept),
            what="Training codecs",
            so_far=_sweep_so_far,
        )
    _universal_study()


def _sweep_so_far(shown: History) -> None:
    drawing = figures.along({"λ_c = 0": shown}, "mse_0", title="MSE per pixel", colours=colours())
    chart(drawing, "sweep_so_far", alt="Squared error during training so far")


def _universal(shown: UniversalView, spec: UniversalSpec) -> None:
    left, right = layout.pair()
    looks = ("certified", "closed", "codebook", "subset")
    with layout.card(
        "Squared error and accuracy",
        f"Measured by a separate classifier with {100 * shown.judge:.1f} % accuracy on the"
        " originals.",
        inside=left,
    ):
        groups = [
            figures.Group(side.name, side.mse, 100 * side.accuracy, look, None, list(shown.names))
            for side, look in zip(shown.groups, looks, strict=False)
        ]
        drawing = figures.points(
            groups, across="MSE per pixel", up="accuracy (%)", colours=colours()
        )
        chart(drawing, "universal_plane", alt="Accuracy over squared error for every codec")
    _decoded(shown, 0, right)
    for k, where in zip(range(1, len(shown.groups)), layout.pair(), strict=False):
        _decoded(shown, k, where)
    with layout.card("Codes compared with certified bounds", height="content"):
        table([_code(shown, spec, k) for k in range(len(shown.names))], "codes")
        levels = "D, C and C′" if spec.two_labels else "D and C"
        st.caption(
            "Largest possible rate:"
            f" {figure(spec.dimensions * float(np.log2(spec.levels)), 3)} bits"
            " per image. The certified minimum is over all channels to the same codewords with the"
            f" same {levels} on all 1797 digits."
        )
    if spec.two_labels:
        _labels(shown)
    offer_history("universal", shown.history, spec)


def _decoded(shown: UniversalView, group: int, where: Any) -> None:
    """Draw the images of the codecs of a group."""
    side = shown.groups[group]
    with layout.card(
        "Decoded images" + (f", {side.name}" if group else ""),
        "Originals on top; below, the "
        + ("decoder" if group else "end-to-end codec")
        + " of each trade-off.",
        inside=where,
    ):
        drawing = figures.decoded_digits(shown, _SHOWN_DIGITS, group, colours=colours())
        alt = f"Original and decoded digits by trade-off, {side.name}"
        chart(drawing, f"decoded_digits_{group}", alt=alt)


def _code(shown: UniversalView, spec: UniversalSpec, k: int) -> dict[str, str]:
    """Return a row on the code of a trade-off and its certified bounds."""
    low, high = shown.certified[k]
    levels = "D, C and C′" if spec.two_labels else "D and C"
    row = {
        "trained for": shown.names[k],
        "H(Z) (bits)": figure(shown.own[k]),
        f"certified minimum rate at the same {levels} (bits)": figure(high)
        if high - low < 1e-3
        else f"{figure(low)} … {figure(high)}",
        "code entropy, held-out data (bits)": figure(shown.entropies[k]),
        "H(S|Z), held-out data (bits)": figure(shown.left_bits[k], 3),
    }
    if spec.two_labels:
        row["H(S′|Z), held-out data (bits)"] = figure(shown.parity_left_bits[k], 3)
    return row


def _labels(shown: UniversalView) -> None:
    """Draw the accuracies of both labels for every codec."""
    with layout.card("Digit and parity", height="content"):
        rows = [
            {
                "trade-off": name,
                "encoder": side.name,
                "MSE per pixel": figure(side.mse[k], 3),
                "accuracy, digit (%)": figure(100 * side.accuracy[k], 3),
                "accuracy, parity (%)": figure(100 * side.parity[k], 3),
            }
            for side in shown.groups
            for k, name in enumerate(shown.names)
        ]
        table(rows, "two_labels_table")
        st.caption(
            "On held-out digits, by the separate classifier; the parity is that of the digits it"
            " finds most likely together. Guessing gives 10 % and 50 %."
        )


def _universal_study() -> None:
    kept = studies.study("universal")
    if kept is None:
        return
    with layout.card("Results over seeds", height="content"):
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
                    "seeds": str(row["seeds"]),
                    "MSE per pixel": both("mse_pixel", 3),
                    "accuracy": both("accuracy", 3),
                    "CE (nats)": both("cross_entropy_nats", 3),
                    "code entropy (bits)": both("entropy_bits", 3),
                    "added MSE (%)": both("mse_percent", 2),
                    "added MSE at equal entropy (%)": both("mse_percent_at_rate", 2),
                    "accuracy lost (points)": both("accuracy_points", 2),
                    "accuracy lost at equal entropy (points)": both("accuracy_points_at_rate", 2),
                }
            )
        table(rows, "universal_table")
        st.caption(
            f"{kept.caption} Frozen encoders are compared with end-to-end codecs of the same"
            " seed and number of decoder updates; at equal entropy of the code, codecs with other"
            " numbers of levels are interpolated."
        )
