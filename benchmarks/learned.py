"""Train the learned systems over several seeds; store results in assets/ and docs/learned.md.

``python -m benchmarks.learned constrained energy --seeds 3`` trains the named parts and replaces
their results. Without names it only rewrites the document.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import learned_dco, learned_eba, learned_universal, machine
from dashboard.model import runs

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "assets" / "learned"
DOCUMENT = ROOT / "docs" / "learned.md"
Rows = list[dict[str, Any]]

_SPREAD = "the standard deviation over the seeds"
_READ = """\
Every section states the command, date and machine of its run, its number of seeds, and what ± is.

- **Codecs.** D is the mean squared error per pixel and R the rate in bits per pixel (bpp) under the
  prior, on training patches and on held-out patches: means over the seeds.
  *Largest error* is the largest |D/c − 1| on training patches, *λ variation* the largest relative
  change of λ in the last tenth of a run, and *CPU s* the longest run. A target is *met* within 1 %,
  or 3 % in runs before 2026-11-26, and *unreachable* if λ ends at its limit of 10³. The runs before
  2026-11-22 kept the mean and the range over three seeds; the standard deviation is between 0.50
  and 0.58 of the range, and the larger value is given.
- **Energy-based Blahut–Arimoto.** Means over the seeds. The *proved excess* is the largest possible
  excess of the channel over R(D), from its certificate on a grid.
- **Universal codecs.** Means over the seeds. *Frozen from k* means new decoders on the frozen
  encoder of trade-off k, counted from 0. Penalties are relative to end-to-end training for the same
  trade-off, or at *equal entropy* to end-to-end codecs with 3, 4 and 6 levels, interpolated at the
  entropy of the frozen code.
