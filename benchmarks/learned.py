"""The study of the learned systems: trained over several seeds, kept in assets/ and as a document.

``python -m benchmarks.learned constrained energy --seeds 3`` trains the parts that are named and
writes what each came to beside what is there; without names it writes the document anew.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import learned_dco, learned_eba, learned_universal, machine

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "assets" / "learned"
DOCUMENT = ROOT / "docs" / "learned.md"
Rows = list[dict[str, Any]]


def _codecs(*sections: str) -> Callable[[int], Iterator[dict[str, Any]]]:
    return lambda seeds: learned_dco.table(seeds, sections)


def _energy(seeds: int) -> Iterator[dict[str, Any]]:
    return learned_eba.table(seeds=range(seeds))


def _universal(seeds: int) -> Iterator[dict[str, Any]]:
    yield from learned_universal.table(range(max(seeds, 4)))


PARTS: dict[str, tuple[str, Callable[[int], Iterator[dict[str, Any]]]]] = {
    "constrained": (
        "Distortion-constrained training on photographs: every target, one out of reach",
        _codecs("dco", "unreachable"),
    ),
    "halved": ("The same with half the channels", _codecs("half")),
    "compared": ("Hinge and β-VAE, whose weights are given", _codecs("hinge", "beta")),
    "naive": ("The text's own schedule in as short a run", _codecs("naive")),
    "digits": ("Distortion-constrained training on digits", _codecs("digits")),
    "energy": ("Energy-based Blahut–Arimoto", _energy),
    "universal": ("Universal codecs on digits", _universal),
}


def run(name: str, seeds: int, folder: Path = FOLDER) -> None:
    """Train a part and write it row by row, so that nothing is lost if it is stopped."""
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
            "rows": rows,
        }
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(kept, ensure_ascii=False, indent=1, default=float)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def document(folder: Path = FOLDER) -> str:
    """Return the study as Markdown."""
    parts = ["# The learned systems: what was measured"]
    for name, (about, _) in PARTS.items():
        place = folder / f"{name}.json"
        if not place.exists():
            continue
        kept = json.loads(place.read_text(encoding="utf-8"))
        parts += [
            f"## {about}",
            f"Made by `{kept['made_by']}` on {kept['date']}, {kept['machine']}.",
            *_tables(name, kept["rows"]),
        ]
    return "\n\n".join(parts) + "\n"


def _tables(name: str, rows: Rows) -> list[str]:
    if name == "energy":
        return [learned_eba.markdown(rows)]
    if name == "universal":
        return _universal_tables(rows)
    return [_grid([_codec_cells(row) for row in rows])]


def _codec_cells(row: dict[str, Any]) -> dict[str, str]:
    return {
        "data": row["data"],
        "target c": f"{row['target']:g}",
        "method": row["method"],
        "channels": str(row["channels"]),
        "D trained on": _spread(row, "training_mse", 1),
        "worst off": f"{100 * row['worst_error']:.1f} %",
        "R trained on (bpp)": _spread(row, "training_rate_bpp", 4),
        "D held out": _spread(row, "held_out_mse", 1),
        "R held out (bpp)": _spread(row, "held_out_rate_bpp", 4),
        "λ": _spread(row, "lambda", 3),
        "λ unrest": f"{100 * row['worst_unrest']:.0f} %",
        "verdict": ", ".join(sorted(set(row["verdicts"]))),
        "CPU s": f"{row['most_cpu_s']:.0f}",
    }


def _spread(row: dict[str, Any], name: str, digits: int) -> str:
    return f"{row[f'{name}_mean']:.{digits}f} ± {row[f'{name}_spread'] / 2:.{digits}f}"


def _universal_tables(rows: Rows) -> list[str]:
    measured = [row for row in rows if "side" in row]
    cells = []
    for row in measured:
        kept = {
            "trade-off": row["case"],
            "side": row["side"],
            "MSE a pixel": _plain(row, "mse_pixel", 4),
            "accuracy": _plain(row, "accuracy", 3),
            "CE (nats)": _plain(row, "cross_entropy_nats", 3),
            "code entropy (bits)": _plain(row, "entropy_bits", 2),
            "MSE penalty": "",
            "points lost": "",
        }
        if "mse_percent" in row:
            kept["MSE penalty"] = _plain(row, "mse_percent", 1) + " %"
            kept["points lost"] = _plain(row, "accuracy_points", 1)
        cells.append(kept)
    told = [row for row in rows if "side" not in row]
    lines = [
        "- "
        + ", ".join(
            f"{key.replace('_', ' ')} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
            for key, value in row.items()
            if key != "case"
        ).join([f"**{row['case']}**: ", ""])
        for row in told
    ]
    return [_grid(cells), "\n".join(lines)]


def _plain(row: dict[str, Any], name: str, digits: int) -> str:
    return f"{row[name]:.{digits}f} ± {row[f'{name}_spread']:.{digits}f}"


def _grid(cells: list[dict[str, str]]) -> str:
    heads = list(cells[0])
    lines = [heads, ["---"] * len(heads), *([row[h] for h in heads] for row in cells)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the parts that are named and write the document."""
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
