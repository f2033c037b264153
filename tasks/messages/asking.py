"""Asking a model for a message: what it took, and answers that are checked before they count."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, create_model, model_validator

from innkeeper.prompts.base import Prompt
from innkeeper.schemas.models import Capability, LinkAttempt, Spender

if TYPE_CHECKING:  # Prefect: a second that only a chain with models spends
    from innkeeper.tasks.gateway import ModelGateway

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Helper:
    """The models that may help with a message, and who pays."""

    gateway: "ModelGateway"
    spender: Spender


@dataclass(frozen=True)
class Help:
    """What models did for one message; `cost_usd` is none as soon as one price is not known."""

    link: str | None = None
    tokens: int = 0
    cost_usd: Decimal | None = Decimal(0)
    attempts: tuple[LinkAttempt, ...] = ()

    def __add__(self, other: "Help") -> "Help":
        costs = (self.cost_usd, other.cost_usd)
        return Help(
            link=other.link or self.link,
            tokens=self.tokens + other.tokens,
            cost_usd=None if None in costs else sum(filter(None, costs), Decimal(0)),
            attempts=self.attempts + other.attempts,
        )


async def asked(
    helper: Helper, prompt: Prompt, output: type[T], check: Callable[[T], list[str]]
) -> tuple[T | None, Help]:
    """
    The models' answer that passes `check`, at a link's second try if need be; none when no link gives one.

    Args:
        helper: Models and spender.
        prompt: What is asked.
        output: Shape of the answer.
        check: Problems of an answer, one sentence each, without a guest's data: they are told to the model and logged.

    Raises:
        NotConfigured: The chain names a model whose key, address or block is missing.
    """
    from innkeeper.tasks.chain import complete

    completion = await complete(
        prompt,
        checked_output(output, check),
        capability=Capability.MESSAGES,
        gateway=helper.gateway,
        spender=helper.spender,
    )
    link = completion.link if completion.output is not None else None
    return completion.output, Help(link, completion.usage.total, completion.cost_usd, completion.attempts)


def checked_output(output: type[T], check: Callable[[T], list[str]]) -> type[T]:
    """`output`, of which only an answer without problems is one; `check` names them, one sentence each."""

    def without_problems(answer: T) -> T:
        problems = check(answer)
        if problems:
            raise ValueError("; ".join(problems[:3]))
        return answer

    validators: dict[str, Any] = {"without_problems": model_validator(mode="after")(without_problems)}
    made: Any = create_model(output.__name__, __base__=output, __validators__=validators)
    checked: type[T] = made
    return checked
