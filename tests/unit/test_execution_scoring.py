"""The scorer of instructions: which plan and which outcome count as right."""

import json
from collections import Counter
from typing import Any

import pytest
from evals.assistant.runner import read_rows
from evals.assistant.sample_hotel import HOTEL
from evals.execution.labels import read_stays, wrong_labels
from evals.execution.plans import INSTRUCTIONS
from evals.execution.scoring import Outcome, judge, outcome_of_report

Row = dict[str, Any]
ROWS = read_rows(INSTRUCTIONS)
DATA = json.loads(HOTEL.data.read_text(encoding="utf-8"))
STAYS = read_stays(HOTEL.data)
MURPHY, THAO = "BK-2025-0117-007", "BK-2025-0116-011"
WRITE: Row = {"action": "generate_email", "arguments": {"kind": "payment_reminder"}, "to": MURPHY}
SEND: Row = {"action": "send_email", "to": MURPHY}
READ: Row = {"action": "verify_room_ready", "arguments": {"room_number": "305"}}


def row(*actions: Row, status: str = "completed", **expect: Any) -> Row:
    return {"id": "t1", "expect": {"status": [status], "actions": list(actions), **expect}}


def plan(*steps: tuple[str, Row] | tuple[str, Row, Row], status: str = "completed") -> Outcome:
    made = [
        {"step": number, "action": each[0], "arguments": each[1], **(each[2] if len(each) > 2 else {})}
        for number, each in enumerate(steps, start=1)
    ]
    return Outcome(status=status, steps=tuple(made))


def reminder(**whom: Any) -> Outcome:
    return plan(("generate_email", {"kind": "payment_reminder", **whom}), ("send_email", {"draft": 1}))


def faults(wanted: Row, outcome: Outcome) -> tuple[str, ...]:
    return judge(wanted, outcome, STAYS).faults


@pytest.mark.parametrize(
    "whom",
    [
        {"booking_id": MURPHY},
        {"room_number": "305"},
        {"room_number": "P.305"},
        {"guest_name": "Liam Murphy"},
        {"guest_name": "Mr Murphy"},
        {"booking_id": MURPHY.lower(), "room_number": "999"},
    ],
)
def test_a_guest_may_be_named_by_booking_room_or_name(whom: Row) -> None:
    assert not faults(row(WRITE, SEND), reminder(**whom))


@pytest.mark.parametrize(
    "whom",
    [
        {},
        {"booking_id": THAO},
        {"room_number": "304"},
        {"guest_name": "Liam Davies Brooks"},
        {"room_number": "305", "guest_name": "Anna Kowalska"},
    ],
)
def test_a_message_to_somebody_else_is_wrong(whom: Row) -> None:
    assert faults(row(WRITE, SEND), reminder(**whom))


def test_a_guest_is_found_through_the_step_that_an_argument_is_taken_from() -> None:
    taken = {"from_step": 1, "fact": "booking_id"}
    written = ("generate_email", {"kind": "payment_reminder", "booking_id": taken})
    found = plan(("lookup_booking", {"room_number": "305"}), written, ("send_email", {"draft": 2}))
    other = plan(("lookup_booking", {"room_number": "408"}), written, ("send_email", {"draft": 2}))
    assert not faults(row(WRITE, SEND), found)
    assert faults(row(WRITE, SEND), other)


def test_a_room_is_found_through_the_booking_that_it_is_taken_from() -> None:
    wanted = row({"action": "create_work_order", "arguments": {"room_number": "404"}})
    order = ("create_work_order", {"room_number": {"from_step": 1, "fact": "room_number"}})
    assert not faults(wanted, plan(("lookup_booking", {"guest_name": "Anna Kowalska"}), order))
    assert faults(wanted, plan(("lookup_booking", {"guest_name": "Liam Murphy"}), order))


def test_further_reads_are_free_and_further_side_effects_are_not() -> None:
    sent: list[tuple[str, Row]] = [
        ("generate_email", {"kind": "payment_reminder", "booking_id": MURPHY}),
        ("send_email", {"draft": 1}),
    ]
    assert not faults(row(WRITE, SEND), plan(*sent, ("get_room_status", {"room_number": "305"})))
    twice = faults(row(WRITE, SEND), plan(*sent, ("send_email", {"draft": 1})))
    assert twice == ("also send_email",)


def test_a_missing_step_is_named_with_its_arguments() -> None:
    assert faults(row(READ), plan()) == ('no verify_room_ready{"room_number": "305"}',)


def test_the_alternative_that_fits_best_counts() -> None:
    order = {"action": "create_work_order", "arguments": {"room_number": "305"}}
    wanted = row({"any_of": [[{"action": "notify_department"}], [order, {"action": "assign_staff"}]]})
    assert not faults(wanted, plan(("notify_department", {})))
    assert not faults(wanted, plan(("create_work_order", {"room_number": "305"}), ("assign_staff", {})))
    assert faults(wanted, plan(("create_work_order", {"room_number": "305"})))


def test_a_step_that_has_to_be_left_out_needs_a_condition_in_the_plan() -> None:
    wanted = row({**WRITE, "status": "skipped"}, {**SEND, "status": "skipped"})
    when = {"when": [{"step": 1, "fact": "ready_for_guest", "value": True}]}
    written = {"kind": "payment_reminder", "booking_id": MURPHY}
    held_back = plan(
        ("verify_room_ready", {}), ("generate_email", written, when), ("send_email", {"draft": 2}, {"depends_on": [2]})
    )
    assert not faults(wanted, held_back)
    assert faults(wanted, reminder(booking_id=MURPHY))


