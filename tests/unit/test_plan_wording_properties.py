"""Random tasks in words: whatever became of one, there are sentences about it."""

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from innkeeper.engine.planning.actions import ACTIONS
from innkeeper.engine.planning.facts import FactType
from innkeeper.engine.planning.wording import StepOutcome, Telling, preview_lines, summary
from innkeeper.schemas.access import Role
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.plans import Plan, StepStatus, TaskStatus

TODAY = dt.date(2026, 3, 2)

SAMPLES: dict[ActionName, dict[str, Any]] = {
    ActionName.GET_ROOM_STATUS: {"room_number": "11"},
    ActionName.VERIFY_ROOM_READY: {"room_number": "11"},
    ActionName.LOOKUP_BOOKING: {"guest_name": "Ann {x}"},
    ActionName.GET_CURRENT_PRICING: {"room_type": "suite", "date": "2026-03-04", "nights": 2},
    ActionName.FIND_AVAILABLE_ROOMS: {"check_in_date": "2026-03-04", "check_out_date": "2026-03-05"},
    ActionName.SEARCH_KNOWLEDGE_BASE: {"query": "breakfast {hours}"},
    ActionName.GENERATE_EMAIL: {"booking_id": "B"},
    ActionName.GENERATE_APOLOGY: {"room_number": "11"},
    ActionName.GENERATE_CHECKIN_INSTRUCTIONS: {"guest_name": "Ann"},
    ActionName.SEND_GUEST_MESSAGE: {"kind": "request_done", "room_number": "11"},
    ActionName.CREATE_WORK_ORDER: {"category": "housekeeping", "subcategory": "laundry", "description": "d"},
    ActionName.ASSIGN_STAFF: {"work_order_id": 4, "assignee": "housekeeping_team"},
    ActionName.NOTIFY_DEPARTMENT: {"department": "security", "message": "m"},
    ActionName.UPDATE_ROOM_STATUS: {"room_number": "11", "status": "clean"},
    ActionName.SCHEDULE_WAKE_UP_CALL: {"room_number": "11", "at": "2026-03-03T06:00:00+07:00"},
    ActionName.INDEX_KNOWLEDGE_BASE: {},
    ActionName.ANALYZE_LOGS: {"service": "camera"},
    ActionName.RUN_FLOW: {"deployment": "a/b"},
}
KNOWN: dict[FactType, st.SearchStrategy[Any]] = {
    FactType.FLAG: st.booleans(),
    FactType.NUMBER: st.integers(-5, 5) | st.just("1600000.00") | st.just("many"),
    FactType.TEXT: st.sampled_from(["clean", "sent", "approval", "a@b.c", "{braces}", "", "2026-03-03T06:00:00+07:00"]),
    FactType.DAY: st.sampled_from(["2026-03-02", "soon"]) | st.dates(),
    FactType.LIST: st.lists(st.sampled_from(["11", 12, None]), max_size=20),
    FactType.TABLE: st.just({}),
}


@st.composite
def tasks(draw: st.DrawFn) -> tuple[Telling, list[StepOutcome]]:
    steps: list[dict[str, Any]] = []
    facts: dict[int, dict[str, Any]] = {}
    done: list[StepOutcome] = []
    for number in range(1, draw(st.integers(1, 5)) + 1):
        action = draw(st.sampled_from(sorted(SAMPLES)))
        when = []
        is_conditional = draw(st.booleans())
        if steps and is_conditional:
            source = draw(st.integers(1, number - 1))
            given = ACTIONS[ActionName(steps[source - 1]["action"])].facts
            fact = draw(st.sampled_from(sorted(given)))
            value = draw(KNOWN[given[fact].type])
            operator = draw(st.sampled_from(["is", "is_not", "less", "more", "at_most", "at_least", "in"]))
            when.append({"step": source, "fact": fact, "operator": operator, "value": value})
        steps.append({"step": number, "action": action.value, "arguments": SAMPLES[action], "when": when})
        names = draw(st.sets(st.sampled_from(sorted(ACTIONS[action].facts))))
        facts[number] = {name: draw(KNOWN[ACTIONS[action].facts[name].type]) for name in sorted(names)}
        done.append(StepOutcome(number, draw(st.sampled_from(StepStatus)), draw(st.none() | st.just("{why}"))))
    made = Plan.model_validate({"language": draw(st.sampled_from(["en", "vi"])), "steps": steps})
    return Telling(made, draw(st.sampled_from(Role)), TODAY, facts), done


@settings(max_examples=300, deadline=None)
@given(tasks(), st.sampled_from(TaskStatus))
def test_whatever_became_of_a_task_there_are_words_for_it(
    task: tuple[Telling, list[StepOutcome]], status: TaskStatus
) -> None:
    telling, done = task
    text = summary(telling, done, status)
    assert text.endswith((".", "!", "?", "…"))
    assert "None" not in text
    assert len(preview_lines(telling)) == len(telling.plan.steps)
