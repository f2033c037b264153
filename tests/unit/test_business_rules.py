"""Business rules: the packaged ones as a table, and an evaluator that always gives an outcome."""

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innkeeper.blocks.settings import Settings
from innkeeper.engine.consent import PromotionRules
from innkeeper.engine.planning.rule_facts import (
    FACTS,
    facts_of_booking,
    facts_of_room,
    facts_of_stay,
    hours_until,
    quiet_hours,
)
from innkeeper.engine.planning.rule_files import load_rules, packaged_text, read_rules
from innkeeper.engine.planning.rule_steps import Circumstances, facts_of_step, kind_of_step
from innkeeper.engine.planning.rules import Outcome, judge, needed_facts
from innkeeper.schemas.access import Role
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.hotel import BookingStatus, RoomStatus
from innkeeper.schemas.messages import MessageKind
from innkeeper.schemas.plans import Instruction, Plan
from innkeeper.schemas.tools import BookingFacts, RoomFacts

TODAY = dt.date(2026, 3, 2)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MAIL_READY = {
    "role": "receptionist",
    "recipient_given": False,
    "recipient_known": True,
    "compensation_within_limits": True,
    "has_address": True,
    "booking_id": "B-7",
    "booking_status": "confirmed",
    "room_given": True,
    "room_number": "11",
    "room_status": "inspected",
    "room_ready": True,
    "check_in_in_days": 0,
}


def mail(kind: MessageKind = MessageKind.CHECKIN_INSTRUCTIONS, **changes: Any) -> tuple[str, str | None]:
    verdict = judge(load_rules(), ActionName.SEND_EMAIL, kind, {**MAIL_READY, **changes})
    return verdict.outcome.value, verdict.rule.name if verdict.rule else None


def test_checkin_mail_goes_out_when_the_room_is_ready_and_the_guest_arrives_soon() -> None:
    assert mail() == ("go", None)
    assert mail(check_in_in_days=1)[0] == "go"
    assert mail(check_in_in_days=5) == ("refuse", "checkin_mail_is_for_today_or_tomorrow")
    assert mail(room_status="dirty", room_ready=False) == ("notify", "checkin_mail_waits_for_the_room")
    assert mail(room_status="occupied", room_ready=False) == ("skip", "checkin_mail_needs_a_usable_room")
    assert mail(room_given=False, room_status=None, room_ready=None) == ("skip", "checkin_mail_needs_a_room")
    assert mail(booking_status="cancelled") == ("refuse", "message_is_about_a_live_booking")
    assert mail(room_status=None, room_ready=None) == ("approve", "checkin_mail_waits_for_the_room")


def test_other_mail_waits_for_no_room() -> None:
    dirty: dict[str, Any] = {"room_status": "dirty", "room_ready": False, "check_in_in_days": 30}
    assert mail(MessageKind.BOOKING_CONFIRMATION, **dirty)[0] == "go"
    assert mail(MessageKind.APOLOGY, booking_status="checked_out", **dirty)[0] == "go"
    assert mail(MessageKind.PAYMENT_REMINDER, booking_status="checked_out", **dirty)[0] == "refuse"
    assert mail(MessageKind.APOLOGY, compensation_within_limits=False)[0] == "approve"
    assert mail(MessageKind.APOLOGY, has_address=False) == ("refuse", "email_needs_an_address")
    assert mail(MessageKind.APOLOGY, has_address=False, recipient_given=True, recipient_known=False)[0] == "approve"


