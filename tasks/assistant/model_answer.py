"""An outside model's answer: the same tools, and every fact of it is looked up in what they and the documents gave."""

import asyncio
import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import BaseModel

from innkeeper.blocks.models.chains import ENGINE
from innkeeper.blocks.models.chat import ChatModel
from innkeeper.engine.assistant.disclosure import guard_answer
from innkeeper.engine.assistant.plan import Plan, Worded
from innkeeper.engine.assistant.policy import ToolName
from innkeeper.engine.assistant.understanding import understand
from innkeeper.engine.fact_guard import Evidence, PromptWords
from innkeeper.prompts.assistant import AssistantPrompt, assistant_prompt
from innkeeper.prompts.base import template_sources
from innkeeper.schemas.assistant import DatabaseSource, KnowledgeSource, Source, TokensUsed
from innkeeper.schemas.errors import InnkeeperError
from innkeeper.schemas.models import Capability, LinkAttempt, Spender
from innkeeper.schemas.tools import Contacts, KnowledgeArguments, KnowledgeFound, KnowledgePassage
from innkeeper.tasks.assistant.grounding import Grounded, check_answer, confidence_of
from innkeeper.tasks.assistant.screen import Screen
from innkeeper.tasks.assistant.turn import Draft, Turn
from innkeeper.tasks.chain import attempt_of
from innkeeper.tasks.circuits import breaker
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.models import Answer, Ask, ask_model
from innkeeper.tasks.tool_loop import Exchange, Tool, ToolCall, converse, make_call

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage

_PASSAGES = 6
_QUERY_CHARS = 400
_CITED_OF_A_SEARCH = 2
_UNSUPPORTED = "unsupported"


