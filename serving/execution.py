"""`execute/task`, `execute/tasks` and `execute/task/{task_id}`: tasks in plain words, and decisions about them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response

from innkeeper.engine.text import clean
from innkeeper.schemas.access import Principal
from innkeeper.schemas.errors import Conflict, NotAllowed, NotConfigured, NotFound
from innkeeper.schemas.outbox import Decision
from innkeeper.schemas.plans import Instruction, TaskReport, TaskStatus
from innkeeper.schemas.tasks import Submitted
from innkeeper.serving.execution_payloads import (
    AnswerRequest,
    TaskAnswer,
    TaskDecision,
    TaskList,
    TaskRequest,
    to_answer,
)
from innkeeper.serving.guard import DESCRIBED_KEYS, BodylessRoute, Caller, GuardedRoute
from innkeeper.serving.openapi import problem_responses
from innkeeper.serving.problems import Problem
from innkeeper.serving.services import services_of
from innkeeper.serving.task_work import TaskWork

REPLAYED = "Idempotent-Replayed"
RETRY_AFTER_S = 2.0
_TASK_ID = re.compile(r"TASK-[A-Za-z0-9]{1,35}")
_POSTED = problem_responses(400, 404, 408, 409, 413, 415, 422)

TaskId = Annotated[str, Path(max_length=200, description="TASK-…")]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Two requests with one key are one task: the second one gets the first one's answer.",
    ),
]

api = APIRouter(
    prefix="/execute",
    tags=["execute"],
    route_class=GuardedRoute,
    dependencies=DESCRIBED_KEYS,
    responses=problem_responses(401, 429, 500, 503),
)
decisions_api = APIRouter(
    prefix="/execute",
    tags=["execute"],
    route_class=BodylessRoute,
    dependencies=DESCRIBED_KEYS,
    responses=problem_responses(401, 429, 500, 503),
)


@api.post(
    "/task",
    operation_id="execute_task",
    responses={
        **problem_responses(400, 408, 409, 413, 415, 422),
        200: {"headers": {REPLAYED: {"description": "`true`: an earlier answer.", "schema": {"type": "string"}}}},
    },
)
async def execute(
    body: TaskRequest, request: Request, response: Response, caller: Caller, idempotency_key: Key = None
) -> TaskAnswer:
    """
    Carry out what an instruction asks for, step by step; or ask, refuse, or wait for a manager.

    A task that takes longer than 20 s is told as `running`: look at it again. A client that goes away stops nothing.
    """
    work = services_of(request).tasks
    async with _told():
        submitted = await _submitted(work, body, caller.acting_as(body.role, body.user_id), idempotency_key)
        task = submitted.task
        if not submitted.is_new:
            response.headers[REPLAYED] = "true"
            if task.status is not TaskStatus.RUNNING:
                return to_answer(await work.executor.report(task.id))
            if await work.is_under_way(task.id):
                raise Problem(409, f"{task.id} with this Idempotency-Key is under way; ask again in a moment.")
        return to_answer(await work.within(task.id, work.executor.execute(task.id)))


@api.get("/tasks", operation_id="list_tasks", responses=problem_responses(422))
async def list_tasks(
    request: Request,
    caller: Caller,
    status: Annotated[TaskStatus | None, Query(description="Only these.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TaskList:
    """The newest tasks: all of them for managers, for others their own."""
    async with _told():
        found = await services_of(request).tasks.executor.tasks(caller, status=status, limit=limit)
    return TaskList(tasks=[to_answer(each) for each in found])


@api.get("/task/{task_id}", operation_id="read_task", responses=problem_responses(404, 422))
async def read_task(task_id: TaskId, request: Request, caller: Caller) -> TaskAnswer:
    """A task with its steps, as far as it is."""
    async with _told():
        return to_answer(await services_of(request).tasks.executor.report(_known(task_id), caller))


@api.post("/task/{task_id}/answer", operation_id="answer_task", responses=_POSTED)
async def answer_task(task_id: TaskId, body: AnswerRequest, request: Request, caller: Caller) -> TaskAnswer:
    """Answer a task's question; it goes on."""
    work = services_of(request).tasks
    async with _told():
        known = await _seen(work, task_id, caller)
        return to_answer(await work.within(known, work.executor.answer(known, clean(body.answer).strip(), caller)))


@decisions_api.post("/task/{task_id}/approve", operation_id="approve_task", responses=_POSTED | problem_responses(403))
async def approve_task(
    task_id: TaskId, request: Request, caller: Caller, body: TaskDecision | None = None
) -> TaskAnswer:
    """Let a task that waits go on: a manager's decision, and never about the own task."""
    return await _decided(task_id, Decision.APPROVED, request, caller, body)


@decisions_api.post("/task/{task_id}/reject", operation_id="reject_task", responses=_POSTED | problem_responses(403))
async def reject_task(
    task_id: TaskId, request: Request, caller: Caller, body: TaskDecision | None = None
) -> TaskAnswer:
    """Stop a task that waits; what it has done is undone where that can be."""
    return await _decided(task_id, Decision.REJECTED, request, caller, body)


@decisions_api.post("/task/{task_id}/cancel", operation_id="cancel_task", responses=_POSTED)
async def cancel_task(
    task_id: TaskId, request: Request, caller: Caller, _body: TaskDecision | None = None
) -> TaskAnswer:
    """Call off what a task has not begun; a step that is under way comes to its end, and nothing is undone."""
    work = services_of(request).tasks
    async with _told():
        known = await _seen(work, task_id, caller)
        return to_answer(await work.within(known, work.executor.cancel(known, caller)))


async def _submitted(work: TaskWork, body: TaskRequest, principal: Principal, key: str | None) -> Submitted:
    from innkeeper.tasks.execution.askers import asking_guest, hotel_day

    services = work.executor.services
    asked = Instruction(
        text=clean(body.instruction).strip(), context=body.context or {}, today=body.today or await hotel_day(services)
    )
    principal = await asking_guest(services, principal, asked)
    try:
        return await work.executor.submit(asked, principal, idempotency_key=key, dry_run=body.dry_run)
    except Conflict as error:
        raise Problem(422, f"{str(error).capitalize()}.") from None


async def _decided(
    task_id: str, decision: Decision, request: Request, caller: Principal, body: TaskDecision | None
) -> TaskAnswer:
    work = services_of(request).tasks
    comment = body.comment if body else ""
    async with _told():
        known = await _seen(work, task_id, caller)
        deciding = work.executor.decide(known, decision, caller, comment=comment or None)
        return to_answer(await work.within(known, deciding))


def _known(task_id: str) -> str:
    if not _TASK_ID.fullmatch(task_id):
        raise Problem(404, "There is no such task.")
    return task_id


async def _seen(work: TaskWork, task_id: str, caller: Principal) -> str:
    """The id of a task that the caller may see; before anything is done about it."""
    report: TaskReport = await work.executor.report(_known(task_id), caller)
    return report.task_id


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """What the tasks say, as a problem; the same for a task that there is not and for somebody else's."""
    try:
        yield
    except NotFound:
        raise Problem(404, "There is no such task.") from None
    except NotAllowed as error:
        raise Problem(403, str(error)) from None
    except Conflict as error:
        raise Problem(409, f"{error}.", retry_after_s=RETRY_AFTER_S) from None
    except NotConfigured as error:
        raise Problem(503, f"{error}.", retry_after_s=60) from None
