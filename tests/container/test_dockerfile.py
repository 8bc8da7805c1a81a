from __future__ import annotations

import pytest

from tests.container.dockerfile import (
    DockerfileError,
    Ignore,
    Instruction,
    assignments,
    expand,
    parse,
    stages,
)

TWO_STAGES = """\
# a comment
FROM base:1 AS build
RUN one \\
    # a comment within
    && two

FROM base:2
COPY --from=build --chown=1:2 /a /b
ENTRYPOINT ["run", "it"]
"""


def test_continued_lines_are_one_instruction_without_their_comments() -> None:
    run = parse(TWO_STAGES)[1]
    assert (run.line, run.keyword, run.text.split()) == (3, "RUN", ["one", "&&", "two"])


def test_each_from_starts_a_stage() -> None:
    build, final = stages(parse(TWO_STAGES))
    assert (build.base, build.name, len(build.instructions)) == ("base:1", "build", 1)
    assert (final.base, final.name, len(final.instructions)) == ("base:2", "", 2)


def test_flags_stand_apart_from_the_words() -> None:
    copy = stages(parse(TWO_STAGES))[1].instructions[0]
    assert copy.flags == {"from": "build", "chown": "1:2"}
    assert copy.text == "/a /b"


@pytest.mark.parametrize(
    ("text", "words"),
    [('["run", "it"]', ("run", "it")), ("run it", None), ("['run']", None), ("[]", None)],
)
def test_exec_form_is_a_json_list_of_strings(text: str, words: tuple[str, ...] | None) -> None:
    assert Instruction(1, "CMD", {}, text).exec_form() == words


@pytest.mark.parametrize("text", ["RUN early", "", "FROM base\nRUN never \\"])
def test_what_is_no_dockerfile_is_refused(text: str) -> None:
    with pytest.raises(DockerfileError):
        stages(parse(text))


def test_variables_are_expanded_by_what_held_before_the_instruction() -> None:
    env = {"A": "1"}
    assert expand("$A ${A}2 ${B:-3} $B.", env) == "1 12 3 ."
    instruction = Instruction(1, "ENV", {}, 'A=9 B=$A C="two words"')
    assert assignments(instruction, env) == {"A": "9", "B": "1", "C": "two words"}


@pytest.mark.parametrize(
    ("path", "excluded"),
    [
        ("secret", True),
        ("app.py", False),
        ("kept/deep/down.py", False),
        ("kept/deep/down.pyc", True),
        ("kept/__pycache__/a.py", True),
        ("other/app.py", True),
    ],
)
def test_the_last_rule_that_matches_decides(path: str, excluded: bool) -> None:
    rules = Ignore.parse("# all\n**\n!app.py\n!kept/**\n**/__pycache__\n**/*.py[co]\n")
    assert rules.excludes(path) is excluded


def test_one_star_stays_within_a_directory() -> None:
    rules = Ignore.parse("a/*.txt\nb")
    assert rules.excludes("a/x.txt")
    assert not rules.excludes("a/c/x.txt")
    assert rules.excludes("b/below")
