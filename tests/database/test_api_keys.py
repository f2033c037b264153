"""Keys open the door until they are revoked, and are nowhere in the database."""

import datetime as dt

from sqlalchemy import select

from innkeeper.blocks.database.api_keys import create_key, find_key, list_keys, note_use, revoke_key
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.models import ApiKey, AuditEntry
from innkeeper.schemas.access import Role


async def test_a_key_is_found_by_itself_only(database: Database) -> None:
    async with database.writing() as session:
        plain, made = await create_key(session, Role.MANAGER, "Front desk")
    async with database.reading() as session:
        found = await find_key(session, plain)
        assert found is not None
        assert (found.id, found.role, found.name) == (made.id, "manager", "Front desk")
        last = "A" if plain[-1] != "A" else "B"
        for other in (
            plain[:-1] + last,
            plain.upper(),
            plain + " ",
            made.prefix,
            made.sha256,
            "",
            "ik_\ud800" + "x" * 42,
        ):
            assert await find_key(session, other) is None


async def test_the_key_itself_is_not_stored(database: Database) -> None:
    async with database.writing() as session:
        plain, _ = await create_key(session, Role.SERVICE, "gateway")
    async with database.reading() as session:
        row = (await session.execute(select(ApiKey.__table__))).mappings().one()
        entry = (await session.execute(select(AuditEntry.__table__))).mappings().one()
    assert plain not in f"{dict(row)} {dict(entry)}"


async def test_a_revoked_key_opens_nothing_and_keeps_its_first_date(database: Database) -> None:
    async with database.writing() as session:
        plain, made = await create_key(session, Role.GUEST, "kiosk")
    async with database.writing() as session:
        first = await revoke_key(session, made.id)
        assert first is not None
        revoked_at = first.revoked_at
    async with database.writing() as session:
        again = await revoke_key(session, made.id)
        assert again is not None
        assert again.revoked_at == revoked_at
        assert await find_key(session, plain) is None
        actions = await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))
        assert actions.all() == ["api_key.create", "api_key.revoke"]


async def test_revoking_a_key_that_never_was_gives_none(database: Database) -> None:
    async with database.writing() as session:
        assert await revoke_key(session, 7) is None


async def test_the_last_use_is_remembered(database: Database) -> None:
    at = dt.datetime(2025, 1, 17, 5, tzinfo=dt.UTC)
    async with database.writing() as session:
        _, made = await create_key(session, Role.GUEST, "kiosk")
        await note_use(session, made.id, at)
    async with database.reading() as session:
        assert [key.last_used_at for key in await list_keys(session)] == [at]
