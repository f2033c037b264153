"""The staff assistant: one question in, one answer out, from documents and live data."""

import datetime as dt
import logging
import zoneinfo
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from time import perf_counter
from uuid import uuid4

from innkeeper.blocks import metrics
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import current_hotel
from innkeeper.blocks.models.chains import ENGINE, chain_of
from innkeeper.blocks.services.http import close_services
from innkeeper.blocks.services.pricing import PricingService
from innkeeper.blocks.services.room_status import RoomStatusService
from innkeeper.blocks.settings import Settings
from innkeeper.engine.assistant.disclosure import guard_answer
from innkeeper.engine.assistant.formats import Language
from innkeeper.engine.assistant.plan import Focus, HotelWords
from innkeeper.engine.assistant.understanding import understand
from innkeeper.engine.assistant.wording import contact_name, refused
from innkeeper.engine.text import clean
from innkeeper.schemas.access import Principal
from innkeeper.schemas.assistant import AssistantAnswer, AssistantQuestion, Handoff, ToolUse
from innkeeper.schemas.errors import InnkeeperError, InputInvalid, NotConfigured
from innkeeper.schemas.models import Capability
from innkeeper.tasks.assistant.contact import Contact, LazyRouter
from innkeeper.tasks.assistant.directory import directory
from innkeeper.tasks.assistant.engine_answer import engine_draft
from innkeeper.tasks.assistant.memory import Conversation, Memory
from innkeeper.tasks.assistant.model_answer import model_draft
from innkeeper.tasks.assistant.tool_desk import TopicRouter
from innkeeper.tasks.assistant.tools import AuditNote, ToolServices, by_name, toolbox
from innkeeper.tasks.assistant.turn import Draft, Emit, RememberedSearch, Turn
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.knowledge_reader import KnowledgeReader
from innkeeper.tasks.recording import AnsweredRequest, Recorder
from innkeeper.tasks.spenders import current_spender

FLOW = "answer-question"
HISTORY_TOKENS = 1_500
OWN_BOOKING = "me"  # as `lookup_booking` takes it
_DUTY_MANAGER = "duty_manager"
_WARMING = "may gio tra phong"  # without accents: the words to put them back take half a second to read
_REFUSED_WHAT: dict[Language, str] = {"en": "this information", "vi": "thông tin này"}
_logger = logging.getLogger(__name__)


