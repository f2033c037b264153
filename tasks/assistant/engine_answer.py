"""The engine's answer: a plan, its tool calls, and a text from what they and the documents say."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import BaseModel

from innkeeper.engine.assistant.plan import Plan, PlannedCall, Worded
from innkeeper.engine.assistant.understanding import understand
from innkeeper.engine.assistant.wording import CalledTool, clarify, courtesy, joined, not_known, word_answer
from innkeeper.engine.reading.reader import Reading, read
from innkeeper.engine.search.index import SearchResult
from innkeeper.schemas.assistant import DatabaseSource, KnowledgeSource, Source
from innkeeper.schemas.errors import InputInvalid, NotAllowed, NotConfigured, NotFound, TransientError
from innkeeper.tasks.assistant.documents import contact_query
from innkeeper.tasks.assistant.turn import Draft, Turn
from innkeeper.tasks.tool_loop import ToolCall, make_call

_SEARCH, _CHECKOUT, _CONTACT = "search_knowledge_base", "get_checkout_policy", "who_to_contact"
_DOCUMENTS = {_SEARCH, _CHECKOUT, _CONTACT}
_READ_HITS = 6
_MAX_QUERY_CHARS = 400
_MAX_TOPIC_CHARS = 200
_KNOWN = 0.5
_SURELY = 0.6  # from which the documents answer what was first taken for something else
_ASKS_BACK = {"which_room", "nothing_asked"}  # these are sure to have been understood
_THE_HOTEL = {"en": "the hotel", "vi": "khách sạn"}  # before one is imported
_CHECKOUT_QUESTION = {
    "en": "What is the check-out time, and the late check-out fee?",
    "vi": "Giờ trả phòng là mấy giờ, phí trả phòng muộn là bao nhiêu?",
}


@dataclass(frozen=True)
class _Read:
    """A call of a document tool, and what could be read from what it found."""

    call: ToolCall
    reading: Reading | None


async def engine_draft(turn: Turn) -> Draft:
    """Answer without any outside model."""
    plan = understand(
        turn.question.message,
        today=turn.today,
        hotel=turn.hotel,
        focus=turn.focus,
        language=turn.question.language,
    )
    if plan.courtesy is not None:
        return _draft(plan, courtesy(plan, turn.hotel_name or _THE_HOTEL[plan.language]))
    if plan.clarification is not None and not plan.calls and plan.document_question is None:
        return await _from_documents(plan, turn) or _draft(plan, clarify(plan))
    live, read_calls = await asyncio.gather(_live_calls(plan, turn), _document_calls(plan, turn))
    draft = await _composed(plan, turn, live, read_calls)
    if draft.worded.confidence < _KNOWN and not read_calls and _nothing_found(live):
        return await _from_documents(plan, turn) or draft
    return draft


async def _from_documents(plan: Plan, turn: Turn) -> Draft | None:
    """What the documents say to a question that looked like one about a room or a guest; none when they say nothing."""
    if plan.clarification in _ASKS_BACK:
        return None
    found = await _read_documents(turn.question.message, _SEARCH, plan, turn)
    if found.reading is None or found.reading.confidence < _SURELY:
        return None
    asked = replace(plan, calls=(), clarification=None, document_question=turn.question.message)
    return await _composed(asked, turn, (), [found])


def _nothing_found(live: Sequence[tuple[PlannedCall, ToolCall]]) -> bool:
    """Whether no tool knows what it was asked for: the name may be a word, and the number no room."""
    return bool(live) and all(
        isinstance(made.cause, NotFound) or getattr(made.output, "total", 1) == 0 for _, made in live
    )


async def _composed(
    plan: Plan, turn: Turn, live: Sequence[tuple[PlannedCall, ToolCall]], reads: Sequence[_Read]
) -> Draft:
    results = [CalledTool(call, _output(made), _problem(made), made.error or "") for call, made in live]
    parts = word_answer(plan, results, today=turn.today)
    readings = [each.reading for each in reads if each.reading is not None]
    parts += [_of_reading(reading) for reading in readings if reading.answerable]
    for each in reads:  # nobody in the documents: then the team whose work it is
        if each.call.tool == _CONTACT and each.call.success and not (each.reading and each.reading.answerable):
            parts += word_answer(plan, [CalledTool(PlannedCall(_CONTACT), _output(each.call))], today=turn.today)
    if plan.clarification is not None:
        parts.append(clarify(plan))
    unread = [each for each in reads if each.call.tool != _CONTACT]
    if not parts or (unread and not any(each.reading and each.reading.answerable for each in unread)):
        parts.append(not_known(plan.language, await turn.contact(plan.language), topic_known=bool(parts)))
    worded = joined(parts, plan.language)
    is_known = worded.confidence >= _KNOWN
    sources: list[Source] = []
    if is_known:
        sources += _database_sources(worded, [made for _, made in live])
        sources += _document_sources(readings)
    focus = plan.focus
    choices = _choices(live)
    if choices:
        focus = replace(focus, choices=choices)
    return _draft(plan, worded, tuple(sources), (*(made for _, made in live), *(each.call for each in reads)), focus)


def _draft(
    plan: Plan,
    worded: Worded,
    sources: tuple[Source, ...] = (),
    calls: tuple[ToolCall, ...] = (),
    focus: Any = None,
) -> Draft:
    return Draft(worded, sources, calls, focus or plan.focus, language=plan.language)


async def _live_calls(plan: Plan, turn: Turn) -> list[tuple[PlannedCall, ToolCall]]:
    """The planned calls of tools with live data: first those that stand alone, then those that take their results."""
    wanted = [call for call in plan.calls if call.tool not in _DOCUMENTS]
    first = [index for index, call in enumerate(wanted) if not call.takes]
    made = dict(zip(first, await _together([wanted[index] for index in first], turn), strict=True))
    by_tool = {made[index].tool: made[index] for index in first}
    later = [(index, _filled(wanted[index], by_tool)) for index in range(len(wanted)) if index not in made]
    ready = [(index, call) for index, call in later if call is not None]
    made |= zip([index for index, _ in ready], await _together([call for _, call in ready], turn), strict=True)
    return [(wanted[index], made[index]) for index in sorted(made)]


async def _together(calls: Sequence[PlannedCall], turn: Turn) -> list[ToolCall]:
    return list(
        await asyncio.gather(*(make_call(call.tool, call.arguments, turn.tools, turn.called) for call in calls))
    )


def _filled(call: PlannedCall, made: dict[str, ToolCall]) -> PlannedCall | None:
    """`call` with the arguments that an earlier call found; none when it found no single one."""
    arguments = dict(call.arguments)
    for name, place in call.takes.items():
        tool, _, field = place.partition(".")
        output = made[tool].output if tool in made else None
        rows = getattr(output, "bookings", None)
        if rows is not None and len(rows) != 1:
            return None
        value = getattr(rows[0] if rows else output, field, None)
        if value is None:
            return None
        arguments[name] = value
    return replace(call, arguments=arguments)


async def _document_calls(plan: Plan, turn: Turn) -> list[_Read]:
    """What the documents say to each part that they have to answer; one search answers two tools that ask the same."""
    asked: dict[str, str] = {}  # question → tool
    for call in plan.calls:
        if call.tool == _CHECKOUT:
            asked.setdefault(plan.document_question or _CHECKOUT_QUESTION[plan.language], _CHECKOUT)
        elif call.tool in {_CONTACT, _SEARCH}:
            asked.setdefault(plan.document_question or turn.question.message, call.tool)
    if plan.document_question is not None:
        asked.setdefault(plan.document_question, _SEARCH)
    if not asked and not plan.calls:
        asked[turn.question.message] = _SEARCH
    return list(
        await asyncio.gather(*(_read_documents(question, tool, plan, turn) for question, tool in asked.items()))
    )


async def _read_documents(question: str, tool: str, plan: Plan, turn: Turn) -> _Read:
    if tool == _CONTACT:
        return await _read_contacts(question, plan, turn)
    query = question[:_MAX_QUERY_CHARS]
    made = await make_call(_SEARCH, {"query": query, "top_k": _READ_HITS}, turn.tools, _renamed(tool, turn))
    read_now = _Read(replace(made, tool=tool, input={} if tool == _CHECKOUT else made.input), None)
    reading = await _reading(question, query, plan, turn)
    usual = _CHECKOUT_QUESTION[plan.language]
    if tool == _CHECKOUT and question != usual and (reading is None or not reading.answerable):
        reading = (await _read_documents(usual, tool, plan, turn)).reading
    return replace(read_now, reading=reading)


async def _read_contacts(question: str, plan: Plan, turn: Turn) -> _Read:
    """Whom a procedure names, or else a list of telephones."""
    topic = question[:_MAX_TOPIC_CHARS]
    call = await make_call(_CONTACT, {"topic": topic}, turn.tools, turn.called)
    if not call.success:
        return _Read(call, None)
    await turn.search.search(question, top_k=_READ_HITS, roles={turn.principal.role}, as_of=turn.today)
    reading = await _reading(question, question, plan, turn)
    if reading is None or not reading.answerable:
        reading = await _reading(question, contact_query(topic), plan, turn)
    return _Read(call, reading)


async def _reading(question: str, query: str, plan: Plan, turn: Turn) -> Reading | None:
    """What the passages that were found for `query` say to `question`."""
    result = turn.search.found(query)
    if result is None:
        return None
    index = await turn.search.index()

    def find(part: str) -> SearchResult:  # for each part of a question that has several
        return index.find(part, roles={turn.principal.role}, as_of=turn.today, top_k=_READ_HITS)

    return await asyncio.to_thread(read, question, result, language=plan.language, index=index, find=find)


def _renamed(tool: str, turn: Turn) -> Any:
    """Tells of a search under the name of the tool that it is made for."""

    def called(call: ToolCall | str) -> None:
        turn.called(tool if isinstance(call, str) else replace(call, tool=tool))

    return called


def _of_reading(reading: Reading) -> Worded:
    return Worded(
        text=reading.text,
        confidence=reading.confidence,
        cited=tuple(each.chunk_id for each in reading.cited),
        origins=("documents",),
    )


def _output(made: ToolCall) -> BaseModel | None:
    return made.output if isinstance(made.output, BaseModel) else None


def _problem(made: ToolCall) -> Literal["not_found", "not_allowed", "unavailable", "invalid"] | None:
    if made.success:
        return None
    if isinstance(made.cause, NotAllowed):
        return "not_allowed"
    if isinstance(made.cause, NotFound):
        return "not_found"
    if isinstance(made.cause, TransientError | NotConfigured):
        return "unavailable"
    return "invalid" if made.cause is None or isinstance(made.cause, InputInvalid) else "unavailable"


def _database_sources(worded: Worded, calls: Sequence[ToolCall]) -> list[Source]:
    found: dict[str, Source] = {}
    for call in calls:
        origin = getattr(call.output, "origin", None)
        if origin and (not worded.origins or origin in worded.origins):
            table = origin.partition(":")[2] or origin
            found.setdefault(table, DatabaseSource(table=table, confidence=round(worded.confidence, 2)))
    return list(found.values())


def _document_sources(readings: Sequence[Reading]) -> list[Source]:
    found: dict[tuple[str, int | None], Source] = {}
    for reading in readings:
        for each in reading.cited if reading.answerable else ():
            source = KnowledgeSource(
                document=each.document, page=each.page, title=each.title, confidence=round(each.confidence, 2)
            )
            found.setdefault((each.document, each.page), source)
    return list(found.values())


def _choices(live: Sequence[tuple[PlannedCall, ToolCall]]) -> tuple[str, ...]:
    """The bookings that were asked about, where several matched."""
    for _, made in live:
        rows = getattr(made.output, "bookings", ())
        if getattr(made.output, "total", 0) > 1:
            return tuple(row.booking_id for row in rows if row.booking_id)
    return ()
