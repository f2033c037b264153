"""Databases as the database tests have them, and targets on 127.0.0.1."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from tests.alerts import loopback
from tests.alerts.loopback import Receiver
from tests.database.conftest import database, postgresql_server, url  # noqa: F401  fixtures
from tests.messages.outgoing import Mailbox, smtp_server

from innkeeper.blocks.alerts.email import EmailAlerts
from innkeeper.blocks.alerts.pagerduty import PagerDutyAlerts
from innkeeper.blocks.alerts.slack import SlackAlerts
from innkeeper.blocks.alerts.webhook import WebhookAlerts

SECRET = "webhook-s3cret"


@pytest.fixture
async def slack_server() -> AsyncIterator[Receiver]:
    async with loopback.slack() as server:
        yield server


@pytest.fixture
async def pager_server() -> AsyncIterator[Receiver]:
    async with loopback.pagerduty() as server:
        yield server


@pytest.fixture
async def webhook_server() -> AsyncIterator[Receiver]:
    async with loopback.webhook() as server:
        yield server


@pytest.fixture
def slack(slack_server: Receiver) -> SlackAlerts:
    return SlackAlerts(url=SecretStr(slack_server.url), timeout_s=5)


@pytest.fixture
def pager(pager_server: Receiver) -> PagerDutyAlerts:
    return PagerDutyAlerts(routing_key=SecretStr(loopback.ROUTING_KEY), url=pager_server.url, timeout_s=5)


@pytest.fixture
def webhook(webhook_server: Receiver) -> WebhookAlerts:
    return WebhookAlerts(url=webhook_server.url, secret=SecretStr(SECRET), timeout_s=5)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def email(mailbox: Mailbox) -> AsyncIterator[EmailAlerts]:
    async with smtp_server(mailbox) as server:
        yield EmailAlerts(server=server, recipients=["it@hotel.example", "manager@hotel.example"])
