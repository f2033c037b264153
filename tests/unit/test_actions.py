"""The registry of actions."""

import pytest

from innkeeper.engine.planning.actions import ACTIONS, action_named, message_kind, service_and_tool
from innkeeper.engine.planning.facts import Fact, FactType, compares, comparison_problem
from innkeeper.schemas.access import Role
from innkeeper.schemas.actions import ActionName, RiskTier
from innkeeper.schemas.messages import MessageKind


def test_every_action_has_one_entry() -> None:
    assert set(ACTIONS) == set(ActionName)


@pytest.mark.parametrize("action", ActionName)
def test_every_name_and_alias_leads_to_its_action(action: ActionName) -> None:
    for spelling in (action.value, *ACTIONS[action].aliases):
        assert action_named(spelling) is action
        assert action_named(f" {spelling.upper().replace('_', '-')} ") is action


def test_no_alias_is_claimed_twice() -> None:
    spellings = [spelling for action in ACTIONS.values() for spelling in (action.name.value, *action.aliases)]
    assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize("name", ["", "cancel_all_bookings", "rm -rf", "refund_guest", "unlock_door"])
def test_what_is_not_in_the_registry_has_no_action(name: str) -> None:
    assert action_named(name) is None


def test_only_known_roles_confirm_and_only_those_who_may() -> None:
    for action in ACTIONS.values():
        assert Role.MANAGER in action.roles
        assert Role.MANAGER not in action.asks
        if action.risk is RiskTier.READ:
            assert not action.asks


def test_a_guest_reads_and_asks_for_work_and_no_more() -> None:
    own = {action.name for action in ACTIONS.values() if Role.GUEST in action.roles and action.has_side_effect}
    assert own == {
        ActionName.CREATE_WORK_ORDER,
        ActionName.NOTIFY_DEPARTMENT,
        ActionName.SCHEDULE_WAKE_UP_CALL,
    }


def test_all_that_is_reversible_has_what_undoes_it() -> None:
    for action in ACTIONS.values():
        assert (action.compensation is not None) == (action.risk is RiskTier.REVERSIBLE)


def test_the_tools_are_those_of_the_specification() -> None:
    assert service_and_tool(ActionName.GET_ROOM_STATUS, {}) == ("cv", "get_room_status")
    assert service_and_tool(ActionName.VERIFY_ROOM_READY, {}) == ("internal", "business_logic")
    assert service_and_tool(ActionName.GENERATE_EMAIL, {"kind": "checkin_instructions"}) == (
        "llm",
        "generate_checkin_email",
    )
    assert service_and_tool(ActionName.GENERATE_EMAIL, {"kind": "payment_reminder"}) == ("llm", "generate_email")
    assert service_and_tool(ActionName.SEND_EMAIL, {"draft": 3}) == ("prefect", "trigger_email_workflow")


def test_a_kind_that_is_no_kind_is_none() -> None:
    assert message_kind(ActionName.GENERATE_EMAIL, {"kind": "ransom_note"}) is None
    assert message_kind(ActionName.GENERATE_EMAIL, {"kind": {"from_step": 1, "fact": "kind"}}) is None
    assert message_kind(ActionName.GENERATE_APOLOGY, {}) is MessageKind.APOLOGY
    assert message_kind(ActionName.GET_ROOM_STATUS, {"kind": "apology"}) is None


@pytest.mark.parametrize(
    ("known", "operator", "value", "expected"),
    [
        ("1600000", "at_most", 1_700_000, True),
        (3, "more", 3, False),
        (True, "is", 1, None),
        ("yes", "more", 3, None),
        (float("nan"), "less", 3, None),
        (None, "is", 3, None),
        (5, "in", [4, 5], True),
        (5, "not_in", [4, 5], False),
        (10**400, "less", 3, None),
    ],
)
def test_numbers_compare_and_nothing_else_does(known: object, operator: str, value: object, expected: object) -> None:
    assert compares(FactType.NUMBER, known, operator, value) is expected


def test_texts_compare_whatever_their_case_and_days_by_date() -> None:
    assert compares(FactType.TEXT, "Deluxe ", "is", "deluxe") is True
    assert compares(FactType.DAY, "2025-01-17", "less", "2025-01-18") is True
    assert compares(FactType.DAY, "soon", "less", "2025-01-18") is None


@pytest.mark.parametrize(
    ("fact", "operator", "value", "problem"),
    [
        (Fact(FactType.FLAG, True), "is", "yes", "is no flag"),
        (Fact(FactType.FLAG, True), "more", True, "has no order"),
        (Fact(FactType.TEXT, "a", frozenset({"clean"})), "is", "spotless", "is never its value"),
        (Fact(FactType.NUMBER, 1), "in", 5, "takes a list"),
        (Fact(FactType.NUMBER, 1), "like", 5, "no operator"),
        (Fact(FactType.LIST, []), "is", 5, "cannot be compared"),
    ],
)
def test_a_comparison_that_can_never_hold_is_named(fact: Fact, operator: str, value: object, problem: str) -> None:
    assert problem in (comparison_problem(fact, operator, value) or "")
