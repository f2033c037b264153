"""The check that every plan passes, whoever made it."""

import datetime as dt
from typing import Any

import pytest

from innkeeper.engine.planning.references import holds, ready_arguments
from innkeeper.engine.planning.rule_files import load_rules
from innkeeper.engine.planning.rules import Outcome
from innkeeper.engine.planning.validation import CheckedPlan, check_plan
from innkeeper.engine.planning.validation_rights import MAX_GUESTS
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.actions import SendEmailArguments
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.plans import Clarification, Condition, Instruction, Plan, PlanStep, Refusal

TODAY = dt.date(2026, 3, 2)
ROOMS = frozenset({"11", "12", "21", "P.407"})
BOOKING = {"from_step": 1, "fact": "booking_id"}


def principal(role: Role = Role.RECEPTIONIST) -> Principal:
    return Principal(key_id="k", name="Somebody", role=role)


def plan(
    *steps: tuple[str, dict[str, Any]] | tuple[str, dict[str, Any], list[dict[str, Any]]], language: str = "en"
) -> Plan:
    made = [
        {"step": number, "action": step[0], "arguments": step[1], "when": step[2] if len(step) > 2 else []}
        for number, step in enumerate(steps, 1)
    ]
    return Plan.model_validate({"language": language, "steps": made})


def check(made: Plan, role: Role = Role.RECEPTIONIST, text: str = "do it", **options: Any) -> CheckedPlan:
    context = options.pop("context", {})
    asked = Instruction(text=text, today=TODAY, context=context)
    return check_plan(
        made, principal=principal(role), instruction=asked, rooms=ROOMS, taxonomy=load_taxonomy(), **options
    )


MAIL = (
    ("lookup_booking", {"room_number": "11"}),
    ("generate_email", {"kind": "checkin_instructions", "booking_id": BOOKING}),
    ("send_email", {"draft": 2}),
)


def test_a_plan_of_the_specification_passes_and_names_what_each_step_needs() -> None:
    checked = check(
        plan(
            ("get_room_status", {"room_number": 11}),
            ("verify_room_ready", {"room_number": "11"}),
            ("generate_email", {"booking_id": "B-1"}, [{"step": 2, "fact": "ready_for_guest"}]),
            ("send_email", {"draft": 3}, [{"step": 2, "fact": "ready_for_guest"}]),
        )
    )
    assert (checked.may_run, checked.approvals, checked.problems) == (True, (), ())
    assert [step.depends_on for step in checked.plan.steps] == [(), (), (2,), (2, 3)]
    assert checked.plan.steps[0].arguments == {"room_number": "11"}


def test_a_question_or_a_refusal_leaves_no_step_to_carry_out() -> None:
    asked = Plan(language="en", clarification=Clarification(question="Which?", about="room_number"))
    assert not check(asked).may_run
    both = plan(*MAIL).model_copy(update={"refusal": Refusal(code="mass_action", reason="No.")})
    assert check(both).plan.steps == ()


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ((), "no step"),
        ((("get_room_status", {}),), "room_number: Field required"),
        ((("get_room_status", {"room_number": "11", "force": True}),), "force: Extra inputs"),
        ((("get_room_status", {"room_number": ["11"]}),), "room_number"),
        ((("get_room_status", {"room_number": "11; rm -rf /"}),), "room_number"),
        ((MAIL[0], ("generate_email", {"booking_id": {"from_step": 1, "fact": "credit_card"}})), "does not give"),
        ((MAIL[0], ("generate_email", {"booking_id": {"from_step": 2, "fact": "draft_id"}})), "not before it"),
        ((MAIL[0], ("generate_email", {"booking_id": {"from_step": "1", "fact": "email"}})), "a reference is"),
        ((MAIL[0], ("generate_email", {"booking_id": {**BOOKING, "or": 1}})), "a reference is"),
        ((("send_email", {"draft": 1}),), "draft"),
        ((MAIL[0], ("send_email", {"draft": 1})), "draft: 1 is not an earlier step"),
        ((MAIL[0], ("assign_staff", {"work_order": 1, "assignee": "Lan"})), "work_order: 1"),
        ((("assign_staff", {"assignee": "Lan"}),), "give work_order"),
        ((("generate_apology", {"kind": "payment_reminder", "booking_id": "B"}),), "is always apology"),
        ((("update_room_status", {"room_number": "11", "status": "sparkling"}),), "status"),
        ((("create_work_order", {"category": "magic", "subcategory": "x", "description": "d"}),), "no 'magic'"),
        ((("create_work_order", {"category": "concierge", "subcategory": "laundry", "description": "d"}),), "no 'laun"),
        ((("notify_department", {"department": "police", "message": "Come."}),), "no 'police'"),
        ((("schedule_wake_up_call", {"room_number": "11", "at": "2026-03-03T06:00:00"}),), "at: "),
        ((MAIL[0], ("generate_email", {"booking_id": "B", "variables": {"a": {"b": {"c": [[[[1]]]]}}}})), "too deep"),
        ((MAIL[0], ("generate_email", {"booking_id": "B", "variables": {"a": "x" * 30_000}})), "longer than"),
        ((MAIL[0], ("generate_email", {"booking_id": "B", "variables": {"a": object()}})), "no JSON"),
        ((*MAIL, ("send_email", {"draft": 2, "recipient": "b@example.com"})), "do the same"),
        ((("notify_department", {"department": "it", "message": "Hi"}),) * 2, "do the same"),
    ],
)
def test_a_plan_that_makes_no_sense_is_not_carried_out(steps: Any, problem: str) -> None:
    checked = check(plan(*steps))
    assert not checked.may_run
    assert problem in "; ".join(checked.problems)


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ({"step": 1, "fact": "mood"}, "does not give"),
        ({"step": 1, "fact": "status", "value": "spotless"}, "never its value"),
        ({"step": 1, "fact": "ready_for_guest", "value": "yes"}, "no flag"),
        ({"step": 1, "fact": "ready_for_guest", "operator": "more"}, "no order"),
        ({"step": 1, "fact": "status", "operator": "in", "value": "clean"}, "list"),
    ],
)
def test_a_condition_that_can_never_be_told_is_a_problem(condition: dict[str, Any], problem: str) -> None:
    checked = check(
        plan(
            ("get_room_status", {"room_number": "11"}),
            ("notify_department", {"department": "housekeeping", "message": "Please clean."}, [condition]),
        )
    )
    assert problem in "; ".join(checked.problems)


