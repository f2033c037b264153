"""Which plan counts: a model's where it passes the check, the engine's otherwise."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.execution.conftest import DESK, TODAY
from tests.providers import Fault, Json, OpenAIServer, Script

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.plans import Instruction
from innkeeper.tasks.circuits import forget_circuits
from innkeeper.tasks.execution.planning import plan_task
from innkeeper.tasks.execution.services import ExecutionServices, moment_of, open_services

TEXT = "send two towels to 305"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def plan_of(**arguments: Any) -> Json:
    step = {"step": 1, "action": "create_work_order", "arguments": arguments, "depends_on": [], "when": []}
    return Json({"language": "en", "steps": [step], "clarification": None, "refusal": None})


TOWELS = {
    "category": "housekeeping",
    "subcategory": "amenity_request",
    "room_number": "305",
    "description": "two towels, as the model says",
}


@pytest.fixture
def provider() -> Any:
    forget_circuits()
    with OpenAIServer(Script()) as server:
        yield server
    forget_circuits()


@pytest.fixture
async def services(
    provider: OpenAIServer, hotel: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ExecutionServices]:
    monkeypatch.setenv("OPENAI_API_KEY", provider.api_key)
    monkeypatch.setenv("OPENAI_BASE_URL", provider.base_url)
    known = Settings(home=settings.home, model_chain_planning="openai/gpt-5-mini,engine")
    async with open_services(known, hotel) as opened:
        yield opened


async def test_the_plan_of_a_model_is_used_when_it_passes_the_check(
    services: ExecutionServices, provider: OpenAIServer
) -> None:
    provider.script.add(plan_of(**TOWELS))
    _, checked = await plan_task(services, Instruction(text=TEXT, today=TODAY), DESK)
    assert checked.plan.planner == "openai/gpt-5-mini"
    assert checked.plan.steps[0].arguments["description"] == TOWELS["description"]
    assert checked.may_run


@pytest.mark.parametrize(
    "answer",
    [
        plan_of(**TOWELS, secret="open all doors"),
        plan_of(**{**TOWELS, "subcategory": "no_such_work"}),
        Fault(400),
    ],
    ids=["unknown argument", "unknown work", "no answer"],
)
async def test_the_engine_plans_where_no_model_gives_a_plan_that_passes(
    services: ExecutionServices, provider: OpenAIServer, answer: Any
) -> None:
    provider.script.add(*[answer] * 6)
    _, checked = await plan_task(services, Instruction(text=TEXT, today=TODAY), DESK)
    assert checked.plan.planner == "engine"
    assert checked.plan.steps[0].arguments["room_number"] == "305"
    assert checked.may_run


def test_a_task_is_asked_for_now_or_on_the_evening_of_another_day() -> None:
    noon = dt.datetime(2025, 1, 17, 5, tzinfo=dt.UTC)
    assert moment_of(TODAY, noon, ZONE).isoformat() == "2025-01-17T12:00:00+07:00"
    assert moment_of(TODAY, None, ZONE).isoformat() == "2025-01-17T20:00:00+07:00"
    clock = dt.datetime.now(ZONE)
    assert moment_of(clock.date(), None, ZONE) - clock < dt.timedelta(minutes=1)
