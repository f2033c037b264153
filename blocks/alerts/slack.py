"""Alerts to a Slack channel, as a Prefect block."""

import json
from typing import Any, Self

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr, field_validator

from innkeeper.blocks.alerts.posting import post, refusal
from innkeeper.blocks.alerts.texts import EVENT_WORDS, SEVERITY_WORDS, one_line, visible
from innkeeper.blocks.models.chat import http_address
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import InnkeeperError, NotConfigured, ServiceUnavailable
from innkeeper.schemas.incidents import Alert, AlertEvent
from innkeeper.schemas.logs import Severity

_HEADER_CHARS, _SECTION_CHARS, _CONTEXT_CHARS, _FALLBACK_CHARS = 150, 3_000, 500, 3_000
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SIGNS = {Severity.CRITICAL: "🔴", Severity.HIGH: "🟠", Severity.MEDIUM: "🟡", Severity.LOW: "⚪"}
_OPERATORS = {  # that a later attempt cannot mend, but a person can
    "action_prohibited",
    "channel_is_archived",
    "channel_not_found",
    "invalid_token",
    "no_active_hooks",
    "no_service",
    "no_service_id",
    "no_team",
    "posting_to_general_channel_denied",
    "team_disabled",
    "user_not_found",
}
# Slack's other answers; what is none of them may be anybody's, and is told to nobody.
_CODES = _OPERATORS | {
    "invalid_attachments",
    "invalid_blocks",
    "invalid_payload",
    "message_limit_exceeded",
    "missing_text_or_fallback_or_attachments",
    "no_text",
    "ok",
    "rate_limited",
    "rollup_error",
    "too_many_attachments",
}


class SlackAlerts(Block):
    """
    A Slack channel that gets alerts through an incoming webhook.

    A webhook cannot reply to its own message, so the alerts of one incident are no thread: each names the incident.
    Slack does not recognise a repeated message: one that was sent just before the process died comes twice.

    Attributes:
        url: The incoming webhook; whoever knows it can post there.
        timeout_s: Seconds for one alert.

    Example:
        Load the block and send an alert:
        ```python
        from innkeeper.blocks.alerts.slack import SlackAlerts

        slack = SlackAlerts.load("BLOCK_NAME")
        receipt = await slack.send(alert)
        ```
    """

    _block_type_name = "Hotel Slack Alerts"
    _block_type_slug = "hotel-slack-alerts"
    _documentation_url = HttpUrl("https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks")

    url: SecretStr = Field(description="The incoming webhook; whoever knows it can post there.")
    timeout_s: float = Field(default=10.0, gt=0, le=60, description="Seconds for one alert.")

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: SecretStr) -> SecretStr:
        return SecretStr(http_address(url.get_secret_value()))

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """The channel that the settings name; none when they name none. Raises `NotConfigured`."""
        if settings.slack_webhook_url is None:
            return None
        try:
            return cls(url=settings.slack_webhook_url)
        except ValueError:  # its text would repeat the address
            raise NotConfigured("INNKEEPER_SLACK_WEBHOOK_URL is no https:// address of an incoming webhook") from None

    async def send(self, alert: Alert) -> str:
        """
        Post the alert.

        Returns:
            Slack's answer, "ok": it gives no id. What only speaks like Slack may answer something else: its status.

        Raises:
            ServiceUnavailable: No connection, no answer in time, status 429 or from 500, or a proxy's page.
            NotConfigured: The webhook or its channel is gone.
            InputInvalid: It refuses the message.
        """
        body = json.dumps(payload_of(alert)).encode()
        answer = await post("Slack", self.url.get_secret_value(), body, {}, self.timeout_s)
        said = answer.body[:100].decode("ascii", "replace").strip()
        said = said if said in _CODES else ""
        problem = refusal("Slack", "INNKEEPER_SLACK_WEBHOOK_URL", answer, said)
        if problem is not None:
            raise _mended(problem, said)
        if answer.body.lstrip().startswith(b"<"):  # a proxy, or a page to log in at, says 200 too
            raise ServiceUnavailable("a page came back instead of Slack's `ok`; is a proxy between it and the hotel?")
        return said or str(answer.status)


def payload_of(alert: Alert) -> dict[str, Any]:
    """What is posted: a header, the facts, the text as plain text, and what it is about; `text` for notifications."""
    is_over = alert.event is AlertEvent.RESOLVED
    sign = "✅" if is_over else _SIGNS[alert.severity]
    head = f"{sign} {EVENT_WORDS[alert.event]}: {alert.incident_id} · {one_line(alert.service, 100)}"
    at_s = int(alert.occurred_at.timestamp())
    iso = alert.occurred_at.isoformat(timespec="seconds")
    where = f" · {escaped(one_line(alert.component, 100), 200)}" if alert.component else ""
    facts = f"*{SEVERITY_WORDS[alert.severity]}* · {escaped(one_line(alert.service, 200), 400)}{where} · {alert.kind}"
    return {
        "text": escaped(f"{sign} {alert.incident_id}: {one_line(alert.summary, 1_024)}", _FALLBACK_CHARS),
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [
            {"type": "header", "text": _plain(one_line(head, _HEADER_CHARS), _HEADER_CHARS)},
            {"type": "section", "text": _marked(facts, _SECTION_CHARS)},
            # plain text: nothing in it is a link, a mention or a format, whoever wrote the log line
            {"type": "section", "text": _plain(visible(alert.text, _SECTION_CHARS).strip() or "–", _SECTION_CHARS)},
            {
                "type": "context",
                "elements": [
                    _marked(
                        f"{escaped(alert.id, 40)} · {escaped(alert.incident_id, 40)} ·"
                        f" <!date^{at_s}^{{date_num}} {{time_secs}}|{iso}>",
                        _CONTEXT_CHARS,
                    )
                ],
            },
        ],
    }


def escaped(text: str, max_chars: int) -> str:
    """`text` with Slack's three escapes, at most `max_chars` long; no escape is cut in two."""
    parts, room = [], max_chars
    for char in text:
        part = _ESCAPES.get(char, char)
        if len(part) > room:
            break
        parts.append(part)
        room -= len(part)
    return "".join(parts)


def _plain(text: str, max_chars: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": escaped(text, max_chars), "emoji": False}


def _marked(text: str, max_chars: int) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text[:max_chars], "verbatim": True}


def _mended(problem: InnkeeperError, said: str) -> InnkeeperError:
    if said in _OPERATORS:
        return NotConfigured(f"Slack refuses the hotel ({said}); check INNKEEPER_SLACK_WEBHOOK_URL and its channel")
    return problem
