"""An answer to a task's question: the step that asked is begun anew with it, or the instruction is planned anew."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from innkeeper.blocks.database.audit import record
from innkeeper.blocks.database.task_steps import replace_steps, steps_of, update_step
from innkeeper.blocks.database.tasks import find_task, update_task
from innkeeper.engine.assistant.policy import same_text
from innkeeper.engine.text import fold
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.errors import Conflict, InputInvalid
from innkeeper.schemas.outbox import is_email
from innkeeper.schemas.plans import MAX_INSTRUCTION_CHARS, Instruction, PlanStep, TaskStatus
from innkeeper.schemas.tasks import StoredStep, StoredTask, TaskChecks
from innkeeper.tasks.assistant.directory import name_fits
from innkeeper.tasks.execution.actions_reads import CANDIDATES, CHOSEN
from innkeeper.tasks.execution.planning import plan_task
from innkeeper.tasks.execution.services import ExecutionServices
from innkeeper.tasks.execution.submitting import planned

MAX_ANSWER_CHARS = 500
_NUMBER = re.compile(r"^\W*(?:số|so|no\.?|number|option|thứ|#)?\s*(\d{1,2})\W*$", re.IGNORECASE)
_TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]*")


async def answer_task(services: ExecutionServices, task_id: str, text: str) -> None:
    """
    Take an answer; `carrying.carry_out_task` goes on with it.

    Raises:
        NotFound: There is no such task.
        Conflict: It asks nothing.
        InputInvalid: The answer is empty or too long.
    """
    answer = text.strip()
    if not answer or len(answer) > MAX_ANSWER_CHARS:
        raise InputInvalid(f"an answer has 1 to {MAX_ANSWER_CHARS} characters")
    async with services.database.reading() as session:
        task, steps = await find_task(session, task_id), await steps_of(session, task_id)
    if task.status is not TaskStatus.NEEDS_CLARIFICATION or task.clarification is None:
        raise Conflict(f"task {task_id} asks nothing; it is {task.status}")
    if task.checks.asking is None:
        await _plan_again(services, task, answer)
    else:
        await _go_on(services, task, steps[task.checks.asking - 1], answer)


async def _go_on(services: ExecutionServices, task: StoredTask, step: StoredStep, answer: str) -> None:
    """Give the step that asked what it needs; where the answer does not tell, it asks again."""
    asked = task.clarification
    about = asked.about if asked else ""
    options = asked.options if asked else ()
    planned_step = task.plan.steps[step.step - 1]
    arguments, kept = dict(planned_step.arguments), dict(step.kept)
    candidates = kept.pop(CANDIDATES, None) or []
    chosen = _chosen(candidates, options, answer)
    if chosen is not None:
        kept[CHOSEN] = chosen
    elif about == "recipient" and is_email(answer):
        arguments["recipient"] = answer
    elif about == "booking":
        arguments = _whom(planned_step, answer)
    elif step.action is not ActionName.SEND_EMAIL:
        arguments["variables"] = {**arguments.get("variables", {}), about: answer}
    changed = planned_step.model_copy(update={"arguments": arguments})
    steps = tuple(changed if each.step == step.step else each for each in task.plan.steps)
    plan = task.plan.model_copy(update={"steps": steps})
    await _take(services, task, answer, step=step.step, kept=kept, arguments=arguments, plan=plan)


async def _take(
    services: ExecutionServices, task: StoredTask, answer: str, *, step: int, plan: Any, **values: Any
) -> None:
    checks = task.checks.model_copy(update={"asking": None, "answers": (*task.checks.answers, answer)})
    async with services.database.writing() as session:
        await update_step(session, task.id, step, **values)
        await update_task(session, task.id, status=TaskStatus.RUNNING, clarification=None, checks=checks, plan=plan)
        record(session, principal=task.who, action="task.answered", subject=f"task:{task.id}", details={"step": step})


def _chosen(candidates: Sequence[Mapping[str, Any]], options: Sequence[str], answer: str) -> str | None:
    """Id of the one booking that an answer names: by its place, its id, room, name or day of arrival."""
    by_option = [place for place, option in enumerate(options) if fold(option) == fold(answer)]
    number = _NUMBER.match(answer)
    if len(by_option) == 1 and by_option[0] < len(candidates):
        return str(candidates[by_option[0]]["booking_id"])
    said = {fold(each) for each in _TOKEN.findall(answer)}
    tests: tuple[Callable[[Mapping[str, Any]], bool], ...] = (
        lambda each: same_text(answer, each["booking_id"]) or fold(each["booking_id"]) in said,
        lambda each: bool(each.get("room_number")) and fold(each["room_number"]) in said,
        lambda each: bool(each.get("guest_name")) and fold(each["guest_name"]) in fold(answer),
        lambda each: bool(each.get("guest_name")) and name_fits(answer, each["guest_name"]),
        lambda each: each["check_in_date"] in answer,
    )
    for test in tests:
        fitting = [each for each in candidates if test(each)]
        if len(fitting) == 1:
            return str(fitting[0]["booking_id"])
    if number is not None and 1 <= int(number[1]) <= len(candidates):
        return str(candidates[int(number[1]) - 1]["booking_id"])
    return None


def _whom(step: PlanStep, answer: str) -> dict[str, Any]:
    """Arguments that name the guest of an answer: "room 305", "BK-12", "Ann Lee"."""
    others = {
        name: value
        for name, value in step.arguments.items()
        if name not in {"booking_id", "room_number", "guest_name", "date"}
    }
    room = re.search(r"(?i)(?:phòng|phong|room|rm|p\.?)\s*([0-9][0-9A-Za-z-]*)|^\W*([0-9]{2,4}[A-Za-z]?)\W*$", answer)
    if room is not None:
        return {**others, "room_number": room[1] or room[2]}
    is_id = re.fullmatch(r"\W*(?=\S*\d)([0-9A-Za-z-]{4,64})\W*", answer)
    return {**others, **({"booking_id": is_id[1]} if is_id else {"guest_name": answer[:200]})}


async def _plan_again(services: ExecutionServices, task: StoredTask, answer: str) -> None:
    """Plan the instruction together with the answer."""
    asked = _with_answer(task, answer)
    _, checked = await plan_task(services, asked, task.principal)
    fields = planned(checked, dry_run=task.is_dry_run)
    checks = fields["checks"]
    if isinstance(checks, TaskChecks):
        fields["checks"] = checks.model_copy(update={"answers": (*task.checks.answers, answer)})
    async with services.database.writing() as session:
        stored = await update_task(session, task.id, instruction=asked, **fields)
        await replace_steps(session, task.id, stored.plan)
        record(session, principal=task.who, action="task.answered", subject=f"task:{task.id}")


def _with_answer(task: StoredTask, answer: str) -> Instruction:
    """The instruction with what was missing: a wrong room is replaced, anything else is added."""
    asked, text = task.clarification, task.instruction.text
    question = asked.question if asked else ""
    wrong = [each for each in _TOKEN.findall(text) if any(map(str.isdigit, each)) and each in question]
    right = [each for each in _TOKEN.findall(answer) if any(map(str.isdigit, each))]
    if asked is not None and asked.about == "room_number" and wrong and right:
        text = re.sub(rf"(?<!\w){re.escape(wrong[0])}(?!\w)", right[0], text)
    else:
        text = f"{text.rstrip(' .')}, {answer}"
    return task.instruction.model_copy(update={"text": text[:MAX_INSTRUCTION_CHARS]})