"""
_LATE = (
    "D-CO meets the D of the β-VAE. *Largest λ* is the largest along the training; a β-VAE has c/β"
    " throughout."
)
_HINGE = (
    "A small λ misses the target; a large one gives a smaller D than asked for, at a higher rate."
    " None of these weights meets a target."
)
_HALF = "The same β, or the same target of D-CO, with 2 and with 4 latent channels."
_ADVANCE = "D-CO with targets that do not come from a β-VAE."
_PLAIN = "The constraints D/c − 1 and D − c with the same steps of λ for all targets."
_OBJECTIVE = """\
F = I + βD + KL(output ∥ marginal) by quadrature on a line: its mean between two of 50 reports. An
exact round of Blahut–Arimoto never increases it; updates from samples can."""
_CODES = """\
Each encoder on all pictures under one dither, and the certified R(D, C) on its own codewords at the
distortion and label uncertainty that it attains:"""


def _codecs(*sections: str) -> Callable[[int], Iterator[dict[str, Any]]]:
    return lambda seeds: learned_dco.table(seeds, sections)


def _energy(seeds: int) -> Iterator[dict[str, Any]]:
    return learned_eba.table(seeds=range(seeds))


def _published(seeds: int) -> Iterator[dict[str, Any]]:
    return learned_eba.published(seeds=range(seeds))


def _objective(seeds: int) -> Iterator[dict[str, Any]]:
    return learned_eba.objectives(seeds=range(seeds))


def _universal(seeds: int) -> Iterator[dict[str, Any]]:
    yield from learned_universal.table(range(seeds))


def _perception(seeds: int) -> Iterator[dict[str, Any]]:
    yield from learned_universal.perception(range(seeds))


PARTS: dict[str, tuple[str, Callable[[int], Iterator[dict[str, Any]]]]] = {
    "constrained": (
        "Distortion-constrained training on photographs, with one unreachable target",
        _codecs("dco", "unreachable"),
    ),
    "halved": ("Distortion-constrained training with half the channels", _codecs("half")),
    "capacity": (
        "Half the channels: an unreachable target, and β-VAE with fixed weights",
        _codecs("capacity"),
    ),
    "naive": ("The schedule of van Rozendaal et al. (2020) in a short run", _codecs("naive")),
    "digits": ("Distortion-constrained training on digits", _codecs("digits")),
    "energy": ("Energy-based Blahut–Arimoto", _energy),
    "published": ("Energy-based Blahut–Arimoto with the published updates", _published),
    "objective": ("The objective of energy-based Blahut–Arimoto during training", _objective),
    "universal": ("Universal codecs on digits", _universal),
    "perception": ("Universal codecs with a weight on the Wasserstein critic", _perception),
}

# What a reader should take from each part, without its numbers.
_SHOWS = {
    "constrained": "Training meets a distortion target that is set in advance, and says which"
    " target the network cannot reach.",
    "halved": "Half the channels are enough for all targets but the smallest one.",
    "capacity": "With half the channels the smallest distortion that can be reached rises, and a"
    " target below it is said to be unreachable.",
    "naive": "In a run this short the original schedule meets no target.",
    "digits": "The same settings meet the targets on other data, except for the largest, where the"
    " rate is small and λ has not settled.",
    "energy": "The learned channel is close to the bound where the optimal reproduction has a"
    " density; where it is discrete, as for three modes, the excess stays.",
    "published": "The updates of Li et al. (2023) as printed: Langevin steps without correction, a"
    " critic without structure, and descent of its bound. The energy is judged by the same exact"
    " solver; the distortion of the samples is biased by the uncorrected steps.",
    "objective": "With sampled gradients the objective falls in the mean and rises now and then;"
    " exact rounds never raise it.",
    "perception": "A weight on the critic brings the decoded pictures closer to the digits in"
    " distribution, at the price of a larger squared error.",
    "universal": "New decoders on the encoder of a middle trade-off cost little of either quantity;"
    " on that of the largest label weight they cost much squared error, most of it because its code"
    " has less entropy. Where no end-to-end codec has so little, there is no penalty at equal"
    " entropy.",
}


def run(name: str, seeds: int, folder: Path = FOLDER) -> None:
    """Train a part and write each row at once, so that stopping loses no finished row."""
    rows: Rows = []
    for row in PARTS[name][1](seeds):
        rows.append(row)
        print(json.dumps(row, ensure_ascii=False), flush=True)
        kept = {
            "part": name,
            "about": PARTS[name][0],
            "made_by": f"python -m benchmarks.learned {name} --seeds {seeds}",
            "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
            "machine": machine.processor(),
            "seeds": seeds,
            "spread": _SPREAD,
            "rows": rows,
        }
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(kept, ensure_ascii=False, indent=1, default=float)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def document(folder: Path = FOLDER) -> str:
    """Return the study as Markdown."""
    parts = ["# Results of the learned systems", _READ.strip()]
    parts += [*_pairs("photographs"), *_pairs("digits"), *_groups()]
    for name, (about, _) in PARTS.items():
        place = folder / f"{name}.json"
        if not place.exists():
            continue
        kept = json.loads(place.read_text(encoding="utf-8"))
        parts += [
            f"## {about}",
            _SHOWS[name],
            (
                f"Made by `{kept['made_by']}` on {kept['date']}, {kept['machine']}.\n"
                f"{kept['seeds']} seeds; ± is {kept['spread']}."
                + (f" {kept['note']}." if kept.get("note") else "")
            ),
            *_tables(name, kept["rows"]),
        ]
    return "\n\n".join(parts) + "\n"


def _pairs(data: str) -> list[str]:
    """Return the section on the runs of a kind of data, in Markdown; none without runs."""
    found = runs.pairs(runs.kept(), data)
    if not found:
        return []
    seeds = len({pair.beta.seed for pair in found})
    sides = [runs.interval(runs.excesses(found, side)).text() for side in ("training", "held_out")]
    seconds = max(pair.dco.cpu_s for pair in found)
    origin = (
        "The target of each D-CO is the D on training patches of the β-VAE of its seed. Made by"
        f" `{runs.MADE_BY}`, {_counted(seeds, 'seed')}, {_counted(len(found), 'pair')}."
    )
    measured = (
        f"Rate of D-CO relative to β-VAE at equal D, with 95 % interval: {sides[0]} on training"
        f" patches, {sides[1]} on held-out patches. The longest run took {seconds:.0f} s of CPU"
        " time."
    )
    return [
        f"## D-CO at the distortion of a β-VAE: {data}",
        _LATE,
        origin,
        f"{measured} {runs.conclusion(found)}",
        _grid([_pair_cells(pair) for pair in found]),
    ]


def _groups() -> list[str]:
    """Return the sections on the other runs: hinge, targets, channels and the constraint."""
    every = runs.chosen(runs.kept(), data="photographs")
    half = runs.chosen(every, channels=2)
    same = {(one.method, one.weight or one.target) for one in half}
    whole = [
        one
        for one in runs.chosen(every, channels=4, recipe="settled")
        if (one.method, one.weight or one.target) in same
    ]
    plain = runs.chosen(every, recipe="unnormalised")
    aimed = {one.target for one in plain}
    advance = runs.chosen(runs.in_advance(every), channels=4)
    sections = {
        "Hinge with fixed weights": (_HINGE, runs.chosen(every, method="hinge")),
        "Half the latent channels": (_HALF, (*whole, *half)),
        "Targets set in advance": (_ADVANCE, advance),
        "The constraint without normalisation": (
            _PLAIN,
            (*(one for one in advance if plain and one.target in aimed), *plain),
        ),
    }
    parts = []
    for title, (said, mine) in sections.items():
        if not mine:
            continue
        points = sorted(runs.points(mine, "training"), key=_order)
        seeds = sorted({len(point.runs) for point in points})
        number = " to ".join(str(count) for count in (seeds[0], seeds[-1])[: len(seeds)])
        parts += [
            f"## {title}",
            said,
            f"Made by `{runs.MADE_BY}`, {number} {'seed' if seeds == [1] else 'seeds'} each;"
            + (" one run has no ±." if seeds[0] == 1 else " ± is the standard deviation."),
            _grid([_point_cells(point) for point in points]),
        ]
    return parts


def _order(point: runs.Point) -> tuple[Any, ...]:
    first = point.runs[0]
    return first.method, first.target, first.weight, -first.channels, first.recipe


def _point_cells(point: runs.Point) -> dict[str, str]:
    first, count = point.runs[0], len(point.runs)
    (outside,) = runs.points(point.runs, "held_out")

    def both(value: float, spread: float, digits: int) -> str:
        return f"{value:.{digits}f}" + (f" ± {spread:.{digits}f}" if count > 1 else "")

    verdicts = Counter(one.verdict for one in point.runs if one.target)
    name = {"dco": "D-CO", "beta": "β-VAE", "hinge": "hinge"}[first.method]
    return {
        "method": name + (", D − c" if first.recipe == "unnormalised" else ""),
        "β or λ": f"{first.weight:g}" if first.weight else "",
        "c": f"{first.target:g}" if first.target else "",
        "channels": str(first.channels),
        "seeds": str(count),
        "D": both(point.D, point.D_spread, 1),
        "R (bpp)": both(point.rate, point.rate_spread, 4),
        "D held out": both(outside.D, outside.D_spread, 1),
        "R held out (bpp)": both(outside.rate, outside.rate_spread, 4),
        "results": ", ".join(f"{number} {word}" for word, number in verdicts.most_common()),
    }


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'s' if number > 1 else ''}"


def _pair_cells(pair: runs.Pair) -> dict[str, str]:
    free, dco = pair
    return {
        "β": f"{free.weight:g}",
        "seed": str(free.seed),
        "D, β-VAE": f"{free.training_mse:.2f}",
        "R, β-VAE (bpp)": f"{free.training_bpp:.4f}",
        "D, D-CO": f"{dco.training_mse:.2f}",
        "R, D-CO (bpp)": f"{dco.training_bpp:.4f}",
        "D and R held out, β-VAE": f"{free.held_out_mse:.1f}, {free.held_out_bpp:.4f}",
        "D and R held out, D-CO": f"{dco.held_out_mse:.1f}, {dco.held_out_bpp:.4f}",
        "c/β": f"{dco.target / free.weight:.3f}",
        "λ of D-CO": f"{dco.multiplier:.3f}",
        "largest λ": f"{dco.multipliers.max():.3g}",
    }


def _tables(name: str, rows: Rows) -> list[str]:
    if name in ("energy", "published"):
        return [learned_eba.markdown(rows)]
    if name == "objective":
        return [_OBJECTIVE, _grid([_objective_cells(row) for row in rows])]
    if name == "perception":
        return [_grid([_realism_cells(row) for row in rows])]
    if name == "universal":
        return _universal_tables(rows)
    return [_grid([_codec_cells(row) for row in rows])]


def _objective_cells(row: dict[str, Any]) -> dict[str, str]:
    values = row["reports_bits"]
    return {
        "case": row["case"],
        "seed": str(row["seed"]),
        "first report (bits)": f"{values[0]:.4f}",
        "last report (bits)": f"{values[-1]:.4f}",
        "largest increase between reports (bits)": f"{row['rise_bits']:.2g}",
        "last report − (R(D) + βD) (bits)": f"{row['above_bits']:.2g}",
    }


def _realism_cells(row: dict[str, Any]) -> dict[str, str]:
    return {
        "trade-off": row["case"],
        "side": row["side"],
        "seeds": str(row["seeds"]),
        "sliced W1": _plain(row, "sliced_w1", 4),
        "MSE per pixel": _plain(row, "mse_pixel", 4),
        "accuracy": _plain(row, "accuracy", 3),
        "code entropy (bits)": _plain(row, "entropy_bits", 2),
    }


def _codec_cells(row: dict[str, Any]) -> dict[str, str]:
    return {
        "data": row["data"],
        "target c": f"{row['target']:g}",
        "method": row["method"],
        "channels": str(row["channels"]),
        "seeds": str(row["seeds"]),
        "D training": _spread(row, "training_mse", 1),
        "largest error": f"{100 * row['worst_error']:.1f} %",
        "R training (bpp)": _spread(row, "training_rate_bpp", 4),
        "D held out": _spread(row, "held_out_mse", 1),
        "R held out (bpp)": _spread(row, "held_out_rate_bpp", 4),
        "λ": _spread(row, "lambda", 3),
        "λ variation": f"{100 * row['worst_unrest']:.0f} %",
        "result": ", ".join(sorted(set(row["verdicts"]))),
        "CPU s": f"{row['most_cpu_s']:.0f}",
    }


def _spread(row: dict[str, Any], name: str, digits: int) -> str:
    return f"{row[f'{name}_mean']:.{digits}f} ± {row[f'{name}_spread']:.{digits}f}"


def _universal_tables(rows: Rows) -> list[str]:
    measured = [row for row in rows if "side" in row]
    at_rate = any("mse_percent_at_rate" in row for row in measured)
    cells = []
    for row in measured:
        kept = {
            "trade-off": row["case"],
            "side": row["side"],
            "seeds": str(row["seeds"]),
            "MSE per pixel": _plain(row, "mse_pixel", 4),
            "accuracy": _plain(row, "accuracy", 3),
            "CE (nats)": _plain(row, "cross_entropy_nats", 3),
            "code entropy (bits)": _plain(row, "entropy_bits", 2),
            "MSE penalty": "",
            "accuracy lost (points)": "",
            **({"MSE penalty, equal entropy": "", "lost, equal entropy": ""} if at_rate else {}),
        }
        if "mse_percent" in row:
            kept["MSE penalty"] = _plain(row, "mse_percent", 1) + " %"
            kept["accuracy lost (points)"] = _plain(row, "accuracy_points", 1)
        if "mse_percent_at_rate" in row:
            kept["MSE penalty, equal entropy"] = _plain(row, "mse_percent_at_rate", 1) + " %"
            kept["lost, equal entropy"] = _plain(row, "accuracy_points_at_rate", 1)
        cells.append(kept)
    codes = [
        {
            "encoder": row["case"].split()[3],
            "squared error per picture": f"{row['mse_image']:.4g}",
            "H(S\\|X̂) (nats)": f"{row['label_entropy_nats']:.4g}",
            "code entropy (bits)": f"{row['entropy_bits']:.4g}",
            "R(D, C), lower bound (bits)": f"{row['lower_bits']:.4g}",
            "upper bound (bits)": f"{row['upper_bits']:.4g}",
        }
        for row in rows
        if "lower_bits" in row
    ]
    return [_grid(cells), "\n".join(_remarks(rows)), _CODES, _grid(codes)]


def _remarks(rows: Rows) -> Iterator[str]:
    """Yield the largest penalty of each frozen encoder, and the CPU time of a sweep."""
    for row in rows:
        if "mse_percent_worst_seed" in row:
            yield (
                "- Largest mean penalty at equal entropy of frozen encoder"
                f" {row['case'].split()[-1]}: {row['mse_percent']:.4g} % more squared error"
                f" ({row['mse_percent_worst_seed']:.4g} % for the worst seed),"
                f" {row['accuracy_points']:.4g} points of accuracy lost"
                f" ({row['accuracy_points_worst_seed']:.4g} for the worst seed)."
            )
        elif "cpu_seconds_first" in row:
            yield (
                f"- CPU time of a sweep: {row['cpu_seconds_first']:.4g} s for the first, which"
                f" includes compilation, {row['cpu_seconds_rest']:.4g} s for each of the others."
            )


def _plain(row: dict[str, Any], name: str, digits: int) -> str:
    return f"{row[name]:.{digits}f} ± {row[f'{name}_spread']:.{digits}f}"


def _grid(cells: list[dict[str, str]]) -> str:
    heads = list(cells[0])
    lines = [heads, ["---"] * len(heads), *([row[h] for h in heads] for row in cells)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the named parts and write the document."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learned", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(chosen.parts) - set(PARTS))
    if unknown:
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    for name in chosen.parts:
        run(name, chosen.seeds)
    if any(FOLDER.glob("*.json")):
        DOCUMENT.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
