"""One question to one model: limited, recorded and watched; a Prefect task inside a flow run, a plain call outside."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect import Flow
from prefect.client.schemas.objects import FlowRun, State
from prefect.context import FlowRunContext, TaskRunContext

from innkeeper.blocks.completion_cache import Scope, completion_key
from innkeeper.blocks.models.chat import ChatModel
from innkeeper.blocks.private_results import PrivateText, forget_results
from innkeeper.engine.circuit import CircuitBreaker
from innkeeper.schemas.errors import CircuitOpen, InnkeeperError, OutputInvalid, StreamBroken, TransientError
from innkeeper.schemas.models import Capability, Spender, TokenUsage
from innkeeper.tasks.accounting import Account
from innkeeper.tasks.circuits import breaker
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.policies import model_call, retried

if TYPE_CHECKING:  # a second of importing, spent by the first call
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import ModelRequestParameters

Emit = Callable[[str], None]


@dataclass(frozen=True)
class Ask:
    """
    A question, whichever link answers it.

    Attributes:
        capability: What it is for.
        messages: The conversation.
        parameters: What may come back (`blocks.models.wire.asking`).
        content: All that the answer depends on, as text without nonces: the same content is the same question.
        spender: Who pays.
        fingerprint: Of the prompt.
        may_call: Whether the tools of `parameters` may be called, or only have been.
        check: Raises `OutputInvalid` when the answer cannot be used.
    """

    capability: Capability
    messages: "Sequence[ModelMessage]"
    parameters: "ModelRequestParameters"
    content: str
    spender: Spender
    fingerprint: str | None = None
    may_call: bool = True
    check: "Callable[[ModelResponse], object] | None" = field(default=None, compare=False)


@dataclass(frozen=True)
class Answer:
    """A model's answer and what it took; `cost_usd` is none where the price is not known."""

    response: "ModelResponse"
    usage: TokenUsage
    cost_usd: Decimal | None


async def ask_model(model: ChatModel, ask: Ask, gateway: ModelGateway, emit: Emit | None = None) -> Answer:
    """
    Ask one model; two retries after transient errors, Prefect's inside a flow run and our own outside.

    Args:
        model: Any chat model.
        ask: The question.
        gateway: Ledger, prices, slots.
        emit: Gets the answer's text as it comes; once it has got any, nothing is tried again.

    Raises:
        TransientError: After the retries.
        CircuitOpen: The provider is left alone for now.
        BudgetExceeded: A hard limit leaves no room.
        PermanentError: The model will not, or cannot, answer.
    """
    from innkeeper.blocks.models import wire

    if FlowRunContext.get() is not None:
        await gateway.limited()
        packed = await request_model(model=model, ask=ask, gateway=gateway, emit=emit)
    else:
        packed = await retried(lambda: request_model.fn(model=model, ask=ask, gateway=gateway, emit=emit))
    response = wire.unpacked(packed)
    usage = wire.usage_of(response) or TokenUsage()
    return Answer(response, usage, gateway.prices.cost(model.provider, model.model, usage))


def resume_key(context: TaskRunContext, arguments: dict[str, Any]) -> str | None:
    """The same question to the same model in the same flow run: its repetition finds the answer and pays nothing."""
    run = context.task_run.flow_run_id
    return f"{_of_run(run)}{question_key(arguments['model'], arguments['ask'])}" if run else None


async def forget_answers(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Hook of a flow: a run that has completed needs its stored answers no more."""
    await forget_results(_of_run(flow_run.id))


def _of_run(flow_run_id: UUID) -> str:
    return f"innkeeper-{flow_run_id}-"


def cache_key(model: ChatModel, ask: Ask, scope: Scope) -> str | None:
    """Where an answer may be kept for others to come; none: nowhere."""
    return completion_key(
        provider=model.provider,
        model=model.model,
        settings={"question": question_key(model, ask)},
        prompt_fingerprint=ask.fingerprint or "",
        cache_text=ask.content,
        scope=scope,
    )


def question_key(model: ChatModel, ask: Ask) -> str:
    """A hash of everything that an answer depends on: model, settings, prompt and content."""
    settings = (model.link, model.connection[0], model.max_output_tokens, model.temperature, ask.fingerprint)
    return sha256("\x00".join([*map(str, settings), ask.content]).encode()).hexdigest()


@model_call(run_name="ask-{model.link}-for-{ask.capability.value}", key=resume_key, serializer=PrivateText())
async def request_model(*, model: ChatModel, ask: Ask, gateway: ModelGateway, emit: Emit | None = None) -> str:
    """One attempt: the packed answer. The ledger has a row before the request leaves, and its cost afterwards."""
    from innkeeper.blocks.models import wire

    async with gateway.slots:
        circuit = breaker(model.circuit)
        if not circuit.allow():
            wait_s = circuit.opens_again_in_s
            raise CircuitOpen(f"{model.circuit} failed too often and is left alone for {wait_s:.0f} s")
        try:
            account = await Account.open(
                model,
                capability=ask.capability,
                content=ask.content,
                fingerprint=ask.fingerprint,
                spender=ask.spender,
                gateway=gateway,
            )
        except BaseException:
            circuit.released()
            raise
        with account.span(is_stream=emit is not None):
            try:
                response = await _exchanged(model, ask, account, emit)
            except BaseException as error:
                _report(circuit, error)
                account.failed(error)
                raise
            circuit.succeeded()
            account.answered()
    return wire.packed(wire.with_estimate(response, account.usage) if account.usage.estimated else response)


async def _exchanged(model: ChatModel, ask: Ask, account: Account, emit: Emit | None) -> "ModelResponse":
    from innkeeper.blocks.models import wire

    if emit is None:
        account.response = await wire.request(model, ask.messages, ask.parameters, may_call=ask.may_call)
    else:
        account.response = await _streamed(model, ask, account, emit)
    wire.require_answer(account.response, model.link)
    if ask.check is not None:
        ask.check(account.response)
    return account.response


async def _streamed(model: ChatModel, ask: Ask, account: Account, emit: Emit) -> "ModelResponse":
    from innkeeper.blocks.models import wire

    try:
        answer = wire.stream(model, ask.messages, ask.parameters, may_call=ask.may_call)
        async with aclosing(answer) as pieces:
            async for piece in pieces:
                if not isinstance(piece, str):
                    return piece
                account.piece(piece)
                emit(piece)
    except InnkeeperError as error:
        if account.first_token_ms is None:
            raise
        # What was shown cannot be unshown: no second attempt, and no other link.
        raise StreamBroken(f"{model.link} broke off its answer half-way") from error
    raise OutputInvalid(f"{model.link} ended its answer without an end", problem="it had no end")


def _report(circuit: CircuitBreaker, error: BaseException) -> None:
    if isinstance(error, TransientError):
        circuit.failed(error.retry_after_s)
    elif isinstance(error, StreamBroken):
        circuit.failed()
    elif isinstance(error, InnkeeperError):
        circuit.succeeded()  # it answered, if not as we wish
    else:
        circuit.released()  # cancelled, or a fault of ours
