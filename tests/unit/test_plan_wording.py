"""Previews and summaries: made of facts only, in the instruction's language, and for the eyes of whoever reads."""

import datetime as dt
import string
from importlib.resources import files
from typing import Any

import pytest
import yaml

from innkeeper.engine.planning.validation import StepApproval, check_plan
from innkeeper.engine.planning.wording import StepOutcome, Telling, preview_lines, summary
from innkeeper.engine.planning.wording_names import masked
from innkeeper.engine.planning.wording_questions import no_booking, which_address, which_booking
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.hotel import BookingStatus
from innkeeper.schemas.plans import Clarification, Instruction, Plan, Refusal, StepStatus, TaskStatus
from innkeeper.schemas.tools import BookingFacts

TODAY = dt.date(2026, 3, 2)
READY = {"step": 2, "fact": "ready_for_guest"}
NOT_READY = {"step": 2, "fact": "ready_for_guest", "value": False}
BOOKING = {"from_step": 3, "fact": "booking_id"}
DONE, SKIPPED, FAILED = StepStatus.COMPLETED, StepStatus.SKIPPED, StepStatus.FAILED
UNDONE, PLANNED = StepStatus.COMPENSATED, StepStatus.PLANNED


def plan(language: str, *steps: tuple[Any, ...]) -> Plan:
    made = Plan.model_validate(
        {
            "language": language,
            "steps": [
                {"step": number, "action": step[0], "arguments": step[1], "when": step[2] if len(step) > 2 else []}
                for number, step in enumerate(steps, 1)
            ],
        }
    )
    somebody = Principal(key_id="k", name="Somebody", role=Role.MANAGER)
    return check_plan(made, principal=somebody, instruction=Instruction(text="do it", today=TODAY)).plan


def outcomes(*statuses: StepStatus, problem: str | None = None, told: str | None = None) -> list[StepOutcome]:
    return [
        StepOutcome(
            number, status, problem if status in {FAILED, SKIPPED} else None, told if status is SKIPPED else None
        )
        for number, status in enumerate(statuses, 1)
    ]


def checkin(language: str) -> Plan:
    return plan(
        language,
        ("get_room_status", {"room_number": "11"}),
        ("verify_room_ready", {"room_number": "11"}),
        ("lookup_booking", {"room_number": "11"}),
        ("generate_email", {"booking_id": BOOKING}, [READY]),
        ("send_email", {"draft": 4}, [READY]),
        ("notify_department", {"department": "housekeeping", "message": "Room 11, please."}, [NOT_READY]),
    )


STAY = {"found": True, "total": 1, "booking_id": "B-7", "guest_name": "Ann Lee", "room_number": "11"}
ALL_WELL: dict[int, dict[str, Any]] = {
    1: {"room_number": "11", "status": "clean", "ready_for_guest": True},
    2: {"ready_for_guest": True, "status": "clean"},
    3: STAY,
    4: {"draft_id": "D-1"},
    5: {"sent": True, "recipient": "ann.lee@example.com", "status": "sent"},
}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            "Successfully verified room 11 is clean and ready. "
            "Check-in confirmation email has been sent to ann.lee@example.com.",
        ),
        (
            "vi",
            "Đã kiểm tra: phòng 11 đã dọn sạch và sẵn sàng đón khách. "
            "Đã gửi email xác nhận nhận phòng tới ann.lee@example.com.",
        ),
    ],
)
def test_a_finished_task_is_told_as_the_specification_tells_it(language: str, expected: str) -> None:
    telling = Telling(checkin(language), Role.RECEPTIONIST, TODAY, ALL_WELL)
    assert summary(telling, outcomes(DONE, DONE, DONE, DONE, DONE, SKIPPED), TaskStatus.COMPLETED) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Room 11 is not ready (dirty), so no e-mail was sent; housekeeping was told."),
        ("vi", "Phòng 11 chưa sẵn sàng (bẩn, chưa dọn) nên chưa gửi e-mail; đã báo bộ phận Buồng phòng."),
    ],
)
def test_what_was_left_out_is_told_with_its_reason_and_what_was_done_instead(language: str, expected: str) -> None:
    facts: dict[int, dict[str, Any]] = {
        1: {"room_number": "11", "status": "dirty", "ready_for_guest": False},
        2: {"ready_for_guest": False, "status": "dirty"},
        3: STAY,
        6: {"notified": True, "department": "housekeeping"},
    }
    telling = Telling(checkin(language), Role.RECEPTIONIST, TODAY, facts)
    assert summary(telling, outcomes(DONE, DONE, DONE, SKIPPED, SKIPPED, DONE), TaskStatus.COMPLETED) == expected


