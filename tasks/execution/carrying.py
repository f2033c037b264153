"""Carrying a task out: step after step, each written down before and after, until it ends or somebody is needed."""

import asyncio
import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from innkeeper.blocks.database.task_steps import begin_step, cancel_open_steps, steps_of, update_step
from innkeeper.blocks.database.tasks import find_task, update_task
from innkeeper.engine.planning.actions import ACTIONS, SENDS, WRITES
from innkeeper.engine.planning.references import filled, holds, ready_arguments, references
from innkeeper.engine.planning.rules import Outcome, Verdict
from innkeeper.schemas.errors import Conflict, InnkeeperError, InputInvalid
from innkeeper.schemas.messages import WrittenMessage
from innkeeper.schemas.plans import PlanStep, StepStatus, TaskStatus
from innkeeper.schemas.tasks import ENDS, SETTLED, StoredStep, StoredTask, WaitingStep
from innkeeper.tasks.execution.actions_work import write_notice
from innkeeper.tasks.execution.actions_writing import WRITTEN
from innkeeper.tasks.execution.asking import ask_person, ask_question
from innkeeper.tasks.execution.claims import Claim, claimed
from innkeeper.tasks.execution.compensation import undo_task
from innkeeper.tasks.execution.job import Job, NeedsAnswer, facts_of
from innkeeper.tasks.execution.judging import judged
from innkeeper.tasks.execution.services import ExecutionServices
from innkeeper.tasks.execution.step_task import carry_out

_WAITS = frozenset({TaskStatus.NEEDS_APPROVAL, TaskStatus.NEEDS_CLARIFICATION})
_LINKS = ("draft", "work_order")
_logger = logging.getLogger(__name__)


async def carry_out_task(services: ExecutionServices, task_id: str) -> None:
    """
    Carry a task on from where it is, until it ends or waits for somebody. Its rows say where that is.

    Raises:
        Conflict: Somebody else is carrying it out.
        NotFound: There is no such task.
    """
    async with claimed(services.database, task_id) as claim:
        zone, _ = await services.hotel()
        async with services.database.reading() as session:
            task, steps = await find_task(session, task_id), await steps_of(session, task_id)
        if task.status in ENDS or task.status in _WAITS or task.is_dry_run:
            return
        await _Carrying(services, claim, task, {each.step: each for each in steps}, zone).until_it_rests()


