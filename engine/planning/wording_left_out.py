"""Steps that were left out, and what was done in their place: "Room 305 is not ready, so no e-mail was sent; …"."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from innkeeper.engine.planning.actions import ACTIONS, SENDS, WRITES
from innkeeper.engine.planning.references import holds
from innkeeper.engine.planning.saying import say
from innkeeper.engine.planning.wording_conditions import contrary_text
from innkeeper.engine.planning.wording_names import Telling, department_name
from innkeeper.engine.planning.wording_results import in_list, left_text, result_text
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.plans import Condition, PlanStep, StepStatus

# Their result is what the reason says; a price or free rooms are told in full besides it.
_SAID_WITH_THEM = frozenset({ActionName.GET_ROOM_STATUS, ActionName.VERIFY_ROOM_READY, ActionName.LOOKUP_BOOKING})


@dataclass(frozen=True)
class StepOutcome:
    """
    What became of a step; its facts are in `Telling.facts`.

    Attributes:
        problem: Why it failed or was left out by a rule, in the plan's language.
        told: The department that a rule had told in its place.
    """

    step: int
    status: StepStatus
    problem: str | None = None
    told: str | None = None


@dataclass(frozen=True)
class LeftOut:
    """
    Sentences about what was left out.

    Attributes:
        sentences: Without full stops.
        said: Steps that need no sentence of their own any more.
    """

    sentences: tuple[str, ...]
    said: frozenset[int]


def left_out(telling: Telling, outcomes: Mapping[int, StepOutcome]) -> LeftOut:
    """Why steps were skipped, each reason once, with what was done instead."""
    sentences: list[str] = []
    said: set[int] = set()
    groups: dict[tuple[int, str], list[tuple[PlanStep, Condition]]] = defaultdict(list)
    for step in telling.plan.steps:
        outcome = outcomes.get(step.step)
        if outcome is None or outcome.status is not StepStatus.SKIPPED:
            continue
        broken = next((each for each in step.when if not holds(each, telling.plan, telling.facts)), None)
        if broken is not None:
            groups[broken.step, contrary_text(broken, telling)].append((step, broken))
        elif outcome.problem and outcome.problem.rstrip(".") not in sentences:
            sentences.append(_with_told(outcome.problem.rstrip("."), outcome.told, telling))
    for (source, why), entries in groups.items():
        instead = _instead(source, telling, outcomes)
        what = _told_steps([step for step, _ in entries], instead)
        if not what:
            continue
        done = [text for step in instead if (text := result_text(step, telling))]
        text = say("so", telling.language, why=why, what=in_list([left_text(step, telling) for step in what], telling))
        sentences.append("; ".join([text, *done]))
        said |= {step.step for step in instead}
        if telling.plan.steps[source - 1].action in _SAID_WITH_THEM:
            said.add(source)
    return LeftOut(tuple(sentences), frozenset(said))


def _with_told(text: str, department: str | None, telling: Telling) -> str:
    if department is None:
        return text
    name = department_name(department, telling.language)
    return f"{text}; {say('told_department', telling.language, department=name)}"


def _instead(source: int, telling: Telling, outcomes: Mapping[int, StepOutcome]) -> list[PlanStep]:
    """Steps that depend on the same fact and were carried out."""
    return [
        step
        for step in telling.plan.steps
        if ACTIONS[step.action].has_side_effect
        and step.action not in WRITES
        and any(each.step == source for each in step.when)
        and step.step in outcomes
        and outcomes[step.step].status is StepStatus.COMPLETED
    ]


def _told_steps(left: list[PlanStep], instead: list[PlanStep]) -> list[PlanStep]:
    """
    Of what was left out, what the reader has to be told.

    A message that was not sent always, unless another one was; the other branch of "if … else …" not.
    """
    if any(step.action in SENDS for step in instead):
        return []
    sends = [step for step in left if step.action in SENDS]
    if sends or instead:
        return sends
    return [step for step in left if step.action not in WRITES] or left
