"""Asks a model to answer a question from passages and with tools."""

import datetime as dt
import functools
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from innkeeper.prompts.base import Prompt, packaged
from innkeeper.schemas.access import Role
from innkeeper.schemas.assistant import MAX_ANSWER_WORDS
from innkeeper.schemas.tools import KnowledgePassage

_DATA = "answer_question.yaml"
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ShownTool(_Shown):
    """A tool as the prompt names it; its full schema goes to the provider."""

    name: str
    description: str
    arguments: tuple[str, ...] = Field(description='As "room_type" or "nights?": with a mark when it may be absent.')


class ShownPassage(_Shown):
    """A passage and the id that a sentence cites it by."""

    id: str = Field(pattern=r"^d\d{1,3}$")
    title: str
    heading: str = ""
    text: str


class EarlierTurn(_Shown):
    """A question and its answer."""

    question: str
    answer: str


class AssistantPrompt(Prompt):
    """Ask for an answer of at most `max_words` words with citation marks. `assistant_prompt` makes it."""

    template: ClassVar[str] = "answer_question.md.j2"
    stable: ClassVar[frozenset[str]] = frozenset({"hotel", "day", "role", "language", "tools", "max_words"})
    sources: ClassVar[tuple[str, ...]] = (_DATA,)

    hotel: str
    day: str = Field(description='The hotel\'s day with its weekday: "Friday, 2025-01-17".')
    role: str = Field(description="Who asks, and what they may see, in words.")
    language: str = Field(description="Of the answer, in words.")
    tools: tuple[ShownTool, ...] = ()
    max_words: int = MAX_ANSWER_WORDS
    summary: str = ""
    earlier: tuple[EarlierTurn, ...] = ()
    passages: tuple[ShownPassage, ...] = ()
    question: str


def assistant_prompt(
    question: str,
    *,
    hotel: str,
    today: dt.date,
    role: Role,
    language: Literal["en", "vi"],
    tools: Iterable[tuple[str, str, type[BaseModel]]],
    passages: Sequence[KnowledgePassage] = (),
    earlier: Iterable[tuple[str, str]] = (),
    summary: str = "",
) -> AssistantPrompt:
    """
    The prompt for one question.

    Args:
        hotel: Its name.
        today: The hotel's day.
        tools: Name, description and argument model of all that may be called, from the registry.
        passages: Best first; the first is cited as d1, whatever its own id is.
        earlier: Questions and answers before this one, oldest first.
        summary: Of what was said before those.
    """
    return AssistantPrompt(
        hotel=hotel,
        day=f"{_WEEKDAYS[today.weekday()]}, {today.isoformat()}",
        role=_data()["roles"][role.value],
        language=_data()["languages"][language],
        tools=tuple(shown_tool(*tool) for tool in tools),
        summary=summary,
        earlier=tuple(EarlierTurn(question=asked, answer=answered) for asked, answered in earlier),
        passages=tuple(_shown(place, passage) for place, passage in enumerate(passages, 1)),
        question=question,
    )


def shown_tool(name: str, description: str, arguments: type[BaseModel]) -> ShownTool:
    """A tool with the names of its arguments; "?" marks those that may be absent."""
    names = (f"{key}{'' if field.is_required() else '?'}" for key, field in arguments.model_fields.items())
    return ShownTool(name=name, description=" ".join(description.split()), arguments=tuple(names))


def _shown(place: int, passage: KnowledgePassage) -> ShownPassage:
    heading = " › ".join(passage.heading_path)
    return ShownPassage(id=f"d{place}", title=passage.title, heading=heading, text=passage.text)


@functools.cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(packaged(_DATA))
    return data
