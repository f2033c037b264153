"""The tool loop: a model asks for tools, gets their results, and answers; every request and every call is a task."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prefect.context import FlowRunContext
from pydantic import BaseModel, ValidationError

from innkeeper.blocks.models.chat import ChatModel
from innkeeper.blocks.tracing import tool_span
from innkeeper.engine.model_output import read_object
from innkeeper.schemas.errors import InnkeeperError, OutputInvalid, PermanentError
from innkeeper.schemas.models import Capability, Spender
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.models import Answer, Ask, Emit, ask_model
from innkeeper.tasks.policies import retried, step

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage

MAX_ROUNDS = 5  # of tool calls; then the model has to answer with what it has
_logger = logging.getLogger(__name__)


class ToolBroken(PermanentError):
    """A tool raised an error that nobody expected."""


@dataclass(frozen=True)
class Tool:
    """
    What a model may call.

    Attributes:
        name: As prompts and models spell it.
        description: For the model.
        arguments: Their types and limits; also the schema that the model is given.
        function: Takes checked arguments, returns what JSON can hold; raises `InnkeeperError` for what the model should
            be told.
    """

    name: str
    description: str
    arguments: type[BaseModel]
    function: Callable[[Any], Awaitable[Any]]


@dataclass(frozen=True)
class ToolCall:
    """A call that was made; `error` is what the model was told instead of `output`, `cause` the tool's own error."""

    tool: str
    input: dict[str, Any]
    output: Any = None
    error: str | None = None
    cause: InnkeeperError | None = None

    @property
    def success(self) -> bool:
        """Whether the tool gave a result."""
        return self.error is None


@dataclass(frozen=True)
class Exchange:
    """A finished conversation: the last answer, the calls on the way, what the requests took."""

    text: str
    tool_calls: tuple[ToolCall, ...]
    answers: tuple[Answer, ...]
    messages: "tuple[ModelMessage, ...]"


async def converse(
    model: ChatModel,
    messages: "Sequence[ModelMessage]",
    tools: Sequence[Tool],
    *,
    content: str,
    capability: Capability,
    gateway: ModelGateway,
    spender: Spender,
    fingerprint: str | None = None,
    emit: Emit | None = None,
    on_call: Callable[[ToolCall | str], None] | None = None,
) -> Exchange:
    """
    Let `model` answer with the help of `tools`, at most `MAX_ROUNDS` rounds of them; calls of one round run together.

    Args:
        model: One link; a caller with a chain goes on to the next when this raises.
        messages: The conversation so far.
        tools: What may be called.
        content: The conversation as text without nonces (`tasks.models.Ask`).
        capability: What the requests are for.
        gateway: Where they are priced and recorded.
        spender: Who pays.
        fingerprint: Of the prompt.
        emit: Gets the text of the answers as it comes.
        on_call: Hears the name of a tool before its call, and the call once it is done.

    Raises:
        As `ask_model`.
    """
    from innkeeper.blocks.models import wire

    known = {tool.name: tool for tool in tools}
    offered = [wire.tool_definition(tool.name, tool.description, tool.arguments) for tool in tools]
    conversation, calls, answers = list(messages), list[ToolCall](), list[Answer]()
    for turn in range(MAX_ROUNDS + 1):
        ask = Ask(
            capability=capability,
            messages=tuple(conversation),
            parameters=wire.asking(None, offered),
            may_call=turn < MAX_ROUNDS,
            content=content,
            fingerprint=fingerprint,
            spender=spender,
        )
        answer = await ask_model(model, ask, gateway, emit)
        answers.append(answer)
        conversation.append(answer.response)
        wanted = wire.tool_calls_of(answer.response)
        if not wanted:
            break
        done = await asyncio.gather(*(make_call(part.tool_name, part.args, known, on_call) for part in wanted))
        calls += done
        conversation.append(wire.tool_results(wanted, [_told(call) for call in done]))
        content += "".join(f"\n{call.tool} {json.dumps(call.input, sort_keys=True)} {_told(call)}" for call in done)
    else:
        raise OutputInvalid(f"{model.link} only calls tools and never answers", problem="there was no answer")
    return Exchange(wire.text_of(answers[-1].response), tuple(calls), tuple(answers), tuple(conversation))


async def make_call(
    name: str,
    given: str | dict[str, Any] | None,
    known: Mapping[str, Tool],
    on_call: Callable[[ToolCall | str], None] | None = None,
) -> ToolCall:
    """
    Make one call, or refuse it; whatever was asked for ends in a result.

    Args:
        name: Of the tool.
        given: Its arguments, as JSON or as an object.
        known: What may be called, by name.
        on_call: Hears the name before the call, and the call once it is done.
    """
    if on_call is not None:
        on_call(name)
    call = await _result(name, given, known)
    if on_call is not None:
        on_call(call)
    return call


async def _result(name: str, given: str | dict[str, Any] | None, known: Mapping[str, Tool]) -> ToolCall:
    tool = known.get(name)
    if tool is None:
        return ToolCall(name, {}, error=f"There is no tool of that name; there are {', '.join(known)}.")
    try:
        arguments = tool.arguments.model_validate(read_object(given) if isinstance(given, str) else given or {})
    except OutputInvalid as error:
        return ToolCall(tool.name, {}, error=f"The arguments are no JSON object: {error.problem}.")
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        return ToolCall(tool.name, {}, error=f"The arguments do not fit: {problems}.")
    shown = arguments.model_dump(mode="json", exclude_none=True)
    try:
        return ToolCall(tool.name, shown, output=await _made(tool, arguments))
    except InnkeeperError as error:
        return ToolCall(tool.name, shown, error=str(error), cause=error)


@step(run_name="tool-{tool.name}", retries=2)
async def call_tool(tool: Tool, arguments: BaseModel) -> Any:
    """
    Call one tool.

    Raises:
        InnkeeperError: What the tool raised.
        ToolBroken: It raised something else, whose text and traceback are not for models and logs.
    """
    with tool_span(tool.name):
        try:
            return await tool.function(arguments)
        except InnkeeperError:
            raise
        except Exception as error:
            _logger.error("The tool %s failed with %s.", tool.name, type(error).__name__)  # noqa: TRY400  its text may be a guest's
            raise ToolBroken("The tool failed.") from None


async def _made(tool: Tool, arguments: BaseModel) -> Any:
    """The call's result, after the same retries inside a flow run and outside."""
    if FlowRunContext.get() is not None:
        return await call_tool(tool, arguments)
    return await retried(lambda: call_tool.fn(tool, arguments))


def _told(call: ToolCall) -> str:
    """What the model reads of a call."""
    told = call.output if call.error is None else {"error": call.error}
    if isinstance(told, BaseModel):
        return told.model_dump_json(exclude_none=True)
    return json.dumps(told, ensure_ascii=False, sort_keys=True, default=str)
