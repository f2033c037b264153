"""The summary of a task: what was found and done, what was not and why, in the instruction's language."""

from collections.abc import Mapping, Sequence

from innkeeper.engine.locale.formats import sentence
from innkeeper.engine.planning.actions import ACTIONS, SENDS, WRITES
from innkeeper.engine.planning.saying import say, whole
from innkeeper.engine.planning.validation_rights import StepApproval
from innkeeper.engine.planning.wording_left_out import StepOutcome, left_out
from innkeeper.engine.planning.wording_names import Telling
from innkeeper.engine.planning.wording_results import result_text, undone_text
from innkeeper.engine.planning.wording_steps import preview_lines, step_text
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.plans import Clarification, PlanStep, StepStatus, TaskStatus

__all__ = ["StepOutcome", "Telling", "preview_lines", "question_text", "summary"]

_OPEN = frozenset({StepStatus.PLANNED, StepStatus.WAITING, StepStatus.CANCELLED, StepStatus.RUNNING})


def summary(
    telling: Telling,
    outcomes: Sequence[StepOutcome],
    status: TaskStatus,
    *,
    approvals: Sequence[StepApproval] = (),
    reason: str | None = None,
) -> str:
    """
    A few sentences about a task.

    Args:
        telling: The plan, who reads, and the facts that completed steps gave.
        outcomes: What became of each step so far.
        status: Of the task.
        approvals: What waits for a person; of a task that needs an approval.
        reason: Why the task was refused, or failed without any step of it.
    """
    plan, language = telling.plan, telling.language
    known = {each.step: each for each in outcomes}
    match status:
        case TaskStatus.NEEDS_CLARIFICATION if plan.clarification is not None:
            return " ".join([*_results(telling, known), question_text(plan.clarification, telling)])
        case TaskStatus.REFUSED:
            why = reason or (plan.refusal and plan.refusal.reason) or _problem(outcomes)
            return _refused(telling, known, why)
        case TaskStatus.FAILED:
            return " ".join(_failed(telling, outcomes, known, reason))
        case TaskStatus.NEEDS_APPROVAL:
            return " ".join([*_results(telling, known), _waiting(telling, approvals)])
        case TaskStatus.CANCELLED:
            return " ".join([whole("cancelled_task", language), *_done_and_undone(telling, known)])
        case TaskStatus.PLANNED:
            count = len(plan.steps)
            return whole("dry_run_one" if count == 1 else "dry_run_many", language, count=count)
        case TaskStatus.COMPLETED:
            return " ".join(_results(telling, known) or [whole("did_nothing", language)])
        case _:
            return whole("running_task", language)


def question_text(question: Clarification, telling: Telling) -> str:
    """A question with what can be chosen."""
    if not question.options:
        return sentence(question.question)
    options = "; ".join(question.options)
    return f"{sentence(question.question)} {whole('choose', telling.language, options=options)}"


def _results(telling: Telling, known: Mapping[int, StepOutcome]) -> list[str]:
    """One sentence per result that is not said in another one."""
    left = left_out(telling, known)
    told = [text for _, text in _told(telling, known, left.said)]
    return [sentence(text) for text in dict.fromkeys((*told, *left.sentences))]


def _told(
    telling: Telling, known: Mapping[int, StepOutcome], said: frozenset[int] = frozenset()
) -> list[tuple[PlanStep, str]]:
    steps = [
        step
        for step in telling.plan.steps
        if step.step in known and known[step.step].status is StepStatus.COMPLETED and step.step not in said
    ]
    shown = [step for step in steps if not _is_said_elsewhere(step, telling, known, said)]
    return [(step, text) for step in shown if (text := result_text(step, telling))]


def _is_said_elsewhere(
    step: PlanStep, telling: Telling, known: Mapping[int, StepOutcome], said: frozenset[int]
) -> bool:
    """A draft is told by its sending, a status by the check of the room, a look-up by what it was needed for."""
    later = telling.plan.steps[step.step :]
    if step.action in WRITES:
        return any(other.action in SENDS and other.arguments.get("draft") == step.step for other in later)
    if step.action is ActionName.LOOKUP_BOOKING:
        found = telling.fact(step, "found") is not False and telling.fact(step, "total") in (None, 1)
        return found and any(step.step in other.depends_on and ACTIONS[other.action].has_side_effect for other in later)
    if step.action is ActionName.GET_ROOM_STATUS:
        checks = [each for each in later if each.action is ActionName.VERIFY_ROOM_READY]
        return any(
            telling.room(each) == telling.room(step) and (each.step in said or bool(telling.facts.get(each.step)))
            for each in checks
        )
    return False


def _waiting(telling: Telling, approvals: Sequence[StepApproval]) -> str:
    text = whole("waits", telling.language)
    steps = {step.step: step for step in telling.plan.steps}
    lines = [
        say(
            "waits_step",
            telling.language,
            number=each.step,
            what=step_text(steps[each.step], telling),
            reason=each.reason,
        )
        for each in approvals
        if each.step in steps
    ]
    return " ".join([text, *map(sentence, lines)])


def _refused(telling: Telling, known: Mapping[int, StepOutcome], why: str | None) -> str:
    found = [sentence(text) for _, text in _told(telling, known)]
    reason = sentence(why) if why else whole("refused_nothing", telling.language)
    return " ".join([reason, *found, *_undone(telling, known)])


def _failed(
    telling: Telling, outcomes: Sequence[StepOutcome], known: Mapping[int, StepOutcome], reason: str | None
) -> list[str]:
    language, steps = telling.language, {step.step: step for step in telling.plan.steps}
    unknown = say("failed_unknown", language)
    lines = [
        say(
            "failed_step",
            language,
            number=each.step,
            what=step_text(steps[each.step], telling),
            problem=each.problem or unknown,
        )
        for each in outcomes
        if each.status is StepStatus.FAILED and each.step in steps
    ]
    lines = lines or [say("failed_task", language, problem=reason or unknown)]
    return [*map(sentence, lines), *_done_and_undone(telling, known)]


def _done_and_undone(telling: Telling, known: Mapping[int, StepOutcome]) -> list[str]:
    """What was done, what of it was undone, and what was never begun."""
    done = [text for _, text in _told(telling, known)]
    texts = [whole("done_before", telling.language, what="; ".join(done))] if done else []
    texts += _undone(telling, known)
    never = [
        step_text(step, telling)
        for step in telling.plan.steps
        if ACTIONS[step.action].has_side_effect and (step.step not in known or known[step.step].status in _OPEN)
    ]
    return [*texts, whole("not_done", telling.language, what="; ".join(never))] if never else texts


def _undone(telling: Telling, known: Mapping[int, StepOutcome]) -> list[str]:
    undone = [
        undone_text(step, telling)
        for step in telling.plan.steps
        if step.step in known and known[step.step].status is StepStatus.COMPENSATED
    ]
    return [whole("undone", telling.language, what="; ".join(undone))] if undone else []


def _problem(outcomes: Sequence[StepOutcome]) -> str | None:
    return next((each.problem for each in outcomes if each.problem), None)
