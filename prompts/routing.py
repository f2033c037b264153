"""Asks a model which requests a guest message holds."""

import functools
from collections.abc import Mapping
from typing import Any, ClassVar

import yaml
from pydantic import BaseModel, ConfigDict, Field

from innkeeper.prompts.base import Prompt, packaged
from innkeeper.schemas.routing import GuestMessage, RoutingResult, Sentiment
from innkeeper.schemas.routing_draft import DraftRequest, RoutingDraft
from innkeeper.schemas.taxonomy import Taxonomy

_DATA = "route_message.yaml"


class RouteExample(BaseModel):
    """A made-up message and the answer that is wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    message: str
    answer: RoutingDraft


class KnownOfMessage(BaseModel):
    """What is known besides the words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: str | None = None
    room: str | None = None
    language: str | None = Field(default=None, description="BCP 47, as detected; may be wrong.")


class RoutePrompt(Prompt):
    """Ask which requests a guest message holds; the answer is a `RoutingDraft`. `routing_prompt` makes it."""

    template: ClassVar[str] = "route_message.md.j2"
    stable: ClassVar[frozenset[str]] = frozenset({"taxonomy", "examples"})
    sources: ClassVar[tuple[str, ...]] = (_DATA,)

    message: str
    known: KnownOfMessage = KnownOfMessage()
    guess: Mapping[str, float] = Field(
        default_factory=dict, description="The engine's probabilities by subcategory, as a hint; empty: none is given."
    )
    taxonomy: Mapping[str, Mapping[str, str]] = Field(description="What each subcategory is for, by category.")
    examples: tuple[RouteExample, ...] = ()


def routing_prompt(message: GuestMessage, own: RoutingResult | None, taxonomy: Taxonomy) -> RoutePrompt:
    """
    The prompt for one message.

    Args:
        message: Its words, channel and room are shown as data.
        own: What the engine thinks of it: the language, and its guess as a hint. None when it shall not say.
        taxonomy: The hotel's; subcategories that are not ours are described by their label.
    """
    known = KnownOfMessage(
        channel=message.channel, room=message.room_number, language=own.language_detected if own else message.language
    )
    guess = {each.subcategory: round(each.confidence, 2) for each in own.classifications} if own else {}
    return RoutePrompt(
        message=message.message,
        known=known,
        guess=guess,
        taxonomy=described(taxonomy),
        examples=examples(taxonomy.subcategories),
    )


def described(taxonomy: Taxonomy) -> dict[str, dict[str, str]]:
    """What each subcategory is for, one line each, by category."""
    guide = _data()["guide"]
    return {
        category: {name: guide.get(name, entry.label["en"]) for name, entry in content.subcategories.items()}
        for category, content in taxonomy.categories.items()
    }


@functools.cache
def examples(subcategories: tuple[str, ...]) -> tuple[RouteExample, ...]:
    """Our examples, without those whose subcategories a hotel's taxonomy lacks."""
    made = (_example(entry) for entry in _data()["examples"])
    return tuple(each for each in made if all(one.subcategory in subcategories for one in each.answer.requests))


@functools.cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(packaged(_DATA))
    return data


def _example(entry: Mapping[str, Any]) -> RouteExample:
    requests = [dict(zip(DraftRequest.model_fields, each, strict=True)) for each in entry["requests"]]
    answer = {
        "requests": requests,
        "out_of_scope": not requests,
        "adversarial": entry.get("adversarial", False),
        "sentiment": entry.get("sentiment", Sentiment.NEUTRAL),
    }
    return RouteExample(message=entry["message"], answer=RoutingDraft.model_validate(answer))
