"""The chain: outside models in their order, and the engine at its end, so that an answer always comes."""

import json
import logging
from dataclasses import dataclass, field, replace
from decimal import Decimal
from time import perf_counter
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel

from innkeeper.blocks import metrics
from innkeeper.blocks.completion_cache import NO_CACHE, Scope
from innkeeper.blocks.models.chains import ENGINE
from innkeeper.blocks.models.chat import ChatModel
from innkeeper.engine.circuit import CircuitState
from innkeeper.engine.model_output import read_as
from innkeeper.prompts.base import Prompt
from innkeeper.schemas.errors import BudgetExceeded, CircuitOpen, DatabaseUnavailable, InnkeeperError, OutputInvalid
from innkeeper.schemas.models import Capability, LinkAttempt, Spender, TokenUsage
from innkeeper.tasks.accounting import outcome_of
from innkeeper.tasks.circuits import breaker
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.models import Answer, Ask, ask_model, cache_key

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse

DAY_S = 86_400
T = TypeVar("T", bound=BaseModel)
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Completion(Generic[T]):
    """
    What the chain gave.

    Attributes:
        output: The object that was asked for; none when the engine has to answer.
        link: Who answered: `openai/gpt-…`, or `engine`.
        attempts: Links that were asked or passed over before, in order, and why they did not answer.
        usage: Tokens of the call that answered; the ledger has them all.
        cost_usd: What it cost; none when its model has no known price.
        latency_ms: Of the whole chain.
    """

    output: T | None
    link: str
    attempts: tuple[LinkAttempt, ...] = ()
    usage: TokenUsage = field(default_factory=TokenUsage)
    cost_usd: Decimal | None = Decimal(0)
    latency_ms: float = 0.0


async def complete(
    prompt: Prompt,
    output_type: type[T],
    *,
    capability: Capability,
    gateway: ModelGateway,
    spender: Spender,
    scope: Scope = NO_CACHE,
    ttl_s: int = DAY_S,
) -> Completion[T]:
    """
    Ask the links of a chain, one after the other, for an `output_type`.

    A link is left for the next when it does not answer after its retries, is left alone for now, would cost more than a
    hard limit leaves, declines, or twice answers in another shape. Nothing of that is an error: the engine comes last.

    Args:
        prompt: What is asked.
        output_type: The shape of the answer.
        capability: Chooses the chain.
        gateway: Where calls are priced and recorded.
        spender: Who pays.
        scope: Who may be given this answer again; nobody, unless nothing in it is about a guest.
        ttl_s: For how long.

    Raises:
        NotConfigured: The chain names a model whose key, address or block is missing.
    """
    models = await gateway.models(capability)
    if not models:
        return Completion(None, ENGINE)
    from innkeeper.blocks.models import wire

    def checked(response: "ModelResponse") -> T:
        return read_as(wire.text_of(response), output_type)

    rendered, parameters = prompt.messages(), wire.asking(output_type)
    schema = parameters.output_object.json_schema if parameters.output_object else {}
    ask = Ask(
        capability=capability,
        messages=wire.opening(rendered.system, rendered.user),
        parameters=parameters,
        content=f"{prompt.cache_text()}\n{json.dumps(schema, sort_keys=True)}",
        fingerprint=prompt.fingerprint(),
        spender=spender,
        check=checked,
    )
    started = perf_counter()
    attempts: list[LinkAttempt] = []
    for model in models:
        key = cache_key(model, ask, scope)
        kept = await gateway.kept(key)
        if kept is not None:
            return Completion(read_as(kept, output_type), f"{model.link} (kept)", latency_ms=_since(started))
        answer = await _answer_of(model, ask, gateway, attempts)
        if answer is not None:
            await gateway.keep(key, wire.text_of(answer.response), ttl_s)
            _announce(attempts, model.link)
            return Completion(
                output=checked(answer.response),
                link=model.link,
                attempts=tuple(attempts),
                usage=answer.usage,
                cost_usd=answer.cost_usd,
                latency_ms=_since(started),
            )
    _announce(attempts, ENGINE)
    return Completion(None, ENGINE, tuple(attempts), latency_ms=_since(started))


def _since(started: float) -> float:
    return round((perf_counter() - started) * 1000, 2)


async def _answer_of(model: ChatModel, ask: Ask, gateway: ModelGateway, attempts: list[LinkAttempt]) -> Answer | None:
    """The link's answer, at the second try if the first had another shape; or none, with the reason in `attempts`."""
    if breaker(model.circuit).state is CircuitState.OPEN:  # no task run for a question that is not asked
        attempts.append(LinkAttempt(link=model.link, outcome="circuit_open", detail="failed too often"))
        return None
    try:
        return await ask_model(model, ask, gateway)
    except OutputInvalid as error:
        attempts.append(attempt_of(model.link, error))
        ask = _asked_again(ask, error.problem)
    except InnkeeperError as error:
        attempts.append(attempt_of(model.link, error))
        return None
    try:
        return await ask_model(model, ask, gateway)
    except InnkeeperError as error:
        attempts.append(attempt_of(model.link, error))
        return None


def _asked_again(ask: Ask, problem: str) -> Ask:
    """The same question, and what was wrong with the first answer."""
    from innkeeper.blocks.models import wire

    note = f"Your first answer could not be used: {problem}. Answer again, with one JSON object in the shape asked for."
    return replace(ask, messages=[*ask.messages, *wire.user_turn(note)], content=f"{ask.content}\n{note}")


def attempt_of(link: str, error: InnkeeperError) -> LinkAttempt:
    """What is told of a link that did not answer."""
    if isinstance(error, BudgetExceeded):
        return LinkAttempt(link=link, outcome="over_budget", detail=str(error))
    if isinstance(error, CircuitOpen):
        return LinkAttempt(link=link, outcome="circuit_open", detail=str(error))
    if isinstance(error, DatabaseUnavailable):
        return LinkAttempt(link=link, outcome="not_recorded", detail="the ledger cannot be written")
    return LinkAttempt(link=link, outcome=outcome_of(error).value, detail=str(error))


def _announce(attempts: list[LinkAttempt], answered: str) -> None:
    """Tell operators why a link other than the first answered."""
    if attempts:
        metrics.fell_back(attempts[0].link, answered)
        _logger.warning("%s answered; %s", answered, "; ".join(f"{each.link} {each.outcome}" for each in attempts))
