"""Alerts to PagerDuty, as a Prefect block."""

import json
from typing import Any, Literal, Self

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr, field_validator

from innkeeper.blocks.alerts.posting import post, refusal
from innkeeper.blocks.alerts.settings import PAGERDUTY_URL
from innkeeper.blocks.alerts.texts import details_of, one_line, visible
from innkeeper.blocks.models.chat import http_address
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.incidents import Alert, AlertEvent
from innkeeper.schemas.logs import Severity

SEVERITIES = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "info",
}
EventAction = Literal["trigger", "acknowledge", "resolve"]
_CLOSING: dict[AlertEvent, EventAction] = {AlertEvent.ACKNOWLEDGED: "acknowledge", AlertEvent.RESOLVED: "resolve"}
_SUMMARY_CHARS, _NAME_CHARS = 1_024, 200


class PagerDutyAlerts(Block):
    """
    A PagerDuty service that pages people: one PagerDuty incident for each of ours.

    An alert that is sent twice is one: PagerDuty joins events by their `dedup_key`, the incident's id.

    Attributes:
        routing_key: The service's integration key (Events API v2).
        url: Where events are posted.
        timeout_s: Seconds for one event.

    Example:
        Load the block and send an alert:
        ```python
        from innkeeper.blocks.alerts.pagerduty import PagerDutyAlerts

        pager = PagerDutyAlerts.load("BLOCK_NAME")
        receipt = await pager.send(alert)
        ```
    """

    _block_type_name = "Hotel PagerDuty Alerts"
    _block_type_slug = "hotel-pagerduty-alerts"
    _documentation_url = HttpUrl("https://developer.pagerduty.com/docs/send-alert-event")

    routing_key: SecretStr = Field(description="The service's integration key (Events API v2).")
    url: str = Field(default=PAGERDUTY_URL, description="Where events are posted.")
    timeout_s: float = Field(default=10.0, gt=0, le=60, description="Seconds for one event.")

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        return http_address(url)

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """The service that the settings name; none when they name none. Raises `NotConfigured`."""
        if settings.pagerduty_routing_key is None:
            return None
        try:
            return cls(routing_key=settings.pagerduty_routing_key, url=settings.pagerduty_url)
        except ValueError:
            raise NotConfigured("INNKEEPER_PAGERDUTY_URL is no http:// or https:// address") from None

    async def send(self, alert: Alert) -> str:
        """
        Post the event: trigger, acknowledge or resolve.

        Returns:
            The `dedup_key` under which PagerDuty keeps it.

        Raises:
            ServiceUnavailable: No connection, no answer in time, or status 429 or from 500.
            NotConfigured: It refuses the routing key.
            InputInvalid: It refuses the event (400).
        """
        event = {"routing_key": self.routing_key.get_secret_value(), **event_of(alert)}
        answer = await post("PagerDuty", self.url, json.dumps(event).encode(), {}, self.timeout_s)
        if answer.status == 400 and b"routing_key" in answer.body:
            raise NotConfigured("PagerDuty does not know the routing key; check INNKEEPER_PAGERDUTY_ROUTING_KEY")
        problem = refusal("PagerDuty", "INNKEEPER_PAGERDUTY_ROUTING_KEY", answer)
        if problem is not None:
            raise problem
        return str(event["dedup_key"])


def event_of(alert: Alert) -> dict[str, Any]:
    """The event without the routing key; acknowledge and resolve need no payload."""
    event: dict[str, Any] = {
        "event_action": _CLOSING.get(alert.event, "trigger"),
        "dedup_key": alert.deduplication_key,
        "client": "Innkeeper",
    }
    if alert.event in _CLOSING:
        return event
    service = one_line(alert.service, _NAME_CHARS)
    payload = {
        "summary": one_line(alert.summary, _SUMMARY_CHARS) or f"{service}: {alert.kind}",
        "source": f"innkeeper/{service}",
        "severity": SEVERITIES[alert.severity],
        "timestamp": alert.occurred_at.isoformat(),
        "group": service,
        "class": alert.kind.value,
        "custom_details": {
            "text": visible(alert.text, 3_000),
            "alert_id": alert.id,
            "event": alert.event.value,
            **details_of(alert.details),
        },
    }
    if alert.component:
        payload["component"] = one_line(alert.component, _NAME_CHARS)
    return event | {"payload": payload}
