"""The sample hotel in a database of the test's own, and an executor on it."""

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import import_hotel
from innkeeper.blocks.hotel_file import read_hotel_file
from innkeeper.blocks.settings import Settings
from innkeeper.blocks.settings import settings as read_settings
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.plans import Instruction, Plan, TaskReport, TaskStatus
from innkeeper.schemas.tasks import StoredTask
from innkeeper.tasks.execution.executor import TaskExecutor, open_executor

SAMPLE = Path(__file__).parents[2] / "knowledge_base" / "hotel_paradise.json"
TODAY = dt.date(2025, 1, 17)
NOW = dt.datetime(2025, 1, 17, 13, tzinfo=dt.UTC)
DESK = Principal(key_id="3", name="desk", role=Role.RECEPTIONIST)
MANAGER = Principal(key_id="1", name="Ms Ha", role=Role.MANAGER)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("INNKEEPER_HOME", str(tmp_path))
    for name in ("DATABASE_URL", "SMTP_URL", "CHAT_URL", "MODEL_CHAIN", "RULES", "COMPENSATION", "ROOM_STATUS_URL"):
        monkeypatch.delenv(f"INNKEEPER_{name}", raising=False)
    read_settings.cache_clear()
    yield read_settings()
    read_settings.cache_clear()


@pytest.fixture
async def hotel(settings: Settings) -> AsyncIterator[Database]:
    async with Database(settings.database_url) as database:
        await database.upgrade()
        file, _ = read_hotel_file(str(SAMPLE))
        async with database.writing() as session:
            await import_hotel(session, file)
        yield database


class Office:
    """An executor, and the ways in which tests give it work."""

    def __init__(self, executor: TaskExecutor) -> None:
        self.executor = executor
        self.database = executor.services.database

    async def run(self, text: str, principal: Principal = DESK, **options: Any) -> TaskReport:
        return await self.executor.run(Instruction(text=text, today=TODAY, now=NOW), principal, **options)

    async def store(self, *steps: dict[str, Any], principal: Principal = DESK, language: str = "en") -> str:
        """A task of exactly these steps, ready to be carried out; its id."""
        from innkeeper.blocks.database.task_steps import add_steps
        from innkeeper.blocks.database.tasks import add_task, new_task_id

        numbered = [{"step": place, **each} for place, each in enumerate(steps, 1)]
        task = StoredTask(
            id=new_task_id(),
            owner=principal.key_id,
            principal=principal,
            instruction=Instruction(text="as planned", today=TODAY, now=NOW),
            plan=Plan.model_validate({"language": language, "steps": numbered}),
            status=TaskStatus.RUNNING,
            request_hash="0" * 64,
            created_at=NOW,
        )
        async with self.database.writing() as session:
            await add_task(session, task)
            await add_steps(session, task.id, task.plan)
        return task.id

    async def carry_out(self, *steps: dict[str, Any], principal: Principal = DESK) -> TaskReport:
        return await self.executor.execute(await self.store(*steps, principal=principal))


@pytest.fixture
async def office(settings: Settings, hotel: Database) -> AsyncIterator[Office]:
    async with open_executor(settings, hotel) as executor:
        yield Office(executor)
