"""The steps of a plan while it is made: they point at each other, and are numbered at the end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.plans import MAX_STEPS, PlanStep
from innkeeper.schemas.plans import Condition as PlanCondition

Operator = Literal["is", "is_not", "less", "more", "at_most", "at_least", "in"]
_OPPOSITE: Mapping[str, Operator] = {
    "is": "is_not",
    "is_not": "is",
    "less": "at_least",
    "at_least": "less",
    "more": "at_most",
    "at_most": "more",
}
READS = frozenset(
    {
        ActionName.GET_ROOM_STATUS,
        ActionName.VERIFY_ROOM_READY,
        ActionName.LOOKUP_BOOKING,
        ActionName.GET_CURRENT_PRICING,
        ActionName.FIND_AVAILABLE_ROOMS,
        ActionName.SEARCH_KNOWLEDGE_BASE,
    }
)


class TooMany(Exception):
    """The instruction asks for more steps than a plan may have."""


@dataclass(eq=False)
class Made:
    """A step; a value of `arguments` may be a `Taken`, or a `Made` where its number is meant (`draft`)."""

    action: ActionName
    arguments: dict[str, Any] = field(default_factory=dict)
    when: tuple["Holds", ...] = ()
    after: tuple["Made", ...] = ()


class Taken(NamedTuple):
    """A fact of an earlier step as an argument."""

    step: Made
    fact: str


class Holds(NamedTuple):
    """A condition on an earlier step."""

    step: Made
    fact: str
    operator: Operator
    value: Any

    def opposite(self) -> "Holds":
        """When this one does not hold."""
        if self.operator == "is" and isinstance(self.value, bool):
            return self._replace(value=not self.value)
        return self._replace(operator=_OPPOSITE.get(self.operator, "is_not"))


class Steps:
    """Steps in order."""

    def __init__(self) -> None:
        self.made: list[Made] = []

    def add(self, action: ActionName, arguments: Mapping[str, Any], when: Iterable[Holds] = ()) -> Made:
        """
        One more step; a step that only reads, and was made before, is that one.

        Raises:
            TooMany: A plan may not have so many.
        """
        kept = {name: value for name, value in arguments.items() if value not in (None, {}, ())}
        if action in READS:
            for other in self.made:
                if other.action is action and other.arguments == kept:
                    return other
        if len(self.made) >= MAX_STEPS:
            raise TooMany
        self.made.append(Made(action, kept, tuple(when)))
        return self.made[-1]

    def last(self, *actions: ActionName) -> Made | None:
        """The last step with one of these actions."""
        return next((step for step in reversed(self.made) if step.action in actions), None)

    def drop(self, step: Made) -> None:
        """Leave a step out; no other may need it."""
        self.made.remove(step)

    def numbered(self) -> tuple[PlanStep, ...]:
        """The steps of the plan."""
        numbers = {id(step): place for place, step in enumerate(self.made, 1)}
        return tuple(self._numbered(step, numbers) for step in self.made)

    def _numbered(self, step: Made, numbers: Mapping[int, int]) -> PlanStep:
        needed = {numbers[id(each.step)] for each in step.when} | {numbers[id(each)] for each in step.after}
        arguments: dict[str, Any] = {}
        for name, value in step.arguments.items():
            source = value.step if isinstance(value, Taken) else value
            if isinstance(source, Made):
                needed.add(numbers[id(source)])
            if isinstance(value, Taken):
                arguments[name] = {"from_step": numbers[id(value.step)], "fact": value.fact}
            else:
                arguments[name] = numbers[id(value)] if isinstance(value, Made) else value
        return PlanStep(
            step=numbers[id(step)],
            action=step.action,
            arguments=arguments,
            depends_on=tuple(sorted(needed)),
            when=tuple(
                PlanCondition(step=numbers[id(each.step)], fact=each.fact, operator=each.operator, value=each.value)
                for each in step.when
            ),
        )
