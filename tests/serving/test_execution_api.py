"""`execute/task` over HTTP: the specification's shape, one task for each key, whose tasks are seen, who decides."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serving.conftest import NewKey, Run, SettingsOf

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import import_hotel
from innkeeper.blocks.database.outbox import list_messages
from innkeeper.blocks.database.tasks import claim_task, new_holder, release_task, update_task
from innkeeper.blocks.database.timed_actions import list_timed_actions
from innkeeper.blocks.hotel_file import read_hotel_file
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.outbox import StoredMessage
from innkeeper.schemas.plans import Instruction, TaskStatus
from innkeeper.tasks.execution.executor import open_executor

API = "/api/v1/llm/execute"
SAMPLE = Path(__file__).parents[2] / "knowledge_base" / "hotel_paradise.json"
DAY = dt.date(2025, 1, 17)
READY = {  # 504 is inspected, and its guest arrives that day
    "instruction": "Check if room 504 is clean and ready, then send check-in confirmation email to the guest",
    "context": {"booking_id": "BK-2025-0117-008", "room_number": "504"},
    "today": DAY.isoformat(),
}
WAKE_UP = {"instruction": "wake up call for room 501 tomorrow at 6:30", "today": DAY.isoformat()}
GENEROUS = {
    "instruction": "Apologise to the guest in room 501 by email for the noise and offer 60% off the next booking",
    "today": DAY.isoformat(),
}
UNCLEAR = {"instruction": "wake up call for room 501 please", "today": DAY.isoformat()}
As = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def hotel(database: Database) -> Database:
    file, _ = read_hotel_file(str(SAMPLE))
    async with database.writing() as session:
        await import_hotel(session, file)
    return database


@pytest.fixture
async def serve(hotel: Database, run: Run, new_key: NewKey) -> AsyncIterator[As]:
    """`await serve(Role.RECEPTIONIST)`: a client of one running app with a key of its own."""
    async with run() as client:

        async def make(role: Role = Role.RECEPTIONIST) -> httpx.AsyncClient:
            headers = {"X-API-Key": await new_key(role)}
            return httpx.AsyncClient(transport=client._transport, base_url="http://hotel", headers=headers)

        yield make


async def messages_of(database: Database) -> list[StoredMessage]:
    async with database.reading() as session:
        return await list_messages(session, None, limit=50)


async def told(client: httpx.AsyncClient, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = await client.post(f"{API}/task", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


async def test_the_specification_s_task_is_carried_out_and_told_in_its_shape(serve: As, hotel: Database) -> None:
    client = await serve()
    report = await told(client, READY)
    assert (report["status"], report["overall_status"]) == ("completed", "success")
    assert report["task_id"].startswith("TASK-")
    assert {"step", "action", "service", "tool", "status", "duration_ms"} <= set(report["execution_plan"][0])
    assert {each["status"] for each in report["execution_plan"]} == {"completed"}
    assert (report["results"]["room_ready"], report["results"]["email_sent"]) == (True, True)
    assert report["total_duration_ms"] > 0
    assert "504" in report["execution_summary"]
    (message,) = await messages_of(hotel)
    assert message.id == report["results"]["email_id"]
    again = (await client.get(f"{API}/task/{report['task_id']}")).json()
    assert again == report


async def test_one_key_is_one_task_and_one_mail(serve: As, hotel: Database) -> None:
    client = await serve()
    answers = await asyncio.gather(
        *(client.post(f"{API}/task", json=READY, headers={"Idempotency-Key": "k-1"}) for _ in range(5))
    )
    assert {each.status_code for each in answers} <= {200, 409}
    last = await client.post(f"{API}/task", json=READY, headers={"Idempotency-Key": "k-1"})
    assert (last.status_code, last.headers["Idempotent-Replayed"]) == (200, "true")
    assert {each.json()["task_id"] for each in answers if each.is_success} <= {last.json()["task_id"]}
    other = await client.post(f"{API}/task", json=WAKE_UP, headers={"Idempotency-Key": "k-1"})
    assert (other.status_code, other.headers["content-type"]) == (422, "application/problem+json")
    assert len(await messages_of(hotel)) == 1
    someone_else = await told(await serve(), WAKE_UP, "k-1")
    assert someone_else["task_id"] != last.json()["task_id"]


async def test_a_key_whose_task_is_under_way_is_answered_with_409_until_its_process_is_done(
    serve: As, hotel: Database
) -> None:
    client = await serve()
    task_id = (await told(client, WAKE_UP, "k-1"))["task_id"]
    now, holder = dt.datetime.now(dt.UTC), new_holder()
    async with hotel.writing() as session:
        await update_task(session, task_id, status=TaskStatus.RUNNING)
        assert await claim_task(session, task_id, holder, now=now, until=now + dt.timedelta(minutes=1))
    busy = await client.post(f"{API}/task", json=WAKE_UP, headers={"Idempotency-Key": "k-1"})
    assert (busy.status_code, busy.json()["type"]) == (409, "/problems/conflict")
    async with hotel.writing() as session:
        await release_task(session, task_id, holder)
    assert (await told(client, WAKE_UP, "k-1"))["status"] == "completed"
    async with hotel.reading() as session:
        assert len(await list_timed_actions(session)) == 1


async def test_a_dry_run_says_what_would_be_done_and_does_nothing(serve: As, hotel: Database) -> None:
    report = await told(await serve(), READY | {"dry_run": True})
    assert report["status"] == "planned"
    assert len(report["preview"]) == len(report["execution_plan"]) > 2
    assert await messages_of(hotel) == []


async def test_a_task_is_its_principal_s_and_every_manager_s(serve: As) -> None:
    reception, colleague, manager = await serve(), await serve(), await serve(Role.MANAGER)
    task_id = (await told(reception, UNCLEAR))["task_id"]
    place = f"{API}/task/{task_id}"
    for path, body in ((place, None), (f"{place}/answer", {"answer": "at 7"}), (f"{place}/cancel", {})):
        answer = await (colleague.get(path) if body is None else colleague.post(path, json=body))
        assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such task.")
    assert (await manager.get(place)).status_code == 200
    lists = [(await each.get(f"{API}/tasks")).json()["tasks"] for each in (reception, colleague, manager)]
    assert [[each["task_id"] for each in tasks] for tasks in lists] == [[task_id], [], [task_id]]
    assert (await manager.get(f"{API}/tasks", params={"status": "completed"})).json() == {"tasks": []}


async def test_a_question_is_answered_and_the_task_goes_on(serve: As, hotel: Database) -> None:
    client = await serve()
    asked = await told(client, UNCLEAR)
    assert (asked["status"], asked["overall_status"]) == ("needs_clarification", "needs_clarification")
    assert asked["clarification"]["question"]
    place = f"{API}/task/{asked['task_id']}/answer"
    done = await client.post(place, json={"answer": "6:30 tomorrow"})
    assert (done.status_code, done.json()["overall_status"]) == (200, "success")
    again = await client.post(place, json={"answer": "7:30 tomorrow"})
    assert again.status_code == 409
    async with hotel.reading() as session:
        assert [each.room_number for each in await list_timed_actions(session)] == ["501"]


async def test_what_offers_too_much_waits_for_a_manager_who_lets_it_go(serve: As, hotel: Database) -> None:
    reception, manager = await serve(), await serve(Role.MANAGER)
    waiting = await told(reception, GENEROUS)
    assert waiting["status"] == "needs_approval"
    assert waiting["preview"]
    place = f"{API}/task/{waiting['task_id']}"
    assert (await reception.post(f"{place}/approve")).status_code == 403
    assert await messages_of(hotel) == []
    done = await manager.post(f"{place}/approve", json={"comment": "a regular guest"})
    assert (done.status_code, done.json()["overall_status"]) == (200, "success")
    assert (await manager.post(f"{place}/approve")).status_code == 200  # the same decision changes nothing
    assert (await manager.post(f"{place}/reject")).status_code == 409
    assert len(await messages_of(hotel)) == 1


async def test_what_is_rejected_is_never_sent(serve: As, hotel: Database) -> None:
    waiting = await told(await serve(), GENEROUS)
    answer = await (await serve(Role.MANAGER)).post(f"{API}/task/{waiting['task_id']}/reject")
    assert (answer.status_code, answer.json()["status"]) == (200, "refused")
    assert await messages_of(hotel) == []


async def test_a_task_that_waits_can_be_cancelled_and_one_that_is_over_cannot(serve: As) -> None:
    client = await serve()
    waiting, done = await told(client, UNCLEAR), await told(client, WAKE_UP)
    cancelled = await client.post(f"{API}/task/{waiting['task_id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert (await client.post(f"{API}/task/{done['task_id']}/cancel")).status_code == 409


async def test_a_guest_may_do_nothing_in_another_room(serve: As, hotel: Database) -> None:
    staff = await serve()
    guest = {"role": "guest", "user_id": "BK-2025-0116-001", "today": DAY.isoformat()}  # in 101
    own = await told(staff, guest | {"instruction": "please wake me tomorrow at 6 am, room 101"})
    other = await told(staff, guest | {"instruction": "please wake room 501 tomorrow at 6 am"})
    assert (own["status"], other["status"]) == ("completed", "refused")
    known = {"role": "guest", "today": DAY.isoformat(), "context": {"room_number": "101"}}
    assert (await told(staff, known | {"instruction": "please wake me tomorrow at 7 am"}))["status"] == "completed"
    async with hotel.reading() as session:
        assert {each.room_number for each in await list_timed_actions(session)} == {"101"}


async def test_a_task_that_a_dead_process_left_is_taken_up_at_the_start(
    hotel: Database, settings_of: SettingsOf, run: Run, new_key: NewKey
) -> None:
    asker = Principal(key_id="gone", name="gone", role=Role.RECEPTIONIST)
    async with open_executor(settings_of(), hotel) as executor:
        left = await executor.submit(Instruction(text=WAKE_UP["instruction"], today=DAY), asker)
    async with run() as client:
        client.headers["X-API-Key"] = await new_key(Role.MANAGER)
        async with asyncio.timeout(20):
            status = "running"
            while status == "running":
                status = (await client.get(f"{API}/task/{left.task.id}")).json()["status"]
    assert status == "completed"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"instruction": "  \u200b "}, 422),
        ({"instruction": "x" * 4_001}, 422),
        ({"instruction": "clean 101", "context": {str(number): 1 for number in range(41)}}, 422),
        ({"instruction": "clean 101", "role": "chef"}, 422),
        ({"instruction": "clean 101", "today": "soon"}, 422),
        ({"context": {}}, 422),
        ({"instruction": "clean 101", "context": {"note": "x" * 70_000}}, 413),
    ],
    ids=["blank", "too-long", "too-much-context", "no-role", "no-day", "nothing", "too-large"],
)
async def test_a_body_that_makes_no_sense_is_a_problem(serve: As, body: dict[str, Any], status: int) -> None:
    answer = await (await serve()).post(f"{API}/task", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.parametrize("task_id", ["TASK-0000000000000000", "nonsense", "TASK-%00"])
async def test_a_task_that_there_is_not_is_not_found(serve: As, task_id: str) -> None:
    client = await serve(Role.MANAGER)
    answers = [
        await client.get(f"{API}/task/{task_id}"),
        await client.post(f"{API}/task/{task_id}/approve"),
        await client.post(f"{API}/task/{task_id}/cancel", json={}),
        await client.post(f"{API}/task/{task_id}/answer", json={"answer": "yes"}),
    ]
    assert [each.status_code for each in answers] == [404] * 4


async def test_without_a_hotel_the_operator_is_told_what_to_do(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{API}/task", json=WAKE_UP)
    assert (answer.status_code, "hotel import" in answer.json()["detail"]) == (503, True)
