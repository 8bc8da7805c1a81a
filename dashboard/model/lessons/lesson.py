"""A lesson: a question, settings, one control, a reveal, and a check question with its answer."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from dashboard.errors import UserError
from dashboard.model.state import State

_PLACE = re.compile(r"⟨(\w+)⟩")
_TEXTS = ("title", "question", "text", "reveal", "check", "answer", "notes", "kind", "page", "open")


class LessonError(UserError):
    """A lesson file cannot be used; the message says why."""


@dataclass(frozen=True)
class Control:
    """The slider of a lesson.

    Attributes
    ----------
    label, unit : str
        What it sets, and in which unit; no unit for a count.
    values : tuple of float
        The positions of the slider, increasing.
    start : float
        The first position.
    field : str
        The setting of the app that it stands for, "" if none.
    exact : bool
        Whether only these positions can be used, as for a number of codewords.
    """

    label: str
    unit: str
    values: tuple[float, ...]
    start: float
    field: str = ""
    exact: bool = False

    def __post_init__(self) -> None:
        rising = list(self.values) == sorted(set(self.values))
        if len(self.values) < 2 or not rising or self.start not in self.values:
            raise LessonError(
                f"The control “{self.label}” needs two or more increasing values, of which one is"
                " the start."
            )

    @property
    def title(self) -> str:
        """The label with the unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    def accepts(self, value: float) -> bool:
        """Whether a value of a link can be used."""
        if self.exact:
            return value in self.values
        return self.values[0] <= value <= self.values[-1]


@dataclass(frozen=True)
class Claim:
    """A number in the text of a lesson: what the app shows there at a position of the control.

    Attributes
    ----------
    says : str
        The number as the text has it.
    number : str
        The name of the reading.
    at : float
        The position of the control.
    """

    says: str
    number: str
    at: float


@dataclass(frozen=True)
class Lesson:
    """A lesson.

    Attributes
    ----------
    name : str
        Its name in links.
    title, question, text, reveal, check, answer, notes : str
        Markdown with formulas between dollar signs. ⟨name⟩ in the reveal and in the answer is
        replaced by a reading. The notes are for the speaker.
    kind : str
        What is computed and drawn.
    settings : mapping of str to str
        The settings of the app, as the parameters of a link.
    given : mapping of str to number, text or list
        Numbers of the lesson that are not settings of the app.
    page, open : str
        The address of the page that goes on, and the label of the link to it.
    control : Control
    claims : tuple of Claim
    """

    name: str
    title: str
    question: str
    text: str
    reveal: str
    check: str
    answer: str
    notes: str
    kind: str
    page: str
    open: str
    settings: Mapping[str, str]
    given: Mapping[str, Any]
    control: Control
    claims: tuple[Claim, ...]

    def state(self, at: float) -> State:
        """Return the settings of the app at a position of the control."""
        state, notes = State.from_query(self.settings)
        if notes:
            raise LessonError(f"The settings of the lesson {self.name} have {'; '.join(notes)}.")
        return state.changed({self.control.field: at}) if self.control.field else state


def parsed(name: str, text: str) -> Lesson:
    """Read a lesson file.

    Raises
    ------
    LessonError
        If a part is missing or cannot be used.
    """
    try:
        tree = tomllib.loads(text)
        control = tree["control"]
        texts = {part: tree[part].strip() for part in _TEXTS}
        claims = tuple(
            Claim(one["says"], one["number"], float(one["at"])) for one in tree["claims"]
        )
        values = tuple(float(value) for value in control["values"])
        slider = Control(
            control["label"],
            control.get("unit", ""),
            values,
            float(control["start"]),
            control.get("field", ""),
            bool(control.get("exact", False)),
        )
    except (tomllib.TOMLDecodeError, KeyError, AttributeError, TypeError, ValueError) as error:
        raise LessonError(f"The lesson {name} cannot be read: {error!r}.") from None
    lesson = Lesson(
        name,
        **texts,
        settings=MappingProxyType(tree.get("settings", {})),
        given=MappingProxyType(tree.get("given", {})),
        control=slider,
        claims=claims,
    )
    lesson.state(slider.start)
    return lesson


def filled(text: str, numbers: Mapping[str, str]) -> str:
    """Return a text with each ⟨name⟩ replaced by a reading with its unit.

    Raises
    ------
    LessonError
        If there is no such reading.
    """

    def number(match: re.Match[str]) -> str:
        found = numbers.get(match[1])
        if found is None:
            raise LessonError(f"The lesson has no number “{match[1]}”.")
        return found

    return _PLACE.sub(number, text)
