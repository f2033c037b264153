"""A scripted reply, in the terms that both providers share: words, calls, a refusal, why it ended, and tokens."""

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.providers.script import (
    DERIVED,
    Empty,
    Json,
    MalformedArguments,
    Refusal,
    Spoken,
    Text,
    ToolCall,
    ToolCalls,
    Usage,
    WrongSchema,
)

FRAGMENT = 8  # characters of arguments in one event
CHARS_PER_TOKEN = 4
WRONG = {"not_what": ["was", "asked", "for"]}


@dataclass(frozen=True)
class Tools:
    """What a request allows: names in order, and the one that must be called, if any."""

    names: tuple[str, ...] = ()
    forced: str | None = None


@dataclass(frozen=True)
class Speech:
    """
    One completion.

    Attributes:
        calls: Each with its arguments as text, valid JSON or not.
        finish: `stop`, `length`, `tools`, `refusal` or `filter`.
    """

    text: str | None
    calls: tuple[ToolCall, ...]
    finish: str
    usage: Usage | None
    refusal: str | None = None
    empty: bool = False


def speech_of(reply: Spoken, tools: Tools, request_chars: int) -> Speech:
    """`reply` to a request of so many characters."""
    text, calls, finish, refusal = _content(reply, tools)
    answered = len(text or "") + len(refusal or "") + sum(len(arguments_text(call)) for call in calls)
    usage = reply.usage
    if usage == DERIVED:
        usage = Usage(max(1, request_chars // CHARS_PER_TOKEN), max(1, answered // CHARS_PER_TOKEN))
    return Speech(text, calls, finish, usage, refusal, isinstance(reply, Empty))


def _content(reply: Spoken, tools: Tools) -> tuple[str | None, tuple[ToolCall, ...], str, str | None]:
    match reply:
        case Text():
            return reply.text, (), reply.finish, None
        case ToolCalls():
            return reply.text or None, tuple(reply.calls), "tools", None
        case Json() | WrongSchema():
            return _structured(reply.value if isinstance(reply, Json) else WRONG, tools)
        case MalformedArguments():
            name = reply.name or tools.forced or next(iter(tools.names), None)
            if name is None:
                return reply.arguments, (), "stop", None
            return None, (ToolCall(name, reply.arguments),), "tools", None
        case Refusal():
            return None, (), "filter" if reply.filtered else "refusal", None if reply.filtered else reply.text
        case Empty():
            return None, (), "stop", None


def _structured(value: Any, tools: Tools) -> tuple[str | None, tuple[ToolCall, ...], str, str | None]:
    if tools.forced is not None:
        return None, (ToolCall(tools.forced, value),), "tools", None
    return json.dumps(value, ensure_ascii=False), (), "stop", None


def arguments_text(call: ToolCall) -> str:
    """The arguments as the model wrote them."""
    return call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments, ensure_ascii=False)


def words(text: str) -> list[str]:
    """Pieces of a streamed text, a word and the space before it each; together they are the text."""
    return re.findall(r"\s*\S+|\s+$", text)


def fragments(text: str) -> list[str]:
    """Pieces of streamed arguments."""
    return [text[start : start + FRAGMENT] for start in range(0, len(text), FRAGMENT)]
