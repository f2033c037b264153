"""Who gets in: keys in a real database, remembered for a minute."""

import asyncio
import logging
from typing import Any

import pytest
from fastapi import FastAPI, Request

from innkeeper.blocks.database.api_keys import list_keys, revoke_key
from innkeeper.blocks.database.engine import Database
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.errors import DatabaseUnavailable
from innkeeper.serving.auth import CACHE_TTL_S, FAILURES_PER_MINUTE, Authenticator, address_of
from innkeeper.serving.keys import KeyStore
from innkeeper.serving.problems import Problem

CLASSIFY = "/api/v1/llm/routing/classify"
TOWELS = {"request": {"message": "towels"}}
WRONG = "ik_" + "x" * 43


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Keys:
    """Knows one key, and counts how often it is asked."""

    def __init__(self) -> None:
        self.known = {"ik_" + "k" * 43: Principal(key_id="1", name="one", role=Role.SERVICE)}
        self.asked = 0
        self.error: Exception | None = None

    async def __call__(self, plain: str) -> Principal | None:
        self.asked += 1
        await asyncio.sleep(0)  # lets the others run, as a database would
        if self.error:
            raise self.error
        return self.known.get(plain)


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def authenticator(keys: Keys, clock: Clock) -> Authenticator:
    return Authenticator(keys, clock)


async def status_of(authenticator: Authenticator, key: str | None, address: str = "10.0.0.1") -> int:
    try:
        await authenticator.authenticate(key, address)
    except Problem as problem:
        return problem.status_code
    return 200


@pytest.mark.parametrize("path", [CLASSIFY, "/api/v1/llm/routing/extract-entities"])
async def test_without_a_key_nothing_is_routed(run: Any, router: Any, path: str) -> None:
    async with run() as client:
        response = await client.post(path, json=TOWELS)
    assert (response.status_code, response.headers["content-type"]) == (401, "application/problem+json")
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert router.seen == []


async def test_a_stranger_learns_nothing_about_the_body(run: Any) -> None:
    async with run() as client:
        assert (await client.post(CLASSIFY, content=b"{")).status_code == 401


@pytest.mark.parametrize("path", ["/api/v1/llm/health/live", "/api/v1/llm/health/ready", "/docs", "/openapi.json"])
async def test_probes_and_documentation_need_no_key(run: Any, path: str) -> None:
    async with run() as client:
        assert (await client.get(path)).status_code == 200


async def test_a_key_is_taken_from_either_header(run: Any, new_key: Any) -> None:
    key = await new_key()
    async with run() as client:
        for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}, {"Authorization": f"bearer  {key} "}):
            assert (await client.post(CLASSIFY, json=TOWELS, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": WRONG},
        {"X-API-Key": ""},
        {"X-API-Key": "x" * 5000},
        {"X-API-Key": "' OR 1=1 --"},
        {"Authorization": f"Bearer {WRONG}"},
        {"Authorization": "Basic aW5uOmtlZXBlcg=="},
        {"Authorization": "Bearer"},
    ],
)
async def test_a_wrong_key_is_refused(run: Any, headers: dict[str, str]) -> None:
    async with run() as client:
        assert (await client.post(CLASSIFY, json=TOWELS, headers=headers)).status_code == 401


async def test_a_key_with_other_than_ascii_letters_is_refused(run: Any) -> None:
    async with run() as client:
        response = await client.post(CLASSIFY, json=TOWELS, headers=[(b"X-API-Key", b"ik_\xe1\xbb\x87" * 10)])
    assert response.status_code == 401


async def test_a_revoked_key_is_refused_by_the_next_process(run: Any, new_key: Any, database: Database) -> None:
    key = await new_key()
    async with database.writing() as session:
        (row,) = await list_keys(session)
        await revoke_key(session, row.id)
    async with run() as client:
        assert (await client.post(CLASSIFY, json=TOWELS, headers={"X-API-Key": key})).status_code == 401


async def test_a_known_key_is_looked_up_once_a_minute(authenticator: Authenticator, keys: Keys, clock: Clock) -> None:
    (key,) = keys.known
    assert await asyncio.gather(*(status_of(authenticator, key) for _ in range(50))) == [200] * 50
    assert keys.asked == 1
    keys.known.clear()
    clock.now_s += CACHE_TTL_S - 1
    assert await status_of(authenticator, key) == 200
    clock.now_s += 1
    assert await status_of(authenticator, key) == 401


async def test_guessing_is_slowed_down_but_known_keys_still_pass(
    authenticator: Authenticator, keys: Keys, clock: Clock
) -> None:
    (key,) = keys.known
    await authenticator.authenticate(key, "10.0.0.1")
    guesses = [await status_of(authenticator, f"{WRONG}{number}") for number in range(FAILURES_PER_MINUTE + 5)]
    assert guesses == [401] * FAILURES_PER_MINUTE + [429] * 5
    assert await status_of(authenticator, key) == 200
    assert await status_of(authenticator, WRONG, "10.0.0.2") == 401
    clock.now_s += 60
    assert await status_of(authenticator, WRONG) == 401


async def test_parallel_guesses_do_not_escape_the_count(authenticator: Authenticator, keys: Keys) -> None:
    statuses = await asyncio.gather(*(status_of(authenticator, f"{WRONG}{number}") for number in range(100)))
    assert statuses.count(401) == FAILURES_PER_MINUTE == keys.asked


async def test_the_databases_fault_is_not_a_failed_guess(authenticator: Authenticator, keys: Keys) -> None:
    keys.error = DatabaseUnavailable("no answer")
    for _ in range(FAILURES_PER_MINUTE + 1):
        with pytest.raises(DatabaseUnavailable):
            await authenticator.authenticate(WRONG, "10.0.0.1")


async def test_a_database_that_cannot_be_asked_lets_nobody_in(run: Any, router: Any, monkeypatch: Any) -> None:
    async def unavailable(_store: KeyStore, _plain: str) -> None:
        raise DatabaseUnavailable("no answer", retry_after_s=3)

    monkeypatch.setattr(KeyStore, "find", unavailable)
    async with run() as client:
        response = await client.post(CLASSIFY, json=TOWELS, headers={"X-API-Key": WRONG})
    assert (response.status_code, response.headers["retry-after"]) == (503, "3")
    assert router.seen == []


async def test_the_use_of_a_key_is_noted(run: Any, new_key: Any, database: Database) -> None:
    key = await new_key()
    async with run() as client:
        await client.post(CLASSIFY, json=TOWELS, headers={"X-API-Key": key})
    async with database.reading() as session:
        (row,) = await list_keys(session)
    assert row.last_used_at is not None


async def test_a_key_never_reaches_the_log(run: Any, new_key: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = await new_key()
    async with run() as client:
        for each in (key, WRONG):
            await client.post(CLASSIFY, json=TOWELS, headers={"X-API-Key": each})
    assert "unknown API key" in caplog.text
    assert not [record for record in caplog.records if key in record.getMessage() or WRONG in record.getMessage()]


async def test_authentication_that_is_off_lets_everybody_in_and_says_so(
    run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with run(auth="off") as client:
        assert (await client.post(CLASSIFY, json=TOWELS)).status_code == 200
        assert (await client.get("/api/v1/llm/health")).json()["authentication"] == "off"
    assert "authentication is off" in caplog.text


async def test_an_operator_without_a_key_is_told_how_to_make_one(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    async with run():
        assert "innkeeper keys create" in caplog.text


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_client_is_its_network(host: str, address: str) -> None:
    scope = {"type": "http", "client": (host, 1234), "headers": [], "app": FastAPI()}
    assert address_of(Request(scope)) == address
