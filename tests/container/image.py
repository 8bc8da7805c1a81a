"""Carry out the instructions of a Dockerfile, stage by stage, each in a root of its own."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tests.container.dockerfile import (
    Ignore,
    Instruction,
    Stage,
    assignments,
    expand,
)
from tests.container.sandbox import Interpreter, Root, Settings, copy, linked

_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
_BASE = re.compile(r"python:(?P<version>\d+\.\d+)[\w.]*-slim(?:-\w+)?(?:@sha256:[0-9a-f]{64})?")
# What a builder hands to its steps so that they can reach a package registry.
_NETWORK = ("PIP_CERT", "PIP_DEFAULT_TIMEOUT", "PIP_INDEX_URL", "SSL_CERT_DIR", "SSL_CERT_FILE")
_PROXIES = ("http_proxy", "https_proxy", "no_proxy")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class HealthCheck:
    """The command that tells whether the container is healthy, and how often it is asked."""

    words: tuple[str, ...]
    interval: float
    timeout: float
    start_period: float
    retries: int


@dataclass
class Image:
    """A root and what the instructions so far have said about running in it."""

    root: Root
    env: dict[str, str] = field(default_factory=lambda: {"PATH": _PATH})
    user: str = "0"
    directory: str = "/"
    health: HealthCheck | None = None
    entry: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()

    def identity(self) -> tuple[int, int]:
        """Return (uid, gid) of the user, names looked up in the root's own files."""
        name, _, group = self.user.partition(":")
        uid, main_group = _look_up(self.root.path / "etc/passwd", name, 3)
        return uid, _look_up(self.root.path / "etc/group", group, 2)[0] if group else main_group

    def settings(self, more: Mapping[str, str] | None = None) -> Settings:
        """Return how a command runs in this image."""
        return Settings({**(more or {}), **self.env}, self.identity(), self.directory)


def _look_up(table: Path, name: str, last: int) -> tuple[int, int]:
    """Return the number of a user or group and the number in column ``last``."""
    for line in table.read_text(encoding="utf-8").splitlines():
        row = line.split(":")
        if name in (row[0], row[2]):
            return int(row[2]), int(row[last])
    if name.isdecimal():
        return int(name), 0
    raise ValueError(f"{name!r} is not in {table.name}")


class Builder:
    """Builds the last stage of a Dockerfile from a context directory, below a workspace."""

    def __init__(self, context: Path, ignore: Ignore, workspace: Path) -> None:
        self._context, self._ignore, self._workspace = context, ignore, workspace
        self._built: dict[str, Image] = {}
        self._do: dict[str, Callable[[Image, Instruction], None]] = {
            "COPY": self._copy,
            "RUN": _run,
            "ENV": _env,
            "WORKDIR": _workdir,
            "USER": _user,
            "EXPOSE": _expose,
            "HEALTHCHECK": _healthcheck,
            "ENTRYPOINT": _entrypoint,
            "CMD": _cmd,
            "LABEL": lambda image, instruction: None,
        }

    def build(self, stages: tuple[Stage, ...], tell: Callable[[str], None]) -> Image:
        """Carry out every stage and return the last one's image."""
        for number, stage in enumerate(stages):
            tell(f"FROM {stage.base}")
            image = self._start(number, stage, tell)
            for instruction in stage.instructions:
                tell(f"{instruction.keyword} {' '.join(instruction.text.split())}")
                if instruction.keyword not in self._do:
                    raise instruction.fail("the rehearsal does not know this instruction")
                self._do[instruction.keyword](image, instruction)
            self._built[str(number)] = image
            if stage.name:
                self._built[stage.name] = image
        return image

    def _start(self, number: int, stage: Stage, tell: Callable[[str], None]) -> Image:
        base = _BASE.fullmatch(stage.base)
        if base is None:
            raise ValueError(f"FROM {stage.base}: only a slim Python pinned by its tag will do")
        python = Interpreter.find(base["version"])
        if python.version != base["version"]:
            tell(f"  Python {python.version} stands in for {base['version']}")
        return Image(Root.create(self._workspace / f"stage-{number}", python))

    def _copy(self, image: Image, instruction: Instruction) -> None:
        unknown = set(instruction.flags) - {"from", "chown"}
        if unknown:
            raise instruction.fail(f"the rehearsal does not know --{unknown.pop()}")
        *sources, target = expand(instruction.text, image.env).split()
        place = PurePosixPath(image.directory, target)
        into = target.endswith("/") or len(sources) > 1
        origin = instruction.flags.get("from")
        for source in sources:
            if origin is None:
                found = self._from_context(source)
            elif origin in self._built:
                root = self._built[origin].root.path
                found = {Path(): root / source.lstrip("/")}
            else:
                raise instruction.fail("there is no such stage before this one")
            if not any(path.exists() for path in found.values()):
                raise instruction.fail(f"{source} is not in the build context")
            for name, path in found.items():
                last = Path(path.name) if into and name == Path() and path.is_file() else name
                target_path = _inside(image.root.path, place) / last
                # No step changes the files of a stage that has ended.
                copy(path, target_path, shutil.copy2 if origin is None else linked)
                self._own(image, target_path, instruction.flags.get("chown", "0:0"))

    def _from_context(self, source: str) -> dict[Path, Path]:
        """Return the files that the source names and no rule excludes, by their name below it."""
        start = self._context / source
        files = [start] if start.is_file() else [p for p in start.rglob("*") if p.is_file()]
        return {
            path.relative_to(start): path
            for path in sorted(files)
            if not self._ignore.excludes(path.relative_to(self._context).as_posix())
        }

    @staticmethod
    def _own(image: Image, target: Path, owner: str) -> None:
        uid, gid = Image(image.root, user=owner).identity()
        for path in (target, *(target.rglob("*") if target.is_dir() else ())):
            os.chown(path, uid, gid, follow_symlinks=False)