@dataclass
class _Spent:
    """What the models took, whether or not their words were used."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: Decimal | None = Decimal(0)
    attempts: list[LinkAttempt] = field(default_factory=list)

    def add(self, answers: Sequence[Answer]) -> None:
        for each in answers:
            self.tokens_in += each.usage.input_tokens
            self.tokens_out += each.usage.output_tokens
            known = self.cost_usd is not None and each.cost_usd is not None
            self.cost_usd = self.cost_usd + each.cost_usd if known else None  # type: ignore[operator]  # both are known

    @property
    def tokens(self) -> TokensUsed:
        return TokensUsed(prompt=self.tokens_in, completion=self.tokens_out, total=self.tokens_in + self.tokens_out)


async def model_draft(turn: Turn, gateway: ModelGateway, spender: Spender, timeout_s: float) -> Draft | None:
    """
    The answer of the first link that gives one which its sources support.

    Returns:
        None where no model is asked; a draft of the link `engine`, without words, where none has answered: then the
        engine does.
    """
    plan = understand(
        turn.question.message, today=turn.today, hotel=turn.hotel, focus=turn.focus, language=turn.question.language
    )
    if plan.courtesy is not None:  # nobody has to be paid for a greeting
        return None
    spent = _Spent()
    for model in await gateway.models(Capability.ASSISTANT):
        try:
            async with asyncio.timeout(timeout_s):
                draft = await _Attempt(turn, plan, model, gateway, spender, spent).draft()
        except TimeoutError:
            breaker(model.circuit).failed()  # a cancelled call tells it nothing, and the next to ask would wait as long
            spent.attempts.append(
                LinkAttempt(link=model.link, outcome="too_late", detail=f"no answer in {timeout_s:g} s")
            )
            break  # whoever asks has waited long enough
        if draft is not None:
            return draft
        if spent.attempts and spent.attempts[-1].outcome == _UNSUPPORTED:
            break
    return Draft(
        Worded("", 0.0),
        focus=plan.focus,
        link=ENGINE,
        tokens=spent.tokens,
        cost_usd=spent.cost_usd,
        attempts=tuple(spent.attempts),
        language=plan.language,
    )


class _Attempt:
    """One link's try at one question."""

    def __init__(
        self, turn: Turn, plan: Plan, model: ChatModel, gateway: ModelGateway, spender: Spender, spent: _Spent
    ) -> None:
        self._turn, self._plan, self._model = turn, plan, model
        self._gateway, self._spender, self._spent = gateway, spender, spent
        self._evidence = _evidence(turn)
        self._screen = Screen(turn, self._evidence)
        self._told: PromptWords | None = None
        self._tools: list[Tool] = list({tool.name: tool for tool in turn.tools.values()}.values())
        self._passages: tuple[KnowledgePassage, ...] = ()

    async def draft(self) -> Draft | None:
        """The answer, or none, with the reason in `attempts`."""
        try:
            return await self._asked()
        except InnkeeperError as error:
            self._screen.clear()
            self._spent.attempts.append(attempt_of(self._model.link, error))
            return None
        except asyncio.CancelledError:
            self._screen.clear()
            raise

    async def _asked(self) -> Draft | None:
        from innkeeper.blocks.models import wire

        relevance = await self._retrieve()
        prompt = self._prompt()
        rendered = prompt.messages()
        names = [tool.name for tool in self._tools]
        self._told = PromptWords(
            f"{rendered.system}\n{_template()}", known=(prompt.hotel, *prompt.day.split(", ")), names=names
        )
        self._screen.begin(self._told)
        exchange = await converse(
            self._model,
            wire.opening(rendered.system, rendered.user),
            self._tools,
            content=prompt.cache_text(),
            capability=Capability.ASSISTANT,
            gateway=self._gateway,
            spender=self._spender,
            fingerprint=prompt.fingerprint(),
            emit=self._screen.feed if self._turn.emit is not None else None,
            on_call=self._screen.called,
        )
        self._spent.add(exchange.answers)
        checked = self._checked(exchange.text, exchange.tool_calls)
        if isinstance(checked, str):
            self._screen.clear()
            checked = await self._repaired(exchange, prompt, checked)
        if isinstance(checked, str):
            self._spent.attempts.append(LinkAttempt(link=self._model.link, outcome=_UNSUPPORTED, detail=checked))
            return None
        self._screen.finish(checked.text)
        return self._drafted(checked, exchange.tool_calls, relevance)

    async def _retrieve(self) -> float:
        """Find passages for the question; how relevant the best is."""
        query = (self._plan.document_question or self._turn.question.message)[:_QUERY_CHARS]
        arguments = KnowledgeArguments(query=query, top_k=_PASSAGES).model_dump()
        found = (await make_call(ToolName.SEARCH_KNOWLEDGE_BASE, arguments, self._turn.tools)).output
        if not isinstance(found, KnowledgeFound):
            return 0.0
        self._passages = found.passages
        for each in found.passages:
            self._evidence.add_passage(each.title, *each.heading_path, each.text)
        return found.relevance

    def _prompt(self) -> AssistantPrompt:
        turn = self._turn
        return assistant_prompt(
            turn.question.message,
            hotel=turn.hotel_name or "the hotel",
            today=turn.today,
            role=turn.principal.role,
            language=self._plan.language,
            tools=[(tool.name, tool.description, tool.arguments) for tool in self._tools],
            passages=self._passages,
            earlier=turn.history,
            summary=turn.summary,
        )

    def _checked(self, text: str, calls: Sequence[ToolCall]) -> Grounded | str:
        """The answer, if each fact stands in a source that its sentence cites; else what is wrong."""
        evidence = _evidence(self._turn)
        known = list[str]()
        for place, passage in enumerate(self._passages, start=1):
            known.append(f"d{place}")
            evidence.add_passage(passage.title, *passage.heading_path, passage.text, source=known[-1])
        for place, call in enumerate(calls, start=1):
            known.append(f"t{place}")
            if isinstance(call.output, BaseModel):
                evidence.add_result(call.output, source=known[-1])
        checked = check_answer(text, evidence, known, self._told)
        if isinstance(checked, Grounded) and guard_answer(checked.text, self._turn.hidden):
            return "It says what the asker may not see. Leave that out."
        return checked

    async def _repaired(self, exchange: Exchange, prompt: AssistantPrompt, problem: str) -> Grounded | str:
        """The answer after it was told what is wrong with it, or what is still wrong."""
        from innkeeper.blocks.models import wire

        messages: list[ModelMessage] = [*exchange.messages, *wire.user_turn(problem)]
        said = "".join(f"\n{each.tool} {each.input}" for each in exchange.tool_calls)
        offered = [wire.tool_definition(tool.name, tool.description, tool.arguments) for tool in self._tools]
        ask = Ask(
            capability=Capability.ASSISTANT,
            messages=messages,
            parameters=wire.asking(None, offered),
            may_call=False,
            content=f"{prompt.cache_text()}{said}\n{exchange.text}\n{problem}",
            fingerprint=prompt.fingerprint(),
            spender=self._spender,
        )
        answer = await ask_model(self._model, ask, self._gateway)
        self._spent.add([answer])
        return self._checked(wire.text_of(answer.response), exchange.tool_calls)

    def _drafted(self, checked: Grounded, calls: Sequence[ToolCall], relevance: float) -> Draft:
        confidence = confidence_of(
            checked,
            relevance=relevance,
            tools_called=len(calls),
            tools_succeeded=sum(call.success for call in calls),
        )
        is_known = bool(checked.used)
        return Draft(
            Worded(checked.text, confidence, handoff=None if is_known else "not_known"),
            _sources(checked.used, self._passages, calls, confidence),
            tuple(calls),
            self._plan.focus,
            self._model.link,
            self._spent.tokens,
            self._spent.cost_usd,
            tuple(self._spent.attempts),
            self._plan.language,
        ).plain()


@functools.cache
def _template() -> str:
    """The prompt's words around the data, all of them, whichever this question has."""
    return "\n".join(template_sources(AssistantPrompt.template))


def _evidence(turn: Turn) -> Evidence:
    """What an answer may say besides its sources: the hotel, the day, what was asked and answered before."""
    evidence = Evidence(today=turn.today)
    evidence.add_text(turn.hotel_name)
    for question, answer in turn.history:
        evidence.add_question(question)
        evidence.add_text(answer)
    evidence.add_question(turn.question.message)
    return evidence


def _sources(
    used: Sequence[str], passages: Sequence[KnowledgePassage], calls: Sequence[ToolCall], confidence: float
) -> tuple[Source, ...]:
    """What the marks of an answer stand for, each once."""
    found: dict[tuple[str, int | None], Source] = {}
    for mark in used:
        place = int(mark[1:]) - 1
        if mark.startswith("d"):
            cited: Sequence[KnowledgePassage] = passages[place : place + 1]
        else:
            output = calls[place].output
            cited = output.passages[:_CITED_OF_A_SEARCH] if isinstance(output, KnowledgeFound | Contacts) else ()
            origin = getattr(output, "origin", "")
            if origin and not cited:
                table = origin.partition(":")[2] or origin
                found.setdefault((table, None), DatabaseSource(table=table, confidence=confidence))
        for each in cited:
            source = KnowledgeSource(
                document=each.document, page=each.page, title=each.title, confidence=round(each.relevance, 2)
            )
            found.setdefault((each.document, each.page), source)
    return tuple(found.values())
