"""Tasks carried out on the sample hotel: conditions, what goes out, what is left out, what is undone."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.execution.conftest import DESK, MANAGER, Office

from innkeeper.blocks.database.models import AuditEntry, Room
from innkeeper.blocks.database.outbox import list_messages
from innkeeper.blocks.database.timed_actions import list_timed_actions
from innkeeper.blocks.database.work_orders import open_orders
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.actions import TimedActionStatus
from innkeeper.schemas.plans import StepStatus, TaskReport, TaskStatus
from innkeeper.tasks.execution.compensation import undo_task

APOLOGY = {
    "action": "generate_apology",
    "arguments": {"kind": "apology", "room_number": "501", "variables": {"issue": "The lift stood still"}},
}
CLEAN_203 = {"action": "update_room_status", "arguments": {"room_number": "203", "status": "clean"}}
TOWELS: dict[str, Any] = {
    "action": "create_work_order",
    "arguments": {
        "category": "housekeeping",
        "subcategory": "amenity_request",
        "room_number": "203",
        "description": "two towels",
        "items": {"towel": 2},
    },
}
NO_SUCH_ROOM = {"action": "update_room_status", "arguments": {"room_number": "9999", "status": "dirty"}}
CALL = {"action": "schedule_wake_up_call", "arguments": {"room_number": "501", "at": "2025-01-18T06:00:00+07:00"}}


def states(report: TaskReport) -> list[str]:
    return [each.status.value for each in report.execution_plan]


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def room(office: Office, number: str) -> tuple[str, bool]:
    async with office.database.reading() as session:
        found = (await session.scalars(select(Room).where(Room.number == number))).one()
        return found.status, found.ready_for_guest


async def test_a_room_that_is_ready_is_told_to_its_guest(office: Office, settings: Settings) -> None:
    report = await office.run(
        "Check if room 101 is clean and ready, then send the apology for the noise to the guest of 501"
    )
    assert report.overall_status is TaskStatus.COMPLETED
    assert report.results["email_sent"] is True
    async with office.database.reading() as session:
        (mail,) = await list_messages(session)
    assert mail.id == report.results["email_id"]
    assert mail.created_by == "key:3"
    assert mail.id in {each.stem for each in files_in(settings.home / "outbox")}


async def test_a_guest_hears_nothing_of_a_room_that_is_not_ready_and_housekeeping_is_told(office: Office) -> None:
    report = await office.run("Send the check-in instructions to the guest of 203")
    assert report.overall_status is TaskStatus.COMPLETED
    assert states(report)[-2:] == ["skipped", "skipped"]
    async with office.database.reading() as session:
        assert await list_messages(session) == []
        (notice,) = await open_orders(session)
    assert (notice.team, notice.subcategory) == ("housekeeping_team", "notice")
    assert "203" in report.execution_summary


async def test_a_later_failure_undoes_what_was_done_in_reverse_order(office: Office) -> None:
    report = await office.carry_out(CLEAN_203, TOWELS, CALL, APOLOGY, NO_SUCH_ROOM)
    assert report.overall_status is TaskStatus.FAILED
    assert states(report) == ["compensated"] * 4 + ["failed"]
    assert await room(office, "203") == ("dirty", False)
    async with office.database.reading() as session:
        assert await open_orders(session) == []
        assert [each.status for each in await list_timed_actions(session)] == [TimedActionStatus.CANCELLED]
        query = select(AuditEntry).where(AuditEntry.action == "task.step.undone").order_by(AuditEntry.id)
        assert [each.details["step"] for each in await session.scalars(query)] == [4, 3, 2, 1]
    assert "9999" in (report.execution_plan[-1].problem or "")


async def test_what_left_the_hotel_stays_and_is_said(office: Office) -> None:
    send = {"action": "send_email", "arguments": {"draft": 1}, "depends_on": [1]}
    report = await office.carry_out(APOLOGY, send, NO_SUCH_ROOM)
    assert states(report) == ["compensated", "completed", "failed"]
    async with office.database.reading() as session:
        assert len(await list_messages(session)) == 1


async def test_a_room_that_somebody_changed_since_is_not_put_back(office: Office) -> None:
    task_id = await office.store(CLEAN_203, NO_SUCH_ROOM)

    async def changed_before(*args: Any) -> None:
        async with office.database.writing() as session:
            found = (await session.scalars(select(Room).where(Room.number == "203"))).one()
            found.status = "occupied"
        await undo_task(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("innkeeper.tasks.execution.carrying.undo_task", changed_before)
        report = await office.executor.execute(task_id)
    assert states(report) == ["completed", "failed"]
    assert (await room(office, "203"))[0] == "occupied"
    assert "changed" in (report.execution_plan[0].problem or "")


async def test_a_question_that_nothing_rests_on_may_fail_without_harm_to_the_rest(office: Office) -> None:
    price = {"action": "get_current_pricing", "arguments": {"room_type": "igloo"}}
    report = await office.carry_out(TOWELS, price)
    assert report.overall_status is TaskStatus.FAILED
    assert states(report) == ["completed", "failed"]
    async with office.database.reading() as session:
        assert len(await open_orders(session)) == 1


async def test_a_step_is_skipped_when_what_it_takes_was_skipped(office: Office) -> None:
    look = {"action": "get_room_status", "arguments": {"room_number": "203"}}
    when = [{"step": 1, "fact": "ready_for_guest", "value": True}]
    write = {**APOLOGY, "depends_on": [1], "when": when}
    send = {"action": "send_email", "arguments": {"draft": 2}, "depends_on": [2]}
    tell = {
        "action": "notify_department",
        "arguments": {"department": "housekeeping", "message": "203 please"},
        "when": [{"step": 1, "fact": "ready_for_guest", "value": False}],
        "depends_on": [1, 3],
    }
    report = await office.carry_out(look, write, send, tell)
    assert states(report) == ["completed", "skipped", "skipped", "completed"]


async def test_an_order_is_handed_to_a_colleague_and_taken_back(office: Office) -> None:
    assign = {"action": "assign_staff", "arguments": {"work_order": 1, "assignee": "Lan"}, "depends_on": [1]}
    report = await office.carry_out(TOWELS, assign)
    async with office.database.reading() as session:
        assert await open_orders(session) == []
    assert report.results["assignee"] == "Lan"
    failed = await office.carry_out(TOWELS, assign, NO_SUCH_ROOM)
    assert states(failed) == ["compensated", "compensated", "failed"]


async def test_a_housekeeper_is_shown_no_name_and_no_address(office: Office) -> None:
    housekeeper = Principal(key_id="7", name="Lan", role=Role.HOUSEKEEPING)
    look = {"action": "lookup_booking", "arguments": {"room_number": "501"}}
    report = await office.carry_out(look, principal=housekeeper)
    assert report.execution_plan[0].status is StepStatus.COMPLETED
    assert not {"guest_name", "email", "phone", "booking_id"} & set(report.execution_plan[0].result)


async def test_a_guest_may_not_order_for_another_room(office: Office) -> None:
    guest = Principal(key_id="9", name="app", role=Role.GUEST, guest="BK-2025-0110-001")
    report = await office.run("please send two towels to room 203", guest)
    assert report.overall_status is TaskStatus.REFUSED
    async with office.database.reading() as session:
        assert await open_orders(session) == []


async def test_a_guest_who_names_no_room_means_the_own_one(office: Office) -> None:
    guest = Principal(key_id="9", name="app", role=Role.GUEST, guest="BK-2025-0110-001")
    report = await office.carry_out(
        {**TOWELS, "arguments": {**TOWELS["arguments"], "room_number": None}}, principal=guest
    )
    assert report.overall_status is TaskStatus.COMPLETED
    async with office.database.reading() as session:
        assert [each.room_number for each in await open_orders(session)] == ["501"]


async def test_a_dry_run_does_nothing_and_says_what_it_would_do(office: Office) -> None:
    report = await office.run("mark room 203 clean and send two towels to 305", MANAGER, dry_run=True)
    assert report.overall_status is TaskStatus.PLANNED
    assert len(report.preview) == len(report.execution_plan) == 2
    again = await office.executor.execute(report.task_id)
    assert again.overall_status is TaskStatus.PLANNED
    assert (await room(office, "203"))[0] == "dirty"
    async with office.database.reading() as session:
        assert await open_orders(session) == []


async def test_what_was_asked_stands_nowhere_in_the_audit_log(office: Office) -> None:
    await office.run("Email Daniel Whitaker an apology for the noise", DESK)
    async with office.database.reading() as session:
        noted = [f"{each.action} {each.subject} {each.details}" for each in await session.scalars(select(AuditEntry))]
    assert any("task.send_email" in each for each in noted)
    assert not any("Whitaker" in each or "@example.com" in each for each in noted)
