"""Conditions of steps in words: what they ask for, and what was found instead."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from innkeeper.engine.locale.formats import list_text, number_text
from innkeeper.engine.planning.actions import ACTIONS
from innkeeper.engine.planning.facts import FactType
from innkeeper.engine.planning.saying import knows, say
from innkeeper.engine.planning.wording_names import Telling, day_text, price_text
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.plans import Condition, PlanStep

_FLAGS = {"ready_for_guest": "ready", "is_today": "today"}
_NEGATIVE = {"is_not": True, "not_in": True}
_OPPOSITE = {
    "is": "is_not", "is_not": "is", "less": "at_least", "at_least": "less", "more": "at_most", "at_most": "more",
    "in": "not_in", "not_in": "in",
}  # fmt: skip


def condition_text(condition: Condition, telling: Telling) -> str:
    """What has to hold: "room 305 is ready"."""
    return _told(condition, condition.operator, telling)


def contrary_text(condition: Condition, telling: Telling) -> str:
    """What holds where the condition does not: "room 305 is not ready (dirty)"."""
    step = telling.plan.steps[condition.step - 1]
    status = telling.fact(step, "status")
    is_ready = _is_true(condition) if condition.fact == "ready_for_guest" else None
    if is_ready and status and knows(f"state_{status}"):
        known = say(f"state_{status}", telling.language)
        return say("ready_false_because", telling.language, room=telling.room(step), status=known)
    if condition.fact == "status" and status and condition.operator in {"is", "in"}:
        return _status(step, [status], telling, negative=False)
    known = telling.fact(step, condition.fact)
    is_number = ACTIONS[step.action].facts[condition.fact].type is FactType.NUMBER
    if is_number and known is not None and condition.fact != "total":
        return _plain(condition, "is", [known], telling, step)
    return _told(condition, _OPPOSITE[condition.operator], telling)


def _told(condition: Condition, operator: str, telling: Telling) -> str:
    step = telling.plan.steps[condition.step - 1]
    values = list(condition.value) if isinstance(condition.value, list | tuple) else [condition.value]
    is_true = (condition.value is True) is (operator == "is")
    language = telling.language
    if condition.fact in _FLAGS:
        key = f"{_FLAGS[condition.fact]}_{str(is_true).lower()}"
        return say(key, language, room=telling.room(step), whom=telling.whom(step))
    if condition.fact == "found":
        group = "known" if step.action is ActionName.SEARCH_KNOWLEDGE_BASE else "found"
        return say(f"{group}_{str(is_true).lower()}", language, whom=telling.whom(step))
    if condition.fact == "status":
        return _status(step, values, telling, negative=operator in _NEGATIVE)
    if condition.fact == "total" and step.action is ActionName.FIND_AVAILABLE_ROOMS:
        is_some, is_none = (operator, condition.value) in _SOME, (operator, condition.value) in _NONE
        if is_some or is_none:
            return say("free_some" if is_some else "free_none", language)
    return _plain(condition, operator, values, telling, step)


_SOME = {("more", 0), ("at_least", 1), ("is_not", 0)}
_NONE = {("is", 0), ("at_most", 0), ("less", 1)}


def _is_true(condition: Condition) -> bool:
    return (condition.value is True) is (condition.operator == "is")


def _status(step: PlanStep, values: list[Any], telling: Telling, *, negative: bool) -> str:
    is_booking = step.action is ActionName.LOOKUP_BOOKING
    group = "booking" if is_booking else "state"
    names = [
        say(key, telling.language) if knows(key := f"{group}_{str(value).casefold()}") else str(value)
        for value in values[:5]
    ]
    key = f"{'booking' if is_booking else 'status'}_is{'_not' if negative else ''}"
    status = list_text(names, telling.language)
    return say(key, telling.language, room=telling.room(step), whom=telling.whom(step), status=status)


def _plain(condition: Condition, operator: str, values: list[Any], telling: Telling, step: PlanStep) -> str:
    key = f"name_{condition.fact}"
    if condition.fact == "total" and step.action is ActionName.LOOKUP_BOOKING:
        key = "name_bookings"
    name = say(key, telling.language) if knows(key) else condition.fact.replace("_", " ")
    show = _shower(condition.fact, telling, step)
    value = list_text([show(each) for each in values[:5]], telling.language)
    return say(f"fact_{operator}", telling.language, fact=name, value=value)


def _shower(fact: str, telling: Telling, step: PlanStep) -> Callable[[Any], str]:
    if fact.endswith("_price"):
        return lambda value: price_text(value, telling.fact(step, "currency"), telling.language)
    if fact.endswith("_date"):
        return lambda value: day_text(value, telling)
    return lambda value: _number(value, telling)


def _number(value: Any, telling: Telling) -> str:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)[:60]
    is_whole = number.is_finite() and number == number.to_integral_value() and abs(number) < 10**15
    return number_text(int(number), telling.language) if is_whole else str(value)[:60]
