"""Actions that give work or notices to teams: rows of the work orders, in the transaction that notes the result."""

import datetime as dt
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.work_orders import change_order, find_order, orders_of_messages, write_work_orders
from innkeeper.schemas.access import Role
from innkeeper.schemas.actions import (
    ActionName,
    AssignStaffArguments,
    CreateWorkOrderArguments,
    NotifyDepartmentArguments,
)
from innkeeper.schemas.errors import Conflict, InputInvalid, NotFound
from innkeeper.schemas.routing import RequestedItem, StructuredRequest
from innkeeper.schemas.taxonomy import Priority, Taxonomy
from innkeeper.schemas.work_orders import StoredWorkOrder, WorkOrder, WorkOrderStatus
from innkeeper.tasks.assistant.bookings import own_live_stays
from innkeeper.tasks.execution.job import Done, Job

NOTICE = "notice"  # subcategory of what a department is only told
ORDER, ORDER_BEFORE = "work_order", "work_order_before"  # in `StoredStep.kept`
OPEN = (WorkOrderStatus.OPEN, WorkOrderStatus.ASSIGNED)
_NOTICE_WORKFLOW = "WF_NOTICE_000"
_MAX_ITEM_CHARS = 100


async def create_work_order(job: Job, session: AsyncSession) -> Done:
    """Write a work order for the team whose work it is; raises `InputInvalid` for work that the taxonomy lacks."""
    asked = cast(CreateWorkOrderArguments, job.arguments)
    taxonomy = job.services.router.taxonomy
    category = taxonomy.categories.get(asked.category)
    kind = None if category is None else category.subcategories.get(asked.subcategory)
    if category is None or kind is None:
        raise InputInvalid(f"the hotel has no work {asked.category}.{asked.subcategory}")
    priority, room = asked.priority or kind.default_priority, asked.room_number or await _own_room(job)
    order = WorkOrder(
        message_id=job.stored.key,
        subcategory=asked.subcategory,
        category=asked.category,
        team=kind.team or category.team,
        workflow_id=kind.workflow_id,
        priority=priority,
        room_number=room,
        details=StructuredRequest(
            type=kind.request_type or asked.subcategory,
            room_number=room,
            items=tuple(
                RequestedItem(item=name[:_MAX_ITEM_CHARS], quantity=max(0, min(count, 10_000)))
                for name, count in asked.items.items()
            )
            or None,
            issue=asked.description,
            urgency=priority.urgency,
        ),
        confidence=1.0,
        batch_id=job.task.id,
        due_at=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=kind.sla_minutes),
    )
    stored = await _written(session, order)
    facts = {"work_order_id": stored.id, "team": stored.team, "category": stored.category}
    return Done(facts, {ORDER: stored.id})


async def _own_room(job: Job) -> str | None:
    """The room of a guest who names none."""
    if job.task.principal.role is not Role.GUEST:
        return None
    async with job.desk.books() as books:
        stays = await own_live_stays(job.desk, books)
    return stays[0].facts.room_number if len(stays) == 1 else None


async def notify_department(job: Job, session: AsyncSession) -> Done:
    """Tell a department something: a notice among its work orders, which its screens and lists show."""
    asked = cast(NotifyDepartmentArguments, job.arguments)
    stored = await write_notice(
        session,
        job.services.router.taxonomy,
        key=job.stored.key,
        batch=job.task.id,
        department=asked.department,
        message=asked.message,
        room_number=asked.room_number or await _own_room(job),
        priority=asked.priority,
    )
    return Done({"notified": True, "department": asked.department, "notice_id": stored.id}, {ORDER: stored.id})


async def write_notice(
    session: AsyncSession,
    taxonomy: Taxonomy,
    *,
    key: str,
    batch: str,
    department: str,
    message: str,
    room_number: str | None = None,
    priority: Priority | None = None,
) -> StoredWorkOrder:
    """
    Write a notice to a department, once for each key.

    Args:
        session: From `Database.writing()`.
        taxonomy: Knows the teams.
        key: Two calls with one key are one notice.
        batch: The task.
        department: A category or a team of the taxonomy, or `management`, `security`, `it`.
        message: What they are told.
        room_number: Which room it is about.
        priority: Medium when absent.
    """
    category = taxonomy.categories.get(department)
    level = priority or Priority.MEDIUM
    order = WorkOrder(
        message_id=key,
        subcategory=NOTICE,
        category=department,
        team=category.team if category else department,
        workflow_id=_NOTICE_WORKFLOW,
        priority=level,
        room_number=room_number,
        details=StructuredRequest(type=NOTICE, room_number=room_number, issue=message, urgency=level.urgency),
        confidence=1.0,
        batch_id=batch,
    )
    return await _written(session, order)


async def _written(session: AsyncSession, order: WorkOrder) -> StoredWorkOrder:
    written = await write_work_orders(session, [order])
    found = written or await orders_of_messages(session, [order.message_id])
    return found[0]


async def assign_staff(job: Job, session: AsyncSession) -> Done:
    """
    Hand a work order to a team or a person.

    Raises:
        NotFound: There is no such work order.
        Conflict: It is done or cancelled.
    """
    asked = cast(AssignStaffArguments, job.arguments)
    order_id = asked.work_order_id
    if order_id is None and asked.work_order is not None:
        order_id = job.earlier[asked.work_order].kept.get(ORDER)
    if order_id is None:
        raise NotFound("there is no work order that could be handed to somebody")
    before = await find_order(session, order_id)
    changed = await change_order(
        session,
        order_id,
        before=OPEN,
        status=WorkOrderStatus.ASSIGNED,
        assignee=asked.assignee,
        assigned_at=dt.datetime.now(dt.UTC),
    )
    if changed is None:
        raise Conflict(f"work order {order_id} is {before.status} and cannot be handed to anybody")
    was: dict[str, Any] = {"status": before.status.value, "assignee": before.assignee}
    was["assigned_at"] = before.assigned_at and before.assigned_at.isoformat()
    facts = {"assigned": True, "assignee": asked.assignee, "work_order_id": order_id}
    return Done(facts, {ORDER: order_id, ORDER_BEFORE: was})


WORK = {
    ActionName.CREATE_WORK_ORDER: create_work_order,
    ActionName.NOTIFY_DEPARTMENT: notify_department,
    ActionName.ASSIGN_STAFF: assign_staff,
}
