"""Random plans against the check: no exception but ours, and nothing forbidden passes."""

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from innkeeper.engine.planning.actions import ACTIONS, SENDS
from innkeeper.engine.planning.rule_files import load_rules
from innkeeper.engine.planning.validation import CheckedPlan, check_plan
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.plans import Instruction, Plan

ROOMS = frozenset({"11", "12"})


def plan(*steps: tuple[Any, ...]) -> Plan:
    made = [
        {"step": number, "action": action, "arguments": arguments, "when": when}
        for number, (action, arguments, when) in enumerate(steps, 1)
    ]
    return Plan.model_validate({"language": "en", "steps": made})


def check(made: Plan, role: Role) -> CheckedPlan:
    return check_plan(
        made,
        principal=Principal(key_id="k", name="Somebody", role=role),
        instruction=Instruction(text="do it", today=dt.date(2026, 3, 2)),
        rooms=ROOMS,
        taxonomy=load_taxonomy(),
        allowed_flows={"a/b"},
        rules=load_rules(),
    )


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["11", "clean", "B"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["from_step", "fact", "x"]), inner, max_size=3)
        | st.fixed_dictionaries({"from_step": st.integers(0, 5), "fact": st.sampled_from(["email", "status", "total"])})
    ),
    max_leaves=6,
)
NAMES = sorted({name for action in ACTIONS.values() for name in action.arguments.model_fields} | {"unknown"})
STEPS = st.lists(
    st.tuples(
        st.sampled_from(ActionName),
        st.dictionaries(st.sampled_from(NAMES), VALUES | st.integers(1, 4), max_size=5),
        st.lists(
            st.fixed_dictionaries(
                {
                    "step": st.integers(1, 4),
                    "fact": st.sampled_from(["status", "found", "total", "mood"]),
                    "operator": st.sampled_from(["is", "less", "in"]),
                    "value": VALUES,
                }
            ),
            max_size=1,
        ),
    ),
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(STEPS, st.sampled_from(Role))
def test_no_plan_breaks_the_check_and_nothing_forbidden_passes(
    steps: list[tuple[ActionName, dict[str, Any], list[dict[str, Any]]]], role: Role
) -> None:
    try:
        made = plan(*steps)
    except ValidationError:
        return
    checked = check(made, role)
    if not checked.may_run:
        assert checked.problems or checked.plan.refusal or checked.plan.clarification
        return
    waiting = {each.step for each in checked.approvals}
    for step in checked.plan.steps:
        action = ACTIONS[step.action]
        assert role in action.roles
        assert role not in action.asks or step.step in waiting
        assert set(step.arguments) <= set(action.arguments.model_fields)
        assert all(earlier < step.step for earlier in step.depends_on)
        assert step.action is not ActionName.RUN_FLOW or step.arguments["deployment"] == "a/b"
        assert step.action not in SENDS or step.step in waiting or role in {Role.MANAGER, Role.RECEPTIONIST}
