"""Arguments that earlier steps give: where they stand in a step, and what they become once the facts are known."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from innkeeper.engine.planning.actions import ACTIONS
from innkeeper.engine.planning.facts import compares
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.plans import Condition, Plan, PlanStep, Reference

StepFacts = Mapping[int, Mapping[str, Any]]
MAX_DEPTH = 6


def reference_in(value: Any) -> Reference | None:
    """
    The reference that `value` is; none when it is a value of its own.

    Raises:
        ValueError: It begins like a reference and is none.
    """
    if isinstance(value, Reference):
        return value
    if not isinstance(value, Mapping) or "from_step" not in value:
        return None
    try:
        return Reference.model_validate(dict(value), strict=True)
    except ValidationError:
        raise ValueError('a reference is {"from_step": 1, "fact": "booking_id"}') from None


def references(value: Any) -> Iterator[Reference]:
    """Every reference within arguments; `reference_in` says what it raises."""
    found = reference_in(value)
    if found is not None:
        yield found
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from references(each)


def is_deep(value: Any, limit: int = MAX_DEPTH) -> bool:
    """Whether objects and lists stand in each other more than `limit` times."""
    if not isinstance(value, Mapping | list | tuple):
        return False
    inner = value.values() if isinstance(value, Mapping) else value
    return limit == 0 or any(is_deep(each, limit - 1) for each in inner)


def filled(value: Any, facts: StepFacts) -> Any:
    """
    `value` with each reference replaced by the fact that it names.

    Raises:
        InputInvalid: A step did not give the fact.
    """
    found = reference_in(value)
    if found is not None:
        known = facts.get(found.from_step, {}).get(found.fact)
        if known is None:
            raise InputInvalid(f"step {found.from_step} did not give {found.fact!r}, which is needed here")
        return known
    if isinstance(value, Mapping):
        return {name: filled(each, facts) for name, each in value.items()}
    return [filled(each, facts) for each in value] if isinstance(value, list | tuple) else value


def ready_arguments(step: PlanStep, facts: StepFacts) -> BaseModel:
    """
    The arguments of a step, of its action's own class, once the steps before it are done.

    Args:
        step: Of a checked plan.
        facts: What each completed step gave, by its number.

    Raises:
        InputInvalid: A fact is missing or does not fit; the message names the argument.
    """
    try:
        return ACTIONS[step.action].arguments.model_validate(filled(step.arguments, facts))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "its arguments"
        raise InputInvalid(f"step {step.step} ({step.action}): {place}: {first['msg']}") from None


def holds(condition: Condition, plan: Plan, facts: StepFacts) -> bool:
    """Whether a condition of a step holds; what is not known does not."""
    action = ACTIONS[plan.steps[condition.step - 1].action]
    fact = action.facts.get(condition.fact)
    known = facts.get(condition.step, {}).get(condition.fact)
    return fact is not None and compares(fact.type, known, condition.operator, condition.value) is True