@dataclass
class _Carrying:
    services: ExecutionServices
    claim: Claim
    task: StoredTask
    steps: dict[int, StoredStep]
    zone: ZoneInfo

    async def until_it_rests(self) -> None:
        while self.task.ending is None and self.task.status is TaskStatus.RUNNING:
            await self._look_again()
            group = self._begun() if self.task.is_cancelled else self._next()
            if self.task.is_cancelled and not group:
                await self._end(TaskStatus.CANCELLED)
            elif not group:
                has_failed = any(each.status is StepStatus.FAILED for each in self.steps.values())
                await self._end(TaskStatus.FAILED if has_failed else TaskStatus.COMPLETED)
            elif _is_read(group[0]) or not await self._ask_first():
                await asyncio.gather(*(self._do(each) for each in group))
        if self.task.ending is not None:
            await self._wind_up()

    async def _look_again(self) -> None:
        """Somebody may have cancelled the task, or taken it up because this process seemed dead."""
        if self.claim.is_lost:
            raise Conflict(f"task {self.task.id} was taken up by another process")
        async with self.services.database.reading() as session:
            self.task = await find_task(session, self.task.id)

    def _next(self) -> list[PlanStep]:
        """The next step with a side effect; or the next ones that only read, as far as they do not need each other."""
        group: list[PlanStep] = []
        for step in self.task.plan.steps:
            if self.steps[step.step].status in SETTLED:
                continue
            is_ready = all(self.steps[each].status in SETTLED for each in step.depends_on)
            if group and not (is_ready and _is_read(step)):
                break
            group.append(step)
            if not _is_read(step):
                break
        return group

    def _begun(self) -> list[PlanStep]:
        """What was under way when a process died: of a cancelled task, that is still brought to its end."""
        return [each for each in self.task.plan.steps if self.steps[each.step].status is StepStatus.RUNNING][:1]

    async def _ask_first(self) -> bool:
        """Before anything is done, a person is asked about all that needs one and may happen."""
        plan = {each.step: each for each in self.task.plan.steps}
        waiting = [each for each in self.task.checks.open if not self._is_left_out(plan[each.step])]
        waiting = [each for each in waiting if self.steps[each.step].status not in SETTLED]
        if waiting:
            self.task = await ask_person(self.services.database, self.task, waiting)
        return bool(waiting)

    async def _do(self, step: PlanStep) -> None:
        if self._is_left_out(step):
            await self._settle(step, StepStatus.SKIPPED)
            return
        try:
            await self._try(step)
        except NeedsAnswer as asked:
            await self._ask(step, asked)
        except InnkeeperError as error:
            await self._fail(step, str(error))
        except Exception as error:
            _logger.exception("Step %d of %s failed unexpectedly", step.step, self.task.id)
            await self._fail(step, f"an unexpected error ({type(error).__name__})")

    async def _try(self, step: PlanStep) -> None:
        facts = facts_of(self.steps)
        arguments = ready_arguments(step, facts)
        async with self.services.database.writing() as session:
            stored = await begin_step(session, self.task.id, step.step, filled(step.arguments, facts))
        self.steps[step.step] = stored
        job = Job(self.services, self.task, step, stored, arguments, dict(self.steps), self.zone)
        if ACTIONS[step.action].has_side_effect:
            sender = self._sender(step)
            verdict = await judged(job, sender)
            if verdict.outcome is not Outcome.GO and not await self._allowed(step, sender or step, verdict):
                return
            if reason := self._of_draft(step, arguments):
                await self._wait(step, reason)
                return
        self.steps[step.step] = await carry_out(job)

    def _sender(self, step: PlanStep) -> PlanStep | None:
        """Of a step that writes a message, the one that will send it, where that is certain by now."""
        if step.action not in WRITES:
            return None
        for later in self.task.plan.steps[step.step :]:
            is_certain = all(self.steps[each.step].status in SETTLED for each in later.when)
            if later.action in SENDS and later.arguments.get("draft") == step.step and is_certain:
                return None if self._is_left_out(later) else later
        return None

    async def _allowed(self, step: PlanStep, decided: PlanStep, verdict: Verdict) -> bool:
        """What a rule says of `decided`, done to `step`; true when a person has already said that it may go."""
        reason = verdict.reason(self.task.plan.language) or ""
        match verdict.outcome:
            case Outcome.APPROVE if decided.step in self.task.checks.approved:
                return True
            case Outcome.APPROVE:
                await self._settle(step, StepStatus.PLANNED)
                await self._wait(decided, reason)
            case Outcome.REFUSE:
                ends = {"ending": TaskStatus.REFUSED, "reason": reason}
                await self._settle(step, StepStatus.CANCELLED, task=ends, problem=reason)
            case _:
                await self._leave_out(step, reason, verdict.notice(self.task.plan.language))
        return False

    async def _leave_out(self, step: PlanStep, reason: str, notice: tuple[str, str] | None) -> None:
        """Skip a step by a rule, and tell a department where the rule says so; both or neither."""
        key = f"{self.steps[step.step].key}:notice"
        async with self.services.database.writing() as session:
            if notice is not None:
                taxonomy = self.services.router.taxonomy
                await write_notice(
                    session, taxonomy, key=key, batch=self.task.id, department=notice[0], message=notice[1][:500]
                )
            self.steps[step.step] = await update_step(
                session,
                self.task.id,
                step.step,
                status=StepStatus.SKIPPED,
                problem=reason,
                told=notice and notice[0],
                finished_at=dt.datetime.now(dt.UTC),
            )

    def _of_draft(self, step: PlanStep, arguments: Any) -> str | None:
        """Why what is sent has to be seen first, as its writer found; none once somebody has."""
        draft = getattr(arguments, "draft", None)
        if draft is None or step.step in self.task.checks.approved:
            return None
        written = self.steps[draft].kept.get(WRITTEN)
        return WrittenMessage.model_validate(written).needs_approval if written else None

    async def _wait(self, step: PlanStep, reason: str) -> None:
        self.task = await ask_person(self.services.database, self.task, [WaitingStep(step=step.step, reason=reason)])

    async def _ask(self, step: PlanStep, asked: NeedsAnswer) -> None:
        self.task = await ask_question(self.services.database, self.task, self.steps[step.step], asked)

    async def _fail(self, step: PlanStep, problem: str) -> None:
        """Note it; the task ends with it unless the step only reads and nothing else rests on it."""
        is_needed = any(step.step in later.depends_on for later in self.task.plan.steps)
        ends = {"ending": TaskStatus.FAILED} if is_needed or not _is_read(step) else None
        await self._settle(step, StepStatus.FAILED, task=ends, problem=problem)

    def _is_left_out(self, step: PlanStep) -> bool:
        """Whether a condition does not hold, or a step whose result it takes was itself left out."""
        facts = facts_of(self.steps)
        settled = [each for each in step.when if self.steps[each.step].status in SETTLED]
        if any(not holds(each, self.task.plan, facts) for each in settled):
            return True
        return any(self.steps[each].status is StepStatus.SKIPPED for each in _sources(step))

    async def _settle(
        self, step: PlanStep, status: StepStatus, *, task: dict[str, Any] | None = None, **values: Any
    ) -> None:
        """Note what became of a step, and in the same transaction what that means for the task."""
        async with self.services.database.writing() as session:
            self.steps[step.step] = await update_step(
                session, self.task.id, step.step, status=status, finished_at=dt.datetime.now(dt.UTC), **values
            )
            if task is not None:
                self.task = await update_task(session, self.task.id, **task)

    async def _end(self, status: TaskStatus) -> None:
        async with self.services.database.writing() as session:
            await cancel_open_steps(session, self.task.id)
            self.task = await update_task(
                session, self.task.id, status=status, finished_at=dt.datetime.now(dt.UTC), ending=None
            )

    async def _wind_up(self) -> None:
        ending = self.task.ending or TaskStatus.FAILED
        await undo_task(self.services, self.task)
        await self._end(ending)


def _is_read(step: PlanStep) -> bool:
    return not ACTIONS[step.action].has_side_effect


def _sources(step: PlanStep) -> set[int]:
    """Steps whose results a step takes."""
    try:
        taken = {each.from_step for each in references(step.arguments)}
    except ValueError:
        raise InputInvalid(f"step {step.step} has an argument that is no reference") from None
    linked = (step.arguments.get(name) for name in _LINKS)
    return taken | {each for each in linked if isinstance(each, int) and not isinstance(each, bool)}