@pytest.mark.parametrize(
    ("role", "new_status", "more", "outcome"),
    [
        ("housekeeping", "clean", {}, "go"),
        ("housekeeping", "inspected", {"guest_stays_on": False}, "approve"),
        ("receptionist", "inspected", {"guest_stays_on": False}, "go"),
        ("receptionist", "inspected", {"guest_stays_on": True}, "refuse"),
        ("manager", "out_of_order", {"guest_in_house": True}, "refuse"),
        ("manager", "out_of_order", {"guest_in_house": False}, "go"),
        ("receptionist", "out_of_order", {}, "approve"),
        ("service", "out_of_order", {"guest_in_house": False}, "approve"),
        ("manager", "clean", {"room_status": "occupied", "guest_stays_on": True}, "go"),
        ("receptionist", "clean", {"room_status": "occupied", "guest_stays_on": True}, "approve"),
    ],
)
def test_who_may_change_a_room_to_what(role: str, new_status: str, more: dict[str, Any], outcome: str) -> None:
    facts = {"role": role, "new_status": new_status, "room_number": "11", **more}
    assert judge(load_rules(), ActionName.UPDATE_ROOM_STATUS, None, facts).outcome == outcome


def test_wake_up_calls_are_for_somebody_and_soon_and_whatever_the_hour() -> None:
    def call(**facts: Any) -> str:
        known = {"role": "receptionist", "wake_up_in_hours": 8, "someone_to_wake": True, "is_quiet_hours": True}
        return judge(load_rules(), ActionName.SCHEDULE_WAKE_UP_CALL, None, {**known, **facts}).outcome.value

    assert call() == "go"
    assert call(someone_to_wake=False) == "refuse"
    assert call(wake_up_in_hours=-1) == "refuse"
    assert call(wake_up_in_hours=24 * 8) == "refuse"
    assert call(role="guest") == "refuse"
    assert call(role="guest", is_own=True) == "go"


def test_the_strongest_outcome_counts_and_says_why_in_both_languages() -> None:
    facts = {**MAIL_READY, "room_status": "dirty", "room_ready": False, "recipient_known": False}
    verdict = judge(load_rules(), ActionName.SEND_EMAIL, MessageKind.CHECKIN_INSTRUCTIONS, facts)
    assert verdict.reason("en") == "Room 11 is not ready (dirty), so the check-in instructions were not sent."
    assert verdict.reason("vi") == "Phòng 11 chưa sẵn sàng (bẩn, chưa dọn) nên chưa gửi hướng dẫn nhận phòng."
    assert (verdict.notice("en") or ("", ""))[0] == "housekeeping"
    refused = judge(
        load_rules(), ActionName.SEND_EMAIL, MessageKind.CHECKIN_INSTRUCTIONS, {**facts, "check_in_in_days": 9}
    )
    assert (refused.outcome, refused.notice("en")) == (Outcome.REFUSE, None)


def test_only_what_rules_look_at_is_fetched() -> None:
    assert needed_facts(load_rules(), ActionName.GET_ROOM_STATUS, None) == frozenset()
    assert "room_ready" in needed_facts(load_rules(), ActionName.SEND_EMAIL, MessageKind.CHECKIN_INSTRUCTIONS)
    assert "room_ready" not in needed_facts(load_rules(), ActionName.SEND_EMAIL, MessageKind.APOLOGY)


def booking(**changes: Any) -> BookingFacts:
    known = {
        "booking_id": "B-7", "email": "ann@example.com", "room_number": "11", "check_in_date": TODAY,
        "check_out_date": TODAY + dt.timedelta(days=2), "status": BookingStatus.CONFIRMED,
    }  # fmt: skip
    return BookingFacts.model_validate({**known, **changes})


def room(status: RoomStatus = RoomStatus.INSPECTED, *, stale: bool = False) -> RoomFacts:
    return RoomFacts(
        origin="database:rooms", stale=stale, room_number="11", status=status, ready_for_guest=status == "inspected"
    )


def test_facts_come_from_the_hotels_data() -> None:
    assert facts_of_booking(booking(room_number=None, email=None), TODAY) == {
        "booking_id": "B-7",
        "booking_status": "confirmed",
        "room_given": False,
        "has_address": False,
        "check_in_in_days": 0,
        "check_out_in_days": 2,
    }
    assert facts_of_room(room(RoomStatus.DIRTY)) == {"room_number": "11", "room_status": "dirty", "room_ready": False}
    assert facts_of_room(room(stale=True)) == {"room_number": "11"}
    assert facts_of_room(None) == facts_of_booking(None, TODAY) == {}


