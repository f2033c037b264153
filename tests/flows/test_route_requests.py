"""`route-requests` as real flow runs: a real Prefect server, a real database."""

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE, temporary_settings

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.work_orders import orders_of_messages
from innkeeper.engine.routing.router import Router
from innkeeper.flows.routing import RoutingReport, route_requests
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.routing import GuestMessage, RoutingResult
from innkeeper.schemas.work_orders import StoredWorkOrder, WorkOrderStatus

TOWELS = GuestMessage(id="m-1", message="Two bath towels to room 201 please")
COLD_AIR = GuestMessage(id="m-2", message="Máy lạnh phòng 305 không mát, nhờ bên kỹ thuật lên xem giúp")
THANKS = GuestMessage(id="m-3", message="Thank you so much, everything was perfect!")
INVISIBLE = GuestMessage(id="m-4", message="\u200b\u200b\ufeff")


async def orders_of(hotel: Database, *messages: GuestMessage) -> list[StoredWorkOrder]:
    async with hotel.reading() as session:
        return await orders_of_messages(session, [str(message.id) for message in messages])


async def run(**parameters: Any) -> tuple[State[Any], UUID]:
    """The final state of a flow run in this process, and its id; without fulfilment unless it is asked for."""
    state: State[Any] = await route_requests(**{"start_fulfilment": False, **parameters}, return_state=True)
    assert state.state_details.flow_run_id is not None
    return state, state.state_details.flow_run_id


async def completed(**parameters: Any) -> tuple[RoutingReport, UUID]:
    state, run_id = await run(**parameters)
    assert state.is_completed(), state.message
    report: RoutingReport = await state.aresult()
    return report, run_id


async def test_each_request_becomes_a_work_order_that_its_team_is_given(server: Any, hotel: Database) -> None:
    report, run_id = await completed(start_fulfilment=True, messages=[TOWELS, COLD_AIR, THANKS])
    orders = await orders_of(hotel, TOWELS, COLD_AIR, THANKS)
    assert [(order.message_id, order.team, order.room_number) for order in orders] == [
        ("m-1", "housekeeping_team", "201"),
        ("m-2", "maintenance_team", "305"),
    ]
    assert {(order.status, order.batch_id) for order in orders} == {(WorkOrderStatus.ASSIGNED, str(run_id))}
    assert (report.batch_id, report.new_work_orders) == (str(run_id), 2)
    assert [each.id for each in report.messages] == ["m-1", "m-2", "m-3"]


async def test_the_same_messages_again_write_nothing(server: Any, hotel: Database) -> None:
    await completed(messages=[TOWELS, COLD_AIR])
    before = await orders_of(hotel, TOWELS, COLD_AIR)
    again, _ = await completed(messages=[COLD_AIR, TOWELS])
    assert again.new_work_orders == 0
    assert await orders_of(hotel, TOWELS, COLD_AIR) == before


async def test_two_runs_at_once_write_each_order_once(server: Any, hotel: Database) -> None:
    messages = [TOWELS.model_copy(update={"id": f"t-{number}"}) for number in range(10)]
    both = await asyncio.gather(
        completed(start_fulfilment=True, messages=messages), completed(start_fulfilment=True, messages=messages)
    )
    orders = await orders_of(hotel, *messages)
    assert sorted(order.message_id for order in orders) == sorted(str(message.id) for message in messages)
    assert {order.status for order in orders} == {WorkOrderStatus.ASSIGNED}
    assert sum(report.new_work_orders for report, _ in both) == len(messages)


async def test_messages_without_an_id_are_told_apart_by_their_place(server: Any, hotel: Database) -> None:
    report, run_id = await completed(messages=[TOWELS.model_copy(update={"id": None})] * 2)
    assert [each.id for each in report.messages] == [f"{run_id}-1", f"{run_id}-2"]
    assert report.new_work_orders == 2


