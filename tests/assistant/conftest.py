"""The real assistant over the sample hotel's data and a few of its documents."""

import datetime as dt
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import import_hotel
from innkeeper.blocks.hotel_file import read_hotel_file
from innkeeper.blocks.settings import Settings, settings
from innkeeper.flows.index_knowledge_base import index_knowledge_base
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.assistant import AssistantAnswer, AssistantQuestion, Progress
from innkeeper.tasks.assistant.assistant import HotelAssistant, open_assistant
from innkeeper.tasks.circuits import forget_circuits

ROOT = Path(__file__).parents[2]
TODAY = dt.date(2025, 1, 17)
DOCUMENTS = (
    "policies/late-check-out-notice-2024.txt",
    "policies/check-in-check-out.en.md",
    "policies/nhan-phong-tra-phong.vi.md",
    "policies/compensation-matrix.xlsx",
    "services/who-to-call.en.md",
    "faqs/do-xe.md",
)
Opened = Callable[..., AbstractAsyncContextManager[HotelAssistant]]
Asked = Callable[..., Awaitable[AssistantAnswer]]


@pytest.fixture(scope="session")
async def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with hotel and index, made once and copied by each test."""
    base = tmp_path_factory.mktemp("assistant")
    folder, home = base / "documents", base / "home"
    for name in DOCUMENTS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "knowledge_base/documents" / name, folder / name)
    shutil.copy(ROOT / "knowledge_base/documents/manifest.yaml", folder / "manifest.yaml")
    before = dict(os.environ)
    os.environ["INNKEEPER_HOME"] = str(home)
    settings.cache_clear()
    try:
        async with Database(settings().database_url) as database:
            await database.upgrade()
            file, _ = read_hotel_file(str(ROOT / "knowledge_base/hotel_paradise.json"))
            async with database.writing() as session:
                await import_hotel(session, file)
        report = await index_knowledge_base.fn(folder)
        assert report.documents == len(DOCUMENTS)
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()
    return home


@pytest.fixture
def home(made_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in os.environ:
        if name.startswith("INNKEEPER_"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    shutil.copytree(made_home, home)
    monkeypatch.setenv("INNKEEPER_HOME", str(home))
    settings.cache_clear()
    forget_circuits()
    yield home
    settings.cache_clear()
    forget_circuits()


@pytest.fixture
def opened(home: Path) -> Opened:
    """Opens the assistant, with settings that differ from the environment's."""

    @asynccontextmanager
    async def open_with(**changed: Any) -> AsyncIterator[HotelAssistant]:
        async with open_assistant(Settings(**changed)) as assistant:
            yield assistant

    return open_with


@pytest.fixture
async def assistant(opened: Opened) -> AsyncIterator[HotelAssistant]:
    async with opened() as made:
        yield made


@pytest.fixture
def ask(assistant: HotelAssistant) -> Asked:
    """Asks the engine."""

    async def asked(question: str, role: Role = Role.RECEPTIONIST, **more: Any) -> AssistantAnswer:
        return await asked_of(assistant, question, role, **more)

    return asked


async def asked_of(
    assistant: HotelAssistant,
    question: str,
    role: Role = Role.RECEPTIONIST,
    *,
    guest: str | None = None,
    key: str = "key-1",
    conversation: str | None = None,
    heard: list[Progress] | None = None,
) -> AssistantAnswer:
    """Ask as the holder of a key."""
    principal = Principal(key_id=key, name="desk", role=role, guest=guest)
    asked = AssistantQuestion(message=question, conversation_id=conversation, today=TODAY)
    return await assistant.answer(asked, principal, None if heard is None else heard.append)
