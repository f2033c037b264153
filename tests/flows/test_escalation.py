"""A flow run whose routing chain has a model: one task per request, and an artifact with what it cost."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from tests.flows.conftest import Server
from tests.providers import Json, OpenAIServer, Script

from innkeeper.blocks.settings import settings
from innkeeper.flows.routing import route_requests
from innkeeper.schemas.routing import GuestMessage
from innkeeper.tasks.circuits import forget_circuits
from innkeeper.tasks.limits import ensure_model_limit
from innkeeper.tasks.policies import MODEL_TAG

TOWELS = {"subcategory": "amenity_request", "priority": "medium", "confidence": 0.9, "quote": "stuff"}
ANSWER = {"requests": [TOWELS], "out_of_scope": False, "adversarial": False, "sentiment": "neutral"}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, home: Any) -> Iterator[OpenAIServer]:
    forget_circuits()
    with OpenAIServer(Script(default=Json(ANSWER))) as server:
        monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("INNKEEPER_MODEL_CHAIN", "openai/gpt-5-mini,engine")
        settings.cache_clear()
        yield server


async def test_only_the_unsure_message_costs_and_the_run_shows_what(server: Server, provider: OpenAIServer) -> None:
    messages = [
        GuestMessage(id="m1", message="Two more bath towels to 412 please"),
        GuestMessage(id="m2", message="can i get some of the stuff from before again"),
    ]
    state = await route_requests(messages, start_fulfilment=False, return_state=True)
    report = await state.aresult()
    run_id = state.state_details.flow_run_id
    assert run_id is not None
    assert [each.result.decided_by for each in report.messages if each.result] == ["engine", "openai/gpt-5-mini"]
    assert len(provider.requests) == 1
    runs = await server.until(lambda: server.task_runs(run_id), lambda found: _named(found, "ask-") == 1)
    (asked,) = [each for each in runs if each.name.startswith("ask-")]
    assert asked.name == "ask-openai/gpt-5-mini-for-routing"
    assert "innkeeper-model" in asked.tags
    rows = await _artifact(server, run_id, "model-cost")
    assert [(row["model"], row["requests"]) for row in rows] == [("openai/gpt-5-mini", 1)]
    assert float(rows[0]["US dollars"]) > 0


def _named(runs: Any, prefix: str) -> int:
    return sum(each.name.startswith(prefix) for each in runs)


async def _artifact(server: Server, run_id: Any, key: str) -> list[dict[str, Any]]:
    wanted = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]), key=ArtifactFilterKey(any_=[key]))
    (artifact,) = await server.client.read_artifacts(artifact_filter=wanted)
    rows: list[dict[str, Any]] = json.loads(str(artifact.data))
    return rows


async def test_the_limit_of_all_processes_is_made_once_and_an_operator_s_own_is_left(server: Server) -> None:
    name = f"tag:{MODEL_TAG}"
    try:
        await ensure_model_limit(7)
        await ensure_model_limit(9)
        assert (await server.client.read_global_concurrency_limit_by_name(name)).limit == 7
    finally:
        await server.client.delete_global_concurrency_limit_by_name(name)
