"""Targets of alerts against real servers: what arrives, what each refusal means, and that no secret is told."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from prefect.blocks.core import Block
from prefect.testing.standard_test_suites.blocks import BlockStandardTestSuite
from pydantic import SecretStr
from tests.alerts.conftest import SECRET
from tests.alerts.loopback import ROUTING_KEY, Loudspeaker, Receiver, alert, check_slack, dripping, said
from tests.messages.outgoing import Mailbox
from tests.services.loopback import HANG, RESET, reply, scripted

from innkeeper.blocks.alerts.email import EmailAlerts
from innkeeper.blocks.alerts.notification import NotificationTarget
from innkeeper.blocks.alerts.pagerduty import PagerDutyAlerts
from innkeeper.blocks.alerts.slack import SlackAlerts, escaped, payload_of
from innkeeper.blocks.alerts.texts import one_line, visible
from innkeeper.blocks.alerts.webhook import WebhookAlerts
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import (
    InnkeeperError,
    InputInvalid,
    NotConfigured,
    ServiceUnavailable,
    TransientError,
)
from innkeeper.schemas.incidents import AlertEvent
from innkeeper.schemas.logs import Severity
from innkeeper.tasks.logs.alerting import UnusableTarget, open_targets

SLUGS: dict[type[Block], str] = {
    SlackAlerts: "hotel-slack-alerts",
    PagerDutyAlerts: "hotel-pagerduty-alerts",
    EmailAlerts: "hotel-email-alerts",
    WebhookAlerts: "hotel-webhook-alerts",
}
HOSTILE = (
    "<!channel> <https://evil.example|pay> & \x1b[31m*red*\x1b[0m \u202e%s{0}\r\nBcc: all@example.com " + "A" * 4_000
)


@pytest.mark.parametrize("kind", SLUGS, ids=lambda kind: kind.__name__)
class TestBlocks(BlockStandardTestSuite):
    @pytest.fixture
    def block(self, kind: type[Block]) -> type[Block]:
        return kind

    def test_has_a_valid_image(self, block: type[Block]) -> None:
        assert block._logo_url is None  # it would be fetched from somebody else's server

    def test_the_slug_never_changes(self, kind: type[Block]) -> None:
        assert kind.get_block_type_slug() == SLUGS[kind]


async def test_slack_shows_what_where_and_when(slack: SlackAlerts, slack_server: Receiver) -> None:
    assert await slack.send(alert()) == "ok"
    (message,) = slack_server.taken
    head, facts, text, context = message["blocks"]
    assert head["text"]["text"] == "🟠 Opened: INC-2026-001 · cv"
    assert facts["text"]["text"] == "*High* · cv · cam_lobby_01 · error_spike"
    assert text["text"] == {"type": "plain_text", "text": alert().text, "emoji": False}
    assert "ALERT-001" in context["elements"][0]["text"]
    assert "INC-2026-001" in message["text"]
    assert "Face recognition failed" in message["text"]


@pytest.mark.parametrize("field", ["text", "summary", "service", "component"])
def test_no_words_of_a_log_line_are_a_mention_or_too_long_for_slack(field: str) -> None:
    limits = {"text": 3_000, "summary": 1_024}
    words: dict[str, Any] = {field: HOSTILE[: limits.get(field)]}
    made = payload_of(alert(**words))
    assert check_slack(made) == (200, "ok")
    assert "\x1b" not in json.dumps(made, ensure_ascii=False)
    assert "<!channel>" not in json.dumps(made)
    assert "\u202e" not in json.dumps(made, ensure_ascii=False)


def test_an_escape_is_never_cut_in_two() -> None:
    assert [escaped("a&<b", limit) for limit in (1, 5, 6, 10, 11)] == ["a", "a", "a&amp;", "a&amp;&lt;", "a&amp;&lt;b"]


def test_text_keeps_vietnamese_and_line_breaks_and_loses_what_is_hidden() -> None:
    assert visible("Nhận diện\nkhuôn mặt \x07\u200b!", 50) == "Nhận diện\nkhuôn mặt   !"
    assert one_line("a\n\n b\tc", 50) == "a b c"
    assert visible("x" * 20, 10) == "x" * 9 + "…"


async def test_pagerduty_opens_acknowledges_and_resolves_one_incident(
    pager: PagerDutyAlerts, pager_server: Receiver
) -> None:
    states = []
    events = (AlertEvent.OPENED, AlertEvent.OPENED, AlertEvent.ESCALATED, AlertEvent.ACKNOWLEDGED, AlertEvent.RESOLVED)
    for number, event in enumerate((*events, AlertEvent.REOPENED), start=1):
        assert await pager.send(alert(event, number)) == "INC-2026-001"
        states.append(dict(pager_server.pages))
    assert [each["INC-2026-001"] for each in states] == [
        *["triggered"] * 3,
        "acknowledged",
        "resolved",
        "triggered",
    ]
    payload = pager_server.taken[0]["payload"]
    assert payload["custom_details"].pop("text") == alert().text
    assert payload == {
        "summary": "cv: Face recognition failed: <*> (15 % of lines, 2 % expected)",
        "source": "innkeeper/cv",
        "severity": "error",
        "timestamp": "2026-01-17T08:32:00+00:00",
        "component": "cam_lobby_01",
        "group": "cv",
        "class": "error_spike",
        "custom_details": {
            "alert_id": "ALERT-001",
            "event": "opened",
            "observed": 0.15,
            "expected": 0.02,
            "template": "Face recognition failed: <*>",
        },
    }


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("critical", "critical"), ("high", "error"), ("medium", "warning"), ("low", "info")],
)
async def test_pagerduty_has_its_own_words_for_severities(
    pager: PagerDutyAlerts, pager_server: Receiver, severity: str, expected: str
) -> None:
    await pager.send(alert(severity=Severity(severity), details={"odd": float("nan"), "deep": {"a": "\x1b" * 9_000}}))
    payload = pager_server.taken[0]["payload"]
    assert payload["severity"] == expected
    assert payload["custom_details"]["odd"] == "nan"
    assert len(payload["custom_details"]["deep"]) <= 500


async def test_a_routing_key_that_pagerduty_does_not_know_is_for_an_operator(pager_server: Receiver) -> None:
    wrong = PagerDutyAlerts(routing_key=SecretStr("wr0ng"), url=pager_server.url)
    with pytest.raises(NotConfigured, match="ROUTING_KEY") as caught:
        await wrong.send(alert())
    assert "wr0ng" not in str(caught.value)


async def test_the_emails_of_an_incident_are_one_thread(email: EmailAlerts, mailbox: Mailbox) -> None:
    receipts = [
        await email.send(alert(event, number, summary=f"{event}: cv"))
        for number, event in enumerate((AlertEvent.OPENED, AlertEvent.OPENED, AlertEvent.RESOLVED), start=1)
    ]
    first, again, last = mailbox.mails
    root = "<INC-2026-001@hotel.example>"
    assert receipts == [root, root, "<INC-2026-001.ALERT-003@hotel.example>"]
    assert first["Message-ID"] == again["Message-ID"] == root
    assert (first["References"], last["References"], last["In-Reply-To"]) == (None, root, root)
    assert (first["Subject"], last["Subject"]) == ("[INC-2026-001] cv", "Re: [INC-2026-001] cv")
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["To"] == "it@hotel.example, manager@hotel.example"
    assert mailbox.to[:2] == ["it@hotel.example", "manager@hotel.example"]
    assert "15 % of lines are errors" in first.get_content()
    assert last.get_content().startswith("Resolved (High): resolved: cv")


async def test_no_words_of_a_log_line_become_a_header(email: EmailAlerts, mailbox: Mailbox) -> None:
    await email.send(alert(service="cv\r\nBcc: all@example.com", incident_id="INC>\r\nX: y", text=HOSTILE[:3_000]))
    (mail,) = mailbox.mails
    assert (mail["Bcc"], mail["X"]) == (None, None)
    assert mail["Subject"] == "[INC---X--y] cv Bcc: all@example.com"


async def test_an_email_server_that_refuses_says_what_to_do(email: EmailAlerts, mailbox: Mailbox) -> None:
    mailbox.replies = ["451 greylisted", "554 looks like spam"]
    with pytest.raises(ServiceUnavailable):
        await email.send(alert())
    with pytest.raises(InputInvalid):
        await email.send(alert())


async def test_one_address_that_does_not_exist_keeps_nobody_else_from_the_email(
    email: EmailAlerts, mailbox: Mailbox
) -> None:
    some = email.model_copy(update={"recipients": ["nobody@hotel.example", "it@hotel.example"]})
    await some.send(alert())
    assert mailbox.to == ["it@hotel.example"]
    with pytest.raises(InputInvalid, match="550"):
        await email.model_copy(update={"recipients": ["nobody@hotel.example"]}).send(alert())


async def test_a_webhook_gets_the_signed_alert_with_an_id_that_stays(
    webhook: WebhookAlerts, webhook_server: Receiver
) -> None:
    receipts = {await webhook.send(alert()) for _ in range(2)}
    body, headers = webhook_server.bodies[0], webhook_server.headers[0]
    assert json.loads(body) == alert().model_dump(mode="json")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.digest(SECRET.encode(), signed, hashlib.sha256)
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert receipts == {headers["webhook-id"]} == {"ALERT-001.1768638720"}


def targets_at(url: str, timeout_s: float) -> list[Any]:
    return [
        SlackAlerts(url=SecretStr(f"{url}/services/T0/B0/hush"), timeout_s=timeout_s),
        PagerDutyAlerts(routing_key=SecretStr("hush"), url=f"{url}/enqueue", timeout_s=timeout_s),
        WebhookAlerts(url=f"{url}/hush", secret=SecretStr("hush"), timeout_s=timeout_s),
    ]


@pytest.mark.parametrize("place", range(3), ids=["slack", "pagerduty", "webhook"])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply(429, b"rate_limited", retry_after="7"), ServiceUnavailable),
        (reply(503, b"x" * 100_000), ServiceUnavailable),
        (RESET, ServiceUnavailable),
        (HANG, ServiceUnavailable),
        (b"HTTP/1.1 nonsense\r\n\r\n", ServiceUnavailable),
        (reply(403, b"hush"), NotConfigured),
        (reply(302, location="http://127.0.0.1:1/elsewhere"), NotConfigured),
        (reply(400, b"hush"), InputInvalid),
    ],
    ids=["429", "503", "reset", "hang", "nonsense", "403", "302", "400"],
)
async def test_a_refusal_says_what_to_do_and_tells_no_secret(
    place: int, answer: bytes, error: type[InnkeeperError]
) -> None:
    async with scripted(answer) as script:
        target = targets_at(script.url, 0.3 if answer == HANG else 5)[place]
        with pytest.raises(error) as caught:
            await target.send(alert())
        assert len(script.requests) == 1
    assert "hush" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)
    assert caught.value.__cause__ is None
    if b"retry-after" in answer:
        assert isinstance(caught.value, TransientError)
        assert caught.value.retry_after_s == 7


@pytest.mark.parametrize("place", range(3), ids=["slack", "pagerduty", "webhook"])
async def test_an_answer_that_never_ends_is_not_waited_for(place: int) -> None:
    async with dripping() as url:
        with pytest.raises(ServiceUnavailable, match=r"within 0\.3 s"):
            await targets_at(url, 0.3)[place].send(alert())


async def test_of_a_long_answer_the_beginning_is_read_and_nothing_is_unpacked() -> None:
    async with dripping(b" " * 20_000) as url:
        assert await targets_at(url, 5)[1].send(alert()) == "INC-2026-001"
    async with scripted(reply(202)) as script:
        await targets_at(script.url, 5)[1].send(alert())
    assert "accept-encoding: identity" in script.requests[0].lower()


async def test_a_page_that_is_not_slack_does_not_count_as_delivered() -> None:
    async with scripted(reply(200, b"\n<html>please log in</html>")) as script:
        with pytest.raises(ServiceUnavailable, match="page"):
            await targets_at(script.url, 5)[0].send(alert())


async def test_a_channel_that_is_gone_is_for_an_operator() -> None:
    async with scripted(reply(400, b"channel_is_archived")) as script:
        with pytest.raises(NotConfigured, match="channel_is_archived"):
            await targets_at(script.url, 5)[0].send(alert())


async def test_any_notification_block_of_prefect_is_a_target() -> None:
    said.clear()
    assert await NotificationTarget("loudspeaker/lobby", Loudspeaker()).send(alert()) == "loudspeaker/lobby"
    ((subject, body),) = said
    assert subject == "Opened (High): cv: Face recognition failed: <*> (15 % of lines, 2 % expected)"
    assert body.endswith("INC-2026-001 · ALERT-001")


async def test_a_notification_block_that_fails_does_not_tell_its_address() -> None:
    broken = NotificationTarget("loudspeaker/lobby", Loudspeaker(problem="POST https://hush.example failed"))
    with pytest.raises(ServiceUnavailable, match="loudspeaker/lobby") as caught:
        await broken.send(alert())
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_settings_name_the_targets_and_a_wrong_one_keeps_no_other_from_its_alerts(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path,
        slack_webhook_url=SecretStr("hush: no address"),
        pagerduty_routing_key=SecretStr(ROUTING_KEY),
        alert_email="it@hotel.example, manager@hotel.example",
        smtp_url="smtp+plain://127.0.0.1:25",
        mail_from="stay@hotel.example",
        alert_webhook_url="https://hush.example/",
    )
    targets = await open_targets(settings)
    assert list(targets) == ["slack", "pagerduty", "email", "webhook"]
    problems = {name: each.problem for name, each in targets.items() if isinstance(each, UnusableTarget)}
    assert set(problems) == {"slack", "webhook"}
    assert "INNKEEPER_SLACK_WEBHOOK_URL" in problems["slack"]
    assert "INNKEEPER_ALERT_WEBHOOK_SECRET" in problems["webhook"]
    assert "hush" not in repr(settings) + "".join(problems.values())
    with pytest.raises(NotConfigured):
        await targets["slack"].send(alert())


async def test_without_settings_there_are_no_targets(tmp_path: Path) -> None:
    assert await open_targets(Settings(home=tmp_path)) == {}


@pytest.mark.parametrize("people", ["nonsense", "a@example.com,b", ",", "a@example.com\r\nBcc: b@example.com"])
def test_people_without_addresses_are_refused(tmp_path: Path, people: str) -> None:
    wrong = Settings(home=tmp_path, alert_email=people, smtp_url="smtp://mail.example", mail_from="a@example.com")
    with pytest.raises(NotConfigured, match="ALERT_EMAIL"):
        EmailAlerts.of(wrong)