async def test_every_message_has_a_task_run_and_a_row(server: Any) -> None:
    _, run_id = await completed(messages=[TOWELS, COLD_AIR, THANKS])

    async def names() -> set[str]:
        return {task.name for task in await server.task_runs(run_id) if task.state and task.state.is_completed()}

    steps = {"route-m-1", "route-m-2", "route-m-3", "write-work-orders", "find-open-work-orders", "prepare-database"}
    await server.until(names, lambda found: found >= steps)
    rows = await server.table(run_id)
    assert [(row["message"], row["request"], row["minutes"]) for row in rows] == [
        ("m-1", "housekeeping.amenity_request", 15),
        ("m-2", "maintenance.hvac_issue", 45),
        ("m-3", "none", ""),
    ]


async def test_every_order_and_every_failure_is_announced(server: Any, hotel: Database) -> None:
    _, run_id = await completed(messages=[TOWELS, INVISIBLE])
    (order,) = await orders_of(hotel, TOWELS)

    async def ours() -> list[dict[str, Any]]:
        return [event for event in await server.events(run_id) if event["event"].startswith("innkeeper.")]

    events = {event["event"]: event for event in await server.until(ours, lambda found: len(found) >= 2)}
    assert set(events) == {"innkeeper.request.routed", "innkeeper.message.failed"}
    routed = events["innkeeper.request.routed"]
    assert routed["resource"]["prefect.resource.id"] == f"innkeeper.work-order.{order.id}"
    assert (routed["payload"]["team"], routed["payload"]["subcategory"]) == ("housekeeping_team", "amenity_request")
    failed = events["innkeeper.message.failed"]["payload"]
    assert (failed["message"], failed["batch"]) == ("m-4", str(run_id))
    assert "no visible text" in failed["problem"]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (INVISIBLE, "no visible text"),
        (TOWELS.model_copy(update={"id": "m-4", "guest_id": "broken"}), "a person has to read it"),
    ],
    ids=["invisible", "a-fault-of-ours"],
)
async def test_one_bad_message_does_not_stop_the_others(
    server: Any, hotel: Database, monkeypatch: pytest.MonkeyPatch, bad: GuestMessage, problem: str
) -> None:
    route = Router.route

    def breaks(router: Router, message: GuestMessage) -> RoutingResult:
        if message.guest_id == "broken":
            raise OverflowError(message.message)
        return route(router, message)

    monkeypatch.setattr(Router, "route", breaks)
    report, run_id = await completed(messages=[TOWELS, bad, COLD_AIR])
    assert len(await orders_of(hotel, TOWELS, COLD_AIR)) == 2
    assert [each.id for each in report.messages] == ["m-1", "m-4", "m-2"]
    assert problem in str(report.messages[1].error)
    assert bad.message not in str(report.messages[1].error)
    assert [row["message"] for row in await server.table(run_id) if row["request"] == "failed"] == ["m-4"]


async def test_a_run_in_which_nothing_can_be_routed_fails_and_says_why(server: Any) -> None:
    state, run_id = await run(messages=[INVISIBLE, INVISIBLE.model_copy(update={"id": "m-5"})])
    assert state.is_failed()
    assert "None of the 2 messages could be routed" in str(state.message)
    assert "m-4: The message has no visible text" in str(state.message)
    with pytest.raises(InputInvalid):
        await state.aresult()
    assert [row["message"] for row in await server.table(run_id)] == ["m-4", "m-5"]


async def test_lines_of_a_file_are_answered_in_their_place(server: Any, hotel: Database, tmp_path: Path) -> None:
    lines = [
        '{"id": 7, "message": "Two towels to room 201"}',
        "{oops",
        "",
        '{"id": "b"}',
        '{"message": "Phòng 305 cần thêm gối"}',
    ]
    file = tmp_path / "messages.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    report, run_id = await completed(messages=[COLD_AIR], messages_file=file, batch_name="night")
    places = [each.id for each in report.messages]
    assert places == ["m-2", "7", "line 2", "line 4", f"{run_id}-5"]
    assert "not JSON (column 2" in str(report.messages[2].error)
    assert "message: Field required" in str(report.messages[3].error)
    assert report.new_work_orders == 3


async def test_a_wrong_message_of_the_form_is_named_by_its_place_and_never_logged(
    server: Any, hotel: Database, heard: Sequence[str]
) -> None:
    wrong = {"message": "Kunigunde wants towels", "timestamp": "soon"}
    report, _ = await completed(messages=[TOWELS, wrong, COLD_AIR.model_dump(mode="json")])
    assert [each.id for each in report.messages] == ["m-1", "message 2", "m-2"]
    assert "timestamp: Input should be a valid datetime" in str(report.messages[1].error)
    assert len(await orders_of(hotel, TOWELS, COLD_AIR)) == 2
    assert heard
    assert not [line for line in heard if "Kunigunde" in line]