def test_a_room_that_the_hotel_lacks_is_asked_about() -> None:
    checked = check(plan(("get_room_status", {"room_number": "211"}), language="vi"))
    question = checked.plan.clarification
    assert question is not None
    assert (question.about, set(question.options)) == ("room_number", {"11", "21"})
    assert question.question == "Khách sạn không có phòng 211; ý bạn là phòng nào?"
    of_guest = check(plan(("get_room_status", {"room_number": "211"})), Role.GUEST).plan.clarification
    assert of_guest is not None
    assert of_guest.options == ()


@pytest.mark.parametrize("number", ["407", "p407", "Phong-407", "P-407"])
def test_a_room_is_known_however_it_is_spelt(number: str) -> None:
    assert check(plan(("get_room_status", {"room_number": number}))).may_run


def test_a_message_to_nobody_is_asked_about_unless_the_context_says_whom() -> None:
    made = plan(("generate_email", {"kind": "payment_reminder"}), ("send_email", {"draft": 1}))
    question = check(made).plan.clarification
    assert question is not None
    assert question.about == "booking"
    checked = check(made, context={"booking_id": "B-7", "guest_name": "Ann"})
    assert checked.plan.steps[0].arguments["booking_id"] == "B-7"


@pytest.mark.parametrize(
    ("role", "step"),
    [
        (Role.GUEST, ("update_room_status", {"room_number": "11", "status": "clean"})),
        (Role.GUEST, ("generate_email", {"booking_id": "B"})),
        (Role.HOUSEKEEPING, ("schedule_wake_up_call", {"room_number": "11", "at": "2026-03-03T06:00:00+07:00"})),
        (Role.HOUSEKEEPING, ("index_knowledge_base", {})),
        (Role.RECEPTIONIST, ("analyze_logs", {})),
    ],
)
def test_what_a_role_may_not_do_is_refused_and_says_whom_to_ask(role: Role, step: tuple[str, dict[str, Any]]) -> None:
    checked = check(plan(("search_knowledge_base", {"query": "breakfast"}), step), role)
    assert checked.plan.steps == ()
    assert checked.plan.refusal is not None
    assert checked.plan.refusal.code == "not_allowed"
    assert "please ask" in checked.plan.refusal.reason


def test_only_listed_workflows_may_be_started() -> None:
    made = plan(("run_flow", {"deployment": "apply-retention/nightly"}))
    refusal = check(made, Role.MANAGER).plan.refusal
    assert refusal is not None
    assert refusal.code == "not_in_registry"
    assert check(made, Role.MANAGER, allowed_flows={"other/one"}).plan.refusal is not None
    assert check(made, Role.MANAGER, allowed_flows={"apply-retention/nightly"}).may_run
    hostile = plan(("run_flow", {"deployment": ["apply-retention/nightly"]}))
    assert not check(hostile, Role.MANAGER, allowed_flows={"apply-retention/nightly"}).may_run


def test_a_task_writes_to_few_guests() -> None:
    def mails(count: int) -> Plan:
        return plan(*[("send_guest_message", {"kind": "request_done", "guest_name": f"G{n}"}) for n in range(count)])

    assert check(mails(MAX_GUESTS)).may_run
    refusal = check(mails(MAX_GUESTS + 1)).plan.refusal
    assert refusal is not None
    assert refusal.code == "mass_action"


