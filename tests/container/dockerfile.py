"""Read a Dockerfile and a .dockerignore as the image builder reads them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

_VARIABLE = re.compile(r"\$(?:(?P<bare>\w+)|\{(?P<braced>\w+)(?::-(?P<default>[^}]*))?\})")
_FLAG = re.compile(r"--(?P<name>[a-z-]+)=(?P<value>\S+)\s+")


class DockerfileError(ValueError):
    """The Dockerfile, or a file it needs, is not what it should be."""


@dataclass(frozen=True)
class Instruction:
    """One instruction: its line number, keyword, ``--name=value`` flags and the rest as written."""

    line: int
    keyword: str
    flags: Mapping[str, str]
    text: str

    def exec_form(self) -> tuple[str, ...] | None:
        """Return the words of a JSON list of strings; None where the text is in shell form."""
        try:
            words = json.loads(self.text)
        except json.JSONDecodeError:
            return None
        if not (isinstance(words, list) and words and all(isinstance(w, str) for w in words)):
            return None
        return tuple(words)

    def fail(self, reason: str) -> DockerfileError:
        """Return an error that points at this instruction."""
        return DockerfileError(f"line {self.line}: {self.keyword} {self.text}: {reason}")


@dataclass(frozen=True)
class Stage:
    """One FROM and what follows it; ``name`` is empty where the stage has none."""

    base: str
    name: str
    instructions: tuple[Instruction, ...]


def parse(text: str) -> tuple[Instruction, ...]:
    """Return the instructions of a Dockerfile, comments dropped and continued lines joined."""
    found: list[Instruction] = []
    pending, start = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        start = start if pending else number
        pending += line.rstrip()
        if pending.endswith("\\"):
            pending = pending[:-1]
            continue
        found.append(_instruction(start, pending.strip()))
        pending = ""
    if pending:
        raise DockerfileError(f"line {start}: the last line is continued but nothing follows")
    return tuple(found)


def _instruction(line: int, text: str) -> Instruction:
    keyword, _, rest = text.partition(" ")
    rest = rest.lstrip()
    flags: dict[str, str] = {}
    while flag := _FLAG.match(rest):
        flags[flag["name"]] = flag["value"]
        rest = rest[flag.end() :]
    return Instruction(line, keyword.upper(), flags, rest)


def stages(instructions: tuple[Instruction, ...]) -> tuple[Stage, ...]:
    """Divide the instructions at each FROM."""
    found: list[Stage] = []
    for instruction in instructions:
        if instruction.keyword == "FROM":
            base, *alias = instruction.text.split()
            if alias and (len(alias) != 2 or alias[0].upper() != "AS"):
                raise instruction.fail("expected FROM image [AS name]")
            found.append(Stage(base, alias[1] if alias else "", ()))
        elif not found:
            raise instruction.fail("comes before the first FROM")
        else:
            last = found[-1]
            found[-1] = Stage(last.base, last.name, (*last.instructions, instruction))
    if not found:
        raise DockerfileError("there is no FROM")
    return tuple(found)


def expand(text: str, env: Mapping[str, str]) -> str:
    """Replace $NAME, ${NAME} and ${NAME:-default} by their values, an unset one by nothing."""

    def value(match: re.Match[str]) -> str:
        return env.get(match["bare"] or match["braced"]) or match["default"] or ""

    return _VARIABLE.sub(value, text)


def assignments(instruction: Instruction, env: Mapping[str, str]) -> dict[str, str]:
    """Return the NAME=value pairs of an ENV, each value expanded by what held before it."""
    pairs = {}
    for word in shlex.split(instruction.text):
        name, equals, value = word.partition("=")
        if not equals:
            raise instruction.fail(f"{word!r} is not NAME=value")
        pairs[name] = expand(value, env)
    return pairs


@dataclass(frozen=True)
class Ignore:
    """The rules of a .dockerignore: (pattern, whether it brings a path back); the last one wins."""

    rules: tuple[tuple[re.Pattern[str], bool], ...]

    @classmethod
    def parse(cls, text: str) -> Ignore:
        """Read the rules, one a line; ``!`` brings back, ``#`` starts a comment."""
        lines = [line.strip() for line in text.splitlines()]
        lines = [line for line in lines if line and not line.startswith("#")]
        return cls(tuple((_pattern(line.removeprefix("!")), line[0] == "!") for line in lines))

    def excludes(self, path: str) -> bool:
        """Tell whether a file (slashes, relative to the context) stays out of the build."""
        parts = path.split("/")
        lineage = ["/".join(parts[: i + 1]) for i in range(len(parts))]
        excluded = False
        for pattern, brings_back in self.rules:
            if any(pattern.fullmatch(step) for step in lineage):
                excluded = not brings_back
        return excluded


def _pattern(rule: str) -> re.Pattern[str]:
    rule = rule.strip("/")
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[[^]]+\])", rule)
    wild = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile(
        "".join(wild.get(p) or (p if p.startswith("[") else re.escape(p)) for p in pieces)
    )
