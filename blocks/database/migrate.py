"""Bring a database to the shape this version needs. Many processes may start at once: one migrates, the others wait."""

import asyncio
import threading

from sqlalchemy import Connection, text

from innkeeper.blocks.database.engine import create_engine, write_locked
from innkeeper.blocks.database.errors import as_innkeeper_error, unreachable
from innkeeper.schemas.errors import NotConfigured

SCRIPTS = "innkeeper.blocks.database:migrations"
_ADVISORY_LOCK = 0x1221_0001  # any number that no other program uses in the same database
_one_at_a_time = threading.Lock()  # Alembic keeps the running migration in module globals


async def upgrade(database_url: str, revision: str = "head") -> None:
    """
    Run the missing migrations in one transaction; nothing happens when there are none.

    Args:
        database_url: As `urls.async_url` takes it.
        revision: Where to stop; the newest by default.

    Raises:
        DatabaseUnavailable: No answer, or another process holds the lock for too long.
        NotConfigured: Wrong address, or a database that a newer Innkeeper made.
    """
    await asyncio.to_thread(_upgrade, database_url, revision)  # in a thread: the lock would stop the event loop


def _upgrade(database_url: str, revision: str) -> None:
    with _one_at_a_time:
        asyncio.run(_upgrade_in_transaction(database_url, revision))


async def _upgrade_in_transaction(database_url: str, revision: str) -> None:
    engine = create_engine(database_url, pool_size=1)
    try:
        async with write_locked(engine).begin() as connection:
            await connection.run_sync(_run, revision)
    except OSError as error:
        raise unreachable(error) from error
    except Exception as error:
        ours = as_innkeeper_error(error)
        if ours is None:
            raise
        raise ours from error
    finally:
        await engine.dispose()


def _run(connection: Connection, revision: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise NotConfigured(
            f"the database cannot be migrated: {error}; was it made by a newer version of Innkeeper?"
        ) from error
