"""Alerts in a real flow run, through blocks that the hotel has saved."""

import pytest
from prefect import flow
from prefect.blocks.system import Secret
from tests.alerts.loopback import Loudspeaker, said
from tests.alerts.test_delivery import tell
from tests.flows.conftest import Server
from tests.messages.outgoing import Mailbox, smtp_server

from innkeeper.blocks.alerts.email import EmailAlerts
from innkeeper.blocks.alerts.notification import NotificationTarget
from innkeeper.blocks.database.alert_outbox import deliveries_of
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.settings import Settings, settings
from innkeeper.schemas.incidents import AlertEvent
from innkeeper.tasks.logs.alerting import DeliveryCounts, UnusableTarget, deliver_alerts, open_targets


@flow(name="deliver-alerts-test")
async def delivered(blocks: str) -> DeliveryCounts:
    """What a sweep does at its end."""
    known = Settings.model_validate(settings().model_dump() | {"alert_blocks": blocks})
    async with Database(known.database_url) as database:
        return await deliver_alerts(database, await open_targets(known))


async def test_a_flow_run_delivers_through_saved_blocks(server: Server, hotel: Database) -> None:
    said.clear()
    mailbox = Mailbox()
    names = ["hotel-email-alerts/it", "loudspeaker/lobby"]
    await tell(hotel, AlertEvent.OPENED, AlertEvent.RESOLVED, targets=names)
    async with smtp_server(mailbox) as block:
        await EmailAlerts(server=block, recipients=["it@hotel.example"]).asave("it", overwrite=True)
        await Loudspeaker().asave("lobby", overwrite=True)
        assert await delivered(",".join(names)) == DeliveryCounts(sent=4)
    assert [mail["In-Reply-To"] for mail in mailbox.mails] == [None, "<INC-2026-001@hotel.example>"]
    assert [subject.split()[0] for subject, _ in said] == ["Opened", "Resolved"]
    async with hotel.reading() as session:
        assert {each.status.value for each in await deliveries_of(session, "INC-2026-001")} == {"sent"}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("loudspeaker/none", "there is no block"),
        ("nonsense", "there is no block"),
        ("secret/key", "sends no notifications"),
    ],
)
async def test_what_is_no_target_keeps_no_other_from_its_alerts(server: Server, name: str, problem: str) -> None:
    await Secret(value="hush").asave("key", overwrite=True)
    await Loudspeaker().asave("lobby", overwrite=True)
    known = Settings.model_validate(settings().model_dump() | {"alert_blocks": f"{name}, loudspeaker/lobby"})
    targets = await open_targets(known)
    assert isinstance(targets["loudspeaker/lobby"], NotificationTarget)
    unusable = targets[name]
    assert isinstance(unusable, UnusableTarget)
    assert problem in unusable.problem
