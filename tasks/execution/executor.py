"""Tasks from one place: submit, carry out, answer, decide, cancel, report."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.task_steps import steps_of, steps_of_tasks
from innkeeper.blocks.database.tasks import find_task, list_tasks
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.errors import Conflict, NotFound
from innkeeper.schemas.outbox import Decision
from innkeeper.schemas.plans import Instruction, TaskReport, TaskStatus
from innkeeper.schemas.tasks import StoredTask, Submitted
from innkeeper.tasks.execution.answering import answer_task
from innkeeper.tasks.execution.approval import decide_task, expire_approvals, resume_run
from innkeeper.tasks.execution.cancelling import cancel_task
from innkeeper.tasks.execution.carrying import carry_out_task
from innkeeper.tasks.execution.reporting import task_report
from innkeeper.tasks.execution.services import ExecutionServices, Runner, open_services
from innkeeper.tasks.execution.submitting import submit_task

if TYPE_CHECKING:  # Prefect: a second that the engine alone does not need
    from innkeeper.tasks.gateway import ModelGateway


class TaskExecutor:
    """Carries tasks out in this process, many at once. `open_executor` makes one."""

    def __init__(self, services: ExecutionServices) -> None:
        """`services` stay the caller's to close."""
        self.services = services

    async def submit(
        self,
        instruction: Instruction,
        principal: Principal,
        *,
        idempotency_key: str | None = None,
        dry_run: bool = False,
    ) -> Submitted:
        """Plan and write down, without doing anything; as `submitting.submit_task`."""
        return await submit_task(
            self.services, instruction, principal, idempotency_key=idempotency_key, dry_run=dry_run
        )

    async def execute(self, task_id: str) -> TaskReport:
        """
        Carry a task on until it ends or waits for somebody.

        Raises:
            Conflict: Another process is carrying it out.
            NotFound: There is no such task.
        """
        await carry_out_task(self.services, task_id)
        return await self.report(task_id)

    async def run(
        self,
        instruction: Instruction,
        principal: Principal,
        *,
        idempotency_key: str | None = None,
        dry_run: bool = False,
    ) -> TaskReport:
        """Submit and carry out."""
        submitted = await self.submit(instruction, principal, idempotency_key=idempotency_key, dry_run=dry_run)
        return await self.execute(submitted.task.id)

    async def answer(self, task_id: str, text: str, principal: Principal) -> TaskReport:
        """
        Answer the question that a task waits for, and carry it on.

        Raises:
            NotFound: There is no such task, or it is not this principal's.
            Conflict: It asks nothing.
        """
        await self._theirs(task_id, principal)
        await answer_task(self.services, task_id, text)
        return await self.execute(task_id)

    async def decide(
        self, task_id: str, decision: Decision, principal: Principal, *, comment: str | None = None
    ) -> TaskReport:
        """
        Let a task that waits for an approval go on, or stop it; the same decision again changes nothing.

        A flow run that is suspended for it is resumed; otherwise this process carries the task on.

        Raises:
            NotAllowed: Only a manager may decide, and nobody about the own task.
            NotFound: There is no such task.
            Conflict: It does not wait, was decided otherwise, or it is too late.
        """
        task = await decide_task(self.services.database, task_id, decision, principal, comment=comment)
        if task.flow_run_id is None or not await resume_run(task.flow_run_id, decision, comment):
            with suppress(Conflict):  # somebody else carries it on already
                await carry_out_task(self.services, task_id)
        return await self.report(task_id)

    async def cancel(self, task_id: str, principal: Principal) -> TaskReport:
        """
        Cancel what has not been begun; a step that is under way comes to its end, and nothing is undone.

        Raises:
            NotFound: There is no such task, or it is not this principal's.
            Conflict: It has ended.
        """
        await self._theirs(task_id, principal)
        await cancel_task(self.services.database, task_id, principal)
        with suppress(Conflict):  # whoever carries it out stops before its next step
            await carry_out_task(self.services, task_id)
        return await self.report(task_id)

    async def report(self, task_id: str, principal: Principal | None = None) -> TaskReport:
        """The task as it is; with a principal, raises `NotFound` for one that is not theirs."""
        if principal is not None:
            await self._theirs(task_id, principal)
        await expire_approvals(self.services.database, task_id)
        async with self.services.database.reading() as session:
            return task_report(await find_task(session, task_id), await steps_of(session, task_id))

    async def tasks(
        self, principal: Principal, *, status: TaskStatus | None = None, limit: int = 50
    ) -> list[TaskReport]:
        """The newest tasks: a manager's are all, anybody else's their own."""
        owner = None if principal.role is Role.MANAGER else principal.key_id
        async with self.services.database.reading() as session:
            found = [
                each
                for each in await list_tasks(session, owner=owner, status=status, limit=limit)
                if is_theirs(each, principal)
            ]
            steps = await steps_of_tasks(session, [each.id for each in found])
        return [task_report(each, steps[each.id]) for each in found]

    async def _theirs(self, task_id: str, principal: Principal) -> StoredTask:
        async with self.services.database.reading() as session:
            task = await find_task(session, task_id)
        if not is_theirs(task, principal):
            raise NotFound(f"there is no task {task_id!r}; `innkeeper tasks list` shows the last ones")
        return task


def is_theirs(task: StoredTask, principal: Principal) -> bool:
    """Whether a principal may see a task: the own ones, and a manager all."""
    return principal.role is Role.MANAGER or principal.may_be(task.principal)


@asynccontextmanager
async def open_executor(
    settings: Settings,
    database: Database | None = None,
    *,
    gateway: "ModelGateway | None" = None,
    runners: Mapping[ActionName, Runner] | None = None,
) -> AsyncIterator[TaskExecutor]:
    """An executor and what it needs, for as long as the block lasts; arguments as of `services.open_services`."""
    async with open_services(settings, database, gateway=gateway, runners=runners) as services:
        yield TaskExecutor(services)
