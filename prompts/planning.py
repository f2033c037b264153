"""Asks a model to turn an instruction in plain words into a plan; the engine's own plan has the same shape."""

import functools
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import yaml
from pydantic import BaseModel, ConfigDict, Field

from innkeeper.prompts.base import Prompt, packaged
from innkeeper.schemas.access import Role
from innkeeper.schemas.plans import Instruction, Plan

_DATA = "planning.yaml"


class PlannedAction(BaseModel):
    """An action as a model is told of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: str
    arguments: Mapping[str, Any] = Field(description="JSON schema of its arguments.")
    facts: tuple[str, ...] = Field(description="What its result tells, for conditions and references.")


class PlanExample(BaseModel):
    """A made-up instruction and the plan that is wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    instruction: str
    plan: Plan


class KnownOfInstruction(BaseModel):
    """What is known besides the words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    today: str = Field(description="The hotel's day, with its name.")
    now: str | None = Field(default=None, description="ISO 8601, in the hotel's zone.")
    role: Role


class PlanningPrompt(Prompt):
    """Ask for the steps of an instruction; the answer is a `Plan`. `planning_prompt` makes it."""

    template: ClassVar[str] = "planning.md.j2"
    stable: ClassVar[frozenset[str]] = frozenset({"actions", "room_types", "categories", "examples"})
    sources: ClassVar[tuple[str, ...]] = (_DATA,)

    instruction: str
    context: Mapping[str, Any] = Field(default_factory=dict)
    known: KnownOfInstruction
    actions: Mapping[str, PlannedAction]
    room_types: tuple[str, ...] = ()
    categories: Mapping[str, tuple[str, ...]] = Field(default_factory=dict, description="Subcategories of work.")
    examples: tuple[PlanExample, ...] = ()


def planning_prompt(
    instruction: Instruction,
    *,
    role: Role,
    actions: Mapping[str, tuple[type[BaseModel], Iterable[str]]],
    room_types: tuple[str, ...] = (),
    categories: Mapping[str, tuple[str, ...]] | None = None,
) -> PlanningPrompt:
    """
    The prompt for one instruction.

    Args:
        instruction: Its words and context are shown as data.
        role: Of whoever asks.
        actions: The registry: argument class and the names of the facts of each action; those that the role may use.
        room_types: All of the hotel's.
        categories: Subcategories by category of the taxonomy, for work orders.
    """
    told = {
        name: PlannedAction(
            purpose=_purpose(name, arguments), arguments=argument_schema(arguments), facts=tuple(sorted(facts))
        )
        for name, (arguments, facts) in actions.items()
    }
    now = instruction.now.isoformat(timespec="minutes") if instruction.now else None
    return PlanningPrompt(
        instruction=instruction.text,
        context=instruction.context,
        known=KnownOfInstruction(today=f"{instruction.today:%Y-%m-%d, %A}", now=now, role=role),
        actions=told,
        room_types=room_types,
        categories=categories or {},
        examples=tuple(each for each in examples() if all(step.action in told for step in each.plan.steps)),
    )


@functools.cache
def argument_schema(arguments: type[BaseModel]) -> Mapping[str, Any]:
    """JSON schema of a class without its titles; a model needs names, types and limits."""
    found: Mapping[str, Any] = _untitled(arguments.model_json_schema())
    return found


@functools.cache
def examples() -> tuple[PlanExample, ...]:
    """Our examples."""
    return tuple(PlanExample.model_validate(each) for each in _data()["examples"])


def _purpose(name: str, arguments: type[BaseModel]) -> str:
    return str(_data()["purposes"].get(name) or (arguments.__doc__ or name).strip().splitlines()[0])


def _untitled(schema: Any) -> Any:
    if isinstance(schema, dict):
        said = {name for name in ("title", "description") if isinstance(schema.get(name), str)}  # no field of that name
        return {name: _untitled(each) for name, each in schema.items() if name not in said}
    return [_untitled(each) for each in schema] if isinstance(schema, list) else schema


@functools.cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(packaged(_DATA))
    return data
