"""
Delivers alerts to their targets: each by one sender at a time, in the order of the incident, again after a pause.

At least once: a process that dies between sending and writing it down sends again. PagerDuty joins the two, a webhook
and a mail server can tell by the id, Slack shows both.
"""

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import uuid4

from innkeeper.blocks.alerts.email import EmailAlerts
from innkeeper.blocks.alerts.notification import target_of
from innkeeper.blocks.alerts.pagerduty import PagerDutyAlerts
from innkeeper.blocks.alerts.slack import SlackAlerts
from innkeeper.blocks.alerts.webhook import WebhookAlerts
from innkeeper.blocks.database import alert_outbox
from innkeeper.blocks.database.alert_claims import Claimed, claim_delivery, pause_target
from innkeeper.blocks.database.alert_outbox import DeliveryStatus
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import InnkeeperError, NotConfigured, PermanentError, ServiceUnavailable, TransientError
from innkeeper.schemas.incidents import Alert
from innkeeper.tasks.policies import retried, run_step, step

PAUSES_MINUTES = (0.5, 1, 2, 5, 10, 30, 60, 120, 240, 360, 600)  # between attempts: a day in all
SEND_S = 60.0  # no target takes longer: then it counts as a fault that passes
LEASE = dt.timedelta(seconds=SEND_S + 30)  # after it, a sender that is silent counts as dead
PER_MINUTE = 30
_FAULTS_IN_A_ROW = 3  # then the target is left alone until the next round
_LONGEST_WAIT = dt.timedelta(hours=6)
_STRAYS_AFTER = dt.timedelta(days=1)
_ROUND_S = 120.0  # then the next round goes on, also where a target is slow

Clock = Callable[[], dt.datetime]


class AlertTarget(Protocol):
    """What takes an alert and gives a receipt."""

    async def send(self, alert: Alert) -> str:
        """Hand the alert over; raises a `TransientError` or a `PermanentError`."""


_OF_SETTINGS: Mapping[str, Callable[[Settings], AlertTarget | None]] = {
    "slack": SlackAlerts.of,
    "pagerduty": PagerDutyAlerts.of,
    "email": EmailAlerts.of,
    "webhook": WebhookAlerts.of,
}


@dataclass(frozen=True)
class UnusableTarget:
    """A target whose settings are wrong: its alerts wait until an operator mends them."""

    problem: str

    async def send(self, alert: Alert) -> str:
        """Say what is wrong."""
        raise NotConfigured(self.problem)


class DeliveryCounts(NamedTuple):
    """What a round came to: `delayed` ones are tried again, `ended` ones are not."""

    sent: int = 0
    delayed: int = 0
    ended: int = 0

    def plus(self, other: "DeliveryCounts") -> "DeliveryCounts":
        """Both together."""
        return DeliveryCounts(*(mine + its for mine, its in zip(self, other, strict=True)))


async def open_targets(settings: Settings) -> dict[str, AlertTarget]:
    """Every target that the settings name, by its name; one that cannot be used keeps no other from its alerts."""
    targets: dict[str, AlertTarget] = {}
    for name, named in _OF_SETTINGS.items():
        try:
            target = named(settings)
        except NotConfigured as error:
            target = UnusableTarget(str(error))
        if target is not None:
            targets[name] = target
    for slug in filter(None, (each.strip() for each in (settings.alert_blocks or "").split(","))):
        try:
            targets[slug] = await target_of(slug)
        except InnkeeperError as error:
            targets[slug] = UnusableTarget(str(error))
    return targets


def utc_now() -> dt.datetime:
    """The time, aware."""
    return dt.datetime.now(dt.UTC)


async def deliver_alerts(
    database: Database,
    targets: Mapping[str, AlertTarget],
    *,
    limit: int = 100,
    per_minute: int = PER_MINUTE,
    now: Clock = utc_now,
) -> DeliveryCounts:
    """
    Send every alert whose time has come; the targets side by side, so that a slow one holds up no other.

    Args:
        database: Holds the alerts.
        targets: From `open_targets`.
        limit: Alerts to one target, at most, in this round.
        per_minute: Alerts to one target in a minute, over all processes; the others wait for the next round.
        now: The clock.

    Raises:
        DatabaseUnavailable: The alerts cannot be read or written; nothing is lost.
    """
    rounds = (
        run_step(deliver_to, database, name, target, limit=limit, per_minute=per_minute, now=now)
        for name, target in targets.items()
    )
    results = await asyncio.gather(*rounds, return_exceptions=True)
    async with database.writing() as session:
        strays = await alert_outbox.give_up_strays(session, list(targets), now() - _STRAYS_AFTER)
    counts = DeliveryCounts(ended=strays)
    for result in results:
        if isinstance(result, BaseException):
            raise result
        counts = counts.plus(result)
    return counts


