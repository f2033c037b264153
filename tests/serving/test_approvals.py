"""`approvals` over HTTP: managers alone, one decision, sent at once."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from tests.messages.outgoing import message
from tests.serving.conftest import NewKey, Run

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import import_hotel
from innkeeper.blocks.hotel_file import read_hotel_file
from innkeeper.schemas.access import Role
from innkeeper.schemas.outbox import StoredMessage
from innkeeper.tasks.messages.outbox import store_message

PATH = "/api/v1/llm/approvals"
SAMPLE = Path(__file__).parents[2] / "knowledge_base" / "hotel_paradise.json"


@pytest.fixture
async def waiting(database: Database) -> StoredMessage:
    file, _ = read_hotel_file(str(SAMPLE))
    async with database.writing() as session:
        await import_hotel(session, file)
    stored = await store_message.fn(database, message(created_by="key:77"), "above the limit", dt.datetime.now(dt.UTC))
    return stored.message


async def test_a_manager_sees_what_waits_and_approves_it(
    run: Run, new_key: NewKey, waiting: StoredMessage, tmp_path: Path
) -> None:
    async with run() as client:
        client.headers["X-API-Key"] = await new_key(Role.MANAGER)
        (approval,) = (await client.get(PATH)).json()["approvals"]
        one = f"{PATH}/{approval['id']}"
        assert (await client.get(one)).json()["body"] == waiting.body
        done = await client.post(one, json={"decision": "approved"})
        again = await client.post(one, json={"decision": "approved"})
        other = await client.post(one, json={"decision": "rejected"})
    assert (done.status_code, done.json()["status"]) == (200, "written")
    assert (again.status_code, again.json()["approval"]) == (200, done.json()["approval"])
    assert (other.status_code, other.json()["type"]) == (409, "/problems/conflict")
    assert (tmp_path / "outbox" / f"{waiting.id}.eml").is_file()


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.MANAGER])
async def test_nobody_else_sees_or_decides_anything(
    run: Run, new_key: NewKey, waiting: StoredMessage, role: Role
) -> None:
    async with run() as client:
        client.headers["X-API-Key"] = await new_key(role)
        answers = [
            await client.get(PATH),
            await client.get(f"{PATH}/1"),
            await client.get(f"{PATH}/2"),
            await client.post(f"{PATH}/1", json={"decision": "approved"}),
        ]
    assert [each.status_code for each in answers] == [403] * 4


@pytest.mark.parametrize(
    ("place", "body", "status"),
    [("/9", {"decision": "approved"}, 404), ("/1", {"decision": "maybe"}, 422), ("/1", {}, 422), ("/0", {}, 422)],
)
async def test_a_decision_that_cannot_be_made_is_a_problem(
    run: Run, new_key: NewKey, waiting: StoredMessage, place: str, body: dict[str, Any], status: int
) -> None:
    async with run() as client:
        client.headers["X-API-Key"] = await new_key(Role.MANAGER)
        assert (await client.post(PATH + place, json=body)).status_code == status
