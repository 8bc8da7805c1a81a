"""Coded pictures meet their levels on the pixels that their files decode to."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import rdcore as rd
from rdcore.pictures import _files, _symbols
from rdcore.pictures.codec import _DECODER

pictures = rd.pictures
Picture, Region = pictures.Picture, pictures.Region


def scene(height: int, width: int, channels: int = 0, seed: int = 0) -> rd.pictures.Picture:
    """Return smooth shapes with edges and some noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / max(height, width)
    planes = []
    for _ in range(max(channels, 1)):
        a, b, c = rng.uniform(-4, 4, 3)
        plane = 128 + 60 * np.sin(a + 5 * b * x + 4 * c * y) + 50 * ((x - 0.4) ** 2 + y**2 < 0.2)
        planes.append(plane + rng.normal(0, 4, plane.shape))
    values = np.stack(planes, axis=-1) if channels else planes[0]
    return Picture(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def error(a: rd.pictures.Picture, b: rd.pictures.Picture, mask: object = True) -> float:
    squares = (a.pixels.astype(float) - b.pixels) ** 2
    if squares.ndim == 3:
        squares = squares.mean(axis=2)
    return float(squares[np.broadcast_to(mask, squares.shape)].mean())


@pytest.mark.parametrize("channels", [0, 3])
@pytest.mark.parametrize("level", [4.0, 40.0])
def test_the_level_is_met_closely(channels: int, level: float) -> None:
    picture = scene(48, 64, channels)
    file = pictures.encode(picture, mse=level)
    decoded = pictures.decode(file.blob)
    assert (decoded.pixels == file.picture.pixels).all()
    assert error(picture, decoded) == pytest.approx(file.mse, rel=1e-12)
    assert 0.95 * level < file.mse <= level
    assert file.bits_per_pixel == 8 * len(file.blob) / (48 * 64)


@pytest.mark.parametrize("shape", [(1, 1), (1, 70), (70, 1), (31, 33), (64, 97)])
def test_every_size_is_coded(shape: tuple[int, int]) -> None:
    picture = scene(*shape)
    file = pictures.encode(picture, mse=9)
    decoded = pictures.decode(file.blob)
    assert decoded.shape == shape == file.picture.shape
    assert error(picture, decoded) == pytest.approx(file.mse)
    assert file.mse <= 9
    assert file.bits_map.shape == file.sides.shape == (-(-shape[0] // 8), -(-shape[1] // 8))


@pytest.mark.parametrize("channels", [0, 3])
def test_levels_of_regions_are_met_on_the_pixels_as_drawn(channels: int) -> None:
    picture = scene(64, 80, channels)
    disc = Region.ellipse(6, 37, 15, 50)
    file = pictures.encode(picture, regions={disc: 3, ~disc: 60})
    decoded = pictures.decode(file.blob)
    mask = disc.mask(picture.shape)
    for inside, level, told in ((mask, 3, 0), (~mask, 60, 1)):
        assert error(picture, decoded, inside) == pytest.approx(file.region_mse[told])
        assert 0.8 * level < file.region_mse[told] <= level
    assert file.slopes[0] == 0 < file.slopes[2] < file.slopes[1]
    near = file.bits_map[1:4, 3:5].mean()
    assert near > 3 * file.bits_map[:, 7:].mean()


def test_a_whole_level_and_a_region() -> None:
    picture = scene(64, 64)
    region = Region.box(14, 34, 14, 40)
    both = pictures.encode(picture, mse=30, regions={region: 5})
    assert both.mse <= 30
    assert both.region_mse[0] <= 5
    assert len(both.blob) > len(pictures.encode(picture, mse=30).blob)
    slack = pictures.encode(picture, mse=5, regions={region: 200})
    assert slack.slopes[1] == 0
    assert slack.mse <= 5


def test_a_complement_costs_a_byte_and_a_precision() -> None:
    rng = np.random.default_rng(1)
    picture = scene(40, 40)
    region = Region.of_mask(rng.random((40, 40)) < 0.5)
    other = Region.of_mask(rng.random((40, 40)) < 0.1)
    two = pictures.encode(picture, regions={region: 10, other: 5})
    header, _ = _files.opened(two.blob)
    assert header.complements == (0, 0)
    disc = Region.ellipse(3, 32, 5, 38)
    header, _ = _files.opened(pictures.encode(picture, regions={disc: 5, ~disc: 40}).blob)
    assert header.complements == (0, 1)
    assert two.region_mse[1] <= 5


def test_smaller_levels_take_more_bits_until_nothing_is_lost() -> None:
    picture = scene(24, 32)
    sizes = [len(pictures.encode(picture, mse=level).blob) for level in (100, 10, 1)]
    assert sizes == sorted(sizes)
    exact = pictures.encode(picture, mse=1e-4)
    assert (exact.picture.pixels == picture.pixels).all()


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_constant_picture(value: int) -> None:
    picture = Picture(np.full((64, 64), value, np.uint8))
    file = pictures.encode(picture, mse=1)
    assert file.mse <= 1
    assert len(file.blob) < 120


@pytest.mark.parametrize("shape", [(64, 64), (40, 50)])
def test_the_map_of_bits_adds_up_to_the_code(shape: tuple[int, int]) -> None:
    """Also where blocks stand over the edges of the picture."""
    file = pictures.encode(scene(*shape), mse=20)
    _, words = _files.opened(file.blob)
    assert file.bits_map.sum() == pytest.approx(32 * len(words), abs=96)
    assert (file.bits_map >= 0).all()
    rows, columns = np.indices(file.sides.shape)
    sides = file.sides // 8
    blocks = (rows // sides * sides, columns // sides * sides)
    assert (file.bits_map == file.bits_map[blocks]).all()
    assert len(set(file.sides.ravel().tolist())) > 1


@pytest.fixture(scope="module")
def blob() -> bytes:
    region = Region.box(3, 20, 5, 30)
    return pictures.encode(scene(32, 40, 3), mse=50, regions={region: 10}).blob


def test_a_damaged_file_is_refused(blob: bytes) -> None:
    for length in [*range(60), *range(60, len(blob), 37)]:
        with pytest.raises(rd.InputError, match="blob must be"):
            pictures.decode(blob[:length])
    rng = np.random.default_rng(0)
    for at in [*range(60), *rng.integers(60, len(blob), 40)]:
        wrong = bytearray(blob)
        wrong[at] ^= 1 << int(rng.integers(8))
        with pytest.raises(rd.InputError, match="blob must be"):
            pictures.decode(bytes(wrong))
    with pytest.raises(rd.InputError, match="blob must be"):
        pictures.decode(blob + b"\0")
    with pytest.raises(rd.InputError, match="must be bytes"):
        pictures.decode("picture")  # type: ignore[arg-type]


def test_a_forged_file_gives_a_picture_or_an_error(blob: bytes) -> None:
    rng = np.random.default_rng(0)
    outcomes = Counter[str]()
    for _ in range(16):
        wrong = bytearray(blob[:-8])
        for _ in range(int(rng.integers(1, 4))):
            wrong[int(rng.integers(8, len(wrong)))] = int(rng.integers(256))
        # The sizes stay small: a picture of four megapixels takes seconds.
        wrong[10:14] = blob[10:14]
        wrong[14:18] = blob[14:18]
        content = bytes(wrong)
        try:
            found = pictures.decode(content + _files.digest(content))
        except rd.InputError:
            outcomes["refused"] += 1
        else:
            outcomes["decoded"] += 1
            assert found.shape == (32, 40)
    assert outcomes["refused"]


def test_the_decoder_is_a_program_of_its_own(tmp_path: Path) -> None:
    file = pictures.encode(scene(64, 80, 3), mse=30)
    (tmp_path / "decoder.py").write_text(pictures.decoder(), encoding="utf-8")
    (tmp_path / "a.rdp").write_bytes(file.blob)
    assert "rdcore" not in [line.split()[1] for line in _imports(pictures.decoder())]
    for name in ("a.npy", "a.ppm"):
        subprocess.run(
            [sys.executable, "-W", "error", "-I", "decoder.py", "a.rdp", name],
            cwd=tmp_path,
            check=True,
        )
    assert (np.load(tmp_path / "a.npy") == file.picture.pixels).all()
    raw = (tmp_path / "a.ppm").read_bytes()
    assert raw.startswith(b"P6 80 64 255\n")
    assert raw.endswith(file.picture.pixels.tobytes())


def _imports(text: str) -> list[str]:
    return [ast.unparse(n) for n in ast.parse(text).body if isinstance(n, ast.ImportFrom)]


def test_the_modules_of_the_decoder_share_no_name() -> None:
    names = Counter[str]()
    for module in _DECODER:
        path = Path(_files.__file__).with_name(f"{module}.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names[node.name] += 1
            elif isinstance(node, ast.Assign):
                targets = [t for one in node.targets for t in ast.walk(one)]
                names.update(t.id for t in targets if isinstance(t, ast.Name))
    assert [name for name, number in names.items() if number > 1] == []


def test_no_entry_of_the_tables_depends_on_the_last_bits_of_a_logarithm() -> None:
    share = (np.arange(4096) + 0.5) / 4096
    logits = 256 * np.log(share / (1 - share))
    chances = _symbols.ONE / (1 + np.exp(-np.arange(-3072, 3073) / 256))
    for values in (logits, chances):
        middle = np.abs(values - np.floor(values) - 0.5)
        assert middle[np.abs(values) > 0].min() > 1e-9
    classes = 3 * np.log2(1 + np.arange(4096) / 4) + 1e-6
    assert np.abs(classes - np.rint(classes)).min() > 1e-9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (pictures.encode, "without a level"),
        (lambda p: pictures.encode(p, mse=0), "mse must be a positive"),
        (lambda p: pictures.encode(p, mse=float("nan")), "mse must be finite"),
        (lambda p: pictures.encode(p.pixels, mse=1), "picture must be a Picture"),
        (lambda p: pictures.encode(p, regions={Region.box(0, 4, 0, 4): -1}), "level must be"),
        (lambda p: pictures.encode(p, regions={Region.box(90, 99, 0, 4): 1}), "must have pixels"),
        (
            lambda p: pictures.encode(p, regions={Region.of_mask(np.ones((2, 2), bool)): 1}),
            "must have the picture's shape",
        ),
        (lambda p: pictures.encode(p, regions={Region.box(0, 9, 0, k): 9 for k in range(3, 10)}),
         "at most 6"),
        (lambda p: Region.ellipse(3, 3, 0, 4), "bottom > top"),
        (lambda p: Region.polygon([[0, 0], [1, 1]]), "n at least 3"),
        (lambda p: Region.of_mask([[1, 0]]), "be boolean"),
        (lambda p: Picture(np.zeros((4, 4))), "uint8"),
        (lambda p: Picture(np.zeros((4, 4, 2), np.uint8)), "must have shape"),
        (lambda p: Picture(np.zeros((0, 4), np.uint8)), "pixels must be 1 to"),
    ],
)  # fmt: skip
def test_wrong_arguments(call: Callable[[rd.pictures.Picture], object], message: str) -> None:
    with pytest.raises(rd.InputError, match=message):
        call(scene(16, 16))


def test_progress_and_cancel() -> None:
    told: list[float] = []
    pictures.encode(scene(32, 32), mse=20, progress=told.append)
    assert told == sorted(told)
    assert 0 <= told[0] < told[-1] <= 1
    with pytest.raises(rd.CancelledError):
        pictures.encode(scene(32, 32), mse=20, cancel=lambda: True)


def test_regions() -> None:
    square = Region.polygon([[2, 1], [2, 5], [6, 5], [6, 1]])
    assert (square.mask((9, 9)) == Region.box(2, 6, 1, 5).mask((9, 9))).all()
    disc = Region.ellipse(0, 100, 0, 100).mask((100, 100))
    assert disc.mean() == pytest.approx(np.pi / 4, abs=0.01)
    assert ((~square).mask((9, 9)) ^ square.mask((9, 9))).all()


@pytest.mark.slow
def test_a_photograph_takes_fewer_bits_than_by_jpeg_2000() -> None:
    data = pytest.importorskip("skimage.data")
    grey = np.rint(data.astronaut() @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    picture = Picture(grey)
    file = pictures.encode(picture, mse=25)
    assert file.mse <= 25
    assert file.bits_per_pixel < 0.36
    face = Region.box(0, 208, 144, 304)
    cut = pictures.encode(picture, regions={face: 5, ~face: 60})
    assert cut.region_mse[0] <= 5
    assert cut.region_mse[1] <= 60
    assert len(cut.blob) < 12_000
    decoded = pictures.decode(cut.blob)
    assert (decoded.pixels == cut.picture.pixels).all()