@step(run_name="deliver-alerts-to-{name}")
async def deliver_to(
    database: Database, name: str, target: AlertTarget, *, limit: int, per_minute: int, now: Clock
) -> DeliveryCounts:
    """Send what is due to one target, the most urgent first; stops when the target seems to be down."""
    counts, faults, end = DeliveryCounts(), 0, time.monotonic() + _ROUND_S
    for _ in range(limit):
        if faults == _FAULTS_IN_A_ROW or time.monotonic() > end:
            break
        holder = uuid4().hex
        claimed = await _claim(database, name, holder, per_minute, now)
        if claimed is None:
            break
        error = await _sent(database, target, claimed, now)
        if error is None:
            counts, faults = counts.plus(DeliveryCounts(sent=1)), 0
            continue
        is_over = await _note_failure(database, claimed, holder, error, now)
        counts = counts.plus(DeliveryCounts(ended=1) if is_over else DeliveryCounts(delayed=1))
        faults = faults + 1 if isinstance(error, TransientError | NotConfigured) else 0
    return counts


async def _claim(database: Database, name: str, holder: str, per_minute: int, now: Clock) -> Claimed | None:
    async with database.writing() as session:
        at = now()  # here: the session may have waited for its turn
        return await claim_delivery(
            session,
            name,
            holder,
            now=at,
            until=at + LEASE,
            per_minute=per_minute,
            max_attempts=len(PAUSES_MINUTES) + 1,
        )


async def _sent(database: Database, target: AlertTarget, claimed: Claimed, now: Clock) -> InnkeeperError | None:
    """Send, and write it down at once; what went wrong with the target, if anything did."""
    try:
        async with asyncio.timeout(SEND_S):
            receipt = await target.send(claimed.alert)
    except (TransientError, PermanentError) as error:
        return error
    except TimeoutError:
        return ServiceUnavailable(f"the target did not take the alert within {SEND_S:g} s")
    except Exception as error:  # a fault of one target must not keep alerts from the others
        return ServiceUnavailable(f"the target failed ({type(error).__name__})")  # its text may hold a secret

    async def note() -> None:
        async with database.writing() as session:
            await alert_outbox.mark_sent(session, claimed.number, claimed.target, receipt=receipt, at=now())

    await retried(note)  # until this is written, a crash sends the alert again
    return None


async def _note_failure(database: Database, claimed: Claimed, holder: str, error: InnkeeperError, now: Clock) -> bool:
    """Let the delivery wait when a later attempt may succeed, or an operator has to set something; true when not."""
    may_pass = isinstance(error, TransientError | NotConfigured)
    is_last = claimed.attempts > len(PAUSES_MINUTES)
    async with database.writing() as session:
        asked = _asked(error)
        if asked is not None:
            await pause_target(session, claimed.target, now() + asked)
        if may_pass and not is_last:
            pause = max(dt.timedelta(minutes=PAUSES_MINUTES[claimed.attempts - 1]), asked or dt.timedelta())
            await alert_outbox.put_back(
                session, claimed.number, claimed.target, holder, next_attempt_at=now() + pause, problem=str(error)
            )
            return False
        status = DeliveryStatus.GIVEN_UP if may_pass else DeliveryStatus.FAILED
        await alert_outbox.end_delivery(
            session, claimed.number, claimed.target, holder, status=status, problem=str(error)
        )
        return True


def _asked(error: InnkeeperError) -> dt.timedelta | None:
    """How long the target wants to be left alone, at most six hours."""
    seconds = error.retry_after_s if isinstance(error, TransientError) else None
    return None if not seconds else min(dt.timedelta(seconds=seconds), _LONGEST_WAIT)
