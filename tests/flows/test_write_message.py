"""`write_message` and `send_messages` as real flow runs."""

from pathlib import Path
from typing import Any

import pytest
from tests.flows.conftest import Server
from tests.messages.outgoing import Mailbox, smtp_server

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import import_hotel
from innkeeper.blocks.hotel_file import read_hotel_file
from innkeeper.flows.send_messages import send_messages
from innkeeper.flows.write_message import write_message
from innkeeper.schemas.messages import MessageKind
from innkeeper.schemas.outbox import OutboxStatus
from innkeeper.tasks.messages.sending import deliver

SAMPLE = Path(__file__).parents[2] / "knowledge_base" / "hotel_paradise.json"
VARIABLES: dict[str, Any] = {
    "guest_name": "Trần Thu Hà",
    "description": "The lift stood still",
    "compensation_offered": {"type": "discount", "value": "10% off the next booking"},
}


@pytest.fixture
async def paradise(hotel: Database) -> Database:
    file, _ = read_hotel_file(str(SAMPLE))
    async with hotel.writing() as session:
        await import_hotel(session, file)
    return hotel


async def test_a_run_sends_through_a_block_retries_and_keeps_nothing_of_the_guest(
    server: Server, paradise: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "retry_delay_seconds", [0.0] * 4)  # the policy's own pauses, without the waiting
    mailbox = Mailbox()
    mailbox.replies = ["451 later", "451 later"]
    async with smtp_server(mailbox) as block:
        await block.asave("front-desk", overwrite=True)
        state = await write_message(
            MessageKind.APOLOGY, VARIABLES, "ha@example.com", mail_server="front-desk", return_state=True
        )
    report = await state.aresult()
    assert report.status is OutboxStatus.SENT
    assert len(mailbox.mails) == 1
    run_id = state.state_details.flow_run_id
    assert run_id is not None
    run = await server.run(run_id)
    assert "Hà" not in str(run.parameters)
    assert "ha@example.com" not in str(run.parameters)
    (row,) = await server.table(run_id)
    assert (row["status"], row["needs_approval"]) == ("sent", "")
    assert "Hà" not in str(row)


async def test_a_run_whose_offer_is_too_high_completes_and_says_that_it_waits(
    server: Server, paradise: Database, home: Path
) -> None:
    offer = {"compensation_offered": {"type": "discount", "value": "60% off the next booking"}}
    state = await write_message(MessageKind.APOLOGY, VARIABLES | offer, "ha@example.com", return_state=True)
    report = await state.aresult()
    assert state.is_completed()
    assert (report.status, report.approval_id) == (OutboxStatus.APPROVAL, 1)
    assert not (home / "outbox").exists()
    run_id = state.state_details.flow_run_id
    assert run_id is not None
    events = await server.until(
        lambda: server.events(run_id),
        lambda found: any(each["event"] == "innkeeper.message.needs-approval" for each in found),
    )
    assert "60%" not in str([each["payload"] for each in events if each["event"].startswith("innkeeper.message")])


async def test_an_empty_outbox_is_swept_without_trouble(server: Server, hotel: Database) -> None:
    assert (await send_messages()).model_dump() == {"sent": 0, "written": 0, "failed": 0, "waiting": 0}
