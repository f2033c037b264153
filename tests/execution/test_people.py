"""Where a person is needed: questions, approvals, cancelling; and who may."""

import datetime as dt

import pytest
from sqlalchemy import update
from tests.execution.conftest import DESK, MANAGER, Office

from innkeeper.blocks.database.outbox import list_messages
from innkeeper.blocks.database.outbox_models import ApprovalRow
from innkeeper.blocks.database.work_orders import open_orders
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.errors import Conflict, NotAllowed, NotFound
from innkeeper.schemas.outbox import Decision
from innkeeper.schemas.plans import StepStatus, TaskStatus
from innkeeper.tasks.execution.approval import WAITS_FOR, expire_approvals

GENEROUS = "Apologise to Daniel Whitaker by email for the noise and offer him two free nights"
SEVERAL = "Gửi thư xin lỗi cho chị Ngọc vì ồn"


async def test_several_bookings_lead_to_a_question_and_the_answer_goes_on(office: Office) -> None:
    report = await office.run(SEVERAL)
    assert report.overall_status is TaskStatus.NEEDS_CLARIFICATION
    assert report.clarification is not None
    options = report.clarification.options
    assert len(options) > 1
    chosen = next(each for each in options if "101" in each)
    done = await office.executor.answer(report.task_id, chosen, DESK)
    assert done.overall_status is TaskStatus.COMPLETED
    async with office.database.reading() as session:
        (mail,) = await list_messages(session)
    assert done.results["booking_id"] in chosen
    assert "Ngọc" in mail.body


@pytest.mark.parametrize("answer", ["2", "phòng 101", "BK-2025-0116-001", "Trần Thị Bích Ngọc"])
async def test_an_answer_names_a_booking_in_several_ways(office: Office, answer: str) -> None:
    report = await office.run(SEVERAL)
    done = await office.executor.answer(report.task_id, answer, DESK)
    assert done.results["booking_id"] == "BK-2025-0116-001"


async def test_an_answer_that_names_nobody_is_asked_again(office: Office) -> None:
    report = await office.run(SEVERAL)
    again = await office.executor.answer(report.task_id, "Zebulon Quixote", DESK)
    assert again.overall_status is TaskStatus.NEEDS_CLARIFICATION
    async with office.database.reading() as session:
        assert await list_messages(session) == []


async def test_a_missing_room_is_asked_for_and_planned_with(office: Office) -> None:
    report = await office.run("wake up call at 6:30 tomorrow morning please")
    assert report.overall_status is TaskStatus.NEEDS_CLARIFICATION
    done = await office.executor.answer(report.task_id, "room 501", DESK)
    assert done.overall_status is TaskStatus.COMPLETED
    assert done.results["wake_up_at"] == "2025-01-18T06:30:00+07:00"


async def test_a_room_that_there_is_not_is_replaced_by_the_answer(office: Office) -> None:
    report = await office.run("mark room 2033 clean")
    assert report.overall_status is TaskStatus.NEEDS_CLARIFICATION
    done = await office.executor.answer(report.task_id, "203", DESK)
    assert done.results["room_status"] == "clean"


async def test_an_offer_above_the_limit_waits_before_anything_is_written(office: Office) -> None:
    report = await office.run(GENEROUS)
    assert report.overall_status is TaskStatus.NEEDS_APPROVAL
    assert [each.status for each in report.execution_plan][1:] == [StepStatus.PLANNED, StepStatus.WAITING]
    assert any("two free nights" in line for line in report.preview)
    done = await office.executor.decide(report.task_id, Decision.APPROVED, MANAGER, comment="once")
    assert done.overall_status is TaskStatus.COMPLETED
    again = await office.executor.decide(report.task_id, Decision.APPROVED, MANAGER)
    assert again.overall_status is TaskStatus.COMPLETED
    async with office.database.reading() as session:
        assert len(await list_messages(session)) == 1


async def test_what_is_rejected_is_not_done_and_what_was_done_before_is_undone(office: Office) -> None:
    report = await office.run(GENEROUS)
    done = await office.executor.decide(report.task_id, Decision.REJECTED, MANAGER)
    assert done.overall_status is TaskStatus.REFUSED
    async with office.database.reading() as session:
        assert await list_messages(session) == []
    with pytest.raises(Conflict, match="already rejected"):
        await office.executor.decide(report.task_id, Decision.APPROVED, MANAGER)


async def test_nobody_decides_about_the_own_task_and_only_managers_decide(office: Office) -> None:
    report = await office.run("reindex the knowledge base please")
    assert report.overall_status is TaskStatus.NEEDS_APPROVAL
    with pytest.raises(NotAllowed, match="Only a manager"):
        await office.executor.decide(report.task_id, Decision.APPROVED, DESK)
    same_person = Principal(key_id="3", name="desk", role=Role.MANAGER)
    with pytest.raises(NotAllowed, match="same principal"):
        await office.executor.decide(report.task_id, Decision.APPROVED, same_person)


async def test_what_nobody_decides_about_within_a_day_is_rejected(office: Office) -> None:
    report = await office.run(GENEROUS)
    asked_at = dt.datetime.now(dt.UTC) - WAITS_FOR - dt.timedelta(minutes=1)
    async with office.database.writing() as session:
        await session.execute(update(ApprovalRow).values(requested_at=asked_at))
    with pytest.raises(Conflict, match="longer than a day"):
        await office.executor.decide(report.task_id, Decision.APPROVED, MANAGER)
    assert await expire_approvals(office.database) == [report.task_id]
    done = await office.executor.execute(report.task_id)
    assert done.overall_status is TaskStatus.REFUSED


async def test_a_cancelled_task_does_nothing_more(office: Office) -> None:
    report = await office.run(GENEROUS)
    done = await office.executor.cancel(report.task_id, DESK)
    assert done.overall_status is TaskStatus.CANCELLED
    assert done.execution_plan[-1].status is StepStatus.CANCELLED
    with pytest.raises(Conflict):
        await office.executor.decide(report.task_id, Decision.APPROVED, MANAGER)
    finished = await office.run("send two towels to 305")
    with pytest.raises(Conflict, match="has ended"):
        await office.executor.cancel(finished.task_id, DESK)


async def test_one_idempotency_key_is_one_task(office: Office) -> None:
    first = await office.run("send two towels to 305", idempotency_key="k-1")
    second = await office.run("send two towels to 305", idempotency_key="k-1")
    assert second == first
    with pytest.raises(Conflict, match="another task"):
        await office.run("send three towels to 305", idempotency_key="k-1")
    async with office.database.reading() as session:
        assert len(await open_orders(session)) == 1


async def test_a_task_is_seen_by_whoever_asked_and_by_managers(office: Office) -> None:
    report = await office.run("send two towels to 305")
    stranger = Principal(key_id="8", name="other desk", role=Role.RECEPTIONIST)
    with pytest.raises(NotFound):
        await office.executor.report(report.task_id, stranger)
    assert await office.executor.tasks(stranger) == []
    assert [each.task_id for each in await office.executor.tasks(MANAGER)] == [report.task_id]
    assert (await office.executor.report(report.task_id, DESK)).task_id == report.task_id