async def test_a_batch_that_is_too_long_is_refused(server: Any) -> None:
    state, _ = await run(messages=[TOWELS] * 1001)
    assert state.is_failed()
    assert "1,001 messages are too many to type; put them into a file" in str(state.message)


async def test_a_file_that_is_not_there_fails_the_run_by_name(server: Any, tmp_path: Path) -> None:
    state, _ = await run(messages_file=tmp_path / "nowhere.jsonl")
    assert state.is_failed()
    assert "nowhere.jsonl' cannot be read: No such file or directory" in str(state.message)


async def test_a_block_that_is_not_there_fails_the_run_by_name(server: Any) -> None:
    state, _ = await run(messages=[TOWELS], database="annexe")
    assert state.is_failed()
    assert "there is no Hotel Database block 'annexe'" in str(state.message)


async def test_without_fulfilment_the_orders_stay_open_and_a_later_run_hands_them_over(
    server: Any, hotel: Database
) -> None:
    await completed(messages=[TOWELS])
    assert [order.status for order in await orders_of(hotel, TOWELS)] == [WorkOrderStatus.OPEN]
    await completed(messages=[TOWELS], start_fulfilment=True)
    assert [order.status for order in await orders_of(hotel, TOWELS)] == [WorkOrderStatus.ASSIGNED]


async def test_the_flow_body_needs_no_prefect_server(hotel: Database) -> None:
    dead = {PREFECT_API_URL: "http://127.0.0.1:9/api", PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: False}
    with temporary_settings(updates=dead):
        report = await route_requests.fn([TOWELS, INVISIBLE])
    assert report.new_work_orders == 1
    assert [order.status for order in await orders_of(hotel, TOWELS)] == [WorkOrderStatus.ASSIGNED]


class Heard(logging.Handler):
    """Every line that anything logs."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.exc_info or ''}")


@pytest.fixture
def heard() -> Iterator[Sequence[str]]:
    handler = Heard()
    loggers = [
        logging.getLogger(name) for name in ("", "prefect", "prefect.flow_runs", "prefect.task_runs", "innkeeper")
    ]
    levels = [each.level for each in loggers]
    for each in loggers:
        each.addHandler(handler)
        each.setLevel(logging.INFO)
    yield handler.lines
    for each, level in zip(loggers, levels, strict=True):
        each.removeHandler(handler)
        each.setLevel(level)


async def test_what_a_guest_wrote_is_nowhere_in_prefect_after_a_completed_run(
    server: Any, hotel: Database, heard: Sequence[str]
) -> None:
    secret = "Kunigunde"
    wish = GuestMessage(
        id="m-9", message=f"This is {secret} in room 201. No feathers: {secret} sneezes. Two pillows please"
    )
    _, run_id = await completed(start_fulfilment=True, messages=[wish, INVISIBLE], batch_name="evening")

    async def ours() -> list[dict[str, Any]]:
        return [event for event in await server.events(run_id) if event["event"].startswith("innkeeper.")]

    await server.until(ours, lambda found: len(found) >= 2)
    stored = await server.run(run_id)
    assert (stored.parameters["messages"], stored.parameters["batch_name"]) == ([], "evening")
    children = [
        each for each in await server.runs_of("fulfil-work-orders") if str(run_id) in json.dumps(each.parameters)
    ]
    assert len(children) == 1
    assert await orders_of(hotel, wish)
    for run_of in (run_id, children[0].id):
        shown = [await server.run(run_of), await server.task_runs(run_of), await server.events(run_of)]
        assert secret not in f"{shown} {await server.table(run_of)}"
    assert heard
    assert not [line for line in heard if secret in line]


async def test_a_label_takes_the_place_of_messages_that_were_removed(server: Any) -> None:
    _, run_id = await completed(messages=[TOWELS])
    assert (await server.run(run_id)).parameters["batch_name"] == "1 messages, removed after routing"
