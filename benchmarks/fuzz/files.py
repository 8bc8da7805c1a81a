"""Mutated tables and pictures: files of each kind with bytes, numbers and parts changed."""

from __future__ import annotations

import functools
import gzip
import io
import json
import random
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.rdcore.tables import table_files as tables

_NUMBERS = (
    *(b"nan", b"inf", b"-1e400", b"1e308", b"5e-324", b"0", b"-0", b"1_000", b"0x1p3", b"NA"),
    *(b"1,234.5", b"1.234,5", b"99999999999999999999", "\u0663".encode(), b"=1+1", b"2020-01-01"),
)
_PIECES = (
    *(b"\n", b"\r", b",", b";", b"\t", b'"', b"#", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1a"),
    *(b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\x80", b"[[[[", b"}", b"'O'", b"\\"),
)


@functools.cache
def table_seeds() -> tuple[tuple[str, bytes], ...]:
    """Return sound files of every kind that is read, by a name that fits."""
    numbers = tables.samples(60)
    records = np.zeros(3, np.dtype([("k", "i2"), ("v", "f8"), ("s", "U4")], align=True))
    sheets = {"a": [["x", "y"], [1, 2.5], [3, None], [4, 7]], "b": [["z"], [5]]}
    lines = b'[{"x": 1, "s": "a"}, {"x": 2.5, "s": null}, {"x": "3,5"}]'
    return (
        ("a.csv", tables.csv(numbers, header="x,y")),
        ("b.csv", tables.csv(numbers, header="x;w", delimiter=";", decimal=",")),
        ("c.txt", b"# x y\n1.0   2\n3.0  4\n5 6\n"),
        ("d.csv", b'pay,who\n"1,234","a"\n"2,345","b"\n12,NA\n'),
        ("e.tsv", "x [\u00b0C]\ty\n1\t2\n3\t\n5\t6\n".encode("utf-16")),
        ("f.csv", b"sep=;\nregion;2019;2020\nA;5,5;6,5\nB;7,5;8\nC;2;3\n"),
        ("g.npy", tables.npy(numbers[:, 0])),
        ("h.npy", tables.npy(numbers.astype("f4"))),
        ("i.npy", tables.npy(records)),
        ("j.parquet", tables.small_parquet()),
        ("k.parquet", tables.parquet({"x": numbers[:, 0], "s": ["a"] * 60, "p": [1 / 60] * 60})),
        ("l.json", lines),
        ("m.json", b'{"x": [1, 2, 3], "y": [4, 5, 7]}'),
        ("n.csv.gz", tables.gzipped(tables.csv(numbers, header="x,y"))),
        ("o.xlsx", tables.workbook(sheets)),
        ("p.mat", tables.matlab({"x": numbers, "s": "text"})),
        ("q.wav", tables.wav(np.arange(400, dtype="i2").reshape(200, 2))),
    )


@functools.cache
def picture_seeds() -> tuple[tuple[str, bytes], ...]:
    """Return sound pictures of every kind that is read."""
    rows, columns = np.mgrid[:96, :80]
    waves = np.uint8(127 + 60 * np.sin(rows / 7) + 60 * np.cos(columns / 5))
    colours = np.stack([waves, waves.T[:80, :80].repeat(2, 0)[:96], waves[::-1]], axis=-1)
    grey, colour = Image.fromarray(waves), Image.fromarray(colours)
    made = []
    for name, picture, options in (
        ("a.png", grey, {}),
        ("b.png", colour.convert("P"), {}),
        ("c.png", colour.convert("RGBA"), {}),
        ("d.jpg", grey, {"quality": 80}),
        ("e.jpg", colour, {"quality": 80, "progressive": True}),
        ("f.webp", colour, {"quality": 60}),
        ("g.webp", colour, {"lossless": True}),
        ("h.gif", colour.convert("P"), {}),
        ("i.bmp", colour, {}),
        ("j.tiff", grey, {"compression": "tiff_lzw"}),
    ):
        out = io.BytesIO()
        kind = {"jpg": "JPEG"}.get(name[2:], name[2:].upper())
        picture.save(out, kind, **options)  # type: ignore[arg-type]
        made.append((name, out.getvalue()))
    return tuple(made)


def crafted_tables() -> Iterator[tuple[str, bytes]]:
    """Yield tables that are made to be expensive: bombs, false sizes, depth, width and length."""
    yield "bomb.csv.gz", gzip.compress(b"1,2,3\n" * 30_000_000, 9)
    yield "twice.csv.gz", gzip.compress(gzip.compress(b"1\n" * 10_000_000, 9), 9)
    yield "deep.json", b"[" * 200_000 + b"]" * 200_000
    yield "long.json", json.dumps([{"x": k} for k in range(300_000)]).encode()
    yield "wide.csv", b",".join(b"c%d" % k for k in range(50_000)) + b"\n" + b"1," * 50_000 + b"1\n"
    yield "one_line.csv", b"1" * 9_000_000
    yield "quotes.csv", b'"' * 5_000_001
    yield "open_quote.csv", b'a,b\n"' + b"x,\n" * 3_000_000
    yield "separators.csv", b";,\t|" * 2_000_000
    yield "nulls.csv", b"\0" * 9_000_000
    yield "names.csv", b"x,x,x\n" + b"nan,inf,-inf\n" * 100_000
    yield "words.csv", b"a b c d,e;f|g\n" * 500_000
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (999999999999,), }"
    yield "size.npy", b"\x93NUMPY\x01\0" + struct.pack("<H", len(head) + 1) + head + b"\n"
    yield "object.npy", tables.npy(np.array([{}], dtype=object), allow_pickle=True)
    yield "large.csv", b"1\n" * 11_000_000
    yield "many.csv", b"\n".join(b"%d" % k for k in range(1_500_000))


def crafted_pictures() -> Iterator[tuple[str, bytes]]:
    """Yield pictures that are made to be expensive: false sizes, bombs, very many scans."""
    for name, size in (("huge.png", (60_000, 60_000)), ("thin.png", (1, 4_000_000))):
        yield name, _png(*size)
    white = io.BytesIO()
    Image.new("L", (8000, 8000)).save(white, "PNG", compress_level=9)
    yield "bomb.png", white.getvalue()
    out = io.BytesIO()
    Image.effect_noise((1600, 1600), 60).save(out, "JPEG", progressive=True, quality=90)
    progressive = out.getvalue()
    yield "cut.jpg", progressive[: len(progressive) // 2]
    at = progressive.index(b"\xff\xda")
    end = progressive.index(b"\xff\xda", at + 2)
    scan = progressive[at:end]
    yield "scans.jpg", progressive[:end] + scan * 400 + progressive[end:]
    yield "few_scans.jpg", progressive[:end] + scan * 40 + progressive[end:]
    frames = [Image.new("P", (500, 500), k) for k in range(200)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    yield "frames.gif", out.getvalue()
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:50])
    yield "frames.webp", out.getvalue()
    text = b"tEXt" + b"a\0" + b"x" * 9_000_000
    yield "text.png", _png(64, 64, struct.pack(">I", len(text) - 4) + text + b"\0\0\0\0")
    packed = b"zTXta\0\0" + zlib.compress(b"x" * 300_000_000, 9)
    yield (
        "packed_text.png",
        _png(
            64,
            64,
            struct.pack(">I", len(packed) - 4) + packed + struct.pack(">I", zlib.crc32(packed)),
        ),
    )
    yield "empty.png", b""


def _png(width: int, height: int, more: bytes = b"") -> bytes:
    """Return a PNG that says how large it is and has no pixels."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"")
    parts = [b"\x89PNG\r\n\x1a\n"]
    for one in (body, data):
        parts.append(struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)))
        parts.append(more)
        more = b""
    return b"".join(parts)


def mutated(
    seeds: tuple[tuple[str, bytes], ...], seed: int, count: int
) -> Iterator[tuple[str, bytes]]:
    """Yield so many mutations of the seeds."""
    draw = random.Random(seed)
    for _ in range(count):
        name, data = draw.choice(seeds)
        if draw.random() < 0.1:
            name = draw.choice(seeds)[0]
        changed = bytearray(data)
        for _ in range(draw.choice((1, 1, 1, 2, 4))):
            _mutate(draw, changed, seeds)
        yield name, bytes(changed)


def _mutate(draw: random.Random, data: bytearray, seeds: tuple[tuple[str, bytes], ...]) -> None:
    """Change a file at one place."""
    at = draw.randrange(len(data) + 1)
    length = min(len(data) - at, draw.choice((1, 4, 20, 200)))
    match draw.choice(("set", "flip", "insert", "number", "remove", "cut", "repeat", "splice")):
        case "set":
            data[at : at + length] = draw.randbytes(length)
        case "flip" if at < len(data):
            data[at] ^= 1 << draw.randrange(8)
        case "insert":
            data[at:at] = draw.choice(_PIECES) * draw.choice((1, 1, 3, 1000))
        case "number":
            data[at : at + draw.choice((0, 1, 3))] = draw.choice(_NUMBERS)
        case "remove":
            del data[at : at + length]
        case "cut" if draw.random() < 0.3:
            del data[at:]
        case "repeat":
            data[at:at] = data[at : at + length] * draw.choice((1, 10, 1000))
        case "splice":
            other = draw.choice(seeds)[1]
            start = draw.randrange(len(other))
            data[at : at + length] = other[start : start + draw.choice((4, 40, 400))]
