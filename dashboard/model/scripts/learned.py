"""The scripts of the Learned page: a training and its numbers, with rdcore's extra "learned"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.model.codecs import SHOWN_SIDE, TWO_LABELS, CodecSpec, UniversalSpec
from dashboard.model.learning import EnergySpec
from dashboard.model.scripts.problems import head

_SHOWN_DIGITS = 12
_OWN = [
    "import sys",
    "from pathlib import Path",
    "",
    "from PIL import Image",
    "",
    "from rdcore import pictures as files",
]


def codec(spec: CodecSpec) -> str:
    """Return the script of a codec; own pictures are its arguments, in the order of the page."""
    own = spec.data == "own"
    lines = [
        *(_OWN if own else []),
        "from rdcore.learned.constrained import CodecSettings, compress, train_codec",
        *([] if own else ["from rdcore.learned import photographs"]),
        "from rdcore.learned.training import finished",
        "",
        *_held_out(spec),
        *_settings("CodecSettings", spec.arguments()),
        f"run = finished(train_codec(settings{', pictures' if own else ''}))",
        'print("D, training data (squared pixel value):", run.training.mse)',
        'print("rate, training data (bits/pixel):", run.training.rate_bpp)',
        'print("final λ (bits/pixel):", run.multiplier)',
        'print("D, held-out data (squared pixel value):", run.held_out.mse)',
        'print("rate, held-out data (bits/pixel):", run.held_out.rate_bpp)',
        "coded = compress(run, held_out)",
        'print("coded file (bytes):", len(coded.blob))',
        'print("its entropy-coded part (bytes):", coded.coded_bytes)',
        'print("estimate of the prior (bits):", coded.estimated_bits)',
    ]
    more = " Its arguments are the files of the pictures." if own else ""
    return _script(f"A codec trained to a distortion target.{more}", lines)


def _held_out(spec: CodecSpec) -> list[str]:
    """Return the lines that assign the pictures that are coded."""
    if spec.data == "digits":
        return [f"held_out = list(photographs.digits()[-{_SHOWN_DIGITS}:])"]
    middle = [
        "",
        "",
        "def middle(picture):",
        f"    h, w = (min(side, {SHOWN_SIDE}) for side in picture.shape)",
        "    top, left = (picture.shape[0] - h) // 2, (picture.shape[1] - w) // 2",
        "    return np.ascontiguousarray(picture[top : top + h, left : left + w])",
        "",
        "",
    ]
    if spec.data == "photographs":
        known = "[photographs.photographs()[name] for name in photographs.HELD_OUT]"
        return [*middle, f"held_out = [middle(one) for one in {known}]"]
    return [
        *middle,
        "pictures = []",
        "for name in sys.argv[1:]:",
        "    pixels = files.read(Path(name).read_bytes(), grey=False).pixels",
        '    pictures.append(np.array(Image.fromarray(pixels).convert("L")))',
        "last = pictures[-1]",
        "held_out = [middle(last if len(pictures) > 1 else last[-(len(last) // 4) :])]",
    ]


def energy(spec: EnergySpec) -> str:
    """Return the script of energy-based Blahut–Arimoto."""
    lines = [
        "from rdcore.learned.energy import EnergySettings, certified, train_energy",
        "from rdcore.learned.training import finished",
        "",
        *_settings("EnergySettings", spec.arguments()),
        "run = finished(train_energy(settings))",
        'print("rate, bound of the network (bits):", run.rate_bits)',
        'print("standard error (bits):", run.rate_error_bits)',
        'print("D (unit²):", run.distortion)',
        'print("standard error of D (unit²):", run.distortion_error)',
        "if run.closed_form_bits is not None:",
        '    print("R(D), closed form (bits):", run.closed_form_bits)',
        '    print("optimal D (unit²):", run.optimal_distortion)',
        "found = certified(run)",
        'print("rate, channel on a grid (bits):", found.rate_bits)',
        'print("its D (unit²):", found.distortion)',
        'print("excess over R(D), lower bound (bits):", found.excess_least_bits)',
        'print("excess over R(D), upper bound (bits):", found.excess_bits)',
    ]
    return _script("Energy-based Blahut–Arimoto, compared with the exact solution.", lines)


def universal(spec: UniversalSpec) -> str:
    """Return the script of one encoder with several decoders."""
    lines = [
        "from rdcore.learned.training import finished",
        "from rdcore.learned.universal import (",
        "    Digits, UniversalSettings, induced, train_universal, weighted",
        ")",
        "",
        *_trade_offs(spec),
        *_settings("UniversalSettings", spec.arguments(), first=("trade_offs=trade_offs",)),
        "run = finished(train_universal(settings))",
        'print("accuracy of the classifier on originals:", run.judge_accuracy)',
        "",
        "",
        "def show(kind, rows):",
        "    for trade_off, row in zip(names, rows):",
        '        name = f"{kind}, {trade_off}"',
        '        print(f"{name}, MSE per pixel:", row.mse_pixel)',
        '        print(f"{name}, accuracy:", row.accuracy)',
        *_second('        print(f"{name}, accuracy, parity:", row.parity_accuracy)', spec),
        "",
        "",
        'show("end to end", run.end_to_end())',
        "for place in settings.frozen_from:",
        '    show(f"encoder frozen at {names[place]}", run.frozen(place))',
        "digits = Digits.split(settings.held_out, settings.seed)",
        f"both = {spec.two_labels}",
        "for trade_off, row, codec in zip(names, run.encoders, run.codecs):",
        "    dither = codec.dither(1, 0)[0]",
        "    code = induced(codec, digits.every, digits.every_label, dither, two_labels=both)",
        "    proof = rd.solve(code.problem, tol=1e-4).certificate",
        '    name = f"code for {trade_off}"',
        '    print(f"{name}, H(Z) (bits):", code.entropy_bits)',
        '    print(f"{name}, minimum rate, lower bound (bits):", proof.lower_bits)',
        '    print(f"{name}, minimum rate, upper bound (bits):", proof.upper_bits)',
        '    print(f"{name}, held-out data, H(Z) (bits):", row.held_out.entropy_bits)',
        "    left = row.held_out.label_entropy_nats / np.log(2)",
        '    print(f"{name}, held-out data, H(S|Z) (bits):", float(left))',
        *_second("    left = row.held_out.parity_entropy_nats / np.log(2)", spec),
        *_second('    print(f"{name}, held-out data, H(S′|Z), parity (bits):", float(left))', spec),
    ]
    return _script("One encoder for digits, with a decoder for each trade-off.", lines)


def _trade_offs(spec: UniversalSpec) -> list[str]:
    """Return the lines that name the trade-offs."""
    if not spec.two_labels:
        return [
            "weights = [one.classification for one in UniversalSettings().trade_offs]",
            f"trade_offs = weighted(weights, ({spec.perception!r},))",
            'names = [f"λ_c = {weight:g}" for weight in weights]',
        ]
    weights, parity = (list(each) for each in zip(*TWO_LABELS, strict=True))
    return [
        f"weights, parity = {weights}, {parity}",
        f"trade_offs = weighted(weights, ({spec.perception!r},), parity)",
        'names = [f"λ_c = {one:g}, λ_c′ = {two:g}" for one, two in zip(weights, parity)]',
    ]


def _second(line: str, spec: UniversalSpec) -> list[str]:
    """Return a line about the second label, if there is one."""
    return [line] if spec.two_labels else []


def _settings(kind: str, given: Mapping[str, Any], first: Sequence[str] = ()) -> list[str]:
    arguments = [*first, *(f"{name}={value!r}" for name, value in given.items())]
    return [f"settings = {kind}(", *(f"    {one}," for one in arguments), ")"]


def _script(about: str, lines: Sequence[str]) -> str:
    modules = ["import numpy as np", ""] if any("np." in line for line in lines) else []
    modules += ["import rdcore as rd"] if any("rd." in line for line in lines) else []
    doc = head(about, extra="learned", more="Equal seeds give equal numbers.")
    return "\n".join([*doc, "", *modules, *lines, ""])
