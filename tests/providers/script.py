"""What a loopback provider answers: replies in order, then a default."""

import asyncio
import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

Payload = dict[str, Any]
Waiting = float | threading.Event | asyncio.Event  # seconds, or until it is set


@dataclass(frozen=True)
class Usage:
    """Tokens that the provider reports; `input_tokens` holds the cached ones, as in `schemas.models.TokenUsage`."""

    input_tokens: int
    output_tokens: int
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0


DERIVED = Usage(-1, -1)  # a quarter of the characters that were sent and answered


@dataclass(frozen=True)
class ToolCall:
    """One call; a string is sent as it is, valid JSON or not. Without an `id` the server makes one."""

    name: str
    arguments: Payload | str = field(default_factory=dict)
    id: str | None = None


@dataclass(frozen=True)
class Text:
    """An answer in words; `finish="length"` says that it was cut at the token limit."""

    text: str
    usage: Usage | None = DERIVED
    finish: str = "stop"


@dataclass(frozen=True)
class ToolCalls:
    """Calls of tools, after some words if `text` is given."""

    calls: list[ToolCall]
    text: str = ""
    usage: Usage | None = DERIVED


@dataclass(frozen=True)
class Json:
    """A structured answer: arguments of the tool that the request forces, otherwise text."""

    value: Any
    usage: Usage | None = DERIVED


@dataclass(frozen=True)
class WrongSchema:
    """Valid JSON that fits no schema; where it is put is as for `Json`."""

    usage: Usage | None = DERIVED


@dataclass(frozen=True)
class MalformedArguments:
    """Broken JSON as the arguments of a tool (the first one, unless named), or as text where there is none."""

    arguments: str = "{'a':"
    name: str | None = None
    usage: Usage | None = DERIVED


@dataclass(frozen=True)
class Refusal:
    """The model declines; `filtered` is OpenAI's content filter instead."""

    text: str = "I cannot help with that."
    filtered: bool = False
    usage: Usage | None = DERIVED


@dataclass(frozen=True)
class Empty:
    """`choices: []` or `content: []`."""

    usage: Usage | None = DERIVED


@dataclass(frozen=True)
class Fault:
    """An HTTP error. A `body` replaces the provider's error shape; a string is sent as HTML, as proxies do."""

    status: int
    retry_after: float | None = None
    body: Payload | str | None = None
    message: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class SlowFirstByte:
    """Nothing is sent for a while; then `reply`, its chunks `gap` apart."""

    wait: Waiting
    reply: "Reply" = field(default_factory=lambda: Text("ok"))
    gap: Waiting = 0.0


@dataclass(frozen=True)
class CutOff:
    """The connection closes after n events, or in the middle of a body (0: after the headers; None: before them)."""

    after_chunks: int | None = 1
    reply: "Reply" = field(default_factory=lambda: Text("This sentence is never sent to its end."))


@dataclass(frozen=True)
class StreamFault:
    """An error event after n events of a stream; without streaming, the plain error."""

    after_chunks: int = 1
    fault: Fault = field(default_factory=lambda: Fault(529))
    reply: "Reply" = field(default_factory=lambda: Text("This sentence is never sent to its end."))


@dataclass(frozen=True)
class Hang:
    """No answer until `server.release()`; then `reply`."""

    reply: "Reply" = field(default_factory=lambda: Text("released"))


Spoken = Text | ToolCalls | Json | WrongSchema | MalformedArguments | Refusal | Empty
Reply = Spoken | Fault | SlowFirstByte | CutOff | StreamFault | Hang
Answering = Reply | Callable[[Payload], Reply]
NAMED: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (
        Text, ToolCalls, Json, WrongSchema, MalformedArguments, Refusal, Empty,
        Fault, SlowFirstByte, CutOff, StreamFault, Hang, ToolCall, Usage,
    )
}  # fmt: skip


class Script:
    """
    Replies in order, then `default`; each is a reply, or a function of the request's JSON that returns one.

    A request beyond the script gets status 400 with a message that says so, which no client tries again.
    Embeddings are computed, unless `embeddings` holds faults or delays for the next requests of that kind.
    """

    def __init__(
        self,
        replies: Iterable[Answering] = (),
        *,
        default: Answering | None = None,
        embeddings: Iterable[Reply] = (),
    ) -> None:
        self._replies = deque(replies)
        self._embeddings = deque(embeddings)
        self.default = default

    def add(self, *replies: Answering) -> None:
        """More replies, from any thread."""
        self._replies.extend(replies)

    def add_embeddings(self, *replies: Reply) -> None:
        """More faults or delays for embeddings, from any thread."""
        self._embeddings.extend(replies)

    @property
    def left(self) -> int:
        """Replies that nobody has asked for yet."""
        return len(self._replies)

    def next_reply(self, request: Payload) -> Reply:
        """The reply to a chat request."""
        found = self._replies.popleft() if self._replies else self.default
        if found is None:
            return Fault(400, message="the test's script has no reply left for this request: add one, or set default=")
        return found(request) if callable(found) else found

    def next_embedding(self) -> Reply | None:
        """A fault or delay for an embeddings request; None: the vectors at once."""
        return self._embeddings.popleft() if self._embeddings else None

    @classmethod
    def from_json(cls, text: str) -> "Script":
        """
        The script of a process: `{"replies": [{"Text": {"text": "Hi"}}, {"Fault": {"status": 429}}], "default": …}`.

        Raises:
            ValueError: A reply is not one key with the name of a class above it.
        """
        data = json.loads(text)
        return cls(
            [from_plain(reply) for reply in data.get("replies", [])],
            default=from_plain(data["default"]) if "default" in data else None,
            embeddings=[from_plain(reply) for reply in data.get("embeddings", [])],
        )

    def to_json(self) -> str:
        """What `from_json` reads; functions and events cannot be sent to another process."""
        plain: Payload = {"replies": [to_plain(reply) for reply in self._replies]}
        plain["embeddings"] = [to_plain(reply) for reply in self._embeddings]
        if self.default is not None:
            plain["default"] = to_plain(self.default)
        return json.dumps(plain)


NESTED = ("usage", "reply", "fault")


def from_plain(plain: Payload) -> Any:
    """`{"Text": {"text": "Hi"}}` as `Text("Hi")`."""
    if not isinstance(plain, dict) or len(plain) != 1 or next(iter(plain)) not in NAMED:
        raise ValueError(f"a reply is one of {', '.join(NAMED)} with its fields, not {plain!r}")
    ((name, values),) = plain.items()
    values = {key: from_plain(value) if key in NESTED and value else value for key, value in values.items()}
    if name == "ToolCalls":
        values["calls"] = [from_plain(call) for call in values["calls"]]
    return NAMED[name](**values)


def to_plain(value: Any) -> Payload:
    """The reverse of `from_plain`."""
    if type(value).__name__ not in NAMED:
        raise ValueError(f"{value!r} cannot be sent to another process")
    values: Payload = {}
    for name in (each.name for each in fields(value)):
        item = getattr(value, name)
        if item == DERIVED:
            continue
        if name == "calls":
            item = [to_plain(call) for call in item]
        values[name] = to_plain(item) if name in NESTED and item is not None else item
    return {type(value).__name__: values}