def test_a_guest_who_leaves_today_does_not_stay_on() -> None:
    inside = booking(status=BookingStatus.CHECKED_IN, check_in_date=TODAY - dt.timedelta(days=2), check_out_date=TODAY)
    assert facts_of_stay(inside, room(), TODAY) == {
        "guest_in_house": True,
        "guest_stays_on": False,
        "someone_to_wake": True,
    }
    nobody = facts_of_stay(None, room(), TODAY)
    assert nobody == {"guest_in_house": False, "guest_stays_on": False, "someone_to_wake": False}
    assert facts_of_stay(None, room(RoomStatus.OCCUPIED), TODAY)["someone_to_wake"] is True


def test_quiet_hours_are_known_only_with_the_time() -> None:
    night = dt.datetime(2026, 3, 2, 23, 0, tzinfo=ZONE)
    assert quiet_hours(night, ZONE, PromotionRules()) == {"is_quiet_hours": True}
    assert quiet_hours(None, ZONE, PromotionRules()) == {}
    assert hours_until(night + dt.timedelta(minutes=90), night) == {"wake_up_in_hours": 1.5}


def steps(*made: tuple[str, dict[str, Any]]) -> Plan:
    numbered = [{"step": at, "action": name, "arguments": given} for at, (name, given) in enumerate(made, 1)]
    return Plan.model_validate({"language": "en", "steps": numbered})


def circumstances(text: str = "do it", role: Role = Role.RECEPTIONIST, **options: Any) -> Circumstances:
    return Circumstances(role, Instruction(text=text, today=TODAY), ZONE, **options)


def test_a_step_tells_to_whom_it_goes_and_what_it_offers() -> None:
    apology = {"room_number": "11", "variables": {"issue": "noise", "compensation": "50% off the bill"}}
    made = steps(("generate_apology", apology), ("send_email", {"draft": 1, "recipient": "eve@example.net"}))
    facts = facts_of_step(made, made.steps[1], circumstances("say sorry to the guest in 11"))
    assert facts == {
        "role": "receptionist",
        "channel": "email",
        "recipient_given": True,
        "recipient_known": False,
        "compensation_within_limits": False,
    }
    assert kind_of_step(made, made.steps[1]) is MessageKind.APOLOGY
    by_manager = facts_of_step(made, made.steps[1], circumstances("to eve@example.net", Role.MANAGER))
    assert (by_manager["recipient_known"], by_manager["compensation_within_limits"]) == (True, True)


def test_a_step_tells_what_it_changes_and_when() -> None:
    night = dt.datetime(2026, 3, 2, 23, 0, tzinfo=ZONE)
    made = steps(
        ("update_room_status", {"room_number": "11", "status": "clean"}),
        ("schedule_wake_up_call", {"room_number": "11", "at": "2026-03-03T06:00:00+07:00"}),
        ("send_guest_message", {"kind": "lost_and_found", "room_number": "11"}),
    )
    assert facts_of_step(made, made.steps[0], circumstances())["new_status"] == "clean"
    assert facts_of_step(made, made.steps[1], circumstances(now=night))["wake_up_in_hours"] == 7
    facts = facts_of_step(made, made.steps[2], circumstances(now=night))
    assert (facts["is_quiet_hours"], facts["channel"]) == (True, "chat")
    verdict = judge(load_rules(), ActionName.SEND_GUEST_MESSAGE, MessageKind.LOST_AND_FOUND, facts)
    assert (verdict.outcome, verdict.rule and verdict.rule.name) == (Outcome.APPROVE, "chat_can_wait_until_morning")


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.lists(st.integers())


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(ActionName),
    st.none() | st.sampled_from(MessageKind),
    st.dictionaries(st.sampled_from([*FACTS, "stranger"]), ANYTHING),
)
def test_whatever_the_facts_are_there_is_an_outcome_and_a_reason(
    action: ActionName, kind: MessageKind | None, facts: dict[str, Any]
) -> None:
    verdict = judge(load_rules(), action, kind, facts)
    assert (verdict.outcome is Outcome.GO) is (verdict.rule is None)
    for language in ("en", "vi"):
        assert (verdict.reason(language) is None) is (verdict.outcome is Outcome.GO)
        assert (verdict.notice(language) is None) is (verdict.outcome is not Outcome.NOTIFY)


