"""The settings of alerts, a part of `blocks.settings.Settings`."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

PAGERDUTY_URL = "https://events.pagerduty.com/v2/enqueue"
_HTTP = r"^https?://"


class AlertSettings(BaseSettings):
    """Where alerts of incidents go; each target that is set gets all of them."""

    slack_webhook_url: SecretStr | None = Field(
        default=None, description="A Slack incoming webhook, which gets every alert; whoever knows it can post there."
    )
    pagerduty_routing_key: SecretStr | None = Field(
        default=None, description="Integration key of a PagerDuty service (Events API v2)."
    )
    pagerduty_url: str = Field(default=PAGERDUTY_URL, pattern=_HTTP, description="Where its events are posted.")
    alert_email: str | None = Field(
        default=None, description="Addresses that get every alert, with commas between them; needs SMTP_URL."
    )
    alert_webhook_url: str | None = Field(
        default=None, repr=False, pattern=_HTTP, description="Where every alert is posted as JSON, http://…"
    )
    alert_webhook_secret: SecretStr | None = Field(default=None, description="Key of the signature that each carries.")
    alert_blocks: str | None = Field(
        default=None,
        description="Prefect blocks that get every alert too, with commas between them: teams-webhook/NAME.",
    )
    alerts_per_minute: int = Field(default=30, ge=1, le=1_000, description="Alerts to one target, at most.")
