"""Alerts through any notification block of Prefect that the hotel has saved: Teams, Discord, Twilio, …"""

import asyncio
import inspect
from dataclasses import dataclass
from typing import Any

from prefect.blocks.abstract import NotificationBlock
from prefect.blocks.core import Block

from innkeeper.blocks.alerts.email import EmailAlerts
from innkeeper.blocks.alerts.pagerduty import PagerDutyAlerts
from innkeeper.blocks.alerts.slack import SlackAlerts
from innkeeper.blocks.alerts.texts import EVENT_WORDS, SEVERITY_WORDS, one_line, visible
from innkeeper.blocks.alerts.webhook import WebhookAlerts
from innkeeper.schemas.errors import InnkeeperError, NotConfigured, ServiceUnavailable
from innkeeper.schemas.incidents import Alert

_LOADED_WITHIN_S = 15.0

OwnTarget = SlackAlerts | PagerDutyAlerts | EmailAlerts | WebhookAlerts


@dataclass(frozen=True)
class NotificationTarget:
    """
    A notification block, given a subject and a body.

    What it shows, and whether it follows redirects, is up to the block; it gives no receipt, and a refusal cannot be
    told from a fault that passes: every failure counts as one.
    """

    slug: str
    block: NotificationBlock
    timeout_s: float = 30.0

    async def send(self, alert: Alert) -> str:
        """Hand the alert over; gives the block's slug. Raises `ServiceUnavailable`."""
        subject = f"{EVENT_WORDS[alert.event]} ({SEVERITY_WORDS[alert.severity]}): {one_line(alert.summary, 200)}"
        body = f"{visible(alert.text, 3_000)}\n\n{alert.incident_id} · {alert.id}"
        try:
            async with asyncio.timeout(self.timeout_s):
                with self.block.raise_on_failure():
                    await _notified(self.block, body, subject)
        except InnkeeperError:
            raise
        except Exception as error:  # somebody else's block may raise anything
            # neither its text nor the cause: apprise puts the address, which is a secret, into both
            raise ServiceUnavailable(
                f"the block {self.slug!r} did not send the alert ({type(error).__name__}); its own test may say why"
            ) from None
        return self.slug


async def target_of(slug: str) -> OwnTarget | NotificationTarget:
    """
    The target that a saved block is: one of ours, or any notification block of Prefect.

    Args:
        slug: "teams-webhook/operations".

    Raises:
        NotConfigured: There is no such block, or it sends nothing.
        ServiceUnavailable: Prefect does not answer.
    """
    try:
        async with asyncio.timeout(_LOADED_WITHIN_S):
            block: Any = await Block.aload(slug)
    except ValueError:
        raise NotConfigured(
            f"there is no block {slug!r}; create it, or take it out of INNKEEPER_ALERT_BLOCKS"
        ) from None
    except Exception as error:  # Prefect's client raises what its transport does
        raise ServiceUnavailable(f"Prefect did not give the block {slug!r} ({type(error).__name__})") from None
    if isinstance(block, OwnTarget):
        return block
    if isinstance(block, NotificationBlock):
        return NotificationTarget(slug, block)
    raise NotConfigured(f"the block {slug!r} sends no notifications; take one of Prefect's notification blocks")


async def _notified(block: Any, body: str, subject: str) -> None:
    """`notify` is a coroutine in some blocks; in others it blocks, and has an `anotify` beside it."""
    sent = getattr(block, "anotify", block.notify)(body, subject)
    if inspect.isawaitable(sent):
        await sent
