"""The OpenAPI document is true: generated requests never fail the server, and every answer is as described."""

from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from innkeeper.blocks.settings import Settings
from innkeeper.serving.app import create_app

API = "/api/v1/llm"


# Built, not started: the generated requests go to `live`.
# A text that is longer than a field may be can make the body too large: 413 refuses it as well.
REFUSED = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]
config = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSED}}})
schema = schemathesis.openapi.from_dict(create_app(Settings.model_validate({})).openapi(), config=config)


@schema.parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_generated_requests_get_answers_as_described(case: Any, live: Any) -> None:
    # A valid `date-time` may lie in a year that no hotel knows, and is refused then.
    case.call_and_validate(
        base_url=live.url, headers={"X-API-Key": live.key}, excluded_checks=[positive_data_acceptance]
    )


async def test_every_operation_but_the_probes_asks_for_a_key(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    secured = {path for path, operations in paths.items() if all("security" in each for each in operations.values())}
    assert set(paths) - secured == {f"{API}/health/live", f"{API}/health/ready"}
    assert {f"{API}/routing/classify", f"{API}/routing/extract-entities", f"{API}/health"} <= secured


async def test_either_header_is_enough(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["paths"][f"{API}/routing/classify"]["post"]["security"] == [{"ApiKey": []}, {"Bearer": []}]
    assert set(document["components"]["securitySchemes"]) == {"ApiKey", "Bearer"}


async def test_every_problem_is_described_as_a_problem(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    responses = [
        response
        for operations in document["paths"].values()
        for operation in operations.values()
        for status, response in operation["responses"].items()
        if status >= "400"
    ]
    assert {tuple(response["content"]) for response in responses} == {("application/problem+json",)}
    assert "HTTPValidationError" not in document["components"]["schemas"]