def _inside(root: Path, place: PurePosixPath) -> Path:
    return root / place.relative_to("/")


def _run(image: Image, instruction: Instruction) -> None:
    if instruction.flags:
        raise instruction.fail("the rehearsal knows no flag of RUN")
    names = (*_NETWORK, *_PROXIES, *map(str.upper, _PROXIES))
    network = {name: os.environ[name] for name in names if name in os.environ}
    words = instruction.exec_form() or ("/bin/sh", "-c", instruction.text)
    status = image.root.run(words, image.settings({"HOME": "/root", **network}))
    if status:
        raise instruction.fail(f"exit status {status}")


def _env(image: Image, instruction: Instruction) -> None:
    image.env |= assignments(instruction, image.env)


def _workdir(image: Image, instruction: Instruction) -> None:
    place = PurePosixPath(image.directory, expand(instruction.text, image.env))
    image.directory = str(place)
    _inside(image.root.path, place).mkdir(parents=True, exist_ok=True)


def _user(image: Image, instruction: Instruction) -> None:
    image.user = expand(instruction.text, image.env)
    image.identity()


def _expose(image: Image, instruction: Instruction) -> None:
    ports = expand(instruction.text, image.env).split()
    image.ports += tuple(int(port.removesuffix("/tcp")) for port in ports)


def _healthcheck(image: Image, instruction: Instruction) -> None:
    kind, _, command = instruction.text.partition(" ")
    if kind != "CMD":
        raise instruction.fail("there is no command")
    check = Instruction(instruction.line, "CMD", {}, command.strip())
    flags = instruction.flags
    image.health = HealthCheck(
        words=check.exec_form() or ("/bin/sh", "-c", check.text),
        interval=_seconds(flags.get("interval", "30s")),
        timeout=_seconds(flags.get("timeout", "30s")),
        start_period=_seconds(flags.get("start-period", "0s")),
        retries=int(flags.get("retries", "3")),
    )


def _entrypoint(image: Image, instruction: Instruction) -> None:
    image.entry, image.arguments = _exec_form(instruction), ()


def _cmd(image: Image, instruction: Instruction) -> None:
    image.arguments = _exec_form(instruction)


def _exec_form(instruction: Instruction) -> tuple[str, ...]:
    words = instruction.exec_form()
    if words is None:
        raise instruction.fail("a shell stands between: signals do not reach the program")
    return words


def _seconds(text: str) -> float:
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