def test_an_address_and_a_name_are_shown_only_to_roles_that_may_see_them() -> None:
    for role, address in ((Role.RECEPTIONIST, "ann.lee@example.com"), (Role.HOUSEKEEPING, "a…@example.com")):
        telling = Telling(checkin("en"), role, TODAY, ALL_WELL)
        text = summary(telling, outcomes(DONE, DONE, DONE, DONE, DONE, SKIPPED), TaskStatus.COMPLETED)
        assert text.endswith(f"sent to {address}.")
        assert ("Ann Lee" in preview_lines(telling)[4]) is (role is Role.RECEPTIONIST)
    assert (masked("x@y.z"), masked("nothing"), masked("@y.z")) == ("x…@y.z", "…", "…")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"sent": True, "status": "sent"}, "The apology has been sent to Ann Lee (ann@example.com)."),
        ({"sent": True, "status": "written"}, "The apology has been sent to Ann Lee (ann@example.com)."),
        ({"sent": False, "status": "waiting"}, "The apology to Ann Lee (ann@example.com) will be sent in a moment."),
        ({"sent": False, "status": "failed"}, "The apology to Ann Lee (ann@example.com) could not be sent."),
        (
            {"sent": False, "status": "approval"},
            "The apology to Ann Lee (ann@example.com) will be sent once somebody has approved it.",
        ),
    ],
)
def test_a_message_is_said_to_be_where_it_is(sent: dict[str, Any], expected: str) -> None:
    made = plan(
        "en",
        ("lookup_booking", {"room_number": "11"}),
        ("generate_apology", {"booking_id": {"from_step": 1, "fact": "booking_id"}}),
        ("send_email", {"draft": 2}),
    )
    facts: dict[int, dict[str, Any]] = {1: STAY, 2: {"draft_id": "D"}, 3: {"recipient": "ann@example.com", **sent}}
    telling = Telling(made, Role.RECEPTIONIST, TODAY, facts)
    assert summary(telling, outcomes(DONE, DONE, DONE), TaskStatus.COMPLETED) == expected


def test_a_rule_that_left_a_step_out_speaks_for_itself() -> None:
    made = plan("en", ("generate_checkin_instructions", {"room_number": "11"}), ("send_email", {"draft": 1}))
    telling = Telling(made, Role.MANAGER, TODAY, {1: {"draft_id": "D"}})
    done = outcomes(DONE, SKIPPED, problem="Room 11 is not ready (dirty), so nothing was sent.", told="housekeeping")
    text = summary(telling, done, TaskStatus.COMPLETED)
    assert text == "Room 11 is not ready (dirty), so nothing was sent; housekeeping was told."


def repair(language: str = "en") -> Plan:
    return plan(
        language,
        ("create_work_order", {"category": "maintenance", "subcategory": "hvac_issue", "room_number": "21",
                               "description": "no cold air"}),
        ("assign_staff", {"work_order": 1, "assignee": "Lan"}),
        ("update_room_status", {"room_number": "21", "status": "out_of_order"}),
        ("schedule_wake_up_call", {"room_number": "11", "at": "2026-03-03T06:30:00+07:00"}),
        ("notify_department", {"department": "management", "message": "Room 21 is closed."}),
    )  # fmt: skip


REPAIRED: dict[int, dict[str, Any]] = {
    1: {"work_order_id": 12, "team": "maintenance_team"},
    2: {"assigned": True, "assignee": "Lan"},
    3: {"status": "out_of_order", "previous_status": "dirty"},
    4: {"wake_up_id": "WAKE-3", "at": "2026-03-03T06:30:00+07:00"},
    5: {"notified": True},
}


def test_every_thing_that_was_done_is_told() -> None:
    telling = Telling(repair(), Role.MANAGER, TODAY, REPAIRED)
    assert summary(telling, outcomes(*[DONE] * 5), TaskStatus.COMPLETED) == (
        "Work order 12 has been opened for the maintenance team (room 21): “no cold air”. "
        "Work order 12 has been assigned to Lan. Room 21 is now out of order (before: dirty). "
        "A wake-up call for room 11 is set for 06:30, tomorrow (Tuesday, March 3, 2026) (WAKE-3). "
        "The management was told."
    )


def test_a_failed_task_says_what_was_done_undone_and_not_done() -> None:
    telling = Telling(repair(), Role.MANAGER, TODAY, {1: REPAIRED[1], 2: REPAIRED[2], 3: REPAIRED[3]})
    done = outcomes(DONE, UNDONE, UNDONE, FAILED, PLANNED, problem="the scheduler did not answer")
    text = summary(telling, done, TaskStatus.FAILED)
    assert text.startswith("Step 4 failed (schedule a wake-up call for room 11")
    assert "the scheduler did not answer. Done before that: work order 12 has been opened" in text
    assert "Undone: the assignment of Lan was taken back; room 21 was set back to dirty." in text
    assert text.endswith("Not done: tell the management: “Room 21 is closed”.")