@pytest.mark.parametrize("role", [Role.HOUSEKEEPING, Role.SERVICE])
def test_some_roles_write_to_guests_only_after_a_confirmation(role: Role) -> None:
    assert [each.step for each in check(plan(*MAIL), role).approvals] == [3]
    assert check(plan(*MAIL), Role.RECEPTIONIST).approvals == ()


@pytest.mark.parametrize(
    ("recipient", "text", "context", "waits"),
    [
        ("eve@example.net", "send it to the guest", {}, True),
        ("eve@example.net", "send it to Eve@Example.net.", {}, False),
        ("eve@example.net", "send it to steve@example.net", {}, True),
        ("ann@example.net", "send it", {"guest_email": "ann@example.net"}, False),
        ({"from_step": 1, "fact": "email"}, "send it", {}, False),
        ({"from_step": 1, "fact": "guest_name"}, "send it", {}, True),
    ],
)
def test_an_address_that_nobody_gave_has_to_be_confirmed(
    recipient: Any, text: str, context: dict[str, Any], waits: bool
) -> None:
    steps = (*MAIL[:2], ("send_email", {"draft": 2, "recipient": recipient}))
    assert bool(check(plan(*steps), text=text, context=context).approvals) is waits


def test_an_address_of_another_booking_has_to_be_confirmed() -> None:
    checked = check(
        plan(
            ("lookup_booking", {"room_number": "11"}),
            ("lookup_booking", {"room_number": "12"}),
            ("generate_email", {"booking_id": BOOKING}),
            ("send_email", {"draft": 3, "recipient": {"from_step": 2, "fact": "email"}}),
        )
    )
    assert [each.step for each in checked.approvals] == [4]


@pytest.mark.parametrize(
    ("offer", "role", "waits"),
    [
        ("10% off the bill", Role.RECEPTIONIST, False),
        ("50% off the bill", Role.RECEPTIONIST, True),
        ("50% off the bill", Role.MANAGER, False),
        ("something really nice", Role.RECEPTIONIST, True),
        ({"type": "night", "value": "two free nights"}, Role.RECEPTIONIST, True),
    ],
)
def test_an_offer_above_the_limits_of_the_role_has_to_be_confirmed(offer: Any, role: Role, waits: bool) -> None:
    key = "compensation" if isinstance(offer, str) else "compensation_offered"
    apology = ("generate_apology", {"room_number": "11", "variables": {"issue": "noise", key: offer}})
    checked = check(plan(apology, ("send_email", {"draft": 1})), role)
    assert [each.step for each in checked.approvals] == ([2] if waits else [])
    assert check(plan(apology), role).approvals == ()


def test_rules_that_the_plan_alone_breaks_are_looked_at_before_anything_is_done() -> None:
    closed = plan(("update_room_status", {"room_number": "11", "status": "out_of_order"}))
    rules = load_rules()
    assert [each.step for each in check(closed, Role.HOUSEKEEPING, rules=rules).approvals] == [1]
    assert check(closed, Role.MANAGER, rules=rules).approvals == ()  # whether a guest is in it is not known yet
    mails = check(plan(*MAIL), Role.SERVICE, rules=rules)
    assert [each.step for each in mails.approvals] == [3]

    strict = [rule.model_copy(update={"otherwise": Outcome.REFUSE}) for rule in rules]
    refused = check(closed, Role.HOUSEKEEPING, rules=strict).plan
    assert refused.steps == ()
    assert refused.refusal is not None
    assert refused.refusal.code == "business_rule"


def test_references_are_filled_when_the_facts_are_known() -> None:
    made = plan(*MAIL)
    arguments = ready_arguments(made.steps[1], {1: {"booking_id": "B-9"}})
    assert arguments.model_dump()["booking_id"] == "B-9"
    assert ready_arguments(made.steps[2], {}) == SendEmailArguments(draft=2)
    with pytest.raises(InputInvalid, match="step 1 did not give 'booking_id'"):
        ready_arguments(made.steps[1], {1: {}})
    with pytest.raises(InputInvalid, match="step 2"):
        ready_arguments(made.steps[1], {1: {"booking_id": ["B-9"]}})


def test_a_condition_holds_only_when_its_fact_is_known() -> None:
    made = plan(("get_current_pricing", {"room_type": "suite"}), ("index_knowledge_base", {}))
    cheap = Condition(step=1, fact="current_price", operator="less", value=2_000_000)
    assert holds(cheap, made, {1: {"current_price": "1600000"}})
    assert not holds(cheap, made, {1: {"current_price": "2000000.00"}})
    assert not holds(cheap, made, {1: {}})
    assert not holds(cheap, made, {})


def test_a_step_keeps_what_it_is_when_it_is_checked_again() -> None:
    once = check(plan(*MAIL)).plan
    assert check(once).plan == once
    assert isinstance(once.steps[0], PlanStep)
