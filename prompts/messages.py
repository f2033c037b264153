"""Asks a model to word the free lines of a message anew, and to translate short notes for it."""

import functools
from collections.abc import Sequence
from typing import Any, ClassVar

import yaml
from pydantic import BaseModel, ConfigDict, Field

from innkeeper.prompts.base import Prompt, packaged
from innkeeper.schemas.messages import MessageKind, MessageLanguage, Tone

MAX_LINES = 40
_DATA = "rephrase_message.yaml"


class RephrasedLines(BaseModel):
    """The lines, worded anew."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: tuple[str, ...] = Field(max_length=MAX_LINES, description="As many as were given, in the same order.")


class TranslatedTexts(BaseModel):
    """The notes, translated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    translations: tuple[str, ...] = Field(max_length=MAX_LINES, description="As many as were given, in the same order.")


class RephrasePrompt(Prompt):
    """Ask for other words; the answer is a `RephrasedLines`. `rephrase_prompt` makes it."""

    template: ClassVar[str] = "rephrase_message.md.j2"
    stable: ClassVar[frozenset[str]] = frozenset({"purpose", "tone", "language"})
    sources: ClassVar[tuple[str, ...]] = (_DATA,)

    purpose: str = Field(description="What the message is for, in words.")
    tone: str
    language: str = Field(description="Of the message, in words.")
    lines: tuple[str, ...] = Field(description="Sentences of a template; values stand as [[name]], never themselves.")


class TranslatePrompt(Prompt):
    """Ask for translations; the answer is a `TranslatedTexts`. `translate_prompt` makes it."""

    template: ClassVar[str] = "translate_request.md.j2"
    stable: ClassVar[frozenset[str]] = frozenset({"language"})
    sources: ClassVar[tuple[str, ...]] = (_DATA,)

    language: str = Field(description="Into which, in words.")
    texts: tuple[str, ...]


def rephrase_prompt(kind: MessageKind, tone: Tone, language: MessageLanguage, lines: Sequence[str]) -> RephrasePrompt:
    """The prompt for the free lines of one message."""
    words = _data()
    return RephrasePrompt(
        purpose=words["purposes"][kind],
        tone=words["tones"][tone],
        language=words["languages"][language],
        lines=tuple(lines),
    )


def translate_prompt(language: MessageLanguage, texts: Sequence[str]) -> TranslatePrompt:
    """The prompt for the notes of one message, into `language`."""
    return TranslatePrompt(language=_data()["languages"][language], texts=tuple(texts))


@functools.cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(packaged(_DATA))
    return data
