"""One turn of a conversation: what is known before it is answered, and the draft of an answer."""

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from innkeeper.blocks.models.chains import ENGINE
from innkeeper.engine.assistant.formats import Language
from innkeeper.engine.assistant.plain_text import plain_fields, plain_text
from innkeeper.engine.assistant.plan import Focus, HotelWords, Worded
from innkeeper.engine.search.index import SearchIndex, SearchResult
from innkeeper.schemas.access import Principal
from innkeeper.schemas.assistant import (
    AssistantQuestion,
    ContentAdded,
    ContentWithdrawn,
    Progress,
    Source,
    TokensUsed,
    ToolCalled,
    ToolReturned,
)
from innkeeper.schemas.models import LinkAttempt
from innkeeper.tasks.knowledge_reader import KnowledgeReader
from innkeeper.tasks.tool_loop import Tool, ToolCall

Emit = Callable[[Progress], None]


@dataclass(frozen=True)
class Turn:
    """
    A question with all that it is read with.

    Attributes:
        history: What was said before: (question, answer) pairs, oldest first, within the token budget.
        summary: Of what was said before that.
        tools: What this principal may call, by name.
        search: The documents, as far as this principal may read them.
        hidden: Values that were withheld from this principal; never to be said, never to be logged.
        contact: Whom to ask about what is not known, in a language.
    """

    question: AssistantQuestion
    principal: Principal
    today: dt.date
    hotel_name: str
    hotel: HotelWords
    focus: Focus
    history: tuple[tuple[str, str], ...]
    summary: str
    tools: dict[str, Tool]
    search: "RememberedSearch"
    hidden: set[str]
    contact: Callable[[Language], Awaitable[str]]
    emit: Emit | None = None

    def say(self, text: str) -> None:
        """Show more of the answer."""
        if self.emit is not None and text:
            self.emit(ContentAdded(delta=text))

    def withdraw(self) -> None:
        """Take back what was shown."""
        if self.emit is not None:
            self.emit(ContentWithdrawn())

    def called(self, call: ToolCall | str) -> None:
        """Show that a tool (by its name) begins, or that a call is done."""
        if self.emit is not None:
            self.emit(ToolCalled(tool=call) if isinstance(call, str) else _returned(call))


def _returned(call: ToolCall) -> ToolReturned:
    return ToolReturned(tool=call.tool, status="success" if call.success else "error")


@dataclass(frozen=True)
class Draft:
    """
    An answer before it is stored.

    Attributes:
        focus: What the conversation is about now.
        link: Who wrote it.
    """

    worded: Worded
    sources: tuple[Source, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    focus: Focus = field(default_factory=Focus)
    link: str = ENGINE
    tokens: TokensUsed = field(default_factory=TokensUsed)
    cost_usd: Decimal | None = Decimal(0)
    attempts: tuple[LinkAttempt, ...] = ()
    language: Language = "en"

    def plain(self) -> "Draft":
        """The draft without what a screen would make live, whoever wrote it: the last look before it is given."""
        worded = replace(self.worded, text=plain_text(self.worded.text, keep_addresses=True))
        sources = tuple(plain_fields(source, keep_addresses=True) for source in self.sources)
        return replace(self, worded=worded, sources=sources)


class RememberedSearch:
    """A reader that remembers what one turn has found: what a tool found is read without a second search."""

    def __init__(self, reader: KnowledgeReader) -> None:
        """`reader` outlives the turn."""
        self._reader = reader
        self._found: dict[str, SearchResult] = {}

    async def search(self, query: str, **options: Any) -> SearchResult:
        """As `KnowledgeReader.search`."""
        self._found[query] = await self._reader.search(query, **options)
        return self._found[query]

    async def index(self) -> SearchIndex:
        """The index that is searched now."""
        return (await self._reader.current()).index

    def found(self, query: str) -> SearchResult | None:
        """What `search` gave for `query` in this turn."""
        return self._found.get(query)