def test_a_condition_that_did_not_hold_says_what_was_found() -> None:
    made = plan(
        "en",
        ("get_current_pricing", {"room_type": "suite"}),
        ("find_available_rooms", {"room_type": "suite"}),
        ("lookup_booking", {"guest_name": "Ann Lee"}),
        ("index_knowledge_base", {}, [{"step": 1, "fact": "current_price", "operator": "less", "value": 2_000_000}]),
        ("notify_department", {"department": "it", "message": "x"}, [{"step": 2, "fact": "total", "value": 0}]),
        ("send_guest_message", {"kind": "request_done", "guest_name": "Ann Lee"},
         [{"step": 3, "fact": "status", "value": "checked_in"}]),
    )  # fmt: skip
    facts: dict[int, dict[str, Any]] = {
        1: {"current_price": "2500000.00", "currency": "VND"},
        2: {"total": 2, "rooms": ["41", "42"]},
        3: {**STAY, "status": "confirmed"},
    }
    telling = Telling(made, Role.MANAGER, TODAY, facts)
    assert summary(telling, outcomes(DONE, DONE, DONE, SKIPPED, SKIPPED, SKIPPED), TaskStatus.COMPLETED) == (
        "A suite room costs 2,500,000 VND for today (Monday, March 2, 2026). 2 suite rooms are free: 41, 42. "
        "The price is 2,500,000 VND, so nothing more was done. A room is free, so the IT team was not told. "
        "The booking of Ann Lee is confirmed, so no message was sent."
    )


def test_the_preview_says_what_to_whom_on_what_condition_and_what_waits() -> None:
    lines = preview_lines(Telling(checkin("vi"), Role.SERVICE, TODAY), [StepApproval(5, "cần lễ tân duyệt")])
    assert lines[0] == "1. Xem tình trạng phòng 11."
    assert lines[4] == (
        "5. Gửi thư xác nhận nhận phòng cho khách phòng 11 qua e-mail, chỉ khi phòng 11 đã sẵn sàng."
        " (gửi ra ngoài khách sạn, không thu hồi được) Cần xác nhận: cần lễ tân duyệt."
    )
    assert preview_lines(Telling(repair(), Role.MANAGER, TODAY))[2] == "3. Set room 21 to “out of order”."


def test_questions_refusals_and_what_waits_are_summaries_too() -> None:
    question = Clarification(question="Which room is meant?", about="room_number", options=("11", "12"))
    asked = Telling(Plan(language="en", clarification=question), Role.MANAGER, TODAY)
    assert summary(asked, [], TaskStatus.NEEDS_CLARIFICATION) == "Which room is meant? You can choose: 11; 12."
    refused = Telling(Plan(language="vi", refusal=Refusal(code="x", reason="Không được.")), Role.GUEST, TODAY)
    assert summary(refused, [], TaskStatus.REFUSED) == "Không được."
    waiting = Telling(checkin("en"), Role.SERVICE, TODAY)
    text = summary(waiting, [], TaskStatus.NEEDS_APPROVAL, approvals=[StepApproval(5, "a manager has to see it")])
    assert text.startswith("A person has to confirm this before it goes on. Step 5, send the check-in confirmation")
    assert summary(waiting, [], TaskStatus.PLANNED).startswith("This is a preview of 6 steps")


def booking(number: str, name: str = "Nguyễn Văn An") -> BookingFacts:
    return BookingFacts(
        booking_id=number, guest_name=name, email="an@example.com", room_number="11", check_in_date=TODAY,
        check_out_date=TODAY + dt.timedelta(days=1), status=BookingStatus.CONFIRMED,
    )  # fmt: skip


def test_a_question_offers_only_what_the_role_may_see() -> None:
    found = [booking("B-1"), booking("B-2", "Nguyễn Thị An")]
    asked = which_booking(found, 2, "vi", Role.RECEPTIONIST)
    assert asked.question == "Có 2 đặt phòng phù hợp; ý bạn là đặt phòng nào?"
    assert asked.options[0] == "Nguyễn Văn An, đặt phòng B-1, phòng 11, 02/03/2026 – 03/03/2026"
    assert which_booking(found, 2, "en", Role.HOUSEKEEPING).options == ("room 11, March 2, 2026 – March 3, 2026",)
    assert which_booking(found, 2, "en", Role.GUEST).options == ()
    telling = Telling(checkin("en"), Role.RECEPTIONIST, TODAY)
    nobody = no_booking(telling.plan.steps[2], telling)
    assert nobody.question == "No booking of the guest in room 11 was found; which guest or booking is meant?"
    assert which_address(telling.plan.steps[4], telling).question.startswith("No e-mail address is recorded for the")


def test_every_phrase_is_there_in_both_languages_with_the_same_gaps() -> None:
    phrases = yaml.safe_load(files("innkeeper.engine.planning").joinpath("phrases.yaml").read_text(encoding="utf-8"))
    for key, texts in phrases.items():
        gaps = [{name for _, name, _, _ in string.Formatter().parse(texts[each]) if name} for each in ("en", "vi")]
        assert gaps[0] == gaps[1], key
    for action in ActionName:
        assert f"do_{action}" in phrases
    for role in Role:
        assert f"role_{role}" in phrases
