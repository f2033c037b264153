"""The HTTP API with a model behind the engine: it decides, and it is never waited for too long."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.providers import Hang, Json, OpenAIServer, Script
from tests.serving.conftest import running

from innkeeper.blocks.database.engine import Database
from innkeeper.engine.routing.router import load_router
from innkeeper.serving.app import create_app
from innkeeper.tasks.circuits import forget_circuits

UNSURE = {"request": {"message": "can i get some of the stuff from before again", "timestamp": "2025-06-04T09:00:00Z"}}
TOWELS = {"subcategory": "amenity_request", "priority": "medium", "confidence": 0.9, "quote": "stuff"}
ANSWER = {"requests": [TOWELS], "out_of_scope": False, "adversarial": False, "sentiment": "neutral"}


@pytest.fixture
def provider() -> Iterator[OpenAIServer]:
    forget_circuits()
    with OpenAIServer(Script()) as server:
        yield server
        server.release()
    forget_circuits()


async def classified(provider: OpenAIServer, settings_of: Any, database: Database, **services: Any) -> dict[str, Any]:
    address = {"OPENAI_API_KEY": provider.api_key, "OPENAI_BASE_URL": provider.base_url}
    settings = settings_of(auth="off", model_chain="openai/gpt-5-mini,engine", **address)
    app = create_app(settings, load_router(), database)
    async with running(app) as client:
        app.state.services = replace(app.state.services, **services)
        response = await client.post("/api/v1/llm/routing/classify", json=UNSURE)
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


async def test_a_model_decides_what_the_engine_is_unsure_of(
    provider: OpenAIServer, settings_of: Any, database: Database
) -> None:
    provider.script.add(Json(ANSWER))
    answer = await classified(provider, settings_of, database)
    assert (answer["decided_by"], answer["needs_review"]) == ("openai/gpt-5-mini", False)
    assert answer["usage"]["input_tokens"] > 1_000


async def test_a_model_that_hangs_is_not_waited_for(
    provider: OpenAIServer, settings_of: Any, database: Database
) -> None:
    provider.script.add(Hang())
    answer = await classified(provider, settings_of, database, request_timeout_s=0.5)
    assert (answer["decided_by"], answer["needs_review"]) == ("engine", True)
    assert [each["outcome"] for each in answer["escalation"]] == ["too_late"]
    await provider.left(1)  # the request was given up, not left running
