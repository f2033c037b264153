"""What actions give and business rules look at: facts of a few plain types, and how one compares with a value."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from operator import ge, gt, le, lt
from typing import Any, Literal

Operator = Literal["is", "is_not", "less", "more", "at_most", "at_least", "in", "not_in"]
_MAX_NUMBER = 10**15
_MAX_DIGITS = 40


class FactType(StrEnum):
    """What values a fact has."""

    FLAG = "flag"
    NUMBER = "number"
    TEXT = "text"
    DAY = "day"
    LIST = "list"  # of anything: it is passed on and shown, and compares with nothing
    TABLE = "table"  # name → number; the same


@dataclass(frozen=True)
class Fact:
    """
    One fact.

    Attributes:
        type: Of its values.
        sample: A value, by which a plan is checked before anything is known.
        values: All that a text can be; any when absent.
    """

    type: FactType
    sample: Any
    values: frozenset[str] | None = None


_ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {"less": lt, "more": gt, "at_most": le, "at_least": ge}
_COMPARABLE = frozenset({FactType.FLAG, FactType.NUMBER, FactType.TEXT, FactType.DAY})


def comparison_problem(fact: Fact, operator: str, value: Any) -> str | None:
    """Why `fact` can never be compared with `value` in this way; none when it can."""
    if fact.type not in _COMPARABLE:
        return f"a {fact.type} cannot be compared"
    operator = _of_lists(operator, value)
    if operator in _ORDERED and fact.type not in {FactType.NUMBER, FactType.DAY}:
        return f"a {fact.type} has no order, so {operator!r} says nothing"
    if operator in {"in", "not_in"}:
        if not isinstance(value, list | tuple) or not value:
            return f"{operator!r} takes a list of values"
        return next((problem for each in value if (problem := _value_problem(fact, each))), None)
    if operator not in _ORDERED and operator not in {"is", "is_not"}:
        return f"there is no operator {operator!r}"
    return _value_problem(fact, value)


def _of_lists(operator: str, value: Any) -> str:
    """ "is one of": `is` and `is_not` with a list mean `in` and `not_in`."""
    return {"is": "in", "is_not": "not_in"}.get(operator, operator) if isinstance(value, list | tuple) else operator


def _value_problem(fact: Fact, value: Any) -> str | None:
    if _typed(fact.type, value) is None:
        return f"{_shown(value)} is no {fact.type}"
    if fact.values is not None and str(value).casefold() not in fact.values:
        return f"{_shown(value)} is never its value: {', '.join(sorted(fact.values))}"
    return None


def compares(type_: FactType, known: Any, operator: str, value: Any) -> bool | None:
    """
    Whether a known fact compares with a value; none when the fact is not known or is of another type.

    Args:
        type_: Of the fact.
        known: The fact's value; none when it is not known.
        operator: As in `Operator`.
        value: As `comparison_problem` takes it.
    """
    mine, operator = _typed(type_, known), _of_lists(operator, value)
    if mine is None:
        return None
    if operator in {"in", "not_in"}:
        others = [_typed(type_, each) for each in value] if isinstance(value, list | tuple) else []
        return (mine in others) is (operator == "in")
    other = _typed(type_, value)
    if other is None:
        return None
    if operator in _ORDERED:
        return _ORDERED[operator](mine, other)
    return (mine == other) is (operator == "is")


def _typed(type_: FactType, value: Any) -> Any:
    """The value as one that compares; none when it is of another type."""
    match type_:
        case FactType.FLAG:
            return value if isinstance(value, bool) else None
        case FactType.NUMBER:
            return _number(value)
        case FactType.TEXT:
            return str(value).strip().casefold() if isinstance(value, str) else None
        case FactType.DAY:
            return _day(value)
        case _:
            return None


def _number(value: Any) -> Decimal | None:
    """Money comes as text out of JSON; NaN and infinity compare with nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    if isinstance(value, str) and len(value) > _MAX_DIGITS:
        return None
    if isinstance(value, int | float) and not abs(value) <= _MAX_NUMBER:  # NaN is not, either
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) <= _MAX_NUMBER else None


def _day(value: Any) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _shown(value: Any) -> str:
    return repr(value)[:60]
