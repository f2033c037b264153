"""An empty database, and settings whose home is a folder of the test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.messages.outgoing import Mailbox, smtp_server

from innkeeper.blocks.channels.smtp import SmtpServer
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import import_hotel
from innkeeper.blocks.hotel_file import read_hotel_file
from innkeeper.blocks.settings import Settings
from innkeeper.blocks.settings import settings as read_settings

SAMPLE = Path(__file__).parents[2] / "knowledge_base" / "hotel_paradise.json"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Also what `settings()` gives, for flows."""
    monkeypatch.setenv("INNKEEPER_HOME", str(tmp_path))
    for name in ("DATABASE_URL", "SMTP_URL", "MAIL_FROM", "CHAT_URL", "MODEL_CHAIN", "QUIET_HOURS"):
        monkeypatch.delenv(f"INNKEEPER_{name}", raising=False)
    read_settings.cache_clear()
    yield read_settings()
    read_settings.cache_clear()


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with Database(settings.database_url) as opened:
        await opened.upgrade()
        yield opened


@pytest.fixture
async def hotel(database: Database) -> Database:
    """The same with the sample hotel in it."""
    file, _ = read_hotel_file(str(SAMPLE))
    async with database.writing() as session:
        await import_hotel(session, file)
    return database


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def server(mailbox: Mailbox) -> AsyncIterator[SmtpServer]:
    async with smtp_server(mailbox) as block:
        yield block
