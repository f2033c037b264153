"""Around every request: its id, its log line, and what a failure shows to whom."""

import json
import logging
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from innkeeper.schemas.errors import InputInvalid, NotConfigured, TransientError
from innkeeper.schemas.routing import GuestMessage, RoutingResult
from innkeeper.serving.problems import KINDS, field_error

CLASSIFY = "/api/v1/llm/routing/classify"
SECRET = "Madame Thu is allergic to the blue pillow"
MESSAGE = {"request": {"message": SECRET, "room_number": "201"}}


class FailingRouter:
    """Raises `error` for every message."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def route(self, message: GuestMessage) -> RoutingResult:
        raise self.error

    def extract(self, message: GuestMessage) -> Any:
        raise self.error


@pytest.mark.parametrize("given", ["a", "req-1.2:3_4", "x" * 128])
async def test_a_sane_request_id_is_kept(client: httpx.AsyncClient, given: str) -> None:
    response = await client.get("/api/v1/llm/health/live", headers={"X-Request-ID": given})
    assert response.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\tb", "../a", "<b>", '"', "khăn"])
async def test_another_request_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    response = await client.get("/api/v1/llm/health/live", headers=[(b"X-Request-ID", given.encode())])
    assert re.fullmatch(r"req_[0-9a-f]{32}", response.headers["x-request-id"])


async def test_every_request_without_an_id_gets_its_own(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/nowhere")).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", CLASSIFY, 405), ("POST", f"{CLASSIFY}/", 404), ("TRACE", CLASSIFY, 405)],
)
async def test_a_wrong_path_or_method_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    response = await client.request(method, path)
    problem = response.json()
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert problem["type"] == f"/problems/{KINDS[status].slug}"
    assert ("allow" in response.headers) is (status == 405)


async def test_an_unexpected_error_shows_neither_its_trace_nor_the_guest(
    run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with run(auth="off", using=FailingRouter(ValueError(f"cannot read {SECRET}"))) as client:
        response = await client.post(CLASSIFY, json=MESSAGE)
    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
    assert response.json()["request_id"] == response.headers["x-request-id"]
    assert "ValueError" not in response.text
    assert "unexpected ValueError" in caplog.text
    assert "in route" in caplog.text  # where it happened
    assert SECRET not in caplog.text + response.text


@pytest.mark.parametrize(
    ("error", "status", "shown"),
    [
        (TransientError("busy", retry_after_s=2.5), 503, "cannot answer now"),
        (InputInvalid("the message has no text"), 422, "the message has no text"),
        (NotConfigured("set INNKEEPER_TAXONOMY"), 503, "A setting is missing"),
    ],
)
async def test_our_own_errors_say_who_should_do_what(run: Any, error: Exception, status: int, shown: str) -> None:
    async with run(auth="off", using=FailingRouter(error)) as client:
        response = await client.post(CLASSIFY, json=MESSAGE)
    assert response.status_code == status
    assert shown in response.json()["detail"]
    assert response.headers.get("retry-after") == ("3" if isinstance(error, TransientError) else None)


async def test_guest_text_is_never_logged(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await client.post(CLASSIFY, json=MESSAGE)
    await client.post(CLASSIFY, json={"request": {"message": [SECRET]}})
    await client.post(CLASSIFY, content=json.dumps(MESSAGE)[:-1], headers={"Content-Type": "application/json"})
    await client.get(f"/{SECRET}?q={SECRET}")
    await client.post(f"{CLASSIFY}?message={SECRET}", json=MESSAGE)
    assert "POST /api/v1/llm/routing/classify -> 200" in caplog.text
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    assert not [line for line in ours if "Thu" in line or "pillow" in line]


async def test_a_key_a_guest_may_have_typed_is_not_named() -> None:
    assert field_error(("request", SECRET), "wrong").pointer == "#/request/…"
    assert field_error(("items", 3, "room_number"), "wrong").pointer == "#/items/3/room_number"


async def test_an_overloaded_service_says_so_in_time(run: Any, router: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    answer = router.route

    def slow(message: GuestMessage) -> RoutingResult:
        release.wait(10)
        result: RoutingResult = answer(message)
        return result

    monkeypatch.setattr(router, "route", slow)
    async with run(auth="off") as client:
        object.__setattr__(client._transport.app.state.services, "request_timeout_s", 0.05)
        response = await client.post(CLASSIFY, json=MESSAGE)
        release.set()
    assert response.status_code == 503
    assert "retry-after" in response.headers


def test_importing_the_app_reads_no_setting_and_opens_nothing(tmp_path: Path) -> None:
    code = "import innkeeper.serving.app, innkeeper.cli.serve, logging; assert not logging.getLogger().handlers"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"INNKEEPER_PORT": "nonsense"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
