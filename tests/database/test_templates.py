"""Versions of a hotel's own templates: saved once each, in use one at a time, and never lost."""

import asyncio
import datetime as dt

import pytest
from sqlalchemy import select

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.models import AuditEntry
from innkeeper.blocks.database.templates import (
    active_templates,
    find_template,
    roll_back_template,
    save_template,
    template_history,
)
from innkeeper.schemas.errors import Conflict, NotFound
from innkeeper.schemas.message_templates import TemplateVersion
from innkeeper.schemas.messages import MessageKind

KIND = MessageKind.APOLOGY
NOW = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)


async def save(database: Database, source: str, based_on: int | None = None) -> TemplateVersion:
    async with database.writing() as session:
        return await save_template(
            session, KIND, "vi", source, comment=f"now {source}", saved_by="cli:lan", now=NOW, based_on=based_on
        )


async def roll_back(database: Database, to: int | None = None) -> int:
    async with database.writing() as session:
        return await roll_back_template(session, KIND, "vi", to=to, rolled_back_by="cli:minh")


async def in_use(database: Database) -> list[str]:
    async with database.reading() as session:
        return [each.source for each in await active_templates(session)]


async def test_the_newest_version_is_in_use_with_who_when_and_why(database: Database) -> None:
    assert await in_use(database) == []
    await save(database, "one")
    await save(database, "two")
    assert await in_use(database) == ["two"]
    async with database.reading() as session:
        history = await template_history(session, KIND, "vi")
        assert await template_history(session, KIND, "en") == []
        assert (await find_template(session, KIND, "vi", 1)).source == "one"
    assert [(each.number, each.replaced, each.is_active) for each in history] == [(2, 1, True), (1, 0, False)]
    assert (history[0].saved_by, history[0].saved_at, history[0].comment) == ("cli:lan", NOW, "now two")


async def test_saving_what_is_in_use_changes_nothing(database: Database) -> None:
    first = await save(database, "one")
    assert await save(database, "one") == first


async def test_a_rollback_goes_to_what_was_in_use_before_and_not_to_a_version_that_was_left(database: Database) -> None:
    for source in ("one", "bad"):
        await save(database, source)
    assert await roll_back(database) == 1
    await save(database, "three")  # replaces version 1
    assert await roll_back(database) == 1
    assert await roll_back(database) == 0
    assert await in_use(database) == []
    with pytest.raises(Conflict, match="no version of the database is in use"):
        await roll_back(database)
    assert await roll_back(database, to=3) == 3
    assert await in_use(database) == ["three"]
    with pytest.raises(NotFound, match="template apology/vi has no version 9"):
        await roll_back(database, to=9)


async def test_a_change_of_an_older_version_than_the_one_in_use_is_refused(database: Database) -> None:
    await save(database, "one", based_on=0)
    await save(database, "two", based_on=1)
    with pytest.raises(Conflict, match="version 2 is in use, not 1"):
        await save(database, "mine", based_on=1)
    assert await in_use(database) == ["two"]


async def test_people_who_save_at_once_get_numbers_of_their_own(database: Database) -> None:
    saved = await asyncio.gather(*(save(database, f"text {place}") for place in range(5)))
    assert sorted(each.number for each in saved) == [1, 2, 3, 4, 5]
    assert await in_use(database) == [f"text {next(p for p, each in enumerate(saved) if each.number == 5)}"]


async def test_every_change_is_in_the_audit_log(database: Database) -> None:
    await save(database, "one")
    await save(database, "two")
    await roll_back(database)
    async with database.reading() as session:
        found = (await session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
    assert [(each.principal, each.action, each.subject, each.details) for each in found] == [
        ("cli:lan", "template.save", "template:apology_vi", {"version": 1}),
        ("cli:lan", "template.save", "template:apology_vi", {"version": 2}),
        ("cli:minh", "template.rollback", "template:apology_vi", {"version": 1}),
    ]
