"""The script of the Pictures page."""

from __future__ import annotations

from dashboard.model.pictures import LevelSpec, Shape
from dashboard.model.scripts.problems import head


def pictures(spec: LevelSpec) -> str:
    """Return a script that codes the picture and bounds its model."""
    shapes, levels = spec.picture.regions, spec.levels
    lines = [
        *head(
            "A picture with a level in each region: a file, and certified bounds of its model.",
            extra="pictures",
            more="It also needs scikit-image." if spec.picture.photo != "own" else "",
        ),
        "",
        "from pathlib import Path",
        "",
        "import numpy as np",
        "",
        "from rdcore import pictures",
        "",
        *_picture(spec),
        f"drawn = [{', '.join(map(_region, shapes))}]",
        "masks = [region.mask(picture.shape) for region in drawn]",
        "rest = ~np.any(masks, axis=0) if masks else np.ones(picture.shape, bool)",
        "masks += [rest] if rest.any() else []",
        "regions = [pictures.Region.of_mask(mask) for mask in masks]",
        f"levels = {[float(one) for one in levels]!r}",
        "file = pictures.encode(picture, regions=dict(zip(regions, levels)))",
        'Path("picture.rdp").write_bytes(file.blob)',
        'print("file (bytes):", len(file.blob))',
        'print("mean squared errors:", file.region_mse)',
        "model = pictures.model(picture, regions)",
        "bound = pictures.bound(model, levels)",
        'print("rate of the model (bits a pixel):", bound.lower, "to", bound.upper)',
        'print("bits a pixel for one unit less of each level:", bound.slopes.tolist())',
    ]
    return "\n".join(lines) + "\n"


def _picture(spec: LevelSpec) -> list[str]:
    grey = spec.picture.grey
    if spec.picture.photo == "own":
        more = ", grey=True" if grey else ""
        return [f'picture = pictures.read(Path("YOUR_PICTURE").read_bytes(){more})']
    lines = ["from skimage import data", "", f"pixels = data.{spec.picture.photo}()"]
    if grey and spec.picture.photo != "camera":
        lines.append("pixels = np.rint(pixels @ [0.299, 0.587, 0.114]).astype(np.uint8)")
    return [*lines, "picture = pictures.Picture(pixels)"]


def _region(shape: Shape) -> str:
    if shape.kind == "polygon":
        corners = list(zip(shape.numbers[1::2], shape.numbers[::2], strict=True))
        return f"pictures.Region.polygon({corners!r})"
    left, top, right, bottom = shape.numbers
    return f"pictures.Region.{shape.kind}({top!r}, {bottom!r}, {left!r}, {right!r})"
