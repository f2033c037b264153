"""Alerts as signed JSON to any address, as a Prefect block."""

import json
import re
import time
from typing import Self

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr, field_validator

from innkeeper.blocks.alerts.posting import post, refusal
from innkeeper.blocks.channels.signing import signature
from innkeeper.blocks.models.chat import http_address
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.incidents import Alert

_ID = re.compile(r"[^A-Za-z0-9_-]")


class WebhookAlerts(Block):
    """
    A program that gets every alert as JSON (`schemas.incidents.Alert`), signed as Standard Webhooks has it.

    An alert that is sent again has the same `webhook-id`, by which the receiver drops it.

    Attributes:
        url: Where alerts are posted.
        secret: Key of the signature.
        timeout_s: Seconds for one alert.

    Example:
        Load the block and send an alert:
        ```python
        from innkeeper.blocks.alerts.webhook import WebhookAlerts

        webhook = WebhookAlerts.load("BLOCK_NAME")
        receipt = await webhook.send(alert)
        ```
    """

    _block_type_name = "Hotel Webhook Alerts"
    _block_type_slug = "hotel-webhook-alerts"
    _documentation_url = HttpUrl("https://www.standardwebhooks.com/")

    url: str = Field(description="Where alerts are posted: https://host/path.")
    secret: SecretStr = Field(description="Key of the signature that each alert carries.")
    timeout_s: float = Field(default=10.0, gt=0, le=60, description="Seconds for one alert.")

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        return http_address(url)

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """
        The address that the settings name; none when they name none.

        Raises:
            NotConfigured: It has no secret, or cannot be used.
        """
        if settings.alert_webhook_url is None:
            return None
        if settings.alert_webhook_secret is None:
            raise NotConfigured(
                "INNKEEPER_ALERT_WEBHOOK_URL is set, but not INNKEEPER_ALERT_WEBHOOK_SECRET, which signs its alerts"
            )
        try:
            return cls(url=settings.alert_webhook_url, secret=settings.alert_webhook_secret)
        except ValueError:  # its text would repeat the address
            raise NotConfigured("INNKEEPER_ALERT_WEBHOOK_URL is no http:// or https:// address") from None

    async def send(self, alert: Alert) -> str:
        """
        Post the alert.

        Returns:
            Its `webhook-id`.

        Raises:
            ServiceUnavailable: No connection, no answer in time, or status 408, 425, 429 or from 500.
            NotConfigured: It refuses the signature, is gone, or sends elsewhere.
            InputInvalid: Any other status: it refuses the alert.
        """
        body = json.dumps(alert.model_dump(mode="json")).encode()
        name = webhook_id(alert)
        headers = signature(self.secret.get_secret_value(), name, body, int(time.time()))
        answer = await post("the webhook", self.url, body, headers, self.timeout_s)
        problem = refusal("the webhook", "INNKEEPER_ALERT_WEBHOOK_URL and its secret", answer)
        if problem is not None:
            raise problem
        return name


def webhook_id(alert: Alert) -> str:
    """The same for every sending of one alert; with its time, so that two hotels at one receiver differ."""
    return f"{_ID.sub('_', alert.id)}.{int(alert.occurred_at.timestamp())}"
