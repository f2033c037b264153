"""Alerts from the database to real targets: once, in order, again after a fault, and nobody waits for a slow one."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.alerts.loopback import NOW, Receiver, alert
from tests.messages.outgoing import Mailbox

from innkeeper.blocks.alerts.email import EmailAlerts
from innkeeper.blocks.alerts.pagerduty import PagerDutyAlerts
from innkeeper.blocks.alerts.slack import SlackAlerts
from innkeeper.blocks.alerts.webhook import WebhookAlerts
from innkeeper.blocks.database.alert_claims import claim_delivery
from innkeeper.blocks.database.alert_outbox import (
    Delivery,
    DeliveryStatus,
    NewAlert,
    add_alerts,
    deliveries_of,
    end_delivery,
    mark_sent,
    put_back,
)
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.incident_models import DeliveryRow
from innkeeper.schemas.errors import DatabaseUnavailable, ServiceUnavailable
from innkeeper.schemas.incidents import Alert, AlertEvent, Incident, IncidentStatus
from innkeeper.schemas.logs import FindingKind, Severity
from innkeeper.tasks.logs.alerting import LEASE, PAUSES_MINUTES, DeliveryCounts, deliver_alerts

OPENED, RESOLVED = AlertEvent.OPENED, AlertEvent.RESOLVED


@dataclass
class Clock:
    """A time that tests move."""

    at: dt.datetime = NOW

    def __call__(self) -> dt.datetime:
        return self.at

    def pass_(self, **time: float) -> None:
        self.at += dt.timedelta(**time)


@dataclass
class Listed:
    """A target that notes what it gets, and fails as often as it is told."""

    events: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    async def send(self, alert: Alert) -> str:
        if self.faults:
            raise self.faults.pop(0)
        self.events.append((alert.incident_id, alert.event.value))
        return f"took {alert.id}"


def incident(number: int = 1, severity: Severity = Severity.HIGH) -> Incident:
    return Incident(
        id=f"INC-2026-{number:03d}",
        fingerprint=f"{number:032x}",
        kind=FindingKind.ERROR_SPIKE,
        service="cv",
        severity=severity,
        status=IncidentStatus.OPEN,
        title="cv: error spike",
        started_at=NOW,
        last_seen_at=NOW,
    )


def words(about: Incident, event: AlertEvent, alert_id: str) -> Alert:
    assert about.id is not None
    return alert(event, id=alert_id, incident_id=about.id, deduplication_key=about.id, severity=about.severity)


async def tell(
    database: Database, *events: AlertEvent, targets: Sequence[str] = ("x",), about: Incident | None = None
) -> None:
    async with database.writing() as session:
        new = [NewAlert(about or incident(), event) for event in events]
        await add_alerts(session, new, compose=words, targets=targets, now=NOW)


async def told(database: Database, number: int = 1) -> list[Delivery]:
    async with database.reading() as session:
        return await deliveries_of(session, f"INC-2026-{number:03d}")


async def statuses(database: Database, number: int = 1) -> list[DeliveryStatus]:
    return [each.status for each in await told(database, number)]


async def deliver(
    database: Database, clock: Clock | None = None, per_minute: int = 30, **targets: Any
) -> DeliveryCounts:
    return await deliver_alerts(database, targets, now=clock or Clock(), per_minute=per_minute)


async def test_an_incident_reaches_every_target_and_its_end_too(
    database: Database,
    slack: SlackAlerts,
    slack_server: Receiver,
    pager: PagerDutyAlerts,
    pager_server: Receiver,
    webhook: WebhookAlerts,
    webhook_server: Receiver,
    email: EmailAlerts,
    mailbox: Mailbox,
) -> None:
    targets: dict[str, Any] = {"slack": slack, "pagerduty": pager, "webhook": webhook, "email": email}
    await tell(database, OPENED, targets=list(targets))
    assert await deliver(database, **targets) == DeliveryCounts(sent=4)
    assert pager_server.pages == {"INC-2026-001": "triggered"}
    await tell(database, AlertEvent.ACKNOWLEDGED, RESOLVED, targets=list(targets))
    assert await deliver(database, **targets) == DeliveryCounts(sent=8)
    assert await deliver(database, **targets) == DeliveryCounts()
    assert pager_server.pages == {"INC-2026-001": "resolved"}
    assert [each["event"] for each in webhook_server.taken] == ["opened", "acknowledged", "resolved"]
    assert [each["blocks"][0]["text"]["text"][:9] for each in slack_server.taken] == [
        "🟠 Opened:",
        "🟠 Acknowl",
        "✅ Resolve",
    ]
    assert len(mailbox.mails) == 3
    receipts = {(each.alert_id, each.target): each.receipt for each in await told(database)}
    assert receipts["ALERT-001", "slack"] == "ok"
    assert receipts["ALERT-003", "pagerduty"] == "INC-2026-001"
    assert receipts["ALERT-003", "email"] == "<INC-2026-001.ALERT-003@hotel.example>"


async def test_senders_at_once_send_each_alert_once(
    database: Database, webhook: WebhookAlerts, webhook_server: Receiver
) -> None:
    for number in range(1, 6):
        await tell(database, OPENED, RESOLVED, targets=["webhook"], about=incident(number))
    rounds = await asyncio.gather(*(deliver(database, webhook=webhook) for _ in range(4)))
    assert sum(each.sent for each in rounds) == 10
    seen = [(each["incident_id"], each["event"]) for each in webhook_server.taken]
    assert len(set(seen)) == len(seen) == 10
    assert all(seen.index((name, "opened")) < seen.index((name, "resolved")) for name, _ in seen)


async def test_the_end_waits_while_the_beginning_does(database: Database) -> None:
    clock, target = Clock(), Listed(faults=[ServiceUnavailable("away")])
    await tell(database, OPENED, RESOLVED)
    assert await deliver(database, clock, x=target) == DeliveryCounts(delayed=1)
    assert await deliver(database, clock, x=target) == DeliveryCounts()
    clock.pass_(minutes=PAUSES_MINUTES[0])
    assert await deliver(database, clock, x=target) == DeliveryCounts(sent=2)
    assert [event for _, event in target.events] == ["opened", "resolved"]


async def test_nothing_is_resolved_that_the_target_never_heard_of(database: Database, slack: SlackAlerts) -> None:
    target = Listed()
    await tell(database, OPENED, targets=["x", "y"])
    await deliver(database, y=target)  # `x` is not there today
    async with database.writing() as session:
        gone = update(DeliveryRow).where(DeliveryRow.target == "x")
        await session.execute(gone.values(status=DeliveryStatus.GIVEN_UP.value))
    await tell(database, AlertEvent.ACKNOWLEDGED, RESOLVED, targets=["x", "y"])
    quiet = Listed()
    assert await deliver(database, x=quiet, y=target) == DeliveryCounts(sent=2)
    assert quiet.events == []
    assert [event for _, event in target.events] == ["opened", "acknowledged", "resolved"]
    needless = [each for each in await told(database) if each.target == "x" and each.event is RESOLVED]
    assert needless[0].status is DeliveryStatus.GIVEN_UP
    assert "never told" in (needless[0].problem or "")
    await tell(database, AlertEvent.REOPENED, RESOLVED, targets=["x"])
    await deliver(database, x=quiet)
    assert [event for _, event in quiet.events] == ["reopened", "resolved"]


async def test_a_target_that_names_a_time_is_left_alone_until_then(
    database: Database, slack: SlackAlerts, slack_server: Receiver
) -> None:
    clock = Clock()
    slack_server.refusals = [(429, "rate_limited", {"Retry-After": "120"})]
    for number in (1, 2, 3):
        await tell(database, OPENED, targets=["slack"], about=incident(number))
    assert await deliver(database, clock, slack=slack) == DeliveryCounts(delayed=1)
    clock.pass_(seconds=119)
    assert await deliver(database, clock, slack=slack) == DeliveryCounts()
    assert slack_server.requests == 1
    clock.pass_(seconds=1)
    assert await deliver(database, clock, slack=slack) == DeliveryCounts(sent=3)


async def test_a_target_that_is_down_is_asked_three_times_a_round_and_given_up_after_a_day(database: Database) -> None:
    clock, target = Clock(), Listed(faults=[ServiceUnavailable("away") for _ in range(999)])
    for number in range(1, 6):
        await tell(database, OPENED, about=incident(number))
    await deliver(database, clock, x=target)
    assert len(target.faults) == 999 - 3
    for pause in (*PAUSES_MINUTES, 1):
        clock.pass_(minutes=pause)
        for _ in range(3):
            await deliver(database, clock, x=target)
    (first,) = await told(database)
    assert (first.status, first.attempts) == (DeliveryStatus.GIVEN_UP, len(PAUSES_MINUTES) + 1)
    assert first.problem == "away"
    assert 22 <= sum(PAUSES_MINUTES) / 60 <= 26


async def test_what_a_target_refuses_for_good_is_not_tried_again_and_holds_up_nothing(
    database: Database, pager: PagerDutyAlerts, pager_server: Receiver
) -> None:
    pager_server.refusals = [(400, "{}", {})]
    await tell(database, OPENED, targets=["pagerduty"], about=incident(1))
    await tell(database, OPENED, targets=["pagerduty"], about=incident(2))
    assert await deliver(database, pagerduty=pager) == DeliveryCounts(sent=1, ended=1)
    assert await statuses(database) == [DeliveryStatus.FAILED]
    assert await statuses(database, 2) == [DeliveryStatus.SENT]


async def test_a_wrong_setting_is_waited_for(database: Database, slack_server: Receiver) -> None:
    clock = Clock()
    wrong = SlackAlerts(url=SecretStr(f"{slack_server.url}/nothing-here"))
    await tell(database, OPENED, targets=["slack"])
    assert await deliver(database, clock, slack=wrong) == DeliveryCounts(delayed=1)
    assert "INNKEEPER_SLACK_WEBHOOK_URL" in ((await told(database))[0].problem or "")
    clock.pass_(minutes=1)
    assert await deliver(database, clock, slack=SlackAlerts(url=SecretStr(slack_server.url))) == DeliveryCounts(sent=1)


async def test_a_slow_target_holds_up_no_other(
    database: Database, slack: SlackAlerts, slack_server: Receiver, webhook: WebhookAlerts, webhook_server: Receiver
) -> None:
    slack_server.holds = asyncio.Event()
    await tell(database, OPENED, RESOLVED, targets=["slack", "webhook"])
    running = asyncio.create_task(deliver(database, slack=slack, webhook=webhook))
    await webhook_server.has_taken(2)
    assert slack_server.taken == []
    slack_server.holds.set()
    assert await running == DeliveryCounts(sent=4)


async def test_a_target_gets_no_more_in_a_minute_than_it_takes_and_the_worst_first(database: Database) -> None:
    clock, target = Clock(), Listed()
    for number, severity in enumerate((Severity.LOW, Severity.MEDIUM, Severity.CRITICAL, Severity.HIGH), start=1):
        await tell(database, OPENED, about=incident(number, severity))
    await asyncio.gather(*(deliver(database, clock, per_minute=2, x=target) for _ in range(3)))
    assert [name for name, _ in target.events] == ["INC-2026-003", "INC-2026-004"]
    clock.pass_(seconds=60)
    await deliver(database, clock, per_minute=2, x=target)
    assert [name for name, _ in target.events[2:]] == ["INC-2026-002", "INC-2026-001"]


async def test_what_a_killed_sender_had_is_sent_after_its_lease(database: Database) -> None:
    clock, target = Clock(), Listed()
    await tell(database, OPENED, RESOLVED)
    async with database.writing() as session:  # a sender that dies now
        claimed = await claim_delivery(session, "x", "dead", now=NOW, until=NOW + LEASE, per_minute=9, max_attempts=9)
    assert claimed is not None
    assert claimed.alert.event is OPENED
    clock.pass_(seconds=LEASE.total_seconds() - 1)
    assert await deliver(database, clock, x=target) == DeliveryCounts()
    clock.pass_(seconds=1)
    assert await deliver(database, clock, x=target) == DeliveryCounts(sent=2)
    assert [each.attempts for each in await told(database)] == [2, 1]


async def test_a_sender_that_was_too_slow_cannot_touch_what_another_took_up(database: Database) -> None:
    await tell(database, OPENED)
    for place, holder in enumerate(("slow", "quick")):
        now = NOW + place * LEASE
        async with database.writing() as session:
            assert await claim_delivery(session, "x", holder, now=now, until=now + LEASE, per_minute=9, max_attempts=9)
    async with database.writing() as session:
        await put_back(session, 1, "x", "slow", next_attempt_at=NOW, problem="slow")
        await end_delivery(session, 1, "x", "slow", status=DeliveryStatus.FAILED, problem="slow")
    (found,) = await told(database)
    assert (found.status, found.problem) == (DeliveryStatus.WAITING, None)
    async with database.writing() as session:
        await mark_sent(session, 1, "x", receipt="slow after all", at=NOW)  # it went out: whoever sent it
        await put_back(session, 1, "x", "quick", next_attempt_at=NOW, problem="quick")
    assert [(each.status, each.receipt) for each in await told(database)] == [(DeliveryStatus.SENT, "slow after all")]


async def test_an_alert_that_kills_its_senders_is_given_up(database: Database) -> None:
    await tell(database, OPENED)
    async with database.writing() as session:
        await session.execute(update(DeliveryRow).values(attempts=len(PAUSES_MINUTES) + 1))
    target = Listed()
    await deliver(database, x=target)
    assert target.events == []
    assert await statuses(database) == [DeliveryStatus.GIVEN_UP]


async def test_a_target_that_raises_anything_keeps_no_alert_from_the_others(database: Database) -> None:
    target, broken = Listed(), Listed(faults=[TypeError("https://hush.example")])
    await tell(database, OPENED, targets=["x", "broken"])
    assert await deliver(database, x=target, broken=broken) == DeliveryCounts(sent=1, delayed=1)
    problems = [each.problem or "" for each in await told(database)]
    assert "TypeError" in "".join(problems)
    assert "hush" not in "".join(problems)


async def test_alerts_to_a_target_that_was_taken_away_are_given_up_after_a_day(database: Database) -> None:
    clock = Clock()
    await tell(database, OPENED, targets=["gone"])
    clock.pass_(hours=23)
    assert await deliver(database, clock, x=Listed()) == DeliveryCounts()
    clock.pass_(hours=2)
    assert await deliver(database, clock, x=Listed()) == DeliveryCounts(ended=1)
    assert await statuses(database) == [DeliveryStatus.GIVEN_UP]


async def test_an_alert_may_be_for_some_targets_only(database: Database) -> None:
    async with database.writing() as session:
        new = [NewAlert(incident(), AlertEvent.ESCALATED, ("pagerduty",))]
        await add_alerts(session, new, compose=words, targets=["slack", "pagerduty"], now=NOW)
    assert [each.target for each in await told(database)] == ["pagerduty"]


async def test_an_alert_that_went_out_is_noted_also_when_the_database_is_away_for_a_moment(database: Database) -> None:
    target = Forgetful(database)
    await tell(database, OPENED)
    assert await deliver_alerts(target, {"x": target}, now=Clock()) == DeliveryCounts(sent=1)
    assert target.refused == 1
    assert await statuses(database) == [DeliveryStatus.SENT]
    assert len(target.listed.events) == 1


class Forgetful(Database):
    """A database that cannot be written just after an alert went out; and the target that it goes to."""

    def __init__(self, real: Database) -> None:
        self.real, self.listed, self.refused, self.is_sent = real, Listed(), 0, False

    async def send(self, alert: Alert) -> str:
        self.is_sent = True
        return await self.listed.send(alert)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        if self.is_sent:
            self.is_sent, self.refused = False, self.refused + 1
            raise DatabaseUnavailable("SQLite: locked")
        async with self.real.writing() as session:
            yield session