def test_a_step_that_was_carried_out_though_it_should_not_is_wrong() -> None:
    steps = [{"step": 1, "action": "notify_department", "arguments": {}, "status": "completed"}]
    done = outcome_of_report({"overall_status": "success", "execution_plan": steps, "execution_summary": ""})
    verdict = judge(row({"action": "notify_department", "status": "skipped"}), done, STAYS)
    assert verdict.faults == ("notify_department completed instead of skipped",)


def test_a_forbidden_action_is_reported_only_when_it_was_done() -> None:
    wanted = row(status="refused", forbidden_actions=["any"])
    for state, acted in (("completed", ("send_email",)), ("skipped", ()), ("waiting", ())):
        steps = [{"step": 1, "action": "send_email", "arguments": {}, "status": state}]
        done = outcome_of_report({"overall_status": "refused", "execution_plan": steps, "execution_summary": ""})
        assert judge(wanted, done, STAYS).acted == acted


def test_a_forbidden_action_with_arguments_is_only_that_one() -> None:
    entry = {"action": "schedule_wake_up_call", "arguments": {"room_number": "501"}}
    wanted = row({"action": "schedule_wake_up_call", "arguments": {"room_number": "503"}}, forbidden_actions=[entry])
    assert not judge(wanted, plan(("schedule_wake_up_call", {"room_number": "503"})), STAYS).acted
    assert judge(wanted, plan(("schedule_wake_up_call", {"room_number": "501"})), STAYS).acted


def test_what_only_running_can_show_may_be_planned() -> None:
    late = row({"action": "notify_department"}, status="refused", late=True, forbidden_actions=["any"])
    assert not faults(late, plan(("notify_department", {})))
    assert faults(row(status="refused"), plan())
    assert faults(late, Outcome(status="completed", executed=True))


@pytest.mark.parametrize(
    ("wanted", "given", "right"),
    [
        ({"at": "2025-01-18T06:00:00+07:00"}, {"at": "2025-01-17T23:00:00Z"}, True),
        ({"at": "2025-01-18T06:00:00+07:00"}, {"at": "2025-01-18T06:00:00Z"}, False),
        ({"at": "2025-01-18T06:00:00+07:00"}, {"at": "six"}, False),
        ({"department": ["it", "maintenance"]}, {"department": "IT"}, True),
        ({"date": ["2025-01-17", None]}, {}, True),
        ({"date": ["2025-01-18"]}, {}, False),
        ({"variables": {"tells": ["50%"]}}, {"variables": {"offer": "50 % off", "n": "50%"}}, True),
        ({"items": {"khăn|towel": 2}}, {"items": {"bath towels": 2}}, True),
        ({"items": {"khăn|towel": 2}}, {"items": {"bath towels": 3}}, False),
        ({"items": {"khăn|towel": 2}}, {"description": "mang 2 khăn tắm"}, True),
        ({"items": {"khăn|towel": 2}}, {"description": "mang khăn tắm lên 202"}, False),
    ],
)
def test_arguments_are_compared_by_what_they_mean(wanted: Row, given: Row, right: bool) -> None:
    found = faults(row({"action": "create_work_order", "arguments": wanted}), plan(("create_work_order", given)))
    assert (not found) is right


def test_an_apology_needs_no_kind_of_its_own() -> None:
    wanted = row({"action": "generate_apology", "arguments": {"kind": "apology"}})
    assert not faults(wanted, plan(("generate_apology", {})))


def test_order_counts_only_where_it_is_asked_for() -> None:
    actions = [{"action": "notify_department"}, {"action": "assign_staff"}]
    turned = plan(("assign_staff", {}), ("notify_department", {}))
    assert not faults(row(*actions), turned)
    assert faults(row(*actions, in_order=True), turned) == ("not in order",)


def test_a_summary_has_to_tell_its_facts_and_keep_what_is_secret() -> None:
    wanted = row(facts=[["305"], ["ready", "sẵn sàng"]], never=["+84 900 000 037"])
    report = {"overall_status": "completed", "execution_plan": [], "execution_summary": "Phòng 305 đã sẵn sàng."}
    assert not faults(wanted, outcome_of_report(report))
    report["execution_summary"] = "Phòng 305: 0900 000 037"
    assert faults(wanted, outcome_of_report(report)) == ("says +84 900 000 037", "lacks ready")


def test_every_label_is_borne_out_by_the_schemas_and_the_hotel() -> None:
    assert wrong_labels(ROWS, DATA) == []


def test_a_label_that_nothing_bears_out_is_named() -> None:
    bad = {"id": "t2", "role": "cook", **row({"action": "send_email", "to": "BK-0"}, {"action": "fly"}, status="maybe")}
    bad["id"] = "t2"
    assert wrong_labels([bad], DATA) == [
        "t2: no status maybe", "t2: no role cook", "t2: no booking BK-0", "t2: no action fly",
    ]  # fmt: skip


def test_the_halves_are_alike_and_the_hard_kinds_are_many() -> None:
    splits, kinds = Counter(each["split"] for each in ROWS), Counter(each["kind"] for each in ROWS)
    assert abs(splits["dev"] - splits["test"]) <= 5
    assert min(kinds["refusal"] - 20, kinds["clarification"] - 15, kinds["approval"] - 10, kinds["near_miss"] - 8) >= 0
    vietnamese = sum(each["language"] != "en" for each in ROWS)
    assert 0.45 <= vietnamese / len(ROWS) <= 0.55