class HotelAssistant:
    """
    Answers questions on one event loop, many at once. `open_assistant` makes one.

    Attributes:
        gateway: The way to outside models; none where the chain is the engine alone.
        memory: The conversations.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        reader: KnowledgeReader,
        tools: ToolServices,
        memory: Memory,
        gateway: ModelGateway | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        """All of them stay the caller's to close."""
        self._settings = settings
        self._database = database
        self._reader = reader
        self._tools = tools
        self._recorder = recorder
        self.memory = memory
        self.gateway = gateway

    async def answer(
        self,
        question: AssistantQuestion,
        principal: Principal,
        emit: Emit | None = None,
        *,
        message_id: str | None = None,
    ) -> AssistantAnswer:
        """
        Answer one question: conversation, documents, tools, text, check; then it is stored.

        Args:
            question: What was asked.
            principal: Who asks; decides what tools and documents give.
            emit: Hears what happens on the way, and gets the answer's text as it comes.
            message_id: Of the answer; a new one when absent.

        Raises:
            ConversationNotFound: The conversation is another principal's.
            InputInvalid: Nothing is left of the question without invisible characters.
            DatabaseUnavailable: The answer could not be stored.
        """
        started, asked_at = perf_counter(), dt.datetime.now(dt.UTC)
        text = clean(question.message).strip()
        if not text:
            raise InputInvalid("the question has no text, only blanks or invisible characters")
        question = question.model_copy(update={"message": text})
        audit: list[AuditNote] = []
        async with self.memory.turn(question.conversation_id, principal) as conversation:
            turn = await self._turn(question, principal, conversation, audit, emit)
            draft = await self._draft(turn)
            await self.memory.append(conversation, text, draft.worded.text, draft.focus, audit)
        handoff = draft.worded.handoff
        metrics.question_answered(draft.link, handoff)
        answer = AssistantAnswer(
            response=draft.worded.text,
            sources=draft.sources,
            tools_used=tuple(ToolUse(tool=call.tool, input=call.input, success=call.success) for call in draft.calls),
            confidence=round(draft.worded.confidence, 2),
            conversation_id=conversation.id,
            message_id=message_id or f"msg_{uuid4().hex}",
            tokens_used=draft.tokens,
            response_time_ms=round((perf_counter() - started) * 1000, 1),
            model=draft.link,
            language=draft.language,
            handoff=Handoff(reason=handoff, contact=await turn.contact(draft.language)) if handoff else None,
            cost_usd=draft.cost_usd,
            attempts=draft.attempts,
        )
        if self._recorder is not None:
            self._recorder.record(AnsweredRequest(answer, principal.role, asked_at, dt.datetime.now(dt.UTC)))
        return answer

    async def warm_up(self) -> None:
        """Load what the first question would wait for: index, embedder, words."""
        understand(_WARMING, today=dt.date.today(), hotel=HotelWords())  # noqa: DTZ011  any day
        with suppress(InnkeeperError):  # nothing is indexed yet, say: the first question will tell
            await self._reader.search(_WARMING, top_k=1)

    async def missing(self) -> list[str]:
        """What has to be done before rooms, bookings or documents can be asked about; empty: nothing."""
        problems = []
        try:
            async with self._database.reading() as session:
                await current_hotel(session)
        except NotConfigured as error:
            problems.append(str(error))
        try:
            await self._reader.current()
        except NotConfigured as error:
            problems.append(str(error))
        return problems

    async def clear(self, conversation_id: str, principal: Principal) -> int:
        """Delete a conversation and all that is kept of it; how many messages it had."""
        return await self.memory.clear(conversation_id, principal)

    async def _turn(
        self,
        question: AssistantQuestion,
        principal: Principal,
        conversation: Conversation,
        audit: list[AuditNote],
        emit: Emit | None,
    ) -> Turn:
        search = RememberedSearch(self._reader)
        name, zone, words = await self._hotel()
        today = question.today or dt.datetime.now(zone).date()
        hidden: set[str] = set()
        services = replace(self._tools, reader=search)
        tools = by_name(toolbox(services, principal, today=today, audit=audit, hidden=hidden))
        window = await self.memory.window(conversation, HISTORY_TOKENS) if self.gateway else None
        return Turn(
            question=question,
            principal=principal,
            today=today,
            hotel_name=name,
            hotel=words,
            focus=_own(conversation.focus) if principal.guest else conversation.focus,
            history=window.history if window else (),
            summary=window.summary if window else "",
            tools=tools,
            search=search,
            hidden=hidden,
            contact=self._contact(question.message),
            emit=emit,
        )

    async def _hotel(self) -> tuple[str, zoneinfo.ZoneInfo, HotelWords]:
        """Name, zone and words of the hotel in use; without one, the documents alone can be asked."""
        try:
            async with self._database.reading() as session:
                hotel = await current_hotel(session)
                words = (await directory(session, hotel)).hotel
        except NotConfigured:
            return "", self._settings.zone, HotelWords()
        return hotel.name, zoneinfo.ZoneInfo(hotel.timezone) if hotel.timezone else self._settings.zone, words

    async def _draft(self, turn: Turn) -> Draft:
        draft = None
        if self.gateway is not None:
            spender = current_spender(FLOW, turn.principal.name)
            draft = await model_draft(turn, self.gateway, spender, self._settings.answer_timeout_s)
        if draft is None or draft.link == ENGINE:
            own = await engine_draft(turn)
            draft = own if draft is None else _after(draft, own)
            draft = self._undisclosed(draft, turn).plain()
            turn.say(draft.worded.text)
        return draft

    def _undisclosed(self, draft: Draft, turn: Turn) -> Draft:
        """The draft, unless it says what was withheld: nothing that a tool leaves out may come in by another door."""
        if not guard_answer(draft.worded.text, turn.hidden):
            return draft
        _logger.error("An answer held what its reader may not see; it was not given.")
        contact = contact_name(_DUTY_MANAGER, draft.language)
        return Draft(
            refused(draft.language, _REFUSED_WHAT[draft.language], contact),
            calls=draft.calls,
            focus=draft.focus,
            language=draft.language,
        )

    def _contact(self, message: str) -> Contact:
        return Contact(self._tools, message)


def _own(focus: Focus) -> Focus:
    """A guest who names no booking means the own one, which the tools know by this word."""
    return focus if focus.booking_id else replace(focus, booking_id=OWN_BOOKING)


def _after(tried: Draft, own: Draft) -> Draft:
    """The engine's answer, with what the models before it took."""
    return replace(own, tokens=tried.tokens, cost_usd=tried.cost_usd, attempts=tried.attempts)


@asynccontextmanager
async def open_assistant(
    settings: Settings,
    database: Database | None = None,
    router: TopicRouter | None = None,
    gateway: ModelGateway | None = None,
    recorder: Recorder | None = None,
) -> AsyncIterator[HotelAssistant]:
    """
    An assistant and what it needs, for as long as the block lasts.

    Args:
        settings: Chain, addresses, limits.
        database: One that is open and migrated, and stays so; opened at the address of the settings when absent.
        router: Tells whose work a question is; loaded when it is needed, when absent.
        gateway: The way to models, which stays open; opened where the chain has any, when absent.
        recorder: Shows answers in Prefect, where no flow run does; stays the caller's to close.

    Raises:
        NotConfigured: The chain names a model whose key, address or block is missing.
    """
    async with AsyncExitStack() as stack:
        if database is None:
            database = await stack.enter_async_context(Database(settings.database_url))
            await database.upgrade()
        if chain_of(settings, Capability.ASSISTANT) == (ENGINE,):
            gateway = None
        elif gateway is None:
            gateway = await stack.enter_async_context(ModelGateway(settings))
        if gateway is not None:
            await gateway.models(Capability.ASSISTANT)
        reader = KnowledgeReader(database, settings, gateway=gateway)
        stack.push_async_callback(reader.aclose)
        forgets = [recorder.forget] if recorder is not None else []
        memory = Memory(database, settings.redis_url, settings, forgets)
        stack.push_async_callback(memory.aclose)
        room_status, pricing = RoomStatusService.of(settings), PricingService.of(settings)
        stack.push_async_callback(close_services)
        tools = ToolServices(
            database,
            room_status=room_status,
            pricing=pricing,
            router=router or LazyRouter(settings),
            timezone=settings.hotel_timezone,
        )
        yield HotelAssistant(
            settings, database, reader=reader, tools=tools, memory=memory, gateway=gateway, recorder=recorder
        )
