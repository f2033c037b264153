"""Tasks that this process carries out: a request waits for its task for a while, and the task goes on without it."""

import asyncio
import datetime as dt
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from innkeeper.blocks import metrics
from innkeeper.blocks.database.tasks import abandoned_tasks, is_held
from innkeeper.schemas.errors import Conflict, InnkeeperError
from innkeeper.schemas.plans import TaskReport, TaskStatus
from innkeeper.serving.failures import log_failure

if TYPE_CHECKING:  # Prefect
    from innkeeper.tasks.execution.executor import TaskExecutor
    from innkeeper.tasks.recording import Recorder

WAIT_S = 20.0  # longer than nearly every task; then its state is told, and the client asks again
CLOSING_S = 10.0

logger = logging.getLogger("innkeeper.serving")


class TaskWork:
    """
    The executor of this process, and what it carries out just now.

    Args:
        executor: Stays the caller's to close, after this.
        recorder: Shows tasks that have come to rest in Prefect; none where no Prefect server is named.
        wait_s: How long a request waits for its task.
    """

    def __init__(self, executor: "TaskExecutor", recorder: "Recorder | None" = None, *, wait_s: float = WAIT_S) -> None:
        self.executor = executor
        self._recorder = recorder
        self._wait_s = wait_s
        self._running: set[asyncio.Task[TaskReport]] = set()
        self._taking_up: asyncio.Task[None] | None = None

    async def within(self, task_id: str, work: Coroutine[None, None, TaskReport]) -> TaskReport:
        """
        What `work` on a task gives, or the task as it is when that takes too long; the work goes on all the same.

        Raises:
            InnkeeperError: What the work raises.
        """
        going_on = asyncio.create_task(self._rested(work), name=task_id)
        self._running.add(going_on)
        going_on.add_done_callback(self._ended)
        done, _ = await asyncio.wait({going_on}, timeout=self._wait_s)
        return going_on.result() if done else await self.executor.report(task_id)

    async def is_under_way(self, task_id: str) -> bool:
        """Whether somebody, here or elsewhere, carries the task out just now."""
        async with self.executor.services.database.reading() as session:
            return await is_held(session, task_id, dt.datetime.now(dt.UTC))

    def take_up_abandoned(self) -> None:
        """Carry on, beside everything else, what a process that is no more has left half done."""
        self._taking_up = asyncio.create_task(self._take_up(), name="innkeeper-abandoned-tasks")

    async def _take_up(self) -> None:
        try:
            async with self.executor.services.database.reading() as session:
                left = await abandoned_tasks(session, dt.datetime.now(dt.UTC))
            for task_id in left:
                await self._rested(self.executor.execute(task_id))
        except Conflict:
            logger.info("a task that was left is carried on by another process")
        except Exception as error:  # the next start, or the next look at the task, tries again
            log_failure(error)

    async def aclose(self) -> None:
        """Let what is under way come to rest for a moment; what does not is taken up at the next start."""
        under_way: set[asyncio.Task[Any]] = {*self._running, *({self._taking_up} if self._taking_up else ())}
        if under_way:
            await asyncio.wait(under_way, timeout=CLOSING_S)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _rested(self, work: Coroutine[None, None, TaskReport]) -> TaskReport:
        report = await work
        if report.overall_status is TaskStatus.RUNNING:  # a flow run that was suspended for it carries it on
            return report
        metrics.task_rested(report.overall_status.value)
        if self._recorder is not None:
            from innkeeper.tasks.execution.showing import RecordedTask, show_approval

            if report.overall_status is TaskStatus.NEEDS_APPROVAL:
                await show_approval(report)
            else:
                self._recorder.record(RecordedTask(report, dt.datetime.now(dt.UTC)))
        return report

    def _ended(self, task: "asyncio.Task[TaskReport]") -> None:
        """Log what went wrong where nobody waits any more; `InnkeeperError` is told to whoever does."""
        self._running.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception) and not isinstance(error, InnkeeperError):
            log_failure(error)