@given(st.dictionaries(st.sampled_from(sorted(FACTS)), ANYTHING))
def test_no_mail_goes_out_unless_all_is_known_to_be_right(facts: dict[str, Any]) -> None:
    verdict = judge(load_rules(), ActionName.SEND_EMAIL, MessageKind.CHECKIN_INSTRUCTIONS, facts)
    if verdict.outcome is Outcome.GO:
        assert facts["room_ready"] is True
        assert facts["room_given"] is True
        assert facts["recipient_known"] is True


GOOD = packaged_text()


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (
            "fact: room_given, is: true}]\n  otherwise: skip",
            "fact: rom_given, is: true}]\n  otherwise: skip",
            "no fact",
        ),
        ("in: [0, 1]", "in: today", "takes a list"),
        ("otherwise: notify", "otherwise: shout", "otherwise"),
        ("otherwise: notify", "otherwise: skip", "whom `notify` tells"),
        ("{room_status}), so", "{room_status.__class__}), so", "no fact"),
        ("{room_status}), so", "{room_status!r}), so", "no fact"),
        ("{room_status}), so", "{room_status), so", "expected '}'"),
        ("name: address_is_known", "name: email_needs_an_address", "stands twice"),
        ("roles: [guest]", "roles: [ghost]", "roles"),
        ("kinds: [checkin_instructions]", "kinds: [poem]", "kinds"),
        ("{facts: {recipient_known: true}, outcome: go}", "{facts: {recipient_known: 1}, outcome: go}", "is no flag"),
        ("requires: [{fact: someone_to_wake, is: true}]", "requires: []", "here is nothing"),
        ("{fact: someone_to_wake, is: true}", "{fact: someone_to_wake, is: true, is_not: false}", "a condition is"),
        ("version: 1", "version: 2", "version"),
    ],
)
def test_a_wrong_file_is_named_by_line_and_place(before: str, after: str, problem: str) -> None:
    assert before in GOOD
    with pytest.raises(InputInvalid) as caught:
        read_rules(GOOD.replace(before, after, 1), "mine.yaml")
    assert any(problem in each for each in caught.value.problems)
    assert all(each.startswith("mine.yaml:") for each in caught.value.problems)


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "rules: 3", "!!python/object/apply:os.getcwd []", "[" * 5_000])
def test_what_is_no_file_of_rules_is_said(text: str) -> None:
    with pytest.raises(InputInvalid):
        read_rules(text, "mine.yaml")


def test_a_hotels_rules_win_by_name(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    start = GOOD.index("- name: wake_up_call_wakes_somebody")
    one = GOOD[start : GOOD.index("# --- guests ---")]
    file.write_text(f"version: 1\nrules:\n{one.replace('otherwise', 'enabled: false' + chr(10) + '  otherwise', 1)}")
    facts = {"role": "manager", "wake_up_in_hours": 1, "someone_to_wake": False}
    assert judge(load_rules(), ActionName.SCHEDULE_WAKE_UP_CALL, None, facts).outcome == "refuse"
    assert judge(load_rules(file), ActionName.SCHEDULE_WAKE_UP_CALL, None, facts).outcome == "go"
    assert len(load_rules(file)) == len(load_rules())


def test_the_settings_name_the_file_and_the_workflows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INNKEEPER_ALLOWED_FLOWS", " index/nightly, report/daily,")
    assert Settings().flows == {"index/nightly", "report/daily"}
    monkeypatch.setenv("INNKEEPER_ALLOWED_FLOWS", "index")
    with pytest.raises(ValueError, match="no deployment"):
        Settings()
    monkeypatch.setenv("INNKEEPER_ALLOWED_FLOWS", "")
    monkeypatch.setenv("INNKEEPER_RULES", str(tmp_path / "none.yaml"))
    with pytest.raises(ValueError, match="there is no file"):
        Settings()
